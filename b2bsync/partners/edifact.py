"""What was agreed for what we send in EDIFACT: syntax, directory, service segments and control references."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from b2bsync.partners.notation import (
    EdifactDelimiterChanges,
    EdifactDelimiters,
    Outside,
    Replacement,
    Trailing,
    Zeros,
    check_characters,
    said,
)
from b2bsync.partners.numbering import EdifactNumbers


def _text(longest: int, element: str) -> Meta:
    return Meta(
        pattern=rf"^[!-~¡-ÿ](?:[ -~¡-ÿ]{{0,{longest - 2}}}[!-~¡-ÿ])?$" if longest > 1 else r"^[!-~¡-ÿ]$",
        description=f"1 to {longest} characters, as in {element}",
    )


Directory = Annotated[
    str, Meta(pattern=r"^[A-Z0-9]{1,3}[.]?\d{2}[A-Z0-9]$", description='version and release, such as "D96A" or "D01B"')
]
Association = Annotated[str, _text(6, "UNH 0057")]
MessageAgency = Annotated[str, Meta(pattern=r"^[A-Z0-9]{1,3}$", description='1 to 3 letters, as in 0051, such as "UN"')]
ApplicationReference = Annotated[str, _text(14, "UNB 0026")]
Priority = Annotated[str, Meta(pattern=r"^[A-Z]$", description='one letter, as in UNB 0029, such as "A"')]
AgreementId = Annotated[str, _text(35, "UNB 0032")]
Routing = Annotated[str, _text(35, "UNB 0008 and 0014")]
MessageType = Annotated[str, Meta(pattern=r"^[A-Z]{6}$", description='a message such as "ORDERS"')]
Date = Literal["YYMMDD", "CCYYMMDD"]
Characters = Literal[
    "UNOA", "UNOB", "UNOC", "UNOD", "UNOE", "UNOF", "UNOG", "UNOH", "UNOI", "UNOJ", "UNOK", "UNOL", "UNOW", "UNOY"
]


class GroupHeader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[send.edifact.group]``: messages go in groups, and this stands in UNG beside its number and time.

    Without ``sender`` and ``receiver`` the identities of the interchange stand there; ``version``, ``release`` and
    ``association`` are those of the first message.
    """

    sender: Annotated[str, _text(35, "UNG 0040")] | None = None
    sender_qualifier: Annotated[str, _text(4, "UNG 0007")] | None = None
    receiver: Annotated[str, _text(35, "UNG 0044")] | None = None
    receiver_qualifier: Annotated[str, _text(4, "UNG 0007")] | None = None
    code: Annotated[str, _text(6, "UNG 0038")] | None = None
    agency: MessageAgency = "UN"
    version: Annotated[str, _text(3, "UNG 0052")] | None = None
    release: Annotated[str, _text(3, "UNG 0054")] | None = None
    association: Association | None = None
    password: Annotated[str, _text(14, "UNG 0058")] | None = None


class TypeEdifact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[send.edifact.types.DESADV]``: what differs for one message; the keys are those of ``[send.edifact]``."""

    directory: Directory | None = None
    agency: MessageAgency | None = None
    association: Association | None = None
    application_reference: ApplicationReference | None = None
    priority: Priority | None = None
    agreement: AgreementId | None = None
    syntax: Characters | None = None
    outside: Outside | None = None
    replacement: Replacement | None = None
    trailing: Trailing | None = None
    zeros: Zeros | None = None
    una: Literal["always", "never", "needed"] | None = None
    delimiters: EdifactDelimiterChanges = EdifactDelimiterChanges()


class EdifactSend(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[send.edifact]``: how EDIFACT is written. UNB 0035 follows from the stage: ``test_indicator`` in test, nothing
    in production. ``outside`` to ``zeros`` are as in ``[send]``; the character set is that of ``syntax``."""

    directory: Directory = "D96A"  # UNH 0052 and 0054
    agency: MessageAgency = "UN"  # UNH 0051
    association: Association | None = None  # UNH 0057
    syntax: Characters = "UNOC"  # UNB 0001
    syntax_version: Literal["1", "2", "3", "4"] = "3"  # UNB 0002
    code_lists: Annotated[str, _text(6, "UNB 0080")] | None = None
    encoding: Annotated[str, _text(3, "UNB 0133")] | None = None
    una: Literal["always", "never", "needed"] = "needed"
    date: Date | None = None  # UNB 0017; by the syntax version where it says nothing
    our_routing: Routing | None = None  # UNB 0008
    our_routing_part: Routing | None = None  # UNB 0042
    routing: Routing | None = None  # UNB 0014
    routing_part: Routing | None = None  # UNB 0046
    recipient_reference: Annotated[str, _text(14, "UNB 0022")] | None = None
    recipient_reference_qualifier: Annotated[str, _text(2, "UNB 0025")] | None = None
    application_reference: ApplicationReference | None = None
    priority: Priority | None = None
    request_contrl: bool = False  # UNB 0031
    agreement: AgreementId | None = None
    test_indicator: Literal["1", "2", "3", "4"] = "1"
    outside: Outside = "refuse"
    replacement: Replacement | None = None
    trailing: Trailing = "omit"
    zeros: Zeros = "keep"
    group: GroupHeader | None = None
    delimiters: EdifactDelimiters = EdifactDelimiters()
    numbers: EdifactNumbers = EdifactNumbers()
    types: dict[MessageType, TypeEdifact] = {}

    def __post_init__(self) -> None:
        check_characters(self.outside, self.replacement, self.delimiters)
        if self.syntax_version != "4":
            for name in ("code_lists", "encoding", "our_routing_part", "routing_part"):
                if getattr(self, name) is not None:
                    raise ValueError(f'{name} needs syntax_version = "4"')
        if self.una == "never" and not self._implied:
            raise ValueError('una = "never" needs the delimiters that hold without UNA')
        for type in self.types:
            try:
                self.of(type)
            except ValueError as error:
                raise ValueError(f"types.{type}: {error}") from None

    @property
    def _implied(self) -> bool:
        d = self.delimiters
        usual = (None, "*") if self.syntax_version == "4" else (None,)
        return (d.component, d.element, d.decimal, d.release, d.segment) == (":", "+", ".", "?", "'") and (
            d.repetition in usual
        )

    def of(self, type: str) -> "EdifactSend":
        """What holds for one message. Raises ValueError where its own keys and the others do not go together."""
        own = self.types.get(type)
        if own is None:
            return self
        changes = {**said(own), "delimiters": msgspec.structs.replace(self.delimiters, **said(own.delimiters))}
        return msgspec.structs.replace(self, types={}, **changes)
