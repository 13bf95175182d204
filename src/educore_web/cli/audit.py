"""`educore audit`: proving that nobody touched the audit trail."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from educore import PLATFORM, UnitOfWork, where
from educore.adapters.seals import KeyedSeal
from educore.audit import AuditEntry, Fault, FaultKind, Verification, list_chains, reseal_chains, verify_trail
from educore.organization import Center
from educore_web.cli.common import database_option, opened
from educore_web.cli.errors import Refusal, read_settings
from educore_web.cli.terminal import echo, visible

FOUND = {
    FaultKind.ALTERED: "entry {number} was altered{which}, or sealed with a key that is not known here",
    FaultKind.MISSING: "entry {number} is missing",
    FaultKind.FORGED: "entry {number} was put in{which}",
    FaultKind.REPLACED: "entry {number} is not the one that was kept{which}",
    FaultKind.CUT: "entries before entry {number} were cut off{which}",
    FaultKind.KEYLESS: "entry {number} is sealed without a key{which}",
    FaultKind.HEAD: "the note of where it ends was altered or removed",
    FaultKind.OLD_END: "since entry {number} nothing was entered under the present key; compare it with what was kept, "
    "then run `educore audit seal`",
    FaultKind.GONE: "all of it is gone",
}
KEPT = re.compile(r".*\((\d+)\): ([\d,]+) entries\b.*\bsealed ([0-9a-f]{64})\.\s*$")
"""A line written by `verify` or by the daily mail. The last numbers in it count: a Center's name precedes them."""

Kept = Mapping[int, Mapping[int, str]]
"""Digests from kept lines, by chain and by the number of the entry."""

OLD_KEY = "EDUCORE_AUDIT_OLD_KEY"


def _or_from_outside(context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """Return the keys given, or the one in the environment: click would split that one at its spaces."""
    return given or tuple(filter(None, [os.environ.get(OLD_KEY)]))


old_key_option = click.option(
    "--old-key",
    "old_keys",
    multiple=True,
    callback=_or_from_outside,
    help=f"A secret or key used before the present one, the oldest first; better given in {OLD_KEY}.",
)


@click.group()
def audit() -> None:
    """Prove that nobody touched the audit trail."""


@audit.command()
@click.option("--center", type=int, help="Only this Center, by number; 0 for what belongs to none.")
@click.option(
    "--against",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of lines that this command or the daily letter wrote: the trail must still pass through each.",
)
@click.option("--keep", type=click.Path(dir_okay=False, path_type=Path), help="Also add what it prints to this file.")
@click.option("--all-keyed", is_flag=True, help="Take no entry for one from before there was a key.")
@old_key_option
@database_option
def verify(
    center: int | None,
    against: Path | None,
    keep: Path | None,
    all_keyed: bool,
    old_keys: Sequence[str],
    database: str | None,
) -> None:
    """Verify the whole trail, Center by Center; exit with code 1 if it was tampered with.

    Keep the printed lines somewhere else, and pass them to --against later: nothing else reveals that the whole
    database was replaced with an older copy.
    """
    kept = _kept_in(against) if against else {}
    with opened(read_settings(database=database)) as platform, platform.school.work(PLATFORM, read_only=True) as uow:
        there = sorted({*list_chains(uow), *kept})
        if center is not None and center not in there:
            raise Refusal(
                f"There is no trail of a Center {center}; there are {', '.join(map(str, there)) or 'none yet'}."
            )
        wanted = [chain for chain in there if center in (None, chain)]
        proofs = [_proved(uow, chain, kept, _seals(old_keys), all_keyed) for chain in wanted]
        if keep:
            _add_to(keep, [_about_good(uow, proof) for proof in proofs if not proof.fault])
    if not proofs:
        echo("Nothing has been entered yet.")
    if against:
        echo(f"It was compared with {sum(len(kept[chain]) for chain in wanted if chain in kept)} lines that were kept.")
    if any(proof.fault for proof in proofs):
        raise click.exceptions.Exit(1)


@audit.command()
@old_key_option
@database_option
def seal(old_keys: Sequence[str], database: str | None) -> None:
    """Seal the ends of all chains with the present key: once after the upgrade that brought keys, or with a new key.

    Nothing is sealed if any chain was tampered with. Compare with lines kept earlier first (`educore audit verify
    --against`).
    """
    with opened(read_settings(database=database)) as platform, platform.school.work(PLATFORM) as uow:
        proofs = reseal_chains(uow, old_seals=_seals(old_keys))
        touched = [proof for proof in proofs if proof.fault and proof.fault.kind is not FaultKind.OLD_END]
        for proof in touched:
            echo(_about_fault(uow, proof), err=True)
    if touched:
        raise click.exceptions.Exit(1)
    echo(f"{len(proofs)} chains go on under the present key." if proofs else "Every chain ends under the present key.")


def _seals(old_keys: Sequence[str]) -> list[KeyedSeal]:
    """Return the seals earlier settings may have used: each old key taken as a secret, and as a key of the trail."""
    return [seal for key in old_keys for seal in (KeyedSeal.from_secret(key), KeyedSeal(key))]


def _kept_in(file: Path) -> Kept:
    """Return the digests from the lines of a file that describe a chain; other lines are skipped. Raises: Refusal."""
    kept: dict[int, dict[int, str]] = {}
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        if found := KEPT.match(line):
            number = int(found[2].replace(",", ""))
            if kept.setdefault(int(found[1]), {}).setdefault(number, found[3]) != found[3]:
                raise Refusal(f"{visible(str(file))} says two things about entry {number} of {found[1]}.")
    if not kept:
        raise Refusal(f"{visible(str(file))} has no line such as `educore audit verify` prints.")
    return kept


def _proved(uow: UnitOfWork, chain: int, kept: Kept, old_seals: Sequence[KeyedSeal], all_keyed: bool) -> Verification:
    proof = verify_trail(uow, chain=chain, old_seals=old_seals, known_digests=kept.get(chain), all_keyed=all_keyed)
    if proof.fault:
        echo(_about_fault(uow, proof), err=True)
    else:
        echo(_about_good(uow, proof))
    return proof


def _add_to(file: Path, lines: Sequence[str]) -> None:
    with file.open("a", encoding="utf-8") as opened:
        opened.writelines(f"{line}\n" for line in lines)


def _about_good(uow: UnitOfWork, proof: Verification) -> str:
    keyless = f" ({proof.keyless:,} of them from before there was a key)" if proof.keyless else ""
    said = f"{proof.entries:,} entries are intact{keyless}, the last is sealed {proof.digest}."
    return f"{_name(uow, proof.chain)}: {said}"


def _about_fault(uow: UnitOfWork, proof: Verification) -> str:
    intact = f"{proof.entries:,} entries before it are intact"
    return f"{_name(uow, proof.chain)}: {_said(uow, proof.fault)}; {intact}." if proof.fault else ""


def _said(uow: UnitOfWork, fault: Fault) -> str:
    which = "".join(f" ({_row(e)}, {e.action} {e.at:%Y-%m-%d %H:%M} UTC)" for e in _entry(uow, fault))
    return FOUND[fault.kind].format(number=f"{fault.number:,}", which=visible(which))


def _row(entry: AuditEntry) -> str:
    return f"{entry.kind} {entry.row_id}" + (f", {entry.row_name}" if entry.row_name else "")


def _entry(uow: UnitOfWork, fault: Fault) -> list[AuditEntry]:
    return [] if fault.entry_id is None else uow.find(AuditEntry, where(id=fault.entry_id))


def _name(uow: UnitOfWork, chain: int) -> str:
    for center in uow.find(Center, where(id=chain)):
        return f"{visible(center.name)} ({chain})"
    return f"A Center that is gone ({chain})" if chain else "No Center (0)"
