"""Keywords about certificates: the bench's own authority, and what it signs."""

from __future__ import annotations

from pathlib import Path

from robot.api.deco import keyword

from tlsbench.keywords.topic import Topic
from tlsbench.model.errors import CertificateError
from tlsbench.peers.pki import Authority, Flaw, Identity, hosts_on, read_certificate
from tlsbench.peers.signing import KeyKind


class CertificateKeywords(Topic):
    """Certificates, made afresh in each run. Their validity is checked against the target's clock."""

    @keyword(tags=["certificates"])
    def create_authority(self, key: KeyKind = "ec", name: str = "tlsbench") -> Authority:
        """Makes a certificate authority: a root certificate, and intermediate ones where they are needed.

        | =Argument= | =Meaning= |
        | ``key`` | kind of all its keys: ``ec`` (P-256) or ``rsa`` (2048 bits) |
        | ``name`` | organisation in its certificates, to tell one authority from another |

        Example:
        | ${authority}    `Create Authority`
        | ${authority}    `Create Authority`    rsa
        | `Set Root CA`    ${authority}
        """
        return Authority(key=key, name=name)

    @keyword(tags=["certificates"])
    def create_server_certificate(
        self,
        authority: Authority,
        flaw: Flaw = Flaw.VALID,
        *,
        chain: int = 2,
        hosts: tuple[str, ...] | None = None,
        key: KeyKind | None = None,
    ) -> Identity:
        """Makes a certificate with its private key for a TLS peer.

        | =Argument= | =Meaning= |
        | ``authority`` | who signs it, see `Create Authority` |
        | ``flaw`` | ``valid``, ``expired``, ``not yet valid``, ``wrong host``, ``self-signed`` or ``untrusted root`` |
        | ``chain`` | how many certificates the peer sends, 1 to 3: the leaf and its issuers, never the root |
        | ``hosts`` | names and IP addresses that it is valid for; left out: those that the target knows the bench by |
        | ``key`` | kind of the leaf's own key, if it is not the authority's |

        Example:
        | ${identity}    `Create Server Certificate`    ${authority}
        | ${identity}    `Create Server Certificate`    ${authority}    chain=3
        | ${identity}    `Create Server Certificate`    ${authority}    expired
        | ${peer}    `Start TLS Peer`    ${identity}
        """
        names = hosts_on(self.session.info.network) if hosts is None else hosts
        return authority.server(hosts=names, chain=chain, flaw=flaw, key=key)

    @keyword(tags=["certificates"])
    def create_client_certificate(
        self,
        authority: Authority,
        flaw: Flaw = Flaw.VALID,
        *,
        name: str = "tlsbench client",
        chain: int = 1,
        key: KeyKind | None = None,
    ) -> Identity:
        """Makes a certificate with its private key that the target shows to a peer that asks for one.

        | =Argument= | =Meaning= |
        | ``authority`` | who signs it |
        | ``flaw`` | ``valid``, ``expired``, ``not yet valid``, ``self-signed`` or ``untrusted root`` |
        | ``name`` | common name, which `Peer Should Have Seen` can check |
        | ``chain`` | how many certificates the target sends, 1 to 3 |
        | ``key`` | kind of its key, if it is not the authority's |

        Example:
        | ${client}    `Create Client Certificate`    ${authority}    name=meter 7
        | `Set Client Certificate`    ${client}
        """
        return authority.client(name=name, chain=chain, flaw=flaw, key=key)

    @keyword(tags=["certificates"])
    def read_certificate(self, file: Path) -> bytes:
        """Reads a certificate file, PEM or DER, and checks that it is one. Gives its bytes, for `Set Root CA`.

        Example:
        | ${root}    `Read Certificate`    my-root.pem
        | `Set Root CA`    ${root}    PEM buffer
        """
        try:
            data = file.read_bytes()
        except OSError as error:
            raise CertificateError(f"{file} cannot be read: {error.strerror}") from error
        read_certificate(data, str(file))
        return data
