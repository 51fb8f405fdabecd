"""What a stream that is no EDI looks like, by its first bytes: a hint for the one who has to find out."""

SAMPLE = 20
"""Bytes of a stream that are looked at; of fewer the stream has no more."""

_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"


def appearance(sample: bytes) -> str:
    """``; it looks like gzip``, to be put behind a message; empty where the first bytes say nothing. ``sample`` has
    :data:`SAMPLE` of them, if there are so many."""
    if sample.startswith(_GZIP):
        return "; it looks like gzip: unpack it first"
    if sample.startswith(_ZIP):
        return "; it looks like zip: unpack it first"
    if sample.startswith(_UTF16) or _alternates(sample):
        return "; it looks like UTF-16: save it in an encoding of one byte a character"
    if sample.startswith((b"ISA", b"UNB")) and len(sample) < SAMPLE:
        return f"; the file ends within {sample[:3].decode()}"
    if sample.lstrip(_BOM).startswith((b"<", b"{")):
        return "; it looks like XML or JSON"
    if sample.lstrip(_BOM).startswith((b"GS", b"ST")):
        return "; it starts inside an interchange, ask the sender for the whole"
    return ""


def _alternates(sample: bytes) -> bool:
    """Whether every other byte is NUL: Latin letters in UTF-16 without a byte order mark."""
    pairs = sample[: len(sample) // 2 * 2]
    return len(pairs) >= 4 and (not any(pairs[1::2]) or not any(pairs[::2]))
