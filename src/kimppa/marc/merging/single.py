"""A record that nothing joins, merged as text: most clusters are one record, so this is quick."""

from operator import itemgetter

from kimppa.marc.merging.base import CONSORTIUM_CODE
from kimppa.marc.merging.traces import Names, known_numbers, old_numbers
from kimppa.marc.record import FIELD_MARK

_tag = itemgetter(slice(3))


def merge_one(cluster_id: str, library: str, control_number: str, flat: str) -> str:
    """Return in flat form what ``merge`` makes of one source: all stays but the record's number.

    ``flat`` is well-formed, as reading leaves it; each of the result's fields comes from it.

    >>> merge_one("K0", "A", "1", "00000nam a2200000   4500\\x1e0011").split("\\x1e")[1:]
    ['001K0', '003KIMPPA', '035  \\x1fz(A)1']
    """
    leader, *fields = flat.split(FIELD_MARK)
    kept = [f"001{cluster_id}", f"003{CONSORTIUM_CODE}"]
    kept += [field for field in fields if field[:3] not in ("001", "003")]
    names = Names(library, control_number, _value(fields, "001"), _value(fields, "003"))
    kept += old_numbers(cluster_id, names, known_numbers(kept))
    kept.sort(key=_tag)
    return FIELD_MARK.join([leader, *kept])


def _value(fields: list[str], tag: str) -> str:
    return next((field[3:] for field in fields if field[:3] == tag), "")
