"""Progress bars for long commands: how much is done, how fast, what is left."""

from collections.abc import Iterator
from contextlib import contextmanager

from kimppa.linkage.match import Progress

LABELS = {
    "read": "Reading",
    "block": "Finding candidates",
    "score": "Comparing",
    "cluster": "Clustering",
    "merge": "Merging",
    "write": "Writing",
    "keep": "Keeping for later",
}


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Show a bar per stage on the error stream; nothing where it is not a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    bars = Bars(
        TextColumn("{task.description:<20}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %  {task.fields[rate]:>20}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    shown: list[TaskID] = []

    def stage(name: str, total: int) -> None:
        bars.start()
        if shown and bars.tasks[shown[-1]].total is None:
            bars.update(shown[-1], total=1, completed=1)
        if shown and bars.tasks[shown[-1]].description == LABELS[name]:
            bars.update(shown[-1], total=total or None)
        else:
            shown.append(bars.add_task(LABELS[name], total=total or None, rate="", records=0))

    def step(done: int, records: int) -> None:
        task = bars.tasks[shown[-1]]
        count = task.fields["records"] + records
        rate = f"{count / task.elapsed:,.0f} records/s" if task.elapsed else ""
        bars.update(shown[-1], advance=done, records=count, rate=rate)

    try:
        yield Progress(stage, step)
        if shown and bars.tasks[shown[-1]].total is None:
            bars.update(shown[-1], total=1, completed=1)
    finally:
        if shown:  # a refusal before the first stage leaves no empty bar
            bars.stop()
