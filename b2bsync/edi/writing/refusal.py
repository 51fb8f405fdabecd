"""Say what cannot be written, and where; or put something else in its place, where the policy says so.

The slow way, value by value, taken only for segments in which something is wrong.
"""

from collections.abc import Iterable, Sequence
from typing import NoReturn

from b2bsync.edi.envelope import Delimiters
from b2bsync.edi.errors import Unwritable
from b2bsync.edi.writing.policy import Policy
from b2bsync.edi.writing.repertoire import Repertoire
from b2bsync.edi.writing.rows import Element, Row, element_of, texts_of
from b2bsync.vocabulary.findings import Finding, Severity


class Scrutiny:
    """Looks at every value of rows. ``forbidden`` are the delimiters that no value may hold."""

    def __init__(self, delimiters: Delimiters, forbidden: str, repertoire: Repertoire, policy: Policy) -> None:
        self.delimiters, self.forbidden = delimiters, forbidden
        self.repertoire, self.policy = repertoire, policy
        self.ordinal, self.tag = 0, ""  # the segment that is being looked at

    def rows(self, rows: Sequence[Row]) -> list[list[Element]]:
        """The rows with nothing in them that cannot be written. Raises Unwritable where the policy has no answer."""
        return [self._row(row, ordinal) for ordinal, row in enumerate(rows, 1)]

    def _row(self, row: Row, ordinal: int) -> list[Element]:
        self.ordinal, self.tag = ordinal, str(row[0]) if len(row) else ""
        cleaned = [self._element(element, number) for number, element in enumerate(row)]
        if not cleaned or not texts_of(cleaned[0], ".")[0][0]:
            self._refuse("tag-missing", "the segment has no tag", None, None, "", "a tag, such as N1 or NAD")
        return cleaned

    def _element(self, element: Element, number: int) -> Element:
        try:
            repetitions = texts_of(element, self.delimiters.decimal)
        except TypeError as error:
            self._refuse("value-invalid", str(error), number, None, repr(element), "text, int, Decimal")
        d = self.delimiters
        if len(repetitions) > 1 and not d.repetition:
            message = "an element stands several times, and the interchange has no repetition separator"
            self._refuse("repetition-impossible", message, number, None, "", None)
        if any(len(part) > 1 for part in repetitions) and not d.component:
            message = "an element has components, and the interchange has no component separator"
            self._refuse("composite-impossible", message, number, None, "", None)
        return element_of(
            [
                [self._value(value, number, place if len(part) > 1 else None) for place, value in enumerate(part, 1)]
                for part in repetitions
            ]
        )

    def _value(self, value: str, number: int, component: int | None) -> str:
        if all(character not in self.forbidden and self.repertoire.has(character) for character in value):
            return value
        return "".join([self._character(character, value, number, component) for character in value])

    def _character(self, character: str, value: str, number: int, component: int | None) -> str:
        forbidden = character in self.forbidden
        if not forbidden and self.repertoire.has(character):
            return character
        replacement, outside = self.policy.replacement, self.policy.outside
        control = ord(character) < 32 or ord(character) == 127
        if number and (forbidden or control):
            if replacement is not None:
                return replacement
        elif number and outside == "simplify":
            nearest = self.repertoire.nearest(character)
            return nearest if nearest and not set(nearest) & set(self.forbidden) else str(replacement)
        elif number and outside == "replace":
            return str(replacement)
        place = f"{self.tag}{number:02d}" + (f"-{component}" if component else "")
        if forbidden:
            what, advice = f"the delimiter {character!r}", "change the value or the partner's delimiters"
        elif control:
            what, advice = f"the control character {character!r}", "change the value"
        else:
            what = f"{character!r}, which character set {self.repertoire.name} lacks"
            advice = "change the value or agree on another character set"
        return self._refuse(
            "delimiter-in-value" if forbidden else "character-invalid",
            f"{place} holds {what}; {advice}, or set a replacement character",
            number, component, value, f"characters of {self.repertoire.name}",
        )  # fmt: skip

    def _refuse(
        self, code: str, message: str, number: int | None, component: int | None, value: str, allowed: str | None
    ) -> NoReturn:
        raise Unwritable(
            Finding(
                severity=Severity.ERROR, code=code, message=message, segment=self.ordinal, tag=self.tag or None,
                element=number or None, component=component, value=value or None, allowed=allowed,
            )
        )  # fmt: skip


def check_delimiters(d: Delimiters, standard: str, characters: Iterable[str] = ()) -> None:
    """Raise Unwritable unless the delimiters are different characters of ASCII, none a letter, digit or blank.

    ``component`` may be empty, where there are no composites. ``characters`` are others that must differ from them.
    """
    named = {
        "segment": d.segment, "element": d.element, "component": d.component or None, "repetition": d.repetition,
        "release": d.release,
    }  # fmt: skip
    used = {name: character for name, character in named.items() if character is not None}
    tag, element = ("ISA", 16) if standard == "X12" else ("UNA", None)

    def refuse(code: str, message: str, value: str) -> NoReturn:
        raise Unwritable(
            Finding(
                severity=Severity.ERROR, code=code, message=message, ack_level="interchange", tag=tag, element=element,
                value=value or None, allowed="different characters of ASCII, no letter, no digit, no blank",
            )
        )  # fmt: skip

    for name, character in used.items():
        if len(character) != 1 or not character.isascii() or character.isalnum() or character in " \0":
            refuse("delimiter-invalid", f"{character!r} cannot be the {name} delimiter", character)
    if len(set(used.values())) < len(used):
        said = ", ".join(f"{name} {character!r}" for name, character in used.items())
        refuse("delimiters-equal", f"two delimiters are the same character: {said}", d.segment)
    if standard != "X12" and (d.decimal not in (".", ",") or d.decimal in used.values()):
        refuse("delimiter-invalid", f"{d.decimal!r} cannot be the decimal mark", d.decimal)
    for character in characters:
        if character in used.values():
            refuse("delimiter-invalid", f"{character!r} is a delimiter and cannot be the replacement", character)
