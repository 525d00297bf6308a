"""Sessions of staff end by themselves: after idle minutes, and after a working day."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

BEGAN, SEEN = "began_at", "seen_at"
# Writing at every click would be a write for every read.
SEEN_EVERY_SECONDS = 30


class SessionLimits:
    """Signs out whoever has done nothing for too long, or has been signed in for too long."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Visitors of the catalogue have no session, and none is looked for.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            self._watch(request, timezone.now())
        return self.get_response(request)

    def _watch(self, request: HttpRequest, now: datetime) -> None:
        session, moment = request.session, now.timestamp()
        seen = session.get(SEEN, moment)
        is_idle = moment - seen > settings.SESSION_IDLE_MINUTES * 60
        is_old = moment - session.setdefault(BEGAN, moment) > settings.SESSION_HOURS * 3600
        if is_idle or is_old:
            logout(request)
            messages.warning(request, _("You were signed out because your session's time was up."))
        elif SEEN not in session or moment - seen > SEEN_EVERY_SECONDS:
            session[SEEN] = moment
