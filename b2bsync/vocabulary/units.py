"""Units of measure: UN/ECE Recommendation 20 in the model, each dialect's own codes at its edge.

X12 data element 355 shares many codes with Rec 20 and differs in a few that matter: X12 ``CA`` and ``CS`` are packages,
which Rec 20 expresses with ``X`` plus a Rec 21 package code.
"""

X12_355 = {
    "EA": "EA",
    "PC": "H87",
    "CA": "XCS",
    "CT": "XCT",
    "BX": "XBX",
    "PK": "XPK",
    "BG": "XBG",
    "PL": "XPX",
    "RL": "XRO",
    "PR": "PR",
    "DZ": "DZN",
    "GS": "GRO",
    "ST": "SET",
    "KG": "KGM",
    "GR": "GRM",
    "LB": "LBR",
    "OZ": "ONZ",
    "LT": "LTR",
    "GA": "GLL",
    "MR": "MTR",
    "FT": "FOT",
    "CM": "CMT",
    "ML": "MLT",
    "HR": "HUR",
}
"""X12 355 to Rec 20. A code that is not listed is kept as it is."""

REC20_TO_X12 = {rec20: x12 for x12, rec20 in X12_355.items()}


def from_x12(code: str) -> str:
    return X12_355.get(code, code)


def to_x12(code: str) -> str:
    return REC20_TO_X12.get(code, code)
