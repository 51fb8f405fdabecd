"""The ERP's answer, read back. One that leaves open what it took does not count as taken as asked."""

import tomllib
from collections.abc import Mapping as AnyMapping
from functools import lru_cache
from typing import Any

from b2bsync.mapping import Mapping, Unmapped
from b2bsync.model import ErpAnswer
from b2bsync.vocabulary.findings import Finding, Severity


def read_answer(mapping: Mapping | None, record: AnyMapping[str, Any]) -> ErpAnswer:
    """What the mapping makes of it; without one, that the order was taken as asked.

    Raises Unmapped when it cannot be read, or when a line that is not refused lacks the quantity that the mapping reads
    for lines. A mapping that reads no quantity says on purpose that the ERP takes lines as asked or not at all.
    """
    if mapping is None:
        return ErpAnswer()
    answer: ErpAnswer = mapping.read(record)
    if answer.refused or not answer.lines:
        return answer
    lacking = [line.number for line in answer.lines if line.quantity is None and not line.refused]
    if lacking and _reads_quantity(mapping.text):
        what = (
            f"the ERP's order has no quantity for line {', '.join(lacking)}; look at the order there and at the "
            "statements that write it (`b2bsync check`), then retry the document"
        )
        raise Unmapped(mapping.name, [Finding(severity=Severity.ERROR, code="quantity-missing", message=what)])
    return answer


@lru_cache(maxsize=64)
def _reads_quantity(text: str) -> bool:
    """Whether a mapping, as its effective text, has a clause for the lines' quantity."""
    lines = tomllib.loads(text).get("fields", {}).get("lines", {})
    return any(each.get("quantity") for each in (lines if isinstance(lines, list) else [lines]) if each)
