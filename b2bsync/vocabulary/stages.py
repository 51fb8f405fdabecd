"""Test and production: the two worlds that must never touch."""

from enum import StrEnum


class Stage(StrEnum):
    """What a message, agreement, endpoint or ERP target is for.

    X12 says it in ISA15 (``T``/``P``; ``I`` is information and belongs to neither), EDIFACT in UNB 0035 (``1`` = test).
    """

    TEST = "test"
    PRODUCTION = "production"
