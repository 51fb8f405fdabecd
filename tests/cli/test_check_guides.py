"""What check finds in guides, and in what agreements say of them and of single types."""

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


def test_what_an_agreement_says_of_types_that_are_not_agreed(trade: Trade, b2bsync: Command) -> None:
    trade.write("guides/acme/850.toml", HEAD)
    trade.agree(
        "[channel]",
        '[guides]\n"850" = "acme/850"\n"860" = "acme/850"\n[send.types.846]\ngs_code = "IB"\n'
        '[send.types.855]\ngs_code = "PR"\n[send.edifact.types.DESADV]\ndirectory = "D01B"\n[channel]',
    )
    trade.write("guides/acme/860.toml", HEAD.replace("850", "860"))
    trade.agree('"860" = "acme/850"', '"860" = "acme/860"')
    done = b2bsync("check", "--offline")
    assert done.exit_code == 0
    assert [line.split(": ", 1)[1] for line in done.stdout.splitlines() if line.startswith("warning")] == [
        "guides.860 in acme.toml: 860 is not agreed; add it to [documents], or leave this out",
        "send.types.846 in acme.toml: 846 is not agreed; add it to [documents] send, or leave this out",
        "send.edifact.types.DESADV in acme.toml: DESADV is not agreed; add it to [documents] send, or leave this out",
    ]


def test_a_version_without_facts_is_judged_by_the_nearest(trade: Trade, b2bsync: Command) -> None:
    trade.agree("[channel]", 'unb = "14:5412345000013"\n[ours]\nunb = "14:9521234000013"\n[channel]')
    trade.agree('send    = ["997", "855", ', 'send    = ["997", "DESADV", "855", ')
    trade.agree(
        "[channel]",
        '[send]\nversion = "004030"\n[send.types.856]\nversion = "004010"\n'
        '[send.edifact]\ndirectory = "D00A"\n[channel]',
    )
    told = [line for line in b2bsync("check", "--offline").stdout.splitlines() if "there are no facts" in line]
    assert told == [
        "warning partner acme: send.edifact.directory in acme.toml: there are no facts for D00A; "
        "the nearest, D01B, is used",
        "warning partner acme: send.version in acme.toml: there are no facts for 004030; the nearest, 004010, is used",
    ]
