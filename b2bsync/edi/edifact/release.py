"""The release character: after :func:`protect` plain ``str.split`` is right everywhere, :func:`restore` undoes it.

A released character becomes one that no value holds, so that lengths and positions in a value stay right (ISO 9735-1
§7.3: the release character does not count).
"""

import re
from functools import lru_cache

from b2bsync.edi.envelope import Delimiters

_MARKS = "\ue000\ue001\ue002\ue003\ue004"
"""What stands for a released release character, segment terminator, element, component and repetition separator."""


class Releases:
    """What one set of delimiters needs."""

    def __init__(self, d: Delimiters) -> None:
        assert d.release is not None
        meant = [d.release, d.segment, d.element, d.component, *([d.repetition] if d.repetition else [])]
        self.release = d.release
        self.pairs = [(d.release + character, mark) for character, mark in zip(meant, _MARKS, strict=False)]
        self.back = {ord(mark): character for character, mark in zip(meant, _MARKS, strict=False)}
        self.written = {ord(character): d.release + character for character in meant}
        self.stray = re.compile(re.escape(d.release) + r"([\s\S])")


@lru_cache(maxsize=64)
def releases(delimiters: Delimiters) -> Releases:
    return Releases(delimiters)


def protect(text: str, delimiters: Delimiters) -> str:
    """Text in which released characters are marked and release characters are gone.

    A release character before any other character releases nothing and is left out; at the very end it stays.
    """
    if delimiters.release is None or delimiters.release not in text:
        return text
    known = releases(delimiters)
    for pair, mark in known.pairs:  # the doubled release character first: what follows it is not released
        text = text.replace(pair, mark)
    return known.stray.sub(r"\1", text) if known.release in text else text


_MARKED = re.compile(f"[{_MARKS}]").search


def restore(value: str, delimiters: Delimiters) -> str:
    """A value of protected text as it was meant."""
    if delimiters.release is None or value.isascii() or not _MARKED(value):
        return value
    return value.translate(releases(delimiters).back)


def released(value: str, delimiters: Delimiters) -> str:
    """A value as it is written: each delimiter in it behind a release character."""
    return value.translate(releases(delimiters).written)
