"""How well matching does on every labelled set, and what it merges where nobody knows."""

from bench.demo_region import demo_region
from bench.evaluation import DATA
from bench.other_sets import background, carli, melinda
from bench.page import Part
from bench.train import unseen_models
from bench.trained_sets import ht_dev, swissbib_dev
from kimppa.linkage.model import read_model


def quality() -> Part:
    """Measure on every set that is there; the demo region always is."""
    shipped = read_model()
    part = Part("quality", [], [])
    if DATA.is_dir():
        models = unseen_models()
        for trained in (ht_dev, swissbib_dev):
            _add(part, trained(models, shipped))
        for measured in (carli, melinda, background):
            _add(part, measured(shipped))
    else:
        print("../shared/data is not there: only the demo region is measured.", flush=True)
    _add(part, demo_region(shipped))
    return part


def _add(part: Part, more: Part) -> None:
    part.tables.extend(more.tables)
    part.targets.extend(more.targets)
    for table in more.tables:
        print(f"{table.title}: {len(table.rows)} rows", flush=True)
