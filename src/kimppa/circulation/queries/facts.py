"""All that a scan needs to know, in one question to the database.

Most items are at home and unreserved, most patrons owe nothing: the answer says what need not be
asked any further. Asked one by one, the same took as long as the rest of a check-out.
"""

from datetime import date
from typing import NamedTuple, Protocol

from kimppa.catalogue.models import Item
from kimppa.organisations.models import Branch
from kimppa.organisations.queries import timetable_columns, timetable_of
from kimppa.organisations.queries.prepared import first_row
from kimppa.organisations.rules import Timetable


class Known(Protocol):
    """What a scan knows of a patron who borrows."""

    @property
    def open_loans(self) -> int: ...
    @property
    def owes(self) -> bool: ...
    @property
    def has_overdue(self) -> bool: ...
    @property
    def has_block(self) -> bool: ...


class Facts(NamedTuple):
    """What is so of an item, and of a patron and a card if they are given."""

    status: str | None  # of the item's state row
    loan: int | None  # the item's open loan
    is_set_aside: bool
    has_queue: bool  # holds wait for its record
    rule_set: int | None  # in force on the day, and when it was published
    published_at: str | None
    open_loans: int
    owes: bool
    has_overdue: bool
    has_block: bool
    has_own_hold: bool  # open, on the item's record
    card_status: str | None
    card_patron: int | None
    weeks: str | None  # what is recorded of when the branch is open
    stops: str | None
    exceptions: str | None

    @property
    def timetable(self) -> Timetable:
        """When the branch is open from the day on, for ever."""
        return timetable_of(self.weeks, self.stops, self.exceptions)


SQL = """
SELECT state.status, loan.id,
    EXISTS (SELECT 1 FROM circulation_hold
        WHERE item_id = item.id AND state IN ('in_transit', 'ready')),
    EXISTS (SELECT 1 FROM circulation_hold WHERE record_id = item.record_id AND state = 'waiting'),
    rules.id, CAST(rules.published_at AS text),
    mine.loans,
    EXISTS (SELECT 1 FROM circulation_fee WHERE patron_id = %(patron)s AND open_cents > 0),
    mine.late_loans > 0,
    EXISTS (SELECT 1 FROM circulation_block WHERE patron_id = %(patron)s AND ended_at IS NULL),
    EXISTS (SELECT 1 FROM circulation_hold
        WHERE patron_id = %(patron)s AND record_id = item.record_id
        AND state IN ('waiting', 'in_transit', 'ready')),
    card.status, card.patron_id,
{timetable}
FROM catalogue_item AS item
CROSS JOIN (
    SELECT count(*) AS loans, count(CASE WHEN due_date < %(day)s THEN 1 END) AS late_loans
    FROM circulation_loan WHERE patron_id = %(patron)s AND ended_at IS NULL) AS mine
LEFT JOIN circulation_itemstate AS state ON state.item_id = item.id
LEFT JOIN circulation_loan AS loan ON loan.item_id = item.id AND loan.ended_at IS NULL
LEFT JOIN patrons_card AS card ON card.id = %(card)s
LEFT JOIN circulation_ruleset AS rules ON rules.id = (
    SELECT id FROM circulation_ruleset
    WHERE published_at IS NOT NULL AND valid_from <= %(day)s ORDER BY valid_from DESC LIMIT 1)
WHERE item.id = %(item)s
"""


def facts(
    item: Item,
    day: date,
    *,
    patron: int | None = None,
    card: int | None = None,
    branch: Branch | None = None,
) -> Facts:
    """Return what is so now; asked under the lock of the item, and of the patron if given.

    ``branch`` is where the item is lent, if it is: when that is open comes with the answer.
    """
    given = {
        "item": item.pk,
        "day": day,
        "last": date.max,
        "patron": patron,
        "card": card,
        "branch": branch.pk if branch else None,
    }
    row = first_row(SQL.format(timetable=timetable_columns()), given)
    assert row is not None  # noqa: S101 - the item is locked
    return Facts(*row)
