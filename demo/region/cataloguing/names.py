"""100, 110 and 240: the heading; 700: everyone else."""

from collections.abc import Iterator

from demo.region.desk import Job, data_field
from demo.region.works import Edition
from kimppa.marc.record import Field

MUSIC = {"cd", "lp", "song", "lpsong", "score"}
LANGUAGE_NAMES = {"fin": "suomi.", "swe": "ruotsi.", "eng": "englanti."}


def heading_fields(job: Job) -> Iterator[Field]:
    """100 or 110, and 240 where the original's title is the heading."""
    edition, library = job.edition, job.library
    if edition.author:
        name = heading_name(job)
        role = job.word(main_role(edition)) if library.rda else ""
        with_dates = library.rda or library.items == "852"
        dates = edition.dates if with_dates else ""
        tail = "," if role or dates else "" if name.endswith(".") else "."
        tag, indicators = ("110", "2 ") if is_group(edition) else ("100", "1 ")
        yield data_field(
            tag,
            indicators,
            ("a", name + tail),
            ("d", dates + ("," if role and not dates.endswith("-") else "") if dates else ""),
            ("e", role + "." if role else ""),
        )
    if edition.orig and library.rda and library.language == "fin" and edition.author:
        yield data_field(
            "240", "10", ("a", edition.orig + ","), ("l", LANGUAGE_NAMES[edition.lang])
        )


def heading_name(job: Job) -> str:
    """The author's name as this library writes it."""
    edition, library = job.edition, job.library
    name = edition.author
    if library.is_swedish and edition.author_sv:
        name = edition.author_sv
    elif library.abbreviated and not is_group(edition):
        name = initials(name)
    if name != edition.author:
        job.signs.add("name-variant")
    return name


def main_role(edition: Edition) -> str:
    """What the heading's person or group did."""
    if is_group(edition):
        return "performer"
    if edition.form in MUSIC:
        return "composer" if edition.author.startswith("Sibelius") else "performer"
    return "writer"


def is_group(edition: Edition) -> bool:
    """Whether the author is a band or a choir: a name that is not turned round."""
    return edition.form in MUSIC and bool(edition.author) and "," not in edition.author


def initials(name: str) -> str:
    """The short form on old cards, with initials for given names."""
    family, _, given = name.partition(", ")
    short = (part if part[0].islower() else part[0] + "." for part in given.split())
    return f"{family}, {' '.join(short)}" if given else name


def direct_order(name: str) -> str:
    """'Waltari, Mika' as a title page has it."""
    family, _, given = name.partition(", ")
    return f"{given} {family}".strip()


def added_name_fields(job: Job) -> Iterator[Field]:
    """700 with a role by RDA, without one by older rules."""
    edition, library = job.edition, job.library
    people = (
        ("contributor", edition.author2),
        ("translator", edition.translator),
        ("translator", edition.translator2),
        ("illustrator", edition.illustrator),
        ("adapter", edition.adapter),
        ("reader", edition.reader),
        ("director", edition.director),
    )
    for role, name in people:
        if not name or (library.abbreviated and role != "director"):
            continue
        if library.rda:
            yield data_field("700", "1 ", ("a", name + ","), ("e", job.word(role) + "."))
        else:
            yield data_field("700", "1 ", ("a", name + ("" if name.endswith(".") else ".")))
