import csv
import io

import pytest
from catalogue.result_folder import ResultFolderWriter, edition, field
from django.urls import reverse

from kimppa.catalogue import queries
from kimppa.catalogue.models import BibliographicRecord
from kimppa.catalogue.operations import load_result


def titles(response):
    return [record.title for record in response.context["found"].records]


def get(client, **query):
    return client.get("/", query, headers={"accept-language": "en"})


def test_the_list_shows_every_record_in_alphabetical_order(loaded, client):
    response = get(client)

    assert titles(response)[:2] == ["Hiljainen talvi", "Joki muistaa"]
    assert titles(response)[-1] == "Äiti ja meri"
    assert b"12 records" in response.content


@pytest.mark.parametrize(
    "query",
    [
        "joki",
        "JOKI muis",
        "ranta joki",
        "9789510098622",
        "951-0-09862-0",
        "3001",
        "4001",
        "A-55",
        "K00000000000a",
        "k00000000000A",
    ],
)
def test_a_record_is_found_by_words_and_by_numbers(loaded, client, query):
    assert "Joki muistaa" in titles(get(client, q=query))


def test_letters_without_their_marks_find_too(loaded, client):
    assert titles(get(client, q="aiti oman")) == ["Äiti ja meri"]


def test_percent_and_underscore_are_no_wildcards(loaded, client):
    assert titles(get(client, q="%")) == []
    assert titles(get(client, q="_")) == []


def test_library_and_material_narrow_the_list(loaded, client):
    assert titles(get(client, library="Rantala", material="film")) == ["Hiljainen talvi"]


def test_counts_beside_the_filters_follow_the_filter(loaded, client):
    found = get(client, q="kertomuksia").context["found"]

    assert found.materials == [("book", 3), ("music", 3), ("serial", 3)]
    assert found.libraries == [("Harju", 2), ("Koskela", 3), ("Rantala", 2), ("Suokylä", 2)]


def test_with_very_many_hits_the_list_says_more_than(loaded, client, monkeypatch):
    monkeypatch.setattr(queries, "COUNTED_HITS", 5)

    response = get(client, q="kertomuksia")

    assert b"More than 5 records" in response.content
    assert ("book", None) in response.context["found"].materials


def test_the_newest_can_come_first(loaded, client):
    assert titles(get(client, sort="newest"))[0] == "Joki muistaa"
    assert titles(get(client, sort="oldest"))[0] == "Kertomuksia kylästä 1"


def test_the_list_has_pages(loaded, client, monkeypatch):
    monkeypatch.setattr(queries, "PAGE_SIZE", 5)

    last = get(client, page=3)

    assert len(titles(last)) == 2
    assert b'rel="prev"' in last.content
    assert b'rel="next"' not in last.content
    assert b'rel="next"' in get(client, page=2).content


@pytest.mark.parametrize(
    "query",
    [
        {"page": "-3"},
        {"page": "²"},
        {"page": "9" * 400},
        {"sort": "price"},
        {"q": "\0"},
        {"q": "x" * 10_000},
        {"library": "\0nowhere"},
        {"material": "'; drop table"},
    ],
)
def test_strange_addresses_are_answered_calmly(loaded, client, query):
    assert get(client, **query).status_code == 200


def test_an_empty_catalogue_tells_the_next_step(db, client):
    assert b"kimppa load" in get(client).content


def test_a_search_without_hits_tells_the_next_step(loaded, client):
    assert b"Show all records" in get(client, q="olematon").content


def test_htmx_gets_the_results_only(loaded, client):
    response = client.get("/", {"q": "joki"}, headers={"hx-request": "true"})

    assert b"<html" not in response.content
    assert b"Joki muistaa" in response.content


def test_the_filtered_list_comes_as_csv(loaded, client):
    response = client.get("/records.csv", {"q": "joki"}, headers={"accept-language": "fi"})

    text = b"".join(response.streaming_content).decode("utf-8-sig")
    head, row = csv.reader(io.StringIO(text), delimiter=";")
    assert head == ["Tunnus", "Nimeke", "Tekijä", "Vuosi", "Kieli", "Aineistotyyppi"]
    assert row == ["K00000000000a", "Joki muistaa", "Ranta, Aino", "2019", "fin", "book"]


def test_a_title_that_looks_like_a_formula_is_harmless_in_csv(db, client, tmp_path, now):
    writer = ResultFolderWriter()
    writer.add("K0000000000aa", edition("=1+1", "", 2020), ["Koskela:1"], title="=1+1")
    load_result(writer.write(tmp_path / "result"), now=now)

    response = client.get("/records.csv")

    assert b";'=1+1;" in b"".join(response.streaming_content)


def record_page(client, language="en"):
    address = reverse("catalogue:record", args=["K00000000000a"])
    return client.get(address, headers={"accept-language": language})


def test_a_record_shows_every_librarys_items(loaded, client):
    response = record_page(client)

    assert [(name, len(items)) for name, items in response.context["by_library"]] == [
        ("Koskela", 2),
        ("Rantala", 1),
        ("Suokylä", 1),
    ]
    assert "also on another item" in response.text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fi", ["Lainassa", "Kuljetuksessa", "Saatavissa", "Yhdistetty 3 tietueesta 1.3.2026"]),
        ("sv", ["Utlånad", "På väg", "Tillgänglig", "Sammanslagen av 3 poster 1.3.2026"]),
        ("en", ["Checked out", "In transit", "Available", "Merged from 3 records on 1.3.2026"]),
    ],
)
def test_a_record_speaks_the_readers_language(loaded, client, language, words):
    text = record_page(client, language).text

    assert [word for word in words if word not in text] == []
    assert f'<html lang="{language}">' in text


def test_the_chosen_language_wins_over_the_browsers(loaded, client):
    client.post("/language/setlang/", {"language": "sv", "next": "/"})

    assert '<html lang="sv">' in record_page(client, "fi").text


def test_a_record_shows_each_fields_source_and_the_inputs(loaded, client):
    context = record_page(client).context

    sources = {row.field.tag: row.sources for row in context["sourced"]}
    assert sources["520"] == [("Koskela", "101")]
    assert [each.source for each in context["inputs"]] == [
        "Koskela:101",
        "Rantala:7",
        "Suokylä:A-55",
    ]


def test_text_from_records_is_never_taken_as_html(db, client, tmp_path, now):
    writer = ResultFolderWriter()
    evil = "<script>alert(1)</script>"
    fields = [*edition(evil, evil, 2020), field("500", "a", evil)]
    writer.add("K0000000000aa", fields, ["Koskela:<b>1"], title=evil, author=evil)
    writer.add_item("K0000000000aa", "Koskela:<b>1", evil, evil, status=evil)
    load_result(writer.write(tmp_path / "result"), now=now)

    for address in ("/", "/records/K0000000000aa/"):
        assert "<script>alert" not in client.get(address).text


def test_records_can_be_downloaded_in_both_formats(loaded, client):
    iso2709 = client.get("/records/K00000000000a.mrc")
    marcxml = client.get("/records/K00000000000a.xml")

    assert iso2709.content.endswith(b"\x1d")
    assert b"http://www.loc.gov/MARC21/slim" in marcxml.content
    assert "K00000000000a.mrc" in iso2709.headers["Content-Disposition"]


def test_a_record_too_long_for_iso2709_is_given_as_marcxml(db, client, tmp_path, now):
    writer = ResultFolderWriter()
    notes = [field("500", "a", "x" * 9_000) for _ in range(12)]
    fields = [*edition("Pitkä", "", 2020), *notes]
    writer.add("K0000000000aa", fields, ["Koskela:1"], title="Pitkä")
    load_result(writer.write(tmp_path / "result"), now=now)

    response = client.get("/records/K0000000000aa.mrc")

    assert response.headers["Location"] == "/records/K0000000000aa.xml"


def test_an_old_id_leads_to_the_record(loaded, client):
    response = client.get("/redirect/Suokylä/A-55")

    assert response.status_code == 301
    assert response.headers["Location"] == "/records/K00000000000a/"


@pytest.mark.parametrize("address", ["/redirect/Koskela/9999", "/records/K1/", "/nothing"])
@pytest.mark.parametrize(
    ("language", "words"),
    [("fi", "ei ole mitään"), ("sv", "ingenting på den här"), ("en", "nothing at this")],
)
def test_what_is_not_there_is_told_in_each_language(loaded, client, address, language, words):
    response = client.get(address, headers={"accept-language": language})

    assert response.status_code == 404
    assert words in response.text


PAGES = [
    "/",
    "/records.csv",
    "/records/K00000000000a/",
    "/records/K00000000000a.mrc",
    "/records/K00000000000a.xml",
    "/redirect/Koskela/101",
]


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
@pytest.mark.parametrize("address", PAGES)
def test_the_catalogue_is_for_reading_only(loaded, client, address, method):
    assert getattr(client, method)(address).status_code == 405


def test_every_answer_forbids_foreign_scripts(loaded, client):
    policy = get(client).headers["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


def test_the_list_asks_the_database_few_questions(loaded, client, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        get(client, q="kertomuksia")


def test_a_record_asks_the_database_few_questions(loaded, client, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        record_page(client)


def test_an_address_of_a_record_is_its_id(loaded):
    record = BibliographicRecord.objects.get(cluster_id="K00000000000a")

    assert record.get_absolute_url() == "/records/K00000000000a/"
