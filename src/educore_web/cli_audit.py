"""`educore audit`: proving that nobody touched the audit trail."""

from __future__ import annotations

import click

from educore import PLATFORM, AuditEntry, Center, Fault, FaultKind, Proof, UnitOfWork, chains, verify_trail, where
from educore_web.opening import database_option, opened
from educore_web.refusal import Refusal, read_settings

FOUND = {
    FaultKind.ALTERED: "entry {number} was altered{which}",
    FaultKind.MISSING: "entry {number} is missing",
    FaultKind.FORGED: "entry {number} was put in{which}",
    FaultKind.HEAD: "the note of where it ends was altered or removed",
}


@click.group()
def audit() -> None:
    """Prove that nobody touched the audit trail."""


@audit.command()
@click.option("--center", type=int, help="Only this Center, by number; 0 for what belongs to none.")
@database_option
def verify(center: int | None, database: str | None) -> None:
    """Read the whole trail, Center by Center; end with code 1 where it was touched.

    The digests printed are worth keeping elsewhere: whoever can rewrite the whole database could make up another trail,
    but not one that ends in the same digest.
    """
    with opened(read_settings(database=database)) as platform, platform.school.work(PLATFORM, read_only=True) as uow:
        there = chains(uow)
        if center is not None and center not in there:
            raise Refusal(
                f"There is no trail of a Center {center}; there are {', '.join(map(str, there)) or 'none yet'}."
            )
        proofs = [_proved(uow, chain) for chain in there if center in (None, chain)]
    if not proofs:
        click.echo("Nothing has been entered yet.")
    if any(proof.fault for proof in proofs):
        raise click.exceptions.Exit(1)


def _proved(uow: UnitOfWork, chain: int) -> Proof:
    proof = verify_trail(uow, chain=chain)
    if proof.fault:
        intact = f"{proof.entries:,} entries before it are intact"
        click.echo(f"{_name(uow, chain)}: {_said(uow, proof.fault)}; {intact}.", err=True)
    else:
        click.echo(f"{_name(uow, chain)}: {proof.entries:,} entries are intact, the last is sealed {proof.digest}.")
    return proof


def _said(uow: UnitOfWork, fault: Fault) -> str:
    which = "".join(f" ({e.kind} {e.row_id}, {e.action} {e.at:%Y-%m-%d %H:%M} UTC)" for e in _entry(uow, fault))
    return FOUND[fault.kind].format(number=f"{fault.number:,}", which=which)


def _entry(uow: UnitOfWork, fault: Fault) -> list[AuditEntry]:
    return [] if fault.entry_id is None else uow.find(AuditEntry, where(id=fault.entry_id))


def _name(uow: UnitOfWork, chain: int) -> str:
    for center in uow.find(Center, where(id=chain)):
        return f"{center.name} ({chain})"
    return f"A Center that is gone ({chain})" if chain else "No Center (0)"
