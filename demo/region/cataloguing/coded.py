"""The leader and the control fields: what is said in codes, character by character."""

from collections.abc import Iterator

from demo.region.desk import Job
from demo.region.numbers import digest
from demo.region.works import Edition
from kimppa.marc.record import Field


def leader(job: Job) -> str:
    """Twenty-four characters; the lengths are counted when the record is written."""
    edition, library = job.edition, job.library
    level = "a" if edition.host else "s" if edition.form == "serial" else "m"
    scheme = " " if library.items == "csv" else "a"
    encoding = "7" if library.abbreviated else " "
    rules = "i" if library.rda else " " if library.abbreviated else "a"
    kind = job.region.carrier(edition.form)["type"]
    return f"00000n{kind}{level} {scheme}2200000{encoding}{rules} 4500"


def control_fields(job: Job) -> Iterator[Field]:
    """001 to 008."""
    yield Field("001", value=job.number)
    yield Field("003", value=job.library.isil)
    yield Field("005", value=f"2024{1 + digest(job.number) % 12:02}15120000.0")
    physical = job.region.carrier(job.edition.form).get("f007")
    if physical:
        yield Field("007", value=physical)
    yield fixed_field(job)


def fixed_field(job: Job) -> Field:
    """008: forty characters, laid out by material."""
    edition = job.edition
    carrier = job.region.carrier(edition.form)
    entered = f"{(job.year or 2000) % 100:02}{1 + digest(edition.id) % 12:02}15"
    country = str(job.region.config["country"].get(job.place, "fi "))
    language = edition.langs[0] if edition.langs else edition.lang
    codes = _material_codes(edition, carrier["type"], online=bool(carrier.get("online")))
    data = f"{entered}{_dates(job)}{country}{codes}{language} |"
    if len(data) != 40:
        raise ValueError(f"008 of {edition.id} has {len(data)} characters: {data!r}")
    return Field("008", value=data)


def _dates(job: Job) -> str:
    """008/06-14: the kind of date and the years."""
    edition = job.edition
    if edition.form == "serial":
        return f"d{edition.year}{edition.last}" if edition.last else f"c{edition.year}9999"
    if edition.original_year and edition.original_year != job.year:
        return f"p{job.year}{edition.original_year}"
    return f"s{job.year}    "


def _material_codes(edition: Edition, kind: str, *, online: bool) -> str:
    """008/18-34, by the kind of record in leader/06."""
    if kind in "cij":
        return _music_codes(edition, online=online)
    if kind in "gr":
        return _film_codes(edition)
    if kind == "m":
        return "     q  g |      "
    if kind == "e":
        return "       a  |  0   "
    if edition.form == "serial":
        kind_of_serial = "n" if edition.freq == "d" else "p" if edition.freq != "a" else " "
        return f"{edition.freq}r {kind_of_serial}      |0   a0"
    return _book_codes(edition, online=online)


def _book_codes(edition: Edition, *, online: bool) -> str:
    form = "d" if edition.large else "o" if online else " "
    genres = {"romaanit": "f", "novellit": "j", "runot": "p", "näytelmät": "d", "huumori": "h"}
    literary = next((genres[g] for g in edition.slm if g in genres), "0")
    if literary == "0" and edition.ykl.split()[-1].startswith(("84", "85")):
        literary = "1"
    pictures = "a   " if edition.ill else "    "
    life = {"elämäkerrat": "b", "muistelmat": "a"}
    story = next((life[g] for g in edition.slm if g in life), " ")
    return f"{pictures}{'j' if edition.child else ' '}{form}    |000 {literary}{story}"


def _music_codes(edition: Edition, *, online: bool) -> str:
    spoken = edition.form in {"audiocd", "audiomp3", "daisy", "eaudio"}
    style = "nn" if spoken else "rc" if "rockmusiikki" in edition.yso else "uu"
    layout = "a" if edition.form == "score" else "n"
    text = "f " if spoken else "  "
    aud = "j" if edition.child else " "
    return f"{style}{layout} {aud}{'o' if online else ' '}      {text} n "


def _film_codes(edition: Edition) -> str:
    aud = "j" if edition.child else " "
    if edition.form == "boardgame":
        return f"nnn {aud}     |    gn"
    return f"{edition.minutes:03} {aud}     |    v{'a' if edition.animation else 'l'}"
