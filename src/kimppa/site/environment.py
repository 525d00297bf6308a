"""How the settings read environment variables: database addresses, lists and the secret key."""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from kimppa.common.errors import CannotRun

SQLITE_OPTIONS = {
    # Readers never wait for the writer, and a writer takes its turn before it reads.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;"
        "PRAGMA mmap_size=1073741824;"
    ),
}


def database_from_url(url: str) -> dict[str, Any]:
    """Return Django's description of the database at ``url``; raises CannotRun for other schemes.

    >>> database_from_url("postgresql://kimppa:s%40na@db.example/kimppa?sslmode=require")["NAME"]
    'kimppa'
    >>> database_from_url("sqlite:///var/kimppa.sqlite3")["NAME"]
    'var/kimppa.sqlite3'
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return _sqlite(parts.path.removeprefix("/"))
    if parts.scheme in {"postgresql", "postgres"}:
        options = dict(parse_qsl(parts.query))
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.removeprefix("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": options.pop("host", "") or unquote(parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "OPTIONS": options,
            "CONN_HEALTH_CHECKS": True,
            "CONN_MAX_AGE": 60,
        }
    raise CannotRun(
        "KIMPPA_DATABASE_URL must begin with sqlite:/// or postgresql://. "
        "Leave it out to use the file var/kimppa.sqlite3."
    )


def _sqlite(path: str) -> dict[str, Any]:
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": path, "OPTIONS": SQLITE_OPTIONS}


def is_on(name: str) -> bool:
    """Return whether the variable says yes: 1, true, yes or on."""
    return os.environ.get(name, "").strip().lower() in {"1", "true", "yes", "on"}


def listed(name: str, default: str) -> list[str]:
    """Return the variable's values, which stand parted by commas."""
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


def number(name: str, default: int) -> int:
    """Return the variable's whole number; raises CannotRun when it is none."""
    given = os.environ.get(name, "").strip()
    if not given.isdecimal() and given:
        raise CannotRun(f"{name} must be a whole number, not {given!r}.")
    return int(given or default)


def secret_key(given: str, kept_in: Path) -> str:
    """Return the given key, else the one kept in the file, else one for this process only."""
    if given:
        return given
    if kept_in.is_file():
        return kept_in.read_text().strip()
    return secrets.token_urlsafe(50)


def keep_secret_key(kept_in: Path) -> None:
    """Make a secret key that only the owner may read, unless the file is there already."""
    kept_in.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(kept_in, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(50))


def smtp_from_url(url: str) -> dict[str, Any]:
    """Return Django's e-mail settings for ``smtp://user:password@host:587?tls=1``; "" for none.

    >>> smtp_from_url("smtp://kimppa:s%40na@mail.example:587?tls=1")["EMAIL_HOST_PASSWORD"]
    's@na'
    >>> smtp_from_url("")["EMAIL_HOST"]
    ''
    """
    parts = urlsplit(url)
    if url and parts.scheme != "smtp":
        raise CannotRun(
            "KIMPPA_SMTP_URL must look like smtp://user:password@host:587?tls=1. "
            "Leave it out and no e-mail is sent."
        )
    options = dict(parse_qsl(parts.query))
    return {
        "EMAIL_HOST": parts.hostname or "",
        "EMAIL_PORT": parts.port or 25,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": options.get("tls") == "1",
        "EMAIL_TIMEOUT": 20,
    }
