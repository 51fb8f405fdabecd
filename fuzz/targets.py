"""What is fuzzed. A target takes any bytes; whatever it raises is a fault found."""

from collections.abc import Callable

from b2bsync.edi import Delimiters, TransactionCut, Unreadable, read_set, scan
from b2bsync.edi.clean import Clean
from b2bsync.edi.inspection import inspect
from b2bsync.edi.tokens import components, segments
from b2bsync.edi.walker import walk
from tests.edi import edifact_samples, samples

STARS, COLONS = Delimiters("~", "*", ">"), edifact_samples.COLONS
FIVE = Delimiters("~", "*", ">", "^")
LIMIT = 6000
"""Bytes of a set that may be held: small, so that the refusal of large ones is met, too, and yet room for a number of
more digits than Python reads."""


def inspected(data: bytes) -> None:
    """Scanned and judged whole; positions only grow, and every byte is within the file."""
    found = inspect([data], limit=LIMIT)
    for problem in found.problems:
        assert problem.offset is None or 0 <= problem.offset <= len(data), problem


def scanned(data: bytes) -> None:
    """In pieces as in one; each set is cut where it stands."""
    whole, pieces = _events([data]), _events([data[i : i + 7] for i in range(0, len(data), 7)])
    assert whole == pieces
    for event in whole:
        if isinstance(event, TransactionCut):
            assert event.raw.encode("latin-1") == data[event.start : event.start + event.length]


def _events(chunks: list[bytes]) -> list[object]:
    found: list[object] = []
    try:
        found.extend(scan(chunks, limit=LIMIT, bare=True))
    except Unreadable as error:
        found.append(str(error))
    return found


def x12_set(data: bytes) -> None:
    """Every segment is kept, whatever is wrong with it."""
    text = "ST*850*0001~" + data.decode("latin-1")
    for delimiters, version in ((STARS, "004010"), (FIVE, "005010")):
        _kept(text, delimiters, version)


def edifact_message(data: bytes) -> None:
    text = "UNH+1+ORDERS:D:96A:UN'" + data.decode("latin-1")
    for delimiters in (COLONS, Delimiters("'", "+", ":", "*", "?")):
        _kept(text, delimiters, "D96A")


def _kept(text: str, delimiters: Delimiters, version: str) -> None:
    found = read_set(text, delimiters, version, start=5)
    for finding in found.findings:
        assert finding.offset is None or 5 <= finding.offset <= 5 + len(text), finding
    assert len(found.findings) <= 102


def clean_x12(data: bytes) -> None:
    _sound(_X12, "004010", samples.ORDER.replace("\n", ""), data)


def clean_edifact(data: bytes) -> None:
    _sound(_EDIFACT, "D96A", edifact_samples.ORDER.replace("\n", ""), data)


def _sound(known: Clean, version: str, raw: str, data: bytes) -> None:
    """What the fast pattern takes the reader must take: part of a good set is replaced by the bytes."""
    if len(data) < 3:
        return
    place, length = int.from_bytes(data[:2]) % len(raw), data[2]
    text = raw[:place] + data[3:].decode("latin-1") + raw[place + length :]
    if known.is_clean(text):
        found = read_set(text, known.delimiters, version)
        assert found.findings == (), text


def _taught(version: str, type: str, raw: str, delimiters: Delimiters) -> Clean:
    known = Clean(walk(version, type), delimiters)
    read = read_set(raw, delimiters, version, type)
    assert read.findings == ()
    for _ in range(5):
        known.learn(read.root, raw)
    assert known.is_clean(raw)
    return known


_X12 = _taught("004010", "850", samples.ORDER.replace("\n", ""), STARS)
_EDIFACT = _taught("D96A", "ORDERS", edifact_samples.ORDER.replace("\n", ""), COLONS)


def tokens(data: bytes) -> None:
    """In pieces as in one, by segments as by components."""
    counts = set()
    for chunks in ([data], [data[i : i + 5] for i in range(0, len(data), 5)]):
        for reader in (segments, components):
            try:
                counts.add(sum(1 for _ in reader(chunks)))
            except Unreadable:
                counts.add(-1)
    assert len(counts) == 1, counts


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target
    for target in (inspected, scanned, x12_set, edifact_message, clean_x12, clean_edifact, tokens)
}

SEEDS = [
    f"{samples.ISA}\nGS*PO*MAPLE*NORTH*20260914*0930*7*X*004010~\n{samples.ORDER}GE*1*7~\nIEA*1*000000042~\n",
    edifact_samples.interchange(edifact_samples.ORDER, una="UNA:+.? '"),
    edifact_samples.ORDER,
    samples.ORDER,
    samples.ORDER.partition("\n")[2],
    edifact_samples.ORDER.partition("\n")[2],
]
"""What the fuzzer begins with."""
