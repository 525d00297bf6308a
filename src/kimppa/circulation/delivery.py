"""The ways a notice leaves the house: e-mail, a text message gateway. Paper waits to be printed."""

import json
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.error import HTTPError, URLError

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from kimppa.circulation.wording import Message

TIMEOUT_SECONDS = 20


class NotDelivered(Exception):
    """It certainly did not leave; trying again is safe. The text names no person."""


class PerhapsDelivered(Exception):
    """The line broke when it may have left already; a person decides."""


@dataclass(frozen=True)
class Way:
    """One way: how to send, and whether sending the same notice twice arrives once."""

    send: Callable[[str, Message, str], None]
    is_repeatable: bool


def send_email(address: str, message: Message, name: str) -> None:
    """Send by e-mail; ``name`` becomes the Message-ID. Raises NotDelivered."""
    if not settings.EMAIL_HOST:
        raise NotDelivered("no e-mail server is set (KIMPPA_SMTP_URL)")
    identifier = f"<{name}@{settings.DEFAULT_FROM_EMAIL.rpartition('@')[2]}>"
    mail = EmailMessage(
        message.subject, message.text, to=[address], headers={"Message-ID": identifier}
    )
    connection = get_connection()
    try:
        connection.open()
    except OSError as error:
        raise NotDelivered(f"the e-mail server did not answer: {type(error).__name__}") from error
    try:
        connection.send_messages([mail])
    except OSError as error:  # SMTPException is one
        raise _after_contact(error) from error
    finally:
        connection.close()


def _after_contact(error: OSError) -> Exception:
    """Tell a server's refusal, which is certain, from a line that broke after the text was sent."""
    code = getattr(error, "smtp_code", None)
    recipients = getattr(error, "recipients", None)
    if code or recipients:
        return NotDelivered(f"the e-mail server refused it: {code or 'recipient'}")
    return PerhapsDelivered(type(error).__name__)


def send_sms(number: str, message: Message, name: str) -> None:
    """Hand the short text to the gateway at KIMPPA_SMS_URL; the same ``name`` counts once there.

    The gateway gets JSON with ``to``, ``text`` and ``id``, and ``id`` again as Idempotency-Key.
    Raises NotDelivered.
    """
    if not settings.SMS_URL:
        raise NotDelivered("no text message gateway is set (KIMPPA_SMS_URL)")
    body = json.dumps({"to": number, "text": message.short, "id": name}).encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": name}
    if settings.SMS_TOKEN:
        headers["Authorization"] = f"Bearer {settings.SMS_TOKEN}"
    request = urllib.request.Request(settings.SMS_URL, body, headers)  # noqa: S310 - set by us
    try:
        urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS).close()  # noqa: S310
    except HTTPError as error:
        raise NotDelivered(f"the gateway refused it: {error.code}") from error
    except (URLError, OSError) as error:
        raise NotDelivered(f"the gateway did not answer: {type(error).__name__}") from error


WAYS: Mapping[str, Way] = {
    "email": Way(send_email, is_repeatable=False),
    "sms": Way(send_sms, is_repeatable=True),
}
