"""Tell by its content what a file is, and refuse in plain words what holds no MARC records."""

import re
from pathlib import Path

from kimppa.marc.reading import iso2709, source, unicode16
from kimppa.marc.reading.results import FileFormat, NotMarc

_GIVE = "Give a file of MARC records: ISO 2709, MARCXML or MARC in JSON."
_MAGIC = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a ZIP archive (or an office document); unpack it first",
    b"\x1f\x8b": "gzip inside gzip; unpack it once first",
    b"BZh": "a bzip2 archive; unpack it first",
    b"\xfd7zXZ": "an xz archive; unpack it first",
    b"7z\xbc\xaf": "a 7z archive; unpack it first",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"SQLite format 3": "a database",
    b"PAR1": "a Parquet file",
}
_FIELDS = re.compile(rb"\x1e[0-9 #|]{2}\x1f[0-9a-z]")
_MARCXML = re.compile(rb"<(?:[\w.-]+:)?(?:record|collection|OAI-PMH|searchRetrieveResponse)[\s/>]")
_JSON = re.compile(rb'"(?:leader|fields)"\s*:')
_HTML = re.compile(rb"<(?:!doctype\s+html|html)\b", re.IGNORECASE)


def sniff(path: str | Path) -> FileFormat:
    """Return the format of a file by its content; raises ``NotMarc``."""
    path = Path(path)
    try:
        if path.is_dir():
            raise NotMarc(f"{path} is a folder. Give the files in it instead, e.g. {path}/*.mrc")
        if path.exists() and not path.is_file():
            raise NotMarc(f"{path} is not a regular file. Save it as a file first.")
        content = source.head(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise NotMarc(f"{path} cannot be read: {reason}. Check its name and rights.") from error
    if not content:
        raise NotMarc(f"{path} is empty. Export it again. {_GIVE}")
    return _format(path, content)


def _format(path: Path, content: bytes) -> FileFormat:
    for magic, name in _MAGIC.items():
        if content.startswith(magic):
            raise NotMarc(f"{path} holds no MARC records: it is {name}. {_GIVE}")
    if not content.strip(b"\0"):
        raise NotMarc(f"{path} holds no MARC records, only zeros. Export or copy it again. {_GIVE}")
    if unicode16.is_utf16(content):
        content = b"".join(unicode16.as_ascii_like([content])[0])
    text = content.lstrip(iso2709.FILLER)
    if text.startswith(b"<"):
        return _xml(path, text)
    if text[:1] in (b"{", b"[") and _JSON.search(text):
        return "json"
    if any(True for _ in iso2709.leaders(content)) or _FIELDS.search(content):
        return "iso2709"
    found = "blanks" if not text else "JSON" if text[:1] in (b"{", b"[") else "text or unknown data"
    raise NotMarc(f"{path} holds no MARC records: {found}, no MARC leader found. {_GIVE}")


def _xml(path: Path, text: bytes) -> FileFormat:
    if _HTML.match(text):
        raise NotMarc(f"{path} holds no MARC records: it is a web page. {_GIVE}")
    records = _MARCXML.search(text)
    if b"<!ENTITY" in text[: records.start() if records else None]:
        raise NotMarc(
            f"{path} declares XML entities, which MARCXML never needs and which can do harm; "
            "it was refused. Export it again, or remove the DOCTYPE if you trust it."
        )
    if not records:
        raise NotMarc(f"{path} is XML, but holds no MARC records. {_GIVE}")
    return "marcxml"
