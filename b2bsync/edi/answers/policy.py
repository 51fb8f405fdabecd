"""What an agreement says about answers: how much an error rejects, and what is sent when."""

from enum import StrEnum
from typing import Literal

import msgspec

from b2bsync.edi.envelope import Delimiters


class Reject(StrEnum):
    """The largest unit that an error in it rejects. What is smaller goes on without what was rejected.

    ``TRANSACTION`` rejects a set for its errors; wrong envelopes are noted and accepted with errors. ``GROUP`` rejects
    a group for an error in one of its sets or in its envelope (EDIFACT messages that stand in no group are judged one
    by one), ``INTERCHANGE`` all of it for any. ``NOTHING`` accepts with errors; a set of which nothing sensible can be
    made (a fatal finding) is rejected under each of them.
    """

    NOTHING = "nothing"
    TRANSACTION = "transaction"
    GROUP = "group"
    INTERCHANGE = "interchange"


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """How what is received is judged and answered.

    ``functional``: the set that answers X12 groups; 999 exists from 005010 on, older groups get a 997.
    ``detail``: whether accepted sets without any error are named, too (AK2, UCM); the others always are.
    ``ta1``: ``asked`` is where ISA14 asks for one or the envelope is wrong. ``contrl``: ``asked`` is where UNB 0031
    asks for one. ``receipt``: CONTRL says that an interchange was received (0083 = 8), and nothing of its content.
    ``delimiters``: those of the answer; None takes those of the interchange that is answered, as far as they can be
    written. ``suffix``: line breaks behind each segment, or nothing.
    """

    reject: Reject = Reject.TRANSACTION
    functional: Literal["997", "999"] = "997"
    detail: bool = True
    ta1: Literal["asked", "always", "never"] = "asked"
    contrl: Literal["always", "asked", "never"] = "always"
    receipt: bool = False
    delimiters: Delimiters | None = None
    suffix: str = "\n"
