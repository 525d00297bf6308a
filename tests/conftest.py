"""What tests of several rooms share: a small match result, on disk and in the catalogue."""

import os
from datetime import UTC, datetime

import pytest
from catalogue.result_folder import small_result
from django.db import connection
from django.test import TransactionTestCase
from hypothesis import settings

# On an integration server the same examples every time: a run must not fail for another's change.
settings.register_profile("same-examples", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("same-examples")

end_of_transactional_test = TransactionTestCase._fixture_teardown


def empty_the_database(case):
    """End a transactional test, which empties every table: the log guards itself against that."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE organisations_auditevent DISABLE TRIGGER USER")
            end_of_transactional_test(case)
            cursor.execute("ALTER TABLE organisations_auditevent ENABLE TRIGGER USER")
            return
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = 'audit_event_not_deleted'")
        (guard,) = cursor.fetchone()
        cursor.execute("DROP TRIGGER audit_event_not_deleted")
        end_of_transactional_test(case)
        cursor.execute(guard)


TransactionTestCase._fixture_teardown = empty_the_database

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def result_folder(tmp_path):
    return small_result().write(tmp_path / "result")


@pytest.fixture
def loaded(db, result_folder, now):
    from kimppa.catalogue.operations import load_result

    return load_result(result_folder, now=now)


@pytest.fixture
def sign_in(db, client, now):
    """``sign_in("desk", branch)`` signs the client in with a role in that branch, at work there.

    Returns the account. Without a branch the role holds everywhere and no place is chosen.
    """
    from kimppa.organisations.models import RoleGrant, StaffAccount

    def sign_in_as(role, branch=None, *, at=None, username=None):
        account, _ = StaffAccount.objects.get_or_create(username=username or role)
        RoleGrant.objects.get_or_create(
            account=account, role=role, branch=branch, defaults={"granted_at": now}
        )
        client.force_login(account)
        if place := at or branch:
            session = client.session
            session["workplace"] = {"branch": place.pk, "desk": None}
            session.save()
        return account

    return sign_in_as


@pytest.fixture(autouse=True, scope="session")
def vault_keys(tmp_path_factory):
    """Tests keep the vault's keys in a folder of their own, not in the checkout's."""
    from django.conf import settings as django_settings

    django_settings.VAULT_FOLDER = tmp_path_factory.mktemp("vault")
