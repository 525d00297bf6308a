"""The access log: who did or read what, when, where and why (X2)."""

import csv
from collections.abc import Iterator

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kimppa.organisations import operations, queries
from kimppa.organisations.access import OfficeRequest, requires_somewhere
from kimppa.organisations.forms.log import LogForm
from kimppa.organisations.labels import action_label, kind_label
from kimppa.organisations.models import AuditEvent
from kimppa.organisations.rules import Permission
from kimppa.organisations.views import UNPROCESSABLE

PAGE_SIZE = 50
# Beyond this many lines the page says "more than" instead of counting on; the CSV has them all.
MOST_LINES = 10_000


@require_safe
@requires_somewhere(Permission.VIEW_LOG)
def log(request: OfficeRequest) -> HttpResponse:
    """Lines of the log, newest first; looking up one object is itself a line."""
    form = _form(request)
    if not form.is_valid():
        return render(request, "organisations/log.html", {"form": form}, status=UNPROCESSABLE)
    lines = queries.log_lines(form.choice, reader=request.user, on=timezone.localdate())
    newest = list(lines.values_list("pk", flat=True)[: MOST_LINES + 1])
    page = Paginator(newest[:MOST_LINES], PAGE_SIZE).get_page(request.GET.get("page"))
    shown = request.GET.copy()
    shown.pop("page", None)
    if form.choice.object_id and page.number == 1:
        _note(request, form)
    context = {
        "form": form,
        "page": page,
        "query": shown.urlencode(),
        "lines": lines.filter(pk__in=page.object_list),
        "is_more": len(newest) > MOST_LINES,
    }
    return render(request, "organisations/log.html", context)


@require_safe
@requires_somewhere(Permission.VIEW_LOG)
def log_csv(request: OfficeRequest) -> StreamingHttpResponse | HttpResponse:
    """The same lines as CSV, all pages of them; taking them out is a line too."""
    form = _form(request)
    if not form.is_valid():
        return render(request, "organisations/log.html", {"form": form}, status=UNPROCESSABLE)
    lines = queries.log_lines(form.choice, reader=request.user, on=timezone.localdate())
    _note(request, form)
    response = StreamingHttpResponse(_csv(lines), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="log.csv"'
    return response


def _form(request: OfficeRequest) -> LogForm:
    actions, kinds = queries.log_words()
    return LogForm(
        request.GET,
        actions=[(each, action_label(each)) for each in actions],
        kinds=[(each, kind_label(each)) for each in kinds],
    )


def _note(request: OfficeRequest, form: LogForm) -> None:
    choice = form.choice
    operations.record_read(
        now=timezone.now(),
        by=request.user,
        kind="log",
        object_id=f"{choice.kind} {choice.object_id}".strip(),
        branch=request.place.branch if request.place else None,
    )


class _Echo:
    """Lets the CSV writer hand each line on instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def _csv(lines: QuerySet[AuditEvent]) -> Iterator[str]:
    writer = csv.writer(_Echo(), delimiter=";")
    yield "\N{BYTE ORDER MARK}"  # else spreadsheets take UTF-8 for something older
    yield writer.writerow(
        [
            _("when"),
            _("who"),
            _("where"),
            _("action"),
            _("kind of object"),
            _("object"),
            _("reason"),
        ]
    )
    for line in lines.iterator(chunk_size=2_000):
        cells = [
            timezone.localtime(line.at).isoformat(timespec="seconds"),
            line.by.username if line.by else "",
            line.branch.name if line.branch else "",
            action_label(line.action),
            kind_label(line.object_kind),
            line.object_id,
            line.reason,
        ]
        yield writer.writerow(_harmless(cell) for cell in cells)


def _harmless(cell: str) -> str:
    """A cell that begins as a formula would be run by spreadsheets."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
