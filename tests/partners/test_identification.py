"""How an interchange finds its partner, and what is said when it finds none."""

from pathlib import Path

import pytest

from b2bsync.partners import Company, Identity, Partners, load
from b2bsync.vocabulary.stages import Stage

US = ("01", "123456789")
FILE = """\
stage  = "{stage}"
starts = 2026-01-01
isa    = "{isa}"
gs     = "{gs}"
[channel]
in = "exchange/{name}/in"
[documents]
receive = ["850"]
"""


@pytest.fixture
def partners(tmp_path: Path) -> Partners:
    folder = tmp_path / "partners"
    folder.mkdir()
    for name, isa, gs, stage in [
        ("acme", "02:ACMESTORES", "ACME", "production"),
        ("zeta", "ZZ:ZETA", "ZETA", "production"),
        ("zeta-west", "ZZ:ZETA", "ZETAWEST", "production"),
        ("both-live", "ZZ:BOTH", "BOTH", "production"),
        ("both-test", "ZZ:BOTH", "BOTH", "test"),
        ("number", "01:001234567", "NUMBER", "test"),
    ]:
        (folder / f"{name}.toml").write_text(FILE.format(name=name, isa=isa, gs=gs, stage=stage))
    found, problems = load(folder, {"MAIN": Company(isa=Identity(*US))})
    assert problems == []
    return found


def named(partners: Partners, *identities: object) -> str | None:
    partner = partners.of_interchange(*identities)  # type: ignore[arg-type]
    return partner.name if partner else None


def test_isa_and_gs_decide_together(partners: Partners) -> None:
    assert named(partners, ("02", "ACMESTORES"), US, "ACME") == "acme"
    assert named(partners, ("ZZ", "ZETA"), US, "ZETA") == "zeta"
    assert named(partners, ("ZZ", "ZETA"), US, "ZETAWEST") == "zeta-west"


def test_the_stage_decides_between_test_and_production_of_one_identity(partners: Partners) -> None:
    assert named(partners, ("ZZ", "BOTH"), US, "BOTH", Stage.TEST) == "both-test"
    assert named(partners, ("ZZ", "BOTH"), US, "BOTH", Stage.PRODUCTION) == "both-live"
    assert named(partners, ("ZZ", "BOTH"), US, "BOTH") is None


def test_a_partner_is_found_in_the_wrong_stage_too_so_that_the_wall_can_say_so(partners: Partners) -> None:
    assert named(partners, ("02", "ACMESTORES"), US, "ACME", Stage.TEST) == "acme"


@pytest.mark.parametrize(
    ("sender", "receiver", "gs", "why"),
    [
        (
            ("2", "ACMESTORES"),
            US,
            "ACME",
            "no partner has ISA sender 2:ACMESTORES, ISA receiver 01:123456789, GS sender ACME; partner acme "
            "(acme.toml) "
            "has 02:ACMESTORES where 2:ACMESTORES came (isa); if that is who it is, correct it there",
        ),
        (
            ("02", "AcmeStores"),
            US,
            "ACME",
            "no partner has ISA sender 02:AcmeStores, ISA receiver 01:123456789, GS sender ACME; partner acme "
            "(acme.toml) "
            "has 02:ACMESTORES where 02:AcmeStores came (isa); if that is who it is, correct it there",
        ),
        (
            ("01", "1234567"),
            US,
            "NUMBER",
            "no partner has ISA sender 01:1234567, ISA receiver 01:123456789, GS sender NUMBER; partner number "
            "(number.toml) "
            "has 01:001234567 where 01:1234567 came (isa); if that is who it is, correct it there",
        ),
        (
            ("02", "ACMESTORES"),
            US,
            "ACMESTORES",
            "no partner has ISA sender 02:ACMESTORES, ISA receiver 01:123456789, GS sender ACMESTORES; partner acme "
            "(acme.toml) has ACME as GS sender where ACMESTORES came (gs); if that is who it is, correct it there",
        ),
        (
            ("02", "ACMESTORES"),
            ("ZZ", "123456789"),
            "ACME",
            "no partner has ISA sender 02:ACMESTORES, ISA receiver ZZ:123456789, GS sender ACME; partner acme "
            "(acme.toml) "
            "has 01:123456789 as our identity where ZZ:123456789 came (ours.isa or the company's isa); if that is "
            "who it is, "
            "correct it there",
        ),
        (
            US,
            ("02", "ACMESTORES"),
            "SUPPLIER",
            "no partner has ISA sender 01:123456789, ISA receiver 02:ACMESTORES, GS sender SUPPLIER; sender and "
            "receiver of "
            "partner acme (acme.toml) are swapped: this looks like a file that we sent",
        ),
        (
            ("02", "ACMESTORES"),
            ("ZZ", "SOMEBODY"),
            "ACME",
            "no partner has ISA sender 02:ACMESTORES, ISA receiver ZZ:SOMEBODY, GS sender ACME; partner acme "
            "(acme.toml) has "
            "that sender, but our identity there is 01:123456789, not ZZ:SOMEBODY",
        ),
        (
            ("ZZ", "OMEGA"),
            US,
            "OMEGA",
            "no partner has ISA sender ZZ:OMEGA, ISA receiver 01:123456789, GS sender OMEGA; add a file for it to "
            "partners/",
        ),
    ],
)
def test_nobody_is_found_and_the_nearest_is_named(
    partners: Partners, sender: tuple[str, str], receiver: tuple[str, str], gs: str, why: str
) -> None:
    assert partners.of_interchange(sender, receiver, gs) is None
    assert partners.why_unknown(sender, receiver, gs) == why


def test_a_misspelt_id_names_the_nearest_one(partners: Partners) -> None:
    assert partners.why_unknown(("02", "ACMESTORE"), US, "ACME").endswith(
        'add a file for it to partners/, or did you mean "ACMESTORES"?'
    )


def test_an_identity_of_both_stages_needs_isa15_to_say_which(partners: Partners) -> None:
    assert partners.why_unknown(("ZZ", "BOTH"), US, "BOTH") == (
        "no partner has ISA sender ZZ:BOTH, ISA receiver 01:123456789, GS sender BOTH in the stage that ISA15 names "
        "(neither test nor production)"
    )
