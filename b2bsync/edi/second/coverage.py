"""How far the maps that were written by hand reach: they know what senders use, not all that the standard has."""

from functools import cache
from xml.etree import ElementTree

import msgspec

from b2bsync.edi.second import maps
from b2bsync.edi.tree import Loop


class Known(msgspec.Struct, frozen=True):
    """What stands in a loop of a map: tags of segments, and the loops by the tag that opens them."""

    tags: frozenset[str]
    loops: dict[str, "Known"]

    def holds(self, loop: Loop) -> bool:
        """Whether a loop that was read has nothing beside it, here and in all below."""
        if loop.unknown or not self.tags.issuperset(loop.segments) or not self.loops.keys() >= loop.loops.keys():
            return False
        return all(self.loops[id].holds(child) for id, children in loop.loops.items() for child in children)


def covers(version: str, type: str, root: Loop) -> bool:
    """Whether a map was written by hand for a set of a version of the facts, and knows every segment of this one where
    it stands."""
    known = _known(version, type)
    return known is not None and known.holds(root)


@cache
def _known(version: str, type: str) -> Known | None:
    files = maps.written(version, type)
    whole = None if files is None else ElementTree.fromstring(files[maps.SET]).find("loop")
    return None if whole is None else _of(whole)


def _of(loop: ElementTree.Element) -> Known:
    return Known(
        frozenset(item.attrib["xid"] for item in loop.findall("segment")),
        {item.attrib["xid"].removesuffix("_LOOP").split("_")[-1]: _of(item) for item in loop.findall("loop")},
    )
