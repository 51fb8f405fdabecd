"""Fast yes/no checks of what a guide says of a segment's elements, generated from its rules.

``doubt(row, component)`` is true when something may break a rule; the rules themselves then say what. It only has to be
right when it says "nothing", for rows without repetitions. It does not ask what stands in the loops around.
"""

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from b2bsync.edi.guides.contents import Check
from b2bsync.edi.guides.guide import Qualifier, Spot

Doubt = Callable[[list[str], str], bool]


def doubt_of(checks: Sequence[Check]) -> Doubt:
    """The check of one segment."""
    return _Source(checks).compiled()


class _Source:
    """Python source over ``e``, the row with empty texts behind it, and ``p3``, the components of element 3."""

    def __init__(self, checks: Sequence[Check]) -> None:
        self.checks = checks
        self.names: dict[str, Any] = {}
        self.split: set[int] = set()  # elements that are taken apart

    def compiled(self) -> Doubt:
        tests = [test for group in self._groups() for test in self._tests(group)]
        spots = [
            *(check.spot for check in self.checks),
            *(spot for check in self.checks for test in check.own for spot in test.spots),
        ]
        self.names["empty"] = [""] * (max((spot.element for spot in spots), default=0) + 1)
        self.names["short"] = [""] * max((spot.component or 0 for spot in spots), default=0)
        lines = ["def doubt(row, c):", " e = row + empty"]
        lines += [f" p{n} = (e[{n}].split(c) if c else [e[{n}]]) + short" for n in sorted(self.split)]
        lines += [f" if {test}: return True" for test in tests]
        exec(compile("\n".join([*lines, " return False"]), "<guide>", "exec"), self.names)
        result: Doubt = self.names["doubt"]
        return result

    def _groups(self) -> list[list[Check]]:
        """The checks of each rule together."""
        groups: dict[int, list[Check]] = {}
        for check in self.checks:
            groups.setdefault(id(check.rule), []).append(check)
        return list(groups.values())

    def _tests(self, checks: list[Check]) -> list[str]:
        """Expressions that are true when a rule may be broken."""
        first, rule = checks[0], checks[0].rule
        only = "".join(f"{self._qualifier(test)} and " for test in first.own)
        whole = all(check.spot.component is None for check in checks)
        spots = [check.spot.element for check in checks]
        if not rule.used and whole and spots == list(range(spots[0], spots[-1] + 1)):
            return [f"{only}any(e[{spots[0]}:{spots[-1] + 1}])"]
        if not rule.used:
            return [f"{only}{self._value(check.spot)}" for check in checks]
        if rule.codes and whole and len(spots) > 1:
            allowed, values = self._name(first.codes | {""}), self._name(itemgetter(*spots))
            found = [f"{only}not {allowed}.issuperset({values}(e))"]
        else:
            found = [f"{only}{v} and {v} not in {self._name(check.codes)}"
                     for check in checks if rule.codes for v in [self._value(check.spot)]]  # fmt: skip
        for check in checks:
            value = self._value(check.spot)
            if rule.mandatory:
                found.append(f"{only}not {value}.strip(c)")  # a composite of separators alone is empty, too
            if rule.shortest is not None:
                size = f"{check.low} <= len({value}) <= {check.high}"
                plain = f"{value}.isdigit() and " if check.number else ""
                found.append(f"{only}{value} and not ({plain}{size})")
            if check.matches is not None:  # released characters are marked by others that are not ASCII
                found.append(f"{only}{value} and not ({value}.isascii() and {self._name(check.matches)}({value}))")
        return found

    def _value(self, spot: Spot) -> str:
        if spot.component is None:
            return f"e[{spot.element}]"
        self.split.add(spot.element)
        return f"p{spot.element}[{spot.component - 1}]"

    def _qualifier(self, test: Qualifier) -> str:
        values = self._name(frozenset(test.values))
        said = " or ".join(f"{self._value(spot)} in {values}" for spot in test.spots)
        return f"not ({said})" if test.negative else f"({said})"

    def _name(self, value: Any) -> str:
        name = f"n{len(self.names)}"
        self.names[name] = value
        return name
