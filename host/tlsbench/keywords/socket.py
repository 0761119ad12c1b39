"""Keywords for the socket API of the target: one keyword per call."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from ipaddress import AddressValueError, IPv4Address

from robot.api.deco import keyword

from tlsbench.keywords.converters import Outcome, Size
from tlsbench.keywords.failures import KeywordFailure
from tlsbench.keywords.topic import Topic
from tlsbench.link import Reply, calls
from tlsbench.link.calls import Call, Form, TransportMode
from tlsbench.model.nsapi import VerifyFlag, describe_mbedtls, describe_result, describe_verify_flags
from tlsbench.peers import Authority, Identity, TcpPeer
from tlsbench.peers.pki import SERVER_NAME

SOCKET = "tls"
"""Name of the socket that a keyword means when it is told none."""
WAIT = timedelta(seconds=30)
AT_ONCE = Size(512)
"""Most bytes of one send or receive that crosses the link to the target."""
ANY_CHUNK = Size(0)


class CertificateForm(StrEnum):
    """How a certificate is handed to the API of the target."""

    PEM = "PEM"
    """As a C string."""
    PEM_BUFFER = "PEM buffer"
    """As a pointer and a length that counts the final zero byte."""
    DER = "DER"
    """As a pointer and a length."""


class SocketKeywords(Topic):
    """The life of a socket on the target.

    Each keyword has these arguments, by name only:
    ``socket`` names the socket, ``worker`` is the number of the target's thread that makes the call, and ``expect`` is
    the result that the call must have, for example ``NSAPI_ERROR_AUTH_FAILURE``; without it any success will do.
    """

    def _call(self, call: Call, worker: int, expect: Outcome | None = None, timeout: timedelta = WAIT) -> Reply:
        reply = self.session.sockets.call(call, worker, timeout.total_seconds())
        if expect is None and not reply.ok:
            raise KeywordFailure(str(reply))
        if expect is not None and reply.result != expect:
            raise KeywordFailure(f"{reply}, not {describe_result(expect)}")
        return reply

    @keyword(tags=["socket"])
    def create_socket(
        self,
        kind: str = "tls",
        *,
        socket: str = SOCKET,
        transport: str = "",
        hostname: str = "",
        mode: TransportMode = TransportMode.CONNECT_AND_CLOSE,
        worker: int = 0,
        expect: Outcome | None = None,
    ) -> None:
        """Creates a socket object on the target's heap; it is not open yet.

        | =Argument= | =Meaning= |
        | ``kind`` | ``tls`` (TLSSocket), ``tcp`` (TCPSocket), ``tls-wrapper`` (TLSSocketWrapper over a socket) |
        | ``transport`` | for a wrapper: the name of the socket below |
        | ``hostname`` | for a wrapper: the name of the peer |
        | ``mode`` | for a wrapper: what it does with that socket: ``KEEP``, ``CONNECT``, ``CLOSE`` or both |

        Example:
        | `Create Socket`    tcp    socket=plain
        | `Create Socket`    tls-wrapper    transport=plain    hostname=server.tlsbench.test    mode=KEEP
        """
        call = calls.create(socket, kind, hostname=hostname, transport=transport, mode=mode)
        self._call(call, worker, expect)

    @keyword(tags=["socket"])
    def open_socket(
        self, kind: str = "tls", *, socket: str = SOCKET, worker: int = 0, expect: Outcome | None = None
    ) -> None:
        """Opens a socket; creates it first if there is none of that name.

        | =Argument= | =Meaning= |
        | ``kind`` | kind of the socket that is created, see `Create Socket` |

        Example:
        | `Open Socket`
        | `Open Socket`    tcp    socket=plain
        """
        if socket not in self.session.sockets.kinds:
            self._call(calls.create(socket, kind), worker)
        self._call(calls.open(socket), worker, expect)

    @keyword(name="Set Root CA", tags=["socket", "tls"])
    def set_root_ca(
        self,
        root: Authority | bytes,
        form: CertificateForm = CertificateForm.PEM,
        *,
        socket: str = SOCKET,
        worker: int = 0,
        expect: Outcome | None = None,
    ) -> None:
        """Sets the root certificate that the peer's chain must lead to.

        | =Argument= | =Meaning= |
        | ``root`` | an authority (see `Create Authority`), or the bytes of a certificate |
        | ``form`` | ``PEM`` (a C string), ``PEM buffer``, or ``DER`` |

        Example:
        | `Set Root CA`    ${authority}
        | `Set Root CA`    ${authority}    DER
        """
        blob, how = _certificate(root, form)
        stored = self.session.sockets.store(blob)[0]
        self._call(calls.set_root_ca_cert(socket, stored, how), worker, expect)

    @keyword(name="Append Root CA", tags=["socket", "tls"])
    def append_root_ca(
        self,
        root: Authority | bytes,
        form: CertificateForm = CertificateForm.PEM,
        *,
        socket: str = SOCKET,
        worker: int = 0,
        expect: Outcome | None = None,
    ) -> None:
        """Adds a root certificate to those that are trusted already. Arguments as for `Set Root CA`.

        Example:
        | `Set Root CA`       ${one}
        | `Append Root CA`    ${other}
        """
        blob, how = _certificate(root, form)
        stored = self.session.sockets.store(blob)[0]
        self._call(calls.append_root_ca_cert(socket, stored, how), worker, expect)

    @keyword(tags=["socket", "tls"])
    def set_client_certificate(
        self,
        identity: Identity,
        form: CertificateForm = CertificateForm.PEM,
        *,
        socket: str = SOCKET,
        worker: int = 0,
        expect: Outcome | None = None,
    ) -> None:
        """Sets the certificate and the private key that the target shows when its peer asks.

        | =Argument= | =Meaning= |
        | ``identity`` | a certificate with its key, see `Create Client Certificate` |
        | ``form`` | ``PEM`` (C strings), ``PEM buffer``, or ``DER`` |

        Example:
        | `Set Client Certificate`    ${identity}
        """
        if form is CertificateForm.DER:
            blobs = (identity.certificate_der, identity.key_der)
        else:
            blobs = (identity.chain_pem + b"\0", identity.key_pem + b"\0")
        certificate, key = self.session.sockets.store(*blobs)
        self._call(calls.set_client_cert_key(socket, certificate, key, _how(form)), worker, expect)

    @keyword(tags=["socket", "tls"])
    def set_hostname(
        self, hostname: str | None, *, socket: str = SOCKET, worker: int = 0, expect: Outcome | None = None
    ) -> None:
        """Sets the name that the peer's certificate must have, and that is sent to it (SNI).

        | =Argument= | =Meaning= |
        | ``hostname`` | the name; ``None``: neither checked nor sent |

        Example:
        | `Set Hostname`    server.tlsbench.test
        """
        self._call(calls.set_hostname(socket, hostname), worker, expect)

    @keyword(tags=["socket"])
    def connect(
        self,
        peer: TcpPeer | int,
        host: str = SERVER_NAME,
        *,
        socket: str = SOCKET,
        worker: int = 0,
        expect: Outcome | None = None,
        timeout: timedelta = WAIT,
    ) -> int:
        """Connects a socket; on a secure one that includes the handshake. Gives the call's result.

        | =Argument= | =Meaning= |
        | ``peer`` | a peer of the bench (see the keywords for peers), or a port |
        | ``host`` | a name, which the target resolves, or an address |
        | ``timeout`` | how long the bench waits for the call to return |

        Example:
        | `Connect`    ${peer}
        | `Connect`    ${peer}    10.0.2.2
        | `Connect`    ${peer}    expect=NSAPI_ERROR_AUTH_FAILURE
        """
        return self._call(connect_call(socket, peer, host), worker, expect, timeout).result

    @keyword(name="Start TLS", tags=["socket", "tls"])
    def start_tls(
        self, *, socket: str = SOCKET, worker: int = 0, expect: Outcome | None = None, timeout: timedelta = WAIT
    ) -> int:
        """Makes the handshake of a wrapper over a socket that is connected already, as STARTTLS does.

        Example:
        | `Open Socket`    tcp    socket=plain
        | `Connect`    ${peer}    socket=plain
        | `Create Socket`    tls-wrapper    transport=plain    hostname=server.tlsbench.test    mode=CLOSE
        | `Set Root CA`    ${authority}
        | `Start TLS`
        """
        return self._call(calls.connect(socket, "", 0), worker, expect, timeout).result

    @keyword(tags=["socket", "tls"])
    def certificate_should_have_been_refused_for(self, *reasons: VerifyFlag, socket: str = SOCKET) -> None:
        """Checks why the last handshake of a socket did not accept the peer's certificate: for this, and nothing else.

        | =Argument= | =Meaning= |
        | ``reasons`` | ``EXPIRED``, ``FUTURE``, ``CN_MISMATCH``, ``NOT_TRUSTED`` (``MBEDTLS_X509_BADCERT_...``) |

        Example:
        | `Connect`    ${peer}    expect=NSAPI_ERROR_AUTH_FAILURE
        | `Certificate Should Have Been Refused For`    EXPIRED
        """
        status = self.session.agent.status().socket(socket)
        if status is None:
            raise KeywordFailure(f"there is no socket {socket!r} on the target")
        wanted = sum(set(reasons))
        if status.verify_flags != wanted:
            raise KeywordFailure(
                f"the certificate was refused for {describe_verify_flags(status.verify_flags)}, "
                f"not for {describe_verify_flags(wanted)}"
            )

    @keyword(name="TLS Error Should Be", tags=["socket", "tls"])
    def tls_error_should_be(self, name: str, socket: str = SOCKET) -> None:
        """Checks the error that Mbed TLS itself gave when a secure socket failed last.

        | =Argument= | =Meaning= |
        | ``name`` | its name in Mbed TLS, with or without ``MBEDTLS_ERR_`` |

        Example:
        | `TLS Error Should Be`    X509_CERT_VERIFY_FAILED
        """
        status = self.session.agent.status().socket(socket)
        if status is None:
            raise KeywordFailure(f"there is no socket {socket!r} on the target")
        said = describe_mbedtls(status.tls_error)
        if f"_{name.removeprefix('MBEDTLS_ERR_')} " not in said:
            raise KeywordFailure(f"Mbed TLS's error is {said}, not {name}")

    @keyword(tags=["socket"])
    def send(self, data: str | bytes, *, socket: str = SOCKET, worker: int = 0, expect: Outcome | None = None) -> int:
        """Sends once, at most 512 bytes, and gives the count that was taken. Text goes as UTF-8.

        Example:
        | `Send`    hello
        """
        return self._call(calls.send(socket, _bytes(data)), worker, expect).result

    @keyword(tags=["socket"])
    def receive(
        self, size: Size = AT_ONCE, *, socket: str = SOCKET, worker: int = 0, expect: Outcome | None = None
    ) -> bytes:
        """Receives once, at most ``size`` bytes, and gives what came; nothing at the end of the stream.

        Example:
        | ${data}    `Receive`    100
        """
        return self._call(calls.recv(socket, size), worker, expect).data

    @keyword(tags=["socket"])
    def echo_should_work(self, data: str | bytes = "hello", *, socket: str = SOCKET, worker: int = 0) -> None:
        """Sends a few bytes to a peer that echoes and checks that the same ones come back.

        Example:
        | `Echo Should Work`    hello
        """
        sent = _bytes(data)
        self._call(calls.send(socket, sent), worker)
        came = b""
        while len(came) < len(sent):
            part = self._call(calls.recv(socket, len(sent) - len(came)), worker).data
            if not part:
                raise KeywordFailure(f"the stream ended after {came!r}; {sent!r} should have come back")
            came += part
        if came != sent:
            raise KeywordFailure(f"{came!r} came back, not {sent!r}")

    @keyword(tags=["socket"])
    def send_pattern(
        self,
        length: Size,
        *,
        chunk: Size = ANY_CHUNK,
        socket: str = SOCKET,
        worker: int = 0,
        expect: Outcome | None = None,
        timeout: timedelta = WAIT,
    ) -> int:
        """Sends pattern data that the target makes itself, and gives the count of bytes.

        | =Argument= | =Meaning= |
        | ``length`` | bytes in all |
        | ``chunk`` | bytes of one call; 0: as many as the target's buffer holds |

        Example:
        | `Send Pattern`    64 KiB
        """
        return self._call(calls.send_pattern(socket, length, chunk=chunk), worker, expect, timeout).result

    @keyword(tags=["socket"])
    def receive_pattern(
        self,
        length: Size,
        *,
        chunk: Size = ANY_CHUNK,
        socket: str = SOCKET,
        worker: int = 0,
        expect: Outcome | None = None,
        timeout: timedelta = WAIT,
    ) -> int:
        """Receives pattern data, checked on the target, and gives the count of bytes. Arguments as for `Send Pattern`.

        Example:
        | `Receive Pattern`    64 KiB
        """
        reply = self._call(calls.recv_pattern(socket, length, chunk=chunk), worker, expect, timeout)
        moved = reply.transfer
        if moved is not None and moved.wrong:
            raise KeywordFailure(
                f"byte {moved.wrong_offset} is 0x{moved.wrong_byte:02x} and should be 0x{moved.right_byte:02x}"
            )
        if expect is None and moved is not None and moved.bytes != length:
            raise KeywordFailure(f"the stream ended after {moved.bytes} bytes; {length} should have come")
        return reply.result

    @keyword(tags=["socket"])
    def close_socket(self, *, socket: str = SOCKET, worker: int = 0, expect: Outcome | None = None) -> None:
        """Closes a socket. Its object stays until `Delete Socket` or the end of the test."""
        self._call(calls.close(socket), worker, expect)

    @keyword(tags=["socket"])
    def delete_socket(self, *, socket: str = SOCKET, worker: int = 0) -> None:
        """Deletes the socket object. At the end of a test this happens by itself."""
        self._call(calls.delete(socket), worker)


def connect_call(socket: str, peer: TcpPeer | int, host: str) -> Call:
    """The call that connects a socket to a peer, or a port, of a host: by address if it is one, else by name."""
    port = peer if isinstance(peer, int) else peer.port
    return calls.connect(socket, host, port) if _is_address(host) else calls.connect_host(socket, host, port)


def _is_address(host: str) -> bool:
    try:
        IPv4Address(host)
    except AddressValueError:
        return False
    return True


def _bytes(data: str | bytes) -> bytes:
    return data.encode() if isinstance(data, str) else data


def _how(form: CertificateForm) -> Form:
    return Form.STRING if form is CertificateForm.PEM else Form.BUFFER


def _certificate(root: Authority | bytes, form: CertificateForm) -> tuple[bytes, Form]:
    if isinstance(root, bytes):
        return root, _how(form)
    return (root.root_der if form is CertificateForm.DER else root.root_pem + b"\0"), _how(form)
