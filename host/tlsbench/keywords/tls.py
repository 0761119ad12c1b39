"""Keywords for what a secure socket has beyond a plain one: certificates, names, the handshake and its verdict."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from robot.api.deco import keyword

from tlsbench.keywords.converters import Outcome
from tlsbench.keywords.failures import KeywordFailure
from tlsbench.keywords.socket import SOCKET, WAIT, SocketTopic
from tlsbench.link import calls
from tlsbench.link.answers import SocketStatus
from tlsbench.link.calls import Form, Range
from tlsbench.model.nsapi import VerifyFlag, describe_mbedtls, describe_verify_flags
from tlsbench.peers import Authority, Identity


class CertificateForm(StrEnum):
    """How a certificate is handed to the API of the target."""

    PEM = "PEM"
    """As a C string."""
    PEM_BUFFER = "PEM buffer"
    """As a pointer and a length that counts the final zero byte."""
    DER = "DER"
    """As a pointer and a length."""


class TlsKeywords(SocketTopic):
    """What is set before a handshake, and why one failed. Arguments by name as for `Open Socket`."""

    @keyword(name="Set Root CA", tags=["tls"])
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
        self.call(calls.set_root_ca_cert(socket, *self._store(root, form)), worker, expect)

    @keyword(name="TLS Should Be Done On The Board", tags=["tls"])
    def tls_should_be_done_on_the_board(self, why: str) -> None:
        """Makes the test absent where the network does TLS for the target (``nsapi.offload-tlssocket``).

        | =Argument= | =Meaning= |
        | ``why`` | what the test asks for that there is none of then |

        Example:
        | `TLS Should Be Done On The Board`    heap that TLS takes
        """
        self.session.target.needs_tls_on_board(why)

    @keyword(name="Append Root CA", tags=["tls"])
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
        self.session.target.needs_tls_on_board("append_root_ca_cert()")
        self.call(calls.append_root_ca_cert(socket, *self._store(root, form)), worker, expect)

    @keyword(tags=["tls"])
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
        self.call(calls.set_client_cert_key(socket, certificate, key, _how(form)), worker, expect)

    @keyword(tags=["tls"])
    def set_hostname(
        self, hostname: str | None, *, socket: str = SOCKET, worker: int = 0, expect: Outcome | None = None
    ) -> None:
        """Sets the name that the peer's certificate must have, and that is sent to it (SNI).

        | =Argument= | =Meaning= |
        | ``hostname`` | the name; ``None``: neither checked nor sent |

        Example:
        | `Set Hostname`    server.tlsbench.test
        """
        self.call(calls.set_hostname(socket, hostname), worker, expect)

    @keyword(name="Start TLS", tags=["tls"])
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
        return self.call(calls.connect(socket, "", 0), worker, expect, timeout).result

    @keyword(tags=["tls"])
    def certificate_should_have_been_refused_for(self, *reasons: VerifyFlag, socket: str = SOCKET) -> None:
        """Checks why the last handshake of a socket did not accept the peer's certificate: for this, and nothing else.

        | =Argument= | =Meaning= |
        | ``reasons`` | ``EXPIRED``, ``FUTURE``, ``CN_MISMATCH``, ``NOT_TRUSTED`` (``MBEDTLS_X509_BADCERT_...``) |

        Example:
        | `Connect`    ${peer}    expect=NSAPI_ERROR_AUTH_FAILURE
        | `Certificate Should Have Been Refused For`    EXPIRED
        """
        status = self._status(socket)
        wanted = sum(set(reasons))
        if status.verify_flags != wanted:
            raise KeywordFailure(
                f"the certificate was refused for {describe_verify_flags(status.verify_flags)}, "
                f"not for {describe_verify_flags(wanted)}"
            )

    @keyword(name="TLS Error Should Be", tags=["tls"])
    def tls_error_should_be(self, name: str, socket: str = SOCKET) -> None:
        """Checks the error that Mbed TLS itself gave when a secure socket failed last.

        | =Argument= | =Meaning= |
        | ``name`` | its name in Mbed TLS, with or without ``MBEDTLS_ERR_`` |

        Example:
        | `TLS Error Should Be`    X509_CERT_VERIFY_FAILED
        """
        said = describe_mbedtls(self._status(socket).tls_error)
        if f"_{name.removeprefix('MBEDTLS_ERR_')} " not in said:
            raise KeywordFailure(f"Mbed TLS's error is {said}, not {name}")

    def _store(self, root: Authority | bytes, form: CertificateForm) -> tuple[Range, Form]:
        """Puts a root certificate onto the target as the API wants it: PEM ends with a zero byte, which no file has."""
        if form is CertificateForm.DER:
            blob = root if isinstance(root, bytes) else root.root_der
        else:
            blob = (root if isinstance(root, bytes) else root.root_pem).removesuffix(b"\0") + b"\0"
        return self.session.sockets.store(blob)[0], _how(form)

    def _status(self, socket: str) -> SocketStatus:
        status = self.session.agent.status().socket(socket)
        if status is None:
            raise KeywordFailure(f"there is no socket {socket!r} on the target")
        return status


def _how(form: CertificateForm) -> Form:
    return Form.STRING if form is CertificateForm.PEM else Form.BUFFER
