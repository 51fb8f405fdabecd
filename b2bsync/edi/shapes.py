"""What the rows of a segment looked like so far: how long they were, which positions had a value and which had none.

Partners fill a segment in one or two ways of the thousands that its standard has room for; a pattern that knows them
is half the work.
"""

from collections.abc import Sequence
from itertools import product

from b2bsync.edi.standard import Relation, Use


class Shape:
    """The rows of one segment, or the components of one composite. ``lengths``: how many positions they had, empty
    ones at the end left out; ``filled`` and ``empty``: the positions that had a value, and that had none, counted from
    1; ``parts``: the components of composites, by position."""

    __slots__ = ("empty", "filled", "lengths", "parts")

    def __init__(self) -> None:
        self.lengths, self.filled, self.empty = set[int](), set[int](), set[int]()
        self.parts = dict[int, Shape]()

    def learn(self, values: Sequence[str], uses: Sequence[Use], component: str) -> None:
        """Take in the values of one row; ``component`` is empty where they have none."""
        count = min(len(values), len(uses))
        while count and not values[count - 1]:
            count -= 1
        self.lengths.add(count)
        for position in range(1, count + 1):
            value, composite = values[position - 1], uses[position - 1].composite
            (self.filled if value else self.empty).add(position)
            if composite is not None and component and value.strip(component):
                self.parts.setdefault(position, Shape()).learn(value.split(component), composite.uses, "")

    def add(self, other: "Shape") -> None:
        """Take in all that another one has."""
        self.lengths |= other.lengths
        self.filled |= other.filled
        self.empty |= other.empty
        for position, part in other.parts.items():
            self.parts.setdefault(position, Shape()).add(part)

    @property
    def size(self) -> int:
        """Grows with whatever is learnt."""
        parts = sum(part.size for part in self.parts.values())
        return len(self.lengths) + len(self.filled) + len(self.empty) + parts

    def ends(self, uses: Sequence[Use]) -> set[int]:
        """The lengths that leave out nothing mandatory; where there are none, the shortest one that does not."""
        least = max((n for n, use in enumerate(uses, 1) if use.mandatory), default=0)
        return {length for length in self.lengths if length >= least} or {least}

    def states(self, position: int, use: Use) -> tuple[bool, ...]:
        """Whether a position that is there may be filled and may be empty."""
        if use.mandatory or position not in self.empty:
            return (True,)
        return (True, False) if position in self.filled else (False,)

    def settles(self, relations: Sequence[Relation], uses: Sequence[Use]) -> bool:
        """Whether relations hold in all rows of this shape, whatever their values are."""
        return all(
            relation.holds({p for p, filled in zip(relation.positions, there, strict=True) if filled})
            for relation in relations
            for length in self.ends(uses)
            for there in product(*(self._states_within(length, p, uses[p - 1]) for p in relation.positions))
        )

    def _states_within(self, length: int, position: int, use: Use) -> tuple[bool, ...]:
        """Those of a position in rows of one length, of which none ends with an empty one."""
        if position >= length:
            return (position == length,)
        return self.states(position, use)
