"""The second opinion on what leaves: which documents get one, what a disagreement does in test and in production.

The disagreement is a real one: a no-break space is a character to our own judge, and none to pyx12.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from b2bsync import edi, partners
from b2bsync.app.status import status
from b2bsync.edi.guides import Guides, load
from b2bsync.engine import Lanes
from b2bsync.exchange import Setting, second_opinion
from b2bsync.exchange.guidance import watch_of
from b2bsync.exchange.scrutiny import Scrutiny, scrutinised
from b2bsync.exchange.second_opinion import SecondOpinion, asked, of_received, opinion
from b2bsync.mapping import Library
from b2bsync.partners import Partner, Partners
from b2bsync.store import Database, journal, standing
from b2bsync.store.journal import NewDocument
from b2bsync.sync import Connectors
from b2bsync.vocabulary.stages import Stage
from tests.exchange.paper import body, order_file
from tests.exchange.trade import Trade

STARS = edi.Delimiters("~", "*", ">")
SPACED = "Acme\N{NO-BREAK SPACE}Warehouse"

AGREEMENT = """
stage  = "{stage}"
starts = 2025-01-01
isa    = "ZZ:ACMESTORES"
[channel]
kind = "directory"
out  = "out"
[documents]
send = ["855", "856"]
[ours]
isa = "ZZ:SUPPLIER"
"""

RESPONSE = (
    "ST*855*0001~BAK*00*AD*PO-1*20260302~N1*ST*Acme Warehouse*92*0042~PO1*1*24*EA*10**VN*10001~ACK*IA*24*EA~CTT*1~"
    "SE*7*0001~"
)
SHIPMENT = (
    "ST*856*0001~BSN*00*SH-1*20260303*1200*0001~HL*1**S~TD1*CTN25*1~REF*BM*BL-1~DTM*011*20260303~"
    "N1*ST*Acme Warehouse*92*0042~HL*2*1*O~PRF*PO-1~HL*3*2*P~MAN*GM*00095212340000000011~HL*4*3*I~LIN*1*VN*10001~"
    "SN1*1*24*EA~CTT*4~SE*16*0001~"
)


def agreed(folder: Path, stage: str = "production", more: str = "") -> Partner:
    """Acme, by its file."""
    (folder / "partners").mkdir(exist_ok=True)
    (folder / "partners" / "acme.toml").write_text(AGREEMENT.format(stage=stage) + more)
    found, problems = partners.load(folder / "partners")
    assert problems == []
    [partner] = found
    return partner


def setting_of(database: Database, partner: Partner, folder: Path) -> Setting:
    return Setting(
        database=database,
        lanes=Lanes(database),
        partners=Partners([partner]),
        mappings=Library([]),
        connectors=Connectors({}, folder),
        stage=Stage.PRODUCTION,
        node="n1",
        guides=Guides([folder / "guides"]),
    )


def made(number: str = "PO-1", **how: str) -> NewDocument:
    """The row of a document for Acme."""
    row = NewDocument(
        company="MAIN", stage="production", direction="out", partner="acme", dialect="x12", version="004010",
        type="855", kind="OrderResponse", status="queued", number=number, mapping_hash="m1", agreement_hash="a1",
    )  # fmt: skip
    for name, value in how.items():
        setattr(row, name, value)
    return row


def said_of(text: str, version: str = "004010") -> SecondOpinion:
    raw = text.encode().decode("latin-1")
    return opinion(raw, STARS, edi.read_set(raw, STARS, version))


# -- who gets one


def test_of_each_version_of_agreement_and_mapping_the_first_and_then_a_sample(
    database: Database, tmp_path: Path
) -> None:
    partner = agreed(tmp_path, more="[second_opinion]\nfirst = 3\nevery = 1000000\n")
    setting = setting_of(database, partner, tmp_path)
    with database.session() as session:
        for n in range(3):
            assert asked(setting, session, partner, made(f"PO-{n}"))
            journal.add_documents(session, [made(f"PO-{n}"), made(direction="in"), made(mapping_hash="m0")])
        assert not asked(setting, session, partner, made("PO-3"))
        assert asked(setting, session, partner, made("PO-3", mapping_hash="m2"))
        assert asked(setting, session, partner, made("PO-3", agreement_hash="a2"))
        assert setting.settled == {("a1", "m1")}


def test_the_sample_is_one_of_so_many_and_always_the_same(database: Database, tmp_path: Path) -> None:
    partner = agreed(tmp_path, more="[second_opinion]\nfirst = 0\nevery = 10\n")
    setting = setting_of(database, partner, tmp_path)
    with database.session() as session:
        chosen = [n for n in range(1000) if asked(setting, session, partner, made(f"PO-{n}"))]
        again = [n for n in range(1000) if asked(setting, session, partner, made(f"PO-{n}"))]
    assert len(chosen) == 108  # by their numbers
    assert again == chosen


@pytest.mark.parametrize(
    ("stage", "how", "out", "came_in"),
    [
        ("test", "first = 0\nevery = 1000000", True, False),
        ("test", 'outbound = "never"', False, False),
        ("production", 'outbound = "always"\nfirst = 0\nevery = 1000000', True, False),
        ("production", 'outbound = "never"', False, False),
        ("production", 'outbound = "never"\ninbound = true', False, True),
    ],
)
def test_what_the_agreement_says(
    sqlite_database: Database, tmp_path: Path, stage: str, how: str, out: bool, came_in: bool
) -> None:
    partner = agreed(tmp_path, stage, f"[second_opinion]\n{how}\n")
    setting = setting_of(sqlite_database, partner, tmp_path)
    with sqlite_database.session() as session:
        assert asked(setting, session, partner, made()) is out
        assert asked(setting, session, partner, made(direction="in")) is came_in
        assert not asked(setting, session, partner, made(dialect="edifact", direction="in"))


# -- what it says


@pytest.mark.parametrize("text", [RESPONSE, SHIPMENT])
def test_two_judges_agree(text: str) -> None:
    assert said_of(text) == SecondOpinion()


def test_what_both_find_is_no_disagreement() -> None:
    said = said_of(RESPONSE.replace("*20260302~", "*20260231~"))
    assert said == SecondOpinion()


@pytest.mark.parametrize(("text", "segment"), [(RESPONSE, 3), (SHIPMENT, 7)])
def test_what_only_pyx12_finds(text: str, segment: int) -> None:
    [found] = said_of(text.replace("Acme Warehouse", SPACED)).disagreements
    assert (found.code, found.segment, found.tag, found.element) == ("second-opinion-finds", segment, "N1", 2)
    assert (found.ack_level, found.ack_code, found.value) == ("element", "6", SPACED)


def test_what_only_ours_finds() -> None:
    """No set is known on which it happens: ours has read another text here."""
    read = edi.read_set(RESPONSE.replace("*20260302~", "*20260231~"), STARS, "004010")
    [found] = opinion(RESPONSE, STARS, read).disagreements
    assert (found.code, found.segment, found.tag, found.element) == ("second-opinion-misses", 2, "BAK", 4)
    assert found.message.startswith("pyx12 does not find what we do: ")


def test_segments_that_a_guide_allows_beside_the_standard(tmp_path: Path) -> None:
    file = tmp_path / "acme.toml"
    file.write_text('standard = "x12"\nversion = "004010"\ntype = "855"\nextra = ["ZZ9"]\n[rules]\nCUR = "unused"\n')
    guide = load(file)
    raw = RESPONSE.replace("N1*ST", "ZZ9*1~N1*ST").replace("SE*7", "SE*8")
    read = edi.read_set(raw, STARS, "004010", watch=watch_of(guide))
    assert read.findings == ()
    assert opinion(raw, STARS, read, guide) == SecondOpinion()
    assert len(opinion(raw, STARS, read).disagreements) == 1


def test_no_opinion_where_there_are_no_facts() -> None:
    said = said_of(RESPONSE.replace("ST*855", "ST*899"))
    assert said == SecondOpinion(silent="there are no facts for 899 of 004010")


def test_what_came_in_is_judged_where_the_agreement_asks(sqlite_database: Database, tmp_path: Path) -> None:
    raw = RESPONSE.replace("Acme Warehouse", SPACED).encode().decode("latin-1")
    read = edi.read_set(raw, STARS, "004010")
    for asks, codes in (("false", None), ("true", ["second-opinion-finds"])):
        partner = agreed(tmp_path, more=f"[second_opinion]\ninbound = {asks}\n")
        said = of_received(setting_of(sqlite_database, partner, tmp_path), partner, raw, STARS, read)
        assert (None if said is None else [finding.code for finding in said.disagreements]) == codes


# -- what follows from it


def look(database: Database, partner: Partner, folder: Path, text: str) -> Scrutiny:
    with database.session() as session:
        row = made(type=text[3:6], partner=partner.name)
        return scrutinised(setting_of(database, partner, folder), session, partner, row, text, STARS)


def test_what_both_accept_leaves(sqlite_database: Database, tmp_path: Path) -> None:
    for stage in ("test", "production"):
        found = look(sqlite_database, agreed(tmp_path, stage), tmp_path, RESPONSE)
        assert found == Scrutiny(opinion=SecondOpinion())


def test_a_disagreement_stops_a_test_document(sqlite_database: Database, tmp_path: Path) -> None:
    found = look(sqlite_database, agreed(tmp_path, "test"), tmp_path, RESPONSE.replace("Acme Warehouse", SPACED))
    assert found.reason.startswith(
        "the 855 was not sent, the judges disagree on it: error: pyx12 finds what we do not: "
    )
    assert found.reason.endswith(
        "[segment 3, N102]; correct the mapping or the data, or send it all the same with [second_opinion] outbound = "
        '"never" in acme.toml, then retry'
    )
    assert [finding.code for finding in found.findings] == ["second-opinion-finds"]


def test_in_production_it_is_told_or_held(sqlite_database: Database, tmp_path: Path) -> None:
    text = RESPONSE.replace("Acme Warehouse", SPACED)
    found = look(sqlite_database, agreed(tmp_path), tmp_path, text)
    assert found.reason == ""
    assert [finding.code for finding in found.findings] == ["second-opinion-finds"]
    held = look(sqlite_database, agreed(tmp_path, more='[second_opinion]\ndisagreement = "hold"\n'), tmp_path, text)
    assert held.reason.startswith("the 855 was not sent, the judges disagree on it: ")


def test_what_our_reader_finds_wrong_in_what_our_writer_wrote_counts_too(
    sqlite_database: Database, tmp_path: Path
) -> None:
    text = RESPONSE.replace("SE*7", "SE*8")
    found = look(sqlite_database, agreed(tmp_path, "test"), tmp_path, text)
    assert found.reason.startswith("the 855 was not sent, the judges disagree on it: error: ")
    assert [finding.code for finding in found.findings] == ["segment-count-wrong"]


def test_the_events_of_a_disagreement(database: Database) -> None:
    [found] = said_of(RESPONSE.replace("Acme Warehouse", SPACED)).disagreements
    said = SecondOpinion((found,))
    stopped = second_opinion.events(7, "855 PO-1 of acme", said, stopped=True)
    assert [(e.subject, e.subject_id, e.what) for e in stopped] == [("document", "7", "second opinion differs")]
    went = second_opinion.events(8, "855 PO-2 of acme", said, stopped=False)
    silent = second_opinion.events(9, "855 PO-3 of acme", SecondOpinion(silent="pyx12 failed"), stopped=False)
    assert [(e.subject_id, e.what, e.detail) for e in silent] == [("9", "no second opinion", "pyx12 failed")]
    now = datetime.now(UTC)
    with database.session() as session:
        journal.add_events(session, [*stopped, *went, *silent], now)
        count, [newest] = standing.disputed(session, now - timedelta(hours=1))
        assert (count, newest.id, newest.at) == (1, 8, now)
        assert newest.detail.startswith("855 PO-2 of acme: error: pyx12 finds what we do not: ")
        assert standing.disputed(session, now + timedelta(hours=1)) == (0, [])


# -- from order to answer


def test_an_answer_that_the_judges_disagree_on_goes_and_is_told(trade: Trade) -> None:
    trade.receive(order_file())
    trade.receive(order_file("PO-2", control=2).replace("Acme Warehouse", SPACED))
    assert [f"N1*ST*{SPACED}*92*0042" in body(answer) for answer in trade.sent("855")] == [False, True]
    first, second = trade.documents(type="855")
    assert trade.document(first["id"])["findings"] == []
    told = trade.document(second["id"])
    assert (told["status"], [f["code"] for f in told["findings"]]) == ("sent", ["second-opinion-finds"])
    assert [e["what"] for e in told["events"]] == ["second opinion differs"]
    with trade.open() as app:
        state = status(app)
    assert (state["disputed"], [row["id"] for row in state["disputed_documents"]]) == (1, [second["id"]])
    [finding] = [f for f in state["findings"] if f["what"] == "second_opinion"]
    assert (finding["severity"], finding["verb"]) == ("warning", f"b2bsync documents show {second['id']}")
    assert finding["detail"].startswith(
        "the two judges of syntax disagree on 1 document that went in the last 24 hours; 855 PO-2 of acme: error: "
    )


def test_an_answer_that_is_held_goes_once_the_agreement_says_so(trade: Trade) -> None:
    trade.agree("[channel]", '[second_opinion]\ndisagreement = "hold"\n[channel]')
    trade.receive(order_file().replace("Acme Warehouse", SPACED))
    [answer] = trade.documents(type="855")
    assert (answer["status"], trade.sent("855")) == ("failed", [])
    assert "N102" in answer["reason"]
    with pytest.raises(Exception, match="it still fails: the 855 was not sent"):
        trade.retry(answer["id"])
    trade.agree('disagreement = "hold"', 'outbound = "never"')
    assert trade.retry(answer["id"]) == "built and queued"
    trade.once()
    [sent] = trade.sent("855")
    assert f"N1*ST*{SPACED}*92*0042" in body(sent)
    assert trade.document(answer["id"])["findings"] == []


def test_an_order_that_the_judges_disagree_on_waits_for_a_person(trade: Trade) -> None:
    trade.agree("[channel]", '[second_opinion]\ninbound = true\noutbound = "never"\ndisagreement = "hold"\n[channel]')
    trade.receive(order_file().replace("Acme Warehouse", SPACED))
    [order] = trade.documents(type="850")
    assert (order["status"], trade.sales_orders()) == ("held", [])
    assert "the judges disagree on it" in order["reason"]
    assert [e["what"] for e in trade.document(order["id"])["events"]] == ["second opinion differs"]
    assert body(trade.sent("997")[0])[-2] == "AK9*A*1*1*1"  # ours alone is told
    assert trade.retry(order["id"]) == "judged again"
    trade.once()
    assert [number for _, number, _ in trade.sales_orders()] == ["PO-1"]


def test_an_order_that_the_judges_disagree_on_is_taken_and_told(trade: Trade) -> None:
    trade.agree("[channel]", '[second_opinion]\ninbound = true\noutbound = "never"\n[channel]')
    trade.receive(order_file().replace("Acme Warehouse", SPACED))
    assert [number for _, number, _ in trade.sales_orders()] == ["PO-1"]
    with trade.open() as app:
        assert status(app)["disputed"] == 1
