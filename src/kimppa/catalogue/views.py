"""Pages of the shared catalogue: the list, a record, its downloads, and old addresses."""

import csv
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kimppa.catalogue import queries
from kimppa.catalogue.choice import ListChoice
from kimppa.catalogue.comparison import side_by_side, sourced_fields
from kimppa.catalogue.description import describe, links, responsibility, title
from kimppa.catalogue.forms import list_choice
from kimppa.catalogue.labels import SORT_LABELS, material_label
from kimppa.catalogue.models import BibliographicRecord, Item
from kimppa.marc.writing import MARCXML_HEAD, MARCXML_TAIL, TooLong, to_iso2709, to_marcxml


@require_safe
def record_list(request: HttpRequest) -> HttpResponse:
    """The list with its filters; htmx gets only the results."""
    choice = list_choice(request.GET)
    found = queries.record_list(choice)
    context: dict[str, Any] = {
        "choice": choice,
        "links": _list_links(choice),
        "facets": {
            "libraries": _facets(choice, "library", found.libraries),
            "materials": _facets(choice, "material", found.materials),
        },
        "found": found,
        "sorts": SORT_LABELS.items(),
        "first": (choice.page - 1) * queries.PAGE_SIZE + 1,
        "last": (choice.page - 1) * queries.PAGE_SIZE + len(found.records),
    }
    context["has_next"] = found.is_more or context["last"] < found.total
    # htmx asks for the whole page when it restores one from the browser's history.
    is_fragment = request.htmx and not request.htmx.history_restore_request  # type: ignore[attr-defined]
    template = "catalogue/_results.html" if is_fragment else "catalogue/record_list.html"
    response = render(request, template, context)
    response.headers["Vary"] = "HX-Request, Accept-Language, Cookie"
    return response


def _facets(
    choice: ListChoice, name: str, counts: list[tuple[str, int | None]]
) -> list[dict[str, Any]]:
    """Return what one filter offers: word, count, whether it is chosen, and its address part."""
    chosen = getattr(choice, name)
    return [
        {
            "text": material_label(code).text if name == "material" else code,
            "count": count,
            "is_chosen": code == chosen,
            "query": choice.query(**{name: "" if code == chosen else code}),
        }
        for code, count in counts
    ]


def _list_links(choice: ListChoice) -> dict[str, str]:
    """Return the address parts of the list's own links."""
    return {
        "csv": choice.query(),
        "previous": choice.query(page=choice.page - 1 if choice.page > 2 else ""),
        "next": choice.query(page=choice.page + 1),
        "no_q": choice.query(q=""),
        "no_library": choice.query(library=""),
        "no_material": choice.query(material=""),
    }


class _Echo:
    """Lets the CSV writer hand each line on instead of keeping it."""

    def write(self, line: str) -> str:
        return line


@require_safe
def record_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The filtered list as CSV, all pages of it."""
    choice = list_choice(request.GET)
    writer = csv.writer(_Echo(), delimiter=";")
    head = [_("Id"), _("Title"), _("Author"), _("Year"), _("Language"), _("Material")]

    def lines() -> Iterator[str]:
        yield "\N{BYTE ORDER MARK}"  # else spreadsheets take UTF-8 for something older
        yield writer.writerow(head)
        for row in queries.listed_rows(choice):
            yield writer.writerow(_harmless(cell) for cell in row)

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="records.csv"'
    return response


def _harmless(cell: str) -> str:
    """A cell that begins as a formula would be run by spreadsheets."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


@require_safe
def record_page(request: HttpRequest, cluster_id: str) -> HttpResponse:
    """A record, its items in every library, and where it came from."""
    record = get_object_or_404(BibliographicRecord, cluster_id=cluster_id)
    inputs = queries.inputs_of(record)
    marc = record.marc
    sourced = sourced_fields(marc, record.provenance)
    context = {
        "record": record,
        "title": title(marc) or record.title,
        "responsibility": responsibility(marc),
        "description": describe(marc),
        "links": links(marc),
        "marc": marc,
        "sourced": sourced,
        "inputs": inputs,
        "comparison": side_by_side(marc, [each.marc for each in inputs]),
        "by_library": _by_library(queries.items_of(record)),
        "merge": queries.last_merge(record),
        "redirects": queries.redirects_to(record),
    }
    return render(request, "catalogue/record.html", context)


def _by_library(items: list[Item]) -> list[tuple[str, list[Item]]]:
    grouped = groupby(items, key=lambda item: item.library.name)
    return [(name, list(group)) for name, group in grouped]


@require_safe
def record_marc(request: HttpRequest, cluster_id: str) -> HttpResponseBase:
    """The record as ISO 2709; one that is too long for it as MARCXML."""
    record = get_object_or_404(BibliographicRecord, cluster_id=cluster_id)
    try:
        body = to_iso2709(record.marc)
    except TooLong:
        return redirect("catalogue:marcxml", cluster_id=cluster_id)
    return _download(body, "application/marc", f"{cluster_id}.mrc")


@require_safe
def record_marcxml(request: HttpRequest, cluster_id: str) -> HttpResponse:
    """The record as MARCXML."""
    record = get_object_or_404(BibliographicRecord, cluster_id=cluster_id)
    body = MARCXML_HEAD + to_marcxml(record.marc) + MARCXML_TAIL
    return _download(body, "application/marcxml+xml", f"{cluster_id}.xml")


def _download(body: bytes, content_type: str, name: str) -> HttpResponse:
    response = HttpResponse(body, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_safe
def old_record(request: HttpRequest, library: str, control_number: str) -> HttpResponseBase:
    """Lead an old record address of a library to where the record is now."""
    record = queries.redirect_target(library=library, control_number=control_number)
    if record is None:
        raise Http404
    return redirect(record, permanent=True)
