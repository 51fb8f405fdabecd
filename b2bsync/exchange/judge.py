"""The contract gate at work: customer, duplicates, stock and terms decide every line before the ERP sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import msgspec
from sqlalchemy.orm import Session

from b2bsync.engine import Parked, Stage, Task
from b2bsync.exchange.answer import Answers
from b2bsync.exchange.book import book_lines
from b2bsync.exchange.customers import Customers, UnknownCustomer
from b2bsync.exchange.duplicates import claim_orders, release_orders
from b2bsync.exchange.given_up import give_up_document
from b2bsync.exchange.setting import Setting, erp_lane, partner_of
from b2bsync.exchange.situations import Credit, Stock, credit_taken, situation, warehouse
from b2bsync.model import Customer, DecisionStatus, Order, Purpose, decode_document
from b2bsync.partners import Partner
from b2bsync.store import begin_write, commitments, journal, orders, pushes
from b2bsync.store.commitments import NewCommitment, NewCredit
from b2bsync.store.journal import NewEvent
from b2bsync.store.orders import NewOrder
from b2bsync.store.tables import DocumentRow, OrderRow
from b2bsync.terms import Judgement, Policy, Situation, judge

NOT_ORIGINAL = {
    Purpose.CANCEL: "asks to cancel order {number}: decide in the ERP, then skip this document",
    Purpose.REPLACE: "replaces order {number}: change it in the ERP, then skip this document",
    Purpose.CHANGE: "changes order {number}: change it in the ERP, then skip this document",
    Purpose.CONFIRMATION: "confirms order {number}, which did not come here: look in the ERP, then skip this document",
    Purpose.DUPLICATE: "is a duplicate of order {number}, which did not come here: ask the partner for the original",
}
"""What the purposes that never create an order wait for a person to do."""

WAITING = "translated"
"""The status of a document that waits for the gate: what was judged, held or skipped is not judged by an old task."""

JSON = msgspec.json.Encoder(decimal_format="string")


@dataclass
class Case:
    """One order before the gate."""

    task: Task
    row: DocumentRow
    order: Order
    customer: Customer | None = None
    situation: Situation | None = None
    held: str = ""
    repeats: int | None = None  # the document it repeats, where the agreement's gate answers repeats

    @property
    def key(self) -> str:
        """What a buyer may order once: its business key."""
        return "|".join((self.row.company, self.row.stage, *self.number))

    @property
    def number(self) -> tuple[str, str, str]:
        """Customer, number and release: what tells an order from others, in the order book as in the ERP. Another
        version is other content of the same order."""
        assert self.customer is not None
        return self.customer.number, self.order.number, self.order.release or ""


@dataclass
class Verdicts:
    partner: Partner
    policy: Policy
    cases: list[Case]


class Judge(Stage):
    """Stage ``judge``; its subject is the document of an Order."""

    name = "judge"
    batch = 100

    def __init__(self, setting: Setting) -> None:
        self.setting = setting

    def perform(self, work: object, tasks: Sequence[Task]) -> Verdicts:
        partner = self.setting.partner(partner_of(tasks[0].lane))
        if partner.stage is not self.setting.stage:
            raise Parked(
                f"partner {partner.name} is agreed for {partner.stage}, but the ERPs here are for "
                f"{self.setting.stage}: the order goes no further"
            )
        try:
            policy = msgspec.convert(partner.gate, Policy, strict=False)
        except msgspec.ValidationError as error:
            raise Parked(f"[gate] in partners/{partner.file.name}: {error}; correct it and retry") from error
        with self.setting.database.session() as session:
            rows = journal.documents_by_id(session, [task.subject for task in tasks])
            due = {task.subject: task for task in reversed(tasks)}  # what is due twice is judged once
            cases = [_case(task, rows.get(task.subject)) for task in tasks if due[task.subject] is task]
            cases = [case for case in cases if case.row.status == WAITING]
            customers = Customers(session, partner, [case.order for case in cases])
            for case in cases:
                try:
                    case.customer = customers.of(case.order)
                except UnknownCustomer as error:
                    case.held = str(error)
                if number := _number_used_twice(case.order):
                    case.held = (
                        f"order {case.order.number} has two lines with the number {number}, so that its answer could "
                        f"not tell them apart: ask the buyer for other numbers, then skip this"
                    )
            self._situations(session, partner, cases)
        return Verdicts(partner, policy, cases)

    def abandon(self, session: Session, task: Task, error: str) -> None:
        give_up_document(session, task.subject, error)

    def _situations(self, session: Session, partner: Partner, cases: Sequence[Case]) -> None:
        """Cases of one customer share what was agreed with him."""
        today = partner.now().date()
        by_customer: dict[str, list[Case]] = {}
        for case in cases:
            if case.customer is not None and case.order.purpose is Purpose.ORIGINAL:
                by_customer.setdefault(case.customer.number, []).append(case)
        for theirs in by_customer.values():
            customer = theirs[0].customer
            assert customer is not None
            asked = [case.order for case in theirs]
            shared = situation(session, self.setting.catalogue, partner.company, partner.stage, customer, asked, today)
            for case in theirs:
                case.situation = shared

    def finish(self, session: Session, tasks: Sequence[Task], result: Verdicts) -> None:
        begin_write(session)
        changes: dict[int, dict[str, object]] = {}
        # An operator may have closed one of them meanwhile.
        now = journal.document_statuses(session, [case.task.subject for case in result.cases])
        cases = [case for case in result.cases if now[case.task.subject] == WAITING]
        for case in cases:
            if case.held:
                changes[case.task.subject] = {"status": "held", "reason": case.held}
            elif case.order.purpose is not Purpose.ORIGINAL:
                changes[case.task.subject] = self._other_purpose(session, case)
        waiting = [case for case in cases if case.task.subject not in changes]
        fresh = self._first_time(session, result, waiting, changes)
        self._judge(session, result, fresh, changes)
        journal.set_documents(session, changes)
        held = [
            NewEvent(subject="document", subject_id=str(i), what=str(change["status"]), detail=str(change["reason"]))
            for i, change in changes.items()
            if change.get("reason")
        ]
        if held:
            journal.add_events(session, held)

    def _other_purpose(self, session: Session, case: Case) -> dict[str, object]:
        """Only an original creates an order; the rest is kept, and waits for a person where one must act."""
        order, row = case.order, case.row
        assert case.customer is not None
        known = orders.order_by_number(
            session, row.company, row.stage, case.customer.number, order.number, order.release or ""
        )
        change: dict[str, object] = {"customer": case.customer.number}
        if known is not None:
            change["parent_id"] = known.document_id
        informs = order.purpose is Purpose.INFORMATION_COPY
        repeats = order.purpose in (Purpose.CONFIRMATION, Purpose.DUPLICATE) and known is not None
        if informs or repeats:
            return change | {"status": "recorded", "reason": f"{order.purpose}: creates no order"}
        return change | {"status": "held", "reason": NOT_ORIGINAL[order.purpose].format(number=order.number)}

    def _first_time(
        self, session: Session, result: Verdicts, cases: Sequence[Case], changes: dict[int, dict[str, object]]
    ) -> list[Case]:
        """Claim the business keys. A repeat gets no second order and no second answer, unless the agreement's gate says
        what to do with duplicates; other content under a known number waits for a person. An order that came to
        nothing makes room for one that corrects it."""
        if not cases:
            return []
        partner = result.partner
        room: list[int] = []
        days = partner.duplicates.business
        holders = claim_orders(session, days, [(case.key, case.task.subject) for case in cases])
        free = [case.number for case, holder in zip(cases, holders, strict=True) if holder is None]
        known = orders.orders_by_numbers(session, partner.company, partner.stage, free)
        firsts = journal.documents_by_id(session, [h for h in holders if h is not None])
        fresh = []
        for case, holder in zip(cases, holders, strict=True):
            before = known.get(case.number)
            if holder is not None:
                if "duplicate" in partner.gate:
                    assert case.situation is not None
                    case.repeats = holder
                    case.situation = case.situation.but(duplicate_of=f"document {holder}")
                    fresh.append(case)
                else:
                    changes[case.task.subject] = _repeated(case, holder, firsts.get(holder))
            elif before is None or before.document_id == case.task.subject:
                fresh.append(case)
            elif _came_to_nothing(session, before):
                assert before.id is not None
                room.append(before.id)
                fresh.append(case)
            else:
                changes[case.task.subject] = _used_again(case, before)
        orders.restart_orders(session, room)
        return fresh

    def _judge(
        self, session: Session, result: Verdicts, cases: Sequence[Case], changes: dict[int, dict[str, object]]
    ) -> None:
        if not cases:
            return
        partner = result.partner
        skus = {sku for case in cases if case.situation for sku in case.situation.products}
        credit = Credit(session, partner.company, partner.stage, [case.customer for case in cases if case.customer])
        stock = Stock(session, self.setting.catalogue, partner.company, partner.stage, skus)
        left: dict[str | None, dict[str, Decimal]] = {}
        judged: list[tuple[Case, Judgement, str | None]] = []
        for case in cases:
            assert case.situation is not None and case.customer is not None
            place = warehouse(partner, case.customer)
            if place not in left:
                left[place] = stock.available(place)
            now = case.situation.but(
                available=left[place],
                next_stock=stock.next_dates(place),
                credit_left=credit.left(case.customer),
            )
            judgement = judge(case.order, now, result.policy)
            if judgement.overall not in (DecisionStatus.HELD, DecisionStatus.REJECTED):
                # The same pieces must not be promised from another view of the stock within this batch.
                for view in left.values():
                    for sku, quantity in judgement.promised.items():
                        view[sku] = view.get(sku, Decimal(0)) - quantity
                credit.take(case.customer, judgement.value)
            judged.append((case, judgement, place))
        self._write(session, partner, judged, changes)

    def _write(
        self,
        session: Session,
        partner: Partner,
        judged: Sequence[tuple[Case, Judgement, str | None]],
        changes: dict[int, dict[str, object]],
    ) -> None:
        own = [(case, judgement) for case, judgement, _ in judged if case.repeats is None]
        ids = orders.put_orders(session, [_order_row(case, judgement) for case, judgement in own])
        reasons = [JSON.encode(judgement).decode() for _, judgement in own]
        orders.put_judgements(session, list(zip(ids, reasons, strict=True)))
        put = iter(ids)
        book = []
        promises: list[NewCommitment] = []
        credit: list[NewCredit] = []
        push: list[int] = []
        refused = Answers(self.setting, partner)
        rejected: list[int] = []
        for case, judgement, place in judged:
            assert case.customer is not None
            # A repeat is answered, but the order and its book stay those of the document that was first.
            order_id = next(put) if case.repeats is None else None
            change: dict[str, object] = {"customer": case.customer.number, "status": "judged", "reason": ""}
            if order_id is None:
                change["parent_id"] = case.repeats
            else:
                book += book_lines(order_id, case.order, judgement)
            if judgement.overall is DecisionStatus.HELD:
                change |= {"status": "held", "reason": judgement.text or "a line waits for a person"}
            elif judgement.overall is DecisionStatus.REJECTED:
                refused.add(case.row, case.order, judgement, order_id, None, case.customer.number)
                change |= {"status": "answered", "reason": judgement.text or ""}
                rejected.append(case.task.subject)
            elif order_id is not None:
                change["status"] = "pushing"
                push.append(case.task.subject)
                credit += credit_taken(partner.company, partner.stage, case.customer, judgement, order_id)
                promises += [
                    NewCommitment(
                        company=partner.company,
                        stage=partner.stage,
                        sku=line.sku,
                        quantity=line.promised,
                        order_id=order_id,
                        line=line.number,
                        warehouse=place or "",
                    )
                    for line in judgement.lines
                    if line.promised and line.sku
                ]
            changes[case.task.subject] = change
        orders.put_lines(session, book)
        if promises:
            commitments.commit_stock(session, promises)
        if credit:
            commitments.commit_credit(session, credit)
        if push:
            self.setting.lanes.add(session, erp_lane(self.setting.erp(partner)), "push", push)
        orders.set_orders(session, refused.send(session, status="refused"))
        release_orders(session, rejected)  # a corrected one may come under the same number


def _number_used_twice(order: Order) -> str:
    """The first line number that two lines of the order have; empty when there is none."""
    seen: set[str] = set()
    for line in order.lines:
        if line.number in seen:
            return line.number
        seen.add(line.number)
    return ""


def _repeated(case: Case, holder: int, first: DocumentRow | None) -> dict[str, object]:
    assert case.customer is not None
    same = first is not None and first.body == case.row.body
    return {
        "customer": case.customer.number,
        "parent_id": holder,
        "status": "duplicate" if same else "held",
        "reason": f"order {case.order.number} came before, as document {holder}"
        + ("; it was not ordered again" if same else ", with other content: ask the buyer, then skip this"),
    }


def _used_again(case: Case, before: OrderRow) -> dict[str, object]:
    """The number of an order whose window is over, or that was closed when the ERP may have had it already."""
    assert case.customer is not None
    return {
        "customer": case.customer.number,
        "parent_id": before.document_id,
        "status": "held",
        "reason": f"order {case.order.number} came before, as document {before.document_id} ({before.status}), and its "
        f"number is used again: ask the buyer, then skip this",
    }


def _came_to_nothing(session: Session, order: OrderRow) -> bool:
    """Whether an order was refused as a whole, or closed by a person before the ERP can have heard of it."""
    if order.status == "refused":
        return True
    return order.status == "cancelled" and not pushes.pushes(session, document_id=order.document_id, limit=1)


def _case(task: Task, row: DocumentRow | None) -> Case:
    if row is None or row.body is None:
        raise Parked(f"document {task.subject} has no canonical content; retry it once it is translated")
    document = decode_document(row.body)
    if not isinstance(document, Order):
        raise Parked(f"document {task.subject} is a {row.kind}, not an Order")
    return Case(task, row, document)


def _order_row(case: Case, judgement: Judgement) -> NewOrder:
    status = {DecisionStatus.HELD: "held", DecisionStatus.REJECTED: "refused"}.get(judgement.overall, "judged")
    assert case.customer is not None
    return NewOrder(
        company=case.row.company,
        stage=case.row.stage,
        customer=case.customer.number,
        partner=case.row.partner,
        number=case.order.number,
        release=case.order.release or "",
        document_id=case.task.subject,
        status=status,
        ordered=case.order.ordered,
    )
