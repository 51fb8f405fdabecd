"""All partners of a workspace, and how an interchange finds the one it is from."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from b2bsync.partners.agreement import Agreement
from b2bsync.partners.identity import IDENTITY_RULES, Company, Identity
from b2bsync.partners.partner import Partner
from b2bsync.vocabulary.settings import Problem, near, read, read_toml
from b2bsync.vocabulary.stages import Stage


class Partners:
    """The partners that can work, by name; ``problems`` of those that cannot are returned by ``load`` beside it."""

    def __init__(self, partners: Iterable[Partner] = ()):
        self._by_name = {partner.name: partner for partner in partners}
        self._by_identity: dict[tuple[Identity, Identity, str], list[Partner]] = defaultdict(list)
        for partner in self._by_name.values():
            self._by_identity[partner.isa, partner.our_isa, partner.gs].append(partner)

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
        found = self._by_identity.get((Identity(*sender), Identity(*receiver), gs_sender), [])
        if len(found) == 1:
            return found[0]
        return next((partner for partner in found if partner.stage is stage), None)

    def why_unknown(
        self, sender: tuple[str, str], receiver: tuple[str, str], gs_sender: str, stage: Stage | None = None
    ) -> str:
        """What an operator needs to know when ``of_interchange`` found nobody: what came, what is nearest, what to
        do."""
        theirs, ours = Identity(*sender), Identity(*receiver)
        came = f"no partner has ISA sender {theirs}, ISA receiver {ours}, GS sender {gs_sender}"
        if self._by_identity.get((theirs, ours, gs_sender)):
            return f"{came} in the stage that ISA15 names ({stage or 'neither test nor production'})"
        advice = _nearest(self._by_name.values(), theirs, ours, gs_sender)
        return f"{came}; {advice or 'add a file for it to partners/'}"


def _nearest(partners: Iterable[Partner], theirs: Identity, ours: Identity, gs_sender: str) -> str:
    """The one partner that differs in one thing, and in which; an empty text when there is none."""
    partners = list(partners)
    for partner in partners:
        place = f"partner {partner.name} ({partner.file.name})"
        wrong = []
        if theirs != partner.isa and _alike(theirs, partner.isa):
            wrong.append(f"has {partner.isa} where {theirs} came (isa)")
        if ours != partner.our_isa and _alike(ours, partner.our_isa):
            wrong.append(f"has {partner.our_isa} as our identity where {ours} came (ours.isa or the company's isa)")
        alike = _alike(theirs, partner.isa) and _alike(ours, partner.our_isa)
        if alike and gs_sender != partner.gs:
            wrong.append(f"has {partner.gs} as GS sender where {gs_sender} came (gs)")
        if alike and wrong:
            return f"{place} {' and '.join(wrong)}; if that is who it is, correct it there"
        if theirs == partner.our_isa and ours == partner.isa:
            return f"sender and receiver of {place} are swapped: this looks like a file that we sent"
    for partner in partners:
        if theirs == partner.isa:
            place = f"partner {partner.name} ({partner.file.name})"
            return f"{place} has that sender, but our identity there is {partner.our_isa}, not {ours}"
    advice = near(theirs.id, (partner.isa.id for partner in partners))
    return f"add a file for it to partners/, or {advice}" if advice else ""


def _alike(one: Identity, other: Identity) -> bool:
    """Whether two identities are the same but for spelling: letter case, leading zeros, or a wrong qualifier."""
    return one.id.upper().lstrip("0") == other.id.upper().lstrip("0")


def load(
    folder: Path, companies: Mapping[str, Company] | None = None, company: str = "MAIN"
) -> tuple[Partners, list[Problem]]:
    """Every ``*.toml`` of a folder but those named ``_…``, in the order of their names. A file with a mistake is left
    out, with its problems.

    ``companies``: ours, by name; ``company``: which of them where a file does not say. Relative channel directories
    start at the folder's parent, the workspace. A folder that is not there holds no partners.
    """
    partners: list[Partner] = []
    problems: list[Problem] = []
    for file in sorted(folder.glob("[!_.]*.toml")):
        partner, wrong = _load_one(file, companies or {}, company)
        problems += wrong
        if partner is not None:
            partners.append(partner)
    clashing, wrong = _clashes(partners)
    return Partners(partner for partner in partners if partner.name not in clashing), problems + wrong


def _load_one(file: Path, companies: Mapping[str, Company], default: str) -> tuple[Partner | None, list[Problem]]:
    shown = f"{file.parent.name}/{file.name}"
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
    our_isa = agreement.ours.isa or us.isa
    if our_isa is None:
        advice = f'set isa = "ZZ:…" in [company.{company}] of config.toml, or in [ours] here'
        return None, [
            Problem(
                file=shown, key="ours.isa", what="is missing: nothing says who we are to this partner", advice=advice
            )
        ]
    gs = agreement.gs or agreement.isa.id
    # A company's own GS code belongs to its own ISA identity; beside another ISA identity the id is the better guess.
    our_gs = agreement.ours.gs or (agreement.ours.isa.id if agreement.ours.isa else us.gs or our_isa.id)
    workspace = file.parent.absolute().parent
    inbound, outbound = agreement.channel.inbound, agreement.channel.outbound
    effective = {
        "name": file.stem,
        "company": company,
        "gs": gs,
        "ours": {"isa": our_isa, "gs": our_gs},
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
        customer=agreement.customer,
        inbound=workspace / inbound if inbound is not None else None,
        outbound=workspace / outbound if outbound is not None else None,
        agreement=agreement,
        text=text.decode() + "\n",
        zone=us.zone,
    ), []


def _clashes(partners: list[Partner]) -> tuple[set[str], list[Problem]]:
    """Partners that cannot be told apart, and directories in which what we send would come back as received."""
    problems: list[Problem] = []
    clashing: set[str] = set()
    same: dict[tuple[object, ...], list[Partner]] = defaultdict(list)
    for partner in partners:
        same[partner.isa, partner.our_isa, partner.gs, partner.stage].append(partner)
    for group in same.values():
        for partner in group if len(group) > 1 else []:
            others = ", ".join(other.name for other in group if other is not partner)
            what = f"is {partner.isa} (GS sender {partner.gs}, our identity {partner.our_isa}), as it is of {others}"
            advice = "none of them is loaded, because files could not be told apart; correct isa, gs, ours.isa or stage"
            problems.append(
                Problem(file=f"{partner.file.parent.name}/{partner.file.name}", key="isa", what=what, advice=advice)
            )
            clashing.add(partner.name)
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
            problems.append(
                Problem(
                    file=f"{partner.file.parent.name}/{partner.file.name}", key="channel.in", what=what, advice=advice
                )
            )
            clashing.add(partner.name)
    for partner in partners:
        if partner.outbound is not None and (other := received.get(partner.outbound.resolve())) is not None:
            what = f"is the directory that files of {other} are received from: what we send would come back"
            problems.append(
                Problem(file=f"{partner.file.parent.name}/{partner.file.name}", key="channel.out", what=what)
            )
            clashing.add(partner.name)
    return clashing, problems
