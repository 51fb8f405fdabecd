"""docs/guides.md: its guides load and have samples, and every key and code is described."""

import re
from pathlib import Path

import msgspec
import pytest

from b2bsync.edi.guides import load, loading, sample

TEXT = (Path(__file__).parents[3] / "docs" / "guides.md").read_text(encoding="utf-8")
GUIDES = re.findall(r"^```toml guide\n(.*?)^```$", TEXT, re.M | re.S)
EXTENDING = re.findall(r"^```toml\n(.*?)^```$", TEXT, re.M | re.S)


@pytest.mark.parametrize("text", GUIDES)
def test_guides_load_and_have_samples(text: str, tmp_path: Path) -> None:
    (tmp_path / "maple.toml").write_text(text, encoding="utf-8")
    loaded = load(tmp_path / "maple.toml")
    assert sample(loaded.version, loaded.type, loaded).endswith(("SE*8*0001~\n", "UNT+6+1'\n"))


def test_a_guide_extends_another(tmp_path: Path) -> None:
    (tmp_path / "maple").mkdir()
    base = GUIDES[0].replace("[rules]", "[rules]\nREF = { maximum = 5 }")
    (tmp_path / "maple" / "850.toml").write_text(base, encoding="utf-8")
    (tmp_path / "drop.toml").write_text(EXTENDING[0], encoding="utf-8")
    loaded = load(tmp_path / "drop.toml", [tmp_path])
    assert (loaded.title, loaded.contents[0].codes) == ("Maple Market: drop shipments", ("00",))
    assert [str(rule.place) for rule in loaded.occurrences][-1] == "N1 with N101=BY"


def test_every_key_is_described() -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("|")]
    described = {word for row in rows for code in re.findall(r"`([^`]+)`", row) for word in re.findall(r"[\w-]+", code)}
    tables = (loading.Head, loading.OccurrenceKeys, loading.ContentKeys)
    keys = {field.encode_name for table in tables for field in msgspec.structs.fields(table)}
    assert keys - described == set()
    package = Path(loading.__file__).parent
    codes = {code for file in package.glob("*.py") for code in re.findall(r'"(guide-[a-z-]+)"', file.read_text())}
    assert codes - described == set()


def test_the_mistakes_shown_are_told_so(tmp_path: Path) -> None:
    text = GUIDES[0] + 'N3 = "mandatory"\n'
    (tmp_path / "850.toml").write_text(text, encoding="utf-8")
    with pytest.raises(loading.SettingsError) as caught:
        load(tmp_path / "850.toml")
    (problem,) = caught.value.problems
    assert str(problem).replace(str(tmp_path), "guides/maple") in TEXT
