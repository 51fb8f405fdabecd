"""What leaves, written as the agreement says: envelopes, delimiters, characters and control numbers."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from b2bsync.edi.writing import write_edifact
from b2bsync.edi.writing.edifact import Group, Message
from b2bsync.exchange.outbound import Outgoing, dispatch
from b2bsync.exchange.sending import draw, edifact_sending
from b2bsync.model import ItemIds, OrderResponse, ResponseLine
from b2bsync.partners import Company, EdifactIdentity, Identity, Partner, load
from b2bsync.store import Database, begin_write, blobs, control_numbers, deliveries, journal
from b2bsync.store.control_numbers import ControlNumbersExhausted
from tests.exchange.trade import Trade

AT = datetime(2026, 9, 14, 9, 30, 15)


def response(number: str = "PO-1", buyer_item: str = "B-1") -> OrderResponse:
    line = ResponseLine(number="1", quantity=Decimal(5), unit="EA", items=ItemIds(buyer=buyer_item))
    return OrderResponse(number=number, ordered=date(2026, 3, 1), lines=(line,))


def send(trade: Trade, *documents: OrderResponse, type: str = "855") -> list[int]:
    """Queue documents for Acme together; returns the ids of their rows."""
    with trade.open() as app, app.database.session() as session:
        begin_write(session)
        partner = app.partners.get("acme")
        assert partner is not None, app.problems
        ids = dispatch(app.setting, session, partner, [Outgoing(d, type, d.number) for d in documents])
        session.commit()
    return ids


def bytes_of(trade: Trade, document: int) -> bytes:
    """The interchange that carries a document."""
    with trade.open() as app, app.database.session() as session:
        [carrying] = deliveries.deliveries_of(session, [document])[document]
        delivery = deliveries.delivery(session, carrying)
        assert delivery is not None
        return blobs.read_all(session, delivery.digest)


def lines_of(trade: Trade, document: int) -> list[str]:
    return bytes_of(trade, document).decode().splitlines()


def agree(trade: Trade, text: str) -> None:
    """Add tables to the agreement with Acme."""
    path = trade.root / "partners" / "acme.toml"
    path.write_text(path.read_text() + text)


def row(trade: Trade, document: int) -> tuple[str, str, str, str, str]:
    """Status and control numbers of a document."""
    with trade.open() as app, app.database.session() as session:
        found = journal.document(session, document)
        assert found is not None
        return found.status, found.interchange_control, found.group_code, found.group_control, found.set_control


def test_without_a_word_in_the_agreement(trade: Trade) -> None:
    [document] = send(trade, response())
    isa, gs, st, bak, *_, se, ge, iea = lines_of(trade, document)
    assert isa.startswith("ISA*00*          *00*          *") and isa.endswith("*U*00401*000000001*0*P*>~")
    assert gs.startswith("GS*PR*") and gs.endswith("*1*X*004010~")
    assert (st, bak) == ("ST*855*0001~", "BAK*00*AD*PO-1*20260301~")
    assert (se[-6:], ge, iea) == ("*0001~", "GE*1*1~", "IEA*1*000000001~")
    assert row(trade, document) == ("queued", "000000001", "PR", "1", "0001")


def test_every_word_on_the_envelope(trade: Trade) -> None:
    agree(
        trade,
        '[send]\nversion = "005010"\nisa_version = "00501"\nrequest_ta1 = true\nauthorization = "03:LETMEIN"\n'
        'security = "01:SECRET"\ngs_code = "PX"\ngs_sender = "NORTHSALES"\ngs_receiver = "ACMEBUYS"\n'
        'gs_date = "YYMMDD"\ngs_time = "HHMMSS"\nagency = "T"\nimplementation = "5010A1"\n'
        '[send.delimiters]\nsegment = "!"\nelement = "|"\ncomponent = ":"\nrepetition = "^"\nsuffix = "\\r\\n"\n'
        '[mappings]\n"855" = "x12/004010/855"\n',
    )
    [document] = send(trade, response())
    content = bytes_of(trade, document).decode()
    assert content.endswith("!\r\n") and content.count("!\r\n") == content.count("!")
    isa, gs, st, *_ = content.split("!\r\n")
    assert isa.startswith("ISA|03|LETMEIN   |01|SECRET    |")
    assert isa.endswith("|^|00501|000000001|1|P|:")
    _, code, sender, receiver, day, time, number, agency, version = gs.split("|")
    assert (code, sender, receiver, number, agency, version) == ("PX", "NORTHSALES", "ACMEBUYS", "1", "T", "005010")
    assert (len(day), len(time)) == (6, 6)
    assert st == "ST|855|0001|5010A1"


def test_a_type_with_words_of_its_own(trade: Trade) -> None:
    agree(trade, '[send.types.855]\nversion = "004010VICS"\n[send.types.855.delimiters]\nelement = "|"\n')
    [document] = send(trade, response())
    _, gs, st, *_ = lines_of(trade, document)
    assert gs.endswith("|004010VICS~") and st == "ST|855|0001~"


def test_documents_that_share_an_interchange_count_in_their_group(trade: Trade) -> None:
    agree(trade, "[send]\nbatch = 10\n")
    first, broken, last = send(trade, response("PO-1"), response("PO~2"), response("PO-3"))
    lines = lines_of(trade, first)
    assert [line for line in lines if line[:2] in ("ST", "SE", "GE")] == [
        "ST*855*0001~",
        "SE*5*0001~",
        "ST*855*0002~",
        "SE*5*0002~",
        "GE*2*1~",
    ]
    assert row(trade, last) == ("queued", "000000001", "PR", "1", "0002")
    assert row(trade, broken) == ("failed", "", "", "", "")
    assert trade.document(broken)["reason"] == (
        "the 855 could not be written: error: BAK03 holds the delimiter '~'; change the value or the partner's "
        "delimiters, or set a replacement character (allowed: characters of utf-8) [segment 2, BAK03 'PO~2']"
    )


def test_characters_that_a_partner_cannot_take(trade: Trade) -> None:
    agree(trade, '[send]\ncharset = "basic"\noutside = "simplify"\nreplacement = "."\n')
    [document] = send(trade, response("Größe*1", "Öse-5"))
    text = bytes_of(trade, document).decode("ascii")
    assert "BAK*00*AD*GROSSE.1*20260301~" in text
    assert "*BP*OSE-5" in text


def test_numbers_within_the_range_that_was_agreed(trade: Trade) -> None:
    agree(
        trade,
        "[send.numbers.interchange]\nfirst = 7000\nlast = 7001\n"
        "[send.numbers.group]\nfirst = 10\nincrement = 10\n"
        '[send.numbers.set]\nprefix = "AC"\ncontinued = true\n',
    )
    documents = [i for number in "123" for i in send(trade, response(f"PO-{number}"))]
    assert [row(trade, document)[1:] for document in documents] == [
        ("000007000", "PR", "10", "AC0001"),
        ("000007001", "PR", "20", "AC0002"),
        ("000007000", "PR", "30", "AC0003"),  # round the corner
    ]


def test_a_number_that_comes_again_belongs_to_the_newest_interchange(trade: Trade) -> None:
    agree(trade, "[send.numbers.interchange]\nlast = 2\n")
    for number in "123":
        send(trade, response(f"PO-{number}"))
    with trade.open() as app, app.database.session() as session:
        keys = {i: found.idem_key for i, found in deliveries.deliveries_by_id(session, [1, 2, 3]).items()}
    pair = "production:acme:ZZ:SUPPLIER>ZZ:ACMESTORES"
    assert keys == {1: f"{pair}:000000001#1", 2: f"{pair}:000000002", 3: f"{pair}:000000001"}


def test_a_range_that_does_not_begin_again(trade: Trade) -> None:
    agree(trade, '[send.numbers.interchange]\nlast = 1\nrollover = "stop"\n')
    [first], [second] = send(trade, response("PO-1")), send(trade, response("PO-2"))
    assert row(trade, first)[:2] == ("queued", "000000001")
    assert row(trade, second) == ("failed", "", "", "", "")
    assert trade.document(second)["reason"].endswith(
        'are used up (allowed: 1 to 1); agree on a larger range, or set rollover = "wrap"'
    )
    trade.agree("last = 1\n", "last = 99\n")
    trade.retry(second)
    assert row(trade, second)[:2] == ("queued", "000000002")


def test_an_envelope_that_cannot_be_written(trade: Trade) -> None:
    agree(trade, '[send]\ncharset = "basic"\ngs_receiver = "acme"\n')
    [document] = send(trade, response())
    assert row(trade, document) == ("failed", "", "", "", "")
    assert trade.document(document)["reason"].startswith(
        "the 855 could not be put into an interchange: error: GS03 holds 'a', which character set basic lacks"
    )


def test_messages_of_edifact_have_no_mappings_yet(trade: Trade) -> None:
    [document] = send(trade, response(), type="ORDRSP")
    assert trade.document(document)["reason"] == (
        "the ORDRSP could not be written: ORDRSP is a message of EDIFACT, for which there are no mappings yet"
    )


# control numbers


def acme(folder: Path, name: str, text: str = "") -> Partner:
    (folder / "partners").mkdir(exist_ok=True)
    (folder / "partners" / f"{name}.toml").write_text(
        f'stage = "test"\nstarts = 2026-01-01\nisa = "ZZ:{name}"\nunb = "14:{name}"\n[channel]\nout = "out"\n'
        f"[documents]\n{text}"
    )
    us = Company(isa=Identity("01", "123456789"), unb=EdifactIdentity("14", "5412345000020"))
    partners, problems = load(folder / "partners", {"MAIN": us})
    assert problems == []
    found = partners.get(name)
    assert found is not None
    return found


def test_each_pair_has_its_own_range_unless_it_is_shared(trade: Trade, tmp_path: Path) -> None:
    shared = '[send.numbers.interchange]\nshared = "hubs"\nfirst = 500\n'
    one, two, three = acme(tmp_path, "ONE"), acme(tmp_path, "TWO", shared), acme(tmp_path, "THREE", shared)
    with trade.open() as app, app.database.session() as session:
        drawn = [draw(session, partner, "X12", "interchange") for partner in (one, one, two, three, two)]
        assert drawn == [1, 2, 500, 501, 502]
        assert draw(session, one, "EDIFACT", "interchange") == 1
        assert control_numbers.last(session, "isa:test:01:123456789>ZZ:ONE") == 2
        assert control_numbers.last(session, "isa:test:*hubs") == 502


def test_steps_round_the_corner_and_exhaustion(trade: Trade) -> None:
    def drawn(count: int, *, wrap: bool = True) -> int:
        return control_numbers.draw(session, "st", count, 100, 199, step=25, wrap=wrap)

    with trade.open() as app, app.database.session() as session:
        assert [drawn(1), drawn(2), drawn(1)] == [100, 125, 175]
        with pytest.raises(ControlNumbersExhausted, match=r"st are used up \(allowed: 100 to 199\)"):
            drawn(1, wrap=False)
        assert [drawn(1), drawn(3)] == [100, 125]
        with pytest.raises(ValueError, match="5 control numbers do not fit between 100 and 199"):
            drawn(5)


@given(
    lowest=st.integers(0, 5),
    size=st.integers(3, 12),
    step=st.integers(1, 4),
    blocks=st.lists(st.integers(1, 3), min_size=1, max_size=12),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_blocks_follow_each_other_and_are_never_cut(
    database: Database, lowest: int, size: int, step: int, blocks: list[int]
) -> None:
    highest = lowest + (size - 1) * step
    place = 0  # how many numbers of this round are used
    with database.session() as session:  # nothing is committed
        for count in blocks:
            place = place if place + count <= size else 0
            drawn = control_numbers.draw(session, "model", count, lowest, highest, step=step)
            assert drawn == lowest + place * step
            place += count


def test_a_range_that_was_moved_goes_on_inside(trade: Trade) -> None:
    with trade.open() as app, app.database.session() as session:
        control_numbers.set_last(session, "isa", 300)
        assert control_numbers.draw(session, "isa", 1, 1000, 1999) == 1000
        assert control_numbers.draw(session, "isa", 1, 1000, 1999, step=7) == 1007
        assert control_numbers.draw(session, "isa", 1, 1, 999) == 9  # 1007 lies 8 behind the end


def test_what_was_left_out_is_left_out_of_small_ranges_too(trade: Trade) -> None:
    with trade.open() as app, app.database.session() as session:
        control_numbers.set_last(session, "isa", 95)
        control_numbers.set_last(session, "received:isa", 12)
        assert control_numbers.jump(session, 10) == 1
        assert control_numbers.draw(session, "isa", 1, 1, 99) == 7  # 96 to 99 and 1 to 6 may have been used
        assert control_numbers.draw(session, "new", 1, 1, 99) == 11
        assert control_numbers.last(session, "received:isa") == 12


# EDIFACT


def edifact(partner: Partner, type: str, messages: Sequence[Message], *, grouped: bool = False) -> list[str]:
    content = [Group(3, messages, "")] if grouped else messages
    return b"".join(write_edifact(edifact_sending(partner, type), 42, content, AT)).decode().splitlines()


ANSWER = Message("ORDRSP", [["BGM", "231", "PO-1", "29"]], number="1")


def test_edifact_without_a_word_in_the_agreement(tmp_path: Path) -> None:
    assert edifact(acme(tmp_path, "ACME"), "ORDRSP", [ANSWER]) == [
        "UNB+UNOC:3+5412345000020:14+ACME:14+260914:0930+42++++++1'",
        "UNH+1+ORDRSP:D:96A:UN'",
        "BGM+231+PO-1+29'",
        "UNT+3+1'",
        "UNZ+1+42'",
    ]


def test_every_word_on_the_edifact_envelope(tmp_path: Path) -> None:
    partner = acme(
        tmp_path,
        "ACME",
        '[send.edifact]\nsyntax = "UNOB"\nuna = "always"\nour_routing = "SALES"\nrouting = "PURCHASE"\n'
        'recipient_reference = "PASS"\nrecipient_reference_qualifier = "AA"\napplication_reference = "ORDRSP"\n'
        'priority = "A"\nrequest_contrl = true\nagreement = "EDI2026"\ntest_indicator = "2"\n'
        '[send.edifact.group]\nsender = "HOUSE"\nagency = "UN"\n'
        '[send.edifact.delimiters]\ndecimal = ","\n'
        '[send.edifact.numbers.interchange]\nprefix = "A"\nsuffix = "Z"\nwidth = 6\n'
        "[send.edifact.numbers.group]\nwidth = 4\n"
        '[send.edifact.types.ORDRSP]\npriority = "B"\n',
    )
    assert edifact(partner, "ORDRSP", [ANSWER], grouped=True)[:4] == [
        "UNA:+,? '",
        "UNB+UNOB:3+5412345000020:14:SALES+ACME:14:PURCHASE+260914:0930+A000042Z+PASS:AA+ORDRSP+B+1+EDI2026+2'",
        "UNG+ORDRSP+HOUSE+ACME:14+260914:0930+0003+UN+D:96A'",
        "UNH+1+ORDRSP:D:96A:UN'",
    ]
    assert edifact(partner, "DESADV", [ANSWER], grouped=True)[1].split("+")[8] == "A"


def test_edifact_of_syntax_4(tmp_path: Path) -> None:
    partner = acme(tmp_path, "ACME", '[send.edifact]\nsyntax = "UNOW"\nsyntax_version = "4"\ncode_lists = "1"\n')
    sending = edifact_sending(partner, "ORDRSP")
    assert sending.delimiters.repetition == "*"
    assert edifact(partner, "ORDRSP", [ANSWER])[0] == ("UNB+UNOW:4:1+5412345000020:14+ACME:14+20260914:0930+42++++++1'")


def test_a_partner_without_identity_in_the_other_standard(tmp_path: Path) -> None:
    folder = tmp_path / "partners"
    folder.mkdir()
    (folder / "x.toml").write_text(
        'stage = "test"\nstarts = 2026-01-01\nisa = "ZZ:X"\n[channel]\nout = "out"\n[documents]\n'
    )
    partners, _ = load(folder, {"MAIN": Company(isa=Identity("ZZ", "US"))})
    partner = partners.get("x")
    assert partner is not None
    with pytest.raises(ValueError, match=r"partner x has no identity in EDIFACT: set unb in x\.toml"):
        edifact_sending(partner, "ORDRSP")
