"""Make notices and see them off, each once, whatever happens to the worker in the middle."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from kimppa.circulation.delivery import WAYS, NotDelivered, PerhapsDelivered
from kimppa.circulation.models import MessageChoice, Notice
from kimppa.circulation.queries.notices import DUE_SOON_DAYS, address_of, reachable, todays
from kimppa.circulation.rules.notices import way
from kimppa.circulation.rules.policy import Policy
from kimppa.circulation.wording import message
from kimppa.organisations.models import StaffAccount
from kimppa.organisations.operations import record_event
from kimppa.patrons.models import Patron

TRIES = 5
WAIT = timedelta(minutes=10)  # before the second try; doubled for each one after
LOST_AFTER = timedelta(minutes=15)  # a worker that has not finished by then is dead
KEPT = timedelta(days=60)


def announce(
    *, patron: Patron, kind: str, subject_key: str, facts: Mapping[str, Any], now: datetime
) -> Notice | None:
    """Make the notice, unless it was made before or the patron does not want it; return it.

    ``facts`` holds numbers of rows, dates and cents. May be called within another operation's
    transaction: nothing leaves the house here.
    """
    choice = MessageChoice.objects.filter(patron=patron, kind=kind).first()
    today = timezone.localdate(now)
    channel = way(
        kind, choice.channel if choice and choice.channel else None, reachable(patron, today)
    )
    if channel is None:
        return None
    notice, _ = Notice.objects.get_or_create(
        patron=patron,
        kind=kind,
        subject_key=subject_key,
        defaults={
            "channel": channel,
            "language": patron.language,
            "facts": dict(facts),
            "made_at": now,
            "send_after": now,
        },
    )
    return notice


def make_todays(*, now: datetime, policy: Policy) -> Counter[str]:
    """Make what patrons should be told today and return how many were new of each kind."""
    before = Counter(_kinds())
    for due in todays(timezone.localdate(now), policy):
        announce(
            patron=due.patron,
            kind=due.kind,
            subject_key=due.subject_key,
            facts=due.facts,
            now=now,
        )
    return Counter(_kinds()) - before


def _kinds() -> dict[str, int]:
    return dict(Notice.objects.order_by().values_list("kind").annotate(n=Count("pk")))


def send_waiting(*, now: datetime) -> Counter[str]:
    """Send what waits, one after another, and return how many ended in which state.

    Several workers may do so at once: each takes what no other has taken.
    """
    resume_lost(now=now)
    done: Counter[str] = Counter()
    while notice := _take(now):
        done[_send(notice, now)] += 1
    return done


@transaction.atomic
def _take(now: datetime) -> Notice | None:
    """Take the next notice for this worker alone, and have that on record before it is sent."""
    rows = Notice.objects.filter(
        state=Notice.State.WAITING, channel__in=list(WAYS), send_after__lte=now
    ).order_by("send_after", "pk")
    notice = rows.select_for_update(skip_locked=True).first()
    if notice:
        notice.state, notice.claimed_at = Notice.State.SENDING, now
        notice.tries += 1
        notice.save(update_fields=["state", "claimed_at", "tries"])
    return notice


def _send(notice: Notice, now: datetime) -> str:
    """Send one notice that this worker has taken, and note what came of it."""
    address = address_of(notice.patron, notice.channel, timezone.localdate(now))
    if not address:
        return _ended(notice, Notice.State.FAILED, now, "no valid address")
    try:
        WAYS[notice.channel].send(address, message(notice), f"kimppa-notice-{notice.pk}")
    except NotDelivered as error:
        if notice.tries >= TRIES:
            return _ended(notice, Notice.State.FAILED, now, str(error))
        again = now + WAIT * 2 ** (notice.tries - 1)
        Notice.objects.filter(pk=notice.pk).update(send_after=again)
        return _ended(notice, Notice.State.WAITING, now, str(error))
    except PerhapsDelivered as error:
        return _ended(notice, Notice.State.UNCERTAIN, now, str(error))
    return _ended(notice, Notice.State.SENT, now, "")


def _ended(notice: Notice, state: str, now: datetime, trouble: str) -> str:
    sent_at = now if state == Notice.State.SENT else None
    Notice.objects.filter(pk=notice.pk).update(state=state, sent_at=sent_at, trouble=trouble[:200])
    return state


def resume_lost(*, now: datetime) -> Counter[str]:
    """See to what dead workers left: send again what arrives once anyway, list the rest."""
    lost = Notice.objects.filter(state=Notice.State.SENDING, claimed_at__lt=now - LOST_AFTER)
    repeatable = [channel for channel, way in WAYS.items() if way.is_repeatable]
    again = lost.filter(channel__in=repeatable).update(state=Notice.State.WAITING)
    unsure = lost.update(state=Notice.State.UNCERTAIN, trouble="the worker stopped in the middle")
    return Counter(waiting=again, uncertain=unsure)


@transaction.atomic
def mark_printed(*, notices: list[int], by: StaffAccount | None, now: datetime) -> int:
    """Note that these waiting letters were printed; return how many were waiting still."""
    done = Notice.objects.filter(
        pk__in=notices, channel="print", state=Notice.State.WAITING
    ).update(state=Notice.State.SENT, sent_at=now)
    if done:
        record_event(
            now=now,
            by=by,
            action="print notices",
            kind="notices",
            object_id="",
            details={"n": done},
        )
    return done


@transaction.atomic
def send_again(*, notice: Notice, by: StaffAccount | None, now: datetime) -> None:
    """Send a notice that failed, or may have, once more; staff have decided so."""
    changed = Notice.objects.filter(
        pk=notice.pk, state__in=[Notice.State.FAILED, Notice.State.UNCERTAIN]
    ).update(state=Notice.State.WAITING, send_after=now, tries=0, trouble="")
    if changed:
        record_event(now=now, by=by, action="send again", kind="notice", object_id=notice.pk)


def forget_old(*, now: datetime) -> int:
    """Delete notices made so long ago that nobody asks for them; they tell who borrowed what."""
    return Notice.objects.filter(made_at__lt=now - KEPT).delete()[0]


@transaction.atomic
def choose_messages(
    *,
    patron: Patron,
    kind: str,
    channel: str,
    lead_days: int,
    by: StaffAccount | None,
    now: datetime,
) -> None:
    """Set how the patron wants one kind of notice; an empty channel: the first way that works.

    What changes nothing leaves no line in the log.
    """
    before = MessageChoice.objects.filter(patron=patron, kind=kind).first()
    if before is None and not channel and lead_days == DUE_SOON_DAYS:
        return
    if before and (before.channel, before.lead_days) == (channel, lead_days):
        return
    MessageChoice.objects.update_or_create(
        patron=patron, kind=kind, defaults={"channel": channel, "lead_days": lead_days}
    )
    record_event(
        now=now,
        by=by,
        action="choose messages",
        kind="patron",
        object_id=patron.pk,
        details={"kind": kind, "channel": channel, "lead_days": lead_days},
    )
