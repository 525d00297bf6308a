"""Story D6 of users.md, as far as the register goes; loans, holds and fees: tests/circulation."""

from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from circulation.people import make_card, make_category, make_patron
from django.db import connection

from kimppa.organisations.models import AuditEvent
from kimppa.patrons import operations, queries
from kimppa.patrons.models import (
    Address,
    Card,
    Consent,
    EmailAddress,
    Guardianship,
    IdentityCode,
    Patron,
    PatronMerge,
    PatronNote,
    PhoneNumber,
    Pin,
)
from kimppa.patrons.operations import MergeRefused, Merging, UnmergeRefused
from kimppa.patrons.operations.merging import OWN_ROWS
from kimppa.patrons.queries.merging import differences
from kimppa.patrons.rules.merging import Matter, MergeRefusal, Side, UnmergeRefusal
from kimppa.patrons.rules.pins import PinAnswer

pytestmark = pytest.mark.django_db
CODE, OTHER_CODE = "131052-308T", "010594Y9032"
TABLES = (
    Patron,
    Card,
    Address,
    EmailAddress,
    PhoneNumber,
    PatronNote,
    Consent,
    Guardianship,
    IdentityCode,
    Pin,
)


@pytest.fixture
def kept(doing, branch):
    patron = make_patron(card="K-1", home_branch=branch)
    fill(patron, doing, "1")
    return patron


@pytest.fixture
def gone(doing, other_branch):
    """The same person as another library's system knew them."""
    patron = make_patron(
        "Mäki",
        "Eeva Maria",
        card="R-1",
        library=other_branch.library,
        home_branch=other_branch,
        category=make_category("young"),
        language="sv",
        history=Patron.History.ALWAYS,
        birth_date=date(1980, 5, 18),
        last_active_date=date(2026, 3, 5),
    )
    fill(patron, doing, "2")
    return patron


def fill(patron, doing, tail):
    operations.add_address(patron=patron, street=f"Katu {tail}", city="Koskela", **doing)
    operations.add_email(patron=patron, value=f"eeva{tail}@example.fi", **doing)
    operations.add_phone(patron=patron, value=f"040000000{tail}", **doing)
    operations.set_pin(
        patron=patron, pin=f"000{tail}", **{**doing, "now": doing["now"] - timedelta(int(tail))}
    )


def merge(kept, gone, doing, side=Side.KEPT, **choices):
    every = dict.fromkeys(Matter, side) | {Matter(name): value for name, value in choices.items()}
    asked = Merging(kept=kept, gone=gone, choices=every, undo_days=30)
    return operations.merge_patrons(asked=asked, **doing)


def unmerge(made, doing, days=1):
    later = {**doing, "now": doing["now"] + timedelta(days=days)}
    return operations.unmerge_patrons(merge=made, movers=(), **later)


def refusals(kept, gone, doing):
    with pytest.raises(MergeRefused) as refused:
        merge(kept, gone, doing)
    return set(refused.value.reasons)


def everything():
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in TABLES}


def reach(patron, now):
    patron.refresh_from_db()
    shown = queries.reach(patron, on=now.date())
    return shown.address.lines[0], shown.emails[0].value, shown.phones[0].value


def test_where_two_entries_differ_is_told_matter_by_matter(kept, gone):
    told = {each.matter: (each.kept, each.gone) for each in differences(kept, gone)}

    assert list(told) == list(Matter)
    assert told[Matter.NAME] == ("Virtanen, Eeva", "Mäki, Eeva Maria")
    assert told[Matter.MAIN_CARD] == ("K-1", "R-1")
    assert told[Matter.ADDRESS] == ("Katu 1, Koskela", "Katu 2, Koskela")
    assert "0001" not in str(told[Matter.PIN])


def test_each_matter_is_chosen_and_none_is_guessed(kept, gone, doing):
    choices = dict.fromkeys(Matter, Side.KEPT)
    del choices[Matter.PHONE]
    before = everything()
    with pytest.raises(MergeRefused) as refused:
        operations.merge_patrons(
            asked=Merging(kept=kept, gone=gone, choices=choices, undo_days=30), **doing
        )

    assert refused.value.reasons == (MergeRefusal.NOT_CHOSEN,)
    assert everything() == before


@pytest.mark.parametrize("matter", Matter)
@pytest.mark.parametrize("side", Side)
def test_what_was_chosen_stands_and_nothing_else_is_taken_over(
    kept, gone, doing, now, matter, side
):
    other = Side.KEPT if side == Side.GONE else Side.GONE
    told = {each.matter: each for each in differences(kept, gone)}
    merge(kept, gone, doing, side=other, **{matter: side})

    for each in Matter:
        expected = getattr(told[each], side if each == matter else other)
        expected = expected.set_at if each == Matter.PIN else expected
        kept.refresh_from_db()
        stands = {
            Matter.NAME: kept.full_name,
            Matter.BIRTH_DATE: kept.birth_date,
            Matter.MAIN_CARD: kept.cards.get(is_main=True).number,
            Matter.ADDRESS: ", ".join(queries.address_of(kept, on=now.date()).lines),
            Matter.PHONE: queries.phone_of(kept, on=now.date()),
            Matter.EMAIL: queries.email_of(kept, on=now.date()),
            Matter.PIN: kept.pin.set_at,
            Matter.LANGUAGE: kept.language,
            Matter.CATEGORY: kept.category,
            Matter.LIBRARY: (kept.library, kept.home_branch),
            Matter.HISTORY: kept.history,
        }[each]
        assert stands == expected


def test_the_chosen_pin_opens_and_the_other_does_not(kept, gone, doing, now):
    merge(kept, gone, doing, pin=Side.GONE)

    assert operations.check_pin(patron=kept, pin="0002", now=now) == PinAnswer.RIGHT
    assert operations.check_pin(patron=kept, pin="0001", now=now) == PinAnswer.WRONG


def test_where_one_entry_is_empty_the_others_value_stands_unasked(doing, now, branch):
    bare = make_patron(card=None, birth_date=None)
    full = make_patron(card="F")
    fill(full, doing, "2")
    asked = Merging(kept=bare, gone=full, choices={}, undo_days=30)

    made = operations.merge_patrons(asked=asked, **doing)

    assert reach(bare, now) == ("Katu 2", "eeva2@example.fi", "+358400000002")
    assert bare.birth_date == full.birth_date
    assert operations.check_pin(patron=bare, pin="0002", now=now) == PinAnswer.RIGHT
    unmerge(made, doing)
    bare.refresh_from_db()
    assert bare.birth_date is None
    assert not Pin.objects.filter(patron=bare).exists()


def test_every_card_works_and_says_which_library_it_came_from(kept, gone, doing, other_branch):
    lost = make_card(gone, "R-2", status=Card.Status.LOST, ended_at=doing["now"])
    merge(kept, gone, doing)

    found, card = queries.patron_by_card("R-1")
    assert (found, card.library) == (kept, other_branch.library)
    assert queries.patron_by_card(lost.number)[1].status == Card.Status.LOST
    assert queries.patron_by_key(gone.key) == kept


def test_notes_consents_guardianships_and_institutions_move(kept, gone, doing):
    child = make_patron("Mäki", "Onni", birth_date=date(2018, 1, 1))
    operations.add_guardian(child=child, guardian=gone, consent_date=date(2026, 3, 1), **doing)
    school = make_patron(
        category=make_category("school", is_institution=True),
        is_institution=True,
        responsible_adult=gone,
        birth_date=None,
    )
    operations.add_note(patron=gone, text="Soita ennen", **doing)
    for patron in (kept, gone):
        operations.give_consent(patron=patron, kind=Consent.Kind.MESSAGES, **doing)
    operations.give_consent(patron=gone, kind=Consent.Kind.SELF_SERVICE, **doing)
    operations.store_identity_code(patron=gone, code=CODE, **doing)

    merge(kept, gone, doing)

    assert queries.guardians_of(child).get().guardian == kept
    assert list(queries.institutions_of(kept)) == [school]
    assert kept.notes.get().text == "Soita ennen"
    assert set(kept.consents.values_list("kind", flat=True)) == {"messages", "self_service"}
    assert queries.find_by_identity_code(CODE) == kept


def test_a_guardian_of_both_entries_of_a_child_is_linked_once(kept, doing):
    one, other = (
        make_patron(given_names="Onni", birth_date=date(2018, 1, 1), card=None) for _ in range(2)
    )
    for child in (one, other):
        operations.add_guardian(child=child, guardian=kept, consent_date=date(2026, 3, 1), **doing)

    made = merge(one, other, doing)
    assert queries.guardians_of(one).get().guardian == kept

    unmerge(made, doing)
    assert queries.guardians_of(other).get().guardian == kept


def test_two_different_identity_codes_are_two_persons(kept, gone, doing, settings):
    settings.TEMPORARY_IDENTITY_CODES = True
    operations.store_identity_code(patron=kept, code=CODE, **doing)
    operations.store_identity_code(patron=gone, code=OTHER_CODE, **doing)

    assert refusals(kept, gone, doing) == {MergeRefusal.IDENTITY_CODES_DIFFER}


def test_what_cannot_be_one_person_is_refused_with_every_reason(kept, gone, doing, now):
    child = make_patron(birth_date=date(2018, 1, 1))
    operations.add_guardian(child=child, guardian=kept, consent_date=date(2026, 3, 1), **doing)
    school = make_patron(
        category=make_category("school", is_institution=True),
        is_institution=True,
        responsible_adult=kept,
    )
    erased = make_patron(erased_at=now)

    assert refusals(kept, kept, doing) == {MergeRefusal.SAME_ENTRY}
    assert refusals(kept, child, doing) == {MergeRefusal.ANSWERS_FOR_OTHER}
    assert refusals(kept, school, doing) == {
        MergeRefusal.ANSWERS_FOR_OTHER,
        MergeRefusal.OTHER_KIND,
    }
    assert refusals(kept, erased, doing) == {MergeRefusal.GONE_ALREADY}
    merge(kept, gone, doing)
    third = make_patron()
    assert refusals(third, gone, doing) == {MergeRefusal.GONE_ALREADY}


@pytest.mark.parametrize("side", Side)
def test_undoing_a_merge_leaves_every_row_as_it_was(kept, gone, doing, side):
    operations.store_identity_code(patron=gone, code=CODE, **doing)
    operations.add_note(patron=gone, text="Soita ennen", **doing)
    operations.give_consent(patron=gone, kind=Consent.Kind.MESSAGES, **doing)
    before = everything()

    made = merge(kept, gone, doing, side=side)
    assert everything() != before
    unmerge(made, doing)

    assert everything() == before
    made.refresh_from_db()
    assert (made.moved, made.replaced) == ({}, {})


def test_two_merges_are_undone_in_reverse_order_only(kept, gone, doing):
    third = make_patron(card="T-1")
    fill(third, doing, "3")
    before = everything()
    first = merge(gone, third, doing, side=Side.GONE)
    second = merge(kept, gone, doing, side=Side.GONE)
    assert queries.patron_by_card("T-1")[0] == kept
    assert queries.patron_by_key(third.key) == kept

    with pytest.raises(UnmergeRefused) as refused:
        unmerge(first, doing)
    assert refused.value.reasons == (UnmergeRefusal.LATER_MERGE,)

    unmerge(second, doing)
    unmerge(first, doing)
    assert everything() == before


def test_of_two_merges_into_one_the_last_is_undone_first(kept, gone, doing):
    third = make_patron(card="T-1")
    fill(third, doing, "3")
    before = everything()
    first = merge(kept, gone, doing, side=Side.GONE)
    second = merge(kept, third, doing, side=Side.GONE)

    with pytest.raises(UnmergeRefused):
        unmerge(first, doing)
    unmerge(second, doing)
    unmerge(first, doing)

    assert everything() == before


def test_a_merge_is_undone_once_and_only_within_the_days_of_the_rules(kept, gone, doing):
    made = merge(kept, gone, doing)
    with pytest.raises(UnmergeRefused) as refused:
        unmerge(made, doing, days=31)
    assert refused.value.reasons == (UnmergeRefusal.TOO_LATE,)

    unmerge(made, doing, days=30)
    with pytest.raises(UnmergeRefused) as refused:
        unmerge(made, doing)
    assert UnmergeRefusal.UNDONE_ALREADY in refused.value.reasons
    merge(kept, gone, doing)


def test_what_was_changed_since_stays_with_the_entry_that_stood(kept, gone, doing, now):
    made = merge(kept, gone, doing, side=Side.GONE)
    later = {**doing, "now": now + timedelta(days=2)}
    kept.refresh_from_db()
    operations.change_details(patron=kept, changes={"surname": "Uusi"}, **later)
    operations.add_phone(patron=kept, value="0509999999", **later)
    operations.set_pin(patron=kept, pin="7777", **later)

    unmerge(made, doing, days=3)

    kept.refresh_from_db()
    gone.refresh_from_db()
    after = now.date() + timedelta(days=3)
    assert (kept.surname, kept.given_names) == ("Uusi", "Eeva")
    assert gone.full_name == "Mäki, Eeva Maria"
    assert queries.phone_of(kept, on=after) == "+358509999999"
    assert queries.phone_of(gone, on=after) == "+358400000002"
    assert operations.check_pin(patron=kept, pin="7777", now=now) == PinAnswer.RIGHT
    assert operations.check_pin(patron=gone, pin="0002", now=now) == PinAnswer.RIGHT


def test_a_card_lost_meanwhile_goes_back_lost(kept, gone, doing):
    made = merge(kept, gone, doing, side=Side.GONE)
    operations.end_card(card=Card.objects.get(number="R-1"), status=Card.Status.LOST, **doing)
    unmerge(made, doing)

    card = queries.patron_by_card("R-1")[1]
    assert (card.patron, card.status, card.is_main) == (gone, Card.Status.LOST, False)
    assert kept.cards.get(is_main=True).number == "K-1"


@pytest.mark.parametrize("who", ["kept", "gone"])
@pytest.mark.parametrize("side", Side)
def test_non_disclosure_of_either_survives_the_merge_and_no_address_stays(
    kept, gone, doing, who, side
):
    hidden = kept if who == "kept" else gone
    operations.set_non_disclosure(patron=hidden, until=date(2028, 1, 1), **doing)
    for patron in (kept, gone):
        patron.refresh_from_db()
    assert Matter.ADDRESS not in [each.matter for each in differences(kept, gone)]
    asked = Merging(kept=kept, gone=gone, choices=dict.fromkeys(Matter, side), undo_days=30)

    made = operations.merge_patrons(asked=asked, **doing)

    kept.refresh_from_db()
    assert kept.non_disclosure_until == date(2028, 1, 1)
    assert not Address.objects.exists()

    unmerge(made, doing)
    for patron in (kept, gone):
        patron.refresh_from_db()
        assert patron.is_non_disclosed == (patron == hidden)


def test_the_longer_non_disclosure_stands(kept, gone, doing):
    operations.set_non_disclosure(patron=kept, until=date(2027, 1, 1), **doing)
    operations.set_non_disclosure(patron=gone, until=date(2029, 1, 1), **doing)
    merge(kept, gone, doing)

    kept.refresh_from_db()
    assert kept.non_disclosure_until == date(2029, 1, 1)


def test_non_disclosure_set_while_merged_holds_for_both_when_parted(kept, gone, doing):
    made = merge(kept, gone, doing)
    operations.set_non_disclosure(patron=kept, until=date(2028, 1, 1), **doing)
    unmerge(made, doing)

    for patron in (kept, gone):
        patron.refresh_from_db()
        assert patron.non_disclosure_until == date(2028, 1, 1)
    assert not Address.objects.exists()


def test_when_the_time_to_undo_is_over_the_entry_that_went_is_emptied(kept, gone, doing, now):
    made = merge(kept, gone, doing)
    eve, after = now + timedelta(days=30), now + timedelta(days=30, seconds=1)
    assert operations.settle_merges(now=eve) == []
    assert operations.settle_merges(now=after) == [made]
    assert operations.settle_merges(now=after) == []

    made.refresh_from_db()
    gone.refresh_from_db()
    assert (made.moved, made.replaced) == ({}, {})
    assert (gone.surname, gone.birth_date) == ("", None)
    assert not EmailAddress.objects.filter(patron=gone).exists()
    assert queries.patron_by_key(gone.key) == kept
    with pytest.raises(UnmergeRefused):
        unmerge(made, doing)


def test_the_log_tells_of_merge_and_undo_without_personal_data(kept, gone, doing, clerk, branch):
    unmerge(merge(kept, gone, doing, side=Side.GONE), doing)

    merged = AuditEvent.objects.get(action="merge patrons")
    assert (merged.by, merged.branch, merged.details["gone"]) == (clerk, branch, gone.pk)
    assert merged.details["moved"]["patrons.Card"] == 1
    assert AuditEvent.objects.filter(action="unmerge patrons").count() == 1
    logged = "".join(str(event.details) for event in AuditEvent.objects.all())
    for personal in ("Mäki", "Katu", "example.fi", "35840", "R-1"):
        assert personal not in logged


def test_the_desk_sees_what_would_move_before_it_does(kept, gone, doing):
    operations.add_note(patron=gone, text="Soita ennen", **doing)

    counts = {mover.name: mover.count(gone, kept) for mover in OWN_ROWS}
    assert counts["patrons.Card"] == counts["patrons.PatronNote"] == 1
    assert not PatronMerge.objects.exists()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite in memory does not wait")
@pytest.mark.django_db(transaction=True)
def test_two_desks_that_merge_the_same_two_entries_into_each_other_merge_them_once(now):
    one, other = make_patron(card="1"), make_patron(card="2")
    ready, outcomes = Barrier(2), []

    def desk(kept, gone):
        ready.wait()
        asked = Merging(
            kept=kept, gone=gone, choices=dict.fromkeys(Matter, Side.KEPT), undo_days=30
        )
        try:
            operations.merge_patrons(asked=asked, now=now, by=None)
            outcomes.append("merged")
        except MergeRefused as refused:
            outcomes.append(refused.reasons)
        finally:
            connection.close()

    desks = [Thread(target=desk, args=pair) for pair in ((one, other), (other, one))]
    for each in desks:
        each.start()
    for each in desks:
        each.join()

    assert sorted(outcomes, key=str) == [(MergeRefusal.GONE_ALREADY,), "merged"]
    assert Patron.objects.present().count() == 1
