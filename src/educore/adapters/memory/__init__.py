"""The memory store and fakes of the ports, for tests, notebooks and demonstrations. Neither is durable."""

from educore.adapters.memory.ports import (
    FakeMail,
    FakeSms,
    FixedClock,
    MemoryFiles,
    MemorySeal,
    MemoryTokens,
    PlainPasswords,
    SentMail,
    SentSms,
    memory_ports,
)
from educore.adapters.memory.store import MemoryStore

__all__ = [
    "FixedClock",
    "FakeMail",
    "FakeSms",
    "SentMail",
    "MemoryFiles",
    "MemorySeal",
    "MemoryStore",
    "MemoryTokens",
    "PlainPasswords",
    "SentSms",
    "memory_ports",
]
