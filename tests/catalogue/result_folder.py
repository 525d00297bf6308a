"""Writes small match results of invented records, as docs/result-folder.md describes them."""

import csv
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from kimppa.marc.record import Field, Record, Subfield

INPUTS = pa.schema(
    [(n, pa.string()) for n in ("library", "control_number", "cluster_id", "kind", "file")]
    + [("byte_offset", pa.int64()), ("flat", pa.string())]
)
MERGED = pa.schema(
    [
        ("cluster_id", pa.string()),
        ("size", pa.int32()),
        ("base", pa.string()),
        ("flat", pa.string()),
        ("provenance", pa.list_(pa.string())),
        *[(n, pa.string()) for n in ("title", "author", "language", "material")],
        ("year", pa.int32()),
        ("isbns", pa.list_(pa.string())),
    ]
)
ITEM_COLUMNS = """
    library control_number cluster_id barcode branch shelving_location call_number item_type status
    source raw
""".split()  # noqa: SIM905 - easier to read than eleven quoted words
ITEMS = pa.schema([(name, pa.string()) for name in ITEM_COLUMNS])
LEADER = "00000nam a2200000 i 4500"


def field(tag, *parts, indicators="  "):
    """``field("245", "a", "Sinuhe", "c", "Mika Waltari")``; one part for control fields."""
    if tag < "010":
        return Field(tag, value=parts[0])
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return Field(tag, indicators, tuple(Subfield(code, value) for code, value in pairs))


def edition(title, author, year, *, isbn="", material="book", language="fin", more=()):
    """The fields of an invented edition, without 001."""
    fixed = f"250101s{year}    fi            000 1 {language}  "
    heading = [field("100", "a", f"{author},", "e", "kirjoittaja.", indicators="1 ")]
    return [
        field("008", fixed),
        *([field("020", "a", isbn, "q", "sidottu")] if isbn else []),
        *(heading if author else []),
        field("245", "a", f"{title} /", "c", f"{author}.", indicators="10"),
        field("264", "a", "Lakeus :", "b", "Jokikustannus,", "c", f"{year}.", indicators=" 1"),
        field("300", "a", "212 sivua ;", "c", "21 cm"),
        *more,
    ]


class ResultFolderWriter:
    """Collects inputs, merged records, items and redirects, then writes the folder."""

    def __init__(self):
        self.inputs, self.merged, self.items, self.redirects = [], [], [], []

    def add(self, cluster_id, fields, sources, *, extra=None, lost=None, **derived):
        """Add one merged record; ``extra`` names fields that only one source has.

        ``lost`` names fields of a source that the merged record does not have.
        """
        extra, lost = extra or {}, lost or {}
        merged = [(f, list(sources)) for f in fields]
        merged += [(f, [source]) for source, own in extra.items() for f in own]
        merged.sort(key=lambda pair: pair[0].tag)
        record = Record(LEADER, (field("001", cluster_id), *(f for f, _ in merged)))
        self.merged.append(
            {
                "cluster_id": cluster_id,
                "size": len(sources),
                "base": sources[0],
                "flat": record.to_flat(),
                "provenance": ["", *("\t".join(names) for _, names in merged)],
                "isbns": [],
                "year": None,
                "language": "fin",
                "material": "book",
                "author": "",
                **derived,
            }
        )
        for source in sources:
            own = [*fields, *extra.get(source, []), *lost.get(source, [])]
            self._add_input(cluster_id, source, own)

    def _add_input(self, cluster_id, source, fields):
        library, number = source.split(":")
        own = sorted(fields, key=lambda f: f.tag)
        self.inputs.append(
            {
                "library": library,
                "control_number": number,
                "cluster_id": cluster_id,
                "kind": "bibliographic",
                "file": f"{library}.mrc",
                "byte_offset": len(self.inputs) * 1000,
                "flat": Record(LEADER, (field("001", number), *own)).to_flat(),
            }
        )
        self.redirects.append((library, number, cluster_id))

    def add_item(self, cluster_id, source, barcode, branch, **cells):
        """Add one item of one input."""
        library, number = source.split(":")
        empty = dict.fromkeys(ITEMS.names, "")
        given = {"cluster_id": cluster_id, "library": library, "control_number": number}
        own = {"barcode": barcode, "branch": branch, "source": "952"}
        self.items.append(empty | given | own | cells)

    def write(self, folder: Path) -> Path:
        """Write the folder and return it."""
        for name, schema, rows in (
            ("merged", MERGED, self.merged),
            ("inputs", INPUTS, self.inputs),
            ("items", ITEMS, self.items),
        ):
            store = folder / "store" / name
            store.mkdir(parents=True)
            table = pa.Table.from_pylist(rows, schema=schema)
            parquet.write_table(table, store / "part-0.parquet")
        with (folder / "redirects.csv").open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows(
                [("library", "control_number", "cluster_id"), *self.redirects]
            )
        return folder


def small_result() -> ResultFolderWriter:
    """Twelve invented records of four libraries; three of them merged, one barcode doubled."""
    writer = ResultFolderWriter()
    river = edition("Joki muistaa", "Ranta, Aino", 2019, isbn="9789510098622")
    summary = field("520", "a", "Kolme sukupolvea saman joen rannalla.")
    subject = field("650", "a", "sukupolvet", "2", "yso/fin", indicators=" 7")
    note = field("500", "a", "Kirjaston oma huomautus.")
    writer.add(
        "K00000000000a",
        river,
        ["Koskela:101", "Rantala:7", "Suokylä:A-55"],
        extra={"Koskela:101": [summary], "Rantala:7": [subject], "Suokylä:A-55": [note]},
        lost={"Suokylä:A-55": [field("653", "a", "suvut")]},
        title="Joki muistaa",
        author="Ranta, Aino",
        year=2019,
        isbns=["9789510098622"],
    )
    writer.add(
        "K00000000000b",
        edition("Äiti ja meri", "Öman, Åke", 2001),
        ["Koskela:102", "Harju:12"],
        title="Äiti ja meri",
        author="Öman, Åke",
        year=2001,
    )
    film = edition("Hiljainen talvi", "", 2015, more=[field("338", "a", "videolevy", "b", "vd")])
    writer.add(
        "K00000000000c",
        film,
        ["Rantala:8", "Harju:13"],
        title="Hiljainen talvi",
        year=2015,
        material="film",
    )
    for number in range(9):
        _add_single(writer, number)
    _add_items(writer)
    return writer


def _add_single(writer, number):
    library = ("Koskela", "Rantala", "Suokylä", "Harju")[number % 4]
    title = f"Kertomuksia kylästä {number + 1}"
    author = ("Saarinen, Eeva", "Lund, Nils", "Aalto, Veikko")[number % 3]
    writer.add(
        f"K0000000001{number:02d}",
        edition(title, author, 1990 + number),
        [f"{library}:{200 + number}"],
        title=title,
        author=author,
        year=1990 + number,
        material=("book", "music", "serial")[number % 3],
        language=("fin", "swe")[number % 2],
    )


def _add_items(writer):
    on_shelf = {"shelving_location": "Aikuiset", "call_number": "84.2 RAN", "item_type": "LAINA28"}
    river = "K00000000000a"
    writer.add_item(river, "Koskela:101", "3001", "Pääkirjasto", status="available", **on_shelf)
    writer.add_item(river, "Koskela:101", "3002", "Kirjastoauto", status="checked_out", **on_shelf)
    writer.add_item(river, "Rantala:7", "4001", "Rantala", status="in_transit", **on_shelf)
    writer.add_item(river, "Suokylä:A-55", "3001", "Suokylä", **on_shelf)
    writer.add_item("K00000000000b", "Harju:12", "5001", "", status="lost", call_number="84.2 ÖMA")
    for number in range(9):
        source = writer.merged[3 + number]["base"]
        writer.add_item(
            writer.merged[3 + number]["cluster_id"], source, f"60{number:02d}", "Pääkirjasto"
        )
