"""Character sets by the syntax identifier of UNB (ISO 9735-1 §6, data element 0001)."""

_CHARSETS = {
    "UNOA": "ascii",
    "UNOB": "ascii",
    "UNOC": "latin-1",
    "UNOD": "iso8859-2",
    "UNOE": "iso8859-5",
    "UNOF": "iso8859-7",
    "UNOG": "iso8859-3",
    "UNOH": "iso8859-4",
    "UNOI": "iso8859-6",
    "UNOJ": "iso8859-8",
    "UNOK": "iso8859-9",
    "UNOL": "iso8859-15",
    "UNOW": "utf-8",
    "UNOY": "utf-8",
}


def charset(version: str) -> str | None:
    """The character set of an interchange whose header says ``UNOC:3``; None where it says none that is known."""
    return _CHARSETS.get(version[:4].upper())


def decoded(raw: str, charset: str | None) -> str:
    """Text whose characters are bytes (Latin-1) as it was meant: UTF-8 where it is that, else in the charset.

    UTF-8 comes first because it comes under any identifier, and text in another charset is hardly ever valid UTF-8.
    """
    try:
        data = raw.encode("latin-1")
    except UnicodeError:  # decoded already
        return raw
    for name in ("utf-8", charset or "latin-1"):
        try:
            text = data.decode(name)
        except UnicodeError:
            continue
        if not any("\ue000" <= character <= "\ue004" for character in text):  # they stand for released characters
            return text
    return raw
