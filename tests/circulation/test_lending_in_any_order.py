"""Loans, holds, returns, transits, merges and unmerges in random order: what must stay true."""

from datetime import timedelta

import pytest
from circulation.people import (
    WHEN,
    make_branch,
    make_item,
    make_patron,
    make_record,
    make_rules,
    policy,
)
from django.db import transaction
from django.db.models import Count, F, Sum
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from kimppa.catalogue.models import Item
from kimppa.circulation.models import Fee, Hold, ItemState, Loan, Step, Transit
from kimppa.circulation.operations import (
    cancel_transit,
    check_in,
    check_out,
    claim_returned,
    declare_lost,
    forget_check_ins,
    in_house_use,
    renew_all,
    set_item_status,
    undo_check_in,
    withdraw_claim,
)
from kimppa.circulation.operations.fees import take_payment
from kimppa.circulation.operations.hold_endings import (
    cancel_holds,
    expire_uncollected,
    restore_holds,
)
from kimppa.circulation.operations.hold_requests import place_hold
from kimppa.circulation.operations.hold_shelf import StillWaits, clear_item
from kimppa.circulation.operations.patrons import merge_patrons, unmerge_patrons
from kimppa.circulation.queries.placing import Asked
from kimppa.common.errors import Refused
from kimppa.organisations.models import AuditEvent
from kimppa.patrons.models import Patron, PatronMerge

ITEMS, PATRONS, BRANCHES = range(4), range(3), range(3)
an_item, a_patron, a_branch = (
    st.sampled_from(ITEMS),
    st.sampled_from(PATRONS),
    st.sampled_from(BRANCHES),
)


class Lending(RuleBasedStateMachine):
    """Three branches, three patrons, two copies of each of two records, and a clock."""

    def __init__(self):
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()
        make_rules(
            loan_days=2, loan_days_when_reserved=1, pickup_days=2, overdue_cents_per_day=50,
            uncollected_cents=100, block_limit_cents=400, max_loans=3,
        )  # fmt: skip
        codes = ("Koskela", "Rantala", "Harju")
        self.branches = [make_branch(code, open_weekdays=range(6)) for code in codes]
        self.patrons = [make_patron(surname) for surname in ("Aho", "Aalto", "Eskola")]
        Patron.objects.filter(pk=self.patrons[0].pk).update(history="always")
        records = [make_record("Joki"), make_record("Meri")]
        self.items = [
            make_item(self.branches[number % 2], record=records[number // 2]) for number in ITEMS
        ]
        self.now = WHEN
        self.seen_rows = self.rows()
        self.seen_events = 0

    def teardown(self):
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)

    def at(self, branch):
        """The desk of a branch, a moment later: no two events share their microsecond."""
        self.now += timedelta(seconds=7)
        return {"branch": self.branches[branch], "by": None, "now": self.now}

    def attempt(self, operation, **given):
        """Do it; being refused is well, as long as nothing has changed then."""
        before = self.rows(), AuditEvent.objects.count()
        try:
            with transaction.atomic():
                return operation(**given)
        except (Refused, StillWaits):
            assert (self.rows(), AuditEvent.objects.count()) == before
            return None

    def rows(self):
        """Every row of lending, to tell whether anything has changed."""
        models = (Loan, Hold, ItemState, Transit, Fee)
        return {model: list(model.objects.order_by("pk").values_list()) for model in models}

    @rule(item=an_item, patron=a_patron, branch=a_branch, override=st.sampled_from([None, "lupa"]))
    def check_out(self, item, patron, branch, override):
        given = {"item": self.items[item], "patron": self.patrons[patron], "override": override}
        lent = self.attempt(check_out, **given, **self.at(branch))
        if lent:
            assert lent.due_date >= lent.loan.began_at.date()
            assert lent.due_date.weekday() != 6, "due on a closed day"

    @rule(item=an_item, branch=a_branch)
    def check_in(self, item, branch):
        here = self.at(branch)
        first = check_in(item=self.items[item], **here)
        before = self.rows()
        again = check_in(item=self.items[item], **here)
        assert again.is_repeat
        assert (again.result, again.hold, again.to_branch) == (
            first.result,
            first.hold,
            first.to_branch,
        )
        assert self.rows() == before

    @rule(branch=a_branch)
    def undo_last_check_in(self, branch):
        step = Step.objects.filter(kind="check_in", undone_at=None).order_by("-pk").first()
        if step:
            self.attempt(undo_check_in, step=step, **self.at(branch))

    @rule(item=an_item, branch=a_branch)
    def a_check_in_and_its_undoing_leave_everything_as_it_was(self, item, branch):
        before = self.rows()
        done = check_in(item=self.items[item], **self.at(branch))
        if done.is_repeat:
            return
        undo_check_in(step=done.step, **self.at(branch))
        after = self.rows()
        for model in (Loan, Hold, ItemState):
            assert after[model] == before[model]
        assert list(open_transits(after)) == list(open_transits(before))

    @rule(patron=a_patron, branch=a_branch)
    def renew_all(self, patron, branch):
        renew_all(patron=self.patrons[patron], **self.at(branch))

    @rule(item=an_item, branch=a_branch)
    def claim_returned(self, item, branch):
        if loan := self.open_loan(item):
            claim_returned(loan=loan, **self.at(branch))

    @rule(item=an_item, branch=a_branch)
    def withdraw_claim(self, item, branch):
        if loan := self.open_loan(item):
            withdraw_claim(loan=loan, **self.at(branch))

    @rule(item=an_item, branch=a_branch)
    def declare_lost(self, item, branch):
        declare_lost(item=self.items[item], replacement_cents=2500, **self.at(branch))

    @rule(item=an_item, branch=a_branch, status=st.sampled_from(["missing", "withdrawn"]))
    def set_status(self, item, branch, status):
        self.attempt(set_item_status, item=self.items[item], status=status, **self.at(branch))

    @rule(item=an_item, status=st.sampled_from(["withdrawn", ""]))
    def catalogue_status(self, item, status):
        Item.objects.filter(pk=self.items[item].pk).update(status=status)

    @rule(item=an_item, branch=a_branch)
    def in_house_use(self, item, branch):
        self.attempt(in_house_use, item=self.items[item], **self.at(branch))

    @rule(patron=a_patron, item=an_item, branch=a_branch, this_one=st.booleans())
    def place_hold(self, patron, item, branch, this_one):
        wanted = self.items[item]
        asked = Asked(
            patron=self.patrons[patron],
            record=wanted.record,
            pickup_branch=self.branches[branch],
            wanted_item=wanted if this_one else None,
        )
        self.attempt(place_hold, asked=asked, **self.at(branch))

    @rule(branch=a_branch, which=st.integers(0, 5))
    def cancel_hold(self, branch, which):
        if hold := self.nth(Hold.objects.open(), which):
            cancel_holds(holds=[hold.pk], **self.at(branch))

    @rule(branch=a_branch, which=st.integers(0, 5))
    def restore_hold(self, branch, which):
        if hold := self.nth(Hold.objects.filter(state="cancelled"), which):
            restore_holds(holds=[hold.pk], **self.at(branch))

    @rule(item=an_item, branch=a_branch)
    def clear_hold_shelf(self, item, branch):
        self.attempt(clear_item, item=self.items[item], **self.at(branch))

    @rule(branch=a_branch, which=st.integers(0, 3))
    def cancel_transit(self, branch, which):
        if transit := self.nth(Transit.objects.filter(ended_at=None), which):
            cancel_transit(transit=transit, **self.at(branch))

    @rule(branch=a_branch, patron=a_patron)
    def pay_everything(self, branch, patron):
        fees = Fee.objects.filter(patron=self.patrons[patron], open_cents__gt=0)
        parts = dict(fees.values_list("pk", "open_cents"))
        here = self.at(branch)
        if parts:
            take_payment(
                patron=self.patrons[patron], parts=parts, method="cash",
                request_key=str(self.now), **here,
            )  # fmt: skip

    @rule(kept=a_patron, gone=a_patron, branch=a_branch)
    def merge(self, kept, gone, branch):
        self.attempt(
            merge_patrons,
            kept=self.patrons[kept],
            gone=self.patrons[gone],
            choices=AllKept(),
            policy=policy(),
            **self.at(branch),
        )

    @rule(branch=a_branch)
    def unmerge(self, branch):
        merge = PatronMerge.objects.filter(undone_at=None).order_by("-pk").first()
        if merge:
            self.attempt(unmerge_patrons, merge=merge, **self.at(branch))

    @rule(hours=st.sampled_from([1, 20, 24, 72]))
    def time_passes(self, hours):
        self.now += timedelta(hours=hours)
        expire_uncollected(now=self.now)
        forget_check_ins(now=self.now)

    def open_loan(self, item):
        return Loan.objects.open().filter(item=self.items[item]).first()

    def nth(self, rows, which):
        found = list(rows.order_by("pk"))
        return found[which % len(found)] if found else None

    @invariant()
    def what_must_stay_true(self):
        self.an_item_has_at_most_one_open_loan()
        self.what_is_lent_is_nowhere_else()
        self.a_hold_and_the_item_set_aside_for_it_agree()
        self.what_is_in_transit_has_a_transit_and_nothing_else_has()
        self.a_claimed_item_is_lent()
        self.the_ledger_balances()
        self.who_wants_no_history_has_none()
        self.patrons_merged_away_own_nothing_open()
        self.no_change_is_without_its_event()

    def an_item_has_at_most_one_open_loan(self):
        doubled = Loan.objects.open().order_by().values("item").annotate(n=Count("pk"))
        assert not doubled.filter(n__gt=1).exists()

    def what_is_lent_is_nowhere_else(self):
        lent = Loan.objects.open().values("item")
        elsewhere = ItemState.objects.filter(item__in=lent).exclude(status="claimed")
        assert not elsewhere.exists()
        assert not Transit.objects.filter(item__in=lent, ended_at=None).exists()
        set_aside = Hold.objects.filter(state__in=["ready", "in_transit"])
        assert not set_aside.filter(item__in=lent).exists()

    def a_hold_and_the_item_set_aside_for_it_agree(self):
        set_aside = Hold.objects.filter(state__in=["ready", "in_transit"])
        assert set_aside.count() == set_aside.values("item").distinct().count()
        for hold in set_aside:
            state = ItemState.objects.get(item=hold.item)
            assert state.status == {"ready": "hold_shelf", "in_transit": "in_transit"}[hold.state]
            assert hold.item.record_id == hold.record_id
            assert hold.wanted_item_id in (None, hold.item_id)
        assert not Hold.objects.filter(state="waiting").exclude(item=None).exists()

    def what_is_in_transit_has_a_transit_and_nothing_else_has(self):
        on_their_way = ItemState.objects.filter(status="in_transit").values_list("item", flat=True)
        travelling = Transit.objects.filter(ended_at=None).values_list("item", flat=True)
        assert sorted(on_their_way) == sorted(travelling)

    def a_claimed_item_is_lent(self):
        claimed = ItemState.objects.filter(status="claimed").values_list("item", flat=True)
        open_claims = Loan.objects.open().exclude(claimed_returned_at=None)
        assert sorted(claimed) == sorted(open_claims.values_list("item", flat=True))

    def the_ledger_balances(self):
        sums = Fee.objects.annotate(left=Sum("entries__cents"))
        assert not sums.exclude(left=F("open_cents")).exists()

    def who_wants_no_history_has_none(self):
        ended = Loan.objects.exclude(ended_at=None).exclude(patron=None)
        assert not ended.exclude(patron__history="always").filter(patron__merges=None).exists()

    def patrons_merged_away_own_nothing_open(self):
        gone = Patron.objects.exclude(merged_into=None)
        assert not Loan.objects.open().filter(patron__in=gone).exists()
        assert not Hold.objects.open().filter(patron__in=gone).exists()
        assert not Fee.objects.filter(patron__in=gone, open_cents__gt=0).exists()

    def no_change_is_without_its_event(self):
        rows, events = self.rows(), AuditEvent.objects.count()
        assert rows == self.seen_rows or events > self.seen_events
        self.seen_rows, self.seen_events = rows, events


class AllKept(dict):
    """The kept entry's value in every matter."""

    def get(self, matter, default=None):
        return "kept"


def open_transits(rows):
    ended_at = [field.attname for field in Transit._meta.fields].index("ended_at")
    for row in rows[Transit]:
        if row[ended_at] is None:
            yield row


@pytest.mark.django_db
def test_whatever_the_order_nothing_is_lent_twice_lost_or_unsaid():
    run_state_machine_as_test(
        Lending,
        settings=settings(
            max_examples=15, stateful_step_count=40, deadline=None, phases=[Phase.generate]
        ),
    )
