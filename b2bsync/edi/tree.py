"""A transaction set as a tree: loops that hold segments and further loops."""

from collections.abc import Iterable, Iterator

import msgspec


class Loop(msgspec.Struct, eq=False, gc=False):
    """One occurrence of a loop. The message itself is the loop with an empty id.

    ``segments``: tag → rows in reading order; a row is ``[tag, element 01, element 02, …]``, values as text, empty
    where absent, composites as one text with the component separator in it.
    ``loops``: loop id (the tag that opens it) → occurrences in reading order.
    ``unknown``: rows that the structure has no place for. ``ordinal``: segment number of the opening segment in its
    set, ST = 1; 0 where the loop was not read.
    """

    id: str = ""
    ordinal: int = 0
    segments: dict[str, list[list[str]]] = msgspec.field(default_factory=dict)
    loops: "dict[str, list[Loop]]" = msgspec.field(default_factory=dict)
    unknown: list[list[str]] = msgspec.field(default_factory=list)

    def add(self, tag: str, elements: Iterable[str | None] = ()) -> list[str]:
        """Append a segment to this loop and return its row: ``loop.add("PO1", ["1", "10", "EA"])``."""
        row = [tag, *[value or "" for value in elements]]
        self.segments.setdefault(tag, []).append(row)
        return row

    def loop(self, id: str) -> "Loop":
        """Append an empty occurrence of a child loop and return it."""
        child = Loop(id)
        self.loops.setdefault(id, []).append(child)
        return child

    def set(self, tag: str, position: int, value: str, occurrence: int = 0) -> None:
        """Put a value at a position (from 1) of a segment's occurrence (from 0); segment and row grow as needed."""
        rows = self.segments.setdefault(tag, [])
        while len(rows) <= occurrence:
            rows.append([tag])
        row = rows[occurrence]
        if len(row) <= position:
            row.extend([""] * (position + 1 - len(row)))
        row[position] = value

    def all(self, tag: str) -> list[list[str]]:
        """The rows of a tag in this loop; empty when there is none."""
        return self.segments.get(tag, [])

    def first(self, tag: str) -> list[str] | None:
        """The first row of a tag in this loop."""
        rows = self.segments.get(tag)
        return rows[0] if rows else None

    def value(self, tag: str, position: int, occurrence: int = 0) -> str:
        """The value at a position (from 1) of a segment's occurrence (from 0); empty text when it is not there."""
        rows = self.segments.get(tag)
        if rows is None or len(rows) <= occurrence or len(rows[occurrence]) <= position:
            return ""
        return rows[occurrence][position]

    def children(self, id: str) -> "list[Loop]":
        """The occurrences of a child loop; empty when there is none."""
        return self.loops.get(id, [])

    def walk(self) -> "Iterator[Loop]":
        """This loop and all below it, outer before inner."""
        yield self
        for occurrences in self.loops.values():
            for child in occurrences:
                yield from child.walk()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Loop):
            return NotImplemented
        return (self.id, self.segments, self.loops, self.unknown) == (
            other.id,
            other.segments,
            other.loops,
            other.unknown,
        )

    __hash__ = None  # type: ignore[assignment]  # a tree is built up, so it has no lasting hash

    def __repr__(self) -> str:
        return f"Loop({self.id!r}, segments={self.segments!r}, loops={self.loops!r})"
