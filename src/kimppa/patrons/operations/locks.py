"""Patrons are locked the lower number first, so that two operations never wait for each other."""

from kimppa.patrons.models import Patron


def lock_patrons(*patrons: Patron) -> list[Patron]:
    """Lock the patrons' rows until the transaction ends; return them fresh, in the order given."""
    numbers = sorted({patron.pk for patron in patrons})
    rows = Patron.objects.select_for_update(of=("self",), no_key=True)
    rows = rows.order_by("pk").filter(pk__in=numbers)
    locked = {row.pk: row for row in rows}
    return [locked[patron.pk] for patron in patrons]
