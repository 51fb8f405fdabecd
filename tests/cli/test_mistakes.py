"""What people get wrong on the command line and in files: told in a line, with exit code 1, or 2 for the usage."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from b2bsync.app.statuses import DELIVERY_STATES, DOCUMENT_STATUSES, MESSAGE_STATUSES, ORDER_STATUSES
from b2bsync.cli import app
from tests.cli.conftest import Command, run
from tests.exchange.trade import Trade


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("documents show 99", "there is no document 99; `b2bsync documents list` shows the newest"),
        ("documents raw 99", "there is no document 99; `b2bsync documents list` shows the newest"),
        ("documents retry 99", "there is no document 99; `b2bsync documents list` shows the newest"),
        ("documents retry 1", "document 1 is answered: there is nothing to retry; resend sends its answer again"),
        ("documents skip 1", "document 1 is answered; there is nothing to skip"),
        ("messages raw 99", "there is no message 99; `b2bsync messages list` shows the newest"),
        ("messages retry 99", "there is no message 99"),
        ("messages retry 1", "message 1 is translated; only failed and duplicate ones are translated again"),
        ("orders show PO-77", "there is no order PO-77; `b2bsync orders list` shows the newest"),
        ("lanes pause erp:sap", "there is no lane 'erp:sap'; known lanes: ack:acme, erp:erp, orders:acme, "),
        ("lanes skip 77", "no parked task has the number 77; `b2bsync lanes list` shows them"),
        ("deliveries decide 99 sent", "there is no delivery 99"),
        ("deliveries decide 1 sent", "delivery 1 is sent; only in-doubt, dead and held ones are decided"),
        ("sync sap", "connector.sap: is not configured. Configured: erp"),
        ("sync erp.items", "connector.erp.stream.items: is not configured. Streams: products, stock, "),
        ("price 9 10001 1", "there is no customer 9 in MAIN; was the stream of customers synced?"),
        ("price 100001 77 1", "there is no product 77 in MAIN; was the stream of products synced?"),
        ("price 100001 10001 1 --unit BX", "10001 has no price in unit BX; it is known in EA"),
        ("price 100001 10001 1 --on 2024-01-01", "nothing says what 10001 costs customer 100001 on 2024-01-01: "),
        ("receive config.toml --partner acmee", "there is no partner 'acmee'; known: acme. "),
        (
            "documents send config.toml -p acme -t 846",
            "846 is not agreed with acme; agreed to send: 997, 855, ",
        ),
        ("documents send config.toml -p acme -t 856", "that is no canonical document: JSON is malformed"),
    ],
)
def test_a_command_that_cannot_be_done(
    answered: Trade, monkeypatch: pytest.MonkeyPatch, arguments: str, said: str
) -> None:
    monkeypatch.chdir(answered.root)
    done = run(answered, *arguments.split())
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.lstrip("\n").startswith(f"error: {said}")


@pytest.mark.parametrize(
    "arguments",
    [
        "documents show one",
        "documents",
        "orders show",
        "deliveries decide 1 maybe",
        "receive nowhere.edi --partner acme",
        "receive config.toml",
        "price 100001 10001 many",
        "price 100001 10001 0",
        "price 100001 10001 1 --on yesterday",
        "documents list --limit 0",
        "documents list --status hold",
        "messages list --status=",
        "sing",
    ],
)
def test_wrong_usage_ends_with_2(answered: Trade, arguments: str) -> None:
    done = run(answered, *arguments.split())
    assert done.exit_code == 2
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    ("listing", "words"),
    [
        ("deliveries list --state", DELIVERY_STATES),
        ("messages list --status", MESSAGE_STATUSES),
        ("documents list --status", DOCUMENT_STATUSES),
        ("orders list --status", ORDER_STATUSES),
    ],
)
def test_a_mistyped_status_is_no_empty_listing(answered: Trade, listing: str, words: tuple[str, ...]) -> None:
    done = run(answered, *listing.split(), "faild")
    assert (done.exit_code, done.stdout) == (2, "")
    told = done.stderr.replace("│", " ").split()
    assert [word.strip(",") for word in told if word.strip(",") in words] == list(words)
    for word in words:
        assert run(answered, *listing.split(), word).exit_code == 0


def test_a_directory_that_is_no_workspace(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["-w", str(tmp_path), "status"])
    assert done.exit_code == 3  # it cannot be told
    assert done.stderr == (
        f"error: {tmp_path} is no workspace: it has no config.toml; name the right directory, or make one with "
        f"b2bsync init {tmp_path}\n"
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('poll = "500ms"', 'poll = "soon"', "config.toml: receive.poll: "),
        ("[receive]", "[engine]\nthreads = 0\n[receive]", "config.toml: engine.threads: "),
        ("[receive]", "[recieve]", "config.toml: recieve: "),
        ("[company.MAIN]", 'stage = "prod"\n[company.MAIN]', "config.toml: stage: is 'prod'"),
        ("[company.MAIN]", "[company.MAIN", "config.toml: "),
    ],
)
def test_a_wrong_value_in_the_configuration(trade: Trade, b2bsync: Command, old: str, new: str, said: str) -> None:
    config = trade.root / "config.toml"
    text = config.read_text()
    assert old in text
    config.write_text(text.replace(old, new, 1))
    done = b2bsync("documents", "list")
    assert (done.exit_code, done.stdout) == (1, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_cannot_be_reached_keeps_its_password(trade: Trade, b2bsync: Command) -> None:
    trade.write(
        "config.toml",
        (trade.root / "config.toml").read_text()
        + '\n[database]\nurl = "postgresql://b2b:geheim@127.0.0.1:1/b2bsync"\n',
    )
    assert b2bsync("status").exit_code == 3  # it cannot be told
    done = b2bsync("documents", "list")
    assert done.exit_code == 1
    assert "127.0.0.1" in done.stderr
    assert "geheim" not in done.output


def test_a_secret_that_is_not_there(trade: Trade, b2bsync: Command) -> None:
    config = trade.root / "config.toml"
    config.write_text(config.read_text().replace('url = "sqlite:///erp.db"', 'url = { env = "NO_SUCH_ERP_URL" }'))
    assert "NO_SUCH_ERP_URL" not in os.environ
    done = b2bsync("check")
    assert done.exit_code == 1
    assert "NO_SUCH_ERP_URL" in done.stdout


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('stage   = "production"', 'stage   = "prod"', 'stage: is \'prod\'; allowed: "test", "production"'),
        ("settle", "setle", "did you mean"),
        ('"856", "810"]', '"856", "811"]', "there is no mapping for 811"),
        ("[channel]", '[gate]\nlot = "sometimes"\n[channel]', "[gate] in acme.toml: "),
        ("starts  = 2025-01-01", 'starts  = "soon"', "starts"),
    ],
)
def test_check_finds_what_is_wrong_with_a_partner(
    trade: Trade, b2bsync: Command, old: str, new: str, said: str
) -> None:
    trade.agree(old, new)
    done = b2bsync("check", "--offline")
    assert done.exit_code == 1
    assert said in done.stdout
    assert "acme" in done.stdout


def test_check_finds_a_mistake_in_a_mapping_and_an_erp_that_is_away(trade: Trade, b2bsync: Command) -> None:
    trade.write("mappings/x12/004010/850.toml", 'extends = "x12/004010/850"\n[fields]\nnumbr = "BEG03"\n')
    (trade.root / "erp.db").unlink()
    done = b2bsync("check")
    assert done.exit_code == 1
    assert "numbr" in done.stdout
    assert "erp.db" in done.stdout
