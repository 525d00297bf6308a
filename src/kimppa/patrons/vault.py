"""Keys and ciphers of the vault: identity codes are found by a keyed hash and kept encrypted.

Two keys: one for finding (HMAC-SHA256), one for reading (Fernet: AES and HMAC). Whoever holds the
rows without the keys can neither read a code nor try out codes against the hashes; the hash key
also goes into PINs, as four digits alone would be guessed in minutes.
"""

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from kimppa.common.errors import CannotRun
from kimppa.patrons.models import IdentityCode, Pin

KEY_FILE = "vault-key"
HASH_KEY_FILE = "vault-hash-key"
BYTES = 32
SEALED_SECONDS = 60 * 60


class VaultLocked(CannotRun):
    """The vault's keys are missing or do not open what is in it; nothing was read or written."""


@dataclass(frozen=True)
class Keys:
    """The keys, ready for use."""

    cipher: MultiFernet
    hash_key: bytes

    def hashed(self, purpose: str, text: str) -> str:
        """Return the keyed hash of a text, 64 hexadecimal digits; each purpose has its own."""
        return hmac.new(self.hash_key, f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()


def lookup_hash(code: str) -> str:
    """Return what a normalised identity code is found by."""
    return _keys().hashed("identity code", code)


def encrypted(code: str) -> bytes:
    """Return the code as it is kept."""
    return _keys().cipher.encrypt(code.encode())


def decrypted(ciphertext: bytes | memoryview) -> str:
    """Return the code; raises VaultLocked when no key opens it."""
    try:
        return _keys().cipher.decrypt(bytes(ciphertext)).decode()
    except InvalidToken:
        raise VaultLocked(WRONG_KEY) from None


def encrypted_anew(ciphertext: bytes | memoryview) -> bytes:
    """Return the same code encrypted by the first key; raises VaultLocked when no key opens it."""
    try:
        return _keys().cipher.rotate(bytes(ciphertext))
    except InvalidToken:
        raise VaultLocked(WRONG_KEY) from None


def sealed(code: str) -> str:
    """Return the code as a form may carry it from one page to the next: unreadable."""
    return encrypted(code).decode("ascii")


def unsealed(text: str) -> str | None:
    """Return the code that a form carried; None when it was not sealed here within the hour."""
    try:
        return _keys().cipher.decrypt(text.encode(), ttl=SEALED_SECONDS).decode()
    except InvalidToken:
        return None


def peppered(pin: str) -> str:
    """Return a PIN mixed with the hash key, as it goes into the slow hash."""
    return _keys().hashed("pin", pin)


def pseudonym(text: str) -> str:
    """Return what stands for the text where nobody may be found: a keyed hash of its own."""
    return _keys().hashed("pseudonym", text)


LOST_KEY = (
    "the vault's key {name} is missing, and what was kept with it cannot be opened by a new one. "
    "Restore the file {path} or set {variable}; nothing was changed."
)
WRONG_KEY = (
    "the vault's keys do not open what is in it. Check KIMPPA_VAULT_KEY and "
    "KIMPPA_VAULT_HASH_KEY, or the files vault-key and vault-hash-key; nothing was changed."
)
NOT_A_KEY = "{variable} must be 32 bytes in base64. Make one: openssl rand -base64 32"


def _keys() -> Keys:
    return _kept_keys(
        tuple(settings.VAULT_KEYS), settings.VAULT_HASH_KEY, Path(settings.VAULT_FOLDER).resolve()
    )


@lru_cache(maxsize=4)
def _kept_keys(given: Sequence[str], given_hash_key: str, folder: Path) -> Keys:
    keys = given or (_from_file(folder / KEY_FILE, "KIMPPA_VAULT_KEY"),)
    hash_key = given_hash_key or _from_file(folder / HASH_KEY_FILE, "KIMPPA_VAULT_HASH_KEY")
    made = Keys(
        MultiFernet(
            [Fernet(base64.urlsafe_b64encode(_bytes(k, "KIMPPA_VAULT_KEY"))) for k in keys]
        ),
        _bytes(hash_key, "KIMPPA_VAULT_HASH_KEY"),
    )
    _check(made)
    return made


def _check(keys: Keys) -> None:
    """Raise VaultLocked when the keys do not fit the newest code in the vault.

    Otherwise known persons would look unknown, and be registered twice.
    """
    newest = IdentityCode.objects.order_by("-pk").first()
    if newest is None:
        return
    try:
        code = keys.cipher.decrypt(bytes(newest.ciphertext)).decode()
    except InvalidToken:
        raise VaultLocked(WRONG_KEY) from None
    if not hmac.compare_digest(keys.hashed("identity code", code), newest.lookup_hash):
        raise VaultLocked(WRONG_KEY)


def _bytes(key: str, variable: str) -> bytes:
    try:
        made = base64.urlsafe_b64decode(key.strip().replace("+", "-").replace("/", "_"))
    except (binascii.Error, ValueError):
        made = b""
    if len(made) != BYTES:
        raise VaultLocked(NOT_A_KEY.format(variable=variable))
    return made


def _from_file(path: Path, variable: str) -> str:
    """Return the key in the file, made on first use; raises VaultLocked when it was lost."""
    if not path.is_file():
        if IdentityCode.objects.exists() or Pin.objects.exists():
            raise VaultLocked(LOST_KEY.format(name=path.name, path=path, variable=variable))
        _make(path)
    return path.read_text(encoding="ascii")


def _make(path: Path) -> None:
    """Write a new key that only the owner may read; of two processes at once, one's stands."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(base64.urlsafe_b64encode(secrets.token_bytes(BYTES)))
        os.link(half, path)  # unlike a rename, never over another's
    except FileExistsError:
        pass
    finally:
        half.unlink()
