"""Applications in the place of the agent: what they are built with, what the bench hears of them, and how they end."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cli import tlsbench
from conftest import BOARD

from tlsbench import applications, boards, firmware
from tlsbench.boards.boot import BootValues
from tlsbench.boards.stream import SocketStream
from tlsbench.link import Link
from tlsbench.model.errors import BoardError, CallTimeout, ConfigError, FaultError, LinkClosedError
from tlsbench.peers import Authority, TcpPeer
from tlsbench.peers.pki import names_on
from tlsbench.session import Config, Session
from tlsbench.session.application import END, Application, Launch

NOW = 1_900_000_000
MBED_OS = {"mbed.h", "mbed_trace.h"}

# --- values ---


def test_values_become_macros_of_the_kind_that_the_key_has() -> None:
    values = {"host": 'a "b"\nc', "port": 443, "root-ca": b"-----BEGIN\n"}
    text = applications.overrides("https-hello", values)
    laid_over = json.loads(text)["target_overrides"]["*"]
    assert laid_over == {"app.host": '"a \\"b\\"\\nc"', "app.port": 443, "app.root-ca": '"-----BEGIN\\n"'}


def test_an_unknown_key_or_application_is_named_with_those_that_exist() -> None:
    with pytest.raises(ConfigError, match="prot: https-hello has no such key; it has: secure, host, port"):
        applications.overrides("https-hello", {"prot": 443})
    with pytest.raises(ConfigError, match="unknown application 'nobody'; there are: dtls-echo, https-hello"):
        applications.overrides("nobody", {})


def test_a_text_stays_what_it_is_outside_of_ascii() -> None:
    for text in ("\N{GRINNING FACE}", "\N{GRINNING FACE}".encode()):
        laid_over = json.loads(applications.overrides("https-hello", {"host": text}))["target_overrides"]["*"]
        assert laid_over == {"app.host": '"\N{GRINNING FACE}"'}  # C++ has no surrogate pairs


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        (b"\xff", "no text"),
        ("a\x01", r"holds '\\x01'"),
        ("\x7f", r"holds '\\x7f'"),
        ("\udcff", r"holds '\\udcff'"),  # a byte of the command line that is no text
    ],
)
def test_what_no_text_can_hold_is_refused(value: str | bytes, complaint: str) -> None:
    with pytest.raises(ConfigError, match=f"host: its value .*{complaint}"):
        applications.overrides("https-hello", {"host": value})


def test_a_wrong_key_is_told_before_anything_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(firmware, "BUILD", tmp_path / "build")
    with pytest.raises(ConfigError, match="nokey: https-hello has no such key"):
        firmware.image(BOARD, target="https-hello", values={"nokey": 1}, into=tmp_path)
    assert not (tmp_path / "build").exists()


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("port", "abc", "port: 'abc' is nothing for https-hello, which takes a whole number from 1 to 65535"),
        ("port", "4433; exit(1)", "which takes a whole number"),
        ("port", "", "port: '' is nothing"),
        ("port", "4.5", "a whole number"),
        ("port", "\N{ARABIC-INDIC DIGIT THREE}", "a whole number"),
        ("port", "0", "from 1 to 65535"),
        ("port", 65536, "port: 65536 is nothing for https-hello"),
        ("secure", "2", "secure: '2' is nothing for https-hello, which takes one of 0, 1"),
        ("secure", "yes", "one of 0, 1"),
    ],
)
def test_a_value_that_a_key_does_not_take_is_told_with_what_it_takes(
    key: str, value: str | int, complaint: str
) -> None:
    with pytest.raises(ConfigError, match=re.escape(complaint)):
        applications.overrides("https-hello", {key: value})


def test_a_key_without_limits_takes_what_its_own_value_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").mkdir()
    keys: dict[str, Any] = {"on": True, "odd": {"value": 1, "value_min": "x"}}
    keys |= {"tries": 3, "level": {"value": -1, "value_max": 0}, "size": {"value": 8, "value_min": 8}, "mode": "FAST"}
    (tmp_path / "mine" / applications.CONFIGURATION).write_text(json.dumps({"config": keys}))
    monkeypatch.setattr(applications, "FOLDER", tmp_path)
    text = applications.overrides(
        "mine", {"tries": "-7", "level": "-3", "size": b"9", "mode": "SLOW", "on": "0", "odd": "1"}
    )
    laid_over = json.loads(text)["target_overrides"]["*"]
    assert laid_over == {"app.tries": -7, "app.level": -3, "app.size": 9, "app.mode": "SLOW", "app.on": 0, "app.odd": 1}
    for key, value, limit in (
        ("level", 1, "of 0 at most"),
        ("size", 7, "of 8 at least"),
        ("tries", "x", "number"),
        ("on", "2", "0, 1"),
    ):
        with pytest.raises(ConfigError, match=limit):
            applications.overrides("mine", {key: value})


def test_a_wrong_value_on_the_command_line_is_one_clear_line(tmp_path: Path) -> None:
    ended = tlsbench("app", "https-hello", "--board", "native", "--set", "port=abc", cwd=tmp_path)
    assert ended.status == 2
    assert "port: 'abc' is nothing for https-hello, which takes a whole number from 1 to 65535" in ended.output
    assert "building" not in ended.output


@pytest.mark.parametrize("name", applications.names())
def test_an_application_uses_the_api_of_mbed_os_and_nothing_else(name: str) -> None:
    folder = applications.configuration(name).parent
    for source in folder.glob("*.[ch]*"):
        text = source.read_text()
        own = {file.name for file in folder.glob("*.h")}
        included = set(re.findall(r'#include "([^"]+)"', text))
        assert included <= MBED_OS | own, f"{source} includes {included - MBED_OS - own}"
        assert "tlsbench::" not in text


# --- what is heard of one, with a stand-in for the board ---


class StandInBoard:
    """A board whose application has printed something already."""

    def __init__(self, printed: str, *, status: int | None = None, closed: bool = False) -> None:
        ours, theirs = socket.socketpair()
        theirs.sendall(printed.encode())
        self.stream = SocketStream(ours, why_ended=lambda: "the process ended by itself")
        self.info = SimpleNamespace(firmware=SimpleNamespace(stack="lwip"))
        self.names: dict[str, str] = {}
        self.told: list[BootValues | None] = []
        self.power: list[str] = []
        self._theirs = theirs
        self._status = status
        if closed:
            theirs.close()

    def tell_at_boot(self, values: BootValues | None) -> bool:
        self.told.append(values)
        return True

    def power_on(self, image: Path) -> None:
        self.power.append(f"on with {image}")

    def power_off(self) -> None:
        self.power.append("off")
        self.stream.close()
        self._theirs.close()

    def end_status(self, timeout_s: float) -> int | None:
        return self._status

    def alive(self) -> None:
        raise BoardError("it ended by itself", status=self._status, received="LeakSanitizer: 7 bytes")


@contextmanager
def running(printed: str, **options: Any) -> Iterator[Application]:
    board = StandInBoard(printed, **options)
    launch = Launch("hello", Path("hello.elf"), bytes(64), {"a.test": "10.0.2.2"})
    with Application(board, Path("/dev/null"), launch) as application:  # type: ignore[arg-type]
        yield application


def test_lines_are_found_in_their_order_only() -> None:
    with running("one\ntwo\none\n") as application:
        assert application.wait_for_line("one", 5) == "one"
        assert application.wait_for_line("o*e", 5) == "one"
        with pytest.raises(CallTimeout, match=r"hello did not print a line like 'two' in 0\.1 s") as caught:
            application.wait_for_line("two", 0.1)
        assert "one\n    two\n    one" in str(caught.value)
        assert application.lines == ["one", "two", "one"]


def test_a_fault_is_told_as_one() -> None:
    report = "++ tlsbench fault ++\nkind: assert\nthread: main\nreason: no\n-- tlsbench fault --\n"
    with running(f"one\n{report}") as application, pytest.raises(FaultError, match="assert"):
        application.wait_for_line("two", 20)


def test_a_line_that_ends_is_told_with_what_was_printed() -> None:
    with running("one\n", closed=True) as application, pytest.raises(LinkClosedError, match="by itself") as caught:
        application.wait_for_line("two", 20)
    assert "    one" in str(caught.value)


@pytest.mark.parametrize(("result", "status"), [(0, None), (1, None), (-3011, None), (0, 0), (1, 1), (-1, 255)])
def test_the_result_of_main_is_read_from_the_console(result: int, status: int | None) -> None:
    with running(f"tlsbench: main() returned {result}\n", status=status) as application:
        assert application.wait_for_end(5) == result


def test_a_process_that_ends_otherwise_than_its_main_is_told() -> None:
    with running("tlsbench: main() returned 0\n", status=23) as application:
        with pytest.raises(BoardError, match="main\\(\\) returned 0, but its process came to another end") as caught:
            application.wait_for_end(5)
        assert "LeakSanitizer: 7 bytes" in str(caught.value)


def test_the_board_is_told_seed_time_and_names_and_is_off_in_the_end() -> None:
    with running("") as application:
        board = application.board
        assert isinstance(board, StandInBoard)
        assert application.entropy == "injected"
        (values,) = board.told
        assert values is not None
        assert values.seed == bytes(64)
        assert values.epoch_s > NOW - 400_000_000
        assert board.names == {"a.test": "10.0.2.2"}
        assert board.power == ["on with hello.elf"]
    assert board.told[1:] == [None]
    assert board.power[-1] == "off"


# --- by hand ---


def test_an_application_by_hand_is_shown_and_its_result_is_the_exit_status(tmp_path: Path) -> None:
    (tmp_path / "path").write_text("/page")
    with TcpPeer("http", path="/page", body="Hello by hand") as peer:
        values = ("--set", "secure=0", "--set", f"port={peer.port}", "--set", f"path=@{tmp_path / 'path'}")
        came = tlsbench("app", "https-hello", "--board", "native", *values, cwd=tmp_path)
        missed = tlsbench("app", "https-hello", "--board", "native", *values[:-2], cwd=tmp_path)
    assert came.status == 0
    assert "Status 200\n\nHello by hand\n" in came.output
    assert missed.status == 1
    assert "Status 404\n" in missed.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nobody",), "unknown application 'nobody'; there are: dtls-echo"),
        (("https-hello", "--set", "port"), "--set: 'port' is not key=value"),
        (("https-hello", "--set", "prt=1"), "prt: https-hello has no such key"),
        (("https-hello", "--set", "root-ca=@no/file"), "no/file: cannot be read (No such file or directory)"),
    ],
)
def test_a_mistake_by_hand_is_told(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    ended = tlsbench("app", *arguments, cwd=tmp_path)
    assert (ended.status, said in " ".join(ended.output.split())) == (2, True), ended.output


# --- on the emulated board ---


@pytest.fixture(scope="module")
def listener() -> Iterator[TcpPeer]:
    """Takes what comes and says nothing: what a client says first is seen as it is."""
    with TcpPeer("sink") as peer:
        yield peer


@pytest.fixture(scope="module")
def image(listener: TcpPeer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Speaks TLS to the listener."""
    values = {"port": listener.port, "root-ca": Authority().root_pem}
    return firmware.image(BOARD, target="https-hello", values=values, into=tmp_path_factory.mktemp("image"))


def random_of_hello(peer: TcpPeer, image: Path, folder: Path, seed: bytes) -> bytes:
    """The random bytes of the first ClientHello of an application that was told this seed (RFC 5246, 7.4.1.2)."""
    board = boards.open_board(boards.load(BOARD), folder)
    before = len(peer.sessions)
    with board, Application(board, folder / "console.log", Launch("hello", image, seed, names_on(board.network))):
        session = peer.wait_until(lambda seen: seen.received >= 43, 20, "a ClientHello", number=before + 1)
        return bytes(session.received_head[15:43])  # behind four bytes of time


def test_the_seed_decides_over_the_random_numbers(listener: TcpPeer, image: Path, run_dir: Path) -> None:
    ones, twos = b"\1" * 64, b"\2" * 64
    first = random_of_hello(listener, image, run_dir, ones)
    assert random_of_hello(listener, image, run_dir, ones) == first
    assert random_of_hello(listener, image, run_dir, twos) != first


def test_without_a_seed_nothing_is_said(listener: TcpPeer, image: Path, run_dir: Path) -> None:
    before = len(listener.sessions)
    with boards.open_board(boards.load(BOARD), run_dir) as board:
        board.names.update(names_on(board.network))
        board.power_on(image)
        with Link(board.stream) as link:
            lines = link.console_since(0, lambda lines: any(line.startswith(END) for line in lines), 20)
    assert "[ERR ][TLSW]: There is no entropy" in lines
    assert "server.tlsbench.test: connect failed (-3012)" in lines  # NSAPI_ERROR_DEVICE_ERROR
    assert all(session.received == 0 for session in listener.sessions[before:])


@pytest.mark.parametrize(("entropy", "kept"), [("injected", 7), ("system", None), ("unknown", 7)])
def test_a_seed_is_recorded_where_it_counted(tmp_path: Path, entropy: str, kept: int | None) -> None:
    with Session(Config(out=tmp_path, seed=7)) as session:
        session._entropy = entropy
        run = session.result().run
    assert (run.entropy, run.seed) == (entropy, kept)


def test_the_agent_comes_back_after_an_application(tmp_path: Path, listener: TcpPeer) -> None:
    with Session(Config(out=tmp_path)) as session:
        application = session.run_application("https-hello", {"port": listener.port, "secure": 0})
        listener.wait_until(lambda seen: seen.received > 0, 20, "a request")
        assert session.application is application
        assert session.agent.status().workers
        assert session.application is None
        assert session.result().run.entropy == "injected"
        (kept,) = (session.run_dir / "applications").iterdir()
        assert re.fullmatch(r"https-hello-[0-9a-f]{12}\.elf", kept.name)
