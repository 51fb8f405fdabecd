"""Character sets: what a partner can take, by the names of X12 (basic, extended) and of UNB 0001 (UNOA …)."""

import re
import string
import unicodedata
from functools import lru_cache

import msgspec

from b2bsync.edi.charset import charset
from b2bsync.edi.errors import Unwritable
from b2bsync.vocabulary.findings import Finding, Severity

_CAPITALS = string.ascii_uppercase + string.digits + " "
_LEVEL_A = _CAPITALS + ".,-()/='+:?!\"%&*;<>"
_BASIC = _CAPITALS + "!\"&'()*+,-./:;?="
_PRINTABLE = "".join(map(chr, range(32, 127)))
_LETTERS = "¡¿" + "".join(chr(n) for n in range(0xC0, 0x100) if chr(n) not in "×÷")

_EXACT = {  # sets of which every character is listed
    "basic": (_BASIC, "ascii"),  # X12.6 §3.3.1
    "extended": (_PRINTABLE + _LETTERS, "latin-1"),  # X12.6 §3.3.2; of its language characters all of Latin-1
    "UNOA": (_LEVEL_A, "ascii"),  # ISO 9735:1988 annex A
    "UNOB": (_LEVEL_A + string.ascii_lowercase, "ascii"),
}
_ODD = re.compile("[\x80-\x9f\u2028\u2029\ue000-\ue004]")
"""Controls beyond ASCII, and what the reader takes for released characters."""


class Repertoire(msgspec.Struct, frozen=True):
    """A character set. ``plain`` are the bytes of its characters in ``codec``, from 80 on all that the codec may
    make; ``odd`` finds those that a codec has and no value may."""

    name: str
    codec: str
    plain: bytes
    odd: re.Pattern[str] | None = None

    def has(self, character: str) -> bool:
        """Whether a character may be sent; control characters never."""
        try:
            data = character.encode(self.codec)
        except UnicodeEncodeError:
            return False
        return not data.translate(None, self.plain) and not (self.odd and self.odd.search(character))

    def nearest(self, character: str) -> str:
        """Another character for the same: without its accent, or as a capital; empty where there is none."""
        plain = unicodedata.normalize("NFKD", character)[:1]
        for other in (character.upper(), plain, plain.upper()):
            if other and other != character and all(map(self.has, other)):
                return other
        return ""


@lru_cache(maxsize=64)
def repertoire(name: str) -> Repertoire:
    """A character set by its name: ``basic``, ``extended``, ``utf-8``, ``UNOA`` to ``UNOL``, ``UNOW``, ``UNOY``, or
    ``bytes``, of texts whose characters are bytes of whatever set. Raises Unwritable."""
    if name in _EXACT:
        characters, codec = _EXACT[name]
        return Repertoire(name, codec, characters.encode(codec))
    if name == "bytes":
        return Repertoire(name, "latin-1", _PRINTABLE.encode() + bytes(range(128, 256)))
    codec = "utf-8" if name == "utf-8" else charset(name) or ""
    if codec == "utf-8":
        return Repertoire(name, codec, _PRINTABLE.encode() + bytes(range(128, 256)), _ODD)
    if codec:
        return Repertoire(name, codec, _PRINTABLE.encode() + bytes(range(160, 256)))
    raise Unwritable(
        Finding(
            severity=Severity.ERROR, code="character-set-unknown", message=f"character set {name!r} is unknown",
            value=name, allowed="basic, extended, utf-8, bytes, UNOA to UNOL, UNOW, UNOY",
        )
    )  # fmt: skip
