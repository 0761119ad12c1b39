"""One powered-on board: brought up, started, and taken from phase to phase."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from tlsbench import offload
from tlsbench.boards import Board, ByteStream
from tlsbench.link import Agent, Link, calls
from tlsbench.measure.image import build_id
from tlsbench.model.errors import BoardError, NotThere
from tlsbench.model.metric import Metric, Phase
from tlsbench.session.phases import PhaseSpan, phase_metrics

NETWORK_S = 10.0
"""Seconds within which the network comes up, DHCP included."""
_WINDOW = "phase"


@dataclass(slots=True)
class Start:
    """How a target is started.

    Arguments:
        image: the firmware, an ELF file.
        seed: what the target's entropy grows from, where the board has none of its own.
        dhcp: get the address by DHCP instead of the one in `board.toml`.
        names: host names that the bench answers for, besides its own.
    """

    image: Path
    seed: bytes
    dhcp: bool = False
    names: dict[str, str] = field(default_factory=dict)


def entropy_seed(seed: int, use: str) -> bytes:
    """64 bytes of seed for one boot: the same for the same run seed and use, and nothing like any other."""
    return hashlib.sha512(f"tlsbench {seed} {use}".encode()).digest()


class Target:
    """A board that is on, its agent started, its network up. A context manager: leaving it switches the board off.

    Arguments:
        board: the board, switched off.
        console_log: file that gets what the target prints.
        start: how to start it.
        line: what the serial line goes through on its way to the bench, for somebody who listens in.

    Errors:
        BenchError: whatever kept it from coming up, with everything received until then.
    """

    def __init__(
        self,
        board: Board,
        console_log: Path,
        start: Start,
        line: Callable[[ByteStream], ByteStream] = lambda stream: stream,
    ) -> None:
        self.board = board
        self.info = board.info
        self.phase: Phase | None = Phase.BOOT
        self._marks = 0
        self._online = False
        self._ended: list[Metric] = []
        self._stack = ExitStack()
        try:
            board.names.update(start.names)
            self._stack.callback(board.power_off)
            board.power_on(start.image)
            self.link = self._stack.enter_context(Link(line(board.stream), console_log, board.info.repeat_after))
            self.offload = self._stack.enter_context(offload.serve(self.link, self.info, board.names))
            self.agent = Agent(self.link)
            # The target counts whole seconds: its certificates must not look a second too young.
            self.hello = self.agent.start(
                secrets.randbelow((1 << 64) - 1) + 1, start.seed, int(time.time()) + 1, self.info.serial.sync_timeout
            )
            self._check_image(start.image)
            self._before = PhaseSpan.at_boot(board.probe.boot() if board.probe else None)
            self.enter(Phase.NETWORK_UP)
            self.network_up(start.dhcp)
            self.leave()
        except BaseException:
            self._stack.close()
            raise

    def _check_image(self, image: Path) -> None:
        """See that the image that runs is the one that was flashed: what is measured is said of that one."""
        wanted, runs = build_id(image), self.hello.firmware_id
        if wanted and runs != wanted:
            raise BoardError(
                f"{self.info.name} runs another image than {image}: build id {runs}, not {wanted}; it is an image for "
                f"{self.hello.board}, profile {self.hello.profile}. Flashing it had no effect, or its port is another "
                "board's",
                received=self.link.evidence(),
            )

    def needs_tls_on_board(self, what: str) -> None:
        """Return if the target does TLS itself.

        Errors:
            NotThere: its image leaves TLS to the network, which knows nothing of `what`.
        """
        if self.hello.offloads_tls:
            raise NotThere(f"TLS is offloaded here: there is no {what}")

    def network_up(self, dhcp: bool) -> str:
        """Bring the network up, taking it down first if it is up; gives the target's address.

        Errors:
            BoardError: it does not come up, within NETWORK_S seconds.
        """
        plan = self.info.network
        if plan is None:
            return ""
        if self._online:
            self.agent.call(calls.network_down(), timeout_s=NETWORK_S)
        keys = {"address", "netmask", "gateway", "dns"}
        static = {} if dhcp else plan.model_dump(include=keys, exclude_none=True)
        reply = self.agent.call(calls.network_up(**static), timeout_s=NETWORK_S)
        if not reply.ok:
            raise BoardError(f"the target's network did not come up: {reply}", received=self.link.evidence())
        self._online = True
        return reply.address

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def enter(self, phase: Phase | None) -> None:
        """Go into a phase; its peaks start here. Does nothing if the target is in it already.

        What the phase before cost is kept for `collect`.
        """
        if phase == self.phase:
            return
        self._marks += 1
        stats = self.agent.mark(self._marks)
        counts = self.board.wire.restart(_WINDOW) if self.board.wire else None
        if self._marks == 1:
            counts = None  # what came before the first mark of this boot, frames of an earlier boot among them
        probe = self.board.probe
        now = PhaseSpan(stats, probe.at_mark(self._marks) if probe else None, counts)
        if self.phase is not None:
            self._ended += phase_metrics(self.phase, self._before, now, self.info)
        self._before, self.phase = now, phase

    def leave(self) -> None:
        """End the current phase without beginning another."""
        self.enter(None)

    def collect(self) -> list[Metric]:
        """What the phases that ended cost, each given once."""
        ended, self._ended = self._ended, []
        return ended
