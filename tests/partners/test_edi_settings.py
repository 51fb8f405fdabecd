"""What a partner file may say of EDI: defaults, everything said, and mistakes with their place."""

from pathlib import Path

import pytest

from b2bsync.edi import JUDGED
from b2bsync.partners import Company, EdifactIdentity, Identity, Partner, SecondOpinion, Syntax, Treatment, load
from b2bsync.vocabulary.settings import Problem

HEAD = """\
stage  = "production"
starts = 2026-01-01
"""
TAIL = """\
[channel]
out = "exchange/acme/out"
"""
X12 = HEAD + 'isa = "ZZ:ACME"\n'
MAIN = {"MAIN": Company(isa=Identity("01", "123456789"), gs="SUPPLIER", unb=EdifactIdentity("14", "5412345000020"))}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "partners").mkdir()
    return tmp_path / "partners"


def load_one(folder: Path, text: str) -> tuple[Partner | None, list[Problem]]:
    (folder / "acme.toml").write_text(text, encoding="utf-8")
    partners, problems = load(folder, MAIN, findings=JUDGED)
    return partners.get("acme"), problems


def loaded(folder: Path, text: str) -> Partner:
    partner, problems = load_one(folder, text)
    assert problems == []
    assert partner is not None
    return partner


def said(folder: Path, text: str) -> str:
    partner, problems = load_one(folder, text)
    assert partner is None
    [problem] = problems
    return str(problem).removeprefix("partners/acme.toml: ")


# who they are


def test_a_partner_of_edifact_only(folder: Path) -> None:
    text = (
        HEAD + 'unb = "14:5412345000013"\n' + TAIL + '[documents]\nreceive = ["ORDERS"]\nsend = ["CONTRL", "ORDRSP"]\n'
    )
    acme = loaded(folder, text)
    assert (acme.isa, acme.gs, acme.our_isa) == (None, "", None)
    assert (acme.unb, acme.our_unb) == (EdifactIdentity("14", "5412345000013"), EdifactIdentity("14", "5412345000020"))
    assert acme.receives("ORDERS") and acme.sends("ORDRSP") and not acme.receives("850")
    assert acme.expects_ack("ORDRSP") and not acme.expects_ack("CONTRL") and not acme.expects_ack("999")


def test_an_identity_without_qualifier_and_our_own_one(folder: Path) -> None:
    text = X12 + 'unb = ":Acme Stores"\n[ours]\nunb = "ZZZ:US"\n' + TAIL + "[documents]\n"
    acme = loaded(folder, text)
    assert (acme.unb, acme.our_unb) == (EdifactIdentity("", "Acme Stores"), EdifactIdentity("ZZZ", "US"))
    assert str(acme.unb) == ":Acme Stores"


@pytest.mark.parametrize(
    ("identity", "documents", "message"),
    [
        (
            "",
            "",
            "isa: is missing, and so is unb: nothing says who they are; allowed: qualifier:id as in ISA05 and ISA06, "
            'such as "ZZ:ACMESTORES" or "01:123456789" (two characters, then up to 15); for EDIFACT unb: qualifier:id '
            'as in UNB 0007 and 0004, such as "14:5412345000013", or ":ACME" without qualifier (up to four characters, '
            "then up to 35)",
        ),
        (
            'unb = "ABCDE:X"\n',
            "",
            "unb: is 'ABCDE:X'; allowed: qualifier:id as in UNB 0007 and 0004, such as \"14:5412345000013\", or "
            '":ACME" without qualifier (up to four characters, then up to 35)',
        ),
        (
            'isa = "ZZ:ACME"\n',
            'receive = ["ORDERS"]\n',
            "unb: is missing, which ORDERS in [documents] needs; allowed: qualifier:id as in UNB 0007 and 0004, such "
            'as "14:5412345000013", or ":ACME" without qualifier (up to four characters, then up to 35)',
        ),
        (
            'unb = ":ACME"\n',
            'receive = ["850"]\nsend = ["855", "ORDRSP"]\n',
            "isa: is missing, which 850 855 in [documents] need; allowed: qualifier:id as in ISA05 and ISA06, such as "
            '"ZZ:ACMESTORES" or "01:123456789" (two characters, then up to 15)',
        ),
    ],
)
def test_identities_that_are_missing_or_wrong(folder: Path, identity: str, documents: str, message: str) -> None:
    assert said(folder, HEAD + identity + TAIL + "[documents]\n" + documents) == message


def test_nothing_says_who_we_are_in_edifact(folder: Path) -> None:
    (folder / "acme.toml").write_text(HEAD + 'unb = ":ACME"\n' + TAIL + "[documents]\n")
    _, problems = load(folder, {"MAIN": Company(isa=Identity("ZZ", "US"))})
    assert [str(problem) for problem in problems] == [
        "partners/acme.toml: ours.unb: is missing: nothing says who we are to this partner; "
        'set unb = "14:…" in [company.MAIN] of config.toml, or in [ours] here'
    ]


def test_an_edifact_interchange_finds_its_partner(folder: Path) -> None:
    for name, unb, stage in (
        ("acme", "14:5412345000013", "production"),
        ("acme-test", "14:5412345000013", "test"),
        ("zeta", ":ZETA", "test"),
    ):
        text = f'stage = "{stage}"\nstarts = 2026-01-01\nunb = "{unb}"\n[channel]\nin = "{name}"\n[documents]\n'
        (folder / f"{name}.toml").write_text(text)
    partners, problems = load(folder, MAIN)
    assert problems == []
    us, acme, zeta = ("14", "5412345000020"), ("14", "5412345000013"), ("", "ZETA")
    live, test = partners.get("acme"), partners.get("acme-test")
    assert live and test
    assert partners.of_edifact(acme, us, live.stage) is live
    assert partners.of_edifact(acme, us, test.stage) is test
    assert partners.of_edifact(acme, us) is None
    assert partners.of_edifact(zeta, us) is partners.get("zeta")
    assert partners.of_interchange(zeta, us, "") is None
    assert partners.why_unknown_edifact(("ZZ", "ZETA"), us) == (
        "no partner has UNB sender ZZ:ZETA, UNB receiver 14:5412345000020; partner zeta (zeta.toml) has :ZETA where "
        "ZZ:ZETA came (unb); if that is who it is, correct it there"
    )
    assert partners.why_unknown_edifact(acme, us) == (
        "no partner has UNB sender 14:5412345000013, UNB receiver 14:5412345000020 in the stage that UNB 0035 names "
        "(neither test nor production)"
    )


def test_one_identity_of_two_partners_is_refused(folder: Path) -> None:
    for name in ("acme", "other"):
        (folder / f"{name}.toml").write_text(
            f'{HEAD}isa = "ZZ:{name.upper()}"\nunb = ":SAME"\n[channel]\nin = "{name}"\n[documents]\n'
        )
    partners, problems = load(folder, MAIN)
    assert len(partners) == 0
    assert str(problems[0]) == (
        "partners/acme.toml: unb: is :SAME (our identity 14:5412345000020), as it is of other; none of them is loaded, "
        "because files could not be told apart; correct unb, ours.unb or stage"
    )


# how what comes in is judged and answered


def test_what_a_short_file_leaves_out(folder: Path) -> None:
    acme = loaded(folder, X12 + TAIL + "[documents]\n")
    receive, acks, send = acme.receive, acme.acks, acme.send
    assert (receive.findings, receive.repeated_set_numbers, receive.out_of_sequence) == ({}, "reject", "accept")
    assert (receive.numbers.first, receive.numbers.last) == (1, 999_999_999)
    assert (acks.functional, acks.ta1, acks.contrl, acks.receipt, acks.expect_ta1) == (
        "997",
        "asked",
        "always",
        False,
        False,
    )
    assert acme.second_opinion == SecondOpinion(
        outbound="sample", inbound=False, disagreement="alert", first=100, every=100
    )
    assert (send.charset, send.outside, send.replacement, send.trailing, send.zeros) == (
        "utf-8",
        "refuse",
        None,
        "omit",
        "keep",
    )
    assert (send.gs_date, send.gs_time, send.agency, send.delimiters.repetition) == ("CCYYMMDD", "HHMM", "X", None)
    assert (send.edifact.directory, send.edifact.syntax, send.edifact.syntax_version) == ("D96A", "UNOC", "3")
    assert acme.guide("850") is None


def test_everything_that_can_be_said_of_what_they_send(folder: Path) -> None:
    acme = loaded(
        folder,
        X12
        + 'syntax = "reject_group"\n'
        + TAIL
        + '[documents]\n[guides]\n"850" = "acme-850"\n'
        + '[receive]\nrepeated_set_numbers = "accept"\nout_of_sequence = "hold"\n'
        + '[receive.findings]\ncode-unknown = "error"\nsegment-unknown = "ignore"\ntrailing-separator = "warning"\n'
        + "[receive.numbers]\nfirst = 1000\nlast = 9999\n"
        + '[acks]\nfunctional = "999"\nta1 = "always"\ncontrl = "asked"\nreceipt = true\nexpect_ta1 = true\n'
        + '[second_opinion]\noutbound = "always"\ninbound = true\ndisagreement = "hold"\nfirst = 10\nevery = 5\n',
    )
    assert acme.syntax is Syntax.REJECT_GROUP
    assert acme.guide("850") == "acme-850"
    assert acme.receive.findings == {
        "code-unknown": Treatment.ERROR,
        "segment-unknown": Treatment.IGNORE,
        "trailing-separator": Treatment.WARNING,
    }
    assert (acme.receive.repeated_set_numbers, acme.receive.out_of_sequence) == ("accept", "hold")
    assert (acme.receive.numbers.first, acme.receive.numbers.last) == (1000, 9999)
    assert (acme.acks.functional, acme.acks.ta1, acme.acks.contrl) == ("999", "always", "asked")
    assert (acme.acks.receipt, acme.acks.expect_ta1) == (True, True)
    assert acme.second_opinion == SecondOpinion(outbound="always", inbound=True, disagreement="hold", first=10, every=5)


@pytest.mark.parametrize(
    ("acks", "awaited"),
    [
        ("", {"855", "ORDRSP"}),
        ("expect_ta1 = true\n", {"855", "ORDRSP"}),
        ("expect = false\n", set()),
        ("expect = false\nexpect_ta1 = true\n", {"855"}),  # EDIFACT has no TA1
    ],
)
def test_what_is_awaited_of_them(folder: Path, acks: str, awaited: set[str]) -> None:
    acme = loaded(folder, X12 + TAIL + "[documents]\n[acks]\n" + acks)
    assert {type for type in ("855", "ORDRSP", "997", "999", "CONTRL") if acme.expects_ack(type)} == awaited


@pytest.mark.parametrize(
    ("send", "acks", "type"),
    [
        ('["997"]', "", "997"),
        ('["999"]', "", "999"),
        ('["997", "999"]', "", "997"),
        ('["997", "999"]', 'functional = "999"\n', "999"),
        ("[]", "", "997"),
    ],
)
def test_what_answers_their_groups(folder: Path, send: str, acks: str, type: str) -> None:
    acme = loaded(folder, X12 + TAIL + f"[documents]\nsend = {send}\n[acks]\n{acks}")
    assert acme.functional == type


# how what goes out is written


def test_a_type_has_its_own_words(folder: Path) -> None:
    acme = loaded(
        folder,
        X12
        + TAIL
        + '[documents]\n[send]\ncharset = "extended"\ngs_sender = "SHIPPING"\n[send.delimiters]\nelement = "|"\n'
        + '[send.types.856]\nversion = "005010"\nisa_version = "00501"\ntrailing = "keep"\n'
        + '[send.types.856.delimiters]\nrepetition = "^"\nsuffix = ""\n',
    )
    order, shipment = acme.send.of("855"), acme.send.of("856")
    assert (order.version, order.isa_version, order.trailing, order.delimiters.suffix) == (
        "004010",
        "00401",
        "omit",
        "\n",
    )
    assert (shipment.version, shipment.isa_version, shipment.trailing) == ("005010", "00501", "keep")
    assert (shipment.charset, shipment.gs_sender) == ("extended", "SHIPPING")
    d = shipment.delimiters
    assert (d.segment, d.element, d.component, d.repetition, d.suffix) == ("~", "|", ">", "^", "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[receive.findings]\ncode-unkown = "error"\n',
            'receive.findings.code-unkown: is no finding; allowed: {codes}; did you mean "code-unknown"?',
        ),
        (
            '[receive.findings]\ncode-unknown = "fatal"\n',
            'receive.findings.code-unknown: is \'fatal\'; allowed: "ignore", "warning", "error"',
        ),
        ('[receive]\nout_of_sequence = "reject"\n', 'is \'reject\'; allowed: "accept", "note", "hold"'),
        ("[receive.numbers]\nfirst = 9\nlast = 3\n", "receive.numbers: first is 9, behind last, which is 3"),
        ('[acks]\nfunctional = "998"\n', 'acks.functional: is \'998\'; allowed: "997", "999"'),
        ("[second_opinion]\nevery = 0\n", "second_opinion.every: is 0; allowed: 1 (each) to 1000000"),
        ('[guides]\n"850" = ""\n', "guides.850: is ''; allowed: the name of a guide, such as \"acme-850\""),
        ('[send]\ncharset = "ascii"\n', 'send.charset: is \'ascii\'; allowed: "basic", "extended", "utf-8"'),
        ('[send]\noutside = "replace"\n', 'send: outside = "replace" needs a replacement'),
        ('[send]\nreplacement = "*"\n', "send: replacement is '*', which is a delimiter"),
        ('[send]\nreplacement = "??"\n', 'send.replacement: is \'??\'; allowed: one character, such as "?" or " "'),
        (
            '[send.delimiters]\nrepetition = "^"\n',
            'send: a repetition separator needs isa_version "00402" or later',
        ),
        (
            '[send.delimiters]\nrepetition = ">"\n',
            "send.delimiters: repetition needs another character than segment, element and component",
        ),
        ('[send]\nimplementation = "X"\n', "send: implementation (ST03) needs version 005010 or later"),
        ("[send.numbers.group]\nfirst = 5\nlast = 4\n", "send.numbers.group: first is 5, behind last, which is 4"),
        (
            "[send.numbers.interchange]\nlast = 1000000000\n",
            "send.numbers.interchange.last: is 1000000000; allowed: a whole number, 0 to 999999999",
        ),
        (
            '[send.numbers.set]\nprefix = "ACME"\nlast = 123456\n',
            "send.numbers.set: numbers have up to 10 characters, prefix and suffix counted; 9 fit",
        ),
        (
            "[send.numbers.set]\nwidth = 0\n",
            "send.numbers.set: ST02 has at least 4 characters: a larger width is needed",
        ),
        (
            '[send.types.856.delimiters]\nelement = "~"\n',
            "send: types.856: segment, element and component need three different characters",
        ),
        (
            '[send.types."ORDRSP"]\n',
            "send.types.ORDRSP: is 'ORDRSP'; allowed: a transaction set such as \"850\"",
        ),
        (
            '[send.edifact]\nrouting_part = "X"\n',
            'send.edifact: routing_part needs syntax_version = "4"',
        ),
        (
            '[send.edifact]\nuna = "never"\n[send.edifact.delimiters]\nsegment = "\\n"\n',
            'send.edifact: una = "never" needs the delimiters that hold without UNA',
        ),
        (
            '[send.edifact.delimiters]\nrelease = ":"\n',
            "send.edifact.delimiters: each delimiter needs a character of its own",
        ),
        (
            '[send.edifact.numbers.interchange]\nprefix = "ABCDEFGH"\nsuffix = "1"\nlast = 1234567\n',
            "send.edifact.numbers.interchange: numbers have up to 16 characters, prefix and suffix counted; 14 fit",
        ),
        ('[send.edifact]\ndirectory = "96A"\n', "directory: is '96A'; allowed: version and release, such as \"D96A\""),
    ],
)
def test_a_mistake_is_placed_and_explained(folder: Path, text: str, message: str) -> None:
    found = said(folder, X12 + TAIL + "[documents]\n" + text)
    assert message.format(codes=", ".join(sorted(JUDGED))) in found


def test_what_may_be_found_in_a_set_may_be_treated() -> None:
    assert {
        "code-unknown",
        "segment-out-of-order",
        "segment-unknown",
        "relation-broken",
        "trailing-separator",
    } <= JUDGED
    assert {"guide-code-not-allowed", "tag-in-lower-case", "check-digit-wrong"} <= JUDGED
    assert JUDGED.isdisjoint({"set-trailer-missing", "set-unknown", "set-too-large", "interchange-trailer-missing"})


def test_ranges_end_where_the_room_for_digits_ends(folder: Path) -> None:
    acme = loaded(
        folder,
        X12
        + TAIL
        + '[documents]\n[send.numbers.set]\nprefix = "ACM"\n[send.edifact.numbers.message]\nprefix = "ACMEACME"\n',
    )
    assert acme.send.numbers.set.end == 999_999
    assert acme.send.edifact.numbers.message.end == 999_999
    assert acme.send.edifact.numbers.interchange.end == 999_999_999
