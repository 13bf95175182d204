"""Servers that take the place of others' and do not do their work: they drip, keep silent, or talk without end."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

SHORTLY = 0.02
Talk = Callable[[socket.socket], None]

HANDSHAKE = b"\x16\x03\x03\x3f\xff\x02"
"""The beginning of a long TLS record, of which the rest is awaited."""


@contextmanager
def run_stand_in(talk: Talk) -> Iterator[int]:
    """A server that talks like this to everybody who connects; gives its port. Ends when all have hung up."""
    threads: list[Thread] = []

    def answer(line: socket.socket) -> None:
        with line, suppress(OSError):  # they hung up
            talk(line)

    def accept() -> None:
        with suppress(OSError):  # it is over
            while True:
                threads.append(Thread(target=answer, args=(listener.accept()[0],)))
                threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepting = Thread(target=accept)
        accepting.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        accepting.join()
        for thread in threads:
            thread.join()


def send_slowly(line: socket.socket, piece: bytes, *, first: bytes = b"") -> None:
    """Send a little again and again, until the other side hangs up."""
    line.sendall(first)
    while True:
        line.sendall(piece)
        Event().wait(SHORTLY)


def send_endlessly(line: socket.socket, piece: bytes) -> None:
    """Send as much as the other side takes, until it hangs up."""
    while True:
        line.sendall(piece * 100)


def keep_silent(line: socket.socket) -> None:
    """Listen and say nothing until the other side hangs up."""
    while line.recv(65536):
        pass


def answer_until(last: str, then: Talk, *, offers: str = "8BITMIME") -> Talk:
    """A mail server that does its work until it is told `last`, or from the greeting where that is empty."""
    answers = {"EHLO": f"250-here\r\n250 {offers}", "DATA": "354 go on", "STARTTLS": "220 go on", "QUIT": "221 bye"}

    def talk(line: socket.socket) -> None:
        with line.makefile("rb") as lines:
            if last:
                line.sendall(b"220 here\r\n")
            while last:
                word = lines.readline().decode().partition(" ")[0].strip().upper()
                if word == last:
                    break
                if not word:
                    return
                line.sendall(f"{answers.get(word, '250 ok')}\r\n".encode())
                if word == "DATA":
                    while lines.readline() not in (b".\r\n", b""):
                        pass
                    if last == "LETTER":
                        break
                    line.sendall(b"250 taken\r\n")
            then(line)

    return talk
