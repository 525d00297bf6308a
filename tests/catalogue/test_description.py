from catalogue.result_folder import LEADER, edition, field
from django.utils import translation

from kimppa.catalogue.comparison import side_by_side, sourced_fields
from kimppa.catalogue.description import describe, links, responsibility, title
from kimppa.marc.record import Record


def record(*fields):
    return Record(LEADER, fields)


def values(described, label):
    with translation.override("en"):
        return next((line.values for line in described if str(line.label) == label), [])


def test_part_number_and_name_are_always_in_the_title():
    fields = field("245", "a", "Kylän tarina.", "n", "2,", "p", "Sodan vuodet /", "c", "E. S.")

    assert title(record(fields)) == "Kylän tarina. 2, Sodan vuodet"
    assert responsibility(record(fields)) == "E. S"


def test_a_record_without_a_title_is_described_all_the_same():
    assert title(record()) == ""
    assert responsibility(record()) == ""
    assert describe(record()) == []


def test_the_binding_stands_in_brackets_after_the_isbn():
    described = describe(record(*edition("Joki", "Ranta, Aino", 2019, isbn="9789510098622")))

    assert values(described, "ISBN") == ["9789510098622 (sidottu)"]


def test_an_isbn_field_with_a_note_only_does_no_harm():
    assert values(describe(record(field("020", "q", "sidottu"))), "ISBN") == ["sidottu"]
    assert values(describe(record(field("020", "z", "123"))), "ISBN") == []


def test_the_same_subject_twice_is_told_once():
    subject = field("650", "a", "joet")

    assert len(values(describe(record(subject, subject)), "Subjects")) == 1


def test_only_web_addresses_become_links():
    safe = field("856", "u", "https://example.org/kirja", "y", "Lue verkossa")
    unsafe = field("856", "u", "javascript:alert(1)")

    assert links(record(safe, unsafe)) == [("https://example.org/kirja", "Lue verkossa")]


def test_each_field_names_its_sources():
    fields = record(field("001", "K1"), field("245", "a", "Joki"))

    sourced = sourced_fields(fields, [[], ["Koskela:1", "Rantala:A:7"]])

    assert sourced[0].sources == []
    assert sourced[1].sources == [("Koskela", "1"), ("Rantala", "A:7")]


def test_fields_that_did_not_reach_the_result_are_marked():
    result = record(field("245", "a", "Joki"), field("650", "a", "joet"))
    given = record(field("245", "a", "Joki"), field("653", "a", "virrat"))

    rows = {row.tag: row for row in side_by_side(result, [given])}

    assert rows["245"].is_same
    assert rows["653"].inputs[0][0].differs
    assert rows["650"].result[0].differs
    assert rows["650"].inputs == [[]]


def test_the_systems_own_numbers_are_never_marked():
    rows = side_by_side(record(field("001", "K1")), [record(field("001", "77"))])

    assert not any(cell.differs for row in rows for cell in (*row.result, *row.inputs[0]))
