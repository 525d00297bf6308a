"""250 to 546: edition, imprint, extent, carrier, series and notes."""

from collections.abc import Iterator

from demo.region.desk import Job, data_field
from kimppa.marc.record import Field


def imprint_fields(job: Job) -> Iterator[Field]:
    """250 edition, 255 scale, 260 or 264 place, publisher and year."""
    edition, library = job.edition, job.library
    statement = edition.edition
    if job.reprinted:
        job.signs.add("reprint")
        statement = f"{edition.reprint[0]}. {job.word('print')}"
    if library.abbreviated:
        statement = statement.replace("painos", "p.").replace("uudistettu", "uud.")
    if statement:
        yield data_field("250", "  ", ("a", statement))
    if edition.scale:
        yield data_field("255", "  ", ("a", edition.scale))
    if edition.host:
        return
    tag = "264" if library.rda else "260"
    end = "" if edition.form == "serial" and not edition.last else "."
    year = f"{edition.year}-{edition.last or ''}" if edition.form == "serial" else f"{job.year}"
    shortened = library.abbreviated and job.chance("place", 5)
    place = job.place[:3] + "." if shortened else job.place
    yield data_field(
        tag,
        " 1" if library.rda else "  ",
        ("a", place + " :"),
        ("b", edition.pub + ","),
        ("c", year + end),
    )


def physical_fields(job: Job) -> Iterator[Field]:
    """300 extent, and 336 to 338 by RDA."""
    edition, library = job.edition, job.library
    amount = extent(job)
    if library.abbreviated and edition.pages and job.chance("pages", 4):
        job.signs.add("no-pages")
        amount = ""
    if edition.host:
        amount = f"{edition.seconds // 60} min {edition.seconds % 60} s"
    online = job.region.carrier(edition.form).get("online")
    measured = bool(edition.pages) and not online
    pictures = job.word("illustrated_300") if edition.ill else ""
    if pictures and not library.rda:
        pictures = "kuv."
    if amount:
        yield data_field(
            "300",
            "  ",
            ("a", amount + (" :" if pictures else " ;" if measured else "")),
            ("b", pictures + (" ;" if measured else "")),
            ("c", f"{edition.size} cm" if measured else ""),
        )
    if library.rda:
        yield from rda_fields(job)


def extent(job: Job) -> str:
    """300 $a: pages, volumes, or discs and minutes."""
    edition, library = job.edition, job.library
    if edition.volumes:
        return f"{edition.volumes} {job.word('volumes') if library.rda else 'nid.'}"
    carrier = job.region.carrier(edition.form)
    count = f"{edition.pages} {job.word('pages') if library.rda else 's.'}" if edition.pages else ""
    if "unit" not in carrier:
        return count
    length = f"{edition.minutes} min" if edition.minutes else count
    return f"{_unit(job)} ({length})" if length else _unit(job)


def _unit(job: Job) -> str:
    carrier = job.region.carrier(job.edition.form)
    name = str(carrier["unit"][job.library.words_column])
    if name.startswith("1 "):
        return name
    if job.edition.discs == 1:
        return f"1 {name.removesuffix('ä')}" if name == "CD-äänilevyä" else f"1 {name}"
    return f"{job.edition.discs} {name}"


def rda_fields(job: Job) -> Iterator[Field]:
    """336 content, 337 media, 338 carrier."""
    carrier = job.region.carrier(job.edition.form)
    names = job.region.config["rda"]
    for tag, key, vocabulary in (
        ("336", "content", "rdacontent"),
        ("337", "media", "rdamedia"),
        ("338", "carrier", "rdacarrier"),
    ):
        code = carrier[key]
        name = names[code][job.library.words_column]
        yield data_field(tag, "  ", ("a", name), ("b", code), ("2", vocabulary))


def series_fields(job: Job) -> Iterator[Field]:
    """490 the series as printed, 830 as traced."""
    edition, library = job.edition, job.library
    if not edition.series or (library.abbreviated and job.chance("series", 2)):
        return
    traced = library.rda
    end = " ;" if edition.vol else ""
    yield data_field(
        "490", "1 " if traced else "0 ", ("a", edition.series + end), ("v", edition.vol)
    )
    if traced:
        yield data_field("830", " 0", ("a", edition.series + end), ("v", edition.vol))


def note_fields(job: Job) -> Iterator[Field]:
    """500 notes, 505 songs, 538 system, 546 language."""
    edition = job.edition
    for text in note_texts(job):
        yield data_field("500", "  ", ("a", text))
    if edition.tracks:
        yield data_field("505", "0 ", ("a", " ; ".join(t for t, _ in edition.tracks) + "."))
    if edition.form == "daisy":
        yield data_field("538", "  ", ("a", "Daisy 2.02"))
    if job.library.is_swedish and not edition.host:
        names = {"fin": "finska", "swe": "svenska", "eng": "engelska"}
        spoken = names.get(edition.langs[0] if edition.langs else edition.lang)
        if spoken:
            yield data_field("546", "  ", ("a", f"{job.word('language_note')} {spoken}."))


def note_texts(job: Job) -> Iterator[str]:
    edition = job.edition
    if edition.orig and not job.library.abbreviated:
        yield f"{job.word('original')} {edition.orig}."
    if edition.reprint and not job.reprinted and not job.library.abbreviated:
        yield f"{job.word('reprints')} {edition.reprint[0]}. p. {edition.reprint[1]}."
    for flag, key in ((edition.large, "large"), (edition.easy, "easy"), (edition.club, "club")):
        if flag and not (key == "club" and job.library.abbreviated):
            yield f"{job.word(key)}."
    if edition.note and job.library.language == "fin":
        yield f"{edition.note}."
