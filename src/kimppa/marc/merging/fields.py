"""Two fields of one tag: are they the same, and what is the one field that keeps what both say."""

from collections.abc import Sequence
from typing import NamedTuple

from kimppa.marc.merging.forms import Form, exact, link, number, split_number
from kimppa.marc.merging.table import Rule
from kimppa.marc.record import Field, Subfield

ENDINGS = " ,;:/="  # a full stop may be an abbreviation's
Pair = tuple[str, str]  # a subfield code and its value in normal form


class View(NamedTuple):
    """A field as it is compared: its values in normal form."""

    values: list[Pair]  # all subfields in their order
    place: list[Pair]  # $3, and $2 where vocabularies are kept apart
    head: list[Pair]  # the paired subfields
    keys: dict[str, set[str]]  # the key subfields
    words: str  # everything said, for rules that compare whole fields


def view(rule: Rule, field: Field) -> View:
    """Return the normal forms by which a field is compared under its rule."""
    forms, paired, key, apart = rule.forms, rule.paired, rule.key, rule.apart
    values: list[Pair] = []
    place: list[Pair] = []
    head: list[Pair] = []
    keys: dict[str, set[str]] = {}
    for code, value in field.subfields:
        form = forms.get(code)
        normal = form(value) if form else value
        pair = (code, normal)
        values.append(pair)
        if code in apart:
            place.append(pair)
        elif normal and code in paired:
            head.append(pair)
        elif normal and code in key:
            keys.setdefault(code, set()).add(normal)
    if len(head) > 1:
        head.sort()
    words = " ".join([said for code, said in values if code > "9"]) if rule.whole else ""
    return View(values, place, head, keys, words)


def _read(form: Form | None, value: str) -> str:
    return form(value) if form else value


def are_same(rule: Rule, own: Field, own_view: View, other: Field, other_view: View) -> bool:
    """Whether two fields describe the same thing by the rule of their tag."""
    if rule.whole:
        if not _words_agree(rule, own_view.words, other_view.words):
            return False
    elif own_view.head != other_view.head and not _waived(rule, own_view, other_view):
        return False
    if own_view.place != other_view.place:
        return False
    if not indicators_agree(rule.indicators, own.indicators, other.indicators):
        return False
    if rule.whole:
        return True
    return _have_required(rule, own_view, other_view) and _keys_agree(rule, own_view, other_view)


def indicators_agree(signs: str, own: str, other: str) -> bool:
    """Whether indicators are the same as far as a rule looks at them.

    >>> indicators_agree("~*", "1 ", " 7"), indicators_agree("==", "1 ", "2 ")
    (True, False)
    """
    if own == other or signs == "**":
        return True
    return all(
        sign == "*" or a == b or (sign == "~" and " " in (a, b))
        for sign, a, b in zip(signs, own, other, strict=False)
    )


def _words_agree(rule: Rule, own: str, other: str) -> bool:
    if own == other:
        return bool(own)
    return (
        rule.whole == "contained"
        and bool(own and other)
        and (says_all_of(own, other) or says_all_of(other, own))
    )


def says_all_of(fuller: str, shorter: str) -> bool:
    """Whether the words of one text stand in another, in one stretch.

    >>> says_all_of("sisältää hakemiston ja kuvia", "sisältää hakemiston")
    True
    """
    return f" {shorter} " in f" {fuller} "


def _share_authority(rule: Rule, own: View, other: View) -> bool:
    if not rule.authority or "0" not in own.keys or "0" not in other.keys:
        return False
    return not own.keys["0"].isdisjoint(other.keys["0"])


def _waived(rule: Rule, own: View, other: View) -> bool:
    """Whether a shared $0 stands for the name, and all beside the name is the same."""
    if not _share_authority(rule, own, other):
        return False
    return _beside_name(rule, own) == _beside_name(rule, other)


def _beside_name(rule: Rule, view_: View) -> list[Pair]:
    return [pair for pair in view_.head if pair[0] not in rule.authority]


def _have_required(rule: Rule, own: View, other: View) -> bool:
    return not rule.required or all(
        any(code in rule.required for code, _ in each.head) for each in (own, other)
    )


def _keys_agree(rule: Rule, own: View, other: View) -> bool:
    """Key subfields that both have must agree, and the two must share something at all."""
    known = _share_authority(rule, own, other)
    shared = known or bool(own.head)
    for code in own.keys.keys() & other.keys.keys():
        if known and code in rule.authority:
            continue
        mine, theirs = own.keys[code], other.keys[code]
        if code in "0w":
            verdict = _numbers_agree(mine, theirs)
        else:
            verdict = _values_agree(rule, code, mine, theirs)
        if verdict is False:
            return False
        shared = shared or verdict is True
    return shared


def _values_agree(rule: Rule, code: str, mine: set[str], theirs: set[str]) -> bool:
    if mine <= theirs or theirs <= mine:
        return True
    return code in rule.dated and any(_is_same_life(a, b) for a in mine for b in theirs)


def _is_same_life(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _numbers_agree(mine: set[str], theirs: set[str]) -> bool | None:
    """Compare $0 or $w: only numbers of one numbering can differ; None when there is none."""
    if not mine.isdisjoint(theirs):
        return True
    numbering = {split_number(value)[0] for value in mine} - {""}
    return None if numbering.isdisjoint(split_number(value)[0] for value in theirs) else False


def missing_from(rule: Rule, own: View, other: View) -> int:
    """Return how many values of the other field the own one does not have yet."""
    if rule.whole:
        return 0 if says_all_of(own.words, other.words) else 1
    return sum(1 for pair in other.values if _spot(rule, own.values, pair) < 0)


def _spot(rule: Rule, values: Sequence[Pair], pair: Pair) -> int:
    """Return where a value stands among others, or -1; a value without meaning is everywhere."""
    code, value = pair
    if pair in values:
        return values.index(pair)
    if not value:
        return len(values)
    if code in rule.dated:
        lives = (
            at
            for at, (own, life) in enumerate(values)
            if own == code and _is_same_life(life, value)
        )
        return next(lives, -1)
    return -1


def combined(rule: Rule, own: Field, own_view: View, other: Field, other_view: View) -> Field:
    """Return the own field with what the other adds; the fuller of two values that agree."""
    if not rule.prefers and all(pair in own_view.values for pair in other_view.values):
        return _with_indicators(rule, own, other)
    if rule.whole and not says_all_of(own_view.words, other_view.words):
        fuller = own._replace(subfields=other.subfields)
        own, own_view, other, other_view = fuller, other_view, own, own_view
    completed = own._replace(subfields=_completed(rule, own, own_view, other, other_view))
    return _with_indicators(rule, completed, other)


def _completed(
    rule: Rule, own: Field, own_view: View, other: Field, other_view: View
) -> tuple[Subfield, ...]:
    result = list(own.subfields)
    values = list(own_view.values)
    after = 0  # where the next new subfield goes: behind its neighbour in the other field
    neighbour = ""
    for (code, value), pair in zip(other.subfields, other_view.values, strict=True):
        if rule.whole and code > "9":
            continue
        spot = _spot(rule, values, pair)
        if spot < 0:
            spot = _vacancy(values, code)
        if 0 <= spot < len(values):
            kept = _fuller(rule, code, result[spot].value, values[spot][1], value, pair[1])
            result[spot] = Subfield(code, kept)
            values[spot] = (code, _read(rule.forms.get(code), kept))
            after, neighbour = spot + 1, value
        elif spot < 0 and _may_add(rule, code, values):
            after = min(after, _end(values)) if code > "9" else len(values)
            result.insert(after, Subfield(code, value))
            values.insert(after, pair)
            if after and code > "9":
                _punctuate(rule, result, after, neighbour)
            after, neighbour = after + 1, value
    return tuple(result)


def _punctuate(rule: Rule, subfields: list[Subfield], at: int, neighbour: str) -> None:
    """Let the subfield before a new one end as it does in the field that the new one is from.

    ISBD punctuation stands at the end of a subfield but announces the next.
    """
    code, before = subfields[at - 1]
    form = rule.forms.get(code)
    if form in (None, exact, link, number) or _read(form, before) != _read(form, neighbour):
        return
    subfields[at - 1] = Subfield(code, before.rstrip(ENDINGS) + _ending(neighbour))
    if at + 1 < len(subfields) and subfields[at + 1].code > "9":
        code, value = subfields[at]
        subfields[at] = Subfield(code, value.rstrip(ENDINGS) + _ending(before))


def _ending(value: str) -> str:
    return value[len(value.rstrip(ENDINGS)) :]


def _vacancy(values: Sequence[Pair], code: str) -> int:
    """Return where a subfield of this code says nothing ([S.l.]) and can be replaced, or -1."""
    return next((at for at, (own, value) in enumerate(values) if own == code and not value), -1)


def _end(values: Sequence[Pair]) -> int:
    """Return the place before the control subfields ($0 and such) at the end of a field."""
    at = len(values)
    while at and values[at - 1][0] <= "9":
        at -= 1
    return at


def _may_add(rule: Rule, code: str, values: Sequence[Pair]) -> bool:
    if code in rule.stays:
        return False
    return code not in rule.single or all(own != code for own, _ in values)


def _fuller(rule: Rule, code: str, own: str, own_form: str, other: str, other_form: str) -> str:
    """Return the value that says more: hyphens, https, a death year, anything at all."""
    if not own_form and other_form:
        return other
    if code in rule.dated and len(other_form) > len(own_form):
        return other
    if own_form != other_form or code in "23":
        return own
    if code in rule.prefers and _is_better_written(other) and not _is_better_written(own):
        return other
    return own


def _is_better_written(value: str) -> bool:
    return value.startswith("https://") or ("-" in value and "://" not in value)


def _with_indicators(rule: Rule, own: Field, other: Field) -> Field:
    """Return the field with indicators filled where its own may be blank."""
    if "~" not in rule.indicators or own.tag != other.tag:
        return own
    signs = zip(rule.indicators, own.indicators, other.indicators, strict=False)
    return own._replace(
        indicators="".join(b if sign == "~" and a == " " else a for sign, a, b in signs)
    )
