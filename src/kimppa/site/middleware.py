"""Who called, and what every answer carries: the browser may load things from here only."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

# Bootstrap's style sheet draws its small arrows and ticks from data: images.
POLICY = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)


# Nothing here uses them, so no foreign code that got in could either.
FEATURES = ("camera", "geolocation", "microphone", "payment", "usb")
PERMISSIONS = ", ".join(f"{feature}=()" for feature in FEATURES)


class BrowserPolicies:
    """Adds what browsers are to obey to every answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        return response


class BehindProxies:
    """Takes the caller's address from the outermost of our own proxies.

    Each proxy adds the address that called it at the end of X-Forwarded-For; what stands before
    those of our own is whatever the caller claims.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chain = request.headers.get("X-Forwarded-For", "").split(",")
        if settings.PROXIES and len(chain) >= settings.PROXIES:
            request.META["REMOTE_ADDR"] = chain[-settings.PROXIES].strip()
        return self.get_response(request)
