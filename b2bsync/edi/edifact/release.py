"""The release character: after :func:`protect` plain ``str.split`` is right everywhere, :func:`restore` undoes it.

A released character becomes one that no value holds, so that lengths and positions in a value stay right (ISO 9735-1
§7.3: the release character does not count).
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from b2bsync.edi.envelope import Delimiters

_MARKS = "\ue000\ue001\ue002\ue003\ue004"
"""What stands for a released release character, segment terminator, element, component and repetition separator."""


_FEW = 12
"""Release characters up to which one call for each is cheaper than to go through the text for each delimiter."""


class Releases:
    """What one set of delimiters needs."""

    def __init__(self, d: Delimiters) -> None:
        assert d.release is not None
        meant = [d.release, d.segment, d.element, d.component, *([d.repetition] if d.repetition else [])]
        self.release = d.release
        self._marks = [(mark, character) for mark, character in zip(_MARKS, meant, strict=False) if character]
        self.back = {ord(mark): character for mark, character in self._marks}
        self.written = {ord(character): d.release + character for _, character in self._marks}
        release, segment = re.escape(d.release), re.escape(d.segment)
        wraps = "" if d.segment in "\r\n" else "[\r\n]*"  # a file may have been wrapped behind a release character
        self.signs = not any(map(str.isalnum, meant))  # so that no letter and no digit is one of them
        self._stray = re.compile(f"{release}{wraps}([\\s\\S])")
        self._wrapped = () if d.segment in "\r\n" else (d.release + "\n", d.release + "\r")
        self._marked = {character: mark for mark, character in reversed(self._marks)}  # of equal ones the first counts
        self._rest = re.compile(rf"(?:[^{release}{segment}]++|{release}{wraps}[\s\S]?)*+{segment}?")

    def end(self, text: str, begin: int) -> int:
        """Where the segment that a place is in ends, its terminator included; no release character stands before it."""
        found = self._rest.match(text, begin)
        assert found is not None  # whatever follows
        return found.end()

    def places(self, text: str) -> list[int]:
        """Where something is released."""
        return [found.start() for found in self._stray.finditer(text)]

    def masked(self, text: str) -> str:
        """The text with other characters for what is released, so that what is found in it separates."""
        return self._stray.sub(lambda found: "\ue000" * len(found[0]), text) if self.release in text else text

    def is_wrapped(self, text: str) -> bool:
        """Whether a line break stands behind a release character."""
        return any(each in text for each in self._wrapped)

    def protect(self, text: str) -> str:
        if text.count(self.release) < _FEW or self.is_wrapped(text):
            return self._stray.sub(self._instead, text)
        for mark, character in self._marks:  # the release character first: what follows a doubled one is not released
            text = text.replace(self.release + character, mark)
        return self._stray.sub(r"\1", text) if self.release in text else text

    def _instead(self, found: re.Match[str]) -> str:
        return self._marked.get(found[1], found[1])

    def restore(self, text: str) -> str:
        for mark, character in self._marks:
            text = text.replace(mark, character)
        return text


@lru_cache(maxsize=64)
def releases(delimiters: Delimiters) -> Releases:
    return Releases(delimiters)


def protect(text: str, delimiters: Delimiters) -> str:
    """Text in which released characters are marked and release characters are gone.

    A release character before any other character releases nothing and is left out; at the very end it stays.
    """
    if delimiters.release is None or delimiters.release not in text:
        return text
    return releases(delimiters).protect(text)


_RARE = 256
"""Characters to each release character from which on it pays to look for the segments without one."""


def pieces(text: str, delimiters: Delimiters) -> Iterator[tuple[str, bool]]:
    """A text of whole segments in pieces of such, protected, and whether there can be marks in a piece.

    One mark makes every character of its text take two bytes, and splitting it twice the time: segments with release
    characters stand in pieces of their own, unless most have some.
    """
    release, segment = delimiters.release, delimiters.segment
    if release is None or release not in text:
        yield text, False
        return
    known, begin = releases(delimiters), 0
    if text.count(release) * _RARE > len(text):
        yield known.protect(text), True
        return
    while (at := text.find(release, begin)) >= 0:
        first = max(text.rfind(segment, begin, at) + 1, begin)
        end = known.end(text, at)
        if first > begin:
            yield text[begin:first], False
        yield known.protect(text[first:end]), True
        begin = end
    yield text[begin:], False


def restore(value: str, delimiters: Delimiters) -> str:
    """A value of protected text as it was meant."""
    if value.isascii() or delimiters.release is None:
        return value
    return releases(delimiters).restore(value)


def released(value: str, delimiters: Delimiters) -> str:
    """A value as it is written: each delimiter in it behind a release character."""
    known = releases(delimiters)
    return value if known.signs and value.isalnum() else value.translate(known.written)


def places(raw: str, delimiters: Delimiters) -> list[int]:
    """Where the release characters stand in a text that release something: :func:`protect` takes out each."""
    if delimiters.release is None or delimiters.release not in raw:
        return []
    return releases(delimiters).places(raw)
