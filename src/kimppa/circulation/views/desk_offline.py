"""Offline mode: a page that works when the line is down, and its upload (users.md D13).

The page itself holds nothing of anybody. What is written down stays in the browser until it is
uploaded; the service worker keeps the page and its style, and answers when the server cannot.
"""

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from kimppa.circulation.forms.desk import ReasonForm, written_rows
from kimppa.circulation.models import OfflineLoan
from kimppa.circulation.operations.offline import (
    discard_offline_loan,
    lend_offline,
    reasons_of,
    store_offline_loans,
)
from kimppa.circulation.queries import desk as questions
from kimppa.circulation.reason_words import reason_words
from kimppa.circulation.rules.loans import that_stand
from kimppa.circulation.views.patron_access import allows
from kimppa.organisations.access import StaffRequest, requires
from kimppa.organisations.queries import may
from kimppa.organisations.rules import Mode, Permission

P = Permission
KEPT_FILES = (
    "npm/bootstrap.min.css",
    "npm/theme.css",
    "npm/icons.svg",
    "npm/htmx.min.js",
    "site/kimppa.css",
    "site/kimppa.js",
    "site/kimppa.svg",
    "circulation/desk.css",
    "circulation/offline.js",
    "circulation/offline-store.js",
)


@require_GET
def offline_worker(request: HttpRequest) -> HttpResponse:
    """Give the service worker; it stands under /staff/ so that it answers for the desk's pages."""
    context = {
        "page": reverse("circulation:offline"),
        "check_out": reverse("circulation:check_out"),
        "files": [static(name) for name in KEPT_FILES],
    }
    response = render(
        request, "circulation/desk/worker.js", context, content_type="text/javascript"
    )
    response.headers["Cache-Control"] = "no-cache"
    return response


@require_GET
@requires(P.CHECK_OUT, mode=Mode.CHECK_OUT)
def offline(request: StaffRequest) -> HttpResponse:
    """Give the page on which check-outs are written down while the line is down."""
    return render(request, "circulation/desk/offline.html")


@require_GET
@requires(P.CHECK_OUT, mode=Mode.CHECK_OUT)
def offline_loans(request: StaffRequest) -> HttpResponse:
    """Show what this browser has still to upload, and what of this branch is to be solved."""
    return _page(request)


def _page(request: StaffRequest, *, wrong: UUID | None = None) -> HttpResponse:
    rows = [_row(request, row) for row in questions.unsolved_offline(request.place.branch)]
    context = {
        "rows": rows,
        "pending": sum(1 for row in rows if row["loan"].state == OfflineLoan.State.PENDING),
        "wrong": wrong,
    }
    return render(
        request, "circulation/desk/offline_loans.html", context, status=422 if wrong else 200
    )


def _row(request: StaffRequest, row: OfflineLoan) -> dict[str, Any]:
    reasons = reasons_of(row)
    can = bool(reasons) and not that_stand(reasons, overridden=True)
    return {
        "loan": row,
        "item": questions.scanned_item(row.barcode),
        "reasons": [reason_words(each) for each in reasons],
        "can_be_overridden": can and allows(request, P.OVERRIDE),
    }


@require_POST
@requires(P.CHECK_OUT, mode=Mode.CHECK_OUT)
def store_offline(request: StaffRequest) -> HttpResponse:
    """Take in what the browser wrote down; it forgets the rows whose keys are answered."""
    try:
        rows = written_rows(json.loads(request.body), now=timezone.now())
    except (ValueError, UnicodeDecodeError):
        return JsonResponse({"stored": []}, status=422)
    store_offline_loans(rows=rows, branch=request.place.branch, by=request.user, now=timezone.now())
    return JsonResponse({"stored": [str(row.key) for row in rows]})


@require_POST
@requires(P.CHECK_OUT, mode=Mode.CHECK_OUT)
def lend_stored(request: StaffRequest) -> HttpResponse:
    """Lend what was uploaded at this branch, in the order in which it was written down."""
    done = [
        lend_offline(row=row, by=request.user, now=timezone.now())
        for row in questions.unsolved_offline(request.place.branch)
        if row.state == OfflineLoan.State.PENDING
    ]
    lent = sum(1 for row in done if row.state == OfflineLoan.State.LENT)
    text = ngettext("%(n)s loan was recorded.", "%(n)s loans were recorded.", lent) % {"n": lent}
    messages.success(request, text)
    if left := len(done) - lent:
        text = ngettext("%(n)s is to be solved.", "%(n)s are to be solved.", left) % {"n": left}
        messages.warning(request, text)
    return redirect("circulation:offline_loans")


@require_POST
@requires(P.CHECK_OUT, mode=Mode.CHECK_OUT)
def solve_offline(request: StaffRequest, key: UUID, what: str) -> HttpResponse:
    """Try one again, lend it against a rule, or give it up; the last two for a reason."""
    row = OfflineLoan.objects.select_related("branch").filter(key=key).first()
    if row is None or not _is_of_here(request, row) or what not in ("again", "override", "discard"):
        raise Http404
    if what == "override" and not allows(request, P.OVERRIDE):
        raise Http404
    form = ReasonForm(request.POST)
    if what != "again" and not form.is_valid():
        return _page(request, wrong=key)
    now = timezone.now()
    if what == "discard":
        discard_offline_loan(
            row=row,
            reason=form.cleaned_data["reason"],
            branch=request.place.branch,
            by=request.user,
            now=now,
        )
        messages.success(request, _("Discarded; the reason is in the log."))
        return redirect("circulation:offline_loans")
    override = form.cleaned_data["reason"] if what == "override" else None
    row = lend_offline(row=row, by=request.user, now=now, override=override)
    if row.state == OfflineLoan.State.LENT:
        messages.success(request, _("The loan was recorded."))
    else:
        messages.error(request, _("It was refused again."))
    return redirect("circulation:offline_loans")


def _is_of_here(request: StaffRequest, row: OfflineLoan) -> bool:
    return row.branch_id == request.place.branch.pk or may(
        request.user, P.CHECK_OUT, branch=row.branch, on=timezone.localdate()
    )
