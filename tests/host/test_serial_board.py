"""A physical board, that is an emulated one behind a pseudo-terminal: flashed, reset and used by the kind `serial`."""

from __future__ import annotations

import json
import random
import re
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from cli import tlsbench
from conftest import BOARD
from rig import Rig
from rig_rfc2217 import Server

from tlsbench import boards
from tlsbench.link import calls
from tlsbench.link.calls import FaultKind
from tlsbench.measure.image import build_id
from tlsbench.model.errors import BenchError, BoardError, FlashError, LinkClosedError, PortMissingError, RestartError
from tlsbench.peers import TcpPeer
from tlsbench.session.target import Start, Target, entropy_seed

pytestmark = pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")  # pyserial's


@pytest.fixture
def other_image(agent_image: Path, tmp_path: Path) -> Path:
    """The agent once more, as an image that is not the same: it has another build id."""
    mine = bytes.fromhex(build_id(agent_image))
    data = agent_image.read_bytes()
    assert data.count(mine) == 1
    made = tmp_path / "other.elf"
    made.write_bytes(data.replace(mine, mine[::-1]))
    return made


def edit(rig: Rig, old: str, new: str) -> None:
    """Change the board's file."""
    text = rig.file.read_text()
    assert old in text
    rig.file.write_text(text.replace(old, new))


class Bench:
    """The bench with this board: brings it up as a run does."""

    def __init__(self, image: Path, run_dir: Path) -> None:
        self.image = image
        self.run_dir = run_dir
        self._ends = ExitStack()
        self.board = self._ends.enter_context(boards.open_board(boards.load(BOARD), run_dir))

    def target(self, image: Path | None = None) -> Target:
        """The board, freshly started."""
        start = Start(image or self.image, entropy_seed(1, "test"))
        return Target(self.board, self.run_dir / "console.log", start)

    def reopen(self) -> None:
        """Read the board's file again."""
        self.close()
        self.board = self._ends.enter_context(boards.open_board(boards.load(BOARD), self.run_dir))

    def close(self) -> None:
        self._ends.close()


@pytest.fixture
def bench(rig: Rig, agent_image: Path, run_dir: Path) -> Iterator[Bench]:
    made = Bench(agent_image, run_dir)
    yield made
    made.close()


def test_suites_run_on_it_as_on_any_board(rig: Rig, agent_image: Path, tmp_path: Path) -> None:
    arguments = ["--board", BOARD, "--image", str(agent_image), "--", "--test", "*Chain Of 1*", "--test", "The Time*"]
    run = tlsbench("run", "handshake", *arguments, cwd=tmp_path)
    assert run.status == 0, run.output
    record = json.loads((tmp_path / "out/latest/result.json").read_text())
    assert [test["status"] for test in record["tests"]] == ["pass"] * 3
    assert (record["run"]["kind"], record["run"]["clock"]) == ("serial", "real")
    assert "emulator" not in record["run"] or record["run"]["emulator"] is None
    measured = {metric["name"] for metric in record["metrics"]}
    assert measured >= {"duration", "static_ram", "flash", "heap_peak", "stack_peak", "ram_needed", "blocked"}
    assert not measured & {"instructions", "bytes_tx"}


def test_an_image_is_flashed_onto_an_empty_chip_and_only_once(rig: Rig, agent_image: Path, run_dir: Path) -> None:
    rig.emulated.power_off()
    edit(rig, 'sync_timeout = "5 s"', 'sync_timeout = "2 s"')
    for _ in range(2):
        made = Bench(agent_image, run_dir)
        try:
            for _ in range(2):
                with made.target() as target:
                    assert target.hello.firmware_id == build_id(agent_image)
                    assert not target.hello.again
        finally:
            made.close()
    assert rig.flashed == [agent_image]


def test_an_image_that_is_to_be_flashed_always_is(rig: Rig, agent_image: Path, run_dir: Path) -> None:
    edit(rig, "[flash]\n", "[flash]\nalways = true\n")
    for _ in range(2):
        made = Bench(agent_image, run_dir)
        try:
            with made.target():
                pass
        finally:
            made.close()
    assert len(rig.flashed) == 2


def test_another_image_is_flashed_over_the_first(rig: Rig, bench: Bench, other_image: Path) -> None:
    with bench.target():
        pass
    with bench.target(other_image) as target:
        assert target.hello.firmware_id == build_id(other_image)
    assert rig.flashed == [other_image]


def test_an_image_without_a_build_id_is_flashed_each_time(
    rig: Rig, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an application's: two of them look the same."""
    monkeypatch.setattr("tlsbench.measure.image._build_id", lambda elf: "")
    for _ in range(2):
        with bench.target():
            pass
    assert len(rig.flashed) == 2


def test_what_runs_is_what_was_flashed(rig: Rig, bench: Bench, other_image: Path) -> None:
    with bench.target():
        pass
    rig.flash = lambda elf: None  # type: ignore[method-assign]  # a programmer that says "done", and did nothing
    with pytest.raises(BoardError, match=f"runs another image .*{build_id(bench.image)}, not {build_id(other_image)}"):
        bench.target(other_image)


def test_a_programmer_that_fails_says_why(rig: Rig, bench: Bench, other_image: Path) -> None:
    def broken(elf: str) -> None:
        raise RuntimeError("no voltage at the target")

    rig.flash = broken  # type: ignore[method-assign]
    with pytest.raises(FlashError, match=r"(?s)flashing mps2-an385: .* failed.*exit status: 1.*no voltage") as caught:
        bench.target(other_image)
    assert caught.value.status == 1


def test_a_cable_that_is_pulled_and_plugged_in_again(rig: Rig, bench: Bench) -> None:
    with bench.target() as target:
        rig.pull()
        with pytest.raises(LinkClosedError, match="its device is gone: the cable was pulled, or the board lost power"):
            target.agent.status()
        with pytest.raises(BenchError, match="ended"):
            bench.board.alive()
    rig.plug()
    with bench.target() as target:
        target.agent.status()


def test_a_port_that_comes_back_late_is_waited_for(rig: Rig, bench: Bench) -> None:
    rig.pull()
    timer = threading.Timer(0.5, rig.plug)
    timer.start()
    try:
        with bench.target() as target:
            target.agent.status()
    finally:
        timer.join()


def test_a_port_that_never_comes_back(rig: Rig, agent_image: Path, run_dir: Path) -> None:
    edit(rig, "[serial]\n", '[serial]\nappear = "200 ms"\n')
    made = Bench(agent_image, run_dir)
    try:
        with made.target():
            rig.pull()
        with pytest.raises(PortMissingError, match=r"board.toml:\d+: serial.port: .* is not plugged in"):
            made.target()
    finally:
        made.close()


def test_the_tests_after_a_lost_port_are_told_at_once(rig: Rig, agent_image: Path, tmp_path: Path) -> None:
    """The first test that meets it waits for the port; no other does."""
    edit(rig, "[serial]\n", '[serial]\nappear = "1 s"\n')
    suite = tmp_path / "lost.robot"
    suite.write_text(
        "*** Settings ***\nLibrary    tlsbench.Bench\n\n*** Test Cases ***\n"
        "Fine\n    Open Socket    tcp\n\n"
        f"Pulled\n    Evaluate    os.unlink('{rig.port}')    modules=os\n"
        "    Switch Board Off\n    Open Socket    tcp\n\n"
        + "".join(f"After {number}\n    Open Socket    tcp\n\n" for number in range(20))
    )
    run = tlsbench("run", suite, "--board", BOARD, "--image", agent_image, cwd=tmp_path)
    assert run.status == 1, run.output
    tests = json.loads((tmp_path / "out/latest/result.json").read_text())["tests"]
    assert [test["status"] for test in tests] == ["pass"] + ["fail"] * 21
    assert "is not plugged in" in tests[1]["message"]
    assert sum(test["elapsed_s"] for test in tests[2:]) < 15


def test_a_board_that_resets_in_the_middle(rig: Rig, bench: Bench) -> None:
    with bench.target() as target:
        hang = target.agent.begin(calls.fault(FaultKind.HANG))  # until somebody presses the button
        rig.reset()
        with pytest.raises(RestartError, match="started again in the middle of the run"):
            hang.wait(20)
    with bench.target() as target:
        target.agent.status()


def test_a_port_that_goes_away_with_each_reset(rig: Rig, agent_image: Path, run_dir: Path) -> None:
    """As that of a board whose own USB makes the port: the host sees it go and come back."""
    edit(rig, "[serial.reset]\n", "[serial.reset]\nreopens = true\n")
    press = rig.reset

    def with_the_port(block: str = "") -> None:
        rig.pull()
        press(block)
        threading.Timer(0.3, rig.plug).start()

    rig.reset = with_the_port  # type: ignore[method-assign]
    made = Bench(agent_image, run_dir)
    try:
        for _ in range(2):
            with made.target() as target:
                assert not target.hello.again
                target.agent.status()
                with pytest.raises(BoardError, match="its port goes away with a reset: switch it off and on"):
                    made.board.reset()
    finally:
        made.close()


def test_noise_and_a_boot_loader_that_talks_first(rig: Rig, bench: Bench) -> None:
    noise = random.Random(7).randbytes
    rig.first_words = noise(300) + b"\0\xff\x80BootROM 1.7\r\nLoading image at 0x0...\r\n\0\0\0" + noise(64)
    with bench.target() as target:
        target.agent.status()
    assert "BootROM 1.7" in (bench.run_dir / "console.log").read_text()


class Worn:
    """A worn cable: of so many bytes one is lost, and one comes twice. Always the same ones."""

    def __init__(self, every: int, seed: int) -> None:
        self._every = every
        self._random = random.Random(seed)
        self.hurt = 0
        self.on = False

    def __call__(self, data: bytes) -> bytes:
        made = bytearray()
        for byte in data:
            times = {0: 0, 1: 2}.get(self._random.randrange(self._every), 1) if self.on else 1
            made += bytes([byte]) * times
            self.hurt += times != 1
        return bytes(made)


def test_lost_and_doubled_bytes_change_nothing_that_is_done(rig: Rig, bench: Bench) -> None:
    """Each call is made once, whatever of it or its answer is lost: the peer sees every byte once, in order."""
    edit(rig, "[serial]\n", '[serial]\nrepeat_after = "300 ms"\n')
    bench.reopen()
    rig.to_bench, rig.to_board = to_bench, to_board = Worn(400, 1), Worn(400, 2)
    with bench.target() as target, TcpPeer("echo") as peer:
        agent = target.agent
        agent.call(calls.create("s", "tcp"))
        agent.call(calls.open("s"))
        assert agent.call(calls.connect("s", "10.0.2.2", peer.port)).ok
        to_bench.on = to_board.on = True
        said = came = b""
        marks = []
        for number in range(30):
            piece = f"piece {number} of many, each of them sent just once; ".encode()
            assert agent.call(calls.send("s", piece), timeout_s=30).result == len(piece)
            said += piece
            while len(came) < len(said):
                came += agent.call(calls.recv("s", len(said) - len(came)), timeout_s=30).data
            marks.append(agent.mark(number + 1).heap_peak)
        to_bench.on = to_board.on = False
        assert came == said
        assert all(marks)
        assert peer.sessions[0].received == len(said)
        rejected = agent.status().rejected
    assert to_bench.hurt > 5
    assert to_board.hurt > 5
    assert rejected, "the target met damaged frames"


# --- over the network: RFC 2217 ---

BY_DTR = 'method = "dtr-rts"\ndtr = true\nhold = "10 ms"'


def over_network(rig: Rig, server: Server, reset: str) -> None:
    """The board's port is the server's, and its reset pin is wired to that."""
    text = rig.file.read_text().replace(f'port = "{rig.port}"', f'port = "{server.url}"')
    rig.file.write_text(re.sub(r'method = "command"\n(command = .*"reset".*)', reset, text))
    assert reset in rig.file.read_text()


@pytest.mark.parametrize("reset", [BY_DTR, 'method = "break"\nhold = "10 ms"'])
def test_a_board_behind_rfc2217(rig: Rig, agent_image: Path, run_dir: Path, reset: str) -> None:
    with Server(rig) as server:
        over_network(rig, server, reset)
        made = Bench(agent_image, run_dir)
        try:
            for _ in range(2):
                resets = rig.resets
                with made.target() as target:
                    assert not target.hello.again
                    assert target.agent.call(calls.create("s", "tls")).ok
                assert rig.resets > resets
        finally:
            made.close()
        assert server.port.baudrate == 115_200


def test_a_network_that_breaks_is_a_line_that_ended_and_the_next_test_starts_afresh(
    rig: Rig, agent_image: Path, run_dir: Path
) -> None:
    with Server(rig) as server:
        over_network(rig, server, BY_DTR)
        made = Bench(agent_image, run_dir)
        try:
            with made.target() as target:
                server.cut()
                with pytest.raises(LinkClosedError, match=r"rfc2217://.* ended"):
                    target.agent.status()
            with made.target() as target:
                target.agent.status()
        finally:
            made.close()


def test_a_server_that_is_not_there_is_told(rig: Rig, agent_image: Path, run_dir: Path) -> None:
    with Server(rig) as server:
        over_network(rig, server, BY_DTR)
    made = Bench(agent_image, run_dir)
    try:
        with pytest.raises(BoardError, match=r"rfc2217://.* cannot be opened: Could not open port"):
            made.target()
    finally:
        made.close()
