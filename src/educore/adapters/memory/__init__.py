"""The memory store, and fakes of the ports. Neither is durable."""

from educore.adapters.memory.ports import (
    FixedClock,
    KeptMail,
    KeptSms,
    Letter,
    MemoryFiles,
    MemorySeal,
    MemoryTokens,
    PlainPasswords,
    ShortText,
    memory_ports,
)
from educore.adapters.memory.store import MemoryStore

__all__ = [
    "FixedClock",
    "KeptMail",
    "KeptSms",
    "Letter",
    "MemoryFiles",
    "MemorySeal",
    "MemoryStore",
    "MemoryTokens",
    "PlainPasswords",
    "ShortText",
    "memory_ports",
]
