"""Mistakes in a mapping file: where, what, what is allowed, what was probably meant."""

import pytest

from b2bsync.mapping import MappingError

HEAD = 'document = "Order"\ndialect = "x12"\nversion = "004010"\ntype = "850"\n'
LINES = """
[fields]
number = "BEG03"
[fields.lines]
each = "PO1"
number = "PO101"
quantity = "PO102"
"items.buyer" = "PO107"
"""


def mistake(workspace, text: str) -> MappingError:
    with pytest.raises(MappingError) as caught:
        workspace({"acme/850": text}).get("acme/850")
    assert caught.value.file.endswith("acme/850.toml")
    return caught.value


def x12(workspace, fields: str) -> MappingError:
    """A mistake in an 850 that has what an order needs."""
    return mistake(workspace, HEAD + LINES + fields)


def test_the_whole_error_in_words(workspace):
    error = mistake(workspace, HEAD + '[fields]\nnumbr = "BEG03"')
    assert str(error).endswith(
        "acme/850.toml: fields.numbr: Order has no field 'numbr'; did you mean 'number'? (allowed: number, purpose, "
        "kind, release, version, ordered, currency, contract, requested, ship_not_before, cancel_after, parties, "
        "contacts, terms, references, allowances, taxes, notes, lines, total_lines, total, extra)"
    )


def test_no_toml(workspace):
    assert "is not TOML: " in mistake(workspace, "document = Order").what


@pytest.mark.parametrize(
    ("text", "key", "what", "suggestion"),
    [
        ("", "document", "is missing", None),
        ('document = "Ordr"\ndialect = "x12"', "document", "there is no document 'Ordr'", "Order"),
        ('document = "Order"\ndialect = "x13"', "dialect", "there is no dialect 'x13'", "x12"),
        (HEAD + "fieldz = {}", "fieldz", "a mapping has no key 'fieldz'", "fields"),
        (HEAD.replace("004010", "009999"), "version", None, None),
        (HEAD.replace('"850"', '"ORDER"'), "type", "version 004010 has no transaction set 'ORDER' here", None),
        ('document = "Order"\ndialect = "x12"\ntype = "850"', "version", None, None),
        (HEAD + 'only = "reed"', "only", "there is no direction 'reed'", "read"),
        ('extends = "x12/004010/580"', "extends", "there is no mapping 'x12/004010/580'", "x12/004010/850"),
        (HEAD, "fields.number", "Order needs a number: a clause that reads it is missing", None),
    ],
)
def test_heads(workspace, text, key, what, suggestion):
    error = mistake(workspace, text)
    assert error.key == key
    assert what is None or error.what == what
    assert error.suggestion == suggestion


@pytest.mark.parametrize(
    ("fields", "key", "what"),
    [
        ('"price" = "PO104"', "fields.lines.price", "price has parts"),
        ('"price.amout" = "PO104"', "fields.lines.price.amout", "UnitPrice has no field 'amout'"),
        ('"unit.code" = "PO103"', "fields.lines.unit.code", "unit is a single value, it has no part 'code'"),
        ("unit = 5", "fields.lines.unit", "a clause is a location in quotes or a table such as { at = … }"),
        ('unit = { at = "PO103", kode = "x" }', "fields.lines.unit.kode", "a clause has no key 'kode'"),
        ("unit = {}", "fields.lines.unit", "says neither where the value stands (at) nor what it is (value)"),
        ('unit = "PO1"', "fields.lines.unit", "'PO1' does not end in an element such as BEG03"),
        ('unit = "PO199"', "fields.lines.unit", "PO1 has 25 elements, so there is no PO199"),
        ('unit = "BEG03"', "fields.lines.unit", "there is no segment BEG in PO1"),
        ('unit = "XX103"', "fields.lines.unit", "there is no segment XX1 in PO1"),
        ('unit = "ZZ1.ZZ101"', "fields.lines.unit", "there is no ZZ1 in PO1"),
        ('unit = "PID[PID99=F].PID05"', "fields.lines.unit", "PID has 9 elements, so there is no PID99"),
        ('unit = "PO103.2"', "fields.lines.unit", "PO103 has no component 2"),
        (
            'unit = "PID[F].PID05"',
            "fields.lines.unit",
            "[F] is not a test such as [DTM01=002], [N101=BY|BT] or [REF01!=CT]",
        ),
        ('unit = { at = "PO103", codes = "unitz" }', "fields.lines.unit.codes", "there is no code list 'unitz'"),
        ('unit = { at = "PO103", type = "string" }', "fields.lines.unit.type", "there is no type 'string'"),
        (
            'requested = { at = "PO103", type = "integer" }',
            "fields.lines.requested.type",
            "requested holds date, not integer",
        ),
        ('requested = "PO102"', "fields.lines.requested", "element 330 is of type R, not a date"),
        ('unit = { at = "PO103", read = "uper" }', "fields.lines.unit.read", "there is no function 'uper'"),
        (
            'unit = { at = "PO103", write = "1 +" }',
            "fields.lines.unit.write",
            "'1 +' is neither 'text' nor a function call such as count(lines)",
        ),
        (
            'unit = { at = "PO103", write = "first(untie)" }',
            "fields.lines.unit.write",
            "OrderLine has no field 'untie'",
        ),
        ('unit = { at = "PO103", only = "in" }', "fields.lines.unit.only", "there is no direction 'in'"),
        (
            'unit = { pair = "UN" }',
            "fields.lines.unit",
            'a pair needs from = "…" (where its first qualifier stands) and no at',
        ),
        ('schedules = "SCH"', "fields.lines.schedules", "schedules is a list: give it a table with each = …"),
        ("schedules = {}", "fields.lines.schedules", 'schedules is a list: say where its items stand, each = "…"'),
        (
            'schedules = { each = "SCHH", quantity = "SCH01" }',
            "fields.lines.schedules.each",
            "'SCHH' is not a segment or loop such as N1 or DTM[DTM01=002]",
        ),
        (
            'schedules = { each = "SCH", quantity = "SCH01", when = { unitt = "EA" } }',
            "fields.lines.schedules.when.unitt",
            "Schedule has no single value 'unitt'",
        ),
        (
            'schedules = { each = "SCH" }',
            "fields.lines.schedules.quantity",
            "Schedule needs a quantity: a clause that reads it is missing",
        ),
        (
            'schedules = { each = "SCH", qty = "SCH01" }',
            "fields.lines.schedules.qty",
            "Schedule has no field 'qty'",
        ),
        (
            'references = { each = "REF", kind = "REF01", value = "DTM02" }',
            "fields.lines.references.value",
            "'DTM02' lies outside of REF, which this list goes through",
        ),
        (
            'unit = "PO103"\ndescription = "PO103"',
            "fields.lines.description",
            'PO103: fields.lines.unit writes it too; keep one, or say only = "read"',
        ),
    ],
)
def test_clauses(workspace, fields, key, what):
    error = x12(workspace, fields)
    assert (error.key, error.what) == (key, what)


def test_what_could_stand_there(workspace):
    assert x12(workspace, 'unit = { at = "PO103", otherwize = "x" }').suggestion == "otherwise"
    assert x12(workspace, '"price.amout" = "PO104"').suggestion == "amount"
    assert x12(workspace, '"items.suplier" = "PO107"').suggestion == "supplier"
    assert "PID" in x12(workspace, 'unit = "PIX.PIX01"').allowed


def test_a_code_list_with_a_value_the_field_cannot_have(workspace):
    codes = '[codes.purpose]\n"00" = "orignal"\n'
    error = mistake(
        workspace, HEAD + codes + '[fields]\nnumber = "BEG03"\npurpose = { at = "BEG01", codes = "purpose" }'
    )
    assert error.key == "codes.purpose.00"
    assert error.suggestion == "original"
    assert error.allowed == (
        "original",
        "cancel",
        "replace",
        "change",
        "confirmation",
        "duplicate",
        "information_copy",
    )


def test_a_record_has_no_pairs(workspace):
    error = mistake(workspace, 'document = "PriceList"\ndialect = "record"\n[fields]\nkey = { pair = "A", from = "B" }')
    assert error.what == "a record has no pairs of qualifier and value: name the column (at)"


def test_a_direction_that_was_switched_off(workspace):
    text = 'document = "PriceList"\ndialect = "record"\nonly = "write"\n[fields]\nkey = "K"'
    mapping = workspace({"x": text}).get("x")
    with pytest.raises(MappingError, match="this mapping only writes"):
        mapping.read({"K": "1"})


def test_check_lists_every_wrong_file_once(workspace):
    library = workspace({"a": HEAD + "numbr = 1", "b": "document = ", "c/850": 'extends = "x12/004010/850"'})
    assert [(p.file.rsplit("/", 1)[-1], p.key) for p in library.check()] == [("a.toml", "numbr"), ("b.toml", "")]
