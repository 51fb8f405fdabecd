"""pyx12's maps, written from our facts at run time: one set, its data elements and its code lists.

How they are laid out is what pyx12 needs, each rule learnt from a failure of it: every item of a loop at a position of
its own, loop ids that no segment could have, element numbers without gaps, code lists outside of the segments (a list
inside the first element would choose the segment, and a wrong code would hide it).
"""

from importlib.resources import files
from xml.sax.saxutils import escape, quoteattr

from b2bsync.edi.standard import Element, Use
from b2bsync.edi.structure import UNBOUNDED, LoopRule, MessageGrammar, SegmentRule

SET, ELEMENTS, CODES = "set.xml", "dataele.xml", "codes.xml"
"""The files of a map; pyx12 asks for the last two by these names."""

ROOT = "ST_LOOP"
"""The loop that is the whole set."""

_WRITTEN = "pyx12_maps"


def generated(message: MessageGrammar) -> dict[str, str]:
    """The files of a map for a set of the facts, or for one that a guide has narrowed.

    A use that requires ``N`` is one that must not be filled.
    """
    return _Writing().files(message)


def written(version: str, type: str) -> dict[str, str] | None:
    """The files of the map that was written by hand for a set (004010: 850 and 856), or None.

    They hold what was written without a look at the facts, so that the facts have a judge, too.
    """
    folder = files("b2bsync.edi").joinpath(_WRITTEN).joinpath(version)
    if not folder.joinpath(f"{type}.xml").is_file():
        return None
    sources = {SET: f"{type}.xml", ELEMENTS: ELEMENTS, CODES: CODES}
    return {name: folder.joinpath(source).read_text("utf-8") for name, source in sources.items()}


class _Writing:
    """One map. Elements of the same number that differ (a guide may shorten one) are numbered ``355``, ``355.1`` …"""

    def __init__(self) -> None:
        self.names: dict[Element, str] = {}

    def files(self, message: MessageGrammar) -> dict[str, str]:
        body = self._items(message.root)
        loop = f'<loop xid="{ROOT}" usage="R" pos="10" repeat="1" name="set">{body}</loop>'
        return {
            SET: f"<transaction xid={quoteattr(message.type)}><name>set</name>{loop}</transaction>",
            ELEMENTS: f"<data_elements>{''.join(map(_data_element, self.names.items()))}</data_elements>",
            CODES: f"<codesets>{''.join(_codes(*named) for named in self.names.items() if named[0].codes)}</codesets>",
        }

    def _items(self, loop: LoopRule) -> str:
        return "".join(
            self._segment(item, place) if isinstance(item, SegmentRule) else self._loop(item, place)
            for place, item in enumerate(loop.items, 1)
        )

    def _loop(self, loop: LoopRule, place: int) -> str:
        usage, name = "R" if loop.mandatory else "S", "_".join(loop.path)
        return (
            f'<loop xid="{name}_LOOP" usage="{usage}" pos="{place * 10}" repeat="{_maximum(loop.maximum)}"'
            f' name="{name}">{self._items(loop)}</loop>'
        )

    def _segment(self, rule: SegmentRule, place: int) -> str:
        notes = "".join(f"<syntax>{relation}</syntax>" for relation in rule.segment.relations)
        uses = "".join(self._use(use, f"{rule.tag}{n:02d}", f"{n:02d}") for n, use in enumerate(rule.segment.uses, 1))
        return (
            f'<segment xid="{rule.tag}" usage="{"R" if rule.mandatory else "S"}" pos="{place * 10}"'
            f' max_use="{_maximum(rule.maximum)}" name="{rule.tag}">{notes}{uses}</segment>'
        )

    def _use(self, use: Use, id: str, seq: str) -> str:
        usage = {"M": "R", "N": "N"}.get(use.requirement, "S")
        said = f'xid="{id}" usage="{usage}" seq="{seq}" name="{id}"'
        if use.composite is not None:
            inner = "".join(
                self._use(part, f"{id}-{n:02d}", f"{n:02d}") for n, part in enumerate(use.composite.uses, 1)
            )
            return f'<composite {said} data_ele="{use.reference}">{inner}</composite>'
        assert use.element is not None
        name = self._name(use.element)
        codes = f'<valid_codes external="de{name}"/>' if use.element.codes else ""
        return f'<element {said} data_ele="{name}">{codes}</element>'

    def _name(self, element: Element) -> str:
        known = self.names.get(element)
        if known is None:
            others = sum(other.reference == element.reference for other in self.names)
            known = self.names[element] = f"{element.reference}.{others}" if others else element.reference
        return known


def _maximum(number: int) -> str:
    return "&gt;1" if number >= UNBOUNDED else str(number)


def _data_element(named: tuple[Element, str]) -> str:
    element, name = named
    return (
        f'<data_ele ele_num="{name}" data_type="{element.type}" min_len="{element.minimum}"'
        f' max_len="{element.maximum}" name="{name}"/>'
    )


def _codes(element: Element, name: str) -> str:
    listed = "".join(f"<code>{escape(code)}</code>" for code in sorted(element.codes))
    return f"<codeset><id>de{name}</id><name>{name}</name><version>{listed}</version></codeset>"
