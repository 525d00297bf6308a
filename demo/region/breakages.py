"""What is wrong on purpose: a shared barcode, a missing and a doubled 001, a record cut short."""

from dataclasses import replace

from demo.region.desk import LibraryRecord
from demo.region.libraries import Region


def break_on_purpose(region: Region, records: list[LibraryRecord]) -> list[LibraryRecord]:
    """The same records with the mistakes that `[breakage]` in libraries.toml names."""
    cases = region.config["breakage"]
    for case in cases["barcodes"]:
        records = _copy_barcode(records, case)
    out: list[LibraryRecord] = []
    for record in records:
        if (record.library, record.edition) == ("ylikyla", cases["missing_001"]):
            fields = tuple(each for each in record.fields if each.tag != "001")
            out.append(replace(record, number="", fields=fields, broken="missing-001"))
        elif (record.library, record.edition) == ("ylikyla", cases["duplicated_001"]):
            out += _twice(record)
        elif (record.library, record.edition) == ("harjula", cases["truncated"]):
            out.append(replace(record, broken="truncated"))
        else:
            out.append(record)
    return out


def _copy_barcode(records: list[LibraryRecord], case: dict[str, str]) -> list[LibraryRecord]:
    taken = next(
        each.items[0].barcode
        for each in records
        if (each.library, each.edition) == (case["owner"], case["edition"])
    )
    return [
        replace(each, items=(replace(each.items[0], barcode=taken), *each.items[1:]))
        if (each.library, each.edition) == (case["copied_by"], case["edition"])
        else each
        for each in records
    ]


def _twice(record: LibraryRecord) -> list[LibraryRecord]:
    """The record and its later copy: the same number, one new item."""
    item = replace(record.items[0], barcode=record.items[0].barcode[:-1] + "9")
    first = replace(record, broken="duplicated-001")
    return [first, replace(first, items=(item,))]
