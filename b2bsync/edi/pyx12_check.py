"""pyx12 as a second opinion on X12 sets: an engine of other authors, behind our own reader, with its traps guarded.

The only importer of pyx12, and only of its two pure calls (walk to the segment's place, judge its elements); its
reader, its envelopes and its acknowledgements are not used. It judges by maps that are written from our facts, so it
tests our engine and not our facts; for 850 and 856 of 004010 there are maps written by hand, which test the facts.

What pyx12 refuses although partners may send it is not passed on: letters of other languages, blanks at the end of a
value, a decimal point at the end of a number. What it cannot see, and what it judges differently on purpose, is listed
in :mod:`b2bsync.edi.second.differences`, which tells agreement from disagreement.

>>> opinions = Pyx12Check("004010", "850").run(rows(raw, delimiters), delimiters)
>>> disagreements(read_set(raw, delimiters, "004010").findings, opinions)
"""

import logging
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pyx12.map_if import load_map_file
from pyx12.map_walker import walk_tree
from pyx12.params import ParamsBase
from pyx12.segment import Composite
from pyx12.syntax import is_syntax_valid

from b2bsync.edi.envelope import Delimiters
from b2bsync.edi.errors import CodecError
from b2bsync.edi.report import BLANKS, Report
from b2bsync.edi.second import maps
from b2bsync.edi.second.differences import Difference, differences, disagreements
from b2bsync.edi.second.narrowing import narrowed
from b2bsync.edi.second.opinion import Opinion
from b2bsync.edi.second.steps import Counter, Step
from b2bsync.edi.second.tolerance import cause, is_tolerated
from b2bsync.edi.standard import X12
from b2bsync.edi.structure import MessageGrammar, grammar
from b2bsync.vocabulary.findings import Finding, Severity

__all__ = ["Difference", "Opinion", "Pyx12Check", "differences", "disagreements", "narrowed", "rows"]

LIMIT = 100
"""Most opinions on one set, as many as our own reader keeps findings."""

VALUES = 4096
"""Most values remembered as right for one position of a segment."""

SEGMENTS = 2000
"""Most segments of a set that are remembered, those of other component separators counted again."""

_logger = logging.getLogger("pyx12")  # it logs every finding with its value: prices, names
_logger.setLevel(logging.CRITICAL + 1)
_logger.propagate = False

_NOTE = re.compile(r"\(([PRECL])((?:\d\d)+)\)")
_PLACE = re.compile(r"\d{1,2}$")


def rows(raw: str, delimiters: Delimiters, charset: str | None = None) -> list[list[str]]:
    """The segments of a set ``[tag, element 01, …]`` from ST to SE, tidied and counted as :func:`read_set` does it."""
    parts = Report(raw, delimiters, 0, X12, charset).parts()
    cut = (part.split(delimiters.element) for part in parts if part.strip(BLANKS))
    return [[row[0].strip(BLANKS).upper(), *row[1:]] for row in cut]


class Pyx12Check:
    """The second judge of one set. Cheap to make: maps are loaded once in the process, and shared by threads."""

    def __init__(self, version: str, type: str, message: MessageGrammar | None = None) -> None:
        """By the facts of a version (``004010VICS``; what ``read_set`` calls ``facts``), or by what a guide leaves of
        them (:func:`narrowed`), which is loaded anew each time.

        Raises CodecError where there are no facts for version or set.
        """
        known = grammar(version)
        self._map = _Map(maps.generated(message), known.version) if message else _generated(known.version, type)

    @classmethod
    def written(cls, version: str, type: str) -> "Pyx12Check":
        """By the map that was written by hand. Raises CodecError where there is none."""
        check = cls.__new__(cls)
        check._map = _written(grammar(version).version, type)
        return check

    def run(self, rows: Sequence[Sequence[str]], delimiters: Delimiters) -> tuple[Opinion, ...]:
        """What pyx12 says of a set from ST to SE, each row ``[tag, element 01, …]``; at most ``LIMIT`` opinions.

        Never raises: where pyx12 fails, that is an opinion of level ``engine``.
        """
        run = _Run(self._map, delimiters)
        for ordinal, row in enumerate(rows, 1):
            if len(run.opinions) >= LIMIT:
                break
            try:
                run.segment(ordinal, list(row))
            except Exception as error:  # whatever it is: another engine's failure is not ours
                run.say(ordinal, row[0] if row else "", "engine", message=f"{type(error).__name__}: {error}")
        return tuple(run.opinions)


@cache
def _generated(version: str, type: str) -> "_Map":
    return _Map(maps.generated(grammar(version).message(type)), version)


@cache
def _written(version: str, type: str) -> "_Map":
    found = maps.written(version, type)
    if found is None:
        message = f"there is no hand-written map for {type} of {version}"
        raise CodecError(Finding(severity=Severity.FATAL, code="map-unknown", message=message, value=type))
    return _Map(found, version)


class _Map:
    """A loaded map, and what was learnt about its segments so far. pyx12 only reads it."""

    def __init__(self, files: dict[str, str], version: str) -> None:
        with TemporaryDirectory(prefix="b2bsync-map-") as directory:
            for name, text in files.items():
                Path(directory, name).write_text(text, "utf-8")
            loaded: Any = load_map_file(maps.SET, ParamsBase(), directory)
        loaded.icvn = "00401" if version < "005" else "00501"
        self.first: Any = loaded.getnodebypath(f"/{maps.ROOT}/ST")
        self.tags = {node.id for node in self.first.parent.loop_segment_iterator() if node.is_segment()}
        self.paths: dict[int, str] = {}
        self.steps: dict[tuple[int, str], Step] = {}  # by the place before (nodes live as long as the map) and the tag
        self._proven: dict[tuple[int, str], _Proven] = {}

    def proven(self, node: Any, component: str) -> "_Proven":
        key = id(node), component
        known = self._proven.get(key)
        if known is None:
            if len(self._proven) >= SEGMENTS:  # each partner may separate components in its own way
                self._proven.clear()
            known = self._proven[key] = _Proven(node, component)
        return known


class _Run:
    """The way through one set."""

    def __init__(self, map: _Map, delimiters: Delimiters) -> None:
        self.map, self.node = map, map.first
        self.component = delimiters.component or "\uffff"  # pyx12 wants one, even where the interchange has none
        self.repetition = delimiters.repetition
        self.opinions: dict[Opinion, None] = {}  # pyx12 says some things twice
        self.walker: Any = walk_tree()
        self.counter = self.walker.counter = Counter(map.paths)
        self.walker.forceWalkCounterToLoopStart(f"/{maps.ROOT}", f"/{maps.ROOT}/ST")

    def say(self, ordinal: int, tag: str, level: str, **more: Any) -> None:
        if len(self.opinions) < LIMIT:
            self.opinions[Opinion(segment=ordinal, tag=tag, level=level, **more)] = None

    def segment(self, ordinal: int, row: list[str]) -> None:
        """Place a segment, and judge its elements where it stands."""
        segment = _Row(row, self.component)
        if ordinal == 1:
            if row[0] != self.node.id:
                self._misplaced(ordinal, row[0], "1", "the set does not begin with ST")
                return
        elif not self._place(ordinal, segment):
            return
        repeated = self.repetition is not None and any(self.repetition in value for value in row[1:])
        if repeated or not self.map.proven(self.node, self.component).clean(row, segment):
            self._elements(ordinal, row)

    def _place(self, ordinal: int, segment: "_Row") -> bool:
        """Go to a segment's place; false where pyx12 finds none, and stays."""
        key = id(self.node), segment.row[0]
        step = self.map.steps.get(key)
        if step is not None and self.counter.take(step):
            self.node = step.node
            return True
        found, _, _, errors = self.walker.walk_errors(self.node, segment, ordinal, ordinal, None)
        for error in errors:
            tag = error.seg_data.get_seg_id() if error.seg_data is not None else segment.row[0]
            self._misplaced(ordinal, tag, error.err_cde, error.err_str)
        if found is None:
            return False
        skipped = found is self.node and self._skipped(ordinal)
        self.node = found
        if not errors and not skipped:
            self.map.steps[key] = Step(found)
        return True

    def _skipped(self, ordinal: int) -> bool:
        """A loop that begins again right behind its first segment lacks all the others. pyx12 does not look."""
        if not self.node.is_first_seg_in_loop():
            return False
        _, *others = self.node.parent.childIterator()
        missing = [item.get_first_seg().id if item.is_loop() else item.id for item in others if item.usage == "R"]
        for tag in missing:
            self._misplaced(ordinal, tag, "3", f"mandatory {tag} is missing")
        return bool(missing)

    def _misplaced(self, ordinal: int, tag: str, code: str, message: str) -> None:
        if code == "1" and tag in self.map.tags:
            code = "2"  # pyx12 calls unknown whatever it has no place for
        self.say(ordinal, tag, "segment", code=code, message=message)

    def _elements(self, ordinal: int, row: list[str]) -> None:
        """Judge a row in full. pyx12 knows no repetitions: it sees the first ones in the row, the others alone."""
        for field, value in self._others(row):
            for error in field.is_valid_errors(Composite(value, self.component))[1]:
                self._wrong(ordinal, row, error, field.seq, value)
        for place, field in enumerate(self.node.children, 1):
            parts = row[place].split(self.component) if place < len(row) and field.is_composite() else []
            if len(parts) > len(field.children):  # an IndexError in pyx12
                self.say(
                    ordinal, row[0], "element", code="3", element=place, component=len(field.children) + 1,
                    reference=field.data_ele, value=row[place], message="more components than the composite has",
                )  # fmt: skip
                row[place] = self.component.join(parts[: len(field.children)])
        segment = _Row(row, self.component)
        for error in self.node.is_valid_errors(segment)[1]:
            self._wrong(ordinal, row, error)

    def _others(self, row: list[str]) -> list[tuple[Any, str]]:
        """The repetitions after the first one, taken out of the row."""
        result = []
        for place, field in enumerate(self.node.children, 1):
            if self.repetition and place < len(row) and self.repetition in row[place]:
                row[place], *others = [part for part in row[place].split(self.repetition) if part] or [""]
                for other in others:
                    parts = other.split(self.component)
                    limit = len(field.children) if field.is_composite() else len(parts)
                    result.append((field, self.component.join(parts[:limit])))
        return result

    def _wrong(self, ordinal: int, row: list[str], error: Any, element: int = 0, value: str | None = None) -> None:
        """Pass on what is wrong with an element, unless partners may send it so."""
        field = error.map_node
        if field is None:  # of the segment: positions by their number in the text
            found = _PLACE.search(str(error.refdes))
            element = element or self._broken(row, error.err_str) or (int(found[0]) if found else 0)
            self.say(
                ordinal, row[0], "element", code=error.err_cde, element=element or None, value=error.err_val,
                message=error.err_str,
            )  # fmt: skip
            return
        inside = field.parent.is_composite()
        element, component = (field.parent.seq, field.seq) if inside else (field.seq, None)
        if value is None:
            value = row[element] if element < len(row) else ""
        if component:
            value = (value.split(self.component) + [""] * component)[component - 1]
        if not is_tolerated(error, value, self.component):
            self.say(
                ordinal, row[0], "element", code=error.err_cde, element=element, component=component,
                reference=field.data_ele.partition(".")[0], value=value, message=error.err_str,
                cause=cause(error, row[0], value, self.component),
            )  # fmt: skip

    def _broken(self, row: list[str], message: str) -> int:
        """The position that a broken relation is about: the first one missing, of an exclusion the second one filled.

        pyx12 itself names the relation's first.
        """
        note = _NOTE.search(message)
        if note is None:
            return 0
        segment = _Row(row, self.component)
        places = [int(note[2][i : i + 2]) for i in range(0, len(note[2]), 2)]
        filled = [place for place in places if segment.get_value(f"{place:02d}")]
        return filled[1] if note[1] == "E" else next(place for place in places if place not in filled)


class _Row:
    """A segment as pyx12 asks for it, over a row that is cut already; composites are cut when asked for."""

    __slots__ = ("component", "row")

    def __init__(self, row: list[str], component: str) -> None:
        self.row, self.component = row, component

    def __len__(self) -> int:
        return len(self.row) - 1

    def get_seg_id(self) -> str:
        return self.row[0]

    def get_value(self, place: str) -> str | None:
        """An element by its number in two digits; None behind the last. Separators alone are no value."""
        number = int(place)
        if number >= len(self.row):
            return None
        value = self.row[number]
        return "" if value.startswith(self.component) and not value.strip(self.component) else value

    def get(self, place: str) -> Any:
        number = int(place)
        return Composite(self.row[number], self.component) if number < len(self.row) else None

    def ele_len(self, place: str) -> int:
        return self.row[int(place)].count(self.component) + 1

    def format(self, *terminators: str) -> str:
        return "*".join(self.row)


class _Proven:
    """What pyx12 found nothing wrong with in one segment: single values, and which positions are filled together.

    It remembers answers of pyx12 and has none of its own. A row it cannot prove clean is to be judged in full.
    """

    def __init__(self, node: Any, component: str) -> None:
        self.node, self.component, self.fields = node, component, list(node.children)
        self.values: list[set[str]] = [set() for _ in self.fields]
        must = [place for place, field in enumerate(self.fields) if not field.is_valid_errors(None)[0]]
        self.must, self.least = sum(1 << place for place in must), max(must, default=-1) + 1
        self.related: dict[int, bool] = {}  # bit mask of the filled positions
        self.never = node.id == "DTP"  # one element says how to read another

    def clean(self, row: list[str], segment: _Row) -> bool:
        if self.never or not self.least <= len(row) - 1 <= len(self.fields):
            return False
        filled, place = 0, -1
        for value in row:
            if place >= 0 and value:
                filled |= 1 << place
                known = self.values[place]
                if value not in known:
                    if not self._right(place, value):
                        return False
                    if len(known) < VALUES:
                        known.add(value)
            place += 1
        right = self.related.get(filled)
        if right is None:
            right = filled & self.must == self.must
            right = right and all(is_syntax_valid(segment, note)[0] for note in self.node.syntax)
            self.related[filled] = right
        return right

    def _right(self, place: int, value: str) -> bool:
        """Whether pyx12 has nothing against a value that counts."""
        field = self.fields[place]
        if value.startswith(self.component):
            return False  # may be separators alone, which fill nothing
        if field.is_composite():
            if value.count(self.component) >= len(field.children):
                return False
            return not list(self._against(field, value))
        return all(is_tolerated(error, value, self.component) for error in self._against(field, value))

    def _against(self, field: Any, value: str) -> Iterator[Any]:
        yield from field.is_valid_errors(Composite(value, self.component))[1]
