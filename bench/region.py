"""An invented region that lends: branches, patrons with cards, records, items and loans, in bulk.

Rows are made by the database itself, so that two million items take a minute and not an hour.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

LIBRARIES = 22
BRANCHES_EACH = 3
RULES = {
    "loan_days": 28,
    "max_loans": 100,
    "max_holds": 50,
    "overdue_cents_per_day": 20,
    "overdue_grace_days": 2,
    "overdue_max_cents": 300,
    "block_limit_cents": 100_000,
}
ITEMS_PER_RECORD = 2

COUNT = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many})"
RECORDS = """
INSERT INTO catalogue_bibliographicrecord (cluster_id, title, author, language, material, size,
    base, title_key, search_text, load_id, packed_marc, packed_provenance)
{count} SELECT 'R' || i, 'Kirja ' || i, '', 'fin', 'book', 1, '', 'kirja ' || i, 'kirja ' || i,
    {load}, {nothing}, {nothing} FROM n
"""
ITEMS = """
INSERT INTO catalogue_item (record_id, library_id, branch_id, control_number, barcode,
    duplicate_barcode, shelving_location, call_number, item_type, status, source, raw)
{count} SELECT {record} + i % {records}, {library} + (i % {branches}) / {each},
    {branch} + i % {branches}, '' || i, 'B' || i, '', 'Osasto ' || i % 40, '84.2', 'KIRJA', '',
    '952', '' FROM n
"""
PATRONS = """
INSERT INTO patrons_patron (key, category_id, is_institution, library_id, surname, given_names,
    name_key, birth_date, language, history, rules_version, registered_at, last_active_date)
{count} SELECT {key}, {category}, {false}, {library} + i % {libraries}, 'Sukunimi ' || i, 'Etunimi',
    'sukunimi ' || i, '1980-01-01', 'fi', 'off', '1', {now}, {today} FROM n
"""
CARDS = """
INSERT INTO patrons_card (patron_id, number, library_id, origin, status, is_main, issued_date)
SELECT id, 'A' || (id - {patron}), library_id, '', 'active', {true}, {today} FROM patrons_patron
WHERE id > {patron}
"""
LOANS = """
INSERT INTO circulation_loan (item_id, patron_id, kind, branch_id, began_at, due_date, renewals,
    ending, category_code, terms)
SELECT item.id, {patron} + 1 + (item.id * 7) % {patrons}, 'loan', item.branch_id, {now}, {due},
    0, '', 'adult', '{{}}' FROM catalogue_item AS item WHERE {lent}
"""
FIRST_ITEMS = "item.id > {item} AND item.id <= {item} + {loans}"


HOLDS = """
INSERT INTO circulation_hold (key, record_id, patron_id, pickup_branch_id, placed_at, rank, state,
    shelf_code, ended_from)
{count} SELECT {key}, {record} + i % {wanted}, {patron} + 1 + i % {patrons},
    {branch} + (i * 7) % {branches}, {now}, i, 'waiting', '', '' FROM n
"""


@dataclass(frozen=True)
class Region:
    """Where each kind of row begins (the number before the first), and how many there are."""

    patron: int
    item: int
    record: int
    branch: int
    patrons: int
    items: int
    records: int
    branches: int
    loans: int


def read_region(path: Path) -> Region:
    """Return what the set-up has written of the region."""
    return Region(**json.loads(path.read_text()))


def make_region(
    *,
    patrons: int,
    items: int,
    loans: int = 0,
    records: int = 0,
    waiting: int = 0,
    wanted: int = 1,
    lent: str = FIRST_ITEMS,
    now: datetime | None = None,
) -> Region:
    """Fill an empty, migrated database and return what is where.

    ``records`` is half the items where nothing is said. Lent are the first ``loans`` items, or
    those of which the SQL ``lent`` is true. ``waiting`` holds are for the first ``wanted`` records.
    """
    from django.db import connection, transaction

    now = now or datetime.now(UTC)  # noqa: TID251 - a command of its own
    zone = "+00:00" if connection.vendor == "postgresql" else ""  # SQLite's texts have none
    with transaction.atomic():
        first_library, first_branch = _branches()
        category, load = _rules_and_load(now)
        marks: dict[str, Any] = {
            "now": f"'{now:%Y-%m-%d %H:%M:%S.%f}{zone}'",
            "today": f"'{now.date().isoformat()}'",
            "due": f"'{(now + timedelta(20)).date().isoformat()}'",
            "library": first_library,
            "libraries": LIBRARIES,
            "branch": first_branch,
            "branches": LIBRARIES * BRANCHES_EACH,
            "each": BRANCHES_EACH,
            "category": category,
            "load": load,
            "records": records or items // ITEMS_PER_RECORD,
            "wanted": wanted,
            "patrons": patrons,
            "loans": loans,
            **_dialect(connection.vendor),
        }
        with connection.cursor() as cursor:
            marks["record"] = (
                _fill(cursor, RECORDS, "catalogue_bibliographicrecord", marks, marks["records"]) + 1
            )
            marks["item"] = _fill(cursor, ITEMS, "catalogue_item", marks, items)
            marks["patron"] = _fill(cursor, PATRONS, "patrons_patron", marks, patrons)
            cursor.execute(CARDS.format(**marks))
            cursor.execute(LOANS.format(lent=lent.format(**marks), **marks))
            if waiting:
                cursor.execute(HOLDS.format(count=COUNT.format(many=waiting), **marks))
    _refresh_statistics()
    return Region(
        marks["patron"], marks["item"], marks["record"] - 1, first_branch - 1, patrons, items,
        marks["records"], LIBRARIES * BRANCHES_EACH, loans,
    )  # fmt: skip


def _dialect(vendor: str) -> dict[str, str]:
    if vendor == "postgresql":
        return {
            "key": "gen_random_uuid()",
            "nothing": "''::bytea",
            "true": "true",
            "false": "false",
        }
    return {"key": "lower(hex(randomblob(16)))", "nothing": "x''", "true": "1", "false": "0"}


def _fill(cursor: Any, sql: str, table: str, marks: dict[str, Any], many: int) -> int:
    """Make the rows and return the number before the first of them."""
    cursor.execute(sql.format(count=COUNT.format(many=many), **marks))
    cursor.execute(f"SELECT max(id) FROM {table}")
    return int(cursor.fetchone()[0]) - many


def _branches() -> tuple[int, int]:
    from kimppa.organisations.models import Branch, OpeningHours
    from kimppa.organisations.operations import ensure_branch, ensure_library

    libraries = [ensure_library(code=f"Kunta {n:02}")[0] for n in range(LIBRARIES)]
    made: list[Branch] = []
    for library in libraries:
        made += [ensure_branch(library=library, code=f"P{n}")[0] for n in range(BRANCHES_EACH)]
    OpeningHours.objects.bulk_create(
        OpeningHours(
            branch=branch, weekday=day, opens=time(9), closes=time(19), valid_from="2000-01-01"
        )
        for branch in made
        for day in range(7)
    )
    return libraries[0].pk, made[0].pk


def _rules_and_load(now: datetime) -> tuple[int, int]:
    from kimppa.catalogue.models import Load
    from kimppa.circulation.models import PolicyRule, RuleSet
    from kimppa.patrons.operations import ensure_category

    rules = RuleSet.objects.create(name="Säännöt", valid_from="2000-01-01", published_at=now)
    PolicyRule.objects.bulk_create(
        PolicyRule(rule_set=rules, name=name, value=value) for name, value in RULES.items()
    )
    category = ensure_category(code="adult", name_fi="Aikuinen")
    return category.pk, Load.objects.create(digest="bench", started_at=now).pk


def _refresh_statistics() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
