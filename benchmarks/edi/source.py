"""Interchanges for the benchmarks: from a fixed seed, with values, optional segments and an order of them that vary."""

import random
from collections.abc import Iterator

from b2bsync.vocabulary.identifiers import check_digit

NAMES = ("Maple Market", "North Supply", "Harbour Foods", "Kline and Sons", "Blue Door", "Orchard Lane Stores")
STREETS = ("Orchard Lane", "Mill Road", "Station Street", "Quay", "High Street")
TOWNS = (("Dover", "DE", "19901"), ("Salem", "OR", "97301"), ("Austin", "TX", "73301"), ("Boise", "ID", "83702"))
WORDS = (
    "garden",
    "twine",
    "steel",
    "hinge",
    "oak",
    "panel",
    "blue",
    "large",
    "box",
    "of",
    "ten",
    "seed",
    "tray",
    "valve",
)
UNITS = ("EA", "CA", "BX", "DZ", "PK")


class Source:
    """Makes up documents; two of the same seed make up the same."""

    def __init__(self, seed: int = 1) -> None:
        self.random = random.Random(seed)
        self.number = 0

    def text(self, most: int) -> str:
        chosen = [self.random.choice(WORDS) for _ in range(self.random.randint(2, 6))]
        return " ".join(chosen)[:most].strip()

    def gtin(self) -> str:
        body = f"{self.random.randrange(10**11, 10**12)}"
        return body + check_digit(body)

    def gln(self) -> str:
        return self.gtin()

    def day(self) -> str:
        return f"2026{self.random.randint(1, 12):02d}{self.random.randint(1, 28):02d}"

    def price(self) -> str:
        return f"{self.random.randint(1, 99_999) / 100:g}"

    # X12

    def order(self) -> list[str]:
        """An 850 of 20 lines, from BEG to CTT."""
        r = self.random
        self.number += 1
        lines = [f"BEG*00*SA*PO-{self.number:07d}**{self.day()}"]
        if r.random() < 0.5:
            lines.append("CUR*BY*USD")
        for qualifier in r.sample(("DP", "IA", "VR", "CO"), r.randint(0, 3)):
            lines.append(f"REF*{qualifier}*{r.randrange(10_000)}")
        if r.random() < 0.4:
            lines.append(f"PER*BD*{r.choice(NAMES)}*TE*555{r.randrange(10_000):04d}")
        for qualifier in r.sample(("002", "010", "001"), r.randint(1, 3)):
            lines.append(f"DTM*{qualifier}*{self.day()}")
        for party in r.sample(("BY", "ST", "BT"), 3):
            lines.append(f"N1*{party}*{r.choice(NAMES)}*92*{r.randrange(10_000):04d}")
            if r.random() < 0.7:
                lines.append(f"N3*{r.randint(1, 900)} {r.choice(STREETS)}")
                lines.append("N4*{}*{}*{}*US".format(*r.choice(TOWNS)))
        total = 0
        for n in range(1, 21):
            pairs = f"*VP*V-{r.randrange(10_000)}" + (f"*EN*{self.gtin()}" if r.random() < 0.5 else "")
            quantity = r.randint(1, 500)
            total += quantity
            lines.append(f"PO1*{n}*{quantity}*{r.choice(UNITS)}*{self.price()}*PE{pairs}")
            if r.random() < 0.3:
                lines.append(f"CTP**CAT*{self.price()}")
            if r.random() < 0.9:
                lines.append(f"PID*F****{self.text(80)}")
            if r.random() < 0.3:
                lines.append(f"PO4*{r.randint(1, 48)}*{r.randint(1, 9)}*EA")
            if r.random() < 0.2:
                lines.append(f"SAC*A*D240***{r.randint(1, 5000)}")
        return [*lines, f"CTT*20*{total}"]

    def invoice(self) -> list[str]:
        """An 810 of 20 lines, from BIG to CTT."""
        r = self.random
        self.number += 1
        lines = [f"BIG*{self.day()}*INV-{self.number:07d}*{self.day()}*PO-{self.number:07d}"]
        for qualifier in r.sample(("DP", "IA", "BM"), r.randint(0, 3)):
            lines.append(f"REF*{qualifier}*{r.randrange(10_000)}")
        for party in r.sample(("RE", "ST", "BT"), 3):
            lines.append(f"N1*{party}*{r.choice(NAMES)}*92*{r.randrange(10_000):04d}")
            if r.random() < 0.7:
                lines.append(f"N3*{r.randint(1, 900)} {r.choice(STREETS)}")
                lines.append("N4*{}*{}*{}*US".format(*r.choice(TOWNS)))
        lines.append(f"ITD*01*3*2**10**{r.randint(20, 90)}")
        lines.append(f"DTM*011*{self.day()}")
        for n in range(1, 21):
            lines.append(f"IT1*{n}*{r.randint(1, 500)}*{r.choice(UNITS)}*{self.price()}*PE*VP*V-{r.randrange(10_000)}")
            if r.random() < 0.9:
                lines.append(f"PID*F****{self.text(80)}")
            if r.random() < 0.3:
                lines.append(f"REF*CO*{r.randrange(100_000)}")
        lines.append(f"TDS*{r.randint(1000, 9_999_999)}")
        if r.random() < 0.5:
            lines.append(f"SAC*C*D240***{r.randint(1, 5000)}")
        return [*lines, "CTT*20"]

    # EDIFACT

    def orders(self) -> list[str]:
        """An ORDERS D96A of 20 lines, from BGM to CNT; release characters in one of twenty texts."""
        r = self.random
        self.number += 1
        lines = [f"BGM+220+PO-{self.number:07d}+9", f"DTM+137:{self.day()}:102"]
        if r.random() < 0.7:
            lines.append(f"DTM+2:{self.day()}:102")
        if r.random() < 0.4:
            lines.append(f"FTX+DEL+++{self.text(70)}")
        for qualifier in r.sample(("CT", "PD", "ACE"), r.randint(0, 2)):
            lines.append(f"RFF+{qualifier}:{r.randrange(100_000)}")
        for party in r.sample(("BY", "SU", "DP"), 3):
            lines.append(f"NAD+{party}+{self.gln()}::9")
            if r.random() < 0.3:
                lines.append(f"CTA+OC+:{r.choice(NAMES)}")
        lines.append("CUX+2:EUR:9")
        for n in range(1, 21):
            lines.append(f"LIN+{n}++{self.gtin()}:EN")
            if r.random() < 0.6:
                lines.append(f"PIA+1+V-{r.randrange(10_000)}:SA")
            if r.random() < 0.9:
                text = self.text(60) + (" 50 ?+ 2 ?: more" if r.random() < 0.05 else "")
                lines.append(f"IMD+F++:::{text[:35] if '?' not in text else text[-35:].strip('? ')}")
            lines.append(f"QTY+21:{r.randint(1, 500)}:PCE")
            if r.random() < 0.3:
                lines.append(f"DTM+2:{self.day()}:102")
            lines.append(f"PRI+AAA:{self.price()}")
        return [*lines, "UNS+S", "CNT+2:20"]

    # whole

    def body(self, type: str) -> list[str]:
        return {"850": self.order, "810": self.invoice, "ORDERS": self.orders}[type]()

    @staticmethod
    def separator(type: str) -> str:
        return "+" if type == "ORDERS" else "*"

    @staticmethod
    def wrapped(type: str, number: int, body: list[str]) -> list[str]:
        """A document with its header and trailer."""
        if type == "ORDERS":
            return [f"UNH+{number}+ORDERS:D:96A:UN:EAN008", *body, f"UNT+{len(body) + 2}+{number}"]
        return [f"ST*{type}*{number:04d}", *body, f"SE*{len(body) + 2}*{number:04d}"]

    def document(self, type: str, number: int) -> list[str]:
        """The segments from header to trailer."""
        return self.wrapped(type, number, self.body(type))

    def interchange(self, type: str, size: int) -> Iterator[bytes]:
        """One of at least so many bytes."""
        return self.edifact(size) if type == "ORDERS" else self.x12(type, size)

    def x12(self, type: str, size: int) -> Iterator[bytes]:
        """An interchange of X12, ten sets to a group."""
        code = {"850": "PO", "810": "IN"}[type]
        head = (
            "ISA*00*          *00*          *ZZ*MAPLEMARKET    *ZZ*NORTHSUPPLY    *260914*0930*U*00401*000000001*0*P*>~"
        )
        yield head.encode()
        made, groups = len(head), 0
        while made < size:
            groups += 1
            sets = "".join([segment + "~" for n in range(1, 11) for segment in self.document(type, n)])
            text = f"GS*{code}*MAPLE*NORTH*20260914*0930*{groups}*X*004010~{sets}GE*10*{groups}~"
            made += len(text)
            yield text.encode()
        yield f"IEA*{groups}*000000001~".encode()

    def edifact(self, size: int) -> Iterator[bytes]:
        """An interchange of EDIFACT."""
        head = "UNB+UNOC:3+4012345000009:14+5412345000013:14+260914:0930+M1'"
        yield head.encode()
        made, messages = len(head), 0
        while made < size:
            messages += 1
            text = "".join([segment + "'" for segment in self.document("ORDERS", messages)])
            made += len(text)
            yield text.encode()
        yield f"UNZ+{messages}+M1'".encode()
