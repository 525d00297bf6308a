"""The six exports: which library writes which file, in which format."""

from collections.abc import Callable
from pathlib import Path

from demo.region.desk import LibraryRecord
from demo.region.formats import iso2709_file, json_file, marcxml_file, write_csv, zipped
from demo.region.libraries import Library, Region

# A file is named after its library.
EXPORTS: dict[str, Callable[[list[LibraryRecord], Library], bytes]] = {
    "harjula.mrc": iso2709_file,
    "lammaskoski.xml": marcxml_file,
    "niemela.mrc": iso2709_file,
    "storby.xml.gz": marcxml_file,
    "ylikyla.mrc.gz": iso2709_file,
    "saarinen.json": json_file,
}


def write_exports(region: Region, records: list[LibraryRecord], out: Path) -> None:
    """Write every library's file, and the items of the library that keeps them in a CSV."""
    for name, written in EXPORTS.items():
        library = region.libraries[name.partition(".")[0]]
        owned = [each for each in records if each.library == library.key]
        content = written(owned, library)
        (out / name).write_bytes(zipped(content) if name.endswith(".gz") else content)
        if library.items == "csv":
            write_items(owned, out / f"{library.key}-items.csv")


def write_items(records: list[LibraryRecord], path: Path) -> None:
    """One line for each item, beside the control number of its record."""
    write_csv(
        path,
        "control_number,barcode,branch,shelving_location,call_number,item_type,status",
        (
            (each.number, i.barcode, i.branch, i.location, i.call, i.itype, i.status)
            for each in records
            for i in each.items
        ),
    )
