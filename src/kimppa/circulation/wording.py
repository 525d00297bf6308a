"""Puts a notice into words: the texts of notice_texts.toml with what the notice is about."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from django.template import Context, Engine
from django.utils.formats import date_format
from django.utils.translation import override

from kimppa.circulation.models import Fee, Hold, Loan, Notice

TEXTS = Path(__file__).with_name("notice_texts.toml")
DATES = ("due_date", "last_pickup_date")


@dataclass(frozen=True)
class Message:
    """A notice in words: for e-mail and paper, and short for a telephone."""

    subject: str
    text: str
    short: str


@cache
def texts() -> dict[str, dict[str, dict[str, str]]]:
    """Return subject, text and short text by kind and language."""
    return tomllib.loads(TEXTS.read_text(encoding="utf-8"))


def message(notice: Notice) -> Message:
    """Return the notice in the words of its language; what it is about is looked up now."""
    wording = texts()[notice.kind]
    parts = wording.get(notice.language) or wording["fi"]
    with override(notice.language):
        facts = _facts(notice)
        engine = Engine(autoescape=False)  # plain text
        made = {
            name: engine.from_string(part).render(Context(facts)) for name, part in parts.items()
        }
    return Message(**made)


def _facts(notice: Notice) -> dict[str, Any]:
    kept: dict[str, Any] = dict(notice.facts)
    facts: dict[str, Any] = {"branch": kept.get("branch", ""), "shelf_code": kept.get("shelf_code")}
    for name in DATES:
        if name in kept:
            facts[name] = date_format(date.fromisoformat(kept[name]), "j.n.Y")
    facts["titles"] = _titles(kept)
    facts["count"] = len(facts["titles"])
    if fee := Fee.objects.filter(pk__in=[kept.get("fee", 0)]).first():
        facts["kind"] = fee.get_kind_display()
        facts["amount"] = f"{kept['cents'] // 100},{kept['cents'] % 100:02}"
    return facts


def _titles(kept: dict[str, Any]) -> list[str]:
    """Return the titles of the loans or of the hold, as the catalogue has them now."""
    if "hold" in kept:
        return list(Hold.objects.filter(pk=kept["hold"]).values_list("record__title", flat=True))
    loans = Loan.objects.filter(pk__in=kept.get("loans", ())).order_by("item__record__title_key")
    return list(loans.values_list("item__record__title", flat=True))
