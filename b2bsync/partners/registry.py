"""All partners of a workspace, and how an interchange finds the one it is from."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from b2bsync.partners.agreement import Agreement
from b2bsync.partners.identity import IDENTITY_RULES, Company, EdifactIdentity, Identity
from b2bsync.partners.partner import Partner
from b2bsync.vocabulary.settings import Problem, near, read, read_toml
from b2bsync.vocabulary.stages import Stage


class Partners:
    """The partners that can work, by name; ``problems`` of those that cannot are returned by ``load`` beside it."""

    def __init__(self, partners: Iterable[Partner] = ()):
        self._by_name = {partner.name: partner for partner in partners}
        self._by_identity: dict[_Key, list[Partner]] = defaultdict(list)
        for partner in self._by_name.values():
            for side in _sides(partner):
                self._by_identity[side.known_by].append(partner)

    def __iter__(self) -> Iterator[Partner]:
        return iter(self._by_name.values())

    def __len__(self) -> int:
        return len(self._by_name)

    def names(self) -> list[str]:
        return sorted(self._by_name)

    def get(self, name: str) -> Partner | None:
        return self._by_name.get(name)

    def of_interchange(
        self, sender: tuple[str, str], receiver: tuple[str, str], gs_sender: str, stage: Stage | None = None
    ) -> Partner | None:
        """The partner whose identities these are, exactly: ISA05/06, ISA07/08, GS02 (padding removed); else None.

        One set of identities may belong to a test and a production partner; then ``stage`` (from ISA15) decides. The
        partner found may still be of another stage than the interchange: the stage wall is for the caller to hold.
        """
        return self._of(("isa", Identity(*sender), Identity(*receiver), gs_sender), stage)

    def of_edifact(
        self, sender: tuple[str, str], receiver: tuple[str, str], stage: Stage | None = None
    ) -> Partner | None:
        """The partner whose identities these are, exactly: UNB S002 and S003 (qualifier, identification), whatever UNG
        says; else None. ``stage`` (from UNB 0035) as in :meth:`of_interchange`."""
        return self._of(("unb", Identity(*sender), Identity(*receiver), ""), stage)

    def _of(self, key: "_Key", stage: Stage | None) -> Partner | None:
        found = self._by_identity.get(key, [])
        if len(found) == 1:
            return found[0]
        return next((partner for partner in found if partner.stage is stage), None)

    def why_unknown(
        self, sender: tuple[str, str], receiver: tuple[str, str], gs_sender: str, stage: Stage | None = None
    ) -> str:
        """What an operator needs to know when ``of_interchange`` found nobody: what came, what is nearest, what to
        do."""
        key = ("isa", Identity(*sender), Identity(*receiver), gs_sender)
        came = f"no partner has ISA sender {key[1]}, ISA receiver {key[2]}, GS sender {gs_sender}"
        return self._why_unknown(key, came, "ISA15", stage)

    def why_unknown_edifact(
        self, sender: tuple[str, str], receiver: tuple[str, str], stage: Stage | None = None
    ) -> str:
        """The same when ``of_edifact`` found nobody."""
        key = ("unb", Identity(*sender), Identity(*receiver), "")
        came = f"no partner has UNB sender {key[1]}, UNB receiver {key[2]}"
        return self._why_unknown(key, came, "UNB 0035", stage)

    def _why_unknown(self, key: "_Key", came: str, where: str, stage: Stage | None) -> str:
        if self._by_identity.get(key):
            return f"{came} in the stage that {where} names ({stage or 'neither test nor production'})"
        sides = [side for partner in self for side in _sides(partner) if side.key == key[0]]
        return f"{came}; {_nearest(sides, *key[1:]) or 'add a file for it to partners/'}"


_Key = tuple[str, Identity, Identity, str]
"""By what an interchange is known: ``isa`` or ``unb``, sender, receiver, in X12 the group's sender, too."""


class _Side(NamedTuple):
    """A partner's identities in one of the standards. ``key`` is that of the file, ``isa`` or ``unb``; ``gs`` is empty
    in EDIFACT."""

    partner: Partner
    key: str
    theirs: Identity
    ours: Identity
    gs: str

    @property
    def known_by(self) -> _Key:
        return self.key, self.theirs, self.ours, self.gs

    @property
    def place(self) -> str:
        return f"partner {self.partner.name} ({self.partner.file.name})"


def _sides(partner: Partner) -> Iterator[_Side]:
    if partner.isa is not None and partner.our_isa is not None:
        yield _Side(partner, "isa", partner.isa, partner.our_isa, partner.gs)
    if partner.unb is not None and partner.our_unb is not None:
        theirs, ours = partner.unb, partner.our_unb
        yield _Side(partner, "unb", Identity(theirs.qualifier, theirs.id), Identity(ours.qualifier, ours.id), "")


def _nearest(sides: Sequence[_Side], theirs: Identity, ours: Identity, gs_sender: str) -> str:
    """The one partner that differs in one thing, and in which; an empty text when there is none."""
    for side in sides:
        key = side.key
        wrong = []
        if theirs != side.theirs and _alike(theirs, side.theirs):
            wrong.append(f"has {side.theirs} where {theirs} came ({key})")
        if ours != side.ours and _alike(ours, side.ours):
            wrong.append(f"has {side.ours} as our identity where {ours} came (ours.{key} or the company's {key})")
        alike = _alike(theirs, side.theirs) and _alike(ours, side.ours)
        if alike and side.gs and gs_sender != side.gs:
            wrong.append(f"has {side.gs} as GS sender where {gs_sender} came (gs)")
        if alike and wrong:
            return f"{side.place} {' and '.join(wrong)}; if that is who it is, correct it there"
        if theirs == side.ours and ours == side.theirs:
            return f"sender and receiver of {side.place} are swapped: this looks like a file that we sent"
    for side in sides:
        if theirs == side.theirs:
            return f"{side.place} has that sender, but our identity there is {side.ours}, not {ours}"
    advice = near(theirs.id, (side.theirs.id for side in sides))
    return f"add a file for it to partners/, or {advice}" if advice else ""


def _alike(one: Identity, other: Identity) -> bool:
    """Whether two identities are the same but for spelling: letter case, leading zeros, or a wrong qualifier."""
    return one.id.upper().lstrip("0") == other.id.upper().lstrip("0")


def load(
    folder: Path,
    companies: Mapping[str, Company] | None = None,
    company: str = "MAIN",
    findings: Collection[str] | None = None,
) -> tuple[Partners, list[Problem]]:
    """Every ``*.toml`` of a folder but those named ``_…``, in the order of their names. A file with a mistake is left
    out, with its problems.

    ``companies``: ours, by name; ``company``: which of them where a file does not say. ``findings``: the codes that
    ``[receive.findings]`` may name; None: whatever it names. Relative channel directories start at the folder's parent,
    the workspace. A folder that is not there holds no partners.
    """
    partners: list[Partner] = []
    problems: list[Problem] = []
    for file in sorted(folder.glob("[!_.]*.toml")):
        partner, wrong = _load_one(file, companies or {}, company, findings)
        problems += wrong
        if partner is not None:
            partners.append(partner)
    clashing, wrong = _clashes(partners)
    return Partners(partner for partner in partners if partner.name not in clashing), problems + wrong


def _load_one(
    file: Path, companies: Mapping[str, Company], default: str, findings: Collection[str] | None
) -> tuple[Partner | None, list[Problem]]:
    shown = _shown(file)
    if "#" in file.stem:  # lanes beside each other are numbered so: orders:acme#1
        what = f"is {file.stem!r}: a partner's name has no #"
        return None, [Problem(file=shown, key="", what=what, advice="rename the file")]
    table, problems = read_toml(file, shown)
    if problems:
        return None, problems
    agreement, problems = read(Agreement, table, shown, rules=IDENTITY_RULES)
    if agreement is None:
        return None, problems
    company = agreement.company or default
    if agreement.company is not None and company not in companies:
        allowed = ", ".join(sorted(companies)) or "none: config.toml has no [company.NAME]"
        return None, [
            Problem(file=shown, key="company", what=f"is {company!r}", allowed=allowed, advice=near(company, companies))
        ]
    us = companies.get(company, Company())
    problems = [*_identities(agreement, us, company, shown), *_findings(agreement, findings, shown)]
    if problems:
        return None, problems
    return _partner(file, agreement, company, us), []


def _identities(agreement: Agreement, us: Company, company: str, shown: str) -> Iterator[Problem]:
    """What is missing of theirs and ours for the documents that were agreed."""
    if agreement.isa is None and agreement.unb is None:
        yield Problem(
            file=shown, key="isa", what="is missing, and so is unb: nothing says who they are",
            allowed=f"{IDENTITY_RULES[Identity].allowed}; for EDIFACT unb: {IDENTITY_RULES[EdifactIdentity].allowed}",
        )  # fmt: skip
        return
    for key, theirs, ours in (
        ("isa", agreement.isa, agreement.ours.isa or us.isa),
        ("unb", agreement.unb, agreement.ours.unb or us.unb),
    ):
        if theirs is not None and ours is None:
            example = f"{key} = " + ('"ZZ:…"' if key == "isa" else '"14:…"')
            advice = f"set {example} in [company.{company}] of config.toml, or in [ours] here"
            what = "is missing: nothing says who we are to this partner"
            yield Problem(file=shown, key=f"ours.{key}", what=what, advice=advice)
        types = [
            type
            for type in dict.fromkeys((*agreement.documents.receive, *agreement.documents.send))
            if type.isdigit() is (key == "isa")
        ]
        if theirs is None and types:
            what = f"is missing, which {' '.join(types)} in [documents] need{'s' if len(types) == 1 else ''}"
            allowed = IDENTITY_RULES[Identity if key == "isa" else EdifactIdentity].allowed
            yield Problem(file=shown, key=key, what=what, allowed=allowed)


def _findings(agreement: Agreement, known: Collection[str] | None, shown: str) -> Iterator[Problem]:
    """Codes in ``[receive.findings]`` that nothing finds."""
    for code in agreement.receive.findings:
        if known is not None and code not in known:
            yield Problem(
                file=shown, key=f"receive.findings.{code}", what="is no finding", allowed=", ".join(sorted(known)),
                advice=near(code, known),
            )  # fmt: skip


def _partner(file: Path, agreement: Agreement, company: str, us: Company) -> Partner:
    """An agreement with everything resolved."""
    our_isa = (agreement.ours.isa or us.isa) if agreement.isa else None
    our_unb = (agreement.ours.unb or us.unb) if agreement.unb else None
    gs = agreement.gs or (agreement.isa.id if agreement.isa else "")
    # A company's own GS code belongs to its own ISA identity; beside another ISA identity the id is the better guess.
    our_gs = agreement.ours.gs or (
        agreement.ours.isa.id if agreement.ours.isa else us.gs or (our_isa.id if our_isa else "")
    )
    workspace = file.parent.absolute().parent
    inbound, outbound = agreement.channel.inbound, agreement.channel.outbound
    effective = {
        "name": file.stem,
        "company": company,
        "gs": gs,
        "ours": {"isa": our_isa, "gs": our_gs, "unb": our_unb},
    }
    text = msgspec.json.format(
        msgspec.json.encode({**msgspec.to_builtins(agreement), **msgspec.to_builtins(effective)}, order="sorted")
    )
    return Partner(
        name=file.stem,
        file=file,
        title=agreement.title or file.stem,
        company=company,
        stage=agreement.stage,
        starts=agreement.starts,
        isa=agreement.isa,
        gs=gs,
        our_isa=our_isa,
        our_gs=our_gs,
        unb=agreement.unb,
        our_unb=our_unb,
        customer=agreement.customer,
        inbound=workspace / inbound if inbound is not None else None,
        outbound=workspace / outbound if outbound is not None else None,
        agreement=agreement,
        text=text.decode() + "\n",
        zone=us.zone,
    )


def _shown(file: Path) -> str:
    return f"{file.parent.name}/{file.name}"


def _clashes(partners: list[Partner]) -> tuple[set[str], list[Problem]]:
    """Partners that cannot be told apart, and directories in which what we send would come back as received."""
    problems: list[Problem] = []
    clashing: set[str] = set()
    same: dict[tuple[_Key, Stage], list[_Side]] = defaultdict(list)
    for partner in partners:
        for side in _sides(partner):
            same[side.known_by, partner.stage].append(side)
    for sides in same.values():
        for side in sides if len(sides) > 1 else []:
            others = ", ".join(other.partner.name for other in sides if other is not side)
            gs = f"GS sender {side.gs}, " if side.gs else ""
            what = f"is {side.theirs} ({gs}our identity {side.ours}), as it is of {others}"
            correct = "isa, gs, ours.isa" if side.key == "isa" else "unb, ours.unb"
            advice = f"none of them is loaded, because files could not be told apart; correct {correct} or stage"
            problems.append(Problem(file=_shown(side.partner.file), key=side.key, what=what, advice=advice))
            clashing.add(side.partner.name)
    received = {partner.inbound.resolve(): partner.name for partner in partners if partner.inbound is not None}
    shared: dict[Path, list[Partner]] = defaultdict(list)
    for partner in partners:
        if partner.inbound is not None:
            shared[partner.inbound.resolve()].append(partner)
    for group in shared.values():
        for partner in group if len(group) > 1 else []:
            others = ", ".join(other.name for other in group if other is not partner)
            what = f"is the directory that files of {others} are received from too"
            advice = "none of them is loaded, because nothing tells whose file lies there; give each its own"
            problems.append(Problem(file=_shown(partner.file), key="channel.in", what=what, advice=advice))
            clashing.add(partner.name)
    for partner in partners:
        if partner.outbound is not None and (other := received.get(partner.outbound.resolve())) is not None:
            what = f"is the directory that files of {other} are received from: what we send would come back"
            problems.append(Problem(file=_shown(partner.file), key="channel.out", what=what))
            clashing.add(partner.name)
    return clashing, problems
