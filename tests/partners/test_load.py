"""Partner files: what a short one means, and what is said about a wrong one."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from b2bsync.partners import Company, Identity, InDoubt, Limits, Partner, Partners, Syntax, load
from b2bsync.vocabulary.settings import Problem
from b2bsync.vocabulary.stages import Stage

ACME = """\
title   = "Acme Stores"
stage   = "production"
starts  = 2026-01-01
isa     = "ZZ:ACMESTORES"
[channel]
kind = "directory"
in   = "exchange/acme/in"
out  = "exchange/acme/out"
[documents]
receive = ["850", "997"]
send    = ["997", "855", "856", "810"]
"""

MAIN = {"MAIN": Company(name="Supplier", isa=Identity("01", "123456789"), gs="SUPPLIER")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "partners").mkdir()
    return tmp_path / "partners"


def load_one(folder: Path, text: str) -> tuple[Partner | None, list[Problem]]:
    (folder / "acme.toml").write_text(text, encoding="utf-8")
    partners, problems = load(folder, MAIN)
    return partners.get("acme"), problems


def loaded(folder: Path, text: str) -> Partner:
    partner, problems = load_one(folder, text)
    assert problems == []
    assert partner is not None
    return partner


def said(folder: Path, text: str) -> list[str]:
    partner, problems = load_one(folder, text)
    assert partner is None
    return [str(problem) for problem in problems]


def test_eleven_lines_make_a_partner(folder: Path) -> None:
    acme = loaded(folder, ACME)
    assert (acme.name, acme.title, acme.company) == ("acme", "Acme Stores", "MAIN")
    assert (acme.stage, acme.starts) == (Stage.PRODUCTION, date(2026, 1, 1))
    assert (acme.isa, acme.gs) == (Identity("ZZ", "ACMESTORES"), "ACMESTORES")
    assert (acme.our_isa, acme.our_gs) == (Identity("01", "123456789"), "SUPPLIER")
    assert acme.inbound == folder.parent / "exchange/acme/in"
    assert acme.outbound == folder.parent / "exchange/acme/out"
    assert acme.receives("850") and not acme.receives("860")
    assert acme.sends("855") and not acme.sends("850")


def test_what_a_short_file_leaves_out(folder: Path) -> None:
    acme = loaded(folder, ACME)
    assert (acme.customer, acme.gate, acme.mapping("850")) == (None, {}, None)
    assert (acme.syntax, acme.in_doubt) == (Syntax.REJECT, InDoubt.RESEND)
    assert (acme.send.version, acme.send.isa_version, acme.send.batch, acme.send.request_ta1) == (
        "004010",
        "00401",
        1,
        False,
    )
    assert (acme.delimiters.segment, acme.delimiters.element, acme.delimiters.component, acme.delimiters.suffix) == (
        "~",
        "*",
        ">",
        "\n",
    )
    assert (acme.acks.due, acme.acks.detail) == (timedelta(hours=24), True)
    assert acme.expects_ack("855") and not acme.expects_ack("997")
    assert (acme.duplicates.interchange, acme.duplicates.group, acme.duplicates.business) == (
        90,
        90,
        730,
    )
    assert (acme.erp.connector, acme.erp.warehouse) == (None, None)
    assert acme.agreement.channel.settle == timedelta(seconds=2)


def test_everything_a_file_can_say(folder: Path) -> None:
    acme = loaded(
        folder,
        'gs = "ACME"\ncustomer = "10001"\nsyntax = "accept_with_errors"\nin_doubt = "hold"\n'
        + ACME
        + '[ours]\nisa = "12:5550100"\n'
        '[mappings]\n"850" = "acme/850"\n'
        '[gate]\nprice_tolerance = 0.01\non_price_difference = "hold"\n'
        '[send]\nversion = "004010VICS"\nbatch = 20\n[send.delimiters]\nsegment = "\\n"\nelement = "|"\nsuffix = ""\n'
        '[acks]\ndue = "36h"\nexpect = false\n[duplicates]\ngroup = 0\n[erp]\nconnector = "erp"\nwarehouse = '
        '"EAST"\n',
    )
    assert (acme.gs, acme.customer, acme.syntax, acme.in_doubt) == (
        "ACME",
        "10001",
        Syntax.ACCEPT_WITH_ERRORS,
        InDoubt.HOLD,
    )
    assert (acme.our_isa, acme.our_gs) == (Identity("12", "5550100"), "5550100")
    assert acme.mapping("850") == "acme/850"
    assert acme.gate == {"price_tolerance": Decimal("0.01"), "on_price_difference": "hold"}  # exact, no float
    assert (acme.send.version, acme.send.batch, acme.delimiters.segment, acme.delimiters.element) == (
        "004010VICS",
        20,
        "\n",
        "|",
    )
    assert (acme.acks.due, acme.expects_ack("855"), acme.duplicates.group) == (timedelta(hours=36), False, 0)
    assert (acme.erp.connector, acme.erp.warehouse) == ("erp", "EAST")


@pytest.mark.parametrize(
    ("line", "wrong", "message"),
    [
        (
            'stage   = "production"',
            'stage = "prod"',
            'stage: is \'prod\'; allowed: "test", "production"; did you mean "production"?',
        ),
        ('stage   = "production"\n', "", 'stage: is missing; allowed: "test", "production"'),
        ("starts  = 2026-01-01", "starts = 2026", "starts: is 2026; allowed: a date such as 2026-01-31"),
        (
            '"ZZ:ACMESTORES"',
            '"ACMESTORES"',
            "isa: is 'ACMESTORES'; allowed: qualifier:id as in ISA05 and ISA06, such as \"ZZ:ACMESTORES\" or "
            '"01:123456789" (two characters, then up to 15)',
        ),
        (
            '"ZZ:ACMESTORES"',
            '"ZZ:SIXTEEN CHARS 16"',
            "isa: is 'ZZ:SIXTEEN CHARS 16'; allowed: qualifier:id as in ISA05 and ISA06, such as \"ZZ:ACMESTORES\" or "
            '"01:123456789" (two characters, then up to 15)',
        ),
        ('kind = "directory"', 'kind = "sftp"', "channel.kind: is 'sftp'; allowed: \"directory\""),
        (
            'in   = "exchange/acme/in"\nout  = "exchange/acme/out"',
            "",
            "channel: names no directory: set in, out, or both",
        ),
        (
            '["850", "997"]',
            '["850", 997]',
            'documents.receive[2]: is 997; allowed: a transaction set such as "850", or a message such as "ORDERS"',
        ),
        (
            '["850", "997"]',
            '"850"',
            "documents.receive: is '850'; allowed: a list: each a transaction set such as \"850\", or a message "
            'such as "ORDERS"',
        ),
        (
            "receive",
            "recieve",
            'documents.recieve: is not a known key; allowed: receive, send; did you mean "receive"?',
        ),
        (
            'kind = "directory"',
            'settle = "2 weeks"',
            'channel.settle: is \'2 weeks\'; allowed: a duration such as "500ms", "2s", "15m", "24h", "30d"',
        ),
        (
            "[channel]",
            '[mappings]\n"85" = "acme/850"\n[channel]',
            'mappings.85: is \'85\'; allowed: a transaction set such as "850", or a message such as "ORDERS"',
        ),
        (
            "[channel]",
            '[send.delimiters]\nelement = "~"\n[channel]',
            "send.delimiters: segment, element and component need three different characters",
        ),
        (
            "[channel]",
            "[duplicates]\ngroup = -1\n[channel]",
            "duplicates.group: is -1; allowed: days, 0 to 3650; 0 switches the check off",
        ),
        ("[channel]", "[acks]\ndetail = 1\n[channel]", "acks.detail: is 1; allowed: true or false"),
        ("title", 'company = "MIAN"\ntitle', "company: is 'MIAN'; allowed: MAIN; did you mean \"MAIN\"?"),
        ("[channel]", "channel = 3", "channel: is 3; allowed: a table of settings"),
    ],
)
def test_a_mistake_is_placed_and_explained(folder: Path, line: str, wrong: str, message: str) -> None:
    assert line in ACME
    text = ACME.replace(line, wrong, 1)
    if wrong == "channel = 3":
        text = text.replace('kind = "directory"\nin   = "exchange/acme/in"\nout  = "exchange/acme/out"\n', "")
    assert said(folder, text) == [f"partners/acme.toml: {message}"]


def test_all_mistakes_are_said_at_once(folder: Path) -> None:
    text = ACME.replace("title", "titel").replace('"production"', '"live"').replace("2026-01-01", '"soon"')
    assert [problem.split(": ")[1] for problem in said(folder, text)] == ["titel", "stage", "starts"]


def test_a_file_that_is_no_toml(folder: Path) -> None:
    assert said(folder, "title = Acme\n") == [
        "partners/acme.toml: is not valid TOML: Invalid value (at line 1, column 9); text values need quotes, dates "
        "do not"
    ]


def test_a_file_that_is_no_text(folder: Path) -> None:
    (folder / "acme.toml").write_bytes(b'title = "Caf\xe9"\n')
    _, problems = load(folder, MAIN)
    assert [str(problem) for problem in problems] == [
        "partners/acme.toml: is not UTF-8 text (byte 12); save it as UTF-8"
    ]


def test_a_bad_file_never_stops_the_others(folder: Path) -> None:
    (folder / "acme.toml").write_text(ACME)
    (folder / "bad.toml").write_text("stage = ")
    (folder / "zeta.toml").write_text(ACME.replace("ACMESTORES", "ZETA").replace("exchange/acme", "exchange/zeta"))
    partners, problems = load(folder, MAIN)
    assert partners.names() == ["acme", "zeta"]
    assert [problem.file for problem in problems] == ["partners/bad.toml"]


def test_who_we_are_must_be_said_somewhere(folder: Path) -> None:
    (folder / "acme.toml").write_text(ACME)
    partners, problems = load(folder)
    assert len(partners) == 0
    assert [str(problem) for problem in problems] == [
        "partners/acme.toml: ours.isa: is missing: nothing says who we are to this partner; "
        'set isa = "ZZ:…" in [company.MAIN] of config.toml, or in [ours] here'
    ]


def test_two_partners_with_one_identity_are_both_left_out(folder: Path) -> None:
    (folder / "acme.toml").write_text(ACME)
    (folder / "acme2.toml").write_text(ACME.replace("exchange/acme", "exchange/acme2"))
    (folder / "zeta.toml").write_text(ACME.replace("ACMESTORES", "ZETA").replace("exchange/acme", "exchange/zeta"))
    partners, problems = load(folder, MAIN)
    assert partners.names() == ["zeta"]
    assert [str(problem) for problem in problems] == [
        "partners/acme.toml: isa: is ZZ:ACMESTORES (GS sender ACMESTORES, our identity 01:123456789), as it is of "
        "acme2; "
        "none of them is loaded, because files could not be told apart; correct isa, gs, ours.isa or stage",
        "partners/acme2.toml: isa: is ZZ:ACMESTORES (GS sender ACMESTORES, our identity 01:123456789), as it is of "
        "acme; "
        "none of them is loaded, because files could not be told apart; correct isa, gs, ours.isa or stage",
    ]


def test_two_partners_with_one_directory_are_both_left_out(folder: Path) -> None:
    (folder / "acme.toml").write_text(ACME)
    other = ACME.replace("ACMESTORES", "ZETA").replace('"exchange/acme/in"', '"exchange/zeta/../acme/in"')
    (folder / "zeta.toml").write_text(other)
    partners, problems = load(folder, MAIN)
    assert partners.names() == []
    assert [str(problem) for problem in problems] == [
        f"partners/{one}.toml: channel.in: is the directory that files of {two} are received from too; none of them is "
        "loaded, because nothing tells whose file lies there; give each its own"
        for one, two in (("acme", "zeta"), ("zeta", "acme"))
    ]


def test_what_we_send_must_not_come_back(folder: Path) -> None:
    assert said(folder, ACME.replace('"exchange/acme/out"', '"exchange/acme/in/../in"')) == [
        "partners/acme.toml: channel.out: is the directory that files of acme are received from: what we send would "
        "come back"
    ]


def test_the_effective_text_is_the_agreement_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    text = loaded(folder, ACME).text
    assert loaded(folder, "# a comment\n" + ACME.replace("   =", "=")).text == text
    assert loaded(folder, ACME + '[acks]\ndue = "1d"\n').text == text  # the default, written out
    assert loaded(folder, ACME + '[acks]\ndue = "2d"\n').text != text
    assert '"due": "P1D"' in text
    assert str(tmp_path) not in text
    (folder / "acme.toml").write_text(ACME)
    partners, _ = load(folder, {"MAIN": Company(isa=Identity("ZZ", "NEWNAME"))})
    renamed = partners.get("acme")
    assert renamed is not None
    assert '"id": "NEWNAME"' in renamed.text


def test_no_folder_no_partners(tmp_path: Path) -> None:
    partners, problems = load(tmp_path / "partners", MAIN)
    assert (len(partners), problems) == (0, [])
    assert isinstance(partners, Partners)


def test_business_days_are_those_of_the_company(folder: Path) -> None:
    (folder / "acme.toml").write_text(ACME, encoding="utf-8")
    partners, problems = load(folder, {"MAIN": Company(isa=Identity("ZZ", "SUPPLIER"), zone="Asia/Tokyo")})
    assert problems == []
    [acme] = partners
    assert acme.now().utcoffset() == timedelta(hours=9)
    with pytest.raises(ValueError, match="'Mars/Base', which is no IANA time zone"):
        Company(zone="Mars/Base")


def test_limits_and_what_they_may_be(folder: Path) -> None:
    assert loaded(folder, ACME).limits == Limits(rate=0, slots=1)
    limited = loaded(folder, 'in_doubt = "query"\n' + ACME + "[limits]\nrate = 60\nslots = 4\n")
    assert (limited.in_doubt, limited.limits) == (InDoubt.QUERY, Limits(rate=60, slots=4))
    [slots, rate] = sorted(said(folder, ACME + "[limits]\nslots = 0\nrate = 100001\n"), reverse=True)
    assert "limits.slots" in slots
    assert "1 to 64" in slots
    assert "limits.rate" in rate
    assert "0 to 100000" in rate
    [policy] = said(folder, 'in_doubt = "ask"\n' + ACME)
    assert "query" in policy


def test_a_name_that_would_look_like_a_lane_beside_another(folder: Path) -> None:
    (folder / "acme#1.toml").write_text(ACME, encoding="utf-8")
    partners, problems = load(folder, MAIN)
    assert len(partners) == 0
    [problem] = problems
    assert "is 'acme#1': a partner's name has no #" in str(problem)
    assert "rename the file" in str(problem)
