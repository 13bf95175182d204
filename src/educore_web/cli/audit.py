"""`educore audit`: proof that the audit trail was not changed."""

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
from educore_web.cli.common import database_option, use_platform
from educore_web.cli.errors import CommandError, read_settings
from educore_web.cli.terminal import echo, escape

FAULT_TEXTS = {
    FaultKind.ALTERED: "entry {number} was altered{which}, or sealed with a key that was not given",
    FaultKind.MISSING: "entry {number} is missing",
    FaultKind.FORGED: "entry {number} was inserted{which}",
    FaultKind.REPLACED: "entry {number} differs from the saved line{which}",
    FaultKind.CUT: "entries before entry {number} were cut off{which}",
    FaultKind.KEYLESS: "entry {number} is sealed without a key{which}",
    FaultKind.HEAD: "the record of its end was altered or removed",
    FaultKind.OLD_END: "its end, entry {number}, is not sealed with the present key; compare it with saved lines, "
    "then run `educore audit seal`",
    FaultKind.GONE: "all entries are gone",
}
SAVED_LINE = re.compile(r".*\((\d+)\): ([\d,]+) entries\b.*\bsealed ([0-9a-f]{64})\.\s*$")
"""A line of `verify` or of the daily mail. Its last numbers count, because the name of a Center precedes them."""

SavedDigests = Mapping[int, Mapping[int, str]]
"""Digests from saved lines, by chain and by the number of the entry."""

OLD_KEY = "EDUCORE_AUDIT_OLD_KEY"


def _read_old_keys(context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """Return the keys of the options, or the one in the environment, which click would split at its spaces."""
    return given or tuple(filter(None, [os.environ.get(OLD_KEY)]))


old_key_option = click.option(
    "--old-key",
    "old_keys",
    multiple=True,
    callback=_read_old_keys,
    help=f"A secret or key used before the present one, the oldest first; better set in {OLD_KEY}.",
)


@click.group()
def audit() -> None:
    """Prove that the audit trail was not changed."""


@audit.command()
@click.option("--center", type=int, help="Only this Center, by number; 0 for entries that belong to no Center.")
@click.option(
    "--against",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of lines that this command or the daily mail wrote: the trail must still contain each.",
)
@click.option(
    "--keep", type=click.Path(dir_okay=False, path_type=Path), help="Also append the printed lines to this file."
)
@click.option("--all-keyed", is_flag=True, help="Report entries without a key as a fault, even the oldest.")
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
    """Verify the whole trail, Center by Center; exit with code 1 if it was changed.

    Save the printed lines on another machine, and pass them to --against later: nothing else reveals that the whole
    database was replaced by an older copy.
    """
    saved = _read_saved_digests(against) if against else {}
    with (
        use_platform(read_settings(database=database)) as platform,
        platform.school.work(PLATFORM, read_only=True) as uow,
    ):
        known = sorted({*list_chains(uow), *saved})
        if center is not None and center not in known:
            raise CommandError(
                f"Center {center} has no audit trail; these have one: {', '.join(map(str, known)) or 'none yet'}."
            )
        selected = [chain for chain in known if center in (None, chain)]
        proofs = [_verify_chain(uow, chain, saved, _old_seals(old_keys), all_keyed) for chain in selected]
        if keep:
            _append_lines(keep, [_describe_intact(uow, proof) for proof in proofs if not proof.fault])
    if not proofs:
        echo("The audit trail is empty.")
    if against:
        echo(f"Compared with {sum(len(saved[chain]) for chain in selected if chain in saved)} saved lines.")
    if any(proof.fault for proof in proofs):
        raise click.exceptions.Exit(1)


@audit.command()
@old_key_option
@database_option
def seal(old_keys: Sequence[str], database: str | None) -> None:
    """Seal the ends of all chains with the present key: after a new key, or once after the upgrade that added keys.

    Nothing is sealed if any chain was changed. Compare with saved lines first (`educore audit verify --against`).
    """
    with use_platform(read_settings(database=database)) as platform, platform.school.work(PLATFORM) as uow:
        proofs = reseal_chains(uow, old_seals=_old_seals(old_keys))
        changed = [proof for proof in proofs if proof.fault and proof.fault.kind is not FaultKind.OLD_END]
        for proof in changed:
            echo(_describe_fault(uow, proof), err=True)
    if changed:
        raise click.exceptions.Exit(1)
    echo(f"{len(proofs)} chains are now sealed with the present key." if proofs else "All chains are sealed already.")


def _old_seals(old_keys: Sequence[str]) -> list[KeyedSeal]:
    """Return the seals of old keys. Each key may have been EDUCORE_SECRET or EDUCORE_AUDIT_KEY, so both are tried."""
    return [seal for key in old_keys for seal in (KeyedSeal.from_secret(key), KeyedSeal(key))]


def _read_saved_digests(file: Path) -> SavedDigests:
    """Return the digests in the lines about chains; other lines are skipped. Raises: CommandError."""
    saved: dict[int, dict[int, str]] = {}
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        if found := SAVED_LINE.match(line):
            number = int(found[2].replace(",", ""))
            if saved.setdefault(int(found[1]), {}).setdefault(number, found[3]) != found[3]:
                raise CommandError(f"{escape(str(file))} has two different digests for entry {number} of {found[1]}.")
    if not saved:
        raise CommandError(f"{escape(str(file))} has no line of `educore audit verify`.")
    return saved


def _verify_chain(
    uow: UnitOfWork, chain: int, saved: SavedDigests, old_seals: Sequence[KeyedSeal], all_keyed: bool
) -> Verification:
    proof = verify_trail(uow, chain=chain, old_seals=old_seals, known_digests=saved.get(chain), all_keyed=all_keyed)
    if proof.fault:
        echo(_describe_fault(uow, proof), err=True)
    else:
        echo(_describe_intact(uow, proof))
    return proof


def _append_lines(file: Path, lines: Sequence[str]) -> None:
    with file.open("a", encoding="utf-8") as opened:
        opened.writelines(f"{line}\n" for line in lines)


def _describe_intact(uow: UnitOfWork, proof: Verification) -> str:
    keyless = f" ({proof.keyless:,} of them from before there was a key)" if proof.keyless else ""
    text = f"{proof.entries:,} entries are intact{keyless}, the last is sealed {proof.digest}."
    return f"{_name_chain(uow, proof.chain)}: {text}"


def _describe_fault(uow: UnitOfWork, proof: Verification) -> str:
    intact = f"{proof.entries:,} entries before it are intact"
    return (
        f"{_name_chain(uow, proof.chain)}: {_describe_fault_kind(uow, proof.fault)}; {intact}." if proof.fault else ""
    )


def _describe_fault_kind(uow: UnitOfWork, fault: Fault) -> str:
    which = "".join(f" ({_describe_row(e)}, {e.action} {e.at:%Y-%m-%d %H:%M} UTC)" for e in _find_entry(uow, fault))
    return FAULT_TEXTS[fault.kind].format(number=f"{fault.number:,}", which=escape(which))


def _describe_row(entry: AuditEntry) -> str:
    return f"{entry.kind} {entry.row_id}" + (f", {entry.row_name}" if entry.row_name else "")


def _find_entry(uow: UnitOfWork, fault: Fault) -> list[AuditEntry]:
    return [] if fault.entry_id is None else uow.find(AuditEntry, where(id=fault.entry_id))


def _name_chain(uow: UnitOfWork, chain: int) -> str:
    for center in uow.find(Center, where(id=chain)):
        return f"{escape(center.name)} ({chain})"
    return f"A deleted Center ({chain})" if chain else "No Center (0)"
