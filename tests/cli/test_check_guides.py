"""What check finds in guides, and in what agreements say of them."""

from tests.cli.conftest import Command
from tests.exchange.trade import Trade

HEAD = 'standard = "x12"\nversion = "004010"\ntype = "850"\n[rules]\n'


def test_guides_of_the_workspace_are_loaded(trade: Trade, b2bsync: Command) -> None:
    trade.write("guides/acme/850.toml", HEAD + 'BEG01 = { codes = ["00"] }\n')
    trade.agree("[channel]", '[guides]\n"850" = "acme/850"\n[channel]')
    done = b2bsync("check", "--offline")
    assert done.exit_code == 0
    assert "1 found" in next(line for line in done.stdout.splitlines() if " guides: " in line)


def test_every_mistake_in_a_guide_is_told_once(trade: Trade, b2bsync: Command) -> None:
    path = trade.write("guides/acme/850.toml", HEAD + 'N3 = "unused"\nBEG01 = { code = ["00"] }\n')
    trade.agree("[channel]", '[guides]\n"850" = "acme/850"\n[channel]')
    done = b2bsync("check", "--offline")
    assert done.exit_code == 1
    told = " ".join(done.output.split())
    assert f"{path}: rules.N3: there is no N3 in the message itself; allowed: N1.N3, " in told
    assert f"{path}: rules.BEG01.code: is not a known key; allowed: used, mandatory, codes, " in told
    assert told.count("rules.N3") == 1


def test_a_guide_that_an_agreement_names_in_vain(trade: Trade, b2bsync: Command) -> None:
    trade.write("guides/acme/850.toml", HEAD)
    trade.agree("[channel]", '[guides]\n"850" = "acme/851"\n"855" = "acme/850"\n[channel]')
    told = " ".join(b2bsync("check", "--offline").output.split())
    assert (
        f"guides.850 in acme.toml: acme/851.toml: there is no guide 'acme/851' in {trade.root}/guides; "
        'allowed: acme/850; did you mean "acme/850"?'
    ) in told
    assert "guides.855 in acme.toml: the guide acme/850 is for 850" in told


def test_a_guide_for_another_version_than_what_is_sent(trade: Trade, b2bsync: Command) -> None:
    trade.write("guides/acme/855.toml", HEAD.replace("850", "855").replace("004010", "005010"))
    trade.agree("[channel]", '[guides]\n"855" = "acme/855"\n[channel]')
    told = " ".join(b2bsync("check", "--offline").output.split())
    assert "guides.855 in acme.toml: the guide acme/855 is for 005010, but the 855 is sent as 004010" in told
