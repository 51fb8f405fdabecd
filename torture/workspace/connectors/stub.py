"""Hands orders to the ERP under torture: one JSON text per line over a socket, one answer per request.

Every request says which process asks, so that the harness knows whom to kill. What is cut off in mid-request may have
been taken: that is ``Ambiguous``, never a plain no.
"""

import os
import random
import socket
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from b2bsync.sync import (
    Ambiguous,
    CheckResult,
    Confirmed,
    ConfirmResult,
    Context,
    Created,
    Discovery,
    IdemKey,
    PushResult,
    PushSettings,
    Rejected,
    SecretRef,
    SourceError,
    Unreachable,
)
from b2bsync.sync.settings import resolve

JSON = msgspec.json.Encoder(decimal_format="string")


class Settings(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    address: str | SecretRef
    push: dict[str, PushSettings] = {}


def connect(settings: Settings, context: Context) -> "Stub":
    """Now a connection that takes every question by itself, now one that takes many: both ways of handing over meet
    the kills."""
    kind = random.choice((Stub, Together))
    return kind(context.name, resolve(settings.address, f"connector.{context.name}.address", context.workspace))


class Stub:
    def __init__(self, name: str, address: str) -> None:
        self._name = name
        host, _, port = address.rpartition(":")
        try:
            self._socket = socket.create_connection((host, int(port)), timeout=30)
        except OSError as error:
            raise Unreachable(f"{name}: the ERP does not answer: {error}") from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answers = self._socket.makefile("rb")

    def _ask(self, **request: object) -> Any:
        """Raises Unreachable when the line broke; what was asked may have been done."""
        try:
            self._socket.sendall(JSON.encode({**request, "pid": os.getpid()}) + b"\n")
            said = self._answers.readline()
        except OSError as error:
            raise Unreachable(f"{self._name}: the line to the ERP broke: {error}") from error
        if not said:
            raise Unreachable(f"{self._name}: the ERP closed the line")
        return msgspec.json.decode(said)

    def check(self) -> CheckResult:
        return CheckResult("ERP under torture")

    def discover(self) -> Discovery:
        return Discovery("ERP under torture", (), (), ("order",))

    def close(self) -> None:
        self._answers.close()
        self._socket.close()

    def find(self, kind: str, idem: IdemKey) -> str | None:
        found: str | None = self._ask(do="find", idem=idem.text)
        return found

    def create(self, kind: str, record: Mapping[str, Any], idem: IdemKey) -> PushResult:
        try:
            said = self._ask(do="create", idem=idem.text, order=record)
        except Unreachable as error:
            return Ambiguous(str(error))
        if "refused" in said:
            return Rejected("REFUSED", said["refused"])
        return Created(said["ref"])

    def confirm(self, kind: str, ref: str, idem: IdemKey) -> ConfirmResult:
        self._ask(do="confirm", ref=ref)
        return Confirmed()

    def read_back(self, kind: str, ref: str) -> dict[str, Any] | None:
        answer: dict[str, Any] | None = self._ask(do="read_back", ref=ref)
        return answer


class Together(Stub):
    def _ask_of_many(self, **request: object) -> Any:
        said = self._ask(**request)
        if isinstance(said, dict) and "broken" in said:
            raise SourceError(f"{self._name}: {said['broken']}")
        return said

    def find_many(self, kind: str, idems: Sequence[IdemKey]) -> dict[str, str]:
        found: dict[str, str] = self._ask_of_many(do="find_many", idems=[idem.text for idem in idems])
        return found

    def confirm_many(self, kind: str, refs: Mapping[str, IdemKey]) -> dict[str, ConfirmResult]:
        self._ask_of_many(do="confirm_many", refs=list(refs))
        return dict.fromkeys(refs, Confirmed())

    def read_back_many(self, kind: str, refs: Sequence[str]) -> dict[str, dict[str, Any]]:
        answers: dict[str, dict[str, Any]] = self._ask_of_many(do="read_back_many", refs=list(refs))
        return answers
