"""Root addresses: which room answers where."""

from django.urls import include, path

from kimppa.site import privacy, views

urlpatterns = [
    path("", include("kimppa.catalogue.urls")),
    path("privacy/", privacy.privacy_notice, name="privacy_notice"),
    path("staff/", views.staff_home, name="staff"),
    path("staff/", include("kimppa.organisations.urls")),
    path("staff/", include("kimppa.circulation.urls")),
    path("language/", include("django.conf.urls.i18n")),
]
handler400 = views.bad_request
handler403 = views.permission_denied
handler404 = views.not_found
handler500 = views.server_error
