"""One peer at one work, in an interpreter of its own that knows nothing of this project:
``python -P peer.py PACKAGES WORK FILE [MAP]``.

``PACKAGES`` is the directory that the peer is installed in. Prints what the work cost as JSON: CPU seconds of the
fastest and the middle run, and the peak of resident bytes beyond what there was after the import.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

ENOUGH = 1.0
"""CPU seconds after which no further run is begun."""

MOST_RUNS = 7


def count(items: Iterable[Any]) -> int:
    return sum(1 for _ in items)


# Each work imports its peer, prepares, and gives a function that does it once and tells how many of something there
# were: segments, or what the peer counts.


def pyx12_read(path: Path) -> Callable[[], int]:
    from pyx12.x12file import X12Reader

    def run() -> int:
        with X12Reader(str(path)) as reader:
            return count(reader)

    return run


def pyx12_values(path: Path) -> Callable[[], int]:
    from pyx12.x12file import X12Reader

    def run() -> int:
        with X12Reader(str(path)) as reader:
            return sum(count(segment.values_iterator()) for segment in reader)

    return run


def pyx12_write(path: Path) -> Callable[[], int]:
    from io import StringIO

    from pyx12.x12file import X12Reader, X12Writer

    with X12Reader(str(path)) as reader:
        segments = list(reader)

    def run() -> int:
        out = StringIO()
        writer = X12Writer(out, subele_term=">", eol="")
        for segment in segments:
            writer.Write(segment)
        writer.close()
        return len(segments)

    return run


def pyx12_validate(path: Path) -> Callable[[], int]:
    """Every segment walked to its place and its elements judged, by a map given as the last argument."""
    from pyx12.map_if import load_map_file
    from pyx12.map_walker import walk_tree
    from pyx12.params import ParamsBase
    from pyx12.x12file import X12Reader

    map = load_map_file("set.xml", ParamsBase(), sys.argv[4])
    map.icvn = "00401"
    first = map.getnodebypath("/ST_LOOP/ST")

    def run() -> int:
        walker, node, segments = walk_tree(), first, 0
        with X12Reader(str(path)) as reader:
            for number, segment in enumerate(reader):
                tag = segment.get_seg_id()
                if tag in ("ISA", "GS", "GE", "IEA"):
                    continue
                segments += 1
                if tag == "ST":
                    walker, node = walk_tree(), first
                    walker.forceWalkCounterToLoopStart("/ST_LOOP", "/ST_LOOP/ST")
                else:
                    node, _, _, errors = walker.walk_errors(node, segment, number, number, None)
                    if errors:
                        raise SystemExit(f"a valid file is refused: {errors[0].err_str}")
                clean, errors = node.is_valid_errors(segment)
                if not clean:
                    raise SystemExit(f"a valid file is refused: {errors[0].err_str}")
        return segments

    return run


def linuxforhealth_read(path: Path) -> Callable[[], int]:
    from linuxforhealth.x12.io import X12SegmentReader

    def run() -> int:
        with X12SegmentReader(str(path)) as reader:
            return count(reader.segments())

    return run


def ansi_read(path: Path) -> Callable[[], int]:
    from x12 import tokenize_x12

    data = path.read_bytes()
    return lambda: len(tokenize_x12(data).segments)


def ansi_envelope(path: Path) -> Callable[[], int]:
    from x12 import parse_x12_interchange, tokenize_x12

    data = path.read_bytes()

    def run() -> int:
        document = tokenize_x12(data)
        parse_x12_interchange(document)
        return len(document.segments)

    return run


def tigershark_read(path: Path) -> Callable[[], int]:
    from tigershark3.x12.base import Source

    text = path.read_text("latin-1")

    def run() -> int:
        source, segments = Source(text, "*", "~", ">"), 0
        while source.next_segment():
            source.elements()
            segments += 1
        return segments

    return run


def draftedi_read(path: Path) -> Callable[[], int]:
    from draftedi import parse_edi_file

    data = path.read_bytes()
    return lambda: len(parse_edi_file(data))


def badx12_read(path: Path) -> Callable[[], int]:
    import collections
    import collections.abc

    vars(collections)["Iterable"] = collections.abc.Iterable  # it was made for Python before 3.10
    from badx12 import Parser

    text = path.read_text("latin-1")

    def run() -> int:
        Parser(text)
        return 1

    return run


def oxedi_read(path: Path) -> Callable[[], int]:
    import oxedi

    data = path.read_bytes()

    def run() -> int:
        document = oxedi.parse(data).document
        return sum(bool(document[number].elements) for number in range(len(document)))

    return run


def bots(path: Path, function: str, good: str) -> Callable[[], int]:
    import logging

    import edi_parser

    logging.disable(logging.CRITICAL)
    text, syntax = path.read_text("latin-1"), "x12" if path.name.startswith("850") else "edifact"

    def run() -> int:
        result = getattr(edi_parser, function)(content=text, editype=syntax, messagetype=syntax)
        if not result[good]:
            first = result["errors"][0]
            raise SystemExit(f"a valid file is refused: {first['message'] if isinstance(first, dict) else first}")
        return 1

    return run


def pydifact_read(path: Path) -> Callable[[], int]:
    from pydifact.parser import Parser

    text = path.read_text("latin-1")
    return lambda: count(Parser().parse(text))


def pydifact_interchange(path: Path) -> Callable[[], int]:
    from pydifact.segmentcollection import Interchange

    text = path.read_text("latin-1")
    return lambda: len(Interchange.from_str(text).segments)


def pydifact_write(path: Path) -> Callable[[], int]:
    from pydifact.parser import Parser
    from pydifact.serializer import Serializer

    segments = list(Parser().parse(path.read_text("latin-1")))
    return lambda: len(Serializer().serialize(segments))


def edifactlib_read(path: Path) -> Callable[[], int]:
    from edifactlib import Parser

    text = path.read_text("latin-1").replace("ORDERS:D:96A:UN:EAN008", "ORDERS:D:21A:UN")  # it has no D.96A

    def run() -> int:
        Parser().parse(text)
        return 1

    return run


WORKS: dict[str, Callable[[Path], Callable[[], int]]] = {
    "pyx12-read": pyx12_read,
    "pyx12-values": pyx12_values,
    "pyx12-write": pyx12_write,
    "pyx12-validate": pyx12_validate,
    "linuxforhealth-read": linuxforhealth_read,
    "ansi-read": ansi_read,
    "ansi-envelope": ansi_envelope,
    "tigershark-read": tigershark_read,
    "draftedi-read": draftedi_read,
    "badx12-read": badx12_read,
    "oxedi-read": oxedi_read,
    "bots-read": lambda path: bots(path, "parse_edi", "success"),
    "bots-validate": lambda path: bots(path, "validate_edi", "valid"),
    "pydifact-read": pydifact_read,
    "pydifact-interchange": pydifact_interchange,
    "pydifact-write": pydifact_write,
    "edifactlib-read": edifactlib_read,
}


def timed(run: Callable[[], int]) -> list[float]:
    """CPU seconds of some runs, in order of size; the first one, which may have to load things, is left out where
    there is time for more."""
    spent: list[float] = []
    while len(spent) < MOST_RUNS and sum(spent) < ENOUGH:
        start = time.process_time()
        run()
        spent.append(time.process_time() - start)
    return sorted(spent[1:] or spent)


def highest() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def main() -> None:
    packages, work, path = sys.argv[1:4]
    sys.path.insert(0, packages)
    run = WORKS[work](Path(path))
    before = highest()
    spent = timed(run)
    json.dump({"best": spent[0], "middle": spent[len(spent) // 2], "grown": highest() - before}, sys.stdout)


if __name__ == "__main__":
    main()
