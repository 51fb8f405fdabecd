"""X12 syntax: scan a stream for transaction sets, read and judge them, write them; the standard's facts behind it.

Nothing here knows what a document means. :func:`scan` cuts, :func:`read_set` makes a tree of loops and findings,
:func:`set_rows` and :mod:`b2bsync.edi.writing` go the other way, :func:`grammar` and :func:`facts` answer questions.
"""

from b2bsync.edi.codes import JUDGED
from b2bsync.edi.envelope import (
    Delimiters,
    Event,
    GroupEnd,
    GroupHeader,
    GroupStart,
    Identity,
    InterchangeAck,
    InterchangeEnd,
    InterchangeHeader,
    InterchangeStart,
    Position,
    Problem,
    TransactionCut,
    TransactionDropped,
)
from b2bsync.edi.errors import CodecError, Unreadable, Unwritable
from b2bsync.edi.reader import TransactionSet, read_set, values
from b2bsync.edi.scanner import scan
from b2bsync.edi.standard import Composite, Element, Facts, Relation, Segment, Use, facts, nearest
from b2bsync.edi.structure import UNBOUNDED, Grammar, LoopRule, MessageGrammar, SegmentRule, grammar
from b2bsync.edi.tree import Loop
from b2bsync.edi.writer import set_rows, write_set

__all__ = [
    "JUDGED",
    "UNBOUNDED",
    "CodecError",
    "Composite",
    "Delimiters",
    "Element",
    "Event",
    "Facts",
    "Grammar",
    "GroupEnd",
    "GroupHeader",
    "GroupStart",
    "Identity",
    "InterchangeAck",
    "InterchangeEnd",
    "InterchangeHeader",
    "InterchangeStart",
    "Loop",
    "LoopRule",
    "MessageGrammar",
    "Position",
    "Problem",
    "Relation",
    "Segment",
    "SegmentRule",
    "TransactionCut",
    "TransactionDropped",
    "TransactionSet",
    "Unreadable",
    "Unwritable",
    "Use",
    "facts",
    "grammar",
    "nearest",
    "read_set",
    "scan",
    "set_rows",
    "values",
    "write_set",
]
