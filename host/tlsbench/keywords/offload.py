"""Keywords about TLS that the network does for the target."""

from __future__ import annotations

from enum import IntEnum

from robot.api.deco import keyword

from tlsbench.keywords.converters import Outcome
from tlsbench.keywords.failures import KeywordFailure
from tlsbench.keywords.socket import SOCKET, SocketTopic
from tlsbench.link import calls
from tlsbench.measure import image
from tlsbench.offload.schema import CHANNEL

LEVEL = 7099
"""``NSAPI_TLSSOCKET_LEVEL``."""


class TlsOption(IntEnum):
    """``nsapi_tlssocket_option_t`` of the Mbed OS 6 socket API."""

    HOSTNAME = 0
    CACERT = 1
    CLCERT = 2
    CLKEY = 3
    ENABLE = 4


class OffloadKeywords(SocketTopic):
    """Options of level 7099, by which TLS is offloaded, and what that gives up. Arguments by name as for `Open Socket`.

    An image of the configuration ``offload-tls`` has no Mbed TLS: the network stack's other end does TLS.
    """

    @keyword(name="Set TLS Option", tags=["tls", "offload"])
    def set_tls_option(
        self,
        option: TlsOption,
        value: str | bytes | bool,
        *,
        socket: str = SOCKET,
        worker: int = 0,
        expect: Outcome | None = None,
    ) -> None:
        """Sets an option of level 7099 with ``setsockopt``.

        | =Argument= | =Meaning= |
        | ``option`` | ``HOSTNAME``, ``CACERT``, ``CLCERT``, ``CLKEY`` or ``ENABLE`` |
        | ``value`` | text, bytes (PEM gets its final zero byte), or for ``ENABLE`` whether to |

        Example:
        | `Set TLS Option`    ENABLE    ${True}    socket=clear
        """
        data = bytes([value]) if isinstance(value, bool) else value.encode() if isinstance(value, str) else value
        if data.startswith(b"-----BEGIN"):
            data = data.removesuffix(b"\0") + b"\0"
        stored = self.session.sockets.store(data)[0] if data else b""
        self.call(calls.setsockopt(socket, LEVEL, option, stored), worker, expect)

    @keyword(tags=["offload"])
    def image_should_not_contain(self, symbols: str) -> None:
        """Fails if the image that the board runs has a symbol that a pattern fits.

        Example:
        | `Image Should Not Contain`    mbedtls_*
        """
        found = self._symbols(symbols)
        if found:
            some = ", ".join(found[:5])
            raise KeywordFailure(f"the image has {len(found)} symbols like {symbols}: {some}")

    @keyword(tags=["offload"])
    def image_should_contain(self, symbols: str) -> None:
        """Fails if the image that the board runs has no symbol that a pattern fits."""
        if not self._symbols(symbols):
            raise KeywordFailure(f"the image has no symbol like {symbols}")

    def _symbols(self, pattern: str) -> list[str]:
        return image.symbols(self.session.image_of(self.session.configuration), pattern)

    @keyword(tags=["offload"])
    def capture_serial_line(self) -> None:
        """Listens in on the board's serial line until the suite ends; the board starts afresh for it.

        All that goes over the line is in the run's folder, too: ``serial-line.log``.
        """
        session = self.session
        session.switch_off()
        session.captures_line = True
        _ = session.target

    @keyword(tags=["offload"])
    def network_should_show(self, text: str | bytes) -> None:
        """Fails if what the network stack sent and received over the serial line did not have this text in it.

        `Capture Serial Line` comes first. The agent's own messages do not count: what a test has a target send goes
        to the target in the clear.

        Example:
        | `Send`    the secret
        | `Network Should Show`    the secret
        """
        if self._bytes(text) not in self._captured():
            raise KeywordFailure(f"{text!r} did not go over the serial line")

    @keyword(tags=["offload"])
    def network_should_not_show(self, text: str | bytes) -> None:
        """Fails if what the network stack sent and received over the serial line had this text in it."""
        captured = self._captured()
        if not captured:
            raise KeywordFailure("the network stack sent and received nothing over the serial line")
        if self._bytes(text) in captured:
            raise KeywordFailure(f"{text!r} went over the serial line")

    def _captured(self) -> bytes:
        if self.session.line is None:
            raise KeywordFailure("nobody listened in on the serial line: Capture Serial Line comes first")
        return self.session.line.messages(CHANNEL)

    def _bytes(self, text: str | bytes) -> bytes:
        return text.encode() if isinstance(text, str) else text
