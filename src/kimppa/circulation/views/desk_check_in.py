"""Check in: scan, and one of four results says where the item goes (users.md D2)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from kimppa.catalogue.models import Item
from kimppa.circulation.forms.desk import ManyForm, ReturnSettings, ScanForm
from kimppa.circulation.models import Step
from kimppa.circulation.operations import (
    CheckedIn,
    ItemRefused,
    Result,
    UndoRefused,
    check_in,
    in_house_use,
    undo_check_in,
)
from kimppa.circulation.queries import desk as questions
from kimppa.circulation.queries.hold_pages import Slip
from kimppa.circulation.reason_words import MESSAGES, UNDO_PROBLEMS, reason_words
from kimppa.circulation.templatetags.money import euros
from kimppa.circulation.views.desk import (
    Said,
    answer,
    at,
    news,
    take_from_pile,
    unknown,
    wants_news,
)
from kimppa.circulation.views.patron_access import allows
from kimppa.organisations.access import StaffRequest, requires
from kimppa.organisations.rules import Mode, Permission
from kimppa.patrons.queries import looks_like_identity_code, patron_by_card

P = Permission
SETTINGS = "desk_returns"
# The four results: the big word, the tone, the icon and the sound.
RESULTS: dict[Result, tuple[Promise, str, str, str]] = {
    Result.SHELF: (gettext_lazy("To the shelf"), "success", "book", "shelf"),
    Result.HOLD_SHELF: (gettext_lazy("To the hold shelf"), "info", "bookmark-check", "hold"),
    Result.TRANSIT: (gettext_lazy("To transit"), "warning", "truck", "transit"),
    Result.PROCESSING: (gettext_lazy("To processing"), "danger", "tools", "processing"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@requires(P.CHECK_IN, mode=Mode.CHECK_IN)
def check_in_page(request: StaffRequest) -> HttpResponse:
    """Show the desk, or check in what was scanned."""
    _set_mode(request)
    if request.method != "POST":
        return _page(request)
    form = ScanForm(request.POST)
    if not form.is_valid():
        return _page(request, refused=True)
    said = _scanned(request, form.cleaned_data["scan"])
    done = said.extra.get("done")
    if done and done.step and not done.is_repeat and wants_news(request):
        return _news(request, said, done)
    return _page(request, said=said, refused=bool(said.extra.get("refused")))


def _scanned(request: StaffRequest, text: str) -> Said:
    item = questions.scanned_item(text)
    if item is not None:
        take_from_pile(request, item.barcode)
        return (
            _count_use(request, item) if _mode(request) == Mode.IN_HOUSE else _take(request, item)
        )
    if looks_like_identity_code(text) or patron_by_card(text):
        words = [_("This is not an item's barcode. Nothing was kept of it.")]
        return Said(_("Not an item"), "danger", words, extra={"refused": True})
    said = unknown(request, text)
    said.extra["refused"] = True
    return said


def _take(request: StaffRequest, item: Item) -> Said:
    done = check_in(
        item=item,
        branch=request.place.branch,
        by=request.user,
        now=timezone.now(),
        dropped_date=_dropped(request),
    )
    word, tone, icon, sound = RESULTS[done.result]
    done = replace(done, item=item)  # the locked row came without its record
    return Said(
        str(word), tone, _lines(done), item=item, icon=icon, sound=sound, extra=_extra(done)
    )


def _lines(done: CheckedIn) -> list[str]:
    """Return what to do next, and what the clerk should know besides."""
    lines = [str(MESSAGES[each]) for each in done.messages]
    if done.is_repeat:
        lines.insert(0, _("Checked in a moment ago; nothing was changed."))
    return lines


def _extra(done: CheckedIn) -> dict[str, Any]:
    slip = None
    if done.result == Result.HOLD_SHELF and done.hold:
        slip = Slip(done.item, done.hold, done.hold.pickup_branch, is_here=True)
    elif done.transit and done.to_branch:
        slip = Slip(done.item, done.hold, done.to_branch, is_here=False)
    return {"done": done, "slip": slip, "cents": sum(fee.open_cents for fee in done.fees)}


def _count_use(request: StaffRequest, item: Item) -> Said:
    try:
        in_house_use(item=item, branch=request.place.branch, by=request.user, now=timezone.now())
    except ItemRefused as refused:
        lines = [reason_words(each) for each in refused.reasons]
        return Said(_("Not counted"), "danger", lines, item=item, extra={"refused": True})
    return Said(_("Use counted"), "success", [_("Put it back to its place.")], item=item)


@require_POST
@requires(P.CHECK_IN, mode=Mode.CHECK_IN)
def check_in_many(request: StaffRequest) -> HttpResponse:
    """Check in a list of barcodes, each by itself, and tell what came of each."""
    _set_mode(request)
    form = ManyForm(request.POST)
    if not form.is_valid():
        return _page(request, many_form=form, refused=True)
    many = [_scanned(request, barcode) for barcode in form.cleaned_data["barcodes"]]
    trouble = sum(1 for each in many if each.extra.get("refused"))
    count = len(many)
    said = Said(
        ngettext("%(n)s checked in", "%(n)s checked in", count - trouble) % {"n": count - trouble},
        "danger" if trouble else "success",
        [_("See the list: some were not checked in.")] if trouble else [],
    )
    return _page(request, said=said, many=many, refused=bool(trouble))


@require_POST
@requires(P.CHECK_IN, mode=Mode.CHECK_IN)
def undo(request: StaffRequest) -> HttpResponse:
    """Take back a check-in of this branch."""
    _set_mode(request)
    number = request.POST.get("step", "")
    step = Step.objects.filter(
        kind=Step.Kind.CHECK_IN,
        branch=request.place.branch,
        pk=int(number) if number.isdecimal() and len(number) < 19 else 0,
    ).first()
    if step is None:
        raise Http404
    try:
        loan = undo_check_in(
            step=step, by=request.user, branch=request.place.branch, now=timezone.now()
        )
    except UndoRefused as refused:
        lines = [str(UNDO_PROBLEMS[each]) for each in refused.reasons]
        return _page(request, said=Said(_("Cannot be taken back"), "danger", lines), refused=True)
    lines = []
    if loan is not None:
        due = date_format(loan.due_date, "j.n.Y")
        lines.append(_("It is on loan again, due %(day)s.") % {"day": due})
    return _page(request, said=Said(_("Check-in taken back"), "success", lines))


@require_POST
@requires(P.CHECK_IN, mode=Mode.CHECK_IN)
def change_settings(request: StaffRequest) -> HttpResponse:
    """Choose for this session what a scan does, as of which day, and whether slips print."""
    form = ReturnSettings(request.POST)
    if not form.is_valid():
        _set_mode(request)
        return _page(request, settings_form=form, refused=True)
    given = form.cleaned_data
    request.session[SETTINGS] = {
        "mode": given["mode"],
        "dropped": given["dropped"].isoformat() if given["dropped"] else "",
        "prints": given["prints"],
        "day": timezone.localdate().isoformat(),
    }
    return redirect("circulation:check_in")


@require_POST
@requires(P.CHECK_IN, mode=Mode.CHECK_IN)
def drop_from_pile(request: StaffRequest) -> HttpResponse:
    """Take a barcode off the pile for later: it has been seen to."""
    _set_mode(request)
    take_from_pile(request, request.POST.get("scan", "").strip())
    if request.POST.get("next") == "check_out":
        return redirect("circulation:check_out")
    return redirect("circulation:check_in")


def _settings(request: StaffRequest) -> dict[str, Any]:
    """Return the session's choice; yesterday's is forgotten, but whether slips print stays."""
    kept: dict[str, Any] = request.session.get(SETTINGS, {})
    if kept.get("day") != timezone.localdate().isoformat():
        return {"mode": Mode.CHECK_IN.value, "dropped": "", "prints": kept.get("prints", False)}
    return kept


def _mode(request: StaffRequest) -> Mode:
    return Mode(_settings(request)["mode"])


def _dropped(request: StaffRequest) -> date | None:
    kept = _settings(request)
    if kept["mode"] != Mode.BOOK_DROP or not kept["dropped"]:
        return None
    return date.fromisoformat(kept["dropped"])


def _set_mode(request: StaffRequest) -> None:
    at(request, _mode(request))


def _page(
    request: StaffRequest,
    *,
    said: Said | None = None,
    many: Sequence[Said] = (),
    many_form: ManyForm | None = None,
    settings_form: ReturnSettings | None = None,
    refused: bool = False,
) -> HttpResponse:
    kept = _settings(request)
    rows = questions.check_ins(request.place.branch, request.user, timezone.now())
    context = {
        "said": said,
        "many": many,
        "many_form": many_form or ManyForm(),
        "settings_form": settings_form or ReturnSettings(initial=kept),
        "dropped": _dropped(request),
        "prints": kept["prints"],
        "rows": [(row, *_told(row)) for row in rows],
        "most_rows": questions.SHOWN_ROWS,
        "may_view": allows(request, P.VIEW_PATRON),
        "may_take_payment": allows(request, P.TAKE_PAYMENT),
    }
    return answer(request, "check_in", context, refused=refused)


def _news(request: StaffRequest, said: Said, done: CheckedIn) -> HttpResponse:
    row = _row(done)
    told, lines = _told(row)
    context = {
        "said": said,
        "prints": _settings(request)["prints"],
        "row": row,
        "told": told,
        "lines": lines,
        "may_view": allows(request, P.VIEW_PATRON),
        "may_take_payment": allows(request, P.TAKE_PAYMENT),
    }
    return news(request, "check_in", context)


def _row(done: CheckedIn) -> questions.ReturnRow:
    assert done.step is not None  # noqa: S101 - something was changed
    return questions.ReturnRow(
        step=done.step,
        item=done.item,
        result=done.result.value,
        patron=done.patron,
        hold=done.hold,
        transit=done.transit,
        fees=done.fees,
        messages=[message.value for message in done.messages],
        can_be_undone=True,
    )


def _told(row: questions.ReturnRow) -> tuple[tuple[Promise, str, str, str], list[str]]:
    """Return the row's result and messages in words."""
    lines = [str(MESSAGES[each]) for each in MESSAGES if each.value in row.messages]
    if cents := sum(fee.open_cents for fee in row.fees):
        lines.append(_("Fee: %(sum)s") % {"sum": euros(cents)})
    return RESULTS[Result(row.result)], lines
