"""Orders into the ERP: reserve → find → create → confirm → read back, then the answer to the buyer."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from b2bsync.engine import Outcome, PeerDown, Stage, Task
from b2bsync.exchange.answer import Answers
from b2bsync.exchange.book import book_lines, not_as_ordered, summary
from b2bsync.exchange.despatch import Despatch, Going
from b2bsync.exchange.doubt import Clock, Doubts
from b2bsync.exchange.duplicates import release_orders
from b2bsync.exchange.erp_answer import read_answer
from b2bsync.exchange.given_up import give_up_document
from b2bsync.exchange.handover import KIND, Case, Work, hand_over, wait_for
from b2bsync.exchange.judge import JSON
from b2bsync.exchange.setting import Setting
from b2bsync.mapping import Mapping, MappingError, Unmapped
from b2bsync.model import DecisionStatus, ErpAnswer, Order, decode_document
from b2bsync.store import awaited, begin_write, commitments, journal, orders, pushes
from b2bsync.store.journal import NewEvent
from b2bsync.store.orders import BookLine
from b2bsync.store.pushes import NewPush
from b2bsync.store.tables import OrderRow, PushRow
from b2bsync.sync import (
    ConfigError,
    IdemKey,
    Pushed,
    Refused,
    SourceError,
    Unreachable,
    WrongCredentials,
)
from b2bsync.terms import Judgement, Ruling, amend, confirms

DUE = ("pushing", "failed")
"""The statuses of a document whose order goes to the ERP; ``failed``: it could not, and its lane is tried again."""
CLOCK = Clock()
RULING = msgspec.json.Decoder(Ruling)
JUDGEMENT = msgspec.json.Decoder(Judgement)


class Push(Stage):
    """Stage ``push``; its subject is the document of an Order that was judged."""

    name = "push"
    batch = 100

    def __init__(self, setting: Setting, clock: Clock = CLOCK) -> None:
        self.setting = setting
        self._clock, self._doubts = clock, Doubts(clock)
        self._despatch = Despatch(setting)

    def begin(self, session: Session, tasks: Sequence[Task]) -> Work:
        begin_write(session)
        connector = tasks[0].lane.partition(":")[2]
        rows = journal.documents_by_id(session, [task.subject for task in tasks])
        order_rows = orders.orders_by_document(session, list(rows))
        judgements = orders.judgements(session, map(_id, order_rows.values()))
        work = Work({}, [])
        keys: dict[int, IdemKey] = {}
        due = {task.subject: task for task in reversed(tasks)}  # what is due twice goes once
        for task in tasks:
            row, order_row = rows.get(task.subject), order_rows.get(task.subject)
            if row is not None and (row.status not in DUE or due[task.subject] is not task):
                continue  # answered by another task, or closed by an operator: nothing is left to do
            if row is None or row.body is None or order_row is None or _id(order_row) not in judgements:
                work.parked[task.id] = f"document {task.subject} has no judged order; retry the document"
                continue
            keys[task.id] = IdemKey(
                partner=row.partner,
                kind=KIND,
                number=order_row.number,
                revision=order_row.release,
                customer=order_row.customer,
            )
        reserved = self._reserve(session, connector, keys, {task.id: task.subject for task in tasks})
        quiet = self._quiet(session, tasks[0].lane, [reserved[key.text] for key in keys.values()])
        for task in tasks:
            if task.id not in keys:
                continue
            row, order_row = rows[task.subject], order_rows[task.subject]
            document = decode_document(row.body or "")
            assert isinstance(document, Order)
            push = reserved[keys[task.id].text]
            work.partners[row.partner] = self.setting.partner(row.partner)
            reasons = judgements[_id(order_row)]
            judged = RULING.decode(reasons)
            first_try = push.idem_key not in quiet
            work.cases.append(
                Case(
                    task, row, order_row, document, reasons, judged, judged, keys[task.id], push, first_try,
                    quiet.get(push.idem_key, 0.0), ref=push.remote_ref,
                )
            )  # fmt: skip
        lost = {task.subject: work.parked[task.id] for task in tasks if task.id in work.parked}
        failed = {i: {"status": "failed", "reason": why} for i, why in lost.items() if i in rows}
        taken_up = {
            case.task.subject: {"status": "pushing", "reason": ""}
            for case in work.cases
            if case.row.status != "pushing"
        }
        journal.set_documents(session, failed | taken_up)
        return work

    def _reserve(
        self, session: Session, connector: str, keys: dict[int, IdemKey], subjects: dict[int, int]
    ) -> dict[str, PushRow]:
        """The pushes by key. An order that corrects one that came to nothing gets a key of its own, in ``keys`` too:
        under the old one the ERP would find the old order. Corrections are counted, so that the same order has the same
        key when it is received again after a restore."""
        others, reserved, count = list(keys), dict[str, PushRow](), 0
        while others:
            new = [NewPush(idem_key=keys[t].text, target=connector, kind=KIND, document_id=subjects[t]) for t in others]
            reserved |= pushes.reserve_pushes(session, new)
            others = [t for t in others if reserved[keys[t].text].document_id != subjects[t]]
            count += 1
            for t in others:
                keys[t] = msgspec.structs.replace(keys[t], correction=str(count))
        return reserved

    def _quiet(self, session: Session, lane: str, reserved: Sequence[PushRow]) -> dict[str, float]:
        """Since when nobody can have tried them, of those that were tried before: this try is counted, too."""
        tries = {push.idem_key: push.attempts - 1 for push in reserved}
        return self._doubts.quiet_since(lane, tries, lambda: pushes.tries(session, lane, self.name, self.batch))

    def abandon(self, session: Session, task: Task, error: str) -> None:
        give_up_document(session, task.subject, error)

    def perform(self, work: Work, tasks: Sequence[Task]) -> Work:
        if not work.cases:
            return work
        connector = tasks[0].lane.partition(":")[2]
        try:
            mapping, answer = self._mappings(connector)
        except (ConfigError, MappingError) as error:
            raise PeerDown(f"orders cannot go to {connector}: {error}; correct it and retry the lane") from error
        try:
            with self.setting.connectors.open(connector) as target:
                work.trouble = hand_over(target, mapping, work, self._clock) or wait_for(target, work, self._clock)
        except (ConfigError, Unreachable, WrongCredentials, SourceError) as error:
            work.trouble = str(error)
        for case in work.cases:
            self._read_answer(case, answer, work)
        return work

    def _mappings(self, connector: str) -> tuple[Mapping, Mapping | None]:
        settings = self.setting.connectors.pushes(connector).get(KIND)
        if settings is None:
            raise ConfigError("config.toml", f"connector {connector} has no [connector.{connector}.push.{KIND}]")
        library = self.setting.mappings
        return library.get(settings.mapping), library.get(settings.answer) if settings.answer else None

    def _read_answer(self, case: Case, mapping: Mapping | None, work: Work) -> None:
        match case.outcome:
            case Pushed(ref=ref, answer=record):
                try:
                    answer = read_answer(mapping, record)
                except Unmapped as error:
                    work.parked[case.task.id] = f"the ERP's answer for {ref} cannot be understood: {error}"
                    return
                if answer.supplier_number is None:
                    answer = msgspec.structs.replace(answer, supplier_number=ref)
                case.judgement = _amended(case, answer)
                case.ref = answer.supplier_number
            case Refused(message=message, ref=ref):
                case.judgement = _amended(case, ErpAnswer(refused=True, text=message, supplier_number=ref))
                case.ref = ref

    def finish(self, session: Session, tasks: Sequence[Task], result: Work) -> Outcome | None:
        begin_write(session)
        changes: dict[int, dict[str, Any]] = {}
        pushed: dict[str, dict[str, Any]] = {}
        answers: dict[str, Answers] = {}
        done: list[Case] = []
        for case in result.cases:
            if case.task.id in result.parked:
                why = result.parked[case.task.id]
                pushed[case.key.text] = {"state": "ambiguous", "remote_ref": case.ref, "error": why}
                changes[case.task.subject] = {"status": "failed", "reason": why}
            elif case.outcome is None:
                state = "created" if case.ref else "sent" if not case.first_try else "reserved"
                pushed[case.key.text] = {"state": state, "remote_ref": case.ref}
                if not case.tried:  # its turn did not come: the next try is not one that looks for what this one made
                    pushed[case.key.text]["attempts"] = case.push.attempts - 1
            else:
                done.append(case)
        done.sort(key=lambda case: _id(case.order_row))  # everybody locks orders in this order
        for case in done:
            partner = result.partners[case.row.partner]
            self._settle(session, case, changes, pushed)
            answers.setdefault(partner.name, Answers(self.setting, partner)).add(
                case.row, case.order, case.judgement, _id(case.order_row), case.ref
            )
        pushes.set_pushes(session, pushed)
        places = sorted({(case.row.company, case.row.stage) for case in done})
        for company, stage in places:
            awaited.lock_awaited(session, company, stage)
        settled = self._book(session, done)
        expected = [self._expected(session, done, company, stage, settled) for company, stage in places]
        refused = [_id(case.order_row) for case in done if case.judgement.overall is DecisionStatus.REJECTED]
        accepted = [_id(case.order_row) for case in done if case.judgement.overall is not DecisionStatus.REJECTED]
        if accepted:
            commitments.mark_pushed(session, accepted)
        if refused:
            commitments.release_orders(session, refused)
        for name in sorted(answers):  # and draws control numbers in this one
            for order_id, noted in answers[name].send(session, status="confirmed").items():
                settled[order_id] |= noted
        orders.set_orders(session, settled)
        for going in expected:
            self._despatch.send(session, going)
        if refused:
            orders.update_orders(session, refused, status="refused")
            release_orders(session, [case.task.subject for case in done if _id(case.order_row) in refused])
        journal.set_documents(session, changes)
        again = [c.task.id for c in result.cases if c.outcome is None and c.task.id not in result.parked]
        # An order that is in, but without an answer yet, is asked for soon; an ERP that is away gets its time.
        soon = 2.0 if any(c.ref for c in result.cases if c.outcome is None) else None
        return Outcome(again=again, parked=result.parked, down=result.trouble if again else "", retry_after=soon)

    def _expected(
        self, session: Session, done: Sequence[Case], company: str, stage: str, settled: dict[int, dict[str, Any]]
    ) -> Going:
        """What was pulled of these orders before their numbers were known here."""
        numbers = {case.ref for case in done if case.ref and (case.row.company, case.row.stage) == (company, stage)}
        waiting = awaited.take(session, company, stage, sorted(numbers))
        if not waiting:
            return {}
        orders.set_orders(session, settled)  # found by their numbers
        return self._despatch.expected(session, company, stage, waiting)

    def _book(self, session: Session, done: Sequence[Case]) -> dict[int, dict[str, Any]]:
        """The lines of orders as the ERP has them; most have not changed since they were judged. Returns what to note
        at the orders themselves."""
        settled: dict[int, dict[str, Any]] = {}
        changed: list[BookLine] = []
        rejudged: list[tuple[int, str]] = []
        as_judged: list[int] = []
        confirmed: list[tuple[int, str, int, Decimal]] = []  # the few lines of these that were not taken as ordered
        for case in done:
            order_id = _id(case.order_row)
            settled[order_id] = {"erp_number": case.ref}
            if case.judgement is case.judged:
                as_judged.append(order_id)
                confirmed += [(order_id, *line) for line in not_as_ordered(case.order, case.judgement)]
            else:
                rejudged.append((order_id, JSON.encode(case.judgement).decode()))
                changed += book_lines(order_id, case.order, case.judgement, confirmed=True)
        orders.confirm_as_ordered(session, as_judged)
        orders.confirm_lines(session, confirmed)
        orders.put_lines(session, changed)
        orders.put_judgements(session, rejudged)
        return settled

    def _settle(
        self, session: Session, case: Case, changes: dict[int, dict[str, Any]], pushed: dict[str, dict[str, Any]]
    ) -> None:
        refused = isinstance(case.outcome, Refused)
        answer = case.outcome.answer if isinstance(case.outcome, Pushed) else None
        pushed[case.key.text] = {
            "state": "rejected" if refused else "confirmed",
            "remote_ref": case.ref,
            "error": case.outcome.message if isinstance(case.outcome, Refused) else "",
            "answer": JSON.encode(answer).decode() if answer is not None else None,
        }
        reason = summary(case.judgement)
        changes[case.task.subject] = {"status": "answered", "reason": reason}
        if refused:
            event = NewEvent(subject="document", subject_id=str(case.row.id), what="refused by the ERP", detail=reason)
            journal.add_events(session, [event])


def _amended(case: Case, answer: ErpAnswer) -> Ruling:
    """What the ERP changed goes into the judgement with all its steps; mostly it changed nothing."""
    if confirms(answer, case.judged):
        return case.judged
    return amend(JUDGEMENT.decode(case.reasons), answer)


def _id(row: OrderRow) -> int:
    assert row.id is not None
    return row.id
