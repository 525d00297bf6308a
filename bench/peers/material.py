"""The labelled pairs and their records, written down as the peers read them."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from bench.evaluation import DATA, forms, melinda_pairs, sources
from kimppa.linkage.blocking import block
from kimppa.linkage.intake import Source
from kimppa.linkage.model import Model
from kimppa.linkage.scoring import learn_reused_isbns, scored_sql
from kimppa.marc.reading import ReadRecord, read
from kimppa.marc.record import Field, Record, Subfield
from kimppa.marc.writing import to_iso2709

VETOED = -99.0


class Material(NamedTuple):
    """One labelled set; a record's key is ``library:number``."""

    name: str
    inputs: list[Source]
    records: dict[str, Record]
    pairs: list[tuple[str, str]]
    labels: list[str]
    folder: Path

    @property
    def mrc(self) -> Path:
        """All records as one ISO 2709 file, with their keys in 001."""
        return self.folder / f"{self.name}.mrc"

    @property
    def jsonl(self) -> Path:
        """All records as MARC in JSON, one a line."""
        return self.folder / f"{self.name}.jsonl"

    @property
    def asked(self) -> Path:
        """The pairs, as two keys a line."""
        return self.folder / f"{self.name}.tsv"


def ht_dev(folder: Path) -> Material:
    """Return the pairs of ht_dev."""
    inputs = sources("ht_dev")
    records = {
        f"{source.library}:{record.control('001').strip()}": record
        for source in inputs
        for found in read(source.path)
        if isinstance(found, ReadRecord)
        for record in [Record.from_flat(found.flat)]
    }
    with (DATA / "ht_dev" / "truth" / "pairs.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    pairs = [(f"{r['lib1']}:{r['cn1']}", f"{r['lib2']}:{r['cn2']}") for r in rows]
    labels = [row["label"] for row in rows]
    return _written(Material("ht_dev", inputs, records, pairs, labels, folder))


def fi_melinda_pairs(folder: Path) -> Material:
    """Return the Finnish pairs; each side is a library."""
    given = melinda_pairs()
    records = {
        f"{side}:p{number:03}": _record(f"p{number:03}", pair[f"record{side}"])
        for number, pair in enumerate(given)
        for side in "AB"
    }
    inputs = []
    for side in "AB":
        inputs.append(Source(side, folder / f"side-{side}.mrc"))
        own = [record for key, record in records.items() if key.startswith(side)]
        inputs[-1].path.write_bytes(b"".join(map(to_iso2709, own)))
    pairs = [(f"A:p{number:03}", f"B:p{number:03}") for number in range(len(given))]
    sizes = ("few", "whole")
    labels = [f"{pair['label']} {sizes[bool(pair['full'])]}" for pair in given]
    return _written(Material("fi_melinda_pairs", inputs, records, pairs, labels, folder))


def _record(number: str, given: dict[str, Any]) -> Record:
    fields = [
        Field(f["tag"], value=f["value"])
        if "value" in f
        else Field(
            f["tag"],
            f"{f.get('ind1') or ' '}{f.get('ind2') or ' '}",
            tuple(Subfield(s["code"], s["value"]) for s in f["subfields"] if s.get("value")),
        )
        for f in given["fields"]
        if f["tag"] != "001"
    ]
    return Record(given["leader"], (Field("001", value=number), *fields))


def _written(material: Material) -> Material:
    keyed = {key: _keyed(key, record) for key, record in material.records.items()}
    material.mrc.write_bytes(b"".join(map(to_iso2709, keyed.values())))
    lines = (json.dumps({"key": key, **_as_json(record)}) for key, record in keyed.items())
    material.jsonl.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    asked = "".join(f"{one}\t{other}\n" for one, other in material.pairs)
    material.asked.write_text(asked, encoding="utf-8")
    return material


def _keyed(key: str, record: Record) -> Record:
    others = [field for field in record.fields if field.tag != "001"]
    return record.with_fields([Field("001", value=key), *others])


def _as_json(record: Record) -> dict[str, Any]:
    return {"leader": record.leader, "fields": list(map(_field_as_json, record.fields))}


def _field_as_json(field: Field) -> dict[str, Any]:
    if field.is_control:
        return {"tag": field.tag, "value": field.value}
    subfields = [part._asdict() for part in field.subfields]
    return {
        "tag": field.tag,
        "ind1": field.indicators[0],
        "ind2": field.indicators[1],
        "subfields": subfields,
    }


def scores(material: Material, models: list[Model]) -> Iterator[Any]:
    """Iterate over each model's log odds of the pairs; a vetoed pair is far below all others."""
    with forms(material.inputs) as connection:
        block(connection)
        learn_reused_isbns(connection)
        numbers = {
            f"{library}:{number}": rid
            for rid, library, number in connection.execute(
                "SELECT rid, library, control_number FROM records"
            ).fetchall()
        }
        asked = [tuple(sorted((numbers[a], numbers[b]))) for a, b in material.pairs]
        connection.execute("CREATE TABLE asked (a BIGINT, b BIGINT)")
        connection.executemany("INSERT INTO asked VALUES (?, ?)", sorted(set(asked)))
        for model in models:
            found = {
                (a, b): odds
                for a, b, odds in connection.execute(
                    f"SELECT a, b, CASE WHEN vetoes > 0 THEN {VETOED} ELSE log_odds END"
                    f" FROM ({scored_sql(model, 'asked')})"
                ).fetchall()
            }
            yield np.array([found[pair] for pair in asked])
