"""Notices at the desk: letters to print, what could not be sent, how a patron wants to be told."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kimppa.circulation.forms.notices import USUAL, MessagesForm
from kimppa.circulation.models import Notice
from kimppa.circulation.models.notices import NoticeKind
from kimppa.circulation.operations import notices as operations
from kimppa.circulation.queries.notices import choices_of, to_print, undelivered
from kimppa.circulation.views.patron_access import full_patron_or_404
from kimppa.circulation.wording import message
from kimppa.organisations.access import StaffRequest, requires
from kimppa.organisations.operations import record_read
from kimppa.organisations.rules import Permission
from kimppa.patrons.queries import address_of

P = Permission
LATELY = timedelta(days=14)
AT_A_TIME = 200  # letters


@require_GET
@requires(P.EDIT_PATRON)
def notices(request: StaffRequest) -> HttpResponse:
    """Show how many letters wait for the library and which notices had trouble."""
    library, now = request.place.branch.library, timezone.now()
    context = {
        "letters": to_print().filter(patron__library=library).count(),
        "troubled": undelivered(now - LATELY)
        .filter(patron__library=library)
        .select_related("patron")[:AT_A_TIME],
    }
    return render(request, "circulation/notices/notices.html", context)


@require_GET
@requires(P.EDIT_PATRON)
def letters(request: StaffRequest) -> HttpResponse:
    """Show the library's letters, a page each; looking at them is on record."""
    now, today = timezone.now(), timezone.localdate()
    waiting = to_print().filter(patron__library=request.place.branch.library)[:AT_A_TIME]
    shown = []
    for notice in waiting:
        with override(notice.language):
            address = address_of(notice.patron, on=today)
        record_read(
            now=now,
            by=request.user,
            kind="patron",
            object_id=notice.patron_id,
            branch=request.place.branch,
            reason="letter",
        )
        shown.append({"notice": notice, "message": message(notice), "address": address})
    context = {"letters": shown, "today": today, "library": request.place.branch.library}
    return render(request, "circulation/notices/letters.html", context)


@require_POST
@requires(P.EDIT_PATRON)
def printed(request: StaffRequest) -> HttpResponse:
    """Note that the letters on the page were printed."""
    numbers = [int(text) for text in request.POST.getlist("notice") if text.isdecimal()]
    library = request.place.branch.library
    own = list(
        to_print().filter(patron__library=library, pk__in=numbers).values_list("pk", flat=True)
    )
    done = operations.mark_printed(notices=own, by=request.user, now=timezone.now())
    told = ngettext("%(n)s letter is off the list.", "%(n)s letters are off the list.", done)
    messages.success(request, told % {"n": done})
    return redirect("circulation:notices")


@require_POST
@requires(P.EDIT_PATRON)
def send_again(request: StaffRequest, number: int) -> HttpResponse:
    """Send a notice once more that failed, or may have."""
    found = Notice.objects.filter(pk=number, patron__library=request.place.branch.library).first()
    if found is None:
        raise Http404
    operations.send_again(notice=found, by=request.user, now=timezone.now())
    messages.success(request, _("It will be sent again."))
    return redirect("circulation:notices")


@require_http_methods(["GET", "HEAD", "POST"])
@requires(P.EDIT_PATRON)
def patron_messages(request: StaffRequest, key: UUID) -> HttpResponse:
    """Set how the patron wants to be told of what."""
    patron = full_patron_or_404(request, key)
    chosen = choices_of(patron)
    lead = chosen["due_soon"].lead_days if "due_soon" in chosen else 0
    ways = {kind: choice.channel for kind, choice in chosen.items()}
    form = MessagesForm(request.POST or None, chosen=ways, lead_days=lead)
    if request.method == "POST" and form.is_valid():
        for kind in NoticeKind.values:
            operations.choose_messages(
                patron=patron,
                kind=kind,
                channel=form.cleaned_data[kind] or USUAL,
                lead_days=form.cleaned_data["lead_days"],
                by=request.user,
                now=timezone.now(),
            )
        messages.success(request, _("The choices are kept."))
        return redirect("circulation:patron", patron.key)
    context = {"patron": patron, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "circulation/notices/patron_messages.html", context, status=status)
