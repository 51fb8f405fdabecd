"""One receipt on its way, as it was agreed."""

from sqlalchemy.orm import Session

from b2bsync import edi
from b2bsync.edi.answers import Policy, X12Answer, answer
from b2bsync.edi.standard import X12
from b2bsync.exchange.sending import draw, marked, x12_delimiters
from b2bsync.partners import Partner
from b2bsync.store.control_numbers import ControlNumbersExhausted

NO_NUMBER = "0"
"""Stands in what is written while there is no control number for it: those bytes never leave."""


class Written:
    """Its control numbers are drawn when it is known that there is one; that of the interchange first, whichever is
    asked for first: all who draw lock the ranges in this order. Where a range is used up, ``refused`` says so, and what
    is written is not to be sent."""

    def __init__(self, session: Session, partner: Partner, header: edi.InterchangeHeader) -> None:
        self._session, self.partner, self.header = session, partner, header
        self.control_number = self.group_number = ""  # as written; empty while none is drawn
        self.refused = ""
        self._grouped = False
        x12 = header.standard == X12
        contrl = partner.send.edifact.of("CONTRL")
        policy = Policy(
            functional=partner.functional,
            detail=partner.acks.detail,
            ta1=partner.acks.ta1,
            contrl=partner.acks.contrl,
            receipt=partner.acks.receipt,
            delimiters=x12_delimiters(partner.send) if x12 else None,
            suffix=partner.delimiters.suffix if x12 else contrl.delimiters.suffix,
        )
        self.answer = answer(header, policy, partner.now(), self._interchange, self._group)

    def _interchange(self) -> str:
        if not self.control_number:
            drawn = self._drawn("interchange")
            if drawn is None:
                return NO_NUMBER
            edifact = self.partner.send.edifact.numbers.interchange
            x12 = self.header.standard == X12
            self.control_number = f"{drawn:09d}" if x12 else marked(edifact).text(drawn)
        return self.control_number

    def _group(self) -> str:
        self._grouped = True
        self._interchange()
        drawn = self._drawn("group")
        self.group_number = str(drawn) if drawn is not None else ""
        return self.group_number or NO_NUMBER

    def _drawn(self, kind: str) -> int | None:
        if self.refused:
            return None
        try:
            return draw(self._session, self.partner, self.header.standard, kind)
        except ControlNumbersExhausted as error:
            self.refused = str(error)
            return None

    @property
    def type(self) -> tuple[str, str]:
        """What it is, and of which version."""
        if isinstance(self.answer, X12Answer):
            form = self.answer.form
            return (form.type, form.version) if self._grouped else ("TA1", self.header.version)
        return "CONTRL", self.answer.syntax
