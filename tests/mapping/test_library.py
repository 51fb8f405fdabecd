"""Which file is which mapping: names, workspaces before built-ins, extends, code lists, functions, hashes."""

import pytest

from b2bsync.mapping import Library, MappingError

TREE = "BEG*00*SA*PO-1**20260301\nN1*ST*Store*92*07\nPO1*1*2*EA***XX*ours"


def test_shipped_mappings_are_right(room):
    assert room.mappings.check() == []
    names = [name for name, _, _ in room.mappings.names() if name.startswith("x12/")]
    assert names == [f"x12/004010/{type}" for type in ("810", "850", "855", "856")]


def test_what_a_mapping_says_of_itself(room):
    mapping = room.mappings.get("x12/004010/850")
    assert (mapping.name, mapping.document, mapping.dialect, mapping.version, mapping.type) == (
        "x12/004010/850",
        "Order",
        "x12",
        "004010",
        "850",
    )


def test_find(room):
    assert room.mappings.find("x12", "004010", "810").document == "Invoice"
    assert room.mappings.find("x12", "004010VICS", "810") is room.mappings.find("x12", "004010", "810")
    assert room.mappings.find("x12", "004010", "846") is None
    assert room.mappings.find("x12", "005010", "810") is None


def test_find_by_what_a_file_says(workspace):
    text = (
        'document = "PriceList"\ndialect = "record"\nversion = "1"\ntype = "lists"\n[fields]\nkey = "K"\nnumber = "N"'
    )
    assert workspace({"any/name": text}).find("record", "1", "lists").name == "any/name"


def test_an_unknown_name(room):
    with pytest.raises(MappingError) as caught:
        room.mappings.get("x12/004010/85O")
    assert caught.value.what == "there is no mapping 'x12/004010/85O'"
    assert caught.value.suggestion in ("x12/004010/850", "x12/004010/855", "x12/004010/856")


def test_a_name_stays_in_its_folders(workspace, tmp_path):
    library = workspace({"a/b": ""})
    (tmp_path.parent / "outside.toml").write_text('document = "Order"')
    with pytest.raises(MappingError, match="there is no mapping"):
        library.get("../outside")


def test_a_workspace_file_hides_the_shipped_one(workspace):
    text = 'document = "Order"\ndialect = "x12"\nversion = "004010"\ntype = "850"\n[fields]\nnumber = "BEG03"'
    library = workspace({"x12/004010/850": text})
    overridden = {name: hidden for name, _, hidden in library.names()}
    assert overridden["x12/004010/850"] is True
    assert overridden["x12/004010/855"] is False
    assert "parties" not in library.get("x12/004010/850").text


def test_a_partners_file_says_only_what_differs(workspace, room):
    library = workspace(
        {
            "acme/850": """
                extends = "x12/004010/850"
                [fields.parties]
                name = false
                [fields.lines]
                "items.supplier" = { pair = "XX", from = "PO106" }
            """
        }
    )
    tree = room.tree("850", TREE)
    order = library.get("acme/850").read(tree)
    assert order.lines[0].items.supplier == "ours"
    assert order.parties[0].name is None
    assert order.number == "PO-1"
    assert room.mappings.get("x12/004010/850").read(tree).lines[0].items.supplier is None


def test_a_workspace_extends_the_file_it_hides(workspace, room):
    library = workspace(
        {"x12/004010/850": 'extends = "x12/004010/850"\n[fields]\n"extra.kind" = "BEG02"\nkind = false'}
    )
    assert library.get("x12/004010/850").read(room.tree("850", TREE)).extra == {"kind": "SA"}


def test_files_that_extend_each_other(workspace):
    library = workspace({"a": 'extends = "b"', "b": 'extends = "a"'})
    with pytest.raises(MappingError, match="extends this file itself"):
        library.get("a")


def test_shared_code_lists(workspace, room):
    """A workspace's list hides the shipped one of its name, in every mapping that uses it."""
    library = workspace({"codes/party_role": 'ST = "buyer"'})
    parties = library.get("x12/004010/850").read(room.tree("850", TREE)).parties
    assert [p.role for p in parties] == ["buyer"]
    assert "codes/party_role" not in [name for name, _, _ in library.names()]


def test_functions_of_the_workspace(workspace, room):
    function = 'def plus(value, text):\n    """The value with a text behind it."""\n    return value + text\n'
    library = workspace(
        {
            "functions.py": function,
            "acme/850": """
                extends = "x12/004010/850"
                [fields]
                number = { at = "BEG03", read = "plus(value, BEG02)" }
            """,
        }
    )
    mapping = library.get("acme/850")
    assert mapping.read(room.tree("850", TREE)).number == "PO-1SA"
    assert "# def plus(value, text):" in mapping.text


def test_a_function_without_docstring(workspace):
    library = workspace({"functions.py": "def plus(value):\n    return value\n", "a": 'document = "Order"'})
    with pytest.raises(MappingError) as caught:
        library.get("a")
    assert (caught.value.key, caught.value.what) == ("plus", "a function needs a docstring: what it takes and gives")


def test_a_functions_file_that_fails(workspace):
    library = workspace({"functions.py": "import nothing_of_that_name", "a": 'document = "Order"'})
    with pytest.raises(MappingError, match="cannot be loaded: ModuleNotFoundError"):
        library.get("a")


BASE = 'document = "PriceList"\ndialect = "record"\n[fields]\nkey = "K"\nnumber = { at = "N", codes = "numbers" }\n'


def test_the_hash_covers_all_that_makes_the_result(workspace, tmp_path):
    def digest(files: dict[str, str]) -> str:
        return workspace(files).get("own").hash

    codes = {"codes/numbers": 'A = "1"'}
    first = digest({"base": BASE, "own": 'extends = "base"', **codes})
    assert digest({"base": BASE, "own": 'extends = "base"\n# a remark', **codes}) == first
    assert digest({"base": BASE + 'name = "X"\n', "own": 'extends = "base"', **codes}) != first
    assert digest({"base": BASE, "own": 'extends = "base"', "codes/numbers": 'A = "2"'}) != first


def test_the_text_alone_makes_the_same_mapping_again(room, tmp_path):
    """What is kept of a mapping is enough to read a document of last year as it was read then."""
    for type in ("850", "855", "856", "810"):
        kept = room.mappings.get(f"x12/004010/{type}").text
        (tmp_path / f"{type}.toml").write_text(kept, encoding="utf-8")
        assert Library([tmp_path]).get(type).text == kept
