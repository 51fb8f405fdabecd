"""What clauses can say, one by one, on small X12 mappings."""

from datetime import date, datetime
from decimal import Decimal as D

import pytest

from b2bsync.mapping import Unmapped
from b2bsync.model import (
    Invoice,
    Order,
    OrderResponse,
    Party,
    PartyRole,
    Reference,
    ShipmentOrder,
    ShipNotice,
)

ORDER = 'document = "Order"\ndialect = "x12"\nversion = "004010"\ntype = "850"\n[fields]\nnumber = "BEG03"\n'
BEG = "BEG*00*SA*PO-1**20260301"


@pytest.fixture
def order(workspace):
    """A mapping of an 850 that says the number, and what a test adds."""
    return lambda clauses: workspace({"test": ORDER + clauses}).get("test")


def read(room, mapping, *segments):
    return mapping.read(room.tree("850", "\n".join([BEG, *segments, "PO1*1*1*EA"])))


def rows(tree, tag):
    return tree.segments.get(tag, [])


def test_the_first_place_that_holds_something_is_read_and_the_first_written(room, order):
    mapping = order('contract = ["BEG06", "REF[REF01=CT].REF02"]')
    assert read(room, mapping, "REF*CT*C-1").contract == "C-1"
    tree = mapping.write(Order(number="1", contract="C-1"))
    assert tree.segments == {"BEG": [["BEG", "", "", "1", "", "", "C-1"]]}


def test_a_place_that_was_not_looked_at_for_one_field_is_for_the_next(room, order):
    """Further places are only read where the first is empty, segments and loops with them."""
    mapping = order(
        """
        contract = ["BEG06", "REF[REF01=CT].REF02", "N9[N901=CT].N902", "CTT.AMT[AMT01=TT].AMT02"]
        release = { at = ["BEG04", "REF[REF01=CT].REF03", "N9[N901=CT].N903"], only = "read" }
        version = { at = "REF[REF01=CT].REF03", only = "read" }
        currency = { at = "N9[N901=CT].N902", only = "read" }
        total = { at = "CTT.AMT[AMT01=TT].AMT02", only = "read" }
        total_lines = { at = "CTT01", only = "read" }
        """.replace("        ", "")
    )
    segments = ["REF*CT*C-1*second", "N9*DP*no", "N9*CT*third*fourth"]
    for beg, contract, release in (
        ("BEG*00*SA*PO-1*R*20260301*C-0", "C-0", "R"),
        (BEG, "C-1", "second"),
    ):
        lines = [beg, *segments, "PO1*1*1*EA", "CTT*1", "AMT*TT*5"]
        found = mapping.read(room.tree("850", "\n".join(lines)))
        assert (found.contract, found.release) == (contract, release)
        assert (found.version, found.currency, found.total, found.total_lines) == ("second", "third", D(5), 1)
    found = mapping.read(room.tree("850", "\n".join([BEG, "N9*CT*third*fourth", "PO1*1*1*EA"])))
    assert (found.contract, found.release, found.version, found.currency) == ("third", "fourth", None, "third")
    found = mapping.read(room.tree("850", "\n".join([BEG, "PO1*1*1*EA", "CTT*1", "AMT*TT*5"])))
    assert (found.contract, found.release, found.currency, found.total) == ("5", None, None, D(5))


def test_several_clauses_are_all_written(order):
    mapping = order('contract = [{ at = "BEG06" }, { at = "REF[REF01=CT].REF02" }]')
    tree = mapping.write(Order(number="1", contract="C-1"))
    assert rows(tree, "REF") == [["REF", "CT", "C-1"]]
    assert rows(tree, "BEG") == [["BEG", "", "", "1", "", "", "C-1"]]


def test_a_test_with_several_values_writes_the_first(room, order):
    mapping = order('requested = "DTM[DTM01=002|010].DTM02"')
    assert read(room, mapping, "DTM*010*20260315").requested == date(2026, 3, 15)
    assert rows(mapping.write(Order(number="1", requested=date(2026, 3, 15))), "DTM") == [["DTM", "002", "20260315"]]


def test_what_a_test_refuses_is_neither_read_nor_written(room, order):
    mapping = order('references = { each = "REF[REF01!=CT|DP]", kind = "REF01", value = "REF02" }')
    references = (Reference("ZZ", "1"), Reference("IA", "2"))
    assert read(room, mapping, "REF*CT*x", "REF*ZZ*1", "REF*DP*y", "REF*IA*2").references == references
    tree = mapping.write(Order(number="1", references=(Reference("CT", "x"), *references)))
    assert rows(tree, "REF") == [["REF", "ZZ", "1"], ["REF", "IA", "2"]]


def test_an_occurrence_by_number(room, order):
    assert read(room, order('contract = "REF[2].REF02"'), "REF*A1*first", "REF*A2*second").contract == "second"


def test_elements_of_loops_below_without_naming_the_loop(room, order):
    mapping = order('total_lines = "CTT01"\ntotal = "CTT.AMT02"')
    found = read(room, mapping)
    assert (found.total_lines, found.total) == (None, None)
    tree = mapping.write(Order(number="1", total_lines=3))
    assert tree.loops["CTT"][0].segments == {"CTT": [["CTT", "3"]]}


def test_the_loop_of_a_party_by_its_qualifier(room, order):
    mapping = order('"extra.store" = "N1[N101=ST].N104"\n"extra.city" = "N1[N101=ST].N4.N401"')
    found = read(room, mapping, "N1*BY*Acme*92*100", "N1*ST*Store*92*0007", "N4*Dayton")
    assert found.extra == {"store": "0007", "city": "Dayton"}
    tree = mapping.write(Order(number="1", extra={"city": "Dayton"}))
    assert tree.loops["N1"][0].segments == {"N1": [["N1", "ST", "", "", ""]], "N4": [["N4", "Dayton"]]}
    assert mapping.write(Order(number="1")).loops == {}


def test_lists_into_the_same_loop(room, order):
    """Ship-to and others by clauses of their own: each item goes where its role says."""
    mapping = order(
        """
        [[fields.parties]]
        each = "N1[N101=ST]"
        when = { role = "ship_to" }
        name = "N102"
        [[fields.parties]]
        each = "N1[N101=BY]"
        when = { role = "buyer" }
        name = "N102"
        """
    )
    parties = (Party(role=PartyRole.SHIP_TO, name="Store"), Party(role=PartyRole.BUYER, name="Acme"))
    assert read(room, mapping, "N1*BY*Acme", "N1*ST*Store", "N1*VN*We").parties == parties
    carrier = Party(role=PartyRole.CARRIER, name="Van")
    tree = mapping.write(Order(number="1", parties=(*reversed(parties), carrier)))
    assert [loop.segments["N1"] for loop in tree.loops["N1"]] == [[["N1", "ST", "Store"]], [["N1", "BY", "Acme"]]]


def test_when_on_a_field_that_is_read_keeps_other_items_out(room, order):
    roles = 'role = { at = "N101", codes = "party_role", otherwise = "other" }'
    mapping = order(f'[fields.parties]\neach = "N1"\nwhen = {{ role = "ship_to" }}\n{roles}\nname = "N102"')
    assert [p.name for p in read(room, mapping, "N1*BY*Acme", "N1*ST*Store").parties] == ["Store"]


@pytest.mark.parametrize(
    ("otherwise", "read_as", "written"),
    [('"@same"', "ZZ", "ZZ"), ('"@none"', None, ""), ('"special"', "special", None)],
)
def test_values_that_a_code_list_does_not_have(room, order, otherwise, read_as, written):
    mapping = order(f'kind = {{ at = "BEG02", codes = "kind", otherwise = {otherwise} }}\n[codes.kind]\nSA = "alone"')
    tree = room.tree("850", "BEG*00*SA*1**20260301\nPO1*1*1*EA")
    assert mapping.read(tree).kind == "alone"
    tree.segments["BEG"][0][2] = "ZZ"
    assert mapping.read(tree).kind == read_as
    if written is not None:
        assert rows(mapping.write(Order(number="1", kind="ZZ")), "BEG") == [["BEG", "", written, "1"]]


def test_a_value_without_a_code_cannot_be_written(order):
    mapping = order('kind = { at = "BEG02", codes = "kind" }\n[codes.kind]\nSA = "alone"\nKN = ["blanket", "frame"]')
    assert rows(mapping.write(Order(number="1", kind="frame")), "BEG") == [["BEG", "", "KN", "1"]]
    with pytest.raises(Unmapped) as caught:
        mapping.write(Order(number="1", kind="other"))
    (finding,) = caught.value.findings
    assert (finding.code, finding.tag, finding.element, finding.value) == ("code-not-listed", "BEG", 2, "other")
    assert finding.allowed == "alone, blanket, frame"


def test_a_default_is_read_where_nothing_stands(room, order):
    mapping = order('currency = { at = "CUR02", default = "USD" }')
    assert read(room, mapping).currency == "USD"
    assert read(room, mapping, "CUR*BY*EUR").currency == "EUR"


def test_constants_are_written_with_the_values_around_them(order):
    mapping = order(
        'purpose = { at = "BEG01", value = "00" }\nordered = "BEG05"\n[fixed]\nBEG02 = "SA"\nREF01 = "ZZ"\nREF02 = "x"'
    )
    tree = mapping.write(Order(number="1", ordered=date(2026, 3, 1)))
    assert tree.segments == {"BEG": [["BEG", "00", "SA", "1", "", "20260301"]], "REF": [["REF", "ZZ", "x"]]}


def test_a_segment_of_constants_and_no_value_is_not_written(order):
    mapping = order('currency = "CUR[CUR01=BY].CUR02"\n"extra.day" = "DTM[DTM01=002].DTM02"')
    assert mapping.write(Order(number="1", currency="USD")).segments == {
        "BEG": [["BEG", "", "", "1"]],
        "CUR": [["CUR", "BY", "USD"]],
    }


def test_functions_of_the_whole_document(workspace, room):
    text = (
        'document = "Order"\ndialect = "x12"\nversion = "004010"\ntype = "850"\n'
        '[fields]\nnumber = "BEG03"\ntotal_lines = { at = "CTT01", write = "count(lines)" }\n'
        '[fixed]\nCTT02 = { write = "total(lines.quantity)", type = "decimal" }\n'
        '[fields.lines]\neach = "PO1"\nnumber = "PO101"\nquantity = "PO102"\n'
        '"items.buyer" = { pair = "BP", from = "PO106" }\n'
    )
    mapping = workspace({"test": text}).get("test")
    found = mapping.read(room.tree("850", f"{BEG}\nPO1*1*1.5*EA\nPO1*2*2*EA\nCTT*7"))
    assert found.total_lines == 7  # as the document said it
    assert mapping.write(found).loops["CTT"][0].segments == {"CTT": [["CTT", "2", "3.5"]]}


def test_a_field_of_the_document_beside_each_item(workspace):
    text = (
        'document = "OrderResponse"\ndialect = "x12"\nversion = "004010"\ntype = "855"\n[fields]\nnumber = "BAK03"\n'
        '[fields.references]\neach = "REF"\nkind = "REF01"\nvalue = "REF02"\n'
        'fixed = { REF03 = { field = "parent.number" } }'
    )
    tree = workspace({"test": text}).get("test").write(OrderResponse(number="PO-1", references=(Reference("ZZ", "x"),)))
    assert rows(tree, "REF") == [["REF", "ZZ", "x", "PO-1"]]


def test_a_range_of_elements(workspace, room):
    text = (
        'document = "Order"\ndialect = "x12"\nversion = "004010"\ntype = "850"\n'
        '[fields]\nnumber = "BEG03"\nnotes = "N1[N101=ST].N3.N301..N302"'
    )
    mapping = workspace({"test": text}).get("test")
    tree = mapping.write(Order(number="1", notes=("one", "two")))
    assert tree.loops["N1"][0].segments["N3"] == [["N3", "one", "two"]]
    assert mapping.read(tree).notes == ("one", "two")
    with pytest.raises(Unmapped) as caught:
        mapping.write(Order(number="1", notes=("one", "two", "three")))
    assert caught.value.findings[0].message == "notes: 3 values, and room for 2"


def test_a_date_with_its_time(workspace):
    text = (
        'document = "ShipNotice"\ndialect = "x12"\nversion = "004010"\ntype = "856"\n[fields]\nnumber = "BSN02"\n'
        'created = { at = "HL[HL03=S].DTM[DTM01=011].DTM02", time = "DTM03" }\n'
        'orders = { each = "HL[HL03=S]/HL[HL03=O]", number = "PRF01" }'
    )
    mapping = workspace({"test": text}).get("test")
    notice = ShipNotice(number="1", created=datetime(2026, 3, 5, 14, 30, 59), orders=(ShipmentOrder(number="PO-1"),))
    tree = mapping.write(notice)
    assert tree.loops["HL"][0].segments["DTM"] == [["DTM", "011", "20260305", "143059"]]
    assert mapping.read(tree) == notice
    tree.loops["HL"][0].segments["DTM"][0][3] = "2460"
    with pytest.raises(Unmapped):
        mapping.read(tree)


def test_implied_decimals(workspace):
    text = (
        'document = "Invoice"\ndialect = "x12"\nversion = "004010"\ntype = "810"\n'
        '[fields]\nnumber = "BIG02"\nissued = "BIG01"\ntotal = "TDS01"'
    )
    mapping = workspace({"test": text}).get("test")
    for total, written in ((D("1.5"), "150"), (D("0"), "0"), (D("-0.07"), "-7"), (D("1000"), "100000")):
        invoice = Invoice(number="1", issued=date(2026, 3, 1), total=total)
        tree = mapping.write(invoice)
        assert rows(tree, "TDS") == [["TDS", written]]
        assert mapping.read(tree) == invoice


def test_more_pairs_than_the_segment_has_room_for(workspace):
    """PER has room for three; the fourth has no place, and that is said."""
    clauses = "".join(f'"extra.x{n}" = {{ pair = "X{n}", from = "PER03" }}\n' for n in range(4))
    mapping = workspace({"test": ORDER + clauses}).get("test")
    three = {f"x{n}": str(n) for n in range(3)}
    assert rows(mapping.write(Order(number="1", extra=three)), "PER") == [
        ["PER", "", "", "X0", "0", "X1", "1", "X2", "2"]
    ]
    with pytest.raises(Unmapped) as caught:
        mapping.write(Order(number="1", extra={**three, "x3": "3"}))
    (finding,) = caught.value.findings
    assert finding.message == "extra.x3: PER has room for 3 pairs only"
    assert (finding.tag, finding.element) == ("PER", 3)


def test_years_of_short_dates(workspace, room):
    mapping = workspace({"test": ORDER + 'ordered = "BEG05"'}).get("test")
    tree = room.tree("850", f"{BEG}\nPO1*1*1*EA")
    for text, day in (("690301", date(2069, 3, 1)), ("700301", date(1970, 3, 1)), ("20260301", date(2026, 3, 1))):
        tree.segments["BEG"][0][5] = text
        assert mapping.read(tree).ordered == day
