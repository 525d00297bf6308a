"""Processes that share the work of one run and end with it."""

import gc
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import Any

SMALL = 4 << 20  # below this many bytes in all, starting processes costs more than it saves
# What a process gives back to the system it soon gets anew, page by page and cleared each time.
KEEPING_MEMORY = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",  # glibc's, which the others speak to
    "MALLOC_MMAP_THRESHOLD_": str(256 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(256 << 20),
}
_counted: Any = None  # in a worker: what all workers count together


def counters(size: int) -> Any:
    """Return numbers that the workers of one pool count in together; a slice reads them."""
    return get_context("spawn").Array("q", size)


def count(*amounts: int) -> None:
    """In a worker: add to what all workers count together."""
    with _counted.get_lock():
        for place, amount in enumerate(amounts):
            _counted[place] += amount


@contextmanager
def workers(processes: int, counted: Any = None) -> Iterator[ProcessPoolExecutor]:
    """Offer processes that end with this one, whatever ends it, and leave Ctrl-C to it.

    ``counted`` are the ``counters`` that they add to with ``count``.
    """
    pool = ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=_begin, initargs=(counted,)
    )
    kept = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # what is submitted first inherits it
    added = {name: value for name, value in KEEPING_MEMORY.items() if name not in os.environ}
    os.environ.update(added)  # this, too
    try:
        list(pool.map(_nothing, range(processes)))
    finally:
        for name in added:
            del os.environ[name]
        signal.pthread_sigmask(signal.SIG_SETMASK, kept)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _nothing(_number: int) -> None:
    pass


def _begin(counted: Any) -> None:
    """Let a process work: what it makes is rarely circular, so looking for that is put off."""
    global _counted  # noqa: PLW0603 - shared memory can only be handed over at a process's start
    _counted = counted
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)
    _end_with_parent()


def _end_with_parent() -> None:
    """Without this, a run that was killed would leave its processes behind."""
    Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    if parent := parent_process():
        parent.join()
        os._exit(1)
