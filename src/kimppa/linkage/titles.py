"""Titles (MARC 245 and 246) as words, parts and signatures."""

import re
from typing import Any

import numpy as np

from kimppa.linkage.fields import NONE, Batch, distinct
from kimppa.linkage.words import fold, fold_many, part_numbers, title_words, words_of_title
from kimppa.marc.bulk import Numbers

_RESPONSIBILITY = re.compile(r" / | \[by\] |,? by (?=[A-Z])")  # in $a, where $c is missing
_LONG_WORDS = 3


def titles(batch: Batch, authors: list[str]) -> dict[str, list[Any]]:
    """Return the columns of ``Form`` that 245 and 246 tell; ``authors`` are entry words of 1XX."""
    fields = batch.fields("245")
    fields = fields[np.diff(batch.owners(fields), prepend=-1) != 0]  # one title a record
    raw = batch.scattered(batch.values_of(fields, "a"))
    subtitles = batch.lists(batch.values_of(fields, "b"))
    named = batch.lists(batch.values_of(fields, "p"))
    main = _words(_titles_proper(batch, fields, raw, authors))
    subtitle = _words(list(map(" ".join, subtitles)))
    part = _words(list(map(" ".join, named)))
    designations = batch.joined(batch.values_of(fields, "n"), " ")
    numbers = [part_numbers(text) if text else NONE for text in designations]
    every = [a + b + n + p for a, b, n, p in zip(main, subtitle, numbers, part, strict=True)]
    words = list(map(distinct, every))
    return {
        "title": list(map(" ".join, main)),
        "subtitle": list(map(" ".join, subtitle)),
        "words": words,
        "full_title": list(map(" ".join, every)),
        "other_titles": _other_titles(batch, list(map(_parallel, raw, subtitles))),
        "figures": list(map(_figures, main, subtitle)),
        "part_numbers": [distinct(own) if own else NONE for own in numbers],
        "part_name": list(map(" ".join, part)),
        "last_part": [" ".join(title_words(own[-1])) if own else "" for own in named],
        "title_key": ["".join(own[:4]) for own in main],
        "long_words": list(map(_longest, words)),
    }


def _titles_proper(
    batch: Batch, fields: Numbers, titles: list[str], authors: list[str]
) -> list[str]:
    """Return each 245 $a without article and, where no $c says it, without who made it."""
    found = list(titles)
    skips = batch.indicator(fields, 2)
    skipping = (skips > ord("0")) & (skips <= ord("9"))
    counts = (skips[skipping] - ord("0")).tolist()
    for record, count in zip(batch.owners(fields[skipping]).tolist(), counts, strict=True):
        title = found[record]
        # A count that would cut into a word is a mistake of the record, not an article.
        if count < len(title) and title[count - 1] in " '\u2019\"":
            found[record] = title[count:]
    silent = np.ones(batch.count, np.bool_)
    silent[batch.values_of(fields, "c").owners] = False
    for record in np.flatnonzero(silent).tolist():
        found[record] = _without_maker(found[record], authors[record])
    return found


def _without_maker(title: str, author: str) -> str:
    """Return a title without the maker, whom older catalogues wrote straight after it."""
    told = _RESPONSIBILITY.search(title)
    if not told:
        return title
    maker = fold(title[told.end() :])
    is_said = not told.group().endswith(" by ") or (author and author in maker)
    return title[: told.start()] if is_said else title


def _parallel(main: str, subtitles: list[str]) -> list[str]:
    """Return the titles in other languages that 245 $a and $b have after a sign of equality."""
    if "=" not in main and "=" not in "".join(subtitles):
        return NONE
    texts = [text for part in (main, *subtitles) for text in part.split(" = ")[1:]]
    if subtitles and main.rstrip().endswith("="):
        texts.append(subtitles[0])
    return texts


def _words(texts: list[str]) -> list[list[str]]:
    return [words_of_title(words) if words else NONE for words in fold_many(texts)]


def _other_titles(batch: Batch, parallel: list[list[str]]) -> list[list[str]]:
    texts = map(list.__add__, batch.lists(batch.values("246a")), parallel)
    return [distinct([" ".join(title_words(t)) for t in own])[:8] if own else NONE for own in texts]


def _figures(title: list[str], subtitle: list[str]) -> list[str]:
    found = [word for word in title + subtitle if word.isdigit()]
    return sorted(set(found)) if found else NONE


def _longest(words: list[str]) -> list[str]:
    """Return the three longest words, longest first: a signature that survives their order."""
    return sorted(sorted(words), key=len, reverse=True)[:_LONG_WORDS]
