"""245: the title with its parts, who is responsible, and the marks between them."""

from collections.abc import Iterator

from demo.region.cataloguing.names import direct_order
from demo.region.desk import Job, data_field
from demo.region.works import Edition
from kimppa.marc.record import Field


def title_fields(job: Job) -> Iterator[Field]:
    """245, which one library types in capitals for what is older than 1990."""
    edition = job.edition
    parts = _title_parts(job)
    if job.library.abbreviated and edition.year < 1990:
        job.signs.add("all-capitals")
        parts = [(code, value.upper()) for code, value in parts]
    indicators = f"{1 if edition.author else 0}{edition.nonfiling}"
    yield data_field("245", indicators, *_punctuated(parts))


def _title_parts(job: Job) -> list[tuple[str, str]]:
    edition, library = job.edition, job.library
    gmd = str(job.region.carrier(edition.form).get("gmd", ""))
    sub = edition.sub
    if library.abbreviated and sub:
        job.signs.add("missing-subtitle")
        sub = ""
    parts = [("a", edition.title), ("n", edition.n), ("p", edition.p)]
    if gmd and not library.rda:
        parts.append(("h", f"[{gmd}]"))
    return [*parts, ("b", sub), ("c", responsibility(job))]


def _punctuated(parts: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """ISBD marks before the next part: ' :' before $b, ' /' before $c, '.' before $n."""
    kept = [(code, value) for code, value in parts if value]
    marks = {"b": " :", "c": " /", "n": ".", "p": ",", "h": ""}
    out = []
    for index, (code, value) in enumerate(kept):
        following = kept[index + 1][0] if index + 1 < len(kept) else ""
        mark = marks.get(following, "." if not following else "")
        closed = mark == "." and value.endswith((".", "?", "!"))
        out.append((code, value if closed else value + mark))
    return out


def responsibility(job: Job) -> str:
    """245 $c as it would stand on a title page."""
    edition = job.edition
    names = [direct_order(name) for name in (edition.author, edition.author2) if name]
    written = [" & ".join(names)] if names else []
    # The words are the title page's, so they follow the edition's language.
    column = 1 if edition.lang == "swe" else 0
    words = job.region.config["words"]
    rest = [f"{words[role][column]} {direct_order(name)}" for role, name in _credits(edition)]
    return " ; ".join([*written, *([] if job.library.abbreviated else rest)])


def _credits(edition: Edition) -> list[tuple[str, str]]:
    translated = "translated" if edition.lang == "fin" else "translated_by"
    return [
        (role, name)
        for role, name in (
            ("adapted", edition.adapter),
            (translated, edition.translator),
            (translated, edition.translator2),
            ("illustrated", edition.illustrator),
            ("directed", edition.director),
            ("read_by", edition.reader),
        )
        if name
    ]
