"""What is said of a stream that is no EDI: what it looks like, and where a header breaks off."""

import gzip

import pytest

from b2bsync.edi import scan
from b2bsync.edi.errors import Unreadable
from b2bsync.edi.foreign import appearance
from tests.edi.samples import ISA, interchange


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (gzip.compress(interchange().encode()), "; it looks like gzip: unpack it first"),
        (b"PK\x03\x04\x14\x00\x00\x00\x08\x00", "; it looks like zip: unpack it first"),
        (ISA.encode("utf-16"), "; it looks like UTF-16: save it in an encoding of one byte a character"),
        (ISA.encode("utf-16-le"), "; it looks like UTF-16: save it in an encoding of one byte a character"),
        (ISA.encode("utf-16-be"), "; it looks like UTF-16: save it in an encoding of one byte a character"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>", "; it looks like XML or JSON"),
        (b"ST*850*0001~", "; it starts inside an interchange, ask the sender for the whole"),
        (b"ISA*00", "; the file ends within ISA"),
        (b"%PDF-1.7 and so on and on", ""),
        (b"", ""),
    ],
)
def test_what_a_stream_looks_like(data: bytes, said: str) -> None:
    assert appearance(data[:20]) == said


def test_it_is_said_of_what_cannot_be_read() -> None:
    with pytest.raises(Unreadable, match="beginning; it looks like gzip"):
        list(scan([gzip.compress(b"UNB")], standards=("EDIFACT",)))


@pytest.mark.parametrize(("length", "elements"), [(27, 4), (80, 10), (103, 15)])
def test_a_file_that_ends_within_its_header(length: int, elements: int) -> None:
    with pytest.raises(Unreadable) as caught:
        list(scan([ISA[:length].encode()]))
    assert caught.value.finding.message == (
        f"the file ends within ISA, after {length} bytes and {elements} of 16 elements"
    )
