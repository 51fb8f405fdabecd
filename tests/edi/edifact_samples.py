"""EDIFACT interchanges written by hand for these tests. Line breaks after the terminator are for the eye."""

from b2bsync.edi import Delimiters

COLONS = Delimiters("'", "+", ":", None, "?", ".")
"""What holds without UNA."""

UNB = "UNB+UNOC:3+4012345000009:14+5412345000013:14+260914:0930+M42'\n"

ORDER = """\
UNH+1+ORDERS:D:96A:UN:EAN008'
BGM+220+MM-7001+9'
DTM+137:20260914:102'
DTM+2:20260928:102'
FTX+DEL+++Ring twice?, then wait?: the dog is friendly?'s'
NAD+BY+4012345000009::9'
NAD+SU+5412345000013::9'
CUX+2:EUR:9'
LIN+1++4006381333931:EN'
PIA+1+NS-4410:SA'
IMD+F++:::Garden twine 50 m ?+ needle'
QTY+21:24:PCE'
PRI+AAA:3.75'
LIN+2++4012345678901:EN'
QTY+21:6:CT'
PRI+AAA:41.2'
UNS+S'
CNT+2:2'
UNT+19+1'
"""


def interchange(*messages: str, una: str = "", header: str = UNB, number: str = "M42", count: int | None = None) -> str:
    """An interchange around messages; ``count``: what UNZ says."""
    said = len(messages) if count is None else count
    return f"{una}{header}{''.join(messages)}UNZ+{said}+{number}'\n"
