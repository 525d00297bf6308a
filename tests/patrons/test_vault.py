import base64
import stat
from datetime import date

import pytest
from circulation.people import make_category, make_patron
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from kimppa.organisations.models import AuditEvent
from kimppa.patrons import operations, queries, vault
from kimppa.patrons.models import IdentityCode
from kimppa.patrons.operations import IdentityRefusal, IdentityRefused
from kimppa.patrons.operations.disclosure import ReasonNeeded
from kimppa.patrons.rules.identity_codes import InvalidIdentityCode, birth_date, normalised

CODE = "131052-308T"
SECOND_CODE = "010190-123M"
CONTROLS = "0123456789ABCDEFHJKLMNPRSTUVWXY"


def code(born="010594", sign="Y", number=345):
    return f"{born}{sign}{number:03d}{CONTROLS[int(f'{born}{number:03d}') % 31]}"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("131052-308T", CODE),
        ("131052-308t", CODE),
        (" 131052 - 308T ", CODE),
        ("131052\u2013308T", CODE),
        ("131052\u2212308T", CODE),
        (code(sign="y").lower(), code(sign="Y")),
        (code(born="010203", sign="B"), code(born="010203", sign="B")),
        (code(born="010180", sign="+"), code(born="010180", sign="+")),
    ],
)
def test_a_code_has_one_spelling_however_it_is_typed(typed, kept):
    assert normalised(typed) == kept
    assert normalised(normalised(typed)) == kept


@pytest.mark.parametrize(
    "typed",
    ["", "131052-308U", "310252-308Y", "131052308T", "131052G308T", "131052-001X", "١٣١٠٥٢-308T"],
)
def test_what_is_no_code_is_refused_and_never_repeated(typed):
    with pytest.raises(InvalidIdentityCode) as refused:
        normalised(typed)
    assert str(refused.value) == ""
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    ("sign", "century"),
    [("+", 1800), *((c, 1900) for c in "-YXWVU"), *((c, 2000) for c in "ABCDEF")],
)
def test_every_century_sign_tells_its_century_and_makes_a_code_of_its_own(sign, century):
    made = code(born="020304", sign=sign)

    assert normalised(made) == made
    assert birth_date(made) == date(century + 4, 3, 2)


@given(st.text(max_size=14))
def test_whatever_is_typed_either_is_a_code_or_is_refused(text):
    try:
        kept = normalised(text)
    except InvalidIdentityCode:
        return
    assert normalised(kept) == kept


pytestmark = pytest.mark.django_db


def test_temporary_codes_are_accepted_only_where_the_setting_allows_them(settings, doing):
    patron = make_patron()
    temporary = code(number=903)
    with pytest.raises(IdentityRefused) as refused:
        operations.store_identity_code(patron=patron, code=temporary, **doing)
    assert refused.value.reasons == (IdentityRefusal.INVALID,)

    settings.TEMPORARY_IDENTITY_CODES = True
    operations.store_identity_code(patron=patron, code=temporary, **doing)

    assert queries.find_by_identity_code(temporary) == patron


def test_a_code_is_found_by_its_keyed_hash_and_no_row_holds_it_in_plain(doing):
    patron = make_patron()
    operations.store_identity_code(patron=patron, code="131052\u2013308t", **doing)

    assert queries.find_by_identity_code(CODE) == patron
    row = IdentityCode.objects.get()
    assert len(row.lookup_hash) == 64
    for hidden in (b"131052", b"308T"):
        assert hidden not in bytes(row.ciphertext)
        assert hidden not in base64.urlsafe_b64decode(bytes(row.ciphertext))


def test_a_code_is_one_persons_and_storing_it_twice_is_harmless(doing):
    one, other = make_patron(), make_patron()
    for _ in range(2):
        operations.store_identity_code(patron=one, code=CODE, **doing)
    with pytest.raises(IdentityRefused) as refused:
        operations.store_identity_code(patron=other, code=CODE, **doing)

    assert refused.value.reasons == (IdentityRefusal.KNOWN,)
    assert CODE not in str(refused.value)
    assert AuditEvent.objects.filter(action="store identity code").count() == 1


def test_a_corrected_code_takes_the_place_of_the_wrong_one(doing):
    patron = make_patron()
    operations.store_identity_code(patron=patron, code=CODE, **doing)
    operations.store_identity_code(patron=patron, code=code(), **doing)

    assert queries.find_by_identity_code(CODE) is None
    assert queries.find_by_identity_code(code()) == patron


def test_an_institution_has_no_identity_code(doing):
    adult = make_patron()
    school = make_patron(
        category=make_category("school", is_institution=True),
        is_institution=True,
        responsible_adult=adult,
    )
    with pytest.raises(IdentityRefused):
        operations.store_identity_code(patron=school, code=CODE, **doing)


def test_reading_a_code_needs_a_reason_and_is_logged_without_the_code(doing, clerk):
    patron = make_patron()
    operations.store_identity_code(patron=patron, code=CODE, **doing)
    with pytest.raises(ReasonNeeded):
        operations.read_identity_code(patron=patron, reason=" ", **doing)

    assert operations.read_identity_code(patron=patron, reason="perintä", **doing) == CODE

    event = AuditEvent.objects.get(action="read identity code")
    assert (event.by, event.reason, event.object_id) == (clerk, "perintä", str(patron.pk))
    assert not any(CODE in str(vars(event)) for event in AuditEvent.objects.all())


def test_keys_are_made_on_first_use_for_their_owner_only(settings, tmp_path, doing):
    settings.VAULT_FOLDER = tmp_path / "new"
    operations.store_identity_code(patron=make_patron(), code=CODE, **doing)

    for name in ("vault-key", "vault-hash-key"):
        path = tmp_path / "new" / name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(list((tmp_path / "new").iterdir())) == 2


def test_a_lost_key_is_never_replaced_by_a_new_one(settings, tmp_path, doing):
    operations.store_identity_code(patron=make_patron(), code=CODE, **doing)
    settings.VAULT_FOLDER = tmp_path

    with pytest.raises(vault.VaultLocked, match="Restore the file"):
        queries.find_by_identity_code(CODE)
    assert list(tmp_path.iterdir()) == []


def test_wrong_keys_are_noticed_before_known_persons_look_unknown(settings, doing):
    operations.store_identity_code(patron=make_patron(), code=CODE, **doing)
    other = base64.b64encode(b"o" * 32).decode()

    settings.VAULT_HASH_KEY = other
    with pytest.raises(vault.VaultLocked, match="do not open"):
        queries.find_by_identity_code(CODE)
    settings.VAULT_HASH_KEY, settings.VAULT_KEYS = "", [other]
    with pytest.raises(vault.VaultLocked, match="do not open"):
        queries.find_by_identity_code(CODE)


def test_a_key_of_the_wrong_size_is_refused_with_the_remedy(settings):
    settings.VAULT_KEYS = ["short"]
    with pytest.raises(vault.VaultLocked, match="openssl rand -base64 32"):
        vault.encrypted(CODE)


def test_a_new_key_opens_what_the_old_one_kept_and_then_stands_alone(settings, doing, capsys):
    old, new = (base64.b64encode(letter * 32).decode() for letter in (b"a", b"b"))
    settings.VAULT_KEYS = [old]
    patron = make_patron()
    operations.store_identity_code(patron=patron, code=CODE, **doing)

    settings.VAULT_KEYS = [new, old]
    assert queries.find_by_identity_code(CODE) == patron
    operations.store_identity_code(patron=make_patron(), code=SECOND_CODE, **doing)
    call_command("rotate_vault", "--dry-run", "--json")
    assert capsys.readouterr().out == '{"codes": 2, "encrypted": false}\n'

    settings.VAULT_KEYS = [new]  # opens the newest, which is all that is looked at otherwise
    with pytest.raises(vault.VaultLocked):
        call_command("rotate_vault", "--dry-run")

    settings.VAULT_KEYS = [new, old]
    call_command("rotate_vault")
    assert capsys.readouterr().out == "2 identity codes are encrypted with the first key.\n"

    settings.VAULT_KEYS = [new]
    assert operations.read_identity_code(patron=patron, reason="koe", **doing) == CODE


def test_a_form_carries_a_code_sealed_and_only_for_an_hour(monkeypatch):
    sealed = vault.sealed(CODE)

    assert CODE not in sealed
    assert vault.unsealed(sealed) == CODE
    assert vault.unsealed("gAAAA") is None
    assert vault.unsealed(sealed[:-4] + "AAAA") is None
    monkeypatch.setattr(vault, "SEALED_SECONDS", -1)
    assert vault.unsealed(sealed) is None
