"""Addresses of circulation, under staff/."""

from django.urls import path

from kimppa.circulation.views import fees

app_name = "circulation"
urlpatterns = [
    path("patrons/<uuid:key>/fees/", fees.patron_fees, name="patron_fees"),
    path("patrons/<uuid:key>/fees/pay/", fees.pay, name="pay"),
    path("patrons/<uuid:key>/fees/charge/", fees.charge, name="charge"),
    path("fees/<uuid:key>/waive/", fees.waive, name="waive"),
    path("fees/<uuid:key>/undo/", fees.undo, name="undo_fee"),
    path("receipts/<int:number>/", fees.receipt, name="receipt"),
    path("receipts/<int:number>/cancel/", fees.cancel_payment, name="cancel_payment"),
    path("till/", fees.till, name="till"),
    path("till.csv", fees.till_csv, name="till_csv"),
]
