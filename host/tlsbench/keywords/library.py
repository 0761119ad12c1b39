"""The Robot Framework library: the topics, combined, and the run that they share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from robot.api import SkipExecution, logger
from robot.errors import DataError
from robot.libraries.BuiltIn import BuiltIn, RobotNotRunningError
from robotlibcore import DynamicCore

from tlsbench import __version__
from tlsbench.keywords.application import ApplicationKeywords
from tlsbench.keywords.blocking import BlockingKeywords
from tlsbench.keywords.board import BoardKeywords
from tlsbench.keywords.broker import BrokerKeywords
from tlsbench.keywords.certificates import CertificateKeywords
from tlsbench.keywords.console import ConsoleKeywords
from tlsbench.keywords.converters import CONVERTERS
from tlsbench.keywords.cost import CostKeywords
from tlsbench.keywords.datagram import DatagramKeywords
from tlsbench.keywords.dtls import DtlsKeywords
from tlsbench.keywords.failures import failure
from tlsbench.keywords.measurement import MeasurementKeywords
from tlsbench.keywords.nonblocking import NonblockingKeywords
from tlsbench.keywords.offload import OffloadKeywords
from tlsbench.keywords.options import OptionKeywords
from tlsbench.keywords.peer import PeerKeywords
from tlsbench.keywords.sharing import SharingKeywords
from tlsbench.keywords.socket import SocketKeywords
from tlsbench.keywords.tls import TlsKeywords
from tlsbench.keywords.topic import Topic
from tlsbench.keywords.transport import TransportKeywords
from tlsbench.model.errors import BenchError, NotThere
from tlsbench.report import write_all
from tlsbench.session import Config, Session, current
from tlsbench.session.listener import Listener

TOPICS: tuple[type[Topic], ...] = (
    BoardKeywords,
    CertificateKeywords,
    PeerKeywords,
    SocketKeywords,
    DatagramKeywords,
    OptionKeywords,
    TlsKeywords,
    DtlsKeywords,
    SharingKeywords,
    OffloadKeywords,
    TransportKeywords,
    BlockingKeywords,
    NonblockingKeywords,
    ConsoleKeywords,
    MeasurementKeywords,
    ApplicationKeywords,
    BrokerKeywords,
    CostKeywords,
)
"""One line per topic, in the order of the documentation."""


class Bench(DynamicCore):
    """Measures a secure socket on a Cortex-M board: what its handshake costs, what RAM it takes, what it blocks.

    The board is switched on when the first keyword needs it, and off after each suite. Sockets and peers that a
    test made are gone when it ends. After a test that failed, the next one finds a freshly started board.

    %TOC%

    = A first test =

    | *** Settings ***
    | Library    tlsbench.Bench
    |
    | *** Test Cases ***
    | A Handshake Fits The RAM
    |     ${authority}    Create Authority
    |     ${identity}     Create Server Certificate    ${authority}    chain=2
    |     ${peer}         Start TLS Peer    ${identity}
    |     Open Socket
    |     Set Root CA    ${authority}
    |     Connect    ${peer}
    |     Echo Should Work
    |     Close Socket
    |     Heap Peak Should Be At Most     42 KiB    phase=handshake
    |     Stack Peak Should Be At Most    3.5 KiB    thread=worker0    phase=handshake

    = Choosing a board =

    What to run on is looked for in this order: the arguments of the import, the variables ``${BOARD}``,
    ``${PROFILE}``, ``${MBEDTLS}``, ``${NETWORK}`` and ``${SEED}``, the environment (``TLSBENCH_BOARD``, ...), and then
    the defaults. A suite that says nothing runs on any board. Of a run that `tlsbench run` began, the command line
    decides: a suite that asks for something else fails.

    = Phases =

    The target goes from phase to phase by what it is told to do, and each phase is measured apart.

    | =Phase= | =Begins with= |
    | ``boot``, ``network_up`` | the board's start |
    | ``open`` | `Create Socket`, `Open Socket` |
    | ``trust`` | `Set Root CA`, `Append Root CA`, `Set Client Certificate`, `Share` |
    | ``handshake`` | `Connect`, `Start TLS` |
    | ``established`` | the return of a `Connect` that succeeded |
    | ``transfer`` | `Send`, `Receive`, `Send Pattern`, `Receive Pattern` |
    | ``closed`` | `Close Socket` |

    Calls on a plain ``tcp`` or ``udp`` socket begin no phase. A phase that comes twice in one test counts with
    its worst values.

    = Limits =

    Limits have units: sizes ``11 KiB``, ``900 B``; counts ``150 M``, ``12 k``; times ``500 ms``, ``2 s``.
    What the board cannot measure is *absent*: the test is skipped, and neither passes nor fails.
    """

    ROBOT_LIBRARY_SCOPE: ClassVar[str] = "GLOBAL"
    ROBOT_LIBRARY_VERSION: ClassVar[str] = __version__
    ROBOT_LIBRARY_DOC_FORMAT: ClassVar[str] = "ROBOT"
    ROBOT_LIBRARY_CONVERTERS: ClassVar[dict[type, Any]] = CONVERTERS

    def __init__(
        self,
        board: str | None = None,
        profile: str | None = None,
        mbedtls: str | None = None,
        network: str | None = None,
        seed: int | None = None,
    ) -> None:
        """Every argument left out is looked for as told under `Choosing a board`.

        | =Argument= | =Meaning= |
        | ``board`` | a folder of ``platforms/``; by default ``mps2-an385`` |
        | ``profile`` | build profile of the firmware, ``default`` or ``small`` |
        | ``mbedtls`` | generation of Mbed TLS, ``3.6`` or ``2.28`` |
        | ``network`` | how the target gets its address, ``static`` or ``dhcp`` |
        | ``seed`` | whole number that the target's entropy grows from; the same one repeats a run |

        Example:
        | Library    tlsbench.Bench
        | Library    tlsbench.Bench    profile=small    seed=1
        """
        given = {"board": board, "profile": profile, "mbedtls": mbedtls, "network": network, "seed": seed}
        owner = current.get() is None
        try:
            self.session = _session(given)
        except BenchError as error:
            raise DataError(str(error)) from error  # the one kind of error that Robot shows without a traceback
        if owner:  # else the command line listens: to all suites, also those that cannot import this
            self.ROBOT_LIBRARY_LISTENER = _OwnRun(self.session)
        super().__init__([topic(self.session) for topic in TOPICS])

    def run_keyword(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any] | None = None) -> Any:
        """Run one keyword; the one place where an error of the bench becomes a test's failure."""
        try:
            return super().run_keyword(name, args, kwargs)
        except NotThere as error:
            raise SkipExecution(f"absent: {error.message}") from error
        except BenchError as error:
            raise failure(error, fatal=self.session.cannot_start) from error


class _OwnRun(Listener):
    """The run that the library began itself: it is finished when Robot is done."""

    def close(self) -> None:
        """Robot's listener interface: the run is over."""
        current.use(None)
        with self.session as session:
            if session.used and not session.interrupted:
                result, folder = session.finish()
                write_all(result, folder)
                logger.console(f"Bench:   {folder / 'report.html'}")


def _session(given: dict[str, Any]) -> Session:
    """The run of this process; begun if there is none.

    Raises:
        ConfigError: what is asked for cannot be, or is not what the run was begun with.
    """
    asked = _variables(given) | {key: value for key, value in given.items() if value is not None}
    session = current.get()
    if session is None:
        session = Session(Config.from_environment().updated(asked))
        current.use(session)
    current.must_match(session, asked)
    return session


def _variables(keys: Iterable[str]) -> dict[str, Any]:
    """What Robot's variables of these names ask for."""
    try:
        return {key: BuiltIn().get_variable_value(f"${{{key.upper()}}}") for key in keys}
    except RobotNotRunningError:  # libdoc and editors read the library without a run
        return {}
