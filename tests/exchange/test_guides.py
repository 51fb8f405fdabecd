"""A partner's guides in the exchange: found by the agreement, asked of what comes in and of what leaves."""

import threading
from pathlib import Path

import pytest

from b2bsync import edi
from b2bsync.exchange import guidance
from b2bsync.exchange.scrutiny import scrutinised
from b2bsync.exchange.setting import NotConfigured
from b2bsync.store import Database
from tests.exchange.paper import body, order_file
from tests.exchange.test_second_opinion import RESPONSE, STARS, agreed, made, setting_of
from tests.exchange.trade import Trade

BAK = """
standard = "x12"
version  = "004010"
type     = "855"
[rules]
BAK08 = { mandatory = true, note = "our order number" }
CUR   = { mandatory = true, severity = "warning" }
"""
NAMED = '[guides]\n"855" = "acme/855"\n[second_opinion]\noutbound = "never"\n'


def write(folder: Path, text: str = BAK, name: str = "acme/855") -> Path:
    path = folder / "guides" / f"{name}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_the_agreement_names_the_guide(sqlite_database: Database, tmp_path: Path) -> None:
    write(tmp_path)
    partner = agreed(tmp_path, more=NAMED)
    setting = setting_of(sqlite_database, partner, tmp_path)
    guide = setting.guide(partner, "855")
    assert guide is not None
    assert (guide.name, guide.type) == ("acme/855", "855")
    assert setting.guide(partner, "855") is guide
    assert setting.guide(partner, "856") is None
    assert guidance.watch(setting, partner, "856") is None


def test_a_guide_that_is_not_there_or_wrong(sqlite_database: Database, tmp_path: Path) -> None:
    partner = agreed(tmp_path, more=NAMED)
    setting = setting_of(sqlite_database, partner, tmp_path)
    with pytest.raises(NotConfigured) as missing:
        guidance.watch(setting, partner, "855")
    assert str(missing.value) == (
        f"partners/acme.toml: guides.855: acme/855.toml: there is no guide 'acme/855' in {tmp_path}/guides"
    )
    path = write(tmp_path, BAK + 'ZZ = "unused"\nBAK99 = "unused"\n')
    with pytest.raises(NotConfigured, match=rf"guides\.855: {path}: rules\.ZZ: .*; {path}: rules\.BAK99: "):
        setting.guide(partner, "855")
    with sqlite_database.session() as session:
        found = scrutinised(setting, session, partner, made(), RESPONSE, STARS)
    assert found.reason.startswith("the 855 was not sent: partners/acme.toml: guides.855: ")


def test_a_watch_for_whoever_reads(sqlite_database: Database, tmp_path: Path) -> None:
    write(tmp_path)
    partner = agreed(tmp_path, more=NAMED)
    setting = setting_of(sqlite_database, partner, tmp_path)
    found: list[list[str]] = []

    def read() -> None:
        for _ in range(20):
            judged = edi.read_set(RESPONSE, STARS, "004010", watch=guidance.watch(setting, partner, "855"))
            found.append([finding.code for finding in judged.findings])

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [["guide-element-missing", "guide-segment-missing"]] * 80


def test_what_breaks_the_guide_does_not_leave(sqlite_database: Database, tmp_path: Path) -> None:
    write(tmp_path)
    partner = agreed(tmp_path, more=NAMED)
    with sqlite_database.session() as session:
        found = scrutinised(setting_of(sqlite_database, partner, tmp_path), session, partner, made(), RESPONSE, STARS)
    assert found.reason == (
        "the 855 was not sent, it breaks the guide acme/855: error: a value that was agreed is missing: our order "
        "number [segment 2, BAK08]; correct the mapping, the data or the guide, then retry"
    )
    assert [finding.code for finding in found.findings] == ["guide-element-missing", "guide-segment-missing"]


def test_what_keeps_the_guide_leaves_with_its_warnings(sqlite_database: Database, tmp_path: Path) -> None:
    write(tmp_path)
    partner = agreed(tmp_path, more=NAMED.replace("never", "always"))
    text = RESPONSE.replace("*20260302~", "*20260302****SO88~")
    with sqlite_database.session() as session:
        setting = setting_of(sqlite_database, partner, tmp_path)
        found = scrutinised(setting, session, partner, made(), text.encode(), STARS)
    assert found.reason == ""
    assert [finding.code for finding in found.findings] == ["guide-segment-missing"]
    assert found.opinion is not None and found.opinion.disagreements == ()


def test_a_message_of_edifact(sqlite_database: Database, tmp_path: Path) -> None:
    text = 'standard = "edifact"\nversion = "D96A"\ntype = "ORDRSP"\n[rules]\n"BGM.4343" = { codes = ["AC"] }\n'
    write(tmp_path, text, "acme/ordrsp")
    partner = agreed(tmp_path, more='[guides]\nORDRSP = "acme/ordrsp"\n')
    message = "UNH+1+ORDRSP:D:96A:UN'BGM+231+A1+9+AP'DTM+137:20260302:102'UNS+S'UNT+5+1'"
    row = made(dialect="edifact", type="ORDRSP", version="D96A")
    delimiters = edi.Delimiters("'", "+", ":", release="?")
    with sqlite_database.session() as session:
        setting = setting_of(sqlite_database, partner, tmp_path)
        found = scrutinised(setting, session, partner, row, message, delimiters)
    assert found.reason.startswith("the ORDRSP was not sent, it breaks the guide acme/ordrsp: error: ")


def test_an_answer_that_breaks_the_guide_waits_until_it_is_mended(trade: Trade) -> None:
    path = write(
        trade.root, 'standard = "x12"\nversion = "004010"\ntype = "855"\n[rules]\n"N1[N101=VN]" = "mandatory"\n'
    )
    trade.agree("[channel]", '[guides]\n"855" = "acme/855"\n[channel]')
    trade.receive(order_file())
    [answer] = trade.documents(type="855")
    assert (answer["status"], trade.sent("855")) == ("failed", [])
    assert "N1 with N101=VN is missing before this" in answer["reason"]
    path.write_text(path.read_text().replace("N101=VN", "N101=ST"))
    assert trade.retry(answer["id"]) == "built and queued"
    trade.once()
    assert len(trade.sent("855")) == 1


AN_850 = 'standard = "x12"\nversion = "004010"\ntype = "850"\n[rules]\nBEG04 = "mandatory"\n'


def test_an_order_that_breaks_the_guide_is_rejected(trade: Trade) -> None:
    write(trade.root, AN_850, "acme/850")
    trade.agree("[channel]", '[guides]\n"850" = "acme/850"\n[channel]')
    trade.receive(order_file())
    [order] = trade.documents(type="850")
    assert order["status"] == "refused"
    assert "BEG04" in order["reason"]
    [answer] = trade.sent("997")
    assert body(answer)[3:-1] == ["AK3*BEG*2**8", "AK4*4*328*1", "AK5*R*5", "AK9*R*1*1*0"]


def test_an_order_waits_where_its_guide_is_not_there(trade: Trade) -> None:
    """The standard alone says what is acknowledged; the guide is asked when the order is retried."""
    trade.agree("[channel]", '[guides]\n"850" = "acme/850"\n[channel]')
    trade.receive(order_file())
    [order] = trade.documents(type="850")
    assert order["status"] == "failed"
    assert "acme/850" in order["reason"]
    [answer] = trade.sent("997")
    assert body(answer)[-2] == "AK9*A*1*1*1"
    write(trade.root, AN_850.replace('BEG04 = "mandatory"\n', ""), "acme/850")
    assert trade.retry(order["id"]) == "judged again"
    trade.once()
    assert [number for _, number, _ in trade.sales_orders()] == ["PO-1"]
