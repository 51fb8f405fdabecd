"""The four answers a functional acknowledgement can give, and the state of one that is awaited."""

from enum import StrEnum


class Verdict(StrEnum):
    """X12 717/715: A, E, P, R. ``PARTIALLY_ACCEPTED`` exists for groups only."""

    ACCEPTED = "accepted"
    ACCEPTED_WITH_ERRORS = "accepted_with_errors"
    PARTIALLY_ACCEPTED = "partially_accepted"
    REJECTED = "rejected"


class AckState(StrEnum):
    """Where an acknowledgement that we expect for something we sent stands."""

    NONE = "none"  # none is expected
    EXPECTED = "expected"
    ACCEPTED = "accepted"
    ACCEPTED_WITH_ERRORS = "accepted_with_errors"
    PARTIALLY_ACCEPTED = "partially_accepted"
    REJECTED = "rejected"
    OVERDUE = "overdue"
