"""What was agreed for what they send: how strictly it is judged, in which order it must come, how it is answered."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Days = Annotated[int, Meta(ge=0, le=3650, description="days, 0 to 3650; 0 switches the check off")]
HIGHEST = 999_999_999
"""The last number of nine digits: as far as ISA13, GS06 and ST02 reach."""

Number = Annotated[int, Meta(ge=0, le=HIGHEST, description="a whole number, 0 to 999999999")]
Increment = Annotated[int, Meta(ge=1, le=1_000_000, description="1 to 1000000")]
Mark = Annotated[
    str, Meta(pattern=r"^[0-9A-Za-z]{0,8}$", description="up to 8 letters and digits before or behind a control number")
]


class Syntax(StrEnum):
    """What an error of syntax rejects. What cannot be read at all is rejected under each of them."""

    ACCEPT_WITH_ERRORS = "accept_with_errors"  # nothing: processed as far as possible, acknowledged with E
    REJECT = "reject"  # the transaction set or message
    REJECT_GROUP = "reject_group"  # the functional group that it is in
    REJECT_INTERCHANGE = "reject_interchange"  # the whole interchange


class Treatment(StrEnum):
    """What a finding counts as, whatever the judge of syntax made of it."""

    IGNORE = "ignore"  # neither shown nor acknowledged
    WARNING = "warning"  # shown, processed
    ERROR = "error"  # as the agreement's ``syntax`` says


class ReceivedNumbers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[receive.numbers]``: the range of their ISA13 or UNB 0020, from which follows which number is next.

    ``prefix`` and ``suffix`` are what stands around the number in UNB 0020.
    """

    first: Number = 1
    last: Number = HIGHEST
    increment: Increment = 1
    prefix: Mark = ""
    suffix: Mark = ""

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise ValueError(f"first is {self.first}, behind last, which is {self.last}")


class Receive(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[receive]``: how what they send is looked at.

    ``findings``: code of a finding (``code-unknown``) → what it counts as. ``repeated_set_numbers``: a set whose ST02,
    or a message whose UNH 0062, came before in its group. ``out_of_sequence``: an interchange whose number is not the
    next one of its sender and receiver, duplicates apart: ``note`` adds an event, ``hold`` leaves it to a person.
    """

    findings: dict[str, Treatment] = {}
    repeated_set_numbers: Literal["accept", "reject"] = "reject"
    out_of_sequence: Literal["accept", "note", "hold"] = "accept"
    numbers: ReceivedNumbers = ReceivedNumbers()


class Acks(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[acks]``: ``due``, ``expect`` and ``expect_ta1`` are about theirs for what we send, the others about ours.

    ``functional``: what answers X12 groups; 999 exists from 005010 on, older groups get a 997. ``ta1``: ``asked`` is
    where ISA14 asks for one or the envelope is wrong. ``contrl``: ``asked`` is where UNB 0031 asks for one.
    ``receipt``: CONTRL says that the interchange was received (0083 = 8) and nothing of its content.
    """

    due: timedelta = timedelta(hours=24)
    expect: bool = True  # whether they acknowledge what we send
    expect_ta1: bool = False  # whether they answer each of our interchanges with a TA1: awaited where expect is false
    detail: bool = True  # whether ours names what was accepted, too (AK2, IK2, UCM for each)
    functional: Literal["997", "999"] = "997"
    ta1: Literal["asked", "always", "never"] = "asked"
    contrl: Literal["always", "asked", "never"] = "always"
    receipt: bool = False


class Duplicates(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[duplicates]``: for how many days the same thing is known again."""

    interchange: Days = 90  # ISA or UNB sender, receiver and control number
    group: Days = 90  # GS or UNG sender, receiver, code and control number
    # Customer, number, release: no order is ever without this check.
    business: Annotated[int, Meta(ge=0, le=3650, description="days, 0 to 3650; 0: for ever")] = 730


class SecondOpinion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[second_opinion]``: when another judge (pyx12) looks at X12, too.

    ``outbound``: ``sample`` is every document in test; in production the ``first`` of each version of agreement and
    mapping, then one of ``every`` so many. ``disagreement``: in production, ``alert`` sends what the other judge
    refuses and says so, ``hold`` keeps it for a person; in test it is always kept.
    """

    outbound: Literal["sample", "always", "never"] = "sample"
    inbound: bool = False
    disagreement: Literal["alert", "hold"] = "alert"
    first: Annotated[int, Meta(ge=0, le=1_000_000, description="documents, 0 to 1000000")] = 100
    every: Annotated[int, Meta(ge=1, le=1_000_000, description="1 (each) to 1000000")] = 100
