"""Write EDIFACT interchanges as a stream: UNA, UNB, groups, messages, and the trailers with what was counted."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, NoReturn

import msgspec

from b2bsync.edi.edifact.header import DEFAULT
from b2bsync.edi.envelope import Delimiters
from b2bsync.edi.errors import Unwritable
from b2bsync.edi.numbers import Range
from b2bsync.edi.standard import EDIFACT, Facts, facts
from b2bsync.edi.writing.notation import notation
from b2bsync.edi.writing.policy import Outside, Policy, Trailing, Zeros
from b2bsync.edi.writing.rows import Row
from b2bsync.edi.writing.service import pieces, service_segment
from b2bsync.edi.writing.shape import shaped
from b2bsync.vocabulary.findings import Finding, Severity

Suffix = Literal["", "\r", "\n", "\r\n"]


class Party(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """UNB S002 or S003: identification (0004, 0010), its qualifier (0007), the address for (reverse) routing (0008,
    0014), in syntax 4 with a second part (0042, 0046)."""

    id: str
    qualifier: str = ""
    routing: str = ""
    routing_part: str = ""


class GroupSending(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands in UNG beside its number and time: application sender and receiver (S006, S007) with qualifiers,
    agency (0051), message version (S008: 0052, 0054, 0057; empty: those of the first message), password (0058)."""

    sender: str
    receiver: str
    sender_qualifier: str = ""
    receiver_qualifier: str = ""
    agency: str = "UN"
    version: str = ""
    release: str = ""
    association: str = ""
    password: str = ""


class EdifactSending(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How EDIFACT is sent to a partner; one for each message type where they differ.

    ``syntax`` is UNB 0001 and the character set; ``una``: whether UNA is written always, never, or where the delimiters
    are not those that hold without it. ``date``: the form of UNB 0017, by the syntax version where it is empty.
    ``group``: messages go in groups. The ranges say how numbers are written; those of interchanges and groups are the
    caller's to draw, messages are counted where they have none of their own. ``suffix`` to ``zeros`` are those of
    :class:`Policy`.
    """

    sender: Party
    receiver: Party
    syntax: str = "UNOC"
    syntax_version: Literal["1", "2", "3", "4"] = "3"
    code_lists: str = ""  # 0080, syntax 4
    encoding: str = ""  # 0133, syntax 4
    delimiters: Delimiters = DEFAULT
    una: Literal["always", "never", "needed"] = "needed"
    date: Literal["", "YYMMDD", "CCYYMMDD"] = ""
    password: str = ""  # 0022: the recipient's reference or password
    password_qualifier: str = ""  # 0025
    application_reference: str = ""  # 0026
    priority: str = ""  # 0029
    acknowledge: bool = False  # 0031
    agreement: str = ""  # 0032
    test: Literal["", "1", "2", "3", "4"] = ""  # 0035
    group: GroupSending | None = None
    interchange_numbers: Range = Range()
    group_numbers: Range = Range()
    message_numbers: Range = Range()
    suffix: Suffix = "\n"
    outside: Outside = "refuse"
    replacement: str | None = None
    trailing: Trailing = "omit"
    zeros: Zeros = "keep"

    def __post_init__(self) -> None:
        for name, numbers in (
            ("interchange", self.interchange_numbers),
            ("group", self.group_numbers),
            ("message", self.message_numbers),
        ):
            if numbers.longest > 14:
                raise ValueError(f"the reference of a {name} has at most 14 characters, prefix and suffix counted")
        if self.syntax_version < "4" and (self.code_lists or self.encoding):
            raise ValueError("code_lists and encoding exist from syntax version 4 on")
        if self.una == "never" and self.needs_una:
            raise ValueError('una = "never" needs the delimiters that hold without it')
        self.policy()

    @property
    def needs_una(self) -> bool:
        """Whether the delimiters are others than those that hold without UNA."""
        implied = msgspec.structs.replace(DEFAULT, repetition="*" if self.syntax_version == "4" else None)
        return self.delimiters != implied

    def policy(self) -> Policy:
        """What of it concerns segments."""
        return Policy(
            characters=self.syntax, outside=self.outside, replacement=self.replacement, trailing=self.trailing,
            zeros=self.zeros, suffix=self.suffix,
        )  # fmt: skip


class Message(NamedTuple):
    """A message to be written: the segments between UNH and UNT, and what stands in UNH: type (0065), version and
    release (0052, 0054), agency (0051), association code (0057). ``number`` is 0062 as written; where it is empty the
    message is counted in the interchange. ``access`` is 0068; ``transfer`` S010, the number of the transfer and C or F
    for the first or last one."""

    type: str
    rows: Sequence[Row]
    number: str = ""
    version: str = "D"
    release: str = "96A"
    agency: str = "UN"
    association: str = ""
    access: str = ""
    transfer: tuple[str, str] = ("", "")


class Group(NamedTuple):
    """A group of messages to be written; ``number`` is 0048, ``type`` 0038 where it is not that of the
    first message."""

    number: int
    messages: Iterable[Message]
    type: str = ""


def write_edifact(
    settings: EdifactSending, number: int, content: Iterable[Message] | Iterable[Group], at: datetime
) -> Iterator[bytes]:
    """The bytes of an interchange in pieces of some 64 KiB; no more than one message and one piece are held at a time.

    ``number`` is UNB 0020, written as its range says, ``at`` the time in S004. ``content`` are groups where the
    settings have ``group``, messages where not; both may be generators. Raises Unwritable when the wrong one comes;
    what was yielded before is then no whole interchange.
    """
    return pieces(_Interchange(settings, number, at).parts(content))


class _Interchange:
    def __init__(self, settings: EdifactSending, number: int, at: datetime) -> None:
        self.settings, self.number = settings, settings.interchange_numbers.text(number)
        self.policy = settings.policy()
        self.notation = notation(settings.delimiters, EDIFACT, self.policy)
        # Nothing is replaced in an envelope: an identity is right or wrong.
        self.service = notation(
            settings.delimiters, EDIFACT, Policy(characters=settings.syntax, suffix=settings.suffix)
        )
        self.judged = set[tuple[object, ...]]()
        self.known: Facts = facts("UN4" if settings.syntax_version == "4" else "UN3")
        self.messages = 0
        shape = settings.date or ("CCYYMMDD" if settings.syntax_version == "4" else "YYMMDD")
        self.moment = (f"{at:%Y%m%d}" if shape == "CCYYMMDD" else f"{at:%y%m%d}", f"{at:%H%M}")
        self.unjudged = frozenset({"0017"} if settings.date else ())

    def parts(self, content: Iterable[Message] | Iterable[Group]) -> Iterator[bytes]:
        s = self.settings
        if s.una == "always" or (s.una == "needed" and s.needs_una):
            yield self._una()
        yield self._unb()
        groups = 0
        for item in content:
            if isinstance(item, Group) is not (s.group is not None):
                what = "groups" if s.group else "messages outside of groups"
                _refuse("content-invalid", f"the settings want {what}", "UNG", 1)
            if isinstance(item, Group):
                groups += 1
                yield from self._group(item)
            else:
                yield self._message(item)
        count = groups if s.group else self.messages
        yield self._service(["UNZ", str(count), self.number])

    def _service(self, row: Row) -> bytes:
        return service_segment(self.service, self.known, row, self.unjudged)

    def _una(self) -> bytes:
        d = self.settings.delimiters
        text = "UNA" + d.component + d.element + d.decimal + (d.release or " ") + (d.repetition or " ") + d.segment
        return (text + self.settings.suffix).encode("ascii")

    def _unb(self) -> bytes:
        s = self.settings
        return self._service(
            [
                "UNB", (s.syntax, s.syntax_version, s.code_lists, s.encoding), _party(s.sender), _party(s.receiver),
                self.moment, self.number, (s.password, s.password_qualifier), s.application_reference, s.priority,
                "1" if s.acknowledge else "", s.agreement, s.test,
            ]
        )  # fmt: skip

    def _group(self, group: Group) -> Iterator[bytes]:
        before, opened = self.messages, False
        for message in group.messages:
            if not opened:
                yield self._ung(group, message)
                opened = True
            yield self._message(message)
        if not opened:
            _refuse("group-empty", "a group needs a message: its header names the messages' version", "UNG", 7)
        yield self._service(["UNE", str(self.messages - before), self.settings.group_numbers.text(group.number)])

    def _ung(self, group: Group, first: Message) -> bytes:
        g = self.settings.group
        assert g is not None
        version = (g.version or first.version, g.release or first.release, g.association or first.association)
        return self._service(
            [
                "UNG", group.type or first.type, (g.sender, g.sender_qualifier), (g.receiver, g.receiver_qualifier),
                self.moment, self.settings.group_numbers.text(group.number), g.agency, version, g.password,
            ]
        )  # fmt: skip

    def _message(self, message: Message) -> bytes:
        s, m = self.settings, message
        number = m.number or s.message_numbers.text(s.message_numbers.nth(self.messages))
        self.messages += 1
        header: list[str | tuple[str, ...]] = [
            "UNH", number, (m.type, m.version, m.release, m.agency, m.association), m.access,
            m.transfer if m.transfer[1] else m.transfer[:1],
        ]  # fmt: skip
        key = (m.type, *m[3:])
        if key not in self.judged or len(number) > 14:
            self._service(header)
            self.judged.add(key)
        while len(header) > 3 and not any(header[-1]):
            header.pop()
        if not m.association:
            header[2] = header[2][:4]
        rows = shaped(m.rows, (m.version + m.release).upper(), self.policy, s.delimiters.decimal)
        return self.notation.message([header, *rows])


def _party(party: Party) -> tuple[str, ...]:
    return (party.id, party.qualifier, party.routing, party.routing_part)


def _refuse(code: str, message: str, tag: str, element: int) -> NoReturn:
    raise Unwritable(
        Finding(
            severity=Severity.ERROR, code=code, message=message, ack_level="group", tag=tag, element=element,
        )
    )  # fmt: skip
