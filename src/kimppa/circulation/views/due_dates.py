"""The page where due dates move away from days on which a branch turns out to be closed."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from kimppa.circulation import operations
from kimppa.circulation.forms.due_dates import DueDatesForm
from kimppa.circulation.models import Step
from kimppa.circulation.queries.loans import loans_due, moved_due_dates
from kimppa.organisations.access import OfficeRequest, requires_somewhere
from kimppa.organisations.models import Branch
from kimppa.organisations.queries import closed_days, may
from kimppa.organisations.rules import Permission

P = Permission


@require_http_methods(["GET", "HEAD", "POST"])
@requires_somewhere(P.MANAGE_HOURS)
def due_dates(request: OfficeRequest) -> HttpResponse:
    """Count the loans first, then move them; what was moved lately can be taken back."""
    branches = _branches(request)
    today = timezone.localdate()
    form = DueDatesForm(
        request.POST or None,
        branches=branches,
        has_all=_has(request, None),
        today=today,
        initial={"branch": request.place.branch.pk} if request.place else None,
    )
    count = None
    if request.method == "POST" and form.is_valid():
        count = loans_due(form.place, form.cleaned_data["first"], form.cleaned_data["last"]).count()
        if "move" in request.POST:
            return _move(request, form)
    context = {
        "form": form,
        "count": count,
        "is_closed_then": count is not None and _is_closed_then(form),
        "moves": [step for step in moved_due_dates(timezone.now()) if _has(request, step.branch)],
    }
    status = 422 if form.errors else 200
    return render(request, "circulation/due_dates.html", context, status=status)


def _move(request: OfficeRequest, form: DueDatesForm) -> HttpResponse:
    moved = operations.move_due_dates(
        branch=form.place,
        first=form.cleaned_data["first"],
        last=form.cleaned_data["last"],
        to=form.cleaned_data["to"],
        by=request.user,
        now=timezone.now(),
    )
    text = ngettext(
        "%(count)d loan falls due later.", "%(count)d loans fall due later.", moved.count
    )
    messages.success(request, text % {"count": moved.count})
    return redirect("circulation:due_dates")


@require_POST
@requires_somewhere(P.MANAGE_HOURS)
def undo(request: OfficeRequest, number: int) -> HttpResponse:
    """Give the loans of one move their earlier due dates again."""
    moves = Step.objects.filter(kind=Step.Kind.DUE_DATES).select_related("branch")
    step = get_object_or_404(moves, pk=number)
    if not _has(request, step.branch):
        raise Http404
    count = operations.undo_move_due_dates(step=step, by=request.user, now=timezone.now())
    text = ngettext(
        "%(count)d loan has its earlier due date again.",
        "%(count)d loans have their earlier due date again.",
        count,
    )
    messages.success(request, text % {"count": count})
    return redirect("circulation:due_dates")


def _branches(request: OfficeRequest) -> list[Branch]:
    """Return the branches whose hours the account sets."""
    branches = Branch.objects.select_related("library").order_by("library__name", "name")
    return [branch for branch in branches if _has(request, branch)]


def _has(request: OfficeRequest, branch: Branch | None) -> bool:
    """Return whether the account sets the hours of the branch; None: of every one."""
    return may(request.user, P.MANAGE_HOURS, branch=branch, on=timezone.localdate())


def _is_closed_then(form: DueDatesForm) -> bool:
    """Return whether the branch is closed on the new day too, as far as its hours are known."""
    to = form.cleaned_data["to"]
    return form.place is not None and bool(closed_days(form.place, to, to))
