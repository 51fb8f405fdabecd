"""997: the verdict on a group."""

from b2bsync import edi
from b2bsync.model import FunctionalAcknowledgement, NotedElement, NotedSegment, TransactionVerdict
from b2bsync.vocabulary.verdicts import Verdict

ACKNOWLEDGEMENT = FunctionalAcknowledgement(
    group_code="PO",
    group_control_number="17",
    verdict=Verdict.PARTIALLY_ACCEPTED,
    included=2,
    received=2,
    accepted=1,
    transactions=(
        TransactionVerdict(type="850", control_number="0001", verdict=Verdict.ACCEPTED),
        TransactionVerdict(
            type="850",
            control_number="0002",
            verdict=Verdict.REJECTED,
            codes=("5", "3"),
            segments=(
                NotedSegment(
                    tag="PO1",
                    position=12,
                    loop="PO1",
                    code="8",
                    elements=(
                        NotedElement(position=4, component=2, reference="212", code="6", value="1,5"),
                        NotedElement(position=3, code="7"),
                    ),
                ),
                NotedSegment(tag="ZZZ", position=14, code="2"),
            ),
        ),
    ),
)


def test_a_group_that_was_accepted_in_part(room):
    assert room.write("997", ACKNOWLEDGEMENT) == [
        "AK1*PO*17",
        "AK2*850*0001",
        "AK5*A",
        "AK2*850*0002",
        "AK3*PO1*12*PO1*8",
        "AK4*4>2*212*6*1,5",
        "AK4*3**7",
        "AK3*ZZZ*14**2",
        "AK5*R*5*3",
        "AK9*P*2*2*1",
    ]


def test_it_reads_back(room):
    assert room.again("997", ACKNOWLEDGEMENT) == ACKNOWLEDGEMENT


def test_components_by_the_interchanges_own_separator(room):
    mapping = room.mappings.get("x12/004010/997")
    delimiters = edi.Delimiters(segment="~", element="*", component=":")
    text = edi.write_set("997", "004010", "0001", mapping.write(ACKNOWLEDGEMENT, delimiters), delimiters)
    assert "AK4*4:2*212*6*1,5~" in text
    assert mapping.read(edi.read_set(text, delimiters, "004010", "997").root, ":") == ACKNOWLEDGEMENT


def test_a_group_that_was_accepted_as_a_whole(room):
    ack = room.read("997", "AK1*IN*4\nAK9*A*3*3*3")
    assert ack == FunctionalAcknowledgement(
        group_code="IN", group_control_number="4", verdict=Verdict.ACCEPTED, included=3, received=3, accepted=3
    )


def test_an_interchange_without_components(room):
    """ISA16 may be empty: the position stands alone."""
    tree = room.tree("997", "AK1*PO*17\nAK2*850*0001\nAK3*PO1*12\nAK4*4**6\nAK5*R\nAK9*R*1*1*0")
    ack = room.mappings.get("x12/004010/997").read(tree, "")
    assert ack.transactions[0].segments[0].elements == (NotedElement(position=4, code="6"),)
