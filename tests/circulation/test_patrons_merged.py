"""Story D6: what becomes of loans, holds, fees and messages when two entries are made one."""

from datetime import timedelta

import pytest
from circulation.people import make_item, make_patron, make_record, make_rules, policy
from circulation.queues import make_hold

from kimppa.circulation.models import Block, Fee, Hold, HoldGroup, Loan, MessageChoice, Notice, Step
from kimppa.circulation.operations import fees, undo_check_in
from kimppa.circulation.operations.patrons import (
    merge_patrons,
    set_history,
    settle_merges,
    unmerge_patrons,
)
from kimppa.circulation.queries.patrons import what_they_have
from kimppa.organisations.models import AuditEvent
from kimppa.patrons.models import Patron
from kimppa.patrons.operations import UnmergeRefused
from kimppa.patrons.rules.merging import Matter, Side

pytestmark = pytest.mark.django_db
TABLES = (Patron, Loan, Hold, HoldGroup, Fee, Block, MessageChoice, Notice)


@pytest.fixture
def kept(branch):
    make_rules(loan_days=28, merge_undo_days=14)
    return make_patron(card="K-1")


@pytest.fixture
def gone(kept, lend, branch, clerk, now):
    """The same person's other entry: a loan, a hold, a group, a fee, a block, messages."""
    patron = make_patron(card="R-1")
    lend(make_item(branch), patron)
    make_hold(make_record(), branch, patron=patron)
    group = HoldGroup.objects.create(name="Lukupiiri", patron=patron, made_at=now)
    make_hold(make_record(), branch, patron=patron, group=group)
    charge(patron, branch, now)
    Block.objects.create(patron=patron, kind="borrowing", reason="x", began_at=now, by=clerk)
    for entry, kinds in ((kept, ["fee"]), (patron, ["fee", "overdue"])):
        for kind in kinds:
            MessageChoice.objects.create(patron=entry, kind=kind, channel="email")
    notice(patron, now)
    return patron


def charge(patron, branch, now, cents=200):
    return fees.charge(
        patron=patron,
        kind=Fee.Kind.OVERDUE,
        cents=cents,
        library=branch.library,
        branch=branch,
        by=None,
        now=now,
    )


def notice(patron, now):
    return Notice.objects.create(
        patron=patron,
        kind="fee",
        channel="email",
        subject_key="fee 1",
        language="fi",
        made_at=now,
        send_after=now,
    )


@pytest.fixture
def merge(kept, clerk, branch, now):
    def merge_with(gone, side=Side.KEPT, into=kept):
        return merge_patrons(
            kept=into,
            gone=gone,
            choices=dict.fromkeys(Matter, side),
            policy=policy(),
            now=now,
            by=clerk,
            branch=branch,
        )

    return merge_with


@pytest.fixture
def unmerge(clerk, branch, now):
    def unmerge_it(merge, days=1):
        return unmerge_patrons(merge=merge, now=now + timedelta(days=days), by=clerk, branch=branch)

    return unmerge_it


def everything():
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in TABLES}


def test_everything_follows_and_holds_keep_their_places(kept, gone, merge):
    ranks = list(gone.holds.order_by("pk").values_list("pk", "rank"))
    merge(gone)

    have = what_they_have(kept)
    assert (have["cards"], have["open_loans"], have["holds"], have["fees"]) == (2, 1, 2, 1)
    assert (have["fee_cents"], have["blocks"], have["messages"]) == (200, 1, 1)
    assert have["message_choices"] == 2
    assert list(kept.holds.order_by("pk").values_list("pk", "rank")) == ranks
    assert HoldGroup.objects.get().patron == kept
    assert sum(what_they_have(gone).values()) == 1  # the choice of messages that both had


def test_undoing_it_gives_every_row_back(gone, merge, unmerge):
    before = everything()
    made = merge(gone)
    assert everything() != before

    unmerge(made)

    assert everything() == before


def test_rows_that_ended_meanwhile_go_back_too(kept, gone, merge, unmerge, bring, branch, now):
    made = merge(gone)
    Patron.objects.filter(pk=kept.pk).update(history=Patron.History.ALWAYS)
    loan, fee = kept.loans.get(), kept.fees.get()
    hold = kept.holds.order_by("pk").first()
    bring(loan.item)
    fees.waive(fee=fee, reason="sovittu", by=None, branch=branch, now=now)
    Hold.objects.filter(pk=hold.pk).update(state=Hold.State.CANCELLED, ended_at=now)

    unmerge(made)

    loan.refresh_from_db()
    fee.refresh_from_db()
    hold.refresh_from_db()
    assert (loan.patron, fee.patron, hold.patron) == (gone, gone, gone)
    assert (loan.ended_at is None, fee.open_cents) == (False, 0)


def test_what_began_after_the_merge_stays_with_the_entry_that_stood(
    kept, gone, merge, unmerge, lend, branch, now
):
    made = merge(gone)
    Block.objects.update(ended_at=now)
    since = lend(make_item(branch), Patron.objects.get(pk=kept.pk)).loan
    unmerge(made)

    assert list(kept.loans.all()) == [since]


def test_a_loan_whose_borrower_was_forgotten_meanwhile_stays_nobodys_unless_the_check_in_is_undone(
    kept, gone, merge, unmerge, bring, clerk, branch, now
):
    made = merge(gone)
    loan = kept.loans.get()
    bring(loan.item)
    unmerge(made)
    step = Step.objects.get(kind=Step.Kind.CHECK_IN)

    loan.refresh_from_db()
    assert loan.patron is None
    undo_check_in(step=step, by=clerk, branch=branch, now=now + timedelta(minutes=1))
    loan.refresh_from_db()
    assert loan.patron == gone


def test_two_merges_one_upon_the_other_are_undone_in_reverse_order(
    kept, gone, merge, unmerge, lend, branch
):
    third = make_patron(card="T-1")
    lend(make_item(branch), third)
    before = everything()
    first, second = merge(third, into=gone), merge(gone)
    assert what_they_have(kept)["open_loans"] == 2

    with pytest.raises(UnmergeRefused):
        unmerge(first)
    unmerge(second)
    unmerge(first)

    assert everything() == before


def test_the_days_for_undoing_come_from_the_rules(gone, merge, unmerge):
    made = merge(gone)
    with pytest.raises(UnmergeRefused):
        unmerge(made, days=15)
    unmerge(made, days=14)


def test_history_not_chosen_is_forgotten_only_when_the_merge_is_final(
    kept, gone, merge, bring, now
):
    Patron.objects.filter(pk=gone.pk).update(history=Patron.History.ALWAYS)
    loan = gone.loans.get()
    bring(loan.item)
    merge(gone)
    loan.refresh_from_db()
    assert loan.patron == kept

    assert settle_merges(now=now + timedelta(days=15)) == 1

    loan.refresh_from_db()
    assert loan.patron is None
    assert not MessageChoice.objects.filter(patron=gone).exists()
    assert settle_merges(now=now + timedelta(days=15)) == 0


def test_loans_are_forgotten_when_the_patron_no_longer_wants_history(
    kept, lend, bring, item, now, branch
):
    Patron.objects.filter(pk=kept.pk).update(history=Patron.History.ALWAYS)
    lend(item, kept)
    bring(item)
    open_loan = lend(make_item(branch), kept).loan
    assert kept.loans.count() == 2

    set_history(patron=kept, history=Patron.History.NEVER, now=now, by=None)

    assert list(kept.loans.all()) == [open_loan]


def test_the_log_tells_how_many_rows_moved(gone, merge):
    merge(gone)

    moved = AuditEvent.objects.get(action="merge patrons").details["moved"]
    assert (moved["circulation.Loan"], moved["circulation.Hold"]) == (1, 2)
