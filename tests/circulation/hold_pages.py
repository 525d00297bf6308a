"""What tests of the pages of holds share: ``from circulation.hold_pages import words``."""

import re
from html import unescape

from circulation.queues import make_hold
from circulation.test_holds_set_aside import set_aside
from django.utils import timezone


def words(response):
    """The text that a page shows."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def ready(item, branch):
    """A hold that waits on the branch's shelf with the item."""
    hold = make_hold(item.record, branch)
    set_aside(item, branch, timezone.now())
    hold.refresh_from_db()
    return hold
