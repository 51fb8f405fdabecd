"""Answers to what was received: TA1, 997, 999 and CONTRL, written from verdicts and read back into them.

:func:`judged` tells verdicts on a stream, :func:`answer_file` writes the acknowledgements of a file,
:func:`read_answer` and :func:`read_ta1` understand those of others.
"""

from b2bsync.edi.answers.composing import Answer, X12Answer, answer, pieces
from b2bsync.edi.answers.file import answer_file
from b2bsync.edi.answers.judging import judged
from b2bsync.edi.answers.note import label
from b2bsync.edi.answers.policy import Policy, Reject
from b2bsync.edi.answers.reading import read_answer, read_ta1
from b2bsync.edi.answers.tally import Tally
from b2bsync.edi.answers.verdict import (
    GroupOpened,
    GroupVerdict,
    InterchangeOpened,
    InterchangeVerdict,
    Judged,
    Said,
    SetVerdict,
)

__all__ = [
    "Answer",
    "GroupOpened",
    "GroupVerdict",
    "InterchangeOpened",
    "InterchangeVerdict",
    "Judged",
    "Policy",
    "Reject",
    "Said",
    "SetVerdict",
    "Tally",
    "X12Answer",
    "answer",
    "answer_file",
    "judged",
    "label",
    "pieces",
    "read_answer",
    "read_ta1",
]
