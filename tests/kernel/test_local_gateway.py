"""The local gateway: what payers do, and one file for many threads and processes."""

from __future__ import annotations

import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from threading import Barrier

import pytest

from educore import Unauthenticated, memory_ports
from educore.adapters.gateways.local import LocalGateway
from educore.kernel import GatewayFailed, IntentState, Ports, Provider
from support.gateways.benches import new_key, open_intent

OPEN_ONE = """
import sys
from decimal import Decimal
from pathlib import Path
from educore.adapters.gateways.local import LocalGateway

sys.stdin.readline()  # until all processes are there
gateway = LocalGateway(Path(sys.argv[1]))
print(gateway.open(amount=Decimal(10), currency="EUR", key="educore-intent-7", about="Invoice 7").ref)
"""


@pytest.fixture
def gateway(tmp_path: Path) -> LocalGateway:
    return LocalGateway(tmp_path / "payments.db")


def test_ports_have_no_gateways_until_somebody_sets_them(gateway: LocalGateway) -> None:
    ports = memory_ports()
    assert ports.gateways == {}
    with_one = Ports(ports.clock, ports.passwords, ports.tokens, ports.files, gateways={Provider.LOCAL: gateway})
    assert with_one.gateways[Provider("local")] is gateway


def test_another_gateway_over_the_same_file_sees_the_same(gateway: LocalGateway, tmp_path: Path) -> None:
    ref = open_intent(gateway)
    other = LocalGateway(tmp_path / "payments.db")
    other.pay(ref)
    assert gateway.look(ref).state is IntentState.PAID
    body, headers = gateway.callback(ref)
    assert other.heard(body, headers) == ref
    with pytest.raises(Unauthenticated):
        LocalGateway(tmp_path / "another.db").heard(body, headers)


def test_only_the_owner_reads_the_file(gateway: LocalGateway, tmp_path: Path) -> None:
    open_intent(gateway)
    assert stat.S_IMODE((tmp_path / "payments.db").stat().st_mode) == 0o600


def test_what_a_payer_does_twice_happens_once(gateway: LocalGateway) -> None:
    ref = open_intent(gateway)
    for act, state in (
        *((gateway.decline, IntentState.FAILED), (gateway.decline, IntentState.FAILED)),
        *((gateway.pay, IntentState.PAID), (gateway.pay, IntentState.PAID)),
    ):
        act(ref)
        assert gateway.look(ref).state is state
    charge = gateway.look(ref).charge
    gateway.pay(ref)
    assert gateway.look(ref).charge == charge


def test_what_is_settled_stays(gateway: LocalGateway) -> None:
    paid, cancelled = open_intent(gateway), open_intent(gateway)
    gateway.pay(paid)
    gateway.cancel(cancelled)
    for act, ref in (
        *((gateway.decline, paid), (gateway.cancel, paid)),
        *((gateway.pay, cancelled), (gateway.decline, cancelled), (gateway.pay, "local_x")),
    ):
        with pytest.raises(GatewayFailed) as failed:
            act(ref)
        assert failed.value.for_good
    assert gateway.look(paid).state is IntentState.PAID
    assert gateway.look(cancelled).state is IntentState.CANCELLED


def test_a_refund_in_another_currency_is_refused(gateway: LocalGateway) -> None:
    ref = open_intent(gateway)
    gateway.pay(ref)
    charge = str(gateway.look(ref).charge)
    with pytest.raises(GatewayFailed) as failed:
        gateway.refund(charge=charge, amount=Decimal(5), currency="USD", key=new_key())
    assert failed.value.for_good
    assert gateway.refund(charge=charge, amount=Decimal(5), currency="EUR", key=new_key())


def test_threads_that_open_at_once_with_one_key_open_one_intent(gateway: LocalGateway) -> None:
    barrier = Barrier(8)

    def open_at_once(number: int) -> str:
        barrier.wait()
        return open_intent(gateway, key="educore-intent-7")

    with ThreadPoolExecutor(8) as pool:
        refs = list(pool.map(open_at_once, range(8)))
    assert (len(refs), len(set(refs))) == (8, 1)


def test_refunds_at_once_never_give_back_more_than_was_paid(gateway: LocalGateway) -> None:
    ref = open_intent(gateway, "10")
    gateway.pay(ref)
    charge, barrier = str(gateway.look(ref).charge), Barrier(8)

    def give_back_a_third(number: int) -> bool:
        barrier.wait()
        try:
            return bool(gateway.refund(charge=charge, amount=Decimal("3.33"), currency="EUR", key=new_key()))
        except GatewayFailed as failed:
            return not failed.for_good

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(give_back_a_third, range(8))) == [False] * 5 + [True] * 3


def test_processes_that_open_at_once_with_one_key_open_one_intent(tmp_path: Path) -> None:
    command = [sys.executable, "-c", OPEN_ONE, str(tmp_path / "payments.db")]
    processes = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    refs = [process.communicate(timeout=60)[0].strip() for process in processes]
    assert len(set(refs)) == 1
    assert refs[0].startswith("local_")
