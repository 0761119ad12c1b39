"""What the tests of the network stack share: the check image in the emulator, and peers for it to talk to."""

from __future__ import annotations

import os
import selectors
import socket
import struct
import subprocess
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import ROOT

from tlsbench import boards, firmware
from tlsbench.boards.child import DIE_WITH_PARENT
from tlsbench.link import Link
from tlsbench.link.schema import PROTOCOL_VERSION
from tlsbench.model.nsapi import Nsapi
from tlsbench.offload import Host
from tlsbench.peers.ports import free_port

ON_LINE = "native-serial"
TRANSFER_BYTES = 1024 * 1024
PATTERN = bytes(((i * 167) ^ (i >> 8)) & 0xFF for i in range(TRANSFER_BYTES))
FLOOD_BYTES = 64 * 1024  # more than any window
DRIPS = 200
RECEIVE_BUFFER = 16 * 1024  # small, so that a peer that doesn't read is soon full

Behaviour = Callable[[socket.socket, threading.Event], None]
"""What a peer does with a connection; the event tells that the test is over."""


@dataclass(frozen=True)
class Network:
    """What a board's network is like, as far as the checks see it.

    Attributes:
        up: what `dhcp` says: address, netmask, gateway, MAC address, interface.
        client: who connects to the board, as the board sees it.
        add_dns_server: what that gives.
    """

    up: str
    client: str
    add_dns_server: int


class Target(ABC):
    """The check image (tests/firmware/network), running."""

    network: Network
    listen_port: int
    """Where the target accepts."""
    forwarded_port: int
    """Where that is reached."""

    @abstractmethod
    def line(self, timeout_s: float) -> str:
        """The next line of the console."""

    @abstractmethod
    def say(self, command: str) -> None:
        """Give the target a command."""

    @abstractmethod
    def unanswering(self) -> AbstractContextManager[str]:
        """Address and port of somebody who never answers."""

    def begin(self, check: str, argument: object = "") -> None:
        """Have a check run."""
        self.say(f"{check} {argument}")

    def verdict(self, check: str, timeout_s: float = 30) -> str:
        """Wait for the check to pass; what it says about it."""
        said = []
        while not said or not said[-1].startswith((f"PASS {check} ", f"FAIL {check} ", "-- tlsbench fault")):
            said.append(self.line(timeout_s))
        assert said[-1].startswith("PASS"), "\n".join(said)
        return said[-1].removeprefix(f"PASS {check} ").strip()

    def check(self, check: str, argument: object = "") -> str:
        """Run a check, which must pass; what it says about it."""
        self.begin(check, argument)
        return self.verdict(check)


class Emulated(Target):
    """Over lwIP, in the emulator."""

    network = Network("10.0.2.15 255.255.255.0 10.0.2.2 52:54:00:12:34:56 en0", "10.0.2.2", 0)
    listen_port = 7777

    def __init__(self, process: subprocess.Popen[bytes], monitor: socket.socket, forwarded_port: int) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._input, self._output, self._monitor = process.stdin, process.stdout, monitor
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._output, selectors.EVENT_READ)
        self._received = ""
        self.forwarded_port = forwarded_port

    def line(self, timeout_s: float) -> str:
        """The next line of the console."""
        deadline = time.monotonic() + timeout_s
        while "\n" not in self._received:
            ready = self._selector.select(max(0.0, deadline - time.monotonic()))
            chunk = os.read(self._output.fileno(), 4096) if ready else b""
            if not chunk:
                pytest.fail(f"no line within {timeout_s} s; received:\n{self._received}")
            self._received += chunk.decode("ascii", "backslashreplace")
        line, _, self._received = self._received.partition("\n")
        return line

    def say(self, command: str) -> None:
        """Give the target a command."""
        self._input.write(f"{command}\n".encode())
        self._input.flush()

    @contextmanager
    def unanswering(self) -> Iterator[str]:
        """Nobody has this address: lwIP asks for it in vain."""
        yield "10.0.2.99 80"

    def set_link(self, up: bool) -> None:
        """Plug the network cable in, or pull it out."""
        self._monitor.sendall(f"set_link nic {'on' if up else 'off'}\n".encode())
        said = b""
        while not said.endswith(b"\r\n(qemu) "):  # the command's echo, a new line, and the next prompt
            chunk = self._monitor.recv(4096)
            assert chunk, said
            said += chunk


class OnLine(Target):
    """Over the offload stack, a process whose network is the serial line."""

    network = Network("127.0.0.1 255.0.0.0 127.0.0.1 (null) (null)", "127.0.0.1", Nsapi.UNSUPPORTED)

    def __init__(self, link: Link) -> None:
        self.link = link
        self._lines = 0
        self.listen_port = self.forwarded_port = free_port()

    def line(self, timeout_s: float) -> str:
        """The next line of the console."""
        lines = self.link.console_since(self._lines, bool, timeout_s)
        if not lines:
            pytest.fail(f"no line within {timeout_s} s; received:\n{self.link.evidence()}")
        self._lines += 1
        return lines[0]

    def say(self, command: str) -> None:
        """Give the target a command, on the channel that is the agent's elsewhere."""
        self.link.send_on(PROTOCOL_VERSION, command.encode())

    @contextmanager
    def unanswering(self) -> Iterator[str]:
        """A listener whose queue is full: the system lets whoever else comes wait."""
        with ExitStack() as resources:
            listener = resources.enter_context(socket.socket())
            listener.bind(("127.0.0.1", 0))
            listener.listen(0)
            for _ in range(3):
                client = resources.enter_context(socket.socket())
                client.setblocking(False)
                client.connect_ex(listener.getsockname())
            yield "{} {}".format(*listener.getsockname())


@contextmanager
def on_line(run_dir: Path, make_host: Callable[[Link, dict[str, str]], Host] = Host) -> Iterator[OnLine]:
    """The check image on a board whose network is its serial line, ready for a command."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TLSBENCH_PLATFORMS", str(ROOT / "tests/firmware/platforms"))
        info, image = boards.load(ON_LINE), firmware.image(ON_LINE, target="network_test", configuration="offload-tls")
    with boards.open_board(info, run_dir) as board:
        board.power_on(image)
        with Link(board.stream, run_dir / "console.log") as link, make_host(link, {"known.test": "127.0.0.1"}):
            target = OnLine(link)
            assert target.line(10) == "READY"
            yield target


@contextmanager
def running(image: Path, network: str = "user") -> Iterator[Emulated]:
    """The check image in the emulator, ready for a command. `network`: one of QEMU's network back ends."""
    with ExitStack() as resources:
        monitor, monitor_end = (resources.enter_context(end) for end in socket.socketpair())
        monitor.settimeout(10)
        port = free_port()
        if network == "user":
            network += f",hostfwd=tcp:127.0.0.1:{port}-:{Emulated.listen_port}"
        emulator = ["qemu-system-arm", "-M", "mps2-an385", "-kernel", str(image), "-display", "none", "-nodefaults"]
        options = ["-serial", "stdio", "-nic", f"{network},id=nic,model=lan9118"]
        options += ["-chardev", f"socket,id=monitor,fd={monitor_end.fileno()}", "-mon", "monitor"]
        # QEMU notices a new connection to the outside only when its main loop wakes up, up to 250 ms later. This filter
        # hands frames over in the main loop, every millisecond.
        options += ["-object", "filter-buffer,id=filter,netdev=nic,queue=rx,interval=1000"]
        process = resources.enter_context(
            subprocess.Popen(
                [*DIE_WITH_PARENT, str(os.getpid()), *emulator, *options],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                pass_fds=[monitor_end.fileno()],
                bufsize=0,
            )
        )
        resources.callback(process.kill)
        target = Emulated(process, monitor, port)
        assert target.line(10) == "READY"
        yield target


@contextmanager
def peer(behave: Behaviour) -> Iterator[int]:
    """A TCP server on a port of its own, which does `behave` with each connection."""
    over = threading.Event()
    connections: list[socket.socket] = []

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):  # the target has gone, or the test is over
            behave(connection, over)

    def accept() -> None:
        threads = []
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                break
            connections.append(connection)
            threads.append(threading.Thread(target=serve, args=(connection,), daemon=True))
            threads[-1].start()
        for each in threads:
            each.join(10)
            assert not each.is_alive()

    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            over.set()
            listener.shutdown(socket.SHUT_RDWR)
            for connection in connections:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # closed already
            thread.join(10)
            assert not thread.is_alive()


def echo(connection: socket.socket, _over: threading.Event) -> None:
    """Send back what comes."""
    while data := connection.recv(65536):
        connection.sendall(data)


def source(connection: socket.socket, _over: threading.Event) -> None:
    """Send the pattern and close."""
    connection.sendall(PATTERN)


def flood(connection: socket.socket, _over: threading.Event) -> None:
    """Send the beginning of the pattern, as fast as it is taken, and close."""
    connection.sendall(PATTERN[:FLOOD_BYTES])


def drip(connection: socket.socket, _over: threading.Event) -> None:
    """Send the beginning of the pattern byte by byte, each in a segment of its own, and close."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in PATTERN[:DRIPS]:
        connection.sendall(bytes([byte]))
        time.sleep(0.004)


def sink(connection: socket.socket, _over: threading.Event) -> None:
    """Take the pattern and say whether it was right."""
    received = bytearray()
    while len(received) < TRANSFER_BYTES and (data := connection.recv(65536)):
        received += data
    connection.sendall(b"y" if received == PATTERN else b"n")
    connection.recv(1)


def silent(_connection: socket.socket, over: threading.Event) -> None:
    """Neither read nor write until the test is over."""
    over.wait()


def goodbye(connection: socket.socket, _over: threading.Event) -> None:
    """Wait for a byte, answer, close."""
    connection.recv(1)
    connection.sendall(b"bye")


def reset(connection: socket.socket, _over: threading.Event) -> None:
    """Wait for a byte and reset the connection."""
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
