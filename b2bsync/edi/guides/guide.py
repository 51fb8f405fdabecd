"""A partner's guide: what he uses of a set or message, and how. Types only; :mod:`.loading` reads them from TOML.

A guide narrows the standard and never widens it: what it says comes on top of the standard's own rules.
"""

from typing import NamedTuple

import msgspec

from b2bsync.edi import standard
from b2bsync.edi.structure import MessageGrammar, grammar
from b2bsync.vocabulary.findings import Severity


class Spot(NamedTuple):
    """An element of a segment, or one component of it; both count from 1."""

    element: int
    component: int | None = None


class Qualifier(msgspec.Struct, frozen=True):
    """``[N101=ST|BY]``: one of the spots must hold one of the values; with ``negative`` (``!=``) none of them may.

    There is more than one spot where the test names an element by a number that stands more than once.
    """

    text: str
    spots: tuple[Spot, ...]
    values: tuple[str, ...]
    negative: bool = False


class Place(msgspec.Struct, frozen=True):
    """What a rule is about: the occurrences of a segment or loop, or elements of it (``spots``).

    ``path`` are the ids of the loops around it, from the message; ``tests`` the tests on each of them, seen in its
    opening segment. A segment that opens a loop (``opens``) stands for the loop: its id is the last of ``path``, its
    tests the last of ``tests``. Otherwise ``own`` are the tests on the segment itself.
    """

    path: tuple[str, ...]
    tests: tuple[tuple[Qualifier, ...], ...]
    tag: str
    opens: bool
    own: tuple[Qualifier, ...] = ()
    spots: tuple[Spot, ...] = ()

    @property
    def around(self) -> tuple[str, ...]:
        """The loop in which the occurrences are counted."""
        return self.path[:-1] if self.opens else self.path

    @property
    def outer(self) -> tuple[tuple[tuple[str, ...], tuple[Qualifier, ...]], ...]:
        """The loops around the occurrence that have tests, each with its path."""
        return tuple(
            (self.path[: depth + 1], tests)
            for depth, tests in enumerate(self.tests[: len(self.around)])
            if tests
        )  # fmt: skip

    @property
    def conditions(self) -> tuple[Qualifier, ...]:
        """The tests on the occurrence itself."""
        return self.tests[-1] if self.opens else self.own

    def __str__(self) -> str:
        """The occurrences as people call them: ``N1 with N101=ST``."""
        name = self.path[-1] if self.opens else self.tag
        return name + "".join(f" with {test.text}" for test in self.conditions)


class Occurrence(msgspec.Struct, frozen=True, kw_only=True):
    """How often a segment or loop stands, in each occurrence of the loop around it. ``maximum`` None: as the standard
    says. ``note`` is the guide's own word on it, for people."""

    place: Place
    used: bool = True
    minimum: int = 0
    maximum: int | None = None
    severity: Severity = Severity.ERROR
    note: str = ""


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What an element or component holds. ``shortest`` and ``longest`` in characters, of numbers in digits as the
    standard counts them; ``pattern`` is a regular expression for the whole value; ``example`` is for samples."""

    place: Place
    used: bool = True
    mandatory: bool = False
    codes: tuple[str, ...] = ()
    shortest: int | None = None
    longest: int | None = None
    pattern: str | None = None
    example: str | None = None
    severity: Severity = Severity.ERROR
    note: str = ""


class Guide(msgspec.Struct, frozen=True, kw_only=True):
    """A partner's rules for one set or message of one version.

    ``standard`` is ``x12`` or ``edifact``, ``version`` as the guide says it, ``facts`` the version whose facts its
    places are checked against. ``closed``: segments that no rule names are not used. ``severity`` is that of rules that
    say none. ``extra``: loop and tag of segments that the standard does not have there, and the partner sends.
    """

    name: str
    title: str = ""
    standard: str
    version: str
    facts: str
    type: str
    closed: bool = False
    severity: Severity = Severity.ERROR
    occurrences: tuple[Occurrence, ...] = ()
    contents: tuple[Content, ...] = ()
    extra: tuple[tuple[tuple[str, ...], str], ...] = ()

    @property
    def message(self) -> MessageGrammar:
        """The structure of the set or message."""
        return grammar(self.facts).message(self.type)

    def fits(self, version: str, type: str) -> bool:
        """Whether a set of this GS08 value or directory (``004010VICS``, ``D96A``) can be judged by it."""
        return type == self.type and standard.nearest(version) == self.facts
