"""Rows that every scan asks for are the same as the ORM's, planned once, and locked when asked."""

import pytest
from django.db import connection
from django.db.transaction import TransactionManagementError

from kimppa.organisations.models import Branch
from kimppa.organisations.operations import ensure_branch, ensure_library
from kimppa.organisations.queries.prepared import first_row, one_row

on_postgresql = pytest.mark.skipif(
    connection.vendor == "sqlite", reason="nothing is prepared on SQLite: bin/postgres pytest"
)


@pytest.fixture
def branch(db):
    return ensure_branch(library=ensure_library(code="Koskela")[0], code="Pääkirjasto")[0]


def values(row):
    return {field.attname: getattr(row, field.attname) for field in Branch._meta.concrete_fields}


@pytest.mark.parametrize("locked", [False, True])
def test_a_row_is_as_the_orm_reads_it(branch, locked):
    assert values(one_row(Branch, branch.pk, locked=locked)) == values(branch)


def test_what_is_left_out_is_read_when_it_is_looked_at(branch):
    row = one_row(Branch, branch.pk, without=("street",))

    assert row.get_deferred_fields() == {"street"}
    assert row.street == ""


def test_a_row_that_is_not_there_is_told(branch):
    with pytest.raises(Branch.DoesNotExist):
        one_row(Branch, branch.pk + 1)


def test_a_statement_without_an_answer_has_no_first_row(db):
    sql = "SELECT code FROM organisations_branch WHERE id = %(number)s"

    assert first_row(sql, {"number": 0}) is None


@on_postgresql
def test_a_statement_is_prepared_once_whatever_it_is_asked_for(branch):
    sql = "SELECT code FROM organisations_branch WHERE id = %(number)s OR library_id = %(number)s"
    for number in (1, 2**20, 2**40):
        first_row(sql, {"number": number})

    prepared = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %(text)s"
    assert first_row(prepared, {"text": "%library_id = $1%"}) == (1,)


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_no_row_is_locked_outside_a_transaction():
    branch = ensure_branch(library=ensure_library(code="Rantala")[0], code="Kirjasto")[0]
    with pytest.raises(TransactionManagementError):
        one_row(Branch, branch.pk, locked=True)
