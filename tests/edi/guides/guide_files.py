"""Guides written by hand for these tests, and a way to load one."""

from pathlib import Path

from b2bsync.edi.guides import Guide, load

MAPLE = """
title    = "Maple Market: purchase orders"
standard = "x12"
version  = "004010"
type     = "850"

[rules]
BEG01                = { codes = ["00", "06"] }
CUR                  = "unused"
"REF[REF01=DP]"      = { mandatory = true, note = "the department pays" }
"N1[N101=ST]"        = { mandatory = true, maximum = 1 }
"N1[N101=ST].N104"   = { mandatory = true, length = [4, 13], pattern = "[0-9]+" }
"N1[N101=ST].N3"     = "mandatory"
PO101                = "mandatory"
"PO1.235"            = { codes = ["UP", "VP"] }
"PO112..PO125"       = "unused"
"PO1.PID"            = { minimum = 1, maximum = 2 }
"PO1[PO103=CS].PO4"  = { mandatory = true, severity = "warning" }
"""

ORCHARD = """
standard = "edifact"
version  = "D96A"
type     = "ORDERS"

[rules]
"DTM[2005=2]"                  = "mandatory"
"DTM.2379"                     = { codes = ["102"] }
"SG2[3035=BY]"                 = { mandatory = true, maximum = 1 }
"SG2[3035=DP]"                 = { mandatory = true, maximum = 1 }
"SG2[3035=DP].NAD.C082.3039"   = { mandatory = true, length = 13 }
"SG25.LIN.C212.7143"           = { codes = ["EN"] }
"SG25.SG28[PRI.5125=AAA]"      = "mandatory"
"SG25.SG28.PRI01.3"            = "unused"
"""


def guide(folder: Path, text: str, name: str = "maple") -> Guide:
    """The guide of a text."""
    file = folder / f"{name}.toml"
    file.write_text(text, encoding="utf-8")
    return load(file)
