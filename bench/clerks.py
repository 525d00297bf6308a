"""Clerks at work: lend, take back, renew, reserve, cancel and take payments, in any order.

``python -m bench.clerks set-up`` fills an empty database, ``work`` does so many operations.
"""

import argparse
import json
import os
import random
import re
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from time import monotonic, perf_counter, process_time
from typing import Any

from bench.region import Region, make_region, read_region

# What clerks do, and how often.
KINDS = {
    "check_out": 35,
    "check_in": 35,
    "renew": 8,
    "place_hold": 10,
    "cancel_hold": 5,
    "pay": 7,
}

LOANS_EACH = 5  # items that a patron takes at a desk
PARTS = 4  # of the shelves, for so many clerks who lend from them


def timed(work: Callable[..., Any], **given: Any) -> float:
    """Return the milliseconds that the work took."""
    began = perf_counter()
    work(**given)
    return 1000 * (perf_counter() - began)


def database_seconds() -> float:
    """Return the CPU seconds of our connection's own process, where it runs on this machine."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (process,) = cursor.fetchone()
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # user and system


def spread(milliseconds: list[float]) -> dict[str, float]:
    """Return the middle, the slowest of 100 but five, but one, and the slowest."""
    cuts = quantiles(milliseconds, n=100)
    return {
        "median": cuts[49],
        "p95": cuts[94],
        "p99": cuts[98],
        "most": max(milliseconds),
    }


class Clerk:
    """One clerk at one branch; chooses by chance, the same for the same seed."""

    def __init__(self, region: Region, seed: int) -> None:
        from kimppa.organisations.models import Branch

        self.region, self.seed = region, seed
        self.chance = random.Random(seed)  # noqa: S311 - not for secrets
        number = region.branch + 1 + seed % region.branches
        self.branch = Branch.objects.select_related("library").get(pk=number)
        self.done: Counter[str] = Counter()

    def work(self, operations: int) -> Counter[str]:
        """Do so many operations; return how many of each were done and refused."""
        for _ in range(operations):
            (kind,) = self.chance.choices(list(KINDS), list(KINDS.values()))
            self.do(kind)
        return self.done

    def time(self, operations: int) -> dict[str, dict[str, float]]:
        """Lend so many items of the shelves and take them back; return milliseconds of each.

        As operations, and as whole answers of the desk's pages to a scan, without the network.
        """
        from kimppa.catalogue.models import Item
        from kimppa.circulation.operations import check_in, check_out

        shelves = Item.objects.filter(pk__gt=self.region.item + self.region.loans, loans=None)
        items = list(shelves.order_by("pk")[: 2 * operations])
        direct, scanned = items[:operations], items[operations:]
        pairs = [(item, self.patron()) for item in direct]
        out = [timed(check_out, item=item, patron=who, **self.here) for item, who in pairs]
        back = [timed(check_in, item=item, **self.here) for item in direct]
        desk = Desk(self.branch)
        cards, desk_out = [], []
        for number, item in enumerate(scanned):
            if number % LOANS_EACH == 0:
                card = self.patron().cards.get(is_main=True)
                cards.append(timed(desk.serve, card=card.number))
            desk_out.append(timed(desk.lend, barcode=item.barcode))
        desk_back = [timed(desk.take_back, barcode=item.barcode) for item in scanned]
        return {
            "desk: scan a card": spread(cards),
            "desk: scan to lend": spread(desk_out),
            "desk: scan to take back": spread(desk_back),
            "operation: check-out": spread(out),
            "operation: check-in": spread(back),
        }

    def lend(self, seconds: float) -> dict[str, float]:
        """Lend items of the shelf for so long; return how many, and the CPU each took in ms.

        Each is found by its barcode, with its title, and five go to a patron found by the card, as
        at a desk. Every clerk has a part of the shelves for itself, so nothing is lent already.
        """
        from kimppa.circulation.operations import check_out
        from kimppa.circulation.queries.desk import scanned_item
        from kimppa.patrons.queries import patron_by_card

        shelf, part = self.region.items - self.region.loans, self.seed % PARTS
        first = self.region.loans + shelf * (part + 1) // (PARTS + 1)
        done, began, cpu = 0, monotonic(), (process_time(), database_seconds())
        for number in range(first, first + shelf // (PARTS + 1)):
            if monotonic() > began + seconds:
                break
            if done % LOANS_EACH == 0:
                found = patron_by_card(f"A{self.chance.randint(1, self.region.patrons)}")
            item = scanned_item(f"B{number}")
            if item is None or found is None:
                raise AssertionError(number)
            check_out(item=item, patron=found[0], card=found[1], **self.here)
            done += 1
        return {
            "check_out": done,
            "per_second": done / (monotonic() - began),
            "cpu_ms": 1000 * (process_time() - cpu[0]) / done,
            "database_cpu_ms": 1000 * (database_seconds() - cpu[1]) / done,
        }

    def do(self, kind: str) -> None:
        """Do one operation; a refusal is as good an answer as any."""
        from kimppa.common.errors import Refused

        try:
            self.done[kind if getattr(self, kind)() else f"{kind}: nothing to do"] += 1
        except Refused as refusal:
            self.done[f"{kind}: {refusal.reasons[0]}"] += 1

    @property
    def here(self) -> dict[str, Any]:
        """Who, where and when; the clock is the machine's."""
        return {"branch": self.branch, "by": None, "now": datetime.now(UTC)}  # noqa: TID251

    def patron(self) -> Any:
        """Return a patron by chance."""
        from kimppa.patrons.models import Patron

        number = self.region.patron + self.chance.randint(1, self.region.patrons)
        return Patron.objects.get(pk=number)

    def item(self) -> Any:
        """Return an item by chance; most of those that are lent are among the first."""
        from kimppa.catalogue.models import Item

        number = self.region.item + self.chance.randint(1, self.region.items)
        return Item.objects.get(pk=number)

    def check_out(self) -> Any:
        """Lend some item to some patron."""
        from kimppa.circulation.operations import check_out

        return check_out(item=self.item(), patron=self.patron(), **self.here)

    def check_in(self) -> Any:
        """Take back an item that is lent, or any item at all."""
        from kimppa.circulation.models import Loan
        from kimppa.circulation.operations import check_in

        item = self.item()
        lent = Loan.objects.open().filter(item__gte=item.pk).select_related("item").order_by("item")
        loan = lent.first()
        return check_in(item=loan.item if loan else item, **self.here)

    def renew(self) -> Any:
        """Renew a loan of some patron who has one."""
        from kimppa.circulation.models import Loan
        from kimppa.circulation.operations import renew

        loan = Loan.objects.open().filter(item__gte=self.item().pk).order_by("item").first()
        return loan and renew(loan=loan, **self.here)

    def place_hold(self) -> Any:
        """Reserve some record for some patron."""
        from kimppa.circulation.operations.hold_requests import place_hold
        from kimppa.circulation.queries.placing import Asked

        item, here = self.item(), self.here
        asked = Asked(record=item.record, patron=self.patron(), pickup_branch=self.branch)
        return place_hold(asked=asked, **here)

    def cancel_hold(self) -> Any:
        """Cancel one of the holds that are open."""
        from kimppa.circulation.models import Hold
        from kimppa.circulation.operations.hold_endings import cancel_holds

        hold = Hold.objects.open().order_by("-pk").first()
        return hold and cancel_holds(holds=[hold.pk], **self.here)

    def pay(self) -> Any:
        """Charge a patron and take a part of it."""
        from kimppa.circulation.operations import fees

        patron, here = self.patron(), self.here
        fee = fees.charge(
            patron=patron, kind="other", cents=300, library=self.branch.library, **here
        )
        key = f"{os.getpid()} {here['now'].isoformat()}"
        return fees.take_payment(
            patron=patron, parts={fee.pk: 100}, method="cash", request_key=key, **here
        )


class Desk:
    """A desk's pages, asked as a browser asks them."""

    def __init__(self, branch: Any) -> None:
        from django.conf import settings
        from django.test import Client
        from django.urls import reverse

        from kimppa.organisations.operations import create_account, grant_role
        from kimppa.organisations.rules import Role

        settings.ALLOWED_HOSTS = ["testserver"]
        now = datetime.now(UTC)  # noqa: TID251
        account = create_account(username=f"clerk-{os.getpid()}", now=now, by=None)
        grant_role(account=account, role=Role.DESK, now=now, by=None)
        self.client = Client(HTTP_HX_REQUEST="true")
        self.form: dict[str, str] = {}
        self.client.force_login(account)
        session = self.client.session
        session["workplace"] = {"branch": branch.pk, "desk": None}
        session.save()
        self.check_out = reverse("circulation:check_out")
        self.check_in = reverse("circulation:check_in")
        self.page = ""

    def serve(self, card: str) -> None:
        """Scan a card."""
        self._scan(self.check_out, card)
        if "visit" not in self.form:
            raise AssertionError("the card opened no patron")

    def lend(self, barcode: str) -> None:
        """Scan an item for the patron who is being served."""
        self._scan(self.check_out, barcode)

    def take_back(self, barcode: str) -> None:
        """Scan an item that comes back."""
        self._scan(self.check_in, barcode)

    def _scan(self, address: str, text: str) -> None:
        if address != self.page:
            self._filled(self.client.get(address, headers={"HX-Request": ""}).content.decode())
            self.page = address
        answer = self.client.post(address, {**self.form, "scan": text})
        if answer.status_code != 200:
            raise AssertionError(answer.status_code)
        if "HX-Retarget" not in answer.headers:  # the whole desk anew, with its form
            self._filled(answer.content.decode())

    def _filled(self, page: str) -> None:
        """Take over what the page's form of scans brings with it."""
        (form,) = re.findall(r'<form [^>]*class="scan".*?</form>', page, re.DOTALL)
        self.form = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]+)"', form))


def main() -> int:
    """Do what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.clerks", description=__doc__)
    parser.add_argument("verb", choices=("set-up", "work", "lend", "time"))
    parser.add_argument("region", type=Path, help="where the region's numbers are kept")
    parser.add_argument("--patrons", type=int, default=300)
    parser.add_argument("--items", type=int, default=600)
    parser.add_argument("--loans", type=int, default=200)
    parser.add_argument("--operations", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=0, help="lend so long")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kimppa.site.settings")
    import django

    django.setup()
    if chosen.verb == "set-up":
        made = make_region(patrons=chosen.patrons, items=chosen.items, loans=chosen.loans)
        chosen.region.write_text(json.dumps(asdict(made)))
        return 0
    clerk = Clerk(read_region(chosen.region), chosen.seed)
    print("begun", flush=True)
    if chosen.verb == "time":
        print(json.dumps(clerk.time(chosen.operations)), flush=True)
        return 0
    if chosen.verb == "lend":
        print(json.dumps(clerk.lend(chosen.seconds)), flush=True)
        return 0
    done = clerk.work(chosen.operations)
    print(json.dumps(done), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
