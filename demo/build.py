"""Write the demo region: the exports of six invented Finnish libraries, and the answer key.

The editions stand in `works*.toml`, the look-alike pairs in `traps.toml`, the libraries' habits
in `libraries.toml`; the code is in `region/`. See README.md for what is real.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs from any folder

from demo.region.breakages import break_on_purpose
from demo.region.desk import LibraryRecord
from demo.region.exports import write_exports
from demo.region.libraries import load_region
from demo.region.marc import describe_all
from demo.region.traps import write_key


def build(out: Path) -> list[LibraryRecord]:
    """Write the six exports and the two key files into `out`; return the records written."""
    out.mkdir(parents=True, exist_ok=True)
    region = load_region()
    records = break_on_purpose(region, describe_all(region))
    write_exports(region, records, out)
    write_key(region, records, out)
    return records


def main() -> None:
    """Build into the folder that the command line names, and say how much was written."""
    parser = argparse.ArgumentParser(description="Write the demo region's six exports and its key.")
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    out: Path = parser.parse_args().out
    records = build(out)
    editions = {record.edition for record in records}
    sys.stdout.write(f"{len(records)} records of {len(editions)} editions in {out}\n")


if __name__ == "__main__":
    main()
