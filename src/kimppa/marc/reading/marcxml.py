"""Read MARCXML: with and without namespaces, alone or inside OAI-PMH and SRU answers.

Records are cut out first (``markup``) and parsed in batches without their surroundings, so that no
DOCTYPE, entity or network address is ever followed.
"""

import codecs
import re
from collections.abc import Callable, Iterable, Iterator

from lxml import etree

from kimppa.marc.reading import xmlrecord
from kimppa.marc.reading.encoding import decode
from kimppa.marc.reading.markup import Kind, pieces
from kimppa.marc.reading.results import ReadRecord, Rejected, Unreadable
from kimppa.marc.reading.unicode16 import as_ascii_like
from kimppa.marc.reading.words import counted

_BATCH_BYTES = 1 << 18
_DECLARED = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)")
_NAMESPACE = re.compile(rb"xmlns:([\w.-]+)\s*=\s*[\"']([^\"'<]*)[\"']")
_PREFIX = re.compile(rb"</?([\w.-]+):|\s(?!xmlns)([\w.-]+):[\w.-]+\s*=")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(?:x([0-9a-fA-F]{1,8})|(\d{1,8}));")
_BARE = re.compile(r"&(?!(?:#\d+|#x[0-9a-fA-F]+|[A-Za-z_][\w.-]*);)")
_LATIN1 = {"iso8859-1", "ascii"}

_At = tuple[int, bytes]
_Original = Callable[[bytes], bytes]


def read(blocks: Iterable[bytes], offset: int = 0) -> Iterator[ReadRecord | Rejected]:
    """Iterate over the records in blocks of MARCXML."""
    blocks, original = as_ascii_like(blocks)
    surroundings = _Surroundings(is_utf8=original is not bytes)
    batch: list[_At] = []
    size = 0
    for piece in pieces(blocks):
        length = len(original(piece.raw))
        if piece.kind is Kind.RECORD:
            batch.append((offset, piece.raw))
            size += length
        if size > _BATCH_BYTES or piece.kind is Kind.DAMAGED or surroundings.are_new(piece.raw):
            yield from _records(batch, surroundings, original)
            batch = []
            size = 0
        if piece.kind is not Kind.RECORD:
            surroundings.learn(piece.raw)
        if piece.kind is Kind.DAMAGED:
            yield Rejected(offset, length, piece.reason, original(piece.raw))
        offset += length
    yield from _records(batch, surroundings, original)


class _Surroundings:
    """What the markup round the records has told so far: encoding and namespace prefixes."""

    def __init__(self, *, is_utf8: bool) -> None:
        self.encoding = "utf-8"
        self._is_utf8 = is_utf8
        self._prefixes: dict[bytes, bytes] = {}

    def are_new(self, markup: bytes) -> bool:
        """Whether markup tells something else than what is known."""
        return b"<?xml" in markup or (
            b"xmlns:" in markup
            and not self._prefixes.items() >= dict(_NAMESPACE.findall(markup)).items()
        )

    def learn(self, markup: bytes) -> None:
        """Take encoding and namespaces from markup round the records."""
        declared = _DECLARED.search(markup)
        if declared and not self._is_utf8:
            self.encoding = _known(declared[1].decode("ascii"))
        self._prefixes.update(_NAMESPACE.findall(markup))

    def parse(self, raw: bytes, encoding: str = "") -> list[etree._Element]:
        """Return the elements in some XML; raises ``etree.XMLSyntaxError``."""
        spaces = b"".join(b' xmlns:%b="%b"' % pair for pair in self._prefixes.items())
        head = f'<?xml version="1.0" encoding="{encoding or self.encoding}"?>'.encode()
        parser = etree.XMLParser(
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            remove_comments=True,
            remove_pis=True,
        )
        return list(etree.fromstring(b"%b<r%b>%b</r>" % (head, spaces, raw), parser))

    def declare_missing(self, raw: bytes) -> bool:
        """Give a made-up namespace to prefixes that nobody declared; say whether there were any."""
        used = {first or second for first, second in _PREFIX.findall(raw)}
        missing = used - self._prefixes.keys() - {b"xml"} - dict(_NAMESPACE.findall(raw)).keys()
        self._prefixes.update((prefix, b"urn:undeclared") for prefix in missing)
        return bool(missing)


def _known(encoding: str) -> str:
    """Return the declared encoding if it is one that contains ASCII, otherwise UTF-8."""
    try:
        name = codecs.lookup(encoding).name
        is_like_ascii = "<a>".encode(name) == b"<a>"
    except (LookupError, UnicodeError):
        return "utf-8"
    if name in _LATIN1:
        return "windows-1252"  # as browsers do: those who declare Latin-1 mostly mean this
    return name if is_like_ascii else "utf-8"


def _records(
    batch: list[_At], surroundings: _Surroundings, original: _Original
) -> Iterator[ReadRecord | Rejected]:
    """Parse a batch at once, or one by one where that fails."""
    try:
        elements = surroundings.parse(b"".join(raw for _, raw in batch))
    except (etree.XMLSyntaxError, LookupError):
        elements = []
    if len(elements) == len(batch):
        parsed = [(element, ()) for element in elements]
        yield from map(_result, batch, parsed, [original] * len(batch))
        return
    for at in batch:
        try:
            parsed_alone = _alone(at[1], surroundings)
        except Unreadable as error:
            yield _rejected(at, str(error), original)
        else:
            yield _result(at, parsed_alone, original)


def _result(
    at: _At, parsed: tuple[etree._Element, tuple[str, ...]], original: _Original
) -> ReadRecord | Rejected:
    element, repairs = parsed
    try:
        flat, more = xmlrecord.flat(element)
    except Unreadable as error:
        return _rejected(at, str(error), original)
    offset, raw = at
    return ReadRecord(flat, offset, len(original(raw)), (*repairs, *more))


def _rejected(at: _At, reason: str, original: _Original) -> Rejected:
    raw = original(at[1])
    return Rejected(at[0], len(raw), reason, raw)


def _alone(raw: bytes, surroundings: _Surroundings) -> tuple[etree._Element, tuple[str, ...]]:
    """Parse one record, if need be after mending it; raises ``Unreadable``."""
    repairs: tuple[str, ...] = ()
    try:
        elements = surroundings.parse(raw)
    except (etree.XMLSyntaxError, LookupError):
        text, repairs = _mended(raw, surroundings)
        try:
            elements = surroundings.parse(text, "utf-8")
        except etree.XMLSyntaxError as error:
            what = str(error.msg).split(", line")[0]
            raise Unreadable(f"not well-formed XML: {what}") from error
    if len(elements) != 1:
        raise Unreadable("not well-formed XML: a record ends in the middle")
    return elements[0], repairs


def _mended(raw: bytes, surroundings: _Surroundings) -> tuple[bytes, tuple[str, ...]]:
    """Return a record as UTF-8 without what most often makes XML unreadable, and the repairs."""
    repairs = []
    try:
        text = raw.decode(surroundings.encoding)
    except UnicodeDecodeError:
        text, repair = decode(raw, says_utf8=True)
        repairs.append(repair.replace("leader says", "the file says"))
    bare, ampersands = _BARE.subn("&amp;", text)
    if ampersands:
        repairs.append(f"{counted(ampersands, 'bare ampersand')} read as such")
    legal = _CONTROL.sub("", _REFERENCE.sub(_legal, bare))
    if legal != bare:
        repairs.append("characters that XML does not allow removed")
    if surroundings.declare_missing(raw):
        repairs.append("a namespace prefix was not declared")
    return legal.encode(), tuple(repairs)


def _legal(reference: re.Match[str]) -> str:
    """Return a character reference, or nothing where XML does not allow the character."""
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    is_legal = code in {9, 10, 13} or (0x20 <= code < 0x110000 and not _CONTROL.match(chr(code)))
    return reference[0] if is_legal else ""
