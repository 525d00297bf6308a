from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from kimppa.organisations.models import AuditEvent
from kimppa.organisations.operations import forget_log, record_event, record_read

pytestmark = pytest.mark.django_db


@pytest.fixture
def line(db, now):
    return record_event(now=now, by=None, action="load", kind="load", object_id=7)


def refused(change):
    with pytest.raises(DatabaseError, match="the log is not edited"), transaction.atomic():
        change()


def test_a_line_of_the_log_cannot_be_changed_by_anybody(line):
    refused(lambda: AuditEvent.objects.update(action="nothing"))
    refused(line.save)

    line.refresh_from_db()
    assert line.action == "load"


def test_a_line_of_the_log_cannot_be_deleted_by_anybody(line):
    refused(line.delete)
    refused(AuditEvent.objects.all().delete)
    refused(lambda: raw("DELETE FROM organisations_auditevent"))

    assert AuditEvent.objects.count() == 1


def raw(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_old_lines_go_after_their_time_and_the_log_tells_so(line, now):
    young = record_event(
        now=now + timedelta(days=2), by=None, action="load", kind="load", object_id=8
    )

    count = forget_log(before=now + timedelta(days=1), now=now + timedelta(days=3), by=None)

    assert count == 1
    told, kept = AuditEvent.objects.all()
    assert kept == young
    assert (told.action, told.details["lines"]) == ("forget log", 1)


def test_after_forgetting_the_log_is_guarded_again(line, now):
    forget_log(before=now + timedelta(days=1), now=now + timedelta(days=3), by=None)

    refused(AuditEvent.objects.all().delete)
    refused(lambda: AuditEvent.objects.update(action="nothing"))


def test_forgetting_nothing_writes_nothing(line, now):
    assert forget_log(before=now, now=now, by=None) == 0
    assert AuditEvent.objects.count() == 1


def test_forgetting_that_fails_leaves_lines_and_guard(line, now):
    def fail_afterwards():
        with transaction.atomic():
            forget_log(before=now + timedelta(days=1), now=now + timedelta(days=1), by=None)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_afterwards()

    assert AuditEvent.objects.get() == line
    refused(line.delete)


def test_reading_a_patrons_data_is_a_line_too(db, now, sign_in):
    account = sign_in("privacy_officer")

    record_read(now=now, by=account, kind="patron", object_id="a-key", reason="asked by patron")

    line = AuditEvent.objects.get()
    assert (line.action, line.object_id, line.by) == ("read", "a-key", account)


@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_the_log_cannot_be_emptied_at_once(db):
    refused(lambda: raw("TRUNCATE organisations_auditevent"))


@pytest.mark.django_db(transaction=True)
def test_the_guards_outlive_a_test_that_empties_the_database(now):
    line = record_event(now=now, by=None, action="load", kind="load", object_id=7)
    refused(line.delete)
