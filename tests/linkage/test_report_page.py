"""report.html: true figures, safe text, no network, three languages, words where nothing is."""

import json
import re
from html.parser import HTMLParser

import pytest

from demo.build import build
from kimppa.linkage.blocking import RULES
from kimppa.linkage.comparison import COMPARISONS, VETOES
from kimppa.linkage.intake import Source
from kimppa.linkage.match import match
from kimppa.linkage.report_page import render
from kimppa.linkage.report_page.texts import _WORDS, LANGUAGES, term
from kimppa.linkage.report_page.waterfall import waterfall
from kimppa.marc.record import Field, Record, Subfield
from kimppa.marc.writing import to_iso2709

NASTY = "<script>alert('x')</script> & \"Sinuhe\" {0} %s"
FIXED = "790101s1979    fi            000 1 fin  "


class Page(HTMLParser):
    """What a reader of one language gets from the page, and every address in it."""

    def __init__(self, text, language="en"):
        super().__init__()
        self.language, self.texts, self.addresses, self.tags = language, [], [], []
        self.figures, self.ids, self._stack = {}, [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.append(tag)
        self.ids += [found["id"]] if "id" in found else []
        self.addresses += [value for name, value in attrs if name in ("src", "href", "xlink:href")]
        if tag not in ("meta", "input", "path", "rect", "link", "img", "br"):
            self._stack.append(found)

    def handle_endtag(self, tag):
        if self._stack and tag not in ("path", "rect"):
            self._stack.pop()

    def handle_data(self, data):
        spoken = [level.get("lang") for level in self._stack[1:]]
        if any(one in LANGUAGES and one != self.language for one in spoken):
            return
        self.texts.append(data)
        for level in self._stack:
            if "data-figure" in level:
                self.figures[level["data-figure"]] = data

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self.texts))


def book(number, title, *, year="1979", isbn="", item=""):
    fields = [
        Field("001", value=number),
        Field("008", value=FIXED.replace("1979", year)),
        *([Field("020", "  ", (Subfield("a", isbn),))] if isbn else []),
        Field("100", "1 ", (Subfield("a", "Waltari, Mika"),)),
        Field("245", "10", (Subfield("a", title),)),
        Field(
            "260", "  ", (Subfield("a", "Porvoo :"), Subfield("b", "WSOY,"), Subfield("c", year))
        ),
        Field("300", "  ", (Subfield("a", "784 s. ;"), Subfield("c", "21 cm"))),
        *([Field("952", "  ", (Subfield("p", item),))] if item else []),
    ]
    return Record("00000nam a2200000 a 4500", tuple(fields))


def report(tmp_path, **libraries):
    """Match the libraries' records; return report.html and report.json."""
    sources = []
    for name, content in libraries.items():
        path = tmp_path / f"{name}.mrc"
        path.write_bytes(b"".join(x if isinstance(x, bytes) else to_iso2709(x) for x in content))
        sources.append(Source(name, path))
    match(sources, tmp_path / "out")
    return (
        (tmp_path / "out" / "report.html").read_text("utf-8"),
        json.loads((tmp_path / "out" / "report.json").read_text("utf-8")),
    )


@pytest.fixture(scope="module")
def region(tmp_path_factory):
    """The report of the demo region, with something in every section."""
    exports, out = tmp_path_factory.mktemp("exports"), tmp_path_factory.mktemp("result")
    build(exports)
    files = [p for p in sorted(exports.iterdir()) if not p.name.endswith(".csv")]
    match([Source(path.name.split(".")[0], path) for path in files], out)
    outcome = json.loads((out / "report.json").read_text("utf-8"))
    return out, (out / "report.html").read_text("utf-8"), outcome


def digits(text):
    return re.sub(r"\D", "", text)


def test_every_headline_figure_is_the_one_in_report_json(region):
    _, text, outcome = region
    zones = {row["zone"]: row["pairs"] for row in outcome["zones"]}
    figures = {key: int(digits(shown)) for key, shown in Page(text).figures.items()}
    seconds = figures.pop("seconds")
    assert figures == {
        "records_in": outcome["records_read"] + outcome["quarantined"],
        "clusters": outcome["clusters"],
        "merged": outcome["records_merged"],
        "review": zones["review"],
        "quarantined": outcome["quarantined"],
    }
    assert seconds == pytest.approx(10 * outcome["seconds"], abs=1)


def test_the_page_says_that_the_books_balance(region):
    _, text, outcome = region
    read, aside = outcome["records_read"], outcome["quarantined"]
    assert f"{read} read + {aside} quarantined = {read + aside} in." in Page(text).text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("The books balance.", "Pairs for review", "What was mended while reading")),
        ("fi", ("Kirjat täsmäävät.", "Pareja tarkistettavaksi", "Mitä luettaessa korjattiin")),
        ("sv", ("Räkenskaperna stämmer.", "Par att granska", "Vad som lagades vid läsningen")),
    ],
)
def test_one_file_speaks_each_language_wholly(region, language, words):
    out, _, outcome = region
    text = render(out, outcome, language)
    page = Page(text, language)
    assert all(word in page.text for word in words)
    assert text.startswith(f'<!DOCTYPE html>\n<html lang="{language}">')
    assert f'id="in-{language}" checked' in text


def test_the_page_needs_neither_network_nor_script(region):
    _, text, _ = region
    page = Page(text)
    assert [a for a in page.addresses if not a.startswith("#")] == []
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)
    assert "url(" not in text
    assert "@import" not in text


def test_links_and_labels_lead_to_something_that_is_there_once(region):
    _, text, _ = region
    page = Page(text)
    assert len(page.ids) == len(set(page.ids))
    named = re.findall(r'aria-labelledby="([^"]+)"', text)
    wanted = {a[1:] for a in page.addresses} | {name for names in named for name in names.split()}
    assert wanted <= set(page.ids)


def test_every_sampled_pair_is_explained_down_to_its_sum(region):
    _, text, outcome = region
    pairs = outcome["sample_merge"] + outcome["sample_review"]
    assert len(outcome["sample_merge"]) == 40
    assert 20 < len(outcome["sample_review"]) <= 40
    assert text.count('class="why"') == text.count('class="sides"') == len(pairs)
    for pair in pairs:
        weights = [step["weight"] for step in pair["steps"]]
        assert pair["prior"] + sum(weights) == pytest.approx(pair["log_odds"], abs=0.001)


def test_a_sample_shows_no_two_clusters_twice_and_only_real_merges(region):
    _, _, outcome = region
    for zone in ("merge", "review"):
        pairs = [frozenset((p["cluster_1"], p["cluster_2"])) for p in outcome[f"sample_{zone}"]]
        assert len(set(pairs)) == len(pairs)
        assert {len(pair) for pair in pairs} == {1 if zone == "merge" else 2}


def test_each_library_is_unique_and_shared_as_the_clusters_say(region):
    out, _, outcome = region
    rows = [line.split(",") for line in (out / "clusters.csv").read_text().splitlines()[1:]]
    clusters = {}
    for row in rows:
        clusters.setdefault(row[2], set()).add(row[0])
    for row in outcome["held"]:
        own = [members for members in clusters.values() if row["library"] in members]
        assert row["held"] == len(own)
        assert row["only_here"] == sum(len(members) == 1 for members in own)


def test_what_a_record_says_never_becomes_markup(tmp_path):
    text, _ = report(tmp_path, a=[book("<b>1", NASTY)], b=[book("2", NASTY)])
    page = Page(text)
    assert "script" not in page.tags
    assert "<b>" not in text
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt; &amp;" in text
    assert "{0} %s" in page.text


def test_differing_words_are_marked_and_differing_lines_are_said(tmp_path):
    text, _ = report(
        tmp_path,
        a=[book("1", "Sinuhe egyptiläinen", isbn="9510094412")],
        b=[book("2", "Sinuhe egyptiläinen /", year="1980", isbn="9510094412")],
    )
    page = Page(text)
    assert "<mark>1979</mark>" in text
    assert "<mark>1980</mark>" in text
    assert "<mark>Sinuhe</mark>" not in text
    assert re.search(r"≠ Publication : differs", page.text)
    assert re.search(r"= Title : same", page.text)


def test_barcodes_stay_out_of_the_page(tmp_path):
    one, other = book("1", "Sinuhe egyptiläinen", item="BAR77"), book("2", "Sinuhe egyptiläinen")
    text, _ = report(tmp_path, a=[one], b=[other])
    assert "BAR77" not in text
    assert "Fields about items: 1, not shown." in Page(text).text


def test_one_library_without_any_pair_has_words_for_every_empty_section(tmp_path):
    text, _ = report(tmp_path, only=[book("1", "Sinuhe egyptiläinen")])
    shown = Page(text).text
    for words in (
        "One library's catalogue was searched for duplicates.",
        "There is only one library, so there is nothing to compare.",
        "No two records were alike enough to be compared.",
        "Nothing was left out",
        "No two records were merged.",
        "No pair needs a person's decision.",
        "Everything in the files was read.",
        "Nothing needed mending.",
    ):
        assert words in shown


def test_quarantined_bytes_are_shown_as_they_begin(tmp_path):
    broken = to_iso2709(book("2", "Rikki"))[:90] + b"\x1d"
    text, outcome = report(tmp_path, a=[book("1", "Sinuhe"), broken, book("3", "Turms")])
    assert outcome["quarantined"] == 1
    assert broken[:16].hex(" ") in text
    assert "Shown: 1 of 1" in Page(text).text


def test_a_run_in_which_nothing_could_be_read_says_what_to_do_next(tmp_path):
    half = to_iso2709(book("2", "Rikki"))[:200]
    text, outcome = report(tmp_path, a=[half])
    assert outcome["records_read"] == 0
    assert "No record could be read." in Page(text).text
    assert "No record was read, so there is nothing to count." in Page(text).text


def test_a_report_of_a_run_that_kept_no_evidence_is_made_without_it():
    assert waterfall({"log_odds": 1.0}, "n1") == ""


@pytest.mark.parametrize("section", _WORDS)
def test_every_text_is_there_in_every_language(section):
    for key, texts in _WORDS[section].items():
        assert set(texts) == set(LANGUAGES), key
        assert len({frozenset(re.findall(r"{(\w+)}", text)) for text in texts.values()}) == 1, key


def test_every_word_of_the_matcher_is_translated():
    levels = {level.name for comparison in COMPARISONS for level in comparison.levels}
    words = {
        "comparison": {comparison.name for comparison in COMPARISONS},
        "level": levels,
        "veto": {veto.says for veto in VETOES},
        "rule": {rule.name for rule in RULES},
    }
    missing = {kind: sorted(names - set(_WORDS[kind])) for kind, names in words.items()}
    assert not any(missing.values()), f"say these in words.toml: {missing}"


def test_a_word_that_is_not_translated_yet_is_shown_in_english_in_every_language():
    assert term("level", "brand new <level>") == '<span lang="en-GB">brand new &lt;level&gt;</span>'
