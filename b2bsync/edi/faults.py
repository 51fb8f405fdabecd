"""What is wrong with a segment's elements: positions, components, repetitions and relations, in both syntaxes alike.

A syntax adds what a single value must be. :func:`faults` is the authority and read for its answers; the compiled
checks only say whether it has to be asked.
"""

from collections.abc import Iterator, Sequence

from b2bsync.edi.edifact import values as edifact
from b2bsync.edi.envelope import Delimiters
from b2bsync.edi.fault import Fault, Place
from b2bsync.edi.identifiers import wrong_ones
from b2bsync.edi.standard import EDIFACT, Composite, Element, Relation, Segment, Use
from b2bsync.edi.x12 import values as x12
from b2bsync.vocabulary.findings import Severity


def faults(segment: Segment, row: Sequence[str], delimiters: Delimiters, standard: str) -> Iterator[Fault]:
    """What is wrong with a row ``[tag, element 01, …]`` of X12 or EDIFACT, in the order of the elements."""
    found = list(_Judge(delimiters, standard).segment(segment, row[1:]))
    found.sort(key=lambda fault: fault.element)
    return iter(found)


class _Judge:
    def __init__(self, delimiters: Delimiters, standard: str) -> None:
        self.delimiters, self.standard = delimiters, standard
        self.values = edifact.value_faults if standard == EDIFACT else x12.value_faults

    def segment(self, segment: Segment, row: Sequence[str]) -> Iterator[Fault]:
        uses, sent, repetition = segment.uses, row, self.delimiters.repetition
        separators = self.delimiters.component + (repetition or "")
        for number, (use, value) in enumerate(zip(uses, row, strict=False), 1):
            if value and value[0] in separators and self._is_hollow(use, value):
                row = [*row[: number - 1], "", *row[number:]]
                message = "separators without a value between them should be left out"
                yield Fault(Severity.WARNING, "trailing-separator", number, 1, "", "", message)
        component = self.delimiters.component or "\0"
        for number, (use, value) in enumerate(zip(uses, row, strict=False), 1):
            if not value:
                if use.requirement == "M":
                    yield _missing(number, None, use)
            elif repetition and repetition in value:
                yield from self._repeated(use, number, value, repetition)
            elif use.element is None or component in value or not _is_plain(use.element, value):
                yield from self._element(use, number, value)
        for number, use in enumerate(uses[len(row) :], len(row) + 1):
            if use.requirement == "M":
                yield _missing(number, None, use)
        yield from _excess(len(uses), sent, None)
        yield from _related(segment.relations, uses, row, None)
        yield from self._identifiers(segment, row, None)

    def _is_hollow(self, use: Use, value: str) -> bool:
        """Whether nothing but separators stands at a position: then it is empty."""
        separators = self.delimiters.repetition or ""
        if use.composite is not None:
            separators += self.delimiters.component
        return bool(separators) and not value.strip(separators)

    def _repeated(self, use: Use, number: int, value: str, separator: str) -> Iterator[Fault]:
        """A position with all its repetitions."""
        parts = value.split(separator)
        if len(parts) > use.repeat:
            # How often X12 positions may stand is not known of all: said, and not held against the sender.
            severity = Severity.ERROR if use.repeat > 1 or self.standard == EDIFACT else Severity.WARNING
            yield Fault(
                severity, "repetition-too-often", number, None, use.reference, value, f"it stands {len(parts)} times",
                f"at most {use.repeat}",
            )  # fmt: skip
        for part in parts:
            if part:
                yield from self._element(use, number, part)

    def _element(self, use: Use, number: int, value: str) -> Iterator[Fault]:
        if use.composite is not None:
            yield from self._components(use.composite, number, value)
        elif use.element is not None:
            separator = self.delimiters.component
            if separator and separator in value and (self.standard == EDIFACT or use.element.type in ("AN", "ID")):
                # In X12 many a sender has the character in its texts, and nothing is lost by that.
                severity = Severity.ERROR if self.standard == EDIFACT else Severity.WARNING
                yield Fault(
                    severity, "too-many-components", number, None, use.reference, value,
                    "a component separator stands in a value without components", "a single value",
                )  # fmt: skip
                if self.standard == EDIFACT:
                    value = value.split(separator)[0]
            if value and not _is_plain(use.element, value):
                yield from self.values(value, Place(number, None, use.element), self.delimiters)

    def _components(self, composite: Composite, element: int, value: str) -> Iterator[Fault]:
        separator = self.delimiters.component
        parts = value.split(separator) if separator else [value]
        for number, use in enumerate(composite.uses, 1):
            part = parts[number - 1] if number <= len(parts) else ""
            if part and use.element is not None:
                if _is_plain(use.element, part):
                    continue
                yield from self.values(part, Place(element, number, use.element), self.delimiters)
            elif not part and use.mandatory:
                yield _missing(element, number, use)
        yield from _excess(len(composite.uses), parts, element)
        yield from _related(composite.relations, composite.uses, parts, element)
        yield from self._identifiers(composite, parts, element)
        if self.standard == EDIFACT:
            yield from edifact.composite_faults(composite, element, parts)

    def _identifiers(self, owner: Segment | Composite, values: Sequence[str], element: int | None) -> Iterator[Fault]:
        for position, kind, value in wrong_ones(owner, self.standard, values):
            yield Fault(
                Severity.WARNING, "check-digit-wrong", element or position, position if element else None,
                owner.uses[position - 1].reference, value, f"{value!r} is no {kind.name}",
                f"{' or '.join(map(str, kind.lengths))} digits, the last one a check digit",
            )  # fmt: skip


def _is_plain(rule: Element, value: str) -> bool:
    """Whether a value is a text of a right length, of which neither syntax asks more."""
    return rule.type in _TEXTS and not rule.codes and rule.minimum <= len(value) <= rule.maximum


_TEXTS = frozenset({"AN", "ID", "an"})


def _missing(element: int, component: int | None, use: Use) -> Fault:
    return Fault(
        Severity.ERROR,
        "mandatory-component-missing" if component else "mandatory-element-missing",
        element,
        component,
        use.reference,
        "",
        "a mandatory value is missing",
    )


def _excess(count: int, values: Sequence[str], element: int | None) -> Iterator[Fault]:
    """More positions than defined is an error; a trailing separator, which only wastes a byte, a warning."""
    last = len(values)
    while last and not values[last - 1]:
        last -= 1
    if last > count:
        place, component = (element, count + 1) if element else (count + 1, None)
        yield Fault(
            Severity.ERROR, "too-many-elements", place, component, "", values[count], f"{last} positions are filled",
            f"at most {count}",
        )  # fmt: skip
    elif last < len(values):
        place, component = (element, last + 1) if element else (last + 1, None)
        yield Fault(
            Severity.WARNING, "trailing-separator", place, component, "", "",
            "empty positions at the end should be left out",
        )  # fmt: skip


_MEANT = {
    "P": "all of these or none of them",
    "R": "at least one of these",
    "E": "at most one of these",
    "C": "{:02d} needs all others of these",
    "L": "{:02d} needs at least one other of these",
}


def _related(
    relations: tuple[Relation, ...], uses: tuple[Use, ...], values: Sequence[str], element: int | None
) -> Iterator[Fault]:
    filled = {position for position, value in enumerate(values, 1) if value}
    for relation in relations:
        if relation.holds(filled):
            continue
        present = [p for p in relation.positions if p in filled]
        absent = [p for p in relation.positions if p not in filled]
        message = _MEANT[relation.kind].format(relation.positions[0])
        exclusion = relation.kind == "E"
        place = present[1] if exclusion else absent[0]
        yield Fault(
            Severity.ERROR if relation.sure else Severity.WARNING,
            "exclusion-broken" if exclusion else "relation-broken",
            element or place,
            place if element else None,
            uses[place - 1].reference,
            values[place - 1] if exclusion else "",
            f"relation {relation}: {message}",
            f"{message}: " + ", ".join(f"{p:02d}" for p in relation.positions),
        )
