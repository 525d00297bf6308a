"""The joint controllers' paper: what is kept of patrons, why and how long (users.md X4)."""

import pytest
from circulation.people import make_branch, make_rules, make_staff
from django.urls import reverse

from kimppa.organisations.models import AuditEvent, DataProtectionContact

pytestmark = pytest.mark.django_db
ADDRESS = "/privacy/"


@pytest.mark.parametrize(
    ("language", "title"),
    [("fi", "Tietosuojaseloste"), ("sv", "Dataskyddsbeskrivning"), ("en", "Privacy notice")],
)
def test_everybody_reads_it_in_three_languages_without_signing_in(client, language, title):
    page = client.get(ADDRESS, headers={"accept-language": language})

    assert f"<h1>{title}</h1>" in page.text
    assert "1492/2016" in page.text
    assert "data-print" in page.text


def test_every_library_stands_there_with_its_contact_or_none_yet(client):
    library = make_branch("Koskela").library
    make_branch("Rantala")
    DataProtectionContact.objects.create(
        library=library, name="Tietosuojavastaava", email="tietosuoja@koskela.example"
    )

    page = client.get(ADDRESS, headers={"accept-language": "en"}).text

    assert "Tietosuojavastaava" in page
    assert "mailto:tietosuoja@koskela.example" in page
    assert page.count("ask at the library") == 1


def test_times_are_those_of_the_rules_and_the_settings(client, settings):
    settings.LOG_DAYS = 3650
    make_rules(purge_after_years=7)

    page = client.get(ADDRESS, headers={"accept-language": "en"}).text

    assert "or 7 years after you last used a library" in page
    assert "changed your data: 10 years" in page


def test_the_coordinator_writes_whom_patrons_ask(client):
    library = make_branch("Koskela").library
    client.force_login(make_staff("koordinaattori", role="coordinator"))
    address = reverse("organisations:data_protection", args=[library.pk])

    assert client.post(address, {"name": ""}).status_code == 422
    client.post(address, {"name": "Tietosuojavastaava", "email": "t@koskela.example"})
    client.post(address, {"name": "Kirjaamo", "email": "k@koskela.example"})

    assert DataProtectionContact.objects.get(library=library).name == "Kirjaamo"
    assert [event.action for event in AuditEvent.objects.order_by("pk")] == [
        "add unit",
        "change unit",
    ]
