"""Measure what a board's sockets carry over its serial line, against what such a line can carry.

    python -m benchmark.serial [--board netduinoplus2] [--baud 115200 921600]

For boards whose network is the serial line (`[firmware] stack = "offload"`). The line is paced: as slow as its baud
rate says, both ways. An emulator hands a UART one byte at a time; a machine that is slow or busy may not do that as
fast as the line would. What is missed then says nothing of the board, and the figure is absent.
Leaves `out/serial.json` and `out/serial.md`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmark.figure import HEADER, Figure, markdown
from benchmark.handshake import Server
from tlsbench import boards, firmware
from tlsbench.boards import ByteStream
from tlsbench.boards.paced import BITS_PER_BYTE, PacedStream
from tlsbench.link import Reply, calls
from tlsbench.link.calls import Call
from tlsbench.model.board import BoardInfo
from tlsbench.model.errors import BenchError, BoardError, CallFailed
from tlsbench.peers import Peer, TcpPeer, TlsPeer
from tlsbench.peers.pki import SERVER_NAME, names_on
from tlsbench.progress import Progress
from tlsbench.session.target import Start, Target, entropy_seed

OUT = Path(__file__).resolve().parent.parent / "out"
SECONDS = 4
"""How long the line would take for what is sent."""
AT_LEAST = 70.0
"""Percent of the line that data has to make use of."""
HANDSHAKE_S = 5.0
SEED = 2026


@dataclass(frozen=True)
class Way:
    """One direction, with TLS or without."""

    to_target: bool
    tls: bool

    @property
    def text(self) -> str:
        """For a person."""
        return f"{'TLS' if self.tls else 'TCP'} {'to' if self.to_target else 'from'} the board"


WAYS = [Way(to_target, tls) for tls in (False, True) for to_target in (True, False)]


class SerialBenchmark:
    """All measurements on one board.

    Errors:
        BoardError: its network is not the serial line.
    """

    def __init__(self, info: BoardInfo, progress: Progress) -> None:
        if info.firmware.stack != "offload" or info.network is None:
            raise BoardError(f"{info.name} has another network than its serial line")
        self.info = info
        self.host = info.network.host
        self.progress = progress
        self.server = Server.make()
        self.image = firmware.image(info.name, progress=progress.step)

    @contextmanager
    def on(self, baud: int | None) -> Iterator[Target]:
        """The board, switched on, its line paced."""

        def line(stream: ByteStream) -> ByteStream:
            return PacedStream(stream, baud) if baud else stream

        start = Start(self.image, entropy_seed(SEED, "serial"), names=names_on(self.info.network))
        with (
            tempfile.TemporaryDirectory(prefix="tlsbench-serial-") as folder,
            boards.open_board(self.info, Path(folder)) as board,
            Target(board, Path(folder) / "console.log", start, line) as target,
        ):
            yield target

    def peer(self, way: Way, count: int) -> Peer:
        """Who sends, or takes, so many bytes."""
        if way.to_target:
            if way.tls:
                return TlsPeer(self.server.identity, "source", seed=0, length=count)
            return TcpPeer("source", seed=0, length=count)
        return TlsPeer(self.server.identity, "sink", seed=0) if way.tls else TcpPeer("sink", seed=0)

    def transfer(self, target: Target, way: Way, count: int) -> tuple[float, float]:
        """Bytes per second of data, and seconds of the handshake or of connecting, by the board's clock."""

        def do(call: Call) -> Reply:
            reply = target.agent.call(call, timeout_s=120)
            if not reply.ok:
                raise CallFailed(str(reply), received=target.link.evidence())
            return reply

        with self.peer(way, count) as peer:
            do(calls.create("s", "tls" if way.tls else "tcp"))
            do(calls.open("s"))
            if way.tls:
                do(calls.set_root_ca_cert("s", target.agent.store(self.server.root + b"\0")[0]))
                connected = do(calls.connect_host("s", SERVER_NAME, peer.port))
            else:
                connected = do(calls.connect("s", self.host, peer.port))
            moved = do((calls.recv_pattern if way.to_target else calls.send_pattern)("s", count))
            if moved.result != count:
                raise CallFailed(str(moved), received=target.link.evidence())
            do(calls.close("s"))
            do(calls.delete("s"))
        return count / moved.blocked_us * 1e6, connected.blocked_us / 1e6

    def figures(self, bauds: list[int]) -> Iterator[Figure | str]:
        """Every figure, or why it is absent."""
        self.progress.step(f"{self.info.name}: as fast as it can")
        with self.on(None) as target:
            fastest = {way: self.transfer(target, way, 16 * 1024)[0] for way in WAYS}
        for baud in bauds:
            limit = baud / BITS_PER_BYTE
            with self.on(baud) as target:
                for way in WAYS:
                    what = f"{way.text} at {baud} baud"
                    too_slow = f"{what}: absent: without any pacing, {self.info.name} passes {fastest[way]:.0f} bytes/s"
                    if fastest[way] < limit * AT_LEAST / 100:
                        yield too_slow
                        continue
                    self.progress.step(what)
                    rate, connect_s = self.transfer(target, way, int(limit * SECONDS))
                    method = (
                        f"{rate:.0f} of {limit:.0f} bytes/s, the board's clock around one call for {SECONDS} s of line"
                    )
                    figure = Figure(f"{what}: line without data", 100 - 100 * rate / limit, 100 - AT_LEAST, "%", method)
                    yield figure if figure.held or fastest[way] >= limit else too_slow
                    if way.tls and way.to_target:
                        method = "the board's clock around connect(), ECDHE-ECDSA, chain of 2"
                        yield Figure(f"TLS handshake at {baud} baud", connect_s, HANDSHAKE_S, "s", method)


def main() -> int:
    """Entry point: 0 if every figure is within its limit, 1 if one is not, 2 if something could not be measured."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--board", default="netduinoplus2", help="whose network is the line (default: %(default)s)")
    parser.add_argument("--baud", type=int, nargs="+", default=[115_200, 921_600], help="speeds of the line")
    options = parser.parse_args()
    try:
        with Progress(Console(stderr=True)) as progress:
            told = list(SerialBenchmark(boards.load(options.board), progress).figures(options.baud))
    except BenchError as error:
        print(f"benchmark.serial: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("benchmark.serial: stopped", file=sys.stderr)
        return 130
    figures = [one for one in told if isinstance(one, Figure)]
    absent = [one for one in told if isinstance(one, str)]
    OUT.mkdir(exist_ok=True)
    (OUT / "serial.json").write_text(json.dumps([figure.record() for figure in figures], indent=2) + "\n")
    (OUT / "serial.md").write_text(markdown(figures))
    table = Table(*HEADER, title=f"The serial line of {options.board}")
    for figure in figures:
        table.add_row(*figure.row(), style=None if figure.held else "bold red")
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    print("\n".join(absent), end="\n" if absent else "")
    return 0 if all(figure.held for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
