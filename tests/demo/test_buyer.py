"""The buyer's process: what it sends, what it makes of what it gets."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from b2bsync.demo.basket import basket, write_basket
from b2bsync.demo.buyer import Buyer, paper

ISA = "ISA*00*          *00*          *ZZ*SUPPLIER       *ZZ*ACMESTORES     *260302*1200*U*00401*000000007*0*P*>~"

ANSWER = (
    ISA + "GS*PR*SUPPLIER*ACMESTORES*20260302*1200*9*X*004010~ST*855*0001~BAK*00*AC*ACME-7001*20260302~"
    "PO1*1*24*EA*9.5**VN*10001~ACK*IA*24*EA*068*20260309~PO1*9*100*EA*17.1**VN*10009~ACK*IA*40*EA*068*20260309~"
    "ACK*IB*60*EA*068*20260316~CTT*2~SE*9*0001~GE*1*9~IEA*1*000000007~"
)
RECEIPT = (
    ISA + "GS*FA*SUPPLIER*ACMESTORES*20260302*1200*8*X*004010~ST*997*0001~AK1*PO*1~AK2*850*0001~AK5*A~AK9*A*1*1*1~"
    "SE*6*0001~GE*1*8~IEA*1*000000007~"
)
SHIPMENT = (
    ISA + "GS*SH*SUPPLIER*ACMESTORES*20260302*1200*10*X*004010~ST*856*0001~BSN*00*8000000061*20260302*1200~HL*1**S~"
    "HL*2*1*O~PRF*ACME-7001~HL*3*2*P~MAN*GM*095212340000610014~HL*4*3*I~LIN*1*VN*10001~SN1*1*24*EA~CTT*4~SE*12*0001~"
    "GE*1*10~IEA*1*000000007~"
)
BILL = (
    ISA + "GS*IN*SUPPLIER*ACMESTORES*20260302*1200*11*X*004010~ST*810*0001~BIG*20260302*9000000061**ACME-7001~"
    "IT1*1*24*EA*9.5**VN*10001~TDS*22800~CTT*1~SE*6*0001~GE*1*11~IEA*1*000000007~"
)


@pytest.fixture
def goods(erp_original: Path) -> dict[str, Any]:
    return basket(erp_original, date(2026, 3, 2))


def logged(buyer: Buyer) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in buyer.log.read_text().splitlines()]
    return [{key: value for key, value in line.items() if key != "at"} for line in lines]


def drop(buyer: Buyer, name: str, text: str) -> None:
    (buyer.receives / name).write_text(text)


def test_an_order_is_one_whole_file_with_the_counts_that_belong_to_it(tmp_path: Path, goods: dict[str, Any]) -> None:
    buyer = Buyer(tmp_path, goods)
    buyer.order()
    assert [path.name for path in buyer.sends.iterdir()] == ["850-ACME-7001-000000001.x12"]
    segments = (buyer.sends / "850-ACME-7001-000000001.x12").read_text().split("~\n")
    assert segments[3] == "BEG*00*SA*ACME-7001**20260302"
    assert segments[9] == "PO1*1*24*EA*9.5**VN*10001"
    assert segments[-5:] == ["CTT*14", "SE*37*0001", "GE*1*1", "IEA*1*000000001", ""]


def test_control_numbers_go_on_after_a_restart(tmp_path: Path, goods: dict[str, Any]) -> None:
    Buyer(tmp_path, goods).order()
    Buyer(tmp_path, goods).order()
    assert sorted(path.name[-13:-4] for path in (tmp_path / "in").iterdir()) == ["000000001", "000000002"]


def test_an_answer_is_noted_and_acknowledged(tmp_path: Path, goods: dict[str, Any]) -> None:
    buyer = Buyer(tmp_path, goods)
    drop(buyer, "855.edi", ANSWER)
    buyer.read()
    assert logged(buyer) == [
        {
            "event": "received",
            "file": "855.edi",
            "control": "9",
            "type": "855",
            "status": "AC",
            "number": "ACME-7001",
            "lines": [
                {"number": "1", "price": "9.5", "acks": [{"status": "IA", "quantity": "24", "date": "20260309"}]},
                {
                    "number": "9",
                    "price": "17.1",
                    "acks": [
                        {"status": "IA", "quantity": "40", "date": "20260309"},
                        {"status": "IB", "quantity": "60", "date": "20260316"},
                    ],
                },
            ],
        },
        {"event": "acknowledged", "code": "PR", "group": "9", "control": 1},
    ]
    (receipt,) = buyer.sends.iterdir()
    assert receipt.name == "997-9-000000001.x12"
    assert [line for line in receipt.read_text().split("~\n") if line.startswith(("AK", "SE"))] == [
        "AK1*PR*9",
        "AK2*855*0001",
        "AK5*A",
        "AK9*A*1*1*1",
        "SE*6*0001",
    ]


def test_an_acknowledgement_is_never_acknowledged(tmp_path: Path, goods: dict[str, Any]) -> None:
    buyer = Buyer(tmp_path, goods)
    drop(buyer, "997.edi", RECEIPT)
    buyer.read()
    assert logged(buyer) == [
        {
            "event": "received",
            "file": "997.edi",
            "control": "8",
            "type": "997",
            "sets": ["A"],
            "group_code": "PO",
            "group": "1",
            "verdict": "A",
        }
    ]
    assert list(buyer.sends.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            SHIPMENT,
            {
                "type": "856",
                "levels": "SOPI",
                "number": "8000000061",
                "orders": ["ACME-7001"],
                "sscc": ["095212340000610014"],
                "lines": [{"number": "1", "quantity": "24", "unit": "EA"}],
            },
        ),
        (
            BILL,
            {
                "type": "810",
                "number": "9000000061",
                "order": "ACME-7001",
                "total_cents": "22800",
                "lines": [{"number": "1", "quantity": "24", "unit": "EA", "price": "9.5"}],
            },
        ),
    ],
)
def test_what_a_buyer_reads_of_a_shipment_and_a_bill(text: str, said: dict[str, Any]) -> None:
    (envelope,) = paper.opened(text.encode())
    assert paper.summary(envelope.sets[0]) == said


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("hello", "this is no X12 interchange"),
        (ANSWER.replace("SE*9*", "SE*8*"), "SE01 says 8, but it is 9"),
        (ANSWER.replace("GE*1*", "GE*2*"), "GE01 says 2, but it is 1"),
        (ANSWER.replace("IEA*1*000000007", "IEA*1*000000008"), "IEA02 says 000000008, but it is 000000007"),
    ],
)
def test_what_cannot_be_read_is_noted_and_not_acknowledged(
    tmp_path: Path, goods: dict[str, Any], text: str, why: str
) -> None:
    buyer = Buyer(tmp_path, goods)
    drop(buyer, "bad.edi", text)
    buyer.read()
    assert logged(buyer) == [{"event": "unreadable", "file": "bad.edi", "why": why}]
    assert list(buyer.sends.iterdir()) == []


def test_a_day_ends_when_everything_came_and_the_order_was_sent_twice(tmp_path: Path, goods: dict[str, Any]) -> None:
    buyer = Buyer(tmp_path, goods)
    for name, text in (("1", RECEIPT), ("2", ANSWER), ("3", SHIPMENT), ("4", BILL), ("5", RECEIPT)):
        drop(buyer, name, text)
    missing = buyer.run({"997": 2, "855": 1, "856": 1, "810": 1}, poll=0.01, timeout=60)
    assert missing == Counter()
    assert [line.get("type", line["event"]) for line in logged(buyer) if line["event"] in ("sent", "done")] == [
        "850",
        "850",
        "done",
    ]


def test_a_day_that_ends_without_all_says_what_is_missing(tmp_path: Path, goods: dict[str, Any]) -> None:
    buyer = Buyer(tmp_path, goods)
    drop(buyer, "1", RECEIPT)
    assert buyer.run({"997": 2, "855": 1}, poll=0.01, timeout=0) == Counter({"997": 1, "855": 1})
    assert logged(buyer)[-1] == {"event": "gave_up", "missing": {"997": 1, "855": 1}}


def test_the_process_ends_on_sigterm(erp_original: Path, tmp_path: Path) -> None:
    write_basket(erp_original, tmp_path / "basket.json", date(2026, 3, 2))
    command = [sys.executable, "-m", "b2bsync.demo.buyer", str(tmp_path), "--basket", str(tmp_path / "basket.json")]
    process = subprocess.Popen([*command, "--poll", "0.02"])
    try:
        log = tmp_path / "buyer" / "log.jsonl"
        while process.poll() is None and not (log.exists() and log.read_text().endswith("\n")):
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()
    assert [json.loads(line)["event"] for line in log.read_text().splitlines()] == ["sent", "stopped"]


def test_the_process_fails_when_the_time_is_over(erp_original: Path, tmp_path: Path) -> None:
    write_basket(erp_original, tmp_path / "basket.json", date(2026, 3, 2))
    command = [sys.executable, "-m", "b2bsync.demo.buyer", str(tmp_path), "--basket", str(tmp_path / "basket.json")]
    done = subprocess.run(
        [*command, "--expect", "855=1", "--timeout", "0"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, "buyer: did not get 1 x 855\n")
