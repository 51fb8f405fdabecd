"""Gives one document to a target so that it arrives exactly once: find, create, confirm, read back.

The caller has reserved the push in its own transaction before and records the outcome after; this part only talks to
the target and never creates blindly.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from b2bsync.sync.errors import AmbiguousOutcome, Unreachable
from b2bsync.sync.protocol import AlreadyExists, Ambiguous, Confirmed, Created, IdemKey, Rejected, Retry, Target

PAUSES = (0.5, 2.0)
PATIENCE = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)


class Pushed(msgspec.Struct, frozen=True):
    """The target has it, confirmed. ``answer`` is the record as the target now shows it; ``created`` whether by this
    call."""

    ref: str
    answer: dict[str, Any]
    created: bool


class Refused(msgspec.Struct, frozen=True):
    """The target said no, in its own words. With ``ref`` the document is there but could not be confirmed."""

    code: str
    message: str
    field: str | None = None
    ref: str | None = None


def deliver(
    target: Target,
    kind: str,
    record: Mapping[str, Any],
    idem: IdemKey,
    *,
    known_ref: str | None = None,
    first_try: bool = True,
    pauses: Sequence[float] = PAUSES,
    patience: Sequence[float] = PATIENCE,
    sleep: Callable[[float], None] = time.sleep,
) -> Pushed | Refused:
    """Pushes ``record`` and returns what the target made of it.

    ``known_ref``: an earlier try already learnt the reference, so creating is over. ``first_try`` false: an earlier
    try may have created it unseen, so it is looked for several times, ``pauses`` seconds apart (a replica may lag),
    before it is created again. ``patience``: how long to wait between two looks for the answer of a target that
    decides in its own time (its read back gives nothing until then). Raises Unreachable where nothing was taken and
    AmbiguousOutcome where nobody can know; call again later with ``first_try=False``. WrongCredentials and
    SourceError pass through.
    """
    ref, created = known_ref, False
    if ref is None:
        ref = target.find(kind, idem) if first_try else _find(target, kind, idem, pauses, sleep)
    if ref is None:
        outcome = target.create(kind, record, idem)
        match outcome:
            case Created(ref=new):
                ref, created = new, True
            case AlreadyExists(ref=there):
                ref = there or _find(target, kind, idem, pauses, sleep)
                if ref is None:
                    raise AmbiguousOutcome(f"{kind} {idem.number}: said to exist already, but it cannot be found")
            case Rejected(code=code, message=message, field=field):
                return Refused(code, message, field)
            case Retry(after=_, cause=cause):
                raise Unreachable(f"{kind} {idem.number}: not taken now ({cause})")
            case Ambiguous(cause=cause):
                ref = _find(target, kind, idem, pauses, sleep)
                if ref is None:
                    raise AmbiguousOutcome(f"{kind} {idem.number}: {cause}; it has not appeared yet")
                created = True
    return _confirmed(target, kind, ref, idem, created, patience, sleep)


def _confirmed(
    target: Target,
    kind: str,
    ref: str,
    idem: IdemKey,
    created: bool,
    patience: Sequence[float],
    sleep: Callable[[float], None],
) -> Pushed | Refused:
    try:
        match target.confirm(kind, ref, idem):
            case Confirmed():
                pass
            case Rejected(code=code, message=message, field=field):
                return Refused(code, message, field, ref)
            case Ambiguous(cause=cause) | Retry(cause=cause):
                raise AmbiguousOutcome(
                    f"{kind} {idem.number} is there as {ref}, but confirming it failed: {cause}", ref
                )
        answer = target.read_back(kind, ref)
        for pause in patience:
            if answer is not None:
                break
            sleep(pause)
            answer = target.read_back(kind, ref)
    except Unreachable as error:
        raise AmbiguousOutcome(f"{kind} {idem.number} is there as {ref}: {error}", ref) from error
    if answer is None:
        raise AmbiguousOutcome(f"{kind} {idem.number} is there as {ref}, but has not answered yet", ref)
    return Pushed(ref, answer, created)


def _find(
    target: Target, kind: str, idem: IdemKey, pauses: Sequence[float], sleep: Callable[[float], None]
) -> str | None:
    """Looks now and after each pause. An error while looking is no answer: it leaves the outcome open."""
    for pause in (0.0, *pauses):
        if pause:
            sleep(pause)
        try:
            ref = target.find(kind, idem)
        except Unreachable as error:
            raise AmbiguousOutcome(f"{kind} {idem.number}: cannot be looked for: {error}") from error
        if ref is not None:
            return ref
    return None
