"""A send that a killed process left behind, where the agreement says to ask first."""

from typing import Any

import pytest
from sqlalchemy import text

from b2bsync.channels import ChannelDown, DirectoryChannel
from b2bsync.exchange import Deliver
from tests.acceptance.processes import KILLED, command
from tests.exchange.paper import acknowledgement_file, order_file
from tests.exchange.trade import Trade

ANSWER = "855_acme_000000002.edi"


@pytest.fixture
def asking(trade: Trade) -> Trade:
    trade.agree("[channel]", 'in_doubt = "query"\n[channel]')
    return trade


def kill(trade: Trade, when: str) -> None:
    """The process dies while it gives the 855 its name."""
    trade.drop("monday.edi", order_file())
    assert command(trade.root, "once", kill_at=ANSWER, when=when) == KILLED
    assert [d["state"] for d in trade.deliveries()] == ["sent", "sending"]


def answer(trade: Trade) -> tuple[str, int, str]:
    [delivery] = [d for d in trade.deliveries() if d["name"] == ANSWER]
    return delivery["state"], delivery["attempts"], delivery["error"]


def test_what_lies_there_counts_as_sent(asking: Trade) -> None:
    kill(asking, "after")
    written = (asking.outbox / ANSWER).stat()
    asking.once()
    assert answer(asking) == ("sent", 2, "")
    assert (asking.outbox / ANSWER).stat().st_mtime_ns == written.st_mtime_ns
    [response] = asking.documents(type="855")
    assert response["status"] == "sent"


def test_what_the_partner_took_over_counts_as_sent(asking: Trade) -> None:
    kill(asking, "after")
    (asking.outbox / "done").mkdir()
    (asking.outbox / ANSWER).rename(asking.outbox / "done" / f"20260301~{ANSWER}")
    asking.once()
    assert answer(asking) == ("sent", 2, "")
    assert asking.sent("855") == []


def test_what_never_got_its_name_is_sent(asking: Trade) -> None:
    kill(asking, "before")
    asking.once()
    assert answer(asking) == ("sent", 2, "")
    assert len(asking.sent("855")) == 1


def test_what_nobody_can_tell_is_for_a_person(asking: Trade) -> None:
    kill(asking, "after")
    for path in asking.outbox.iterdir():  # the partner fetched and deleted it, and the rest as well
        path.unlink()
    asking.once()
    assert answer(asking) == (
        "in_doubt",
        2,
        f"interrupted while sending; {ANSWER} is not in {asking.outbox} any more, or never was: the partner may have "
        "fetched it; decide with `b2bsync deliveries decide`",
    )
    assert asking.sent("855") == []


def test_it_stays_in_doubt_while_nobody_can_be_asked(asking: Trade) -> None:
    kill(asking, "after")
    asking.outbox.rename(asking.outbox.with_name("away"))
    done = asking.once()
    assert list(done.ran.backing_off) == ["send:acme"]
    assert answer(asking)[0] == "sending"
    asking.outbox.with_name("away").rename(asking.outbox)
    asking.retry_lane("send:acme")
    asking.once()
    assert answer(asking)[0] == "sent"


@pytest.mark.parametrize("policy", ["hold", "resend"])
def test_what_is_acknowledged_meanwhile_arrived(trade: Trade, monkeypatch: pytest.MonkeyPatch, policy: str) -> None:
    """The partner's 997 on the interrupted 855 is reconciled beside the run that looks at it again."""
    trade.agree("[channel]", f'in_doubt = "{policy}"\n[channel]')
    kill(trade, "after")
    [gs] = [segment.split("*") for segment in trade.sent("855")[0] if segment.startswith("GS*")]
    perform = Deliver.perform

    def acknowledged(stage: Deliver, work: Any, tasks: Any) -> Any:
        with stage.setting.database.session() as session:
            session.execute(text("update delivery set state = 'acked', ack_state = 'accepted' where group_code = 'PR'"))
            session.commit()
        return perform(stage, work, tasks)

    def down(*_: Any) -> None:
        raise ChannelDown("the folder", "the disk is away", "mount it")

    monkeypatch.setattr(Deliver, "perform", acknowledged)
    monkeypatch.setattr(DirectoryChannel, "put", down)
    trade.once()
    assert answer(trade)[0] == "acked"
    monkeypatch.undo()
    trade.drop("997.edi", acknowledgement_file(gs[1], gs[6], control=901))
    trade.once()
    assert answer(trade)[0] == "acked"
    with trade.open() as app, app.database.session() as session:
        assert session.execute(text("select count(*) from attempt where ended_at is null")).scalar_one() == 0
    assert trade.lanes()["send:acme"]["waiting"] == 0
