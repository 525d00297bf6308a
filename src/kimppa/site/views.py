"""Where staff begin, and pages for when something is not as it should be."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kimppa.organisations.access import OfficeRequest, requires_somewhere
from kimppa.organisations.queries import branches_of
from kimppa.site.navigation import links_for


@require_safe
@requires_somewhere()
def staff_home(request: OfficeRequest) -> HttpResponseBase:
    """Lead to the first page that the account may use; ask where it works when that is not said."""
    links = links_for(request)
    if request.place is None and branches_of(request.user, on=timezone.localdate()):
        return redirect("organisations:workplace")
    return redirect(links[0].address) if links else render(request, "staff_home.html")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the address or the form could not be understood."""
    return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: this is for others."""
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: nothing stands at this address."""
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: we failed; the page asks nothing of the database."""
    return render(request, "500.html", status=500)
