"""Keywords about the board and its network."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv4Network

from robot.api import SkipExecution
from robot.api.deco import keyword

from tlsbench.keywords.converters import Size
from tlsbench.keywords.failures import KeywordFailure, absent
from tlsbench.keywords.topic import Topic
from tlsbench.link import calls
from tlsbench.measure.traffic import Frame
from tlsbench.model.board import NetworkPlan

RESOLVE_S = 20.0


class BoardKeywords(Topic):
    """Switching the board on and off, its clock, its names."""

    @keyword(tags=["board"])
    def use_configuration(self, name: str) -> None:
        """Has the board run another image until the suite ends: the one of this configuration. For suite set-ups.

        What is measured belongs to that image: what a test measured before is forgotten. The sizes that stand for the
        whole run are those of the ordinary one.
        Where the run has an image of its own (``--image``) that was built with another configuration, the suite is
        absent.

        | =Argument= | =Meaning= |
        | ``name`` | a file of ``firmware/agent/configurations/``, without ``.json`` |

        Example:
        | Suite Setup    `Use Configuration`    tcp
        """
        self.session.use_configuration(name)
        if self.session.config.image and (has := self.session.target.hello.configuration) != name:
            raise SkipExecution(f"absent: the image of this run has the configuration {has or 'of the defaults'!r}")

    @keyword(tags=["board"])
    def restart_board(self) -> None:
        """Switches the board off and on, so that the test starts from a fresh boot.

        Needed only where a test depends on it, for example on a heap that nobody used yet: the board is switched
        on by itself when a keyword first needs it.

        Example:
        | [Setup]    `Restart Board`
        """
        self.session.switch_off()
        _ = self.session.target

    @keyword(tags=["board"])
    def switch_board_off(self) -> None:
        """Switches the board off. The next keyword that needs it switches it on again."""
        self.session.switch_off()

    @keyword(tags=["board"])
    def set_target_clock(self, ahead: timedelta = timedelta(0)) -> None:
        """Sets the target's wall clock, which certificates are checked against.

        The bench sets it to the time of this machine when the board starts, and again when the test ends.

        | =Argument= | =Meaning= |
        | ``ahead`` | how far ahead of this machine's clock; negative is behind |

        Example:
        | `Set Target Clock`    400 days
        """
        if ahead:
            self.session.target.needs_tls_on_board("clock of the target's that certificates are checked against")
        agent = self.session.agent
        agent.set_time(int((datetime.now(UTC) + ahead).timestamp()))
        if ahead:
            self.session.at_end_of_test(lambda: agent.set_time(int(datetime.now(UTC).timestamp())))

    @keyword(tags=["board"])
    def forget_target_clock(self) -> None:
        """Lets the target not know the time, as after boot without a clock of its own, until the test ends.

        Example:
        | `Forget Target Clock`
        | `Connect`    ${peer}    expect=NSAPI_ERROR_AUTH_FAILURE
        """
        self.session.target.needs_tls_on_board("clock of the target's that certificates are checked against")
        agent = self.session.agent
        agent.set_time(0)
        self.session.at_end_of_test(lambda: agent.set_time(int(datetime.now(UTC).timestamp())))

    @keyword(tags=["board"])
    def bring_network_up_again(self, dhcp: bool = False) -> str:
        """Takes the target's network down and up, and gives its address.

        | =Argument= | =Meaning= |
        | ``dhcp`` | get the address by DHCP, not the one in ``board.toml``; absent where there is no DHCP |

        Example:
        | ${address}    `Bring Network Up Again`    dhcp=True
        """
        if dhcp and not self._network.dhcp:
            raise absent("how a lease is got", self.session.info.name)
        return self.session.target.network_up(dhcp)

    @keyword(tags=["board"])
    def get_host_address(self) -> str:
        """Gives the address that the target reaches the bench and its peers by.

        Example:
        | ${host}    `Get Host Address`
        | `Connect`    ${peer}    ${host}
        """
        return self._network.host

    @keyword(tags=["board"])
    def get_static_address(self) -> str:
        """Gives the address that the target has when it does not ask for one by DHCP."""
        return self._network.address

    @keyword(tags=["board"])
    def address_should_be_on_the_network(self, address: str) -> None:
        """Checks that an address is one for hosts of the board's network.

        | =Argument= | =Meaning= |
        | ``address`` | an IPv4 address |

        Example:
        | ${address}    `Bring Network Up Again`    dhcp=True
        | `Address Should Be On The Network`    ${address}
        """
        plan = self._network
        network = IPv4Network(f"{plan.address}/{plan.netmask}", strict=False)
        reserved = ("", str(network.network_address), str(network.broadcast_address))
        if address in reserved or IPv4Address(address) not in network:
            raise KeywordFailure(f"{address} should be the address of a host on the network {network}")

    @property
    def _network(self) -> NetworkPlan:
        plan = self.session.info.network
        if plan is None:
            raise self.session.info.error("this board has no network", "network")
        return plan

    @keyword(tags=["board"])
    def limit_heap(self, limit: Size) -> None:
        """Lets allocations on the target fail when more than this would be live, until the test ends.

        | =Argument= | =Meaning= |
        | ``limit`` | a size, allocator overhead included; 0 lifts the limit |

        Example:
        | `Limit Heap`    4 KiB
        | `Open Socket`    expect=NSAPI_ERROR_NO_MEMORY
        """
        agent = self.session.agent
        agent.heap_limit(limit)
        if limit:
            self.session.at_end_of_test(lambda: agent.heap_limit(0))

    @keyword(tags=["board"])
    def limit_stack(self, limit: Size, worker: int = 0) -> None:
        """Gives a thread of the target a stack of this size, until the test ends. An overflow stops the target.

        A board whose threads have less to begin with keeps them as they are: what fits there fits.

        | =Argument= | =Meaning= |
        | ``limit`` | a size in steps of 8 bytes |
        | ``worker`` | number of the thread |

        Example:
        | `Limit Stack`    4 KiB
        | `Connect`    ${peer}
        """
        if not self.session.measures("stack_peak"):
            raise absent("what a stack of a given size holds", self.session.info.name)
        agent = self.session.agent
        agent.set_worker(worker, min(limit, agent.hello.worker_stack_bytes))
        self.session.at_end_of_test(lambda: agent.set_worker(worker))

    @keyword(tags=["board"])
    def cut_the_cable(self) -> None:
        """Lets no packet through to the target or from it, until the test ends. Nobody is told.

        Example:
        | `Connect`    ${peer}
        | `Cut The Cable`
        | `Close Socket`
        """
        wire = self.session.wire
        if wire is None:
            raise absent("what happens on its network", self.session.info.name)
        wire.filters.append(_lose)
        self.session.at_end_of_test(lambda: wire.filters.remove(_lose))

    @keyword(tags=["board"])
    def host_name_should_resolve(self, host: str, address: str | None = None) -> str:
        """Asks the target's name service for a host and gives its address.

        | =Argument= | =Meaning= |
        | ``host`` | the name |
        | ``address`` | the address it must have; left out: any |

        Example:
        | ${host}    `Get Host Address`
        | `Host Name Should Resolve`    server.tlsbench.test    ${host}
        """
        reply = self.session.sockets.call(calls.resolve(host), timeout_s=RESOLVE_S)
        if not reply.ok or address not in (None, reply.address):
            raise KeywordFailure(f"{host} should be {address or 'known'}: {reply} {reply.address}".rstrip())
        return reply.address


def _lose(frame: Frame, forward: Callable[[Frame], None]) -> None:
    """A filter of the wire, see `measure.wire.Filter`: nothing goes on."""
