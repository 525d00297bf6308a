"""What permissions and the log's words are called on pages."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from kimppa.organisations.rules import Permission

# As the table of roles tells them (X1): what the permission is for.
PERMISSION_LABELS: dict[Permission, Promise] = {
    Permission.VIEW_PATRON: _("see a patron's details when serving them; logged"),
    Permission.EDIT_PATRON: _("change a patron's details"),
    Permission.REGISTER_PATRON: _("register patrons"),
    Permission.VIEW_NON_DISCLOSED: _("open an address under non-disclosure, with a reason; logged"),
    Permission.VIEW_IDENTITY_CODE: _("open a personal identity code, with a reason; logged"),
    Permission.MERGE_PATRONS: _("merge two entries of one patron, and undo it"),
    Permission.EXPORT_PATRON: _("give a patron a copy of their data"),
    Permission.ERASE_PATRON: _("erase a patron"),
    Permission.RUN_RETENTION: _("run the removal of data whose time is over"),
    Permission.CHECK_OUT: _("check out and renew"),
    Permission.CHECK_IN: _("check in"),
    Permission.OVERRIDE: _("lend against a rule, with a reason"),
    Permission.SET_ITEM_STATE: _("mark items missing, damaged or found"),
    Permission.VIEW_HOLDS: _("see queues and hold shelves, without names"),
    Permission.PULL_ITEMS: _("work through pull lists"),
    Permission.PLACE_HOLD: _("place, change, cancel and restore holds"),
    Permission.REORDER_HOLDS: _("move a hold in its queue"),
    Permission.TAKE_PAYMENT: _("take payments"),
    Permission.WAIVE_FEE: _("waive fees, with a reason"),
    Permission.CANCEL_PAYMENT: _("cancel a payment, with a reason"),
    Permission.VIEW_TILL: _("see the day's till"),
    Permission.SET_BLOCK: _("block a patron from borrowing, and lift the block"),
    Permission.SET_BAN: _("ban a patron from premises after a hearing"),
    Permission.GRANT_SELF_SERVICE: _("grant and withdraw the right to self-service hours"),
    Permission.VIEW_SELF_SERVICE_LOG: _(
        "see who was in during self-service, with a reason; logged"
    ),
    Permission.VIEW_RULES: _("read the rules of use"),
    Permission.EDIT_RULES: _("change and publish the rules of use"),
    Permission.MANAGE_HOURS: _("set opening hours and bus stops"),
    Permission.MANAGE_UNITS: _("change libraries, branches and desks"),
    Permission.MANAGE_STAFF: _("manage staff accounts and their roles"),
    Permission.VIEW_LOG: _("read the access log; logged"),
}


# The log's words are those of every room; `site.log_words` has them translated.


def action_label(action: str) -> str:
    """Return what was done in the reader's language."""
    return pgettext("log", action) if action else ""


def kind_label(kind: str) -> str:
    """Return a kind of object in the reader's language."""
    return pgettext("log object", kind) if kind else ""
