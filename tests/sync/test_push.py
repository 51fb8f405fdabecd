"""Many documents in one call: what each came to, whatever happened to the others."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from b2bsync.sync import (
    AlreadyExists,
    Ambiguous,
    AmbiguousOutcome,
    BatchTarget,
    Confirmed,
    ConfirmResult,
    Created,
    IdemKey,
    Placed,
    Pushed,
    PushResult,
    Refused,
    Rejected,
    Retry,
    SourceError,
    Unreachable,
    Wanted,
    place_many,
    settle_many,
)


class Erp:
    """Takes many in one call. ``there``: what can be found, by number; ``creates``: what it says to a create, ``says``
    to a confirm, by number; ``decided``: what can be read back. Notes what it was asked; ``fails`` then."""

    def __init__(
        self,
        says: Mapping[str, ConfirmResult] | None = None,
        decided: Sequence[str] = (),
        fails: Mapping[str, Exception] | None = None,
        *,
        there: Sequence[str] = (),
        creates: Mapping[str, PushResult] | None = None,
    ) -> None:
        self.says, self.decided, self.fails = says or {}, decided, fails or {}
        self.there, self.creates = list(there), creates or {}
        self.asked: list[str] = []

    def _ask(self, what: str, *numbers: str) -> None:
        self.asked.append(" ".join((what, *numbers)))
        if self.asked[-1] in self.fails:
            raise self.fails[self.asked[-1]]

    def find_many(self, kind: str, idems: Sequence[IdemKey]) -> dict[str, str]:
        self._ask("find many", *(idem.number for idem in idems))
        return {idem.text: f"ref {idem.number}" for idem in idems if idem.number in self.there}

    def find(self, kind: str, idem: IdemKey) -> str | None:
        self._ask("find", idem.number)
        return f"ref {idem.number}" if idem.number in self.there else None

    def create_many(self, kind: str, records: Sequence[tuple[Mapping[str, Any], IdemKey]]) -> Mapping[str, PushResult]:
        numbers = [idem.number for _, idem in records]
        self._ask("create many", *numbers)
        return {idem.text: self.creates[idem.number] for _, idem in records if idem.number in self.creates}

    def create(self, kind: str, record: Mapping[str, Any], idem: IdemKey) -> PushResult:
        self._ask("create", idem.number)
        return self.creates[idem.number]

    def confirm_many(self, kind: str, refs: Mapping[str, IdemKey]) -> Mapping[str, ConfirmResult]:
        self._ask("confirm many")
        return self.says

    def read_back_many(self, kind: str, refs: Sequence[str]) -> dict[str, dict[str, Any]]:
        self._ask("read back many", *refs)
        return {ref: {"ref": ref} for ref in refs if ref in self.decided}

    def confirm(self, kind: str, ref: str, idem: IdemKey) -> ConfirmResult:
        self._ask("confirm", ref)
        return self.says[ref]

    def read_back(self, kind: str, ref: str) -> dict[str, Any] | None:
        self._ask("read back", ref)
        return {"ref": ref} if ref in self.decided else None

    def check(self) -> Any: ...

    def discover(self) -> Any: ...

    def close(self) -> None: ...


def wanted(*numbers: str, first_try: bool = True) -> list[Wanted]:
    keys = [IdemKey(partner="p", kind="order", number=number) for number in numbers]
    return [Wanted({"number": key.number}, key, first_try=first_try) for key in keys]


def test_what_is_there_is_not_created_and_each_comes_to_what_the_erp_said() -> None:
    creates = {
        "B": Created("new B"),
        "C": Rejected("X", "over the limit"),
        "D": AlreadyExists("old D"),
        "E": Retry(5.0, "too many calls"),
    }
    erp = Erp(there=["A"], creates=creates)
    found, made, refused, other, later = place_many(erp, "order", wanted("A", "B", "C", "D", "E"))

    assert found == Placed("ref A", created=False)
    assert made == Placed("new B", created=True)
    assert refused == Refused("X", "over the limit")
    assert other == Placed("old D", created=False)
    assert isinstance(later, Unreachable)
    assert str(later) == "order E: not taken now (too many calls)"
    assert erp.asked == ["find many A B C D E", "create many B C D E"]


def test_what_is_in_doubt_after_the_create_is_looked_for() -> None:
    class Late(Erp):
        def create_many(
            self, kind: str, records: Sequence[tuple[Mapping[str, Any], IdemKey]]
        ) -> Mapping[str, PushResult]:
            said = super().create_many(kind, records)
            self.there = ["B", "C"]  # D was lost on its way
            return said

    erp = Late(creates={"A": Created("new A"), "B": Ambiguous("it timed out"), "C": AlreadyExists()})
    made, late, other, lost = place_many(erp, "order", wanted("A", "B", "C", "D"), pauses=(0.01,))

    assert made == Placed("new A", created=True)
    assert late == Placed("ref B", created=True)
    assert other == Placed("ref C", created=False)
    assert isinstance(lost, AmbiguousOutcome)
    assert str(lost) == "order D: the system did not say what became of it; it has not appeared yet"
    assert erp.asked[2:] == ["find many B C D", "find many D"]


def test_what_an_earlier_try_may_have_made_is_looked_for_again_before_it_is_created() -> None:
    erp = Erp(creates={"A": Created("new A")})
    assert place_many(erp, "order", wanted("A", first_try=False), pauses=(0.01, 0.01)) == [Placed("new A", True)]
    assert erp.asked == ["find many A"] * 3 + ["create many A"]

    known = [Wanted({}, wanted("B")[0].idem, known_ref="ref B", first_try=False)]
    assert place_many(erp, "order", known) == [Placed("ref B", created=False)]
    assert len(erp.asked) == 4, "nothing was asked"


@pytest.mark.parametrize(
    ("gone_at", "outcome"),
    [("find many A B", Unreachable), ("create many A B", Unreachable), ("find many B", AmbiguousOutcome)],
)
def test_where_the_erp_goes_away_what_it_took_counts(gone_at: str, outcome: type[Exception]) -> None:
    erp = Erp(creates={"A": Created("new A")}, fails={gone_at: Unreachable("the line broke")})
    first, second = place_many(erp, "order", wanted("A", "B"))
    assert isinstance(second, outcome)
    assert isinstance(first, Placed) == (outcome is AmbiguousOutcome)


def test_one_document_that_the_erp_cannot_create_takes_no_other_with_it() -> None:
    broken = SourceError("the ERP broke down")
    creates = {"A": Created("new A"), "C": Created("new C")}
    erp = Erp(there=["A"], creates=creates, fails={"create many B C": broken, "create B": broken})
    first, second, third = place_many(erp, "order", wanted("A", "B", "C"))
    assert (first, third) == (Placed("ref A", created=False), Placed("new C", created=True))
    assert second is broken
    assert erp.asked[2:] == ["find A", "find B", "create B", "find C", "create C"]


def test_nothing_is_tried_any_more_once_the_erp_is_away() -> None:
    away = Unreachable("the line broke")
    erp = Erp(fails={"find many A B C": SourceError("no such function"), "find B": away}, there=["A"])
    first, *rest = place_many(erp, "order", wanted("A", "B", "C"))
    assert first == Placed("ref A", created=False)
    assert rest == [away, away]
    assert "find C" not in erp.asked


def placed(*refs: str) -> list[tuple[Placed, IdemKey]]:
    return [(Placed(ref, created=True), IdemKey(partner="p", kind="order", number=f"PO-{ref}")) for ref in refs]


def test_each_document_comes_to_what_the_erp_said_of_it() -> None:
    says = {"1": Confirmed(), "2": Rejected("X", "over the limit"), "3": Confirmed(), "4": Ambiguous("it timed out")}
    erp = Erp(says, decided=["1"])
    assert isinstance(erp, BatchTarget)
    taken, refused, undecided, unknown, unnamed = settle_many(erp, "order", placed("1", "2", "3", "4", "5"))

    assert taken == Pushed("1", {"ref": "1"}, created=True)
    assert refused == Refused("X", "over the limit", None, "2")
    assert [str(each) for each in (undecided, unknown, unnamed)] == [
        "order PO-3 is there as 3, but has not answered yet",
        "order PO-4 is there as 4, but confirming it failed: it timed out",
        "order PO-5 is there as 5, but confirming it failed: the system did not say what became of it",
    ]
    assert erp.asked == ["confirm many", "read back many 1 3"]


@pytest.mark.parametrize("gone_at", ["confirm many", "read back many 1"])
def test_where_the_erp_goes_away_nothing_that_it_said_is_forgotten(gone_at: str) -> None:
    erp = Erp({"1": Confirmed(), "2": Rejected("X", "no")}, ["1"], {gone_at: Unreachable("the line broke")})
    first, second = settle_many(erp, "order", placed("1", "2"))
    assert isinstance(first, AmbiguousOutcome)
    assert (str(first), first.ref) == ("order PO-1 is there as 1: the line broke", "1")
    assert isinstance(second, Refused if gone_at.startswith("read") else AmbiguousOutcome)


def test_one_document_that_the_erp_chokes_on_takes_no_other_with_it() -> None:
    broken = SourceError("the ERP broke down")
    erp = Erp(
        {"1": Confirmed(), "2": Confirmed(), "3": Confirmed()},
        ["1", "2", "3"],
        {"read back many 1 2 3": broken, "read back 2": broken},
    )
    first, second, third = settle_many(erp, "order", placed("1", "2", "3"))
    assert isinstance(first, Pushed)
    assert second is broken
    assert isinstance(third, Pushed)


def test_nothing_is_asked_about_when_all_were_refused() -> None:
    erp = Erp({"1": Rejected("X", "no")})
    [refused] = settle_many(erp, "order", placed("1"))
    assert isinstance(refused, Refused)
    assert erp.asked == ["confirm many"]
