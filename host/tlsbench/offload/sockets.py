"""The sockets that a target has: what it asks of them is done, and those that are ready are served."""

from __future__ import annotations

import select
from collections.abc import Mapping

from tlsbench.model.nsapi import Nsapi

from . import addresses
from .base import HostSocket, Way
from .schema import pb
from .tcp import Listener, TcpSocket
from .udp import UdpSocket

MOST_SOCKETS = 256
"""More than any target has room for."""
OPTION_BYTES = 8192
"""Longest value of an option."""


class Sockets:
    """The sockets of one target, by their numbers. For one thread.

    Arguments:
        way: to the target.
        names: IPv4 addresses by host name, in lower case: those that can be resolved.
    """

    def __init__(self, way: Way, names: Mapping[str, str]) -> None:
        self._way = way
        self._names = names
        self._sockets: dict[int, HostSocket] = {}
        self._next_number = 1
        self._value = bytearray()  # of an option that comes in pieces

    def next_number(self) -> int:
        """A number for a connection that a listener accepted."""
        self._next_number += 2
        return self._next_number

    def add(self, sock: HostSocket) -> None:
        """Look after a socket from now on."""
        self._sockets[sock.number] = sock

    def serve(self, awake: int, timeout: float | None) -> bool:
        """Wait for a descriptor, the sockets or time, and serve the sockets that are ready.

        Arguments:
            awake: a descriptor that gets something to read when the wait shall end.
            timeout: in seconds; None: as long as it takes.

        Result:
            Whether `awake` has something to read.
        """
        waiting = select.poll()
        waiting.register(awake, select.POLLIN)
        by_descriptor = {}
        full = []
        for sock in self._sockets.values():
            events = (select.POLLIN if sock.wants_read else 0) | (select.POLLOUT if sock.wants_write else 0)
            if events:
                waiting.register(sock.sock, events)
                by_descriptor[sock.sock.fileno()] = sock
            if sock.wants_read and sock.holds_more:
                timeout = 0.0
                full.append(sock)
        ready = dict(waiting.poll(None if timeout is None else timeout * 1000))
        roused = ready.pop(awake, 0) != 0
        for descriptor, events in ready.items():
            sock = by_descriptor[descriptor]
            if events & select.POLLOUT and sock.wants_write:
                sock.writable()
            if events & (select.POLLIN | select.POLLHUP) and sock.wants_read:
                sock.readable()
            if events & select.POLLERR:
                sock.broken()
        for sock in full:
            if sock.wants_read and sock.holds_more:
                sock.readable()
        return roused

    def forget_done(self) -> None:
        """Let go of those that were closed and have nothing more to say."""
        for sock in [sock for sock in self._sockets.values() if sock.done]:
            del self._sockets[sock.number]
            sock.sock.close()

    def drop_all(self) -> None:
        """Close all of them at once."""
        for sock in self._sockets.values():
            sock.sock.close()
        self._sockets.clear()

    # --- what the target asks for ---

    def obey(self, message: pb.ToHost) -> None:
        """Do what a message asks for.

        Errors:
            OSError, OverflowError, ValueError: it asks for what cannot be.
        """
        what = message.WhichOneof("what")
        if what == "resolve":
            self._resolve(message)
            return
        if what == "open":
            self._open(message.socket, message.open)
            return
        sock = self._sockets.get(message.socket)
        if sock is None:  # what nobody waits for may have been on its way here while the socket ended
            if what == "connect":
                self._way.send(pb.ToTarget(socket=message.socket, connected=Nsapi.NO_SOCKET))
            elif what in ("bind", "listen", "set_option", "get_option"):
                self._answer(getattr(message, what).id, Nsapi.NO_SOCKET)
            return
        match what:
            case None:
                sock.data(message.data)
            case "connect" if isinstance(sock, TcpSocket):
                sock.connect(message.connect)
            case "datagram" if isinstance(sock, UdpSocket):
                sock.datagram(message.datagram, message.data)
            case "limit":
                sock.limit(message.limit)
            case "accept":
                sock.limit(message.accept)
                self._taken(sock)
            case "close":
                sock.close()  # it stays until what was sent before has gone out
                self._taken(sock)
            case "bind":
                self._answer(message.bind.id, sock.bind(message.bind.endpoint))
            case "listen" if isinstance(sock, TcpSocket):
                self._answer(message.listen.id, self._listen(sock, message.listen.value))
            case "set_option":
                self._set_option(sock, message.set_option, message.data)
            case "get_option":
                self._get_option(sock, message.get_option)

    def _taken(self, connection: HostSocket) -> None:
        """A connection is the target's now: its listener may tell of the next one."""
        for listener in self._sockets.values():
            if isinstance(listener, Listener):
                listener.taken(connection)

    def _open(self, number: int, how: pb.Open) -> None:
        if number == 0 or number in self._sockets or len(self._sockets) >= MOST_SOCKETS:
            raise ValueError(f"socket {number} is opened, one of {len(self._sockets)} that are open")
        make = UdpSocket if how.datagrams else TcpSocket
        self.add(make(self._way, number, how.limit))

    def _listen(self, sock: TcpSocket, backlog: int) -> Nsapi:
        try:
            sock.bind_anywhere()
            sock.sock.listen(backlog)
        except OSError as error:
            return addresses.result_of(error)
        self.add(Listener(self._way, sock.number, sock.sock))
        return Nsapi.OK

    def _resolve(self, message: pb.ToHost) -> None:
        address = self._names.get(message.data.decode("utf-8", "replace").lower())
        answer = pb.Resolved(query=message.resolve, result=Nsapi.DNS_FAILURE)
        if address is not None:
            answer = pb.Resolved(query=message.resolve, address=addresses.number_of(address))
        self._way.send(pb.ToTarget(resolved=answer))

    # --- options ---

    def _answer(self, question: int, result: int, data: bytes = b"", total: int = 0) -> None:
        self._way.send(pb.ToTarget(data=data, answer=pb.Answer(id=question, result=result, total=total)))

    def _set_option(self, sock: HostSocket, ask: pb.Ask, data: bytes) -> None:
        if ask.offset == 0:
            self._value.clear()
        result = Nsapi.OK
        if ask.total > OPTION_BYTES:
            result = Nsapi.NO_MEMORY
        elif ask.offset != len(self._value) or ask.offset + len(data) > ask.total:
            result = Nsapi.PARAMETER
        else:
            self._value += data
            if len(self._value) == ask.total:
                result = sock.set_option(ask.level, ask.name, bytes(self._value))
        self._answer(ask.id, result)

    def _get_option(self, sock: HostSocket, ask: pb.Ask) -> None:
        value = sock.get_option(ask.level, ask.name)
        if not isinstance(value, bytes):
            self._answer(ask.id, value)
        elif len(value) > ask.total:
            self._answer(ask.id, Nsapi.PARAMETER)
        else:
            piece = value[ask.offset : ask.offset + self._way.data_room - 16]
            self._answer(ask.id, Nsapi.OK, piece, len(value))
