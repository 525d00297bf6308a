import pytest
from django.db import IntegrityError

from kimppa.organisations.models import AuditEvent, Branch, Library, StaffAccount
from kimppa.organisations.operations import (
    ensure_branch,
    ensure_consortium,
    ensure_library,
    record_event,
    remove_unused,
)

pytestmark = pytest.mark.django_db


def test_a_library_is_made_once():
    library, is_new = ensure_library(code="Koskela")
    again, is_new_again = ensure_library(code="Koskela")

    assert (library, is_new, is_new_again) == (again, True, False)
    assert library.consortium == ensure_consortium()
    assert str(library) == "Koskela"


def test_two_libraries_may_each_have_a_branch_of_the_same_code():
    for code in ("Koskela", "Rantala"):
        library, _ = ensure_library(code=code)
        ensure_branch(library=library, code="Pääkirjasto")

    assert Branch.objects.count() == 2


def test_a_library_without_a_code_is_impossible():
    with pytest.raises(IntegrityError):
        ensure_library(code="")


def test_what_is_in_use_is_not_removed():
    used, _ = ensure_library(code="Koskela")
    branch, _ = ensure_branch(library=used, code="Pääkirjasto")
    unused, _ = ensure_library(code="Rantala")
    StaffAccount.objects.create(username="aino", home_branch=branch)

    remove_unused(libraries=[used.pk, unused.pk], branches=[branch.pk])

    assert list(Library.objects.all()) == [used]
    assert list(Branch.objects.all()) == [branch]


def test_the_log_tells_when_what_and_to_what(now):
    record_event(now=now, by=None, action="load", kind="load", object_id=7, details={"items": 3})

    event = AuditEvent.objects.get()
    assert str(event) == "load load 7"
    assert (event.at, event.details) == (now, {"items": 3})
