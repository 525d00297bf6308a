import csv

import pytest
from circulation.people import WHEN, make_branch, make_patron, make_rules, make_staff
from django.urls import reverse
from django.utils import timezone

from kimppa.circulation.forms.fees import cents
from kimppa.circulation.models import Fee, LedgerEntry, Receipt
from kimppa.circulation.operations import fees
from kimppa.organisations.models import AuditEvent, RoleGrant


@pytest.fixture
def manager(branch):
    return make_staff("maija", branch=branch, role=RoleGrant.Role.BRANCH_MANAGER)


@pytest.fixture
def desk(client, branch):
    """Sign somebody in at the branch: ``desk(account)``."""

    def at(account, where=branch):
        client.force_login(account)
        client.post(reverse("organisations:workplace"), {"branch": where.pk, "place": where.pk})
        session = client.session
        session["workplace"] = {"branch": where.pk, "desk": None}
        session.save()
        return client

    return at


@pytest.fixture
def fee(patron, branch):
    return owe(patron, branch, 500)


def owe(patron, branch, sum_in_cents, kind="overdue"):
    return fees.charge(
        patron=patron,
        kind=kind,
        cents=sum_in_cents,
        library=branch.library,
        branch=branch,
        by=None,
        now=timezone.now(),
    )


def page(patron):
    return reverse("circulation:patron_fees", args=[patron.key])


def pay(client, patron, chosen, **more):
    given = {"fee": [fee.key for fee in chosen], "method": "cash", "request_key": "k", "amount": ""}
    return client.post(reverse("circulation:pay", args=[patron.key]), given | more)


@pytest.mark.parametrize("text", ["", "-1", "3,505", "kolme", "1e3", "99999999999"])
def test_what_is_no_sum_is_refused(text):
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError):
        cents(text)


def test_a_part_of_the_chosen_fees_pays_the_oldest_first(desk, clerk, patron, branch, fee):
    later = owe(patron, branch, 300)
    answer = pay(desk(clerk), patron, [fee, later], amount="6,00")

    receipt = Receipt.objects.get()
    assert answer.url == reverse("circulation:receipt", args=[receipt.pk])
    assert list(Fee.objects.order_by("pk").values_list("open_cents", flat=True)) == [0, 200]


def test_paying_twice_with_one_key_takes_money_once(desk, clerk, patron, fee):
    client = desk(clerk)
    one, two = (pay(client, patron, [fee], amount="1") for _ in range(2))
    assert one.url == two.url
    assert Receipt.objects.count() == 1


@pytest.mark.parametrize(("amount", "said"), [("6,00", "suurempi"), ("abc", "3,50")])
def test_a_wrong_sum_is_told_and_takes_nothing(desk, clerk, patron, fee, amount, said):
    answer = pay(desk(clerk), patron, [fee], amount=amount)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Receipt.objects.exists()


def test_nothing_chosen_is_told(desk, clerk, patron, fee):
    answer = pay(desk(clerk), patron, [])
    assert answer.status_code == 422
    assert "Valitse vähintään yksi maksu" in answer.content.decode()


def test_the_page_says_that_borrowing_is_blocked_and_why(desk, clerk, patron, branch):
    make_rules(block_limit_cents=400)
    owe(patron, branch, 500)
    text = desk(clerk).get(page(patron)).content.decode()
    assert "Lainauskielto: 5,00\u00a0€ ylittää rajan 4,00\u00a0€." in text


def test_looking_at_a_patrons_fees_is_on_record(desk, clerk, patron, fee):
    desk(clerk).get(page(patron))
    event = AuditEvent.objects.get(action="read")
    assert (event.by, event.object_id, event.reason) == (clerk, str(patron.pk), "fees")


def test_forgiving_needs_a_reason_and_can_be_taken_back(desk, clerk, patron, fee):
    client = desk(clerk)
    address = reverse("circulation:waive", args=[fee.key])
    client.post(address, {"waive-reason": "", "waive-amount": ""})
    assert LedgerEntry.objects.count() == 1
    client.post(address, {"waive-reason": "Kirje myöhästyi", "waive-amount": "2"})
    fee.refresh_from_db()
    assert fee.open_cents == 300
    entry = LedgerEntry.objects.get(kind="waived")
    client.post(reverse("circulation:undo_fee", args=[fee.key]), {"entry": entry.pk})
    fee.refresh_from_db()
    assert fee.open_cents == 500


def test_a_charge_by_hand_can_be_taken_back(desk, clerk, patron):
    client = desk(clerk)
    client.post(
        reverse("circulation:charge", args=[patron.key]), {"kind": "new_card", "amount": "3"}
    )
    fee = Fee.objects.get()
    assert (fee.open_cents, fee.legal_kind) == (300, "private")
    client.post(reverse("circulation:undo_fee", args=[fee.key]))
    fee.refresh_from_db()
    assert fee.open_cents == 0


def test_a_payment_is_cancelled_with_a_receipt_of_its_own(desk, manager, patron, fee):
    client = desk(manager)
    pay(client, patron, [fee])
    first = Receipt.objects.get()
    answer = client.post(
        reverse("circulation:cancel_payment", args=[first.pk]), {"reason": "väärä asiakas"}
    )
    text = client.get(answer.url).content.decode()
    assert f"Peruu kuitin {first}" in text
    assert "\N{MINUS SIGN}5,00" in text


def test_a_clerk_does_not_cancel_payments(desk, clerk, patron, fee):
    client = desk(clerk)
    pay(client, patron, [fee])
    first = Receipt.objects.get()
    answer = client.post(reverse("circulation:cancel_payment", args=[first.pk]), {"reason": "x"})
    assert answer.status_code in {403, 404}
    assert Receipt.objects.count() == 1


def test_a_receipt_of_another_library_is_not_found(desk, clerk, branch):
    away = make_branch("Rantala")
    other = make_patron("Toinen", library=away.library)
    fee = owe(other, away, 100)
    receipt = fees.take_payment(
        patron=other,
        parts={fee.pk: 100},
        method="cash",
        branch=away,
        by=None,
        now=WHEN,
        request_key="away",
    )
    answer = desk(clerk).get(reverse("circulation:receipt", args=[receipt.pk]))
    assert answer.status_code == 404


def test_the_till_lists_the_day_and_gives_it_as_csv(desk, clerk, patron, fee):
    client = desk(clerk)
    pay(client, patron, [fee], method="card")
    text = client.get(reverse("circulation:till")).content.decode()
    assert "5,00\u00a0€" in text
    lines = client.get(reverse("circulation:till_csv")).content.decode().splitlines()
    (row,) = csv.DictReader(lines)
    assert (row["paid_by"], row["cents"], row["staff"]) == ("card", "500", "aino")


def test_strangers_and_readers_see_no_fees(desk, client, branch, patron, fee):
    reader = make_staff("lukija", branch=branch, role=RoleGrant.Role.READ_ONLY)
    assert client.get(page(patron)).status_code == 302
    assert desk(reader).get(page(patron)).status_code == 404


@pytest.mark.parametrize(("kind", "cents"), [("new_card", 300), ("interlibrary", 700)])
def test_a_charge_without_a_sum_is_what_the_rules_say(desk, clerk, patron, kind, cents):
    make_rules(new_card_cents=300, interlibrary_cents=700)
    desk(clerk).post(reverse("circulation:charge", args=[patron.key]), {"kind": kind, "amount": ""})

    assert Fee.objects.get(kind=kind).open_cents == cents


def test_a_charge_that_the_rules_know_nothing_of_needs_a_sum(desk, clerk, patron):
    given = {"kind": "other", "amount": ""}
    answer = desk(clerk).post(reverse("circulation:charge", args=[patron.key]), given)

    assert answer.status_code == 422
    assert not Fee.objects.exists()
