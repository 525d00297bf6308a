"""Addresses of the organisation."""

from django.urls import path

from kimppa.organisations import views

app_name = "organisations"
urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign_in"),
    path("sign-out/", views.SignOut.as_view(), name="sign_out"),
    path("workplace/", views.workplace, name="workplace"),
]
