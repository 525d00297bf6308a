"""How a patron wants to be told of what."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from kimppa.circulation.models.notices import Channel, NoticeKind
from kimppa.circulation.queries.notices import DUE_SOON_DAYS, MOST_LEAD_DAYS
from kimppa.circulation.rules.notices import ALWAYS_TOLD

USUAL = ""
WAYS = [(value, capfirst(label)) for value, label in Channel.choices]


class MessagesForm(forms.Form):
    """One choice for each kind of notice, and how many days before the due date."""

    lead_days = forms.IntegerField(
        label=_("Days before the due date"), min_value=0, max_value=MOST_LEAD_DAYS
    )

    def __init__(self, *args: Any, chosen: dict[str, str], lead_days: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lead_days"].initial = lead_days or DUE_SOON_DAYS
        for kind, label in NoticeKind.choices:
            ways = [way for way in WAYS if way[0] != Channel.NONE or kind not in ALWAYS_TOLD]
            self.fields[kind] = forms.ChoiceField(
                label=capfirst(label),
                choices=[(USUAL, _("As usual: e-mail, else text message, else letter")), *ways],
                required=False,
                initial=chosen.get(kind, USUAL),
            )
