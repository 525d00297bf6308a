"""Items: the barcoded copies of an edition, and the field that carries one."""

from demo.region.desk import Item, Job, data_field
from demo.region.libraries import Library
from demo.region.numbers import digest
from kimppa.marc.record import Field


def items_of(job: Job) -> tuple[Item, ...]:
    """One to three copies; none for what is online or only a part of an album."""
    edition, library = job.edition, job.library
    if edition.host or job.region.carrier(edition.form).get("online"):
        return ()
    copies = 1 + digest("copies", library.key, edition.id) % (3 if edition.pop > 3 else 2)
    return tuple(
        Item(
            barcode=f"{library.prefix}{job.number.zfill(7)}{copy}",
            branch=library.branches[digest(job.number, str(copy)) % len(library.branches)],
            location=shelving_location(job),
            call=call_number(job),
            itype=library.itypes.get(edition.form, library.itypes["default"]),
            status="kadonnut" if digest("lost", job.number, str(copy)) % 40 == 0 else "",
        )
        for copy in range(1, copies + 1)
    )


def call_number(job: Job) -> str:
    """Class and three letters, in the library's order."""
    edition = job.edition
    letters = (edition.author or edition.title[edition.nonfiling :])[:3].upper()
    if job.library.call == "letters-first":
        return f"{letters} {edition.ykl}"
    return f"{edition.ykl} {letters}"


def shelving_location(job: Job) -> str:
    swedish = job.library.is_swedish
    if job.edition.child:
        return "Barn" if swedish else "LAP"
    if job.edition.form in {"cd", "lp", "score"}:
        return "Musik" if swedish else "MUS"
    return "Vuxna" if swedish else "AIK"


def item_field(item: Item, library: Library) -> Field:
    """The copy as 852 or as Koha's 952."""
    if library.items == "852":
        shelf, _, rest = item.call.rpartition(" ")
        return data_field(
            "852",
            "8 ",
            ("a", library.org),
            ("b", item.branch),
            ("c", item.location),
            ("h", shelf),
            ("i", rest),
            ("p", item.barcode),
        )
    return data_field(
        "952",
        "  ",
        ("0", "0"),
        ("1", "1" if item.status else "0"),
        ("7", "0"),
        ("a", item.branch),
        ("b", item.branch),
        ("c", item.location),
        ("d", f"20{digest(item.barcode) % 20:02}-05-14"),
        ("o", item.call),
        ("p", item.barcode),
        ("y", item.itype),
    )
