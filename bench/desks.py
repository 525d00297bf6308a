"""Desks at their browsers: the real server, and clerks who sign in and work by its pages.

``python -m bench.desks accounts`` makes who signs in, ``work`` lets so many desks work at once,
``clash`` lets two of them lend one item at one moment, ``recorded`` counts what the log tells.
"""

import argparse
import json
import os
import random
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import quantiles
from typing import Any

from bench.browsers import LINE_DOWN, Browser, Unexpected
from bench.clerks import LOANS_EACH
from bench.region import Region, read_region

PASSWORD = "tiski-palvelee-aina"  # noqa: S105 - of an invented region
# What clerks do, and how often; a patron takes some items, so cards are scanned besides.
KINDS = {"check out": 35, "check in": 35, "renew": 8, "place hold": 10, "cancel hold": 5, "pay": 7}
ACTIONS = ("check out", "place hold", "charge", "take payment")  # told by the page, kept in the log


class Clerk:
    """One clerk at one desk; chooses by chance, the same for the same seed."""

    def __init__(self, region: Region, port: int, seed: int) -> None:
        self.region, self.browser = region, Browser(port)
        self.chance = random.Random(seed)  # noqa: S311 - not for secrets
        self.number, self.visit, self.patron = seed % region.branches, "", ""
        self.taken = 0  # items of the patron who is served
        self.reasons: list[str] = []  # what was said of the last item
        self.lent: list[int] = []
        self.holds: list[str] = []
        self.done: Counter[str] = Counter()
        self.told: Counter[str] = Counter()  # what pages said was done
        self.milliseconds: list[float] = []  # of each scan

    def sign_in(self) -> "Clerk":
        """Sign in and say at which branch; AssertionError when that leads nowhere."""
        self.browser.get("/staff/sign-in/")
        name = f"tiski-{self.number}"
        where, _, _ = self.browser.post("/staff/sign-in/", username=name, password=PASSWORD)
        self.browser.get("/staff/workplace/")
        place, _, _ = self.browser.post("/staff/workplace/", workplace=str(self.branch))
        if not where or not place:
            raise AssertionError(name)
        return self

    @property
    def branch(self) -> int:
        """The number of the branch."""
        return self.region.branch + 1 + self.number

    def do(self) -> None:
        """Do one thing; a refusal is as good an answer as any."""
        (kind,) = self.chance.choices(list(KINDS), list(KINDS.values()))
        getattr(self, kind.replace(" ", "_"))()
        self.done[kind] += 1

    def scan(self, page: str, text: str, **more: str) -> str:
        """Scan a card or a barcode at a page of the desk; return what it answers."""
        token = {"visit": self.visit} if self.visit else {}
        path, before = f"/staff/{page}/", len(self.browser.milliseconds)
        _, answer, _ = self.browser.post(path, htmx=True, scan=text, adds="1", **token, **more)
        self.milliseconds += self.browser.milliseconds[before:]
        return answer

    def serve(self) -> None:
        """Scan somebody's card at the desk of check-outs."""
        self.visit = ""
        page = self.scan("check-out", self._card())
        self.visit = _found(r'name="visit" value="([^"]+)"', page)
        self.patron = _found(r'/staff/patrons/([0-9a-f-]{36})/"', page)
        self.taken = 0

    def lend(self, item: int) -> str:
        """Scan an item for the patron who is served; return the tone of what the page says."""
        page = self.scan("check-out", f"B{item}")
        tone = _found(r'class="said state-(\w+)"', page)
        said = page.partition('class="said-lines"')[2].partition("</ul>")[0]
        self.reasons = re.findall(r"<li>(.+?)</li>", said)
        self.told["check out"] += tone in {"success", "warning"}
        return tone

    def check_out(self) -> None:
        """Lend some item to the patron at the desk, or to the next one."""
        if not self.visit or self.taken == LOANS_EACH:
            self.serve()
        item = self.chance.randint(1, self.region.items)
        if self.lend(item) == "success":
            self.lent.append(item)
        self.taken += 1

    def check_in(self) -> None:
        """Take back what this desk lent, or something that may be lent."""
        item = self.lent.pop(0) if self.lent else self._lent_item()
        _found(r'class="said state-(\w+)"', self.scan("check-in", f"B{item}"))

    def renew(self) -> None:
        """Renew some loan."""
        _found(r'class="said state-(\w+)"', self.scan("renew", f"B{self._lent_item()}"))

    def place_hold(self) -> None:
        """Reserve some record for somebody."""
        record = f"/staff/holds/records/R{self.chance.randint(1, self.region.records)}/"
        where, _, _ = self.browser.post(
            f"{record}place/", card=self._card(), pickup_branch=str(self.branch), copies="1"
        )
        if where:
            self.told["place hold"] += 1
            self.holds.append(_found(r"/staff/holds/([0-9a-f-]{36})/", where))

    def cancel_hold(self) -> None:
        """Cancel a hold that was placed at this desk."""
        if self.holds:
            self.browser.post("/staff/holds/cancel/", hold=self.holds.pop(0), next="/staff/")

    def pay(self) -> None:
        """Charge the patron at the desk and take a part of it."""
        if not self.patron:
            self.serve()
        fees = f"/staff/patrons/{self.patron}/fees/"
        where, _, _ = self.browser.post(f"{fees}charge/", kind="other", amount="3,00")
        self.told["charge"] += bool(where)
        fee = _found(r'name="fee" value="([^"]+)"', self.browser.get(fees))
        where, _, _ = self.browser.post(
            f"{fees}pay/", fee=fee, method="cash", amount="1,00", request_key=os.urandom(8).hex()
        )
        self.told["take payment"] += bool(where)

    def _card(self) -> str:
        return f"A{self.chance.randint(1, self.region.patrons)}"

    def _lent_item(self) -> int:
        return self.chance.randint(1, max(self.region.loans, 1))


def _found(pattern: str, page: str) -> str:
    match = re.search(pattern, page)
    if match is None:
        raise Unexpected(f"no {pattern}")
    return match[1]


def work(
    clerks: Sequence[Clerk], *, operations: int, seconds: float, think: float, say_at: int
) -> dict[str, Any]:
    """Let the clerks work at once: so many operations in all, or so long; return what came of it.

    ``think`` is the mean of the seconds that a clerk waits before each. When ``say_at`` operations
    are done, that is said on a line. A clerk ends when the line is down.
    """
    left, lock, end = [operations], threading.Lock(), time.monotonic() + seconds
    errors: list[str] = []

    def next_one() -> bool:
        with lock:
            left[0] -= 1
            if operations - left[0] == say_at:
                print("halfway", flush=True)
            return left[0] >= 0 and time.monotonic() < end

    def one(clerk: Clerk) -> None:
        try:
            while next_one():
                time.sleep(clerk.chance.uniform(0, 2 * think))
                clerk.do()
        except LINE_DOWN:
            clerk.done["line down"] += 1
        except Exception as error:
            errors.append(repr(error))

    _all_at_once([partial(one, clerk) for clerk in clerks])
    done, told = Counter[str](), Counter[str]()
    for clerk in clerks:
        done.update(clerk.done)
        told.update(clerk.told)
    cuts = quantiles([ms for clerk in clerks for ms in clerk.milliseconds] or [0, 0], n=100)
    scans = {"median": cuts[49], "p95": cuts[94], "p99": cuts[98]}
    return {"done": done, "told": told, "errors": errors, "scans": scans}


def clash(one: Clerk, other: Clerk, items: Sequence[int]) -> dict[str, int]:
    """Let two desks lend each item at one moment; return how often one won and one was told why."""
    outcome: Counter[str] = Counter()
    for number, item in enumerate(items):
        if number % LOANS_EACH == 0:
            one.serve()
            other.serve()
        barrier, tones = threading.Barrier(2), list[str]()

        def lend(
            clerk: Clerk, item: int = item, barrier: Any = barrier, tones: Any = tones
        ) -> None:
            barrier.wait()
            tones.append(clerk.lend(item))

        _all_at_once([lambda: lend(one), lambda: lend(other)])
        is_right = sorted(tones) == ["danger", "success"] and bool(one.reasons or other.reasons)
        outcome["one won, one was told" if is_right else "wrong"] += 1
    return dict(outcome)


def _lend(clerk: Clerk, item: int, said: list[tuple[str, bool]]) -> None:
    """Add the tone of the answer, and whether it gives reasons."""
    tone = clerk.lend(item)
    said.append((tone, bool(clerk.reasons)))


def _all_at_once(calls: Sequence[Callable[[], None]]) -> None:
    """Begin all the calls at one moment and wait for them."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], None]) -> None:
        barrier.wait()
        call()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def make_accounts(region: Region, number: int) -> None:
    """Make an account for each of so many desks, each at a branch of its own."""
    from kimppa.organisations.models import Branch
    from kimppa.organisations.operations import create_account, grant_role, set_password
    from kimppa.organisations.rules import Role

    now = datetime.now(UTC)  # noqa: TID251 - a command of its own
    for n in range(number):
        account = create_account(username=f"tiski-{n}", now=now, by=None)
        set_password(account=account, password=PASSWORD, now=now, by=None)
        branch = Branch.objects.get(pk=region.branch + 1 + n)
        grant_role(account=account, role=Role.DESK, branch=branch, now=now, by=None)


def recorded() -> dict[str, int]:
    """Return how many lines the log has of each thing that pages tell."""
    from kimppa.organisations.models import AuditEvent

    return {each: AuditEvent.objects.filter(action=each).count() for each in ACTIONS}


def main() -> int:
    """Do what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.desks", description=__doc__)
    parser.add_argument("verb", choices=("accounts", "work", "clash", "recorded"))
    parser.add_argument("region", type=Path, help="where the region's numbers are kept")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--desks", type=int, default=4)
    parser.add_argument("--operations", type=int, default=10**9)
    parser.add_argument("--seconds", type=float, default=10**9)
    parser.add_argument("--think", type=float, default=0, help="mean seconds before each operation")
    parser.add_argument("--say-at", type=int, default=0, help="say so when so many are done")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    region = read_region(chosen.region)
    if chosen.verb in {"accounts", "recorded"}:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kimppa.site.settings")
        import django

        django.setup()
    if chosen.verb == "accounts":
        make_accounts(region, chosen.desks)
        return 0
    if chosen.verb == "recorded":
        print(json.dumps(recorded()))
        return 0
    seeds = [n + region.branches * chosen.seed for n in range(chosen.desks)]
    clerks = [Clerk(region, chosen.port, seed).sign_in() for seed in seeds]
    if chosen.verb == "clash":
        first = region.loans + (region.items - region.loans) // 10  # nobody has lent there yet
        items = range(first, first + chosen.operations)
        print(json.dumps(clash(clerks[0], clerks[1], items)))
        return 0
    came = work(
        clerks, operations=chosen.operations, seconds=chosen.seconds, think=chosen.think,
        say_at=chosen.say_at,
    )  # fmt: skip
    print(json.dumps(came), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
