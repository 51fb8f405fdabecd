"""The whole answer to a file: for every interchange in it one with its acknowledgements."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from b2bsync.edi.answers.composing import Answer, Numbers, answer, pieces
from b2bsync.edi.answers.judging import Watching, judged
from b2bsync.edi.answers.policy import Policy
from b2bsync.edi.answers.verdict import (
    GroupOpened,
    GroupVerdict,
    InterchangeOpened,
    InterchangeVerdict,
    Judged,
    SetVerdict,
)
from b2bsync.edi.envelope import InterchangeAck

LAST_NUMBER = 999_999_999


class _Numbers:
    """Control numbers of the answers, counted up from the given one; behind the last comes 1."""

    def __init__(self, first: int) -> None:
        self.next = first

    def draw(self) -> str:
        number = self.next
        self.next = number % LAST_NUMBER + 1
        return str(number)


def answer_file(
    chunks: Iterable[bytes],
    policy: Policy | None = None,
    *,
    control_number: int = 1,
    group_number: int | None = None,
    now: datetime | None = None,
    watching: Watching | None = None,
    limit: int = 64 << 20,
) -> Iterator[bytes]:
    """Judge a stream of X12 or EDIFACT and acknowledge it: the bytes of the answers, in pieces.

    For every interchange one with sender and receiver reversed: TA1, and a 997 or 999 for each group in a group of the
    same release; or CONTRL of the same syntax version. Nothing for acknowledgements, for what stands in no interchange,
    and for what the policy does not answer.

    ``control_number`` is that of the first answer (ISA13, UNB 0020), ``group_number`` of its first group (GS06; the
    same where it is left out), both 1 to 999,999,999; the next ones count up. ``now`` goes into the envelopes;
    ``watching`` and ``limit`` are those of :func:`judged`. Memory is flat: what has to wait for the end of an
    interchange waits on disk where it is much. Raises Unreadable where the stream begins with no interchange header,
    ValueError for a control number out of range.
    """
    for first in (control_number, group_number):
        if first is not None and not 1 <= first <= LAST_NUMBER:
            raise ValueError(f"a control number is 1 to {LAST_NUMBER}, not {first}")
    numbers, groups = _Numbers(control_number), _Numbers(group_number or control_number)
    said = judged(chunks, policy, watching=watching, limit=limit)
    return pieces(_answers(said, policy or Policy(), numbers.draw, groups.draw, now))


def _answers(
    said: Iterable[Judged], policy: Policy, numbers: Numbers, groups: Numbers, now: datetime | None
) -> Iterator[str]:
    open: Answer | None = None
    for value in said:
        if isinstance(value, InterchangeOpened):
            open = answer(value.header, policy, now or datetime.now(UTC), numbers, groups)
        elif open is not None:
            match value:
                case GroupOpened():
                    open.group(value)
                case SetVerdict():
                    open.set(value)
                case GroupVerdict():
                    open.group_end(value)
                case InterchangeAck():
                    open.acknowledgements += 1
                case InterchangeVerdict():
                    yield from open.end(value)
                    open = None
