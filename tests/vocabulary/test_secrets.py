"""Secrets by reference: found when they are needed, named when they are missing, never shown."""

from pathlib import Path

import pytest

from b2bsync.vocabulary.secrets import Secret, SecretMissing, is_reference, reveal


def test_the_three_ways_to_write_one(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from a file\r\n")
    assert Secret.of("as written").reveal() == "as written"
    assert Secret.of({"env": "KEY"}).reveal({"KEY": "from the environment"}) == "from the environment"
    assert Secret.of({"file": "key"}, tmp_path).reveal() == "from a file"
    assert (reveal("plain"), reveal(Secret.of("as written"))) == ("plain", "as written")


def test_no_way_of_printing_shows_it() -> None:
    secret = Secret.of("hunter2")
    assert [str(secret), repr(secret), f"{secret}", f"{[secret]}"] == [
        "Secret(***)",
        "Secret(***)",
        "Secret(***)",
        "[Secret(***)]",
    ]
    assert repr(Secret.of({"env": "KEY"})) == "Secret(env='KEY')"


@pytest.mark.parametrize("value", [1, None, {"env": "A", "file": "b"}, {"env": 1}, {"name": "A"}, {}, ["A"]])
def test_anything_else_is_no_secret(value: object) -> None:
    assert not is_reference(value)
    with pytest.raises(ValueError, match=r'a secret is text, \{ env = "NAME" \} or \{ file = "path" \}'):
        Secret.of(value)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(SecretMissing, match="the environment variable KEY is not set"):
        Secret.of({"env": "KEY"}).reveal({"KEY": ""})
    with pytest.raises(SecretMissing, match=r"/key cannot be read \(No such file or directory\)"):
        Secret.of({"file": "key"}, tmp_path).reveal()
    (tmp_path / "key").write_text("\n")
    with pytest.raises(SecretMissing, match="/key is empty"):
        Secret.of({"file": "key"}, tmp_path).reveal()
    (tmp_path / "key").write_bytes(b"caf\xe9")
    with pytest.raises(SecretMissing, match=r"/key cannot be read \(not UTF-8\)"):
        Secret.of({"file": "key"}, tmp_path).reveal()
