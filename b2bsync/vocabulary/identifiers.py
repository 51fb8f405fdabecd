"""GS1 identifiers and their check digit (GS1 General Specifications, section 7.9)."""


def check_digit(body: str) -> str:
    """The GS1 check digit for the digits before it: weights 3, 1, 3 … from the right. ValueError on anything else."""
    if not (body.isascii() and body.isdigit()):
        raise ValueError(f"a GS1 number has digits only, not {body!r}")
    return str(-_weighed(body + "0") % 10)


def _weighed(number: str) -> int:
    """The sum of the digits with their weights, the check digit's 1; a multiple of ten where that is right."""
    digits = number.encode()  # sums over bytes are quick; "0" is 48 in them
    ones, threes = digits[-1::-2], digits[-2::-2]
    return sum(ones) + 3 * sum(threes) - 48 * (len(ones) + 3 * len(threes))


def has_valid_check_digit(number: str, lengths: tuple[int, ...]) -> bool:
    """Whether ``number`` has one of the lengths, digits only, and the right last digit."""
    if len(number) not in lengths or not (number.isascii() and number.isdigit()):
        return False
    return _weighed(number) % 10 == 0


def is_gtin(number: str) -> bool:
    """GTIN-8, -12 (UPC), -13 (EAN) or -14."""
    return has_valid_check_digit(number, (8, 12, 13, 14))


def is_gln(number: str) -> bool:
    return has_valid_check_digit(number, (13,))


def is_sscc(number: str) -> bool:
    return has_valid_check_digit(number, (18,))


def gtin14(number: str) -> str:
    """One form for comparison: padded with zeros on the left to 14 digits."""
    return number.rjust(14, "0")


def sscc(extension: int, company_prefix: str, serial: int) -> str:
    """A serial shipping container code: extension digit, GS1 company prefix, serial, check digit; 18 digits.

    Raises ValueError when the serial does not fit beside the prefix.
    """
    if not 0 <= extension <= 9:
        raise ValueError(f"the extension digit of an SSCC is 0 to 9, not {extension}")
    width = 16 - len(company_prefix)
    digits = f"{serial:0{width}d}"
    if serial < 0 or len(digits) > width:
        raise ValueError(f"serial {serial} does not fit into {width} digits beside the company prefix {company_prefix}")
    body = f"{extension}{company_prefix}{digits}"
    return body + check_digit(body)
