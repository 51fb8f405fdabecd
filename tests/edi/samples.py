"""Interchanges written by hand for these tests. Line breaks after the terminator are for the eye."""

from b2bsync.edi import Delimiters

STARS = Delimiters("~", "*", ">")

ISA = "ISA*00*          *00*          *ZZ*MAPLEMARKET    *ZZ*NORTHSUPPLY    *260914*0930*U*00401*000000042*0*P*>~"
"""A header of exactly 106 bytes."""

ORDER = """\
ST*850*0001~
BEG*00*SA*MM-7001**20260914~
CUR*BY*USD~
REF*DP*044~
PER*BD*R. Finch*TE*5550100~
DTM*002*20260928~
N1*BY*Maple Market*92*HQ~
N1*ST*Maple Market Store 12*92*0012~
N3*12 Orchard Lane~
N4*Dover*DE*19901*US~
PO1*1*24*EA*3.75*PE*BP*77-100*VP*NS-4410~
PID*F****Garden twine, 50 m~
PO1*2*6*CS*41.2**BP*77-210*UP*036000291452~
PID*F****Seed trays~
DTM*002*20260930~
CTT*2*30~
SE*17*0001~
"""

RESPONSE = """\
ST*855*0007~
BAK*00*AC*MM-7001*20260914****SO88~
REF*VN*NS~
PO1*1*24*EA*3.75**BP*77-100*VP*NS-4410~
ACK*IA*20*EA*068*20260928~
ACK*IB*4*EA*068*20261012~
PO1*2*6*CS*41.2**BP*77-210~
ACK*IR*6*CS~
CTT*2~
SE*10*0007~
"""

SHIPMENT = """\
ST*856*0003~
BSN*00*SH5001*20260927*1415*0001~
HL*1**S~
TD1*CTN25*2~
TD5*B*2*XPOF~
REF*BM*BL900~
DTM*011*20260927~
N1*SF*North Supply*92*NS~
N1*ST*Maple Market Store 12*92*0012~
HL*2*1*O~
PRF*MM-7001***20260914~
HL*3*2*P~
MAN*GM*00007630000000000011~
HL*4*3*I~
LIN*1*BP*77-100*VP*NS-4410~
SN1*1*20*EA~
CTT*4~
SE*18*0003~
"""

INVOICE = """\
ST*810*0009~
BIG*20260928*INV-310*20260914*MM-7001***DI~
REF*IV*INV-310~
N1*RE*North Supply*92*NS~
ITD*01*3*2**10**30~
DTM*011*20260927~
IT1*1*20*EA*3.75**BP*77-100*VP*NS-4410~
PID*F****Garden twine, 50 m~
TDS*7500~
CTT*1~
SE*11*0009~
"""

ACKNOWLEDGEMENT = """\
ST*997*0002~
AK1*PR*21~
AK2*855*0007~
AK3*ACK*5**8~
AK4*2*380*6*4x~
AK5*E*5~
AK9*E*1*1*1~
SE*8*0002~
"""


def interchange(*sets: str, code: str = "PO") -> str:
    """An interchange of one group with these sets, its counts right."""
    return f"""\
{ISA}
GS*{code}*MAPLE*NORTH*20260914*0930*7*X*004010~
{"".join(sets)}GE*{len(sets)}*7~
IEA*1*000000042~
"""


def compact(text: str) -> str:
    """Without the line breaks for the eye."""
    return text.replace("\n", "")
