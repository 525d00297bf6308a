"""``report.html``: what came of a run, on one page that opens offline, without any script."""

from importlib.resources import files
from pathlib import Path
from typing import Any

from kimppa.linkage.report_page import figures, pairs, stored, trouble
from kimppa.linkage.report_page.estimates import estimated
from kimppa.linkage.report_page.overlap import overlap
from kimppa.linkage.report_page.parts import Names
from kimppa.linkage.report_page.texts import LANGUAGES, plain, say

_CONTENTS = ("libraries", "overlap", "sizes", "pairs", "estimates", "capped", "sample_merge",
             "sample_review", "quarantine", "repairs")  # fmt: skip
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def render(
    folder: Path,
    outcome: dict[str, Any],
    language: str = "en",
    on_shelf: stored.Shelf | None = None,
) -> str:
    """Return the page for a finished run: ``outcome`` is ``report.json``, ``folder`` the result.

    The page holds its texts in every language; ``language`` (en, fi or sv) is the one shown first.
    ``on_shelf`` are the records of its samples where they were read already.
    """
    head = (
        f'<meta charset="utf-8"><title>{plain("title", language)} &ndash; Kimppa</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<style>{_style(language)}</style>"
    )
    main = _main(folder, outcome, on_shelf or stored.shelf(folder, outcome))
    body = (
        f'<a class="skip" href="#figures">{say("skip")}</a>{_top(language)}'
        f"<main>{main}</main><footer>{say('footer')}</footer>"
    )
    return (
        f'<!DOCTYPE html>\n<html lang="{language}"><head>{head}</head>\n'
        f"<body>{body}</body></html>\n"
    )


def _main(folder: Path, outcome: dict[str, Any], on_shelf: stored.Shelf) -> str:
    aside, names = stored.quarantine(folder), Names()
    samples = (
        pairs.sample(f"sample_{zone}", outcome[f"sample_{zone}"], on_shelf, names, total)
        for zone in ("merge", "review")
        for total in [figures.pairs_in(outcome, zone)]
    )
    return "\n".join(
        (
            f'<h1>{say("title")}</h1><p class="lead">{figures.lead(outcome)}</p>',
            figures.headline(outcome),
            _contents(),
            figures.libraries(outcome, aside.by_library),
            overlap(outcome),
            figures.cluster_sizes(outcome),
            figures.compared_pairs(outcome),
            estimated(outcome),
            figures.not_compared(outcome),
            *samples,
            trouble.quarantine(outcome, aside),
            trouble.repairs(outcome),
        )
    )


def _contents() -> str:
    links = "".join(f'<li><a href="#{key}">{say(key)}</a></li>' for key in _CONTENTS)
    return (
        f'<nav aria-labelledby="contents"><p id="contents"><strong>{say("contents")}</strong></p>'
        f"<ul>{links}</ul></nav>"
    )


def _top(language: str) -> str:
    """Return the name and the choice of language: plain radio buttons that CSS reads."""
    choices = "".join(
        f'<label><input type="radio" name="language" id="in-{code}"'
        f"{' checked' if code == language else ''}> {name}</label>"
        for code, name in LANGUAGES.items()
    )
    legend = "Language &middot; Kieli &middot; Språk"
    return (
        '<header><p class="name">Kimppa</p><fieldset class="languages">'
        f'<legend class="unseen">{legend}</legend>{choices}</fieldset></header>'
    )


def _style(language: str) -> str:
    """Return the style sheet, with rules that show the chosen language and hide the others.

    A browser that does not know ``:has()`` shows the language that was asked for.
    """
    rules = [f'body [lang="{code}"]{{display:none}}' for code in LANGUAGES if code != language]
    for code in LANGUAGES:
        chosen = f"body:has(#in-{code}:checked)"
        rules.append(f'{chosen} [lang="{code}"]{{display:revert}}')
        rules += [f'{chosen} [lang="{c}"]{{display:none}}' for c in LANGUAGES if c != code]
    return files(__package__).joinpath("page.css").read_text("utf-8") + "".join(rules)
