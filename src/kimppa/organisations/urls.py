"""Addresses of the organisation."""

from django.urls import path

from kimppa.organisations.views import hours, log, sign_in, staff, units, workplace

app_name = "organisations"
urlpatterns = [
    path("sign-in/", sign_in.SignIn.as_view(), name="sign_in"),
    path("sign-in/code/", sign_in.sign_in_code, name="sign_in_code"),
    path("sign-out/", sign_in.SignOut.as_view(), name="sign_out"),
    path("password/", sign_in.ChangePassword.as_view(), name="change_password"),
    path("password/<uidb64>/<token>/", sign_in.SetPassword.as_view(), name="set_password"),
    path("second-factor/", sign_in.second_factor, name="second_factor"),
    path("accounts/", staff.staff, name="staff"),
    path("accounts/add/", staff.add_account, name="add_account"),
    path("accounts/confirm/", staff.confirm, name="confirm_roles"),
    path("accounts/<uuid:key>/", staff.account, name="account"),
    path("roles/", staff.roles, name="roles"),
    path("units/", units.units, name="units"),
    path("units/libraries/add/", units.add_library, name="add_library"),
    path("units/libraries/<int:pk>/", units.change_library, name="change_library"),
    path(
        "units/libraries/<int:pk>/data-protection/",
        units.data_protection,
        name="data_protection",
    ),
    path("units/libraries/<int:pk>/branches/add/", units.add_branch, name="add_branch"),
    path("units/branches/<int:pk>/", units.branch, name="branch"),
    path("units/branches/<int:pk>/change/", units.change_branch, name="change_branch"),
    path("units/branches/<int:pk>/hours/", hours.set_hours, name="set_hours"),
    path("units/branches/<int:pk>/exceptions/add/", hours.add_exception, name="add_exception"),
    path(
        "units/branches/<int:pk>/exceptions/remove/",
        hours.remove_exception,
        name="remove_exception",
    ),
    path("units/branches/<int:pk>/desks/add/", units.add_desk, name="add_desk"),
    path("units/branches/<int:pk>/stops/add/", units.add_stop, name="add_stop"),
    path("units/desks/<int:pk>/", units.change_desk, name="change_desk"),
    path("units/desks/<int:pk>/remove/", units.remove_desk, name="remove_desk"),
    path("units/stops/<int:pk>/", units.change_stop, name="change_stop"),
    path("units/stops/<int:pk>/remove/", units.remove_stop, name="remove_stop"),
    path("units/exceptions/", hours.common_exceptions, name="common_exceptions"),
    path("units/exceptions/remove/", hours.remove_common_exception, name="remove_common_exception"),
    path("log/", log.log, name="log"),
    path("log.csv", log.log_csv, name="log_csv"),
    path("workplace/", workplace.workplace, name="workplace"),
]
