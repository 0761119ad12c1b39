"""Every public method of the sockets has a row in docs/api.md and in README.md, and what they name as proof exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NETSOCKET = ROOT / "firmware" / "netsocket"
API = ROOT / "docs" / "api.md"
README = ROOT / "README.md"

# Class -> the headers that declare what it has, each with the class in it.
CLASSES = {
    "TLSSocketWrapper": (("Socket.h", "Socket"), ("TLSSocketWrapper.h", "TLSSocketWrapper")),
    "TLSSocket": (("tls/SecureSocket.h", "SecureSocket"),),
    "TLSSocket, offloaded": (("offload/TLSSocket.h", "TLSSocket"),),
    "DTLSSocketWrapper": (("DTLSSocketWrapper.h", "DTLSSocketWrapper"),),
    "DTLSSocket": (("tls/SecureSocket.h", "SecureSocket"),),
    "TCPSocket": (("Socket.h", "Socket"), ("InternetSocket.h", "InternetSocket"), ("TCPSocket.h", "TCPSocket")),
    "UDPSocket": (("Socket.h", "Socket"), ("InternetSocket.h", "InternetSocket"), ("UDPSocket.h", "UDPSocket")),
}

SECTION = re.compile(r"^## `(\w+)`(|, offloaded)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| `(~?\w+)` \|(?: [^|]* \|)? ([^|]+) \|$", re.MULTILINE)
PROOF = re.compile(r"`([\w./-]+)` \*([^*]+)\*")


def declared(header: str, name: str) -> set[str]:
    """Names of the public methods that a class declares, deleted ones and operators left out."""
    text = re.sub(
        r"//[^\n]*|/\*.*?\*/|^\s*#[^\n]*$", "", (NETSOCKET / header).read_text(), flags=re.DOTALL | re.MULTILINE
    )
    start = re.search(rf"\bclass {name}\b[^;{{]*\{{", text)
    assert start, f"{header} has no class {name}"
    methods: set[str] = set()
    statement, depth, public = "", 0, False
    for character in text[start.end() :]:
        if character == "}" and depth == 0:
            break
        depth += {"{": 1, "}": -1}.get(character, 0)
        if depth == 0 or (depth == 1 and character == "{"):
            statement += character
        access = re.fullmatch(r"\s*(public|protected|private):", statement)
        if access:
            public, statement = access[1] == "public", ""
        elif character in "{;}" and depth <= (character == "{"):
            found = re.search(r"(~?\b\w+)\s*\(", statement)
            if public and found and "= delete" not in statement and "operator" not in statement:
                methods.add(found[1])
            statement = ""
    return methods


def promised(name: str) -> set[str]:
    """What has to have a row: constructors and destructors under the class's own name."""
    methods = set[str]()
    for header, declaring in CLASSES[name]:
        for method in declared(header, declaring):
            own = name.partition(",")[0]
            methods.add(method.replace(declaring, own) if method.lstrip("~") == declaring else method)
    return methods


def rows(name: str) -> dict[str, list[tuple[str, str]]]:
    """The rows about a class: method -> what proves it, as suite or file, and test."""
    sections = {of + how: text for of, how, text in SECTION.findall(API.read_text())}
    assert name in sections, f"{API.name} says nothing of {name}"
    return {method: PROOF.findall(proofs) for method, proofs in ROW.findall(sections[name])}


def names_in(where: str) -> set[str]:
    """Names of the tests in a suite of robot/, or in a file of tests/."""
    if where.startswith("tests/"):
        file = ROOT / where
        return set(re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE)) if file.exists() else set()
    file = ROOT / "robot" / f"{where}.robot"
    if not file.exists():
        return set()
    _, _, cases = file.read_text().partition("*** Test Cases ***\n")
    return set(re.findall(r"^(\S.*?)\s*$", cases.partition("\n*** ")[0], re.MULTILINE))


@pytest.mark.parametrize("name", CLASSES)
def test_every_public_method_has_a_row_and_no_row_is_left_over(name: str) -> None:
    wanted = promised(name)
    assert len(wanted) >= 4, f"only {wanted} were found in the headers of {name}"
    assert set(rows(name)) == wanted


@pytest.mark.parametrize("name", CLASSES)
def test_every_method_has_a_proof(name: str) -> None:
    assert [method for method, proofs in rows(name).items() if not proofs] == []


def test_every_proof_exists() -> None:
    proofs = PROOF.findall(API.read_text())
    assert len(proofs) > 100
    assert [f"{where}: {test}" for where, test in proofs if test not in names_in(where)] == []


@pytest.mark.parametrize("name", CLASSES)
def test_the_readme_names_every_method_and_the_suites_that_prove_it(name: str) -> None:
    of, _, how = name.partition(",")
    begin = f"| `{of}`{how and ','}{how} |"
    lines = [line for line in README.read_text().splitlines() if line.startswith(begin)]
    said: dict[str, set[str]] = {}
    for line in lines:
        _, _, methods, suites, _ = (cell.strip() for cell in line.split("|"))
        for method in re.findall(r"`(~?\w+)`", methods):
            said[method] = set(re.findall(r"`([\w./-]+)`", suites))
    assert said == {method: {where for where, _ in proofs} for method, proofs in rows(name).items()}


def test_a_method_without_a_row_would_be_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    header = (NETSOCKET / "TLSSocketWrapper.h").read_text()
    folder = tmp_path / "netsocket"
    folder.mkdir()
    (folder / "TLSSocketWrapper.h").write_text(
        header.replace("    void set_hostname(", "    int brand_new(int x) const;\n    void set_hostname(", 1)
    )
    (folder / "Socket.h").write_text((NETSOCKET / "Socket.h").read_text())
    monkeypatch.setattr("test_api_table.NETSOCKET", folder)
    assert promised("TLSSocketWrapper") - set(rows("TLSSocketWrapper")) == {"brand_new"}
