"""What a person does by hand: serve a peer, or watch a board's console, until Ctrl-C."""

from __future__ import annotations

import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tlsbench import applications, boards, firmware
from tlsbench.boards import ByteStream
from tlsbench.link.codec import FrameDecoder, Text
from tlsbench.model.errors import ConfigError
from tlsbench.peers import Authority, DtlsPeer, Identity, Peer, TlsPeer
from tlsbench.peers.dtls import DEFAULT_MTU
from tlsbench.peers.pki import DEFAULT_HOSTS, names_on
from tlsbench.session.application import END, Application, Launch
from tlsbench.session.config import Config
from tlsbench.session.target import Start, Target, entropy_seed

POLL_S = 0.5
"""Seconds between two looks at whether the board is still alive."""
DAY_S = 86_400.0

Say = Callable[[str], None]


@dataclass(frozen=True)
class Listening:
    """Where a peer listens, and what it shows.

    Attributes:
        port: port to listen on; 0 takes a free one.
        address: address of this machine to listen on.
        hosts: names in the certificate; none means those of the bench.
        key: kind of all keys, `ec` or `rsa`.
        chain: certificates that the server sends.
        flaw: what is wrong with the certificate.
        keylog: file for the secrets, in the format that Wireshark reads.
    """

    port: int = 0
    address: str = "127.0.0.1"
    hosts: tuple[str, ...] = ()
    key: str = "ec"
    chain: int = 2
    flaw: str = "valid"
    keylog: Path | None = None


def serve_tls(say: Say, where: Listening, *, behaviour: str = "echo") -> None:
    """Serve TLS 1.2 until interrupted, and say what each connection was.

    Arguments:
        say: gets each line of output.
        where: where it listens, and what it shows.
        behaviour: what it does with a connection.

    Raises:
        BenchError: an option cannot be, or the port belongs to somebody else.
    """

    def peer(identity: Identity) -> TlsPeer:
        return TlsPeer(identity, behaviour, address=where.address, port=where.port, keylog=where.keylog)

    _serve(say, where, peer, "-tls1_2")


def serve_dtls(say: Say, where: Listening, *, cookies: bool = True, mtu: int = DEFAULT_MTU) -> None:
    """Serve DTLS 1.2 until interrupted: send back what comes, and say what each connection was.

    Arguments:
        say: gets each line of output.
        where: where it listens, and what it shows.
        cookies: have clients prove their address first.
        mtu: longest datagram that it sends, bytes.

    Raises:
        BenchError: an option cannot be, or the port belongs to somebody else.
    """

    def peer(identity: Identity) -> DtlsPeer:
        return DtlsPeer(identity, cookies=cookies, mtu=mtu, address=where.address, port=where.port, keylog=where.keylog)

    _serve(say, where, peer, "-dtls1_2")


def _serve(say: Say, where: Listening, make: Callable[[Identity], Peer], protocol: str) -> None:
    authority = Authority(key="rsa" if where.key == "rsa" else "ec")
    names = where.hosts or DEFAULT_HOSTS
    identity = authority.server(hosts=(*names, where.address), chain=where.chain, flaw=where.flaw)
    with tempfile.TemporaryDirectory(prefix="tlsbench-peer-") as folder:
        root = Path(folder) / "root.pem"
        root.write_bytes(authority.root_pem)
        with make(identity) as peer:
            say(f"port: {peer.port}")
            say(f"CA file: {root}")
            say(f"names: {', '.join(names)}")
            say(f"try: openssl s_client -connect {where.address}:{peer.port} -CAfile {root} {protocol}")
            say("Ctrl-C ends it")
            told: set[int] = set()
            while True:
                for session in peer.wait_for_ends(told, DAY_S):
                    told.add(session.number)
                    say(f"\n{time.strftime('%H:%M:%S')} {session.summary()}")


class _Overheard:
    """A board's serial line that shows the console text in it to somebody on its way."""

    def __init__(self, stream: ByteStream, show: Say) -> None:
        self._stream = stream
        self._show = show
        self._decoder = FrameDecoder()

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """See `ByteStream`."""
        data = self._stream.read(max_bytes, timeout_s)
        for event in self._decoder.feed(data):
            if isinstance(event, Text):
                self._show(event.data.decode("utf-8", "backslashreplace"))
        return data

    def write(self, data: bytes) -> None:
        """See `ByteStream`."""
        self._stream.write(data)

    def close(self) -> None:
        """See `ByteStream`."""
        self._stream.close()


def show_console(config: Config, say: Say, progress: Say) -> None:
    """Switch a board on, start its agent, and show what it prints, until interrupted or until it stops.

    Arguments:
        config: which board, and what firmware.
        say: gets the console text as it comes, line feeds included.
        progress: gets a line when something takes time.

    Raises:
        BenchError: the board does not come up, or its line ended.
    """
    info = boards.load(config.board, config.port)
    config = config.for_board(info)
    image = config.image or firmware.image(
        config.board, config.profile, config.mbedtls, configuration=config.configuration, progress=progress
    )
    seed = config.seed if config.seed is not None else secrets.randbits(32)
    start = Start(image, entropy_seed(seed, "console"), dhcp=config.network == "dhcp")
    stop = threading.Event()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tlsbench-console-")))
        board = stack.enter_context(boards.open_board(info, folder))
        progress(f"switching {info.name} on")
        log = folder / "console.log"
        target = stack.enter_context(Target(board, log, start, lambda stream: _Overheard(stream, say)))
        hello = target.hello
        progress(f"{hello.board}, profile {hello.profile}, Mbed TLS {hello.mbedtls}; Ctrl-C ends it")
        while True:
            target.agent.status()  # a board that died or faulted says so here
            stop.wait(POLL_S)


def show_application(config: Config, name: str, values: Iterable[str], say: Say, progress: Say) -> int:
    """Run an application, show what it prints, and give what its main() returns.

    Arguments:
        config: which board, and what firmware.
        name: a folder of `firmware/apps/`.
        values: of its own keys, ``key=value`` each; ``key=@file`` takes the text of a file.
        say: gets each line as it comes.
        progress: gets a line when something takes time.

    Raises:
        BenchError: it cannot be built or started, or it stopped before its end.
    """
    info = boards.load(config.board, config.port)
    applications.configuration(name)  # complains about one that is unknown
    given = dict(_value(text) for text in values)
    seed = config.seed if config.seed is not None else secrets.randbits(32)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tlsbench-app-")))
        build = (config.board, config.profile, config.mbedtls, name)
        image = firmware.image(*build, values=given, into=folder, progress=progress)
        board = stack.enter_context(boards.open_board(info, folder))
        progress(f"switching {info.name} on with {name}")
        launch = Launch(name, image, entropy_seed(seed, name), names_on(info.network))
        application = stack.enter_context(Application(board, folder / "console.log", launch))
        shown = 0
        while True:
            lines = application.link.console_since(shown, bool, POLL_S)
            shown += len(lines)
            for line in lines:
                say(line)
                if line.startswith(END):
                    return application.wait_for_end(0)
            if not lines:
                application.link.check("its end")


def _value(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise ConfigError(f"{text!r} is not key=value", key="--set")
    if not value.startswith("@"):
        return key, value
    file = Path(value[1:])
    try:
        return key, file.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot be read ({error.strerror})", file=file) from error
    except UnicodeDecodeError as error:
        raise ConfigError("is no text", file=file) from error
