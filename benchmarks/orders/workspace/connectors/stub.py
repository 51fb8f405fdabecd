"""Hands orders to the stub ERP: one JSON text per line over a local socket, one answer per request."""

import socket
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from b2bsync.sync import (
    CheckResult,
    Confirmed,
    ConfirmResult,
    Context,
    Created,
    Discovery,
    IdemKey,
    PushResult,
    PushSettings,
    SecretRef,
)
from b2bsync.sync.settings import resolve

JSON = msgspec.json.Encoder(decimal_format="string")
PIECE = 64 * 1024


class Settings(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    address: str | SecretRef
    push: dict[str, PushSettings] = {}


def connect(settings: Settings, context: Context) -> "Stub":
    return Stub(resolve(settings.address, f"connector.{context.name}.address", context.workspace))


class Stub:
    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(address)

    def _ask(self, **request: object) -> Any:
        self._socket.sendall(JSON.encode(request) + b"\n")
        answer = self._socket.recv(PIECE)
        while not answer.endswith(b"\n"):
            piece = self._socket.recv(PIECE)
            if not piece:
                raise ConnectionError("the stub ERP is gone")
            answer += piece
        return msgspec.json.decode(answer)

    def check(self) -> CheckResult:
        return CheckResult("stub")

    def discover(self) -> Discovery:
        return Discovery("stub", (), (), ("order",))

    def close(self) -> None:
        self._socket.close()

    def find(self, kind: str, idem: IdemKey) -> str | None:
        found: str | None = self._ask(do="find", idem=idem.text)
        return found

    def create(self, kind: str, record: Mapping[str, Any], idem: IdemKey) -> PushResult:
        return Created(self._ask(do="create", idem=idem.text, order=record))

    def confirm(self, kind: str, ref: str, idem: IdemKey) -> ConfirmResult:
        self._ask(do="confirm", ref=ref)
        return Confirmed()

    def read_back(self, kind: str, ref: str) -> dict[str, Any] | None:
        answer: dict[str, Any] | None = self._ask(do="read_back", ref=ref)
        return answer

    def find_many(self, kind: str, idems: Sequence[IdemKey]) -> dict[str, str]:
        found: dict[str, str] = self._ask(do="find_many", idems=[idem.text for idem in idems])
        return found

    def confirm_many(self, kind: str, refs: Mapping[str, IdemKey]) -> dict[str, ConfirmResult]:
        self._ask(do="confirm_many", refs=list(refs))
        return dict.fromkeys(refs, Confirmed())

    def read_back_many(self, kind: str, refs: Sequence[str]) -> dict[str, dict[str, Any]]:
        answers: dict[str, dict[str, Any]] = self._ask(do="read_back_many", refs=list(refs))
        return answers
