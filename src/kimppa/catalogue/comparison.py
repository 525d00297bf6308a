"""A merged record beside the records it came from, field by field."""

from typing import NamedTuple

from kimppa.marc.record import Field, Record

LEADER_TAG = "LDR"
# Each system gives its own number and time stamp, so a difference in them tells nothing.
OWN_OF_EACH_SYSTEM = {"001", "003", "005"}


class Sourced(NamedTuple):
    """A field of the result and the input records it came from, as (library, control number)."""

    field: Field
    sources: list[tuple[str, str]]


class Cell(NamedTuple):
    """A field in one record; ``differs`` when the result (or, in the result, no input) has it."""

    field: Field
    differs: bool


class Row(NamedTuple):
    """One tag in the result and in each input; ``is_same`` when all of them agree."""

    tag: str
    result: list[Cell]
    inputs: list[list[Cell]]
    is_same: bool


def sourced_fields(record: Record, provenance: list[list[str]]) -> list[Sourced]:
    """Return the record's fields with their sources; a field without any has an empty list."""
    names = [*provenance, *([] for _ in record.fields)]
    return [
        Sourced(field, [(library, number) for library, _, number in map(_parted, own)])
        for field, own in zip(record.fields, names, strict=False)
    ]


def _parted(source: str) -> tuple[str, str, str]:
    return source.partition(":")


def side_by_side(result: Record, inputs: list[Record]) -> list[Row]:
    """Return one row for each tag that any of the records has, leader first, in tag order."""
    columns = [_by_tag(record) for record in (result, *inputs)]
    tags = sorted({tag for column in columns for tag in column} - {LEADER_TAG})
    return [_row(tag, [column.get(tag, []) for column in columns]) for tag in [LEADER_TAG, *tags]]


def _by_tag(record: Record) -> dict[str, list[Field]]:
    fields: dict[str, list[Field]] = {LEADER_TAG: [Field("000", value=record.leader)]}
    for field in record.fields:
        fields.setdefault(field.tag, []).append(field)
    return fields


def _row(tag: str, columns: list[list[Field]]) -> Row:
    result, *inputs = columns
    from_inputs = {field for fields in inputs for field in fields}
    in_result = set(result)
    counts = tag not in OWN_OF_EACH_SYSTEM
    return Row(
        tag,
        [Cell(field, counts and field not in from_inputs) for field in result],
        [[Cell(field, counts and field not in in_result) for field in own] for own in inputs],
        all(fields == result for fields in inputs),
    )
