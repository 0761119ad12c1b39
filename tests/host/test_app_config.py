"""Merging mbed_app.json with the libraries' mbed_lib.json, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tlsbench import firmware

SCRIPT = firmware.SOURCE / "cmake/app_config.py"
LIBRARY = {
    "name": "tls-socket",
    "config": {
        "enable": {"help": "build it", "value": 1, "accepted_values": [0, 1]},
        "debug-level": {"value": 0, "value_min": 0, "value_max": 4},
        "name": {"value": None},
        "level": {"value": None, "value_min": 2},
    },
}


class Tree:
    """A source tree with one library, and what the script makes of it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "firmware"
        self.library = self.write("netsocket/mbed_lib.json", LIBRARY)
        for board in ("one", "two"):
            self.write(f"../platforms/{board}/board.toml", "")
        self.out = folder / "out"

    def write(self, name: str, data: Any) -> Path:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(data if isinstance(data, str) else json.dumps(data))
        return file

    def run(self, half: str = "libraries", app: Any = None, overrides: Any = None) -> str:
        """Gives what the script complains of; empty if it did its work."""
        files = [
            "" if data is None else self.write(name, data)
            for name, data in (("mbed_app.json", app), ("overrides.json", overrides))
        ]
        command = [sys.executable, SCRIPT, half, self.root, "one", self.root / "../platforms", self.out, *files]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode == 0) == (done.stderr == "")
        return done.stderr

    def macros(self, name: str = "mbed_config.h") -> dict[str, str]:
        """The macros that a header defines."""
        words = [line.split(maxsplit=2) for line in (self.out / name).read_text().splitlines()]
        return {word[1]: word[2] for word in words if word[0] == "#define"}


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def over(**values: Any) -> dict[str, Any]:
    return {"target_overrides": {"*": {name.replace("__", ".").replace("_", "-"): x for name, x in values.items()}}}


def test_a_librarys_own_values_hold_without_an_application(tree: Tree) -> None:
    assert tree.run() == ""
    assert tree.macros() == {"MBED_CONF_TLS_SOCKET_ENABLE": "1", "MBED_CONF_TLS_SOCKET_DEBUG_LEVEL": "0"}
    assert "set(MBED_CONF_TLS_SOCKET_ENABLE [==[1]==])" in (tree.out / "mbed_config.cmake").read_text()


def test_the_application_decides_and_a_board_more_than_all_boards(tree: Tree) -> None:
    sections = {
        "two": {"tls-socket.debug-level": 4},
        "one": {"tls-socket.debug-level": 3},
        "*": {"tls-socket.debug-level": 1, "tls-socket.enable": False, "tls-socket.name": '"a \\"b\\""'},
    }
    assert tree.run(app={"target_overrides": sections}) == ""
    assert tree.macros() == {
        "MBED_CONF_TLS_SOCKET_ENABLE": "0",
        "MBED_CONF_TLS_SOCKET_DEBUG_LEVEL": "3",
        "MBED_CONF_TLS_SOCKET_NAME": '"a \\"b\\""',
    }


def test_a_board_is_laid_over_the_libraries_and_under_the_application(tree: Tree) -> None:
    tree.write("../platforms/one/board.toml", '[config]\n"tls-socket.debug-level" = 2\n"tls-socket.level" = 3\n')
    tree.write("../platforms/two/board.toml", '[config]\n"tls-socket.enable" = false\n')
    assert tree.run(app=over(tls_socket__debug_level=1)) == ""
    assert tree.macros() == {
        "MBED_CONF_TLS_SOCKET_ENABLE": "1",
        "MBED_CONF_TLS_SOCKET_DEBUG_LEVEL": "1",
        "MBED_CONF_TLS_SOCKET_LEVEL": "3",
    }
    assert tree.run(app=over(tls_socket__level=None)) == ""
    assert "MBED_CONF_TLS_SOCKET_LEVEL" not in tree.macros()


def test_a_board_that_is_like_another_has_its_values_where_it_has_no_own(tree: Tree) -> None:
    tree.write("../platforms/two/board.toml", '[config]\n"tls-socket.debug-level" = 2\n"tls-socket.enable" = false\n')
    tree.write("../platforms/one/board.toml", 'like = "two"\n[config]\n"tls-socket.debug-level" = 3\n')
    assert tree.run() == ""
    assert tree.macros() == {"MBED_CONF_TLS_SOCKET_ENABLE": "0", "MBED_CONF_TLS_SOCKET_DEBUG_LEVEL": "3"}
    levels = {"two": {"tls-socket.level": 4, "tls-socket.debug-level": 1}, "one": {"tls-socket.debug-level": 4}}
    assert tree.run(app={"target_overrides": levels}) == ""
    assert tree.macros()["MBED_CONF_TLS_SOCKET_LEVEL"] == "4"
    assert tree.macros()["MBED_CONF_TLS_SOCKET_DEBUG_LEVEL"] == "4"


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        (
            '[config]\n"tls-socket.debug-levl" = 1',
            "tls-socket.debug-levl is unknown; did you mean tls-socket.d",
        ),
        ('[config]\n"tls-socket.debug-level" = 5', "tls-socket.debug-level = 5: it must be from 0 to 4"),
        ('[config]\n"tls-socket.level" = 1', "tls-socket.level = 1: it must be at least 2"),
        ('[config]\n"tls-socket.name" = [1]', "it must be a number, true, false, null or a string"),
        ('[config]\n"tls-socket.name" = 2026-01-01', "it must be a number, true, false, null or a string"),
        ("[config]\ntls-socket.level = 3", 'config.tls-socket: a key with its library is one name, in quotes: "tls-s'),
        ('[config]\n"workers" = 3', "workers is unknown; there are: tls-socket.debug-level, tls-socket.enable"),
        ("config = 3", "config must be a table, [config]"),
        ("config = ", "Invalid value"),
    ],
)
def test_a_boards_mistake_is_told_with_file_and_key(tree: Tree, config: str, complaint: str) -> None:
    file = tree.write("../platforms/one/board.toml", config)
    said = tree.run()
    assert said.startswith(f"{file}: ")
    assert complaint in said
    assert said.count("\n") == 1
    assert not tree.out.exists()


def test_the_applications_own_keys_stand_apart(tree: Tree) -> None:
    app = {"config": {"host": '"a"', "port": {"value": 443, "macro_name": "PORT"}}, **over(tls_socket__enable=0)}
    assert tree.run(app=app) == ""
    assert "APP" not in (tree.out / "mbed_config.h").read_text()
    assert tree.run("application", app=app, overrides=over(app__host='"b"')) == ""
    assert tree.macros("mbed_app_config.h") == {"MBED_CONF_APP_HOST": '"b"', "PORT": "443"}


def test_an_override_of_the_same_value_rewrites_nothing(tree: Tree) -> None:
    app = {"config": {"port": 443}}
    tree.run("application", app=app)
    header = tree.out / "mbed_app_config.h"
    before = header.stat().st_mtime_ns
    tree.run("application", app=app, overrides=over(port=443))
    assert header.stat().st_mtime_ns == before
    tree.run("application", app=app, overrides=over(port=444))
    assert header.stat().st_mtime_ns > before


@pytest.mark.parametrize(
    ("app", "complaint"),
    [
        (over(tls_socket__debug_levl=1), "tls-socket.debug-levl is unknown; did you mean tls-socket.debug-level?"),
        (over(tls_socket__debug_level=5), "tls-socket.debug-level = 5: it must be from 0 to 4"),
        (over(tls_socket__debug_level="high"), 'tls-socket.debug-level = "high": it must be a number'),
        (over(tls_socket__enable=2), "tls-socket.enable = 2: it must be one of 0, 1"),
        (over(tls_socket__name=["a"]), "it must be a number, true, false, null or a string"),
        (over(tls_socket__name="a\nb"), "a macro is one line of printable characters"),
        (over(tls_socket__name="a\\"), "and no backslash ends it"),
        (over(tls_socket__name=float("nan")), "tls-socket.name = NaN: it must be a number that a compiler can read"),
        ('{"config": {"far": 1e999}}', "app.far = Infinity: it must be a number that a compiler can read"),
        ({"target_overides": {}}, "target_overides is unknown; did you mean target_overrides?"),
        ({"target_overrides": {"three": {}}}, "target_overrides: three is unknown; there are: *, "),
        ({"target_overrides": {"*": 1}}, "target_overrides of * must be an object, {...}"),
        ({"config": {"port": {"valu": 1}}}, "app.port: valu is unknown; did you mean value?"),
        ({"config": {"a b": 1}}, "app.a b: a key is made of letters, digits, - and _"),
        ({"config": {"a-b": 1, "a_b": 2}}, "app.a_b: app.a-b has the macro MBED_CONF_APP_A_B too"),
        (
            {"config": {"a": {"macro_name": "MBED_CONF_TLS_SOCKET_NAME"}}},
            "app.a: tls-socket.name has the macro MBED_CONF_TLS_SOCKET_NAME too",
        ),
        *(
            ({"config": {"a": {"value": 1, name: data}}}, f"app.a: {name} = {json.dumps(data)}: it must be {must}")
            for must, name, wrong in (
                ("a string", "help", (3, None, ["q"])),
                ("an identifier of C", "macro_name", ("A B", "", "1A", "A-B", "A\n", ["q"], None, 3)),
                ("a number", "value_min", ("a", None, True, [1], float("nan"))),
                ("a number", "value_max", ("a", None, False, {}, float("inf"))),
                ("a list of numbers", "accepted_values", (3, "abc", None, {"1": 1}, [], [[1]], [{}])),
            )
            for data in wrong
        ),
        ({"config": {"a": {"value": 5, "value_max": 4}}}, "app.a = 5: it must be at most 4"),
        ({"config": {"a": {"value": 5, "value_min": 6}}}, "app.a = 5: it must be at least 6"),
        ('{"config": ' + "[" * 100_000, "decoding a JSON"),
        ([], "the file must be an object, {...}"),
        ("{", "Expecting property name"),
    ],
)
def test_a_mistake_is_told_with_file_and_key(tree: Tree, app: Any, complaint: str) -> None:
    said = tree.run(app=app)
    assert said.startswith(f"{tree.root}/mbed_app.json: ")
    assert complaint in said
    assert said.count("\n") == 1
    assert not tree.out.exists()


def test_an_override_reaches_the_application_only(tree: Tree) -> None:
    said = tree.run("application", app={"config": {"port": 443}}, overrides=over(tls_socket__enable=0))
    assert "overrides.json: tls-socket.enable: this file may set the keys of app only" in said


def test_two_libraries_do_not_share_a_key(tree: Tree) -> None:
    tree.write("other/mbed_lib.json", LIBRARY)
    assert "tls-socket.enable: another file has this key too" in tree.run()


def test_a_missing_file_is_named(tree: Tree) -> None:
    command = [sys.executable, SCRIPT, "libraries", tree.root, "one", tree.root / "../platforms", tree.out, "gone", ""]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "gone: No such file or directory\n")


def test_what_cannot_be_written_is_named_and_leaves_nothing_behind(tree: Tree) -> None:
    (tree.out / "mbed_config.h/in_the_way").mkdir(parents=True)
    assert tree.run() == f"{tree.out}/mbed_config.h: Is a directory\n"
    assert [file.name for file in tree.out.iterdir()] == ["mbed_config.h"]


def test_a_file_is_replaced_and_never_half_there(tree: Tree) -> None:
    assert tree.run() == ""
    header = tree.out / "mbed_config.h"
    with header.open() as before:  # as a compiler that reads it meanwhile
        assert tree.run(app=over(tls_socket__debug_level=3)) == ""
        assert "DEBUG_LEVEL 0" in before.read()
    assert "DEBUG_LEVEL 3" in header.read_text()
    assert sorted(file.name for file in tree.out.iterdir()) == ["mbed_config.cmake", "mbed_config.h"]
