from datetime import timedelta

import pytest
from circulation.people import WHEN, make_branch, make_patron
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kimppa.circulation.models import Fee, LedgerEntry, Receipt
from kimppa.circulation.operations import fees
from kimppa.circulation.operations.fees import PaymentProblem, PaymentRefused
from kimppa.organisations.models import AuditEvent

ACTIONS = ("charge", "pay", "cancel_payment", "waive", "undo_waiver", "undo_charge")


@pytest.fixture
def till(branch, clerk):
    """What every operation here is told: who, where, when."""
    return {"branch": branch, "by": clerk, "now": WHEN}


@pytest.fixture
def charge(patron, branch, till):
    def make(cents=500, kind="overdue", **more):
        given = {"patron": patron, "library": branch.library, **till, **more}
        return fees.charge(kind=kind, cents=cents, **given)

    return make


def pay(patron, till, parts, key="one"):
    return fees.take_payment(
        patron=patron,
        parts={fee.pk: cents for fee, cents in parts.items()},
        method="cash",
        request_key=key,
        **till,
    )


def left(fee):
    fee.refresh_from_db()
    return fee.open_cents


def test_a_charge_has_the_law_of_its_kind(charge):
    assert charge(kind="overdue").legal_kind == "public"
    assert charge(kind="lost_item").legal_kind == "private"


def test_part_of_a_fee_can_be_paid(patron, till, charge):
    fee = charge(500)
    receipt = pay(patron, till, {fee: 200})

    assert left(fee) == 300
    assert (receipt.cents, receipt.number) == (200, 1)


def test_one_receipt_covers_several_fees(patron, till, charge):
    one, two = charge(500), charge(300)
    receipt = pay(patron, till, {one: 500, two: 100})

    assert (left(one), left(two), receipt.cents) == (0, 200, 600)
    assert receipt.entries.count() == 2


def test_the_same_press_of_a_button_takes_money_once(patron, till, charge):
    fee = charge(500)
    assert pay(patron, till, {fee: 200}) == pay(patron, till, {fee: 200})
    assert left(fee) == 300


def test_more_than_is_left_is_refused(patron, till, charge):
    fee = charge(500)
    with pytest.raises(PaymentRefused) as refused:
        pay(patron, till, {fee: 501})
    assert refused.value.reasons == (PaymentProblem.MORE_THAN_LEFT,)
    assert left(fee) == 500


def test_nobody_pays_another_patrons_fee(till, charge):
    other = make_patron("Korhonen")
    with pytest.raises(PaymentRefused) as refused:
        pay(other, till, {charge(): 100})
    assert refused.value.reasons == (PaymentProblem.NOT_THIS_PATRONS,)


def test_a_payment_of_nothing_is_refused(patron, till):
    with pytest.raises(PaymentRefused) as refused:
        pay(patron, till, {})
    assert refused.value.reasons == (PaymentProblem.NOTHING_CHOSEN,)


def test_a_cancelled_payment_leaves_both_receipts_and_the_fee_open(patron, till, charge):
    fee = charge(500)
    receipt = pay(patron, till, {fee: 500})
    back = fees.cancel_payment(receipt=receipt, reason="wrong patron", **till)
    again = fees.cancel_payment(receipt=receipt, reason="wrong patron", **till)

    assert back == again
    assert (back.cents, back.cancels, back.number) == (-500, receipt, 2)
    assert left(fee) == 500


def test_a_payment_is_not_cancelled_without_a_reason(patron, till, charge):
    receipt = pay(patron, till, {charge(500): 500})
    with pytest.raises(PaymentRefused) as refused:
        fees.cancel_payment(receipt=receipt, reason=" ", **till)
    assert refused.value.reasons == (PaymentProblem.NO_REASON,)


def test_a_cancellation_cannot_be_cancelled(patron, till, charge):
    back = fees.cancel_payment(
        receipt=pay(patron, till, {charge(500): 500}), reason="mistake", **till
    )
    with pytest.raises(PaymentRefused) as refused:
        fees.cancel_payment(receipt=back, reason="mistake", **till)
    assert refused.value.reasons == (PaymentProblem.IS_A_CANCELLATION,)


def test_forgiving_can_be_taken_back_within_a_day(till, charge):
    fee = charge(500)
    fees.waive(fee=fee, reason="book drop was full", cents=200, **till)
    assert left(fee) == 300
    entry = fee.entries.get(kind=LedgerEntry.Kind.WAIVED)

    later = till | {"now": WHEN + timedelta(hours=23)}
    fees.undo_waiver(entry=entry, **later)
    fees.undo_waiver(entry=entry, **later)
    assert left(fee) == 500


def test_forgiving_cannot_be_taken_back_after_a_day(till, charge):
    fee = charge(500)
    fees.waive(fee=fee, reason="book drop was full", **till)
    entry = fee.entries.get(kind=LedgerEntry.Kind.WAIVED)
    with pytest.raises(PaymentRefused) as refused:
        fees.undo_waiver(entry=entry, **till | {"now": WHEN + timedelta(hours=25)})
    assert refused.value.reasons == (PaymentProblem.TOO_LATE,)


def test_a_fee_that_was_paid_is_not_forgiven(patron, till, charge):
    fee = charge(500)
    pay(patron, till, {fee: 500})
    with pytest.raises(PaymentRefused) as refused:
        fees.waive(fee=fee, reason="kindness", **till)
    assert refused.value.reasons == (PaymentProblem.NOTHING_LEFT,)


def test_a_charge_is_taken_back_unless_something_was_paid(patron, till, charge):
    fee, paid = charge(500), charge(500)
    pay(patron, till, {paid: 1})
    fees.undo_charge(fee=fee, **till)
    fees.undo_charge(fee=fee, **till)
    with pytest.raises(PaymentRefused) as refused:
        fees.undo_charge(fee=paid, **till)

    assert (left(fee), left(paid)) == (0, 499)
    assert refused.value.reasons == (PaymentProblem.ALREADY_PAID,)


def test_receipts_are_numbered_by_branch_without_gaps(patron, till, charge, other_branch):
    fee = charge(500)
    pay(patron, till, {fee: 100}, key="a")
    pay(patron, till | {"branch": other_branch}, {fee: 100}, key="b")
    pay(patron, till, {fee: 100}, key="c")

    numbers = Receipt.objects.order_by("pk").values_list("branch__code", "number")
    assert list(numbers) == [("Koskela", 1), ("Rantala", 1), ("Koskela", 2)]


def test_each_change_of_money_is_one_audit_event(patron, till, charge):
    fee = charge(500)
    receipt = pay(patron, till, {fee: 200})
    fees.cancel_payment(receipt=receipt, reason="wrong sum", **till)
    fees.waive(fee=fee, reason="kindness", **till)

    actions = AuditEvent.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["charge", "take payment", "cancel payment", "waive fee"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(ACTIONS), st.integers(0, 7), st.integers(1, 900)), max_size=25
    )
)
@pytest.mark.django_db(transaction=False)
def test_the_ledger_balances_over_random_histories(steps):
    from django.db import transaction

    with transaction.atomic():
        History().play(steps)
        assert_the_ledger_balances()
        transaction.set_rollback(True)


class History:
    """One patron's money at one till, done and undone in any order."""

    def __init__(self):
        branch = make_branch("Ledger")
        self.patron = make_patron(library=branch.library)
        self.till = {"branch": branch, "by": None, "now": WHEN}
        self.moves = 0

    def play(self, steps):
        for action, which, cents in steps:
            self.moves += 1
            try:
                getattr(self, action)(which, cents)
            except PaymentRefused:
                continue

    def pick(self, rows, which):
        found = list(rows.order_by("pk"))
        return found[which % len(found)] if found else None

    def charge(self, _which, cents):
        library = self.patron.library
        fees.charge(patron=self.patron, kind="other", cents=cents, library=library, **self.till)

    def pay(self, which, cents):
        chosen = list(Fee.objects.order_by("pk")[: which % 3])
        pay(self.patron, self.till, dict.fromkeys(chosen, cents), key=f"press {self.moves // 2}")

    def cancel_payment(self, which, _cents):
        if receipt := self.pick(Receipt.objects, which):
            fees.cancel_payment(receipt=receipt, reason="mistake", **self.till)

    def waive(self, which, cents):
        if fee := self.pick(Fee.objects, which):
            fees.waive(fee=fee, reason="kindness", cents=cents, **self.till)

    def undo_waiver(self, which, _cents):
        waived = LedgerEntry.objects.filter(kind="waived", reason="kindness")
        if entry := self.pick(waived, which):
            fees.undo_waiver(entry=entry, **self.till)

    def undo_charge(self, which, _cents):
        if fee := self.pick(Fee.objects, which):
            fees.undo_charge(fee=fee, **self.till)


def assert_the_ledger_balances():
    """What is left of each fee is the sum of its entries; the till holds what receipts say."""
    for fee in Fee.objects.annotate(entered=Sum("entries__cents")):
        assert fee.open_cents == fee.entered >= 0
    for receipt in Receipt.objects.annotate(entered=Sum("entries__cents")):
        assert receipt.cents == -receipt.entered
    paid = LedgerEntry.objects.filter(receipt__isnull=False).aggregate(all=Sum("cents"))["all"] or 0
    assert (Receipt.objects.aggregate(all=Sum("cents"))["all"] or 0) == -paid
