"""Peers: the servers that the target talks to, all on this machine, and what they saw of it.

* `pki.Authority` makes certificates, good and bad ones.
* `tls.TlsPeer` and `tcp.TcpPeer` serve; `behaviours` says what they do with a connection.
* `udp.UdpPeer` and `dtls.DtlsPeer` serve datagrams; `impair.Impairment` is what may happen to them on their way.
* `dtls_program.DtlsProgram` is another DTLS server, of OpenSSL or GnuTLS.
* `ports.RefusedPort` keeps a port where nobody listens; `ports.free_port` finds one that nobody has.
* `seen.PeerSession` is what a peer saw of one connection.
"""

from tlsbench.peers.behaviours import BEHAVIOURS, make_behaviour
from tlsbench.peers.dtls import DtlsPeer
from tlsbench.peers.dtls_program import DtlsProgram
from tlsbench.peers.impair import Impairment
from tlsbench.peers.peer import Peer
from tlsbench.peers.pki import Authority, Flaw, Identity
from tlsbench.peers.ports import RefusedPort
from tlsbench.peers.seen import PeerSession, Stage
from tlsbench.peers.tcp import TcpPeer
from tlsbench.peers.tls import TlsPeer
from tlsbench.peers.udp import UdpPeer

__all__ = [
    "BEHAVIOURS",
    "Authority",
    "DtlsPeer",
    "DtlsProgram",
    "Flaw",
    "Identity",
    "Impairment",
    "Peer",
    "PeerSession",
    "RefusedPort",
    "Stage",
    "TcpPeer",
    "TlsPeer",
    "UdpPeer",
    "make_behaviour",
]
