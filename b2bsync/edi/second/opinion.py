"""What the second judge says about one set."""

import msgspec


class Opinion(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that pyx12 finds wrong.

    ``level``: ``segment`` (``code`` is of X12 720), ``element`` (723), or ``engine`` where pyx12 itself failed on the
    segment and has no opinion on it. ``segment`` counts from ST = 1; for something that is missing it is the segment
    that revealed the gap, and ``tag`` is what is missing. ``element`` and ``component`` count from 1.
    ``cause`` names what pyx12 judges differently on purpose, see :data:`b2bsync.edi.second.differences.THEIRS`.
    """

    segment: int
    tag: str
    level: str
    code: str = ""
    element: int | None = None
    component: int | None = None
    reference: str | None = None  # data element number
    value: str | None = None
    message: str = ""
    cause: str = ""
