"""Placing a document whose outcome is open, and settling many at once: what each came to, whatever happened to the
others."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from b2bsync.sync import (
    Ambiguous,
    AmbiguousOutcome,
    BatchTarget,
    Confirmed,
    ConfirmResult,
    IdemKey,
    Placed,
    Pushed,
    Refused,
    Rejected,
    SourceError,
    Unreachable,
    place,
    settle_many,
)


class Erp:
    """Knows what it says of every reference; counts how often it was asked."""

    def __init__(
        self,
        says: Mapping[str, ConfirmResult],
        decided: Sequence[str] = (),
        fails: Mapping[str, Exception] | None = None,
    ) -> None:
        self.says, self.decided, self.fails = says, decided, fails or {}
        self.asked: list[str] = []

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if what in self.fails:
            raise self.fails[what]

    def find_many(self, kind: str, idems: Sequence[IdemKey]) -> dict[str, str]:
        raise AssertionError("nothing is to be looked for")

    def find(self, kind: str, idem: IdemKey) -> str | None:
        raise AssertionError("nothing is to be looked for")

    def create(self, kind: str, record: Mapping[str, Any], idem: IdemKey) -> Any:
        raise AssertionError("nothing is to be created")

    def confirm_many(self, kind: str, refs: Mapping[str, IdemKey]) -> Mapping[str, ConfirmResult]:
        self._ask("confirm many")
        return self.says

    def read_back_many(self, kind: str, refs: Sequence[str]) -> dict[str, dict[str, Any]]:
        self._ask(f"read back many {' '.join(refs)}")
        return {ref: {"ref": ref} for ref in refs if ref in self.decided}

    def confirm(self, kind: str, ref: str, idem: IdemKey) -> ConfirmResult:
        self._ask(f"confirm {ref}")
        return self.says[ref]

    def read_back(self, kind: str, ref: str) -> dict[str, Any] | None:
        self._ask(f"read back {ref}")
        return {"ref": ref} if ref in self.decided else None

    def check(self) -> Any: ...

    def discover(self) -> Any: ...

    def close(self) -> None: ...


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


class Slow(Erp):
    """Does not say what became of a document that it creates, and shows it at the look of that number."""

    def __init__(self, shown: int) -> None:
        super().__init__({})
        self.shown = shown

    def find(self, kind: str, idem: IdemKey) -> str | None:
        self._ask("find")
        return "7" if self.asked.count("find") == self.shown else None

    def create(self, kind: str, record: Mapping[str, Any], idem: IdemKey) -> Any:
        self._ask("create")
        return Ambiguous("it timed out")


def test_what_the_erp_leaves_open_is_looked_for_with_the_whole_pauses() -> None:
    naps: list[float] = []
    erp = Slow(shown=4)
    [(_, idem)] = placed("7")
    assert place(erp, "order", {}, idem, sleep=naps.append) == Placed("7", created=True)
    assert (erp.asked, naps) == (["find", "create", "find", "find", "find"], [0.5, 2.0])

    naps.clear()
    with pytest.raises(AmbiguousOutcome, match="order PO-7: it timed out; it has not appeared yet"):
        place(Slow(shown=5), "order", {}, idem, sleep=naps.append)
    assert naps == [0.5, 2.0]
