"""Files that a person hands in."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

from b2bsync.app.failures import NotFound
from b2bsync.app.installation import App
from b2bsync.channels import CHUNK
from b2bsync.exchange import receive


def take(app: App, file: Path, partner: str) -> dict[str, Any]:
    """Receive a file as if the partner had sent it; committed when this returns."""
    known = app.partners.get(partner)
    if known is None:
        names = ", ".join(app.partners.names()) or "none"
        raise NotFound(f"there is no partner {partner!r}; known: {names}. `b2bsync check` names files with mistakes")
    with file.open("rb") as opened:
        received = receive(app.setting, known, "cli", uuid4().hex, file.name, _chunks(opened))
    return {"message": received.message_id, "bytes": received.size, "partner": partner}


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while block := file.read(CHUNK):
        yield block
