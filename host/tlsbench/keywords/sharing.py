"""Keywords for what secure sockets share: certificates and configurations."""

from __future__ import annotations

from robot.api import logger
from robot.api.deco import keyword

from tlsbench.keywords.converters import Outcome, Size
from tlsbench.keywords.failures import KeywordFailure
from tlsbench.keywords.socket import SOCKET, SocketTopic
from tlsbench.link import calls
from tlsbench.link.calls import Part
from tlsbench.model.metric import QUANTITIES, Metric, Phase
from tlsbench.model.quantity import show
from tlsbench.model.result import Limit


class SharingKeywords(SocketTopic):
    """Mbed TLS's own structures, which one socket can give to another.

    | =Part= | =Getter and setter= |
    | ``own cert`` | ``get_own_cert``, ``set_own_cert``: the client certificate |
    | ``ca chain`` | ``get_ca_chain``, ``set_ca_chain``: the root certificates |
    | ``ssl config`` | ``get_ssl_config``, ``set_ssl_config``: everything |
    | ``ssl context`` | ``get_ssl_context``: the connection; nothing to share, but null while there is none |
    """

    @keyword(tags=["tls", "sharing"])
    def share(
        self,
        part: Part,
        other: str = "",
        *,
        socket: str = SOCKET,
        worker: int = 0,
        expect: Outcome | None = None,
    ) -> None:
        """Has a socket use what another one has: its setter gets what the other's getter gives.

        | =Argument= | =Meaning= |
        | ``part`` | see the table of parts |
        | ``other`` | name of the other socket; left out: a null pointer is set |

        Example:
        | `Open Socket`    socket=first
        | `Set Root CA`    ${authority}    socket=first
        | `Open Socket`    socket=second
        | `Share`    ssl config    first    socket=second
        """
        self.session.target.needs_tls_on_board("configuration of Mbed TLS's to share")
        self.call(calls.share(socket, part, other), worker, expect)

    @keyword(tags=["tls", "sharing"])
    def should_be_shared(self, part: Part, other: str = "", *, socket: str = SOCKET) -> None:
        """Checks that the getters of two sockets give the same pointer; without another one, that it is null.

        Example:
        | `Should Be Shared`    ca chain    first    socket=second
        """
        if not self._same(part, other, socket):
            raise KeywordFailure(f"{socket!r} and {other or 'null'!r} do not have the same {part.name}")

    @keyword(tags=["tls", "sharing"])
    def should_not_be_shared(self, part: Part, other: str = "", *, socket: str = SOCKET) -> None:
        """Checks that the getters of two sockets give different pointers; without another one, that it is not null."""
        if self._same(part, other, socket):
            raise KeywordFailure(f"{socket!r} and {other or 'null'!r} have the same {part.name}")

    @keyword(tags=["tls", "sharing", "measurement"])
    def second_socket_should_take_at_most(self, limit: Size, shared: int, alone: int) -> None:
        """Holds what a second socket that shares a configuration takes against a limit, and records what it saves.

        | =Argument= | =Meaning= |
        | ``limit`` | heap that it may take besides its own object |
        | ``shared`` | heap that it took while it shared, see `Get Heap` |
        | ``alone`` | heap that it took with a configuration of its own |

        Example:
        | `Second Socket Should Take At Most`    0 B    shared=${shared}    alone=${alone}
        """
        method = "allocator's count with its overhead: a second socket's settings of its own, less those that it shares"
        self.session.recorder.record(Metric("heap_saved", alone - shared, method, Phase.TRUST))
        unit = QUANTITIES["heap_current"].unit
        self.session.judge(Limit("", "", "heap_current", unit, shared, limit, Phase.TRUST, None, "test"))
        text = f"a second socket takes {show(shared, unit)}, {show(alone, unit)} with settings of its own"
        if shared > limit:
            raise KeywordFailure(f"{text}; at most {show(limit, unit)} would be sharing")
        if alone <= shared:
            raise KeywordFailure(f"{text}: nothing is saved")
        logger.info(text)

    def _same(self, part: Part, other: str, socket: str) -> bool:
        self.session.target.needs_tls_on_board("configuration of Mbed TLS's to share")
        return self.call(calls.same(socket, part, other), 0).result == 1
