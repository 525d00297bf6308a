"""650 to 856: subjects, forms, and links to originals, hosts, other titles and addresses."""

from collections.abc import Iterable, Iterator

from demo.region.desk import Job, data_field
from demo.region.numbers import issn
from kimppa.marc.record import Field


def subject_fields(job: Job) -> Iterator[Field]:
    """650 subjects, 655 form and genre."""
    edition, library = job.edition, job.library
    language = library.language
    if not (library.abbreviated and job.chance("subjects", 2)):
        for term in _terms(job, edition.yso):
            yield data_field("650", " 7", ("a", term), ("2", f"yso/{language}"))
    forms = _terms(job, edition.slm)
    extra = (
        (edition.large, "large_form"),
        (edition.easy, "easy_form"),
        (bool(edition.reader), "audio_form"),
        (edition.form == "daisy", "daisy_form"),
    )
    forms += [job.word(key) for flag, key in extra if flag and library.rda]
    for term in forms:
        yield data_field("655", " 7", ("a", term), ("2", f"slm/{language}"))


def _terms(job: Job, words: Iterable[str]) -> list[str]:
    """The words in the cataloguing language; those without a Swedish word are left out."""
    if not job.library.is_swedish:
        return list(words)
    swedish = job.region.config["swedish"]
    return [swedish[word] for word in words if word in swedish]


def link_fields(job: Job) -> Iterator[Field]:
    """765 original, 773 host, 780/785 earlier and later title, 856 address of an e-book."""
    edition, library = job.edition, job.library
    editions = job.region.editions
    if edition.orig and library.rda:
        yield data_field("765", "08", ("i", job.word("original")), ("t", edition.orig))
    if edition.host:
        host = editions[edition.host]
        number = job.numbers[library.key, edition.host]
        yield data_field(
            "773",
            "08",
            ("w", f"({library.isil}){number}"),
            ("t", host.title),
            ("o", host.number),
            ("g", f"Raita {job.track}"),
        )
    for tag, other in (("780", edition.continues), ("785", edition.continued_by)):
        if other:
            yield data_field(tag, "00", ("t", editions[other].title), ("x", issn(other)))
    if job.region.carrier(edition.form).get("online"):
        yield data_field("856", "40", ("u", f"https://example.org/teos/{edition.id}"))
