"""Who counts as able to sign in: active accounts whose last day has not passed."""

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from kimppa.organisations.models import StaffAccount


class StaffBackend(ModelBackend):
    """Django's own; asked at sign-in and again at every request."""

    def user_can_authenticate(self, user: StaffAccount | AnonymousUser | None) -> bool:
        """Return whether the account may be used today."""
        return isinstance(user, StaffAccount) and not user.has_left(timezone.localdate())
