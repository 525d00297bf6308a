import base64
import logging
import re
from datetime import timedelta

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.contrib.sessions.models import Session
from django.utils import timezone

from kimppa.organisations.models import AuditEvent, SecondFactor, SignInAttempt, StaffAccount
from kimppa.organisations.operations import (
    create_account,
    end_account,
    password_link,
)
from kimppa.organisations.operations import sign_in as signing
from kimppa.organisations.rules.sign_in import (
    STEP_SECONDS,
    TRIES_BY_ADDRESS,
    TRIES_BY_NAME,
    code_at,
)

pytestmark = pytest.mark.django_db

PHRASE = "lumi-narskuu-kengän-alla"
ADDRESS = "/staff/sign-in/"


@pytest.fixture(autouse=True)
def quick_hashes(settings):
    settings.PASSWORD_HASHERS = ["organisations.hashing.QuickArgon2"]


@pytest.fixture
def account(db):
    return StaffAccount.objects.create_user("aino", password=PHRASE)


def attempt(client, username="aino", phrase=PHRASE, *, after="", **meta):
    return client.post(ADDRESS, {"username": username, "password": phrase, "next": after}, **meta)


def is_signed_in(client):
    return "_auth_user_id" in client.session


def actions():
    return list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))


def test_passwords_are_kept_as_argon2_hashes(account):
    from kimppa.site import settings as shipped

    assert shipped.PASSWORD_HASHERS == ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    assert account.password.startswith("argon2$argon2id$")


def test_the_right_password_signs_in_and_is_noted(client, account):
    response = attempt(client)

    assert response.headers["Location"] == "/staff/"
    assert is_signed_in(client)
    assert actions() == ["sign in"]
    assert SignInAttempt.objects.count() == 0


@pytest.mark.parametrize("username", ["aino", "nobody"])
def test_the_answer_does_not_tell_whether_a_user_name_exists(client, account, username):
    response = attempt(client, username, "wrong")

    assert response.status_code == 422
    assert "Käyttäjätunnus tai salasana ei ole oikein" in response.text
    assert not is_signed_in(client)


@pytest.mark.parametrize("username", ["aino", "nobody"])
def test_a_user_name_is_locked_after_failures_whether_it_exists_or_not(client, account, username):
    for _ in range(TRIES_BY_NAME):
        assert attempt(client, username, "wrong").status_code == 422

    response = attempt(client, username)

    assert response.status_code == 429
    assert "15 minuuttia" in response.text
    assert not is_signed_in(client)
    assert actions() == (["lock sign in"] if username == "aino" else [])


def test_another_account_is_not_locked_with_it(client, account):
    StaffAccount.objects.create_user("eero", password=PHRASE)
    for _ in range(TRIES_BY_NAME + 1):
        attempt(client, "aino", "wrong")

    assert attempt(client, "eero").status_code == 302


def test_capital_letters_are_no_way_around_the_lock(client, account):
    for _ in range(TRIES_BY_NAME):
        attempt(client, "aino", "wrong")

    assert attempt(client, " AINO", "wrong").status_code == 429


def test_a_lock_opens_after_its_time_even_when_one_kept_trying(account, now):
    allowed = [
        signing.begin_attempt(username="aino", address="192.0.2.1", now=now + timedelta(minutes=m))
        for m in range(16)
    ]

    assert allowed == [True] * 5 + [False] * 10 + [True]


def test_an_address_is_locked_after_failures_by_many_names(client, account):
    for number in range(TRIES_BY_ADDRESS):
        attempt(client, f"name-{number}", "wrong", REMOTE_ADDR="192.0.2.7")

    assert attempt(client, REMOTE_ADDR="192.0.2.7").status_code == 429
    assert attempt(client, REMOTE_ADDR="192.0.2.8").status_code == 302


def test_ones_own_account_is_no_way_around_the_lock_of_an_address(client, account):
    for number in range(TRIES_BY_ADDRESS - 1):
        attempt(client, f"name-{number}", "wrong")
    assert attempt(client).status_code == 302
    client.logout()

    attempt(client, "name-x", "wrong")
    assert attempt(client, "name-y", "wrong").status_code == 429


def test_old_tries_are_forgotten_and_tell_no_name_or_address(client, account, now):
    attempt(client, "aino", "wrong", REMOTE_ADDR="192.0.2.7")
    kept = " ".join(SignInAttempt.objects.values_list("digest", flat=True))
    assert "aino" not in kept
    assert "192" not in kept

    later = timezone.now() + timedelta(hours=1)
    signing.begin_attempt(username="x", address="y", now=later)
    assert SignInAttempt.objects.filter(at__lt=later).count() == 0


def test_no_log_tells_user_names_or_passwords(client, account, caplog):
    caplog.set_level(logging.DEBUG)
    attempt(client, "aino", "wrong-phrase")
    attempt(client)

    told = [record.getMessage() for record in caplog.records if record.name != "django.db.backends"]
    assert not any("aino" in line or "phrase" in line or PHRASE in line for line in told)


def test_the_session_has_a_new_id_after_signing_in(client, account):
    client.get(ADDRESS)
    client.get("/staff/")
    session = client.session
    session["language"] = "fi"
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before

    attempt(client)

    assert client.session.session_key != before


@pytest.mark.parametrize(
    ("after", "target"),
    [
        ("/staff/workplace/", "/staff/workplace/"),
        ("https://evil.example/", "/staff/"),
        ("//evil.example/", "/staff/"),
        ("/\\evil.example", "/staff/"),
        ("javascript:alert(1)", "/staff/"),
    ],
)
def test_signing_in_leads_to_no_foreign_place(client, account, after, target):
    assert attempt(client, after=after).headers["Location"] == target


def test_signing_out_is_by_post_only_and_forgets_everything(client, account):
    attempt(client)
    session = client.session
    session["last_patron"] = {"key": "x", "at": 0}
    session.save()

    assert client.get("/staff/sign-out/").status_code == 405
    client.post("/staff/sign-out/")

    assert not is_signed_in(client)
    assert "last_patron" not in client.session


def test_an_account_ends_after_its_last_day_also_in_the_middle_of_a_session(client, account):
    attempt(client)
    today = timezone.localdate()
    end_account(account=account, last_day=today, now=timezone.now(), by=None)
    assert client.get("/staff/workplace/").status_code == 200

    end_account(account=account, last_day=today - timedelta(days=1), now=timezone.now(), by=None)
    assert client.get("/staff/workplace/").status_code == 302
    assert attempt(client).status_code == 422


def age_session(client, **changes):
    session = client.session
    for name, delta in changes.items():
        session[name] = (timezone.now() - delta).timestamp()
    session.save()


def test_a_session_ends_when_nothing_was_done_for_a_while(client, account, settings):
    attempt(client)
    client.get("/staff/workplace/")
    age_session(client, seen_at=timedelta(minutes=settings.SESSION_IDLE_MINUTES - 1))
    assert client.get("/staff/workplace/").status_code == 200

    age_session(client, seen_at=timedelta(minutes=settings.SESSION_IDLE_MINUTES + 1))
    response = client.get("/staff/workplace/", follow=True)

    assert not is_signed_in(client)
    assert "kirjattiin ulos" in response.text


def test_a_session_ends_after_a_working_day_in_any_case(client, account, settings):
    attempt(client)
    client.get("/staff/workplace/")
    age_session(client, began_at=timedelta(hours=settings.SESSION_HOURS, minutes=1))

    assert client.get("/staff/workplace/").status_code == 302


def test_sessions_that_are_over_do_not_pile_up(client, account):
    Session.objects.create(session_key="old", session_data="", expire_date=timezone.now())
    attempt(client)

    assert not Session.objects.filter(session_key="old").exists()


def test_a_fragment_asked_for_after_the_session_leads_the_whole_page_to_sign_in(client, db):
    response = client.get("/staff/workplace/", headers={"hx-request": "true"})

    assert response.headers["HX-Redirect"] == ADDRESS


def test_a_password_is_set_once_by_a_link(client, now, account):
    new = create_account(username="eero", now=now, by=account)
    assert attempt(client, "eero", "").status_code == 422
    part, token = password_link(account=new, by=account, now=now)
    address = f"/staff/password/{part}/{token}/"

    page = client.get(address, follow=True)
    assert token not in page.redirect_chain[-1][0]
    form = {"new_password1": PHRASE, "new_password2": PHRASE}
    assert client.post(page.redirect_chain[-1][0], form).headers["Location"] == ADDRESS
    assert attempt(client, "eero").status_code == 302

    client.logout()
    assert "on jo käytetty" in client.get(address, follow=True).text
    new.refresh_from_db()
    assert not default_token_generator.check_token(new, token)


@pytest.mark.parametrize("phrase", ["lyhyt", "password1234", "123456789012"])
def test_weak_passwords_are_refused(client, now, account, phrase):
    part, token = password_link(account=account, by=account, now=now)
    page = client.get(f"/staff/password/{part}/{token}/", follow=True)
    form = {"new_password1": phrase, "new_password2": phrase}

    assert client.post(page.redirect_chain[-1][0], form).status_code == 422


def test_changing_the_password_ends_the_other_sessions(client, account):
    from django.test import Client

    other = Client()
    attempt(client)
    attempt(other)
    new = "toinen-riittävän-pitkä-sana"

    response = client.post(
        "/staff/password/",
        {"old_password": PHRASE, "new_password1": new, "new_password2": new},
    )

    assert response.status_code == 302
    assert client.get("/staff/workplace/").status_code == 200
    assert other.get("/staff/workplace/").status_code == 302
    assert actions()[-1] == "change password"


# Second factor


def code_now(secret, steps=0):
    step = int(timezone.now().timestamp()) // STEP_SECONDS + steps
    return code_at(base64.b32decode(secret), step)


@pytest.fixture
def with_factor(client, account):
    """Aino has a second factor; returns its secret and recovery codes."""
    attempt(client)
    page = client.post("/staff/second-factor/", {"begin": "1"})
    secret = page.context["secret"]
    done = client.post("/staff/second-factor/", {"code": code_now(secret, -1)})
    client.post("/staff/sign-out/")
    return secret, done.context["codes"]


def test_codes_are_those_of_the_standard():
    # RFC 6238, appendix B, the last six of eight digits.
    secret = b"12345678901234567890"
    expected = {59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"}

    assert {t: code_at(secret, t // STEP_SECONDS) for t in expected} == expected


def test_the_secret_is_kept_encrypted_and_drawn_as_a_picture(client, account):
    attempt(client)
    page = client.post("/staff/second-factor/", {"begin": "1"})

    assert "<svg" in page.text
    assert page.context["secret"] not in SecondFactor.objects.get().secret
    assert "style=" not in page.context["picture"]


def test_a_wrong_first_code_keeps_the_picture_and_takes_nothing_into_use(client, account):
    attempt(client)
    first = client.post("/staff/second-factor/", {"begin": "1"}).context["secret"]

    page = client.post("/staff/second-factor/", {"code": "000000"})

    assert page.status_code == 422
    assert page.context["secret"] == first
    client.post("/staff/sign-out/")
    assert attempt(client).headers["Location"] == "/staff/"


def test_with_a_second_factor_the_password_alone_opens_nothing(client, with_factor):
    response = attempt(client, after="/staff/workplace/")

    assert response.headers["Location"] == "/staff/sign-in/code/"
    assert not is_signed_in(client)
    assert client.get("/staff/workplace/").status_code == 302

    secret, _ = with_factor
    response = client.post("/staff/sign-in/code/", {"code": code_now(secret)})
    assert response.headers["Location"] == "/staff/workplace/"
    assert is_signed_in(client)


def test_a_code_is_taken_once(client, with_factor):
    secret, _ = with_factor
    code = code_now(secret)
    attempt(client)
    client.post("/staff/sign-in/code/", {"code": code})
    client.post("/staff/sign-out/")

    attempt(client)
    assert client.post("/staff/sign-in/code/", {"code": code}).status_code == 422
    assert not is_signed_in(client)


def test_a_recovery_code_stands_in_once(client, with_factor):
    code = with_factor[1][0]
    assert re.fullmatch(r"[a-z2-7]{4}(-[a-z2-7]{4}){3}", code)
    attempt(client)
    assert client.post("/staff/sign-in/code/", {"code": code.upper()}).status_code == 302
    client.post("/staff/sign-out/")

    attempt(client)
    assert client.post("/staff/sign-in/code/", {"code": code}).status_code == 422


def test_codes_cannot_be_guessed_for_ever(client, with_factor):
    secret, _ = with_factor
    attempt(client)
    for _ in range(TRIES_BY_NAME):
        assert client.post("/staff/sign-in/code/", {"code": "000000"}).status_code == 422

    assert client.post("/staff/sign-in/code/", {"code": code_now(secret)}).status_code == 429
    # The password anew gives no new tries.
    attempt(client)
    assert client.post("/staff/sign-in/code/", {"code": code_now(secret)}).status_code == 429


def test_the_code_is_asked_soon_after_the_password_only(client, with_factor):
    attempt(client)
    session = client.session
    session["half_signed_in"] |= {"at": session["half_signed_in"]["at"] - 600}
    session.save()

    response = client.post("/staff/sign-in/code/", {"code": code_now(with_factor[0])})

    assert response.headers["Location"] == ADDRESS
    assert not is_signed_in(client)


def test_a_second_factor_is_removed_with_one_of_its_codes_only(client, with_factor):
    attempt(client)
    client.post("/staff/sign-in/code/", {"code": code_now(with_factor[0])})

    assert client.post("/staff/second-factor/", {"code": "000000"}).status_code == 422
    assert client.post("/staff/second-factor/", {"begin": "1"}).status_code == 422
    assert SecondFactor.objects.count() == 1

    client.post("/staff/second-factor/", {"code": with_factor[1][1]})
    assert SecondFactor.objects.count() == 0
    client.post("/staff/sign-out/")
    assert attempt(client).headers["Location"] == "/staff/"
