"""Addresses of the shared catalogue."""

from django.urls import path

from kimppa.catalogue import views

app_name = "catalogue"
urlpatterns = [
    path("", views.record_list, name="list"),
    path("records.csv", views.record_csv, name="csv"),
    path("records/<str:cluster_id>/", views.record_page, name="record"),
    path("records/<str:cluster_id>.mrc", views.record_marc, name="marc"),
    path("records/<str:cluster_id>.xml", views.record_marcxml, name="marcxml"),
    path("redirect/<str:library>/<path:control_number>", views.old_record, name="redirect"),
]
