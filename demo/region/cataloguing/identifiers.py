"""020 to 084: standard numbers, the record's origin, languages and class."""

from collections.abc import Iterator

from demo.region.desk import Job, data_field
from demo.region.numbers import ean13, hyphenated, isbn10, isbn13, issn
from demo.region.works import Edition
from kimppa.marc.record import Field

FIRST_ISBN_YEAR = 1972  # Finnish publishers began to print ISBNs about then
FIRST_ISBN13_YEAR = 2007
FORMS_WITH_ISBN = {"book", "ebook", "audiocd", "audiomp3", "eaudio"}
FORMS_WITH_PRODUCT_NUMBER = {"cd", "lp", "dvd", "bluray", "ps4", "xbox", "boardgame"}


def number_fields(job: Job) -> Iterator[Field]:
    """020 ISBN, 022 ISSN, 024 product number, 028 publisher's number."""
    edition = job.edition
    if not edition.host:
        yield from isbn_fields(job)
    if edition.form == "serial":
        yield data_field("022", "  ", ("a", issn(edition.id)))
    if edition.form in FORMS_WITH_PRODUCT_NUMBER and not job.library.abbreviated:
        yield data_field("024", "3 ", ("a", ean13(edition.id)))
    if edition.number and not edition.host:
        yield data_field("028", "02", ("a", edition.number), ("b", edition.pub))


def isbn_fields(job: Job) -> Iterator[Field]:
    """020: its own ISBN, and the set's, which two libraries write without saying so."""
    edition, library = job.edition, job.library
    own = has_isbn(edition)
    if own and not edition.isbn and library.isbn == "rare" and not job.chance("isbn", 4):
        job.signs.add("no-isbn")
        own = False
    if own:
        number = _isbn_as_written(job, isbn13(edition.pub, edition.isbn or edition.id))
        if len(number) == 10:
            job.signs.add("isbn-10-against-13")
        cover = job.word("bound") if library.rda and edition.form == "book" else ""
        yield data_field("020", "  ", ("a", number), ("q", cover))
    if edition.isbn_set and library.isbn != "rare":
        number = _isbn_as_written(job, isbn13(edition.pub, edition.isbn_set))
        yield data_field("020", "  ", ("a", number), ("q", job.word("set") if library.rda else ""))


def has_isbn(edition: Edition) -> bool:
    if edition.form not in FORMS_WITH_ISBN:
        return False
    return edition.year >= FIRST_ISBN_YEAR or bool(edition.isbn)


def _isbn_as_written(job: Job, number: str) -> str:
    old = job.year < FIRST_ISBN13_YEAR
    if job.library.isbn == "hyphens":
        return hyphenated(number)
    if job.library.isbn in {"10", "rare"} and old:
        return isbn10(number)
    return number


def source_fields(job: Job) -> Iterator[Field]:
    """040 who described it, 041 languages, 084 class."""
    edition, library = job.edition, job.library
    rules = "rda" if library.rda else ""
    yield data_field("040", "  ", ("a", library.isil), ("b", library.language), ("e", rules))
    if edition.langs:
        sounds = [("a", code) for code in edition.langs]
        yield data_field("041", "0 ", *sounds, *[("j", code) for code in edition.subs])
    elif edition.orig_lang and not (library.abbreviated and job.chance("041", 2)):
        kind = "d" if edition.reader else "a"
        yield data_field("041", "1 ", (kind, edition.lang), ("h", edition.orig_lang))
    if not (library.items == "csv" and job.chance("084", 3)):
        yield data_field("084", "  ", ("a", edition.ykl), ("2", "ykl"))
