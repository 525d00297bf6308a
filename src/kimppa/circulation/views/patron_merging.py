"""Two cards, one person: compare, choose, merge, and undo (users.md D6)."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kimppa.circulation import queries
from kimppa.circulation.forms.patrons import MergeForm
from kimppa.circulation.operations import patrons as operations
from kimppa.circulation.patron_words import MATTERS, words
from kimppa.circulation.queries.patrons import merge_undo_days, what_they_have
from kimppa.circulation.views.patron_access import full_patron_or_404, patron_or_404
from kimppa.organisations.access import StaffRequest, requires
from kimppa.organisations.operations import record_read
from kimppa.organisations.rules import Permission
from kimppa.patrons import queries as found
from kimppa.patrons.models import Patron, PatronMerge
from kimppa.patrons.operations import MergeRefused, UnmergeRefused
from kimppa.patrons.rules.merging import Matter, MergeRefusal, Side


@dataclass(frozen=True)
class Row:
    """One matter in which the two differ, as the page shows it."""

    matter: Matter
    label: Promise
    kept: Any
    gone: Any
    is_choice: bool
    chosen: str
    error: str


@require_GET
@requires(Permission.MERGE_PATRONS)
def find(request: StaffRequest, key: UUID) -> HttpResponse:
    """Ask for the other entry: its card is read or typed."""
    return _find_page(request, full_patron_or_404(request, key))


def _find_page(request: StaffRequest, kept: Patron, *, trouble: str = "") -> HttpResponse:
    context = {"kept": kept, "trouble": trouble}
    status = 422 if trouble else 200
    return render(request, "circulation/patrons/merge_find.html", context, status=status)


@require_POST
@requires(Permission.MERGE_PATRONS)
def other(request: StaffRequest, key: UUID) -> HttpResponseBase:
    """Find the other entry by its card and go on to compare."""
    kept = full_patron_or_404(request, key)
    other = found.patron_by_card(request.POST.get("card", ""))
    if other is None:
        return _find_page(request, kept, trouble=_("Nobody has this card."))
    if other[0].pk == kept.pk:
        [text] = words([MergeRefusal.SAME_ENTRY])
        return _find_page(request, kept, trouble=text)
    return redirect("circulation:merge_patrons", kept.key, other[0].key)


@require_GET
@requires(Permission.MERGE_PATRONS)
def compare(request: StaffRequest, key: UUID, gone_key: UUID) -> HttpResponse:
    """Show what would move and where the two differ; that both were looked at is logged."""
    kept, gone = _both(request, key, gone_key)
    for patron in (kept, gone):
        record_read(
            now=timezone.now(),
            by=request.user,
            kind="patron",
            object_id=patron.pk,
            branch=request.place.branch,
            reason="merge",
        )
    return _page(request, kept, gone)


def _both(request: StaffRequest, key: UUID, gone_key: UUID) -> tuple[Patron, Patron]:
    kept, gone = full_patron_or_404(request, key), patron_or_404(gone_key)
    # Two cards on one desk: whoever may merge sees the second entry for that.
    if kept.pk == gone.pk:
        raise Http404
    return kept, gone


def _page(
    request: StaffRequest, kept: Patron, gone: Patron, form: MergeForm | None = None
) -> HttpResponse:
    refusals = found.merge_refusals(kept, gone)
    told = found.differences(kept, gone)
    context = {
        "kept": kept,
        "gone": gone,
        "form": form,
        "refusals": words(refusals),
        "rows": [_row(each, form) for each in told],
        "has": {"kept": what_they_have(kept), "gone": what_they_have(gone)},
        "is_hidden": kept.is_non_disclosed or gone.is_non_disclosed,
        "cards": {
            "kept": kept.cards.select_related("library"),
            "gone": gone.cards.select_related("library"),
        },
        "undo_days": merge_undo_days(queries.policy_on(timezone.localdate()), kept),
    }
    return render(request, "circulation/patrons/merge.html", context, status=422 if form else 200)


def _row(difference: found.Difference, form: MergeForm | None) -> Row:
    matter = difference.matter
    errors = list(form.errors.get(matter, [])) if form else []
    return Row(
        matter=matter,
        label=MATTERS[matter],
        kept=_shown(matter, difference.kept),
        gone=_shown(matter, difference.gone),
        is_choice=difference.is_choice,
        chosen=form.data.get(matter, "") if form else "",
        error=" ".join(map(str, errors)),
    )


def _shown(matter: Matter, value: Any) -> Any:
    """Return the value as the page shows it; of a PIN only since when there is one."""
    if value is None:
        return ""
    if matter == Matter.PIN:
        return _("chosen on %(day)s") % {"day": f"{timezone.localdate(value.set_at):%-d.%-m.%Y}"}
    if matter == Matter.LIBRARY:
        return ", ".join(dict.fromkeys(str(unit) for unit in value if unit))
    if matter == Matter.HISTORY:
        return Patron.History(value).label
    return value


@require_POST
@requires(Permission.MERGE_PATRONS)
def merge(request: StaffRequest, key: UUID, gone_key: UUID) -> HttpResponseBase:
    """Make the two entries one, as chosen."""
    kept, gone = _both(request, key, gone_key)
    form = MergeForm(request.POST, found=found.differences(kept, gone))
    if not form.is_valid():
        return _page(request, kept, gone, form)
    choices = {Matter(name): Side(value) for name, value in form.cleaned_data.items()}
    now = timezone.now()
    try:
        operations.merge_patrons(
            kept=kept,
            gone=gone,
            choices=choices,
            policy=queries.policy_on(timezone.localdate()),
            now=now,
            by=request.user,
            branch=request.place.branch,
        )
    except MergeRefused as refused:
        for text in words(refused.reasons):
            form.add_error(None, text)
        return _page(request, kept, gone, form)
    messages.success(request, _("The two entries are one now. All their cards work."))
    return redirect("circulation:patron", kept.key)


@require_POST
@requires(Permission.MERGE_PATRONS)
def unmerge(request: StaffRequest, key: UUID) -> HttpResponseBase:
    """Undo one of the merges into this patron."""
    kept = full_patron_or_404(request, key)
    number = request.POST.get("row", "")
    made = PatronMerge.objects.filter(
        kept=kept, pk=int(number) if number.isdecimal() else 0
    ).first()
    if made is None:
        raise Http404
    try:
        operations.unmerge_patrons(
            merge=made, now=timezone.now(), by=request.user, branch=request.place.branch
        )
        messages.success(request, _("The merge is undone. Each entry has its own again."))
    except UnmergeRefused as refused:
        for text in words(refused.reasons):
            messages.error(request, text)
    return redirect("circulation:patron", kept.key)
