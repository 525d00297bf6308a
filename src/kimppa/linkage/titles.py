"""Titles (MARC 245 and 246) as words, parts and signatures."""

import re
from typing import Any

import numpy as np

from kimppa.linkage import slices
from kimppa.linkage.fields import NONE, Batch, distinct
from kimppa.linkage.texts import Texts, in_order, texts
from kimppa.linkage.title_words import behind_articles, keys, with_signs
from kimppa.linkage.words import fold, part_numbers, title_words
from kimppa.marc.bulk import Numbers

_RESPONSIBILITY = re.compile(r" / | \[by\] |,? by (?=[A-Z])")  # in $a, where $c is missing
_LONG_WORDS = 3
_EQUALS = ord("=")


def titles(batch: Batch, authors: Texts) -> dict[str, Any]:
    """Return the columns of ``Form`` that 245 and 246 tell; ``authors`` are entry words of 1XX."""
    count = batch.count
    fields = batch.fields("245")
    fields = fields[np.diff(batch.owners(fields), prepend=-1) != 0]  # one title a record
    raw = batch.values_of(fields, "a").first(count)
    subtitles = batch.values_of(fields, "b")
    named = batch.values_of(fields, "p")
    main = with_signs(_titles_proper(batch, fields, raw, authors).folded())
    subtitle = with_signs(subtitles.joined(count, " ").folded())
    part = with_signs(named.joined(count, " ").folded())
    designations = batch.values_of(fields, "n").joined(count, " ")
    numbers = [part_numbers(text) if text else NONE for text in designations.values()]
    every = _joined(main, subtitle, texts(main.owners, map(" ".join, numbers)), part)
    words = every.words().distinct()
    return {
        "title": main.column(),
        "subtitle": subtitle.column(),
        "words": words.lists(count),
        "full_title": every.column(),
        "other_titles": _other_titles(batch, raw, subtitles),
        "figures": _figures(count, in_order(main, subtitle).words()),
        "part_numbers": [distinct(own) if own else NONE for own in numbers],
        "part_name": part.column(),
        "last_part": _last_parts(count, named),
        "title_key": Texts(main.owners, *keys(*main[1:], 4)).column(),
        "long_words": words.some(slices.longest(*words, _LONG_WORDS)).lists(count),
    }


def _joined(*some: Texts) -> Texts:
    """Return what each record's texts say as one, parted by blanks where they say something."""
    every = in_order(*some)
    return every.some(every.ends > every.starts).joined(len(some[0].owners), " ")


def _titles_proper(batch: Batch, fields: Numbers, titles: Texts, authors: Texts) -> Texts:
    """Return each 245 $a without article and, where no $c says it, without who made it."""
    skips = batch.indicator(fields, 2)
    skipping = (skips > ord("0")) & (skips <= ord("9"))
    counts = np.zeros(batch.count, np.int64)
    counts[batch.owners(fields[skipping])] = skips[skipping] - ord("0")
    starts = behind_articles(titles.content, titles.starts, titles.ends, counts)
    ends = titles.ends.copy()
    found = Texts(titles.owners, titles.content, starts, ends)
    silent = np.ones(batch.count, np.bool_)
    silent[batch.values_of(fields, "c").owners] = False
    told = zip(found.some(silent).values(), authors.some(silent).values(), strict=True)
    kept = [_without_maker(title, author) for title, author in told]
    ends[silent] = starts[silent] + [len(title.encode()) for title in kept]
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
    found = [text for part in (main, *subtitles) for text in part.split(" = ")[1:]]
    if subtitles and main.rstrip().endswith("="):
        found.append(subtitles[0])
    return found


def _other_titles(batch: Batch, titles: Texts, subtitles: Texts) -> Any:
    """Return the titles of 246 and the parallel ones, eight at most."""
    telling = np.concatenate([_with_sign(titles), _with_sign(subtitles)])
    mains = titles.some(np.unique(telling))
    others = subtitles.some(np.isin(subtitles.owners, telling)).by_owner()
    owners, found = [], []
    for owner, main in zip(mains.owners.tolist(), mains.values(), strict=True):
        parallel = _parallel(main, others.get(owner, []))
        owners += [owner] * len(parallel)
        found += parallel
    every = in_order(batch.values("246a"), texts(np.array(owners, np.int64), found))
    return with_signs(every.folded()).distinct(8).lists(batch.count)


def _with_sign(some: Texts) -> Numbers:
    """Return which records have a sign of equality."""
    return some.owners[slices.find(*some[1:], _EQUALS) < some.ends]


def _figures(count: int, words: Texts) -> list[list[str]]:
    """Return the numbers among words, sorted."""
    first = words.content[words.starts]
    maybe = words.some((first <= ord("9")) & (first >= ord("0")) | (first >= 0x80))
    found = [NONE] * count
    for owner, word in zip(maybe.owners.tolist(), maybe.values(), strict=True):
        if word.isdigit():
            found[owner] = sorted({*found[owner], word})
    return found


def _last_parts(count: int, named: Texts) -> list[str]:
    last = dict(zip(named.owners.tolist(), named.values(), strict=True))
    return [" ".join(title_words(last[own])) if own in last else "" for own in range(count)]
