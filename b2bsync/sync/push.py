"""Gives documents to a target so that each arrives exactly once: find, create, confirm, read back.

The caller has reserved the push in its own transaction before and records the outcome after; this part only talks to
the target and never creates blindly.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from b2bsync.sync.errors import AmbiguousOutcome, SourceError, Unreachable
from b2bsync.sync.protocol import (
    AlreadyExists,
    Ambiguous,
    BatchTarget,
    Confirmed,
    ConfirmResult,
    Created,
    IdemKey,
    Rejected,
    Retry,
    Target,
)

PAUSES = (0.5, 2.0)
"""Seconds between the looks for what a target may have taken unseen; after all of them it would be in sight."""


class Placed(msgspec.Struct, frozen=True):
    """The target has it under ``ref``, not confirmed yet; ``created`` whether by this call."""

    ref: str
    created: bool


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


def place(
    target: Target,
    kind: str,
    record: Mapping[str, Any],
    idem: IdemKey,
    *,
    known_ref: str | None = None,
    first_try: bool = True,
    looked: bool = False,
    pauses: Sequence[float] = PAUSES,
    sleep: Callable[[float], None] = time.sleep,
) -> Placed | Refused:
    """Find it, or create it.

    ``known_ref``: an earlier try already learnt the reference, so creating is over. ``first_try`` false: an earlier
    try may have created it unseen, so it is looked for several times, ``pauses`` seconds apart (a replica may lag),
    before it is created again. ``looked``: it was looked for a moment ago, and is not there. Raises Unreachable where
    nothing was taken and AmbiguousOutcome where nobody can know; call again later with ``first_try=False``.
    WrongCredentials and SourceError pass through.
    """
    if known_ref is not None:
        return Placed(known_ref, created=False)
    if not first_try:
        ref = _find(target, kind, idem, pauses, sleep)
    elif looked:
        ref = None
    else:
        ref = target.find(kind, idem)
    if ref is not None:
        return Placed(ref, created=False)
    match target.create(kind, record, idem):
        case Created(ref=new):
            return Placed(new, created=True)
        case AlreadyExists(ref=there):
            ref = there or _find(target, kind, idem, pauses, sleep)
            if ref is None:
                raise AmbiguousOutcome(f"{kind} {idem.number}: said to exist already, but it cannot be found")
            return Placed(ref, created=False)
        case Rejected(code=code, message=message, field=field):
            return Refused(code, message, field)
        case Retry(after=_, cause=cause):
            raise Unreachable(f"{kind} {idem.number}: not taken now ({cause})")
        case Ambiguous(cause=cause):
            ref = _find(target, kind, idem, pauses, sleep)
            if ref is None:
                raise AmbiguousOutcome(f"{kind} {idem.number}: {cause}; it has not appeared yet")
            return Placed(ref, created=True)


def settle(target: Target, kind: str, placed: Placed, idem: IdemKey) -> Pushed | Refused:
    """Confirm it, and read back what the target made of it. Raises AmbiguousOutcome, with the reference, when it is not
    settled yet: a target may decide in its own time."""
    ref = placed.ref
    try:
        refused = _said(kind, ref, idem, target.confirm(kind, ref, idem))
        if refused is not None:
            return refused
        answer = target.read_back(kind, ref)
    except Unreachable as error:
        raise AmbiguousOutcome(f"{kind} {idem.number} is there as {ref}: {error}", ref) from error
    if answer is None:
        raise _unanswered(kind, ref, idem)
    return Pushed(ref, answer, placed.created)


Settled = Pushed | Refused | AmbiguousOutcome | SourceError
UNNAMED = Ambiguous("the system did not say what became of it")


def settle_many(target: Target, kind: str, placed: Sequence[tuple[Placed, IdemKey]]) -> list[Settled]:
    """``settle`` for many documents, in two calls if the target takes many: what each came to, errors among it, in
    their order.

    A call that fails for all with SourceError is repeated one by one: that finds the document which the system cannot
    work with.
    """
    if isinstance(target, BatchTarget):
        try:
            return _settled_together(target, kind, placed)
        except SourceError:
            pass
    return [_settled(target, kind, each, idem) for each, idem in placed]


def _settled_together(target: BatchTarget, kind: str, placed: Sequence[tuple[Placed, IdemKey]]) -> list[Settled]:
    settled: dict[str, Settled] = {}
    answers: Mapping[str, dict[str, Any]] = {}
    away: Unreachable | None = None
    try:
        confirmed = target.confirm_many(kind, {each.ref: idem for each, idem in placed})
        for each, idem in placed:
            try:
                refused = _said(kind, each.ref, idem, confirmed.get(each.ref, UNNAMED))
            except AmbiguousOutcome as still_open:
                settled[each.ref] = still_open
            else:
                if refused is not None:
                    settled[each.ref] = refused
        if waiting := [each.ref for each, _ in placed if each.ref not in settled]:
            answers = target.read_back_many(kind, waiting)
    except Unreachable as error:
        away = error
    for each, idem in placed:
        if each.ref in settled:
            continue
        if away is not None:
            settled[each.ref] = AmbiguousOutcome(f"{kind} {idem.number} is there as {each.ref}: {away}", each.ref)
        elif (answer := answers.get(each.ref)) is not None:
            settled[each.ref] = Pushed(each.ref, answer, each.created)
        else:
            settled[each.ref] = _unanswered(kind, each.ref, idem)
    return [settled[each.ref] for each, _ in placed]


def _settled(target: Target, kind: str, placed: Placed, idem: IdemKey) -> Settled:
    try:
        return settle(target, kind, placed, idem)
    except (AmbiguousOutcome, SourceError) as error:
        return error


def _said(kind: str, ref: str, idem: IdemKey, result: ConfirmResult) -> Refused | None:
    """The refusal, if confirming was refused. Raises AmbiguousOutcome where it is not known to have worked."""
    match result:
        case Confirmed():
            return None
        case Rejected(code=code, message=message, field=field):
            return Refused(code, message, field, ref)
        case Ambiguous(cause=cause) | Retry(cause=cause):
            raise AmbiguousOutcome(f"{kind} {idem.number} is there as {ref}, but confirming it failed: {cause}", ref)


def _unanswered(kind: str, ref: str, idem: IdemKey) -> AmbiguousOutcome:
    return AmbiguousOutcome(f"{kind} {idem.number} is there as {ref}, but has not answered yet", ref)


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
