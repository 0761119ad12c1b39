"""What the tests share: a board with the agent's image on it, and a watch on what they leave behind."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from killed import soon

if TYPE_CHECKING:  # a test of one part must not need all the others to import
    from lab import Lab
    from rig import Rig
    from tapped import Emulator

    from tlsbench.boards import Board
    from tlsbench.link import Agent
    from tlsbench.measure.wire import WireTap

ROOT = Path(__file__).resolve().parents[2]
BOARD = "mps2-an385"
MARK = "TLSBENCH_TEST_SESSION"
NONCE = 77
SEED = bytes(range(32))

LONGEST = (
    "test_fuzz.py",
    "test_tls_socket.py",
    "test_labgrid.py",
    "test_labgrid_drivers.py",
    "test_kernel.py",
    "test_farm.py",
    "test_offload_board.py",
    "test_serial_board.py",
    "test_room.py",
    "test_new_board.py",
    "test_firmware_build.py",
    "test_ccache.py",
)
"""Files that take longest, most of it building: begun first, so that no worker is left alone with one of them."""


def pytest_configure() -> None:
    """Let Ctrl-C end what tests start also where it does not end the tests: a shell in the background ignores it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the files; the tests of a file stay as they are."""
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


@pytest.fixture(scope="session")
def agent_image() -> Path:
    """The agent's image for the emulated board, profile `default`, up to date."""
    from tlsbench import firmware

    return firmware.image(BOARD)


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    """An empty folder in the place of `out/<run>`."""
    folder = tmp_path / "run"
    folder.mkdir()
    return folder


@pytest.fixture
def board(agent_image: Path, run_dir: Path) -> Iterator[Board]:
    """The emulated board, switched on with the agent's image."""
    from tlsbench import boards

    with boards.open_board(boards.load(BOARD), run_dir) as opened:
        opened.power_on(agent_image)
        yield opened


@pytest.fixture(scope="module")
def agent(agent_image: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agent]:
    """An agent with its network up. Tests leave no socket and no busy worker behind."""
    from tlsbench import boards
    from tlsbench.link import Agent, Link, calls

    folder = tmp_path_factory.mktemp("board")
    with boards.open_board(boards.load(BOARD), folder) as board:
        board.power_on(agent_image)
        with Link(board.stream, folder / "console.log") as link:
            agent = Agent(link)
            agent.start(NONCE, SEED, int(time.time()), timeout_s=20)
            assert agent.call(calls.network_up()).ok
            yield agent


@pytest.fixture
def fresh(board: Board, run_dir: Path) -> Iterator[Agent]:
    """An agent of the test's own, not started yet."""
    from tlsbench.link import Agent, Link

    with Link(board.stream, run_dir / "console.log") as link:
        yield Agent(link)


@pytest.fixture
def connected(agent: Agent) -> Iterator[str]:
    """The name of a TCP socket that is connected to an echo peer."""
    from tlsbench.link import calls
    from tlsbench.peers import TcpPeer

    with TcpPeer("echo") as peer:
        for call in (calls.create("s", "tcp"), calls.open("s"), calls.connect("s", "10.0.2.2", peer.port)):
            assert agent.call(call).ok
        yield "s"
        agent.call(calls.close("s"))
        agent.call(calls.delete("s"))


@pytest.fixture
def rig_folder() -> Iterator[Path]:
    """A folder with a short path, for a rig."""
    with tempfile.TemporaryDirectory(prefix="rig-") as name:
        yield Path(name)


@pytest.fixture
def rig(rig_folder: Path, agent_image: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    """The board behind a pseudo-terminal; the boards of the bench are this one alone."""
    from rig import Rig

    with Rig(rig_folder) as made:
        monkeypatch.setenv("TLSBENCH_PLATFORMS", str(made.platforms))
        made.flash(str(agent_image))
        made.flashed.clear()  # by somebody before
        yield made


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    """Plays the emulator around a tap, which captures into this test's folder."""
    from tapped import tapped

    with tapped(tmp_path) as around:
        yield around


@pytest.fixture
def tap(emulator: Emulator) -> WireTap:
    """The tap."""
    return emulator.tap


@pytest.fixture
def platforms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the boards, used instead of them, that a test may change; what is built for it goes with the test."""
    from tlsbench import firmware

    folder = tmp_path / "platforms"
    shutil.copytree(ROOT / "platforms", folder)
    monkeypatch.setenv("TLSBENCH_PLATFORMS", str(folder))
    yield folder
    shutil.rmtree(firmware.build_folder(BOARD).parent, ignore_errors=True)


# --- nothing outlives its owner ---


def marked_processes(mark: str) -> dict[int, str]:
    """Living processes, except this one, that inherited this session's mark: process id and command line.

    The mark is in their environment, so this finds a grandchild whose parents are gone, and nobody else's processes.
    """
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            if f"{MARK}={mark}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue  # it ended, or is not ours to look at
    return found


@pytest.fixture(scope="module")
def shared_lab() -> Iterator[Lab]:
    """One lab for all tests of a file."""
    from lab import Lab

    with tempfile.TemporaryDirectory(prefix="lab-") as folder, Lab(Path(folder)) as made:
        yield made


@pytest.fixture
def lab(shared_lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """A lab whose places nobody holds, before the test and after it; the bench has the lab's board alone."""
    monkeypatch.setenv("TLSBENCH_PLATFORMS", str(shared_lab.platforms))
    files = {file: file.read_text() for file in shared_lab.file.parent.iterdir()}
    yield shared_lab
    for file, text in files.items():
        file.write_text(text)
    assert shared_lab.holders == {}


@pytest.fixture(scope="session", autouse=True)
def nothing_is_left_behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Fail the session if a process or a temporary folder is still there when all tests are done."""
    tmp_path_factory.getbasetemp()  # pytest's own folder stays where it is
    mark = uuid.uuid4().hex
    scratch = Path(tempfile.mkdtemp(prefix="tlsbench-tests-"))  # short: the path of a Unix socket has 107 bytes
    before = {name: os.environ.get(name) for name in (MARK, "TMPDIR")}
    os.environ.update({MARK: mark, "TMPDIR": str(scratch)})
    tempfile.tempdir = None  # forget the folder chosen before
    try:
        yield
        soon(lambda: not marked_processes(mark))  # the kernel takes its time to end those whose parents were killed
        processes = marked_processes(mark)
        for pid in processes:
            os.kill(pid, signal.SIGKILL)
        files = sorted(str(path.relative_to(scratch)) for path in scratch.iterdir())
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        tempfile.tempdir = None
    assert not processes, f"still running after the tests: {processes}"
    assert not files, f"still in the temporary folder after the tests: {files}"


@pytest.fixture(scope="module")
def platforms_of_tests() -> Iterator[None]:
    """The boards of `tests/firmware/platforms`, in the place of the bench's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TLSBENCH_PLATFORMS", str(ROOT / "tests/firmware/platforms"))
        yield
