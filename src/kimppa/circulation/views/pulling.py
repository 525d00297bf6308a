"""The pull list: what this branch is asked to fetch from its shelves."""

from collections.abc import Callable, Mapping

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from kimppa.circulation.models import PullRequest
from kimppa.circulation.operations import pulling
from kimppa.circulation.operations.claims import ItemRefused
from kimppa.circulation.operations.returns import CheckedIn
from kimppa.circulation.queries.pulling import last_asked_at, pull_list
from kimppa.circulation.rules.pulling import LOOKS
from kimppa.circulation.views.hold_access import leave
from kimppa.organisations.access import StaffRequest, requires
from kimppa.organisations.rules import Permission

P = Permission


@require_GET
@requires(P.PULL_ITEMS)
def pull_list_page(request: StaffRequest) -> HttpResponse:
    """Show what is to be fetched, in the order of the shelves, and what is in hand."""
    return _page(request)


def _page(
    request: StaffRequest, *, found: CheckedIn | None = None, asked: PullRequest | None = None
) -> HttpResponse:
    rows = list(pull_list(request.place.branch, timezone.localdate()))
    context = {
        "to_take": [row for row in rows if row.taken_at is None],
        "mine": [row for row in rows if row.taken_at and row.taken_by_id == request.user.pk],
        "others": [row for row in rows if row.taken_at and row.taken_by_id != request.user.pk],
        "last_asked_at": last_asked_at(),
        "found": found,
        "not_found": asked,
        "looks": LOOKS,
        "now": timezone.now(),
        **leave(request),
    }
    is_fragment = bool(getattr(request, "htmx", False)) and request.method == "POST"
    template = "circulation/_pull_list.html" if is_fragment else "circulation/pull_list.html"
    return render(request, template, context)


@require_POST
@requires(P.PULL_ITEMS)
def ask(request: StaffRequest) -> HttpResponse:
    """Look anew, in the whole consortium, what shelves have for those who wait."""
    count = pulling.ask_branches(now=timezone.now(), by=request.user)
    messages.success(
        request,
        ngettext(
            "%(count)d new item to fetch in all branches.",
            "%(count)d new items to fetch in all branches.",
            count,
        )
        % {"count": count},
    )
    return redirect("circulation:pull_list")


@require_POST
@requires(P.PULL_ITEMS)
def take(request: StaffRequest) -> HttpResponse:
    """Take what is listed in hand."""
    numbers = [int(text) for text in request.POST.getlist("pull") if _is_number(text)]
    pulling.take_list(
        branch=request.place.branch, requests=numbers, by=request.user, now=timezone.now()
    )
    return redirect("circulation:pull_list")


@require_POST
@requires(P.PULL_ITEMS)
def give_back(request: StaffRequest) -> HttpResponse:
    """Put what somebody has in hand, and has not answered, back on the list."""
    text = request.POST.get("taken_by", "")
    pulling.give_back_list(
        branch=request.place.branch,
        taken_by=int(text) if _is_number(text) else request.user.pk,
        by=request.user,
        now=timezone.now(),
    )
    return redirect("circulation:pull_list")


@require_POST
@requires(P.PULL_ITEMS)
def answer(request: StaffRequest, number: int, what: str) -> HttpResponse:
    """Hear what came of one item: found, not on the shelf, missing; or take that back."""
    asked = (
        PullRequest.objects.filter(pk=number, branch=request.place.branch)
        .select_related("item__record")
        .first()
    )
    if asked is None or what not in ANSWERS:
        raise Http404
    try:
        return ANSWERS[what](request, asked)
    except ItemRefused:
        messages.error(request, _("The item is on loan; there is nothing to look for."))
        return redirect("circulation:pull_list")


def _found(request: StaffRequest, asked: PullRequest) -> HttpResponse:
    return _page(
        request,
        found=pulling.found(
            request=asked, branch=request.place.branch, by=request.user, now=timezone.now()
        ),
    )


def _not_found(request: StaffRequest, asked: PullRequest) -> HttpResponse:
    done = pulling.not_found(
        request=asked, branch=request.place.branch, by=request.user, now=timezone.now()
    )
    return _page(request, asked=done)


def _missing(request: StaffRequest, asked: PullRequest) -> HttpResponse:
    done = pulling.missing(
        request=asked, branch=request.place.branch, by=request.user, now=timezone.now()
    )
    return _page(request, asked=done)


def _again(request: StaffRequest, asked: PullRequest) -> HttpResponse:
    pulling.ask_again(
        request=asked, branch=request.place.branch, by=request.user, now=timezone.now()
    )
    return redirect("circulation:pull_list")


ANSWERS: Mapping[str, Callable[[StaffRequest, PullRequest], HttpResponse]] = {
    "found": _found,
    "not-found": _not_found,
    "missing": _missing,
    "again": _again,
}


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) < 19
