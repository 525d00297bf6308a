"""What is spared in comparing pairs changes nothing: held to the plain reading of each measure."""

import random

import duckdb
import pytest
from linkage.records import form_of

from kimppa.linkage.blocking import RULES, block
from kimppa.linkage.comparison import MEASURES

NEAR = (
    "(l.full_title = r.full_title OR 1.0 - levenshtein(left(l.full_title, 90),"
    " left(r.full_title, 90)) / greatest(length(left(l.full_title, 90)),"
    " length(left(r.full_title, 90)), 1) >= 0.92) AND (greatest(length(l.full_title),"
    " length(r.full_title)) <= 90 OR words_shared >= 0.85 * greatest(len(l.words), len(r.words)))"
)
LIKENESS = (
    "1.0 - levenshtein(left(l.title, 60), left(r.title, 60))"
    " / greatest(length(left(l.title, 60)), length(left(r.title, 60)), 1)"
)
PAIRS = 4000


def edited(chance: random.Random, text: str, times: int) -> str:
    """Return a title after some slips: a character less, more or another, blanks among them."""
    for _ in range(times):
        at = chance.randrange(len(text) + 1)
        text = text[:at] + chance.choice(["", *"abä "]) + text[at + chance.randrange(2) :]
    return " ".join(text.split())


@pytest.fixture(scope="module")
def compared():
    """Pairs of titles (structs l and r), from the same to quite another, short and long."""
    chance = random.Random(7)  # noqa: S311
    rows = []
    for _ in range(PAIRS):
        words = ["".join(chance.choices("abcdeä", k=chance.randint(1, 9))) for _ in range(20)]
        one = " ".join(words[: chance.randint(1, 20)])
        other = edited(chance, one, chance.randint(0, 9))
        if chance.random() < 0.2:
            other = " ".join(chance.sample(one.split(), k=len(one.split())))
        rows.append(
            (one, list(dict.fromkeys(one.split())), other, list(dict.fromkeys(other.split())))
        )
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE rows (a TEXT, x TEXT[], b TEXT, y TEXT[])")
        connection.executemany("INSERT INTO rows VALUES (?, ?, ?, ?)", rows)
        connection.execute(
            "CREATE TABLE pairs AS SELECT *, len(list_intersect(l.words, r.words)) AS words_shared"
            " FROM (SELECT {'full_title': a, 'title': a, 'words': x} AS l,"
            " {'full_title': b, 'title': b, 'words': y} AS r FROM rows)"
        )
        yield connection


def count(compared, condition: str, **columns: str) -> int:
    """Return for how many pairs a condition holds of columns that are SQL."""
    named = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
    query = f"SELECT count(*) FROM (SELECT {named} FROM pairs) WHERE {condition}"  # noqa: S608
    return compared.execute(query).fetchall()[0][0]


def test_titles_are_near_exactly_where_the_edit_distance_says_so(compared):
    assert count(compared, "found <> plain", found=MEASURES[1]["title_near"], plain=NEAR) == 0
    assert PAIRS / 10 < count(compared, "plain", plain=NEAR) < PAIRS / 2


def test_a_likeness_is_what_it_was_wherever_a_level_asks_for_it(compared):
    measures = {"found": MEASURES[0]["main_likeness"], "plain": LIKENESS}
    assert count(compared, "found <> plain AND plain >= 0.85", **measures) == 0
    assert count(compared, "found <> plain", **measures) > 0  # spared


def test_what_is_shared_is_counted_as_a_set_counts_it(compared):
    measures = {"found": MEASURES[0]["words_shared"], "plain": "words_shared"}
    assert count(compared, "found <> plain", **measures) == 0


def test_year_and_pages_alone_make_no_candidates():
    """Without a name, two books of one year with as many pages have nothing in common."""
    import pyarrow as pa

    nameless = {"f100": None, "f700": None}
    forms = [form_of(**changes) for changes in (nameless, nameless, {}, {})]
    rows = [{"rid": n, **own._asdict()} for n, own in enumerate(forms)]
    rule = [rule.name for rule in RULES].index("author, year and pages")
    with duckdb.connect() as connection:
        connection.register("forms", pa.Table.from_pylist(rows))
        block(connection)
        found = connection.execute(
            f"SELECT a, b FROM candidates WHERE rules >> {rule} & 1 = 1"  # noqa: S608
        ).fetchall()
    assert found == [(2, 3)]
