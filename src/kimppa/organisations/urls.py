"""Addresses of the organisation."""

from django.urls import path

from kimppa.organisations.views import log, sign_in, workplace

app_name = "organisations"
urlpatterns = [
    path("sign-in/", sign_in.SignIn.as_view(), name="sign_in"),
    path("sign-in/code/", sign_in.sign_in_code, name="sign_in_code"),
    path("sign-out/", sign_in.SignOut.as_view(), name="sign_out"),
    path("password/", sign_in.ChangePassword.as_view(), name="change_password"),
    path("password/<uidb64>/<token>/", sign_in.SetPassword.as_view(), name="set_password"),
    path("second-factor/", sign_in.second_factor, name="second_factor"),
    path("log/", log.log, name="log"),
    path("log.csv", log.log_csv, name="log_csv"),
    path("workplace/", workplace.workplace, name="workplace"),
]
