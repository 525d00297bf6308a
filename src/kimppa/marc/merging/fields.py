"""Two fields of one tag: are they the same, and what is the one field that keeps what both say."""

from collections.abc import Sequence
from typing import NamedTuple

from kimppa.marc.merging.forms import Form, number, split_number
from kimppa.marc.merging.table import Rule
from kimppa.marc.record import Field, Subfield


class View(NamedTuple):
    """A field as it is compared: its values in normal form."""

    values: tuple[tuple[str, str], ...]  # all subfields in their order
    place: tuple[tuple[str, str], ...]  # $3, and $2 where vocabularies are kept apart
    head: tuple[tuple[str, str], ...]  # the paired subfields
    words: str  # everything said, for rules that compare whole fields


def view(rule: Rule, field: Field) -> View:
    """Return the normal forms by which a field is compared under its rule."""
    forms = rule.forms
    values = tuple([(code, _read(forms.get(code), value)) for code, value in field.subfields])
    apart = "23" if rule.source else "3"
    place = tuple([pair for pair in values if pair[0] in apart])
    head = tuple(sorted([pair for pair in values if pair[0] in rule.paired and pair[1]]))
    words = " ".join([value for code, value in values if code > "9"]) if rule.whole else ""
    return View(values, place, head, words)


def _read(form: Form | None, value: str) -> str:
    return form(value) if form else value


def are_same(rule: Rule, own: Field, own_view: View, other: Field, other_view: View) -> bool:
    """Whether two fields describe the same thing by the rule of their tag."""
    if own_view.place != other_view.place or not rule.compares:
        return False
    if not _indicators_agree(rule.indicators, own.indicators, other.indicators):
        return False
    if rule.whole:
        return _words_agree(rule, own_view.words, other_view.words)
    if own_view.head != other_view.head and not _share_authority(rule, own_view, other_view):
        return False
    return _have_required(rule, own_view, other_view) and _keys_agree(rule, own_view, other_view)


def _indicators_agree(signs: str, own: str, other: str) -> bool:
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


def _of(view_: View, code: str) -> set[str]:
    return {value for own, value in view_.values if own == code and value}


def _share_authority(rule: Rule, own: View, other: View) -> bool:
    return rule.authority and not _of(own, "0").isdisjoint(_of(other, "0"))


def _have_required(rule: Rule, own: View, other: View) -> bool:
    return all(_of(own, code) and _of(other, code) for code in rule.required)


def _keys_agree(rule: Rule, own: View, other: View) -> bool:
    """Key subfields that both have must agree, and the two must share something at all."""
    shared = bool(own.head) or _share_authority(rule, own, other)
    for code in rule.key:
        mine, theirs = _of(own, code), _of(other, code)
        if not mine or not theirs:
            continue
        verdict = (
            _numbers_agree(mine, theirs)
            if code in "0w"
            else _values_agree(rule, code, mine, theirs)
        )
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


def _spot(rule: Rule, values: Sequence[tuple[str, str]], pair: tuple[str, str]) -> int:
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
    if rule.whole and not says_all_of(own_view.words, other_view.words):
        own, own_view, other, other_view = _turned(own, other), other_view, own, own_view
    result = list(own.subfields)
    values = [(code, _read(rule.forms.get(code), value)) for code, value in own.subfields]
    after = 0  # where the next new subfield goes: behind its neighbour in the other field
    for code, value in other.subfields:
        if rule.whole and code > "9":
            continue
        pair = (code, _read(rule.forms.get(code), value))
        spot = _spot(rule, values, pair)
        if spot < 0:
            spot = _vacancy(values, code)
        if 0 <= spot < len(values):
            kept = _fuller(rule, code, result[spot].value, values[spot][1], value, pair[1])
            result[spot], values[spot] = (
                Subfield(code, kept),
                (code, _read(rule.forms.get(code), kept)),
            )
            after = spot + 1
        elif spot < 0 and _may_add(rule, code, values):
            after = min(after, _end(values)) if code > "9" else len(values)
            result.insert(after, Subfield(code, value))
            values.insert(after, pair)
            after += 1
    indicators = _joint_indicators(rule, own.indicators, other.indicators)
    return Field(own.tag, indicators, tuple(result))


def _turned(own: Field, other: Field) -> Field:
    return Field(own.tag, own.indicators, other.subfields)


def _vacancy(values: Sequence[tuple[str, str]], code: str) -> int:
    """Return where a subfield of this code says nothing ([S.l.]) and can be replaced, or -1."""
    return next((at for at, (own, value) in enumerate(values) if own == code and not value), -1)


def _end(values: Sequence[tuple[str, str]]) -> int:
    """Return the place before the control subfields ($0 and such) at the end of a field."""
    at = len(values)
    while at and values[at - 1][0] <= "9":
        at -= 1
    return at


def _may_add(rule: Rule, code: str, values: Sequence[tuple[str, str]]) -> bool:
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
    if other.startswith("https://") and not own.startswith("https://"):
        return other
    if rule.forms.get(code) is number and "-" in other and "-" not in own:
        return other
    return own


def _joint_indicators(rule: Rule, own: str, other: str) -> str:
    signs = zip(rule.indicators, own, other, strict=False)
    return "".join(b if sign == "~" and a == " " else a for sign, a, b in signs)
