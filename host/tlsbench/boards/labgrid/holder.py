"""The process that holds a labgrid place for the bench: the only one that imports labgrid.

Its standard input and output are the line to the bench. However that line ends, by a word or because the bench was
killed, the board is switched off and the place given back; so this process is the one thing that outlives the bench,
by as long as that takes. Places do not come back by themselves: a coordinator keeps one for whoever acquired it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import grpc
from labgrid import Environment, Target
from labgrid.driver import NetworkPowerDriver, SerialDriver
from labgrid.exceptions import NoDriverFoundError
from labgrid.remote.client import ClientSession
from labgrid.remote.generated import labgrid_coordinator_pb2 as pb
from labgrid.resource import NetworkPowerPort, RemotePlace
from labgrid.resource.remote import RemotePlaceManager
from labgrid.util.proxy import proxymanager

from tlsbench.boards.labgrid.console import POLL_S, Console
from tlsbench.boards.lines import Lines

CONNECT_S = 15.0
RELEASE_S = 10.0
MARK = ".tlsbench."


class Refused(Exception):
    """Something cannot be done; the message is for the user."""


class Holder:
    """A place and what it gives. A context manager: leaving it gives the place back.

    Arguments:
        wanted: coordinator, place, labgrid's environment file and its target, and the process id of the bench.
    """

    def __init__(self, wanted: dict[str, Any]) -> None:
        self._ends = ExitStack()
        self._console: Console | None = None
        self._place = wanted["place"]
        # Unique, so that nobody else's hold on the place is ever ended for ours.
        user = os.environ.get("LG_USERNAME") or _user()
        os.environ["LG_USERNAME"] = f"{user}{MARK}{wanted['bench']}"
        os.environ["LG_PLACE"] = self._place  # environment files may refer to it: !template $LG_PLACE
        self._loop = asyncio.new_event_loop()
        self._ends.callback(self._loop.close)
        asyncio.set_event_loop(self._loop)
        self._session = ClientSession(proxymanager.get_grpc_address(wanted["coordinator"], default_port=0), self._loop)
        self._ends.callback(self._leave)
        self._wait(self._session.start(), CONNECT_S, f"no labgrid coordinator answers at {wanted['coordinator']}")
        self._acquire()
        self._ends.callback(self._release)
        self._target = self._make_target(wanted["environment"], wanted["target"])
        self._ends.callback(self._switch_off)
        if self._driver("ConsoleProtocol", activate=False) is None:
            raise Refused("it has no console: no resource NetworkSerialPort, or the environment names no SerialDriver")

    def __enter__(self) -> Holder:
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()

    # --- the coordinator ---

    def _wait(self, work: Any, timeout_s: float, what: str) -> None:
        try:
            self._loop.run_until_complete(asyncio.wait_for(work, timeout_s))
        except grpc.aio.AioRpcError as error:
            raise Refused(f"{what}: {error.details()}") from error
        except TimeoutError as error:
            raise Refused(f"{what} within {timeout_s:g} s") from error
        except Exception as error:  # labgrid's own ServerError among others
            raise Refused(f"{what}: {error}") from error

    @property
    def _me(self) -> str:
        return f"{self._session.gethostname()}/{self._session.getuser()}"

    def _acquire(self) -> None:
        place = self._session.places.get(self._place)
        if place is None:
            known = ", ".join(sorted(self._session.places)) or "none"
            raise Refused(f"the coordinator has no such place; there are: {known}")
        if place.acquired and _is_dead(place.acquired, self._me):
            request = pb.ReleasePlaceRequest(placename=self._place, fromuser=place.acquired)
            self._wait(self._session.stub.ReleasePlace(request), CONNECT_S, "what a dead bench held was not released")
        elif place.acquired:
            raise Refused(f"it is held by {place.acquired}")
        request = pb.AcquirePlaceRequest(placename=self._place)
        self._wait(self._session.stub.AcquirePlace(request), CONNECT_S, "it cannot be acquired")
        self._wait(self._session.sync_with_coordinator(), CONNECT_S, "the coordinator does not tell of it")
        if not self._session.places[self._place].acquired_resources:
            self._release()
            raise Refused("no exporter that is there exports what it matches; is its exporter up?")

    def _release(self) -> None:
        request = pb.ReleasePlaceRequest(placename=self._place, fromuser=self._me)
        with suppress(Refused):  # the coordinator went, and with it what it knew
            self._wait(self._session.stub.ReleasePlace(request), RELEASE_S, "the place was not released")

    def _leave(self) -> None:
        self._session.stopping.set()
        with suppress(Refused):
            self._wait(self._session.stop(), RELEASE_S, "the coordinator was not left")
        with suppress(Refused):
            self._wait(self._session.close(), RELEASE_S, "the coordinator was not left")

    def lost(self) -> str:
        """What of the place is gone; empty while it is all there."""
        self._loop.run_until_complete(asyncio.sleep(POLL_S))
        if self._session.stopping.is_set():
            return "the coordinator is gone"
        place = self._session.places.get(self._place)
        if place is None or place.acquired != self._me:
            return f"somebody took it away; it is held by {place.acquired if place else 'nobody: it was deleted'}"
        for exporter, group, cls, name in place.acquired_resources:
            entry = self._session.resources.get(exporter, {}).get(group, {}).get(name)
            if entry is None or not entry.data.get("avail"):
                return f"the exporter {exporter} no longer gives its {cls} {group}/{name}"
        return ""

    # --- the board ---

    def _make_target(self, environment: str | None, role: str) -> Target:
        manager = RemotePlaceManager.get()
        manager.session, manager.loop = self._session, self._loop
        try:
            if environment is not None:
                file = Environment(environment)
                target = file.get_target(role)
                if target is None:
                    raise Refused(f"{environment} has no target {role!r}")
                return target
            target = Target(self._place)
            RemotePlace(target, name=self._place)
            SerialDriver(target, name=None)
            if any(isinstance(resource, NetworkPowerPort) for resource in target.resources):
                NetworkPowerDriver(target, name=None)
        except Refused:
            raise
        except Exception as error:  # a file of the user's, read by labgrid
            raise Refused(f"labgrid cannot use it: {type(error).__name__}: {error}") from error
        return target

    def _driver(self, protocol: str, *, activate: bool = True) -> Any:
        try:
            return self._target.get_driver(protocol, activate=activate)
        except NoDriverFoundError:
            return None

    def _switch_off(self) -> None:
        self._close_console()
        power = self._driver("PowerProtocol")
        if power is not None:
            power.off()

    def _close_console(self) -> None:
        console, self._console = self._console, None
        if console is not None:
            console.close()

    def do(self, request: dict[str, Any], lines: list[int]) -> None:
        """Do what the bench asks for."""
        match request["do"]:
            case "console":
                self._close_console()
                power = self._driver("PowerProtocol")
                if power is not None:
                    power.on()
                console = self._driver("ConsoleProtocol", activate=False)
                self._console = Console(self._target, console, socket.socket(fileno=lines.pop()))
            case "reset":
                button = self._driver("ResetProtocol")
                if button is None:
                    raise Refused("nothing can reset its board: it needs a power port, or a driver that resets")
                button.reset()
            case "flash":
                flasher = self._driver("BootstrapProtocol")
                if flasher is None:
                    raise Refused("nothing can flash its board: name a driver in the file `labgrid.environment`")
                flasher.load(request["image"])


def _user() -> str:
    import getpass

    return getpass.getuser()


def _is_dead(holder: str, me: str) -> bool:
    """Whether a place is held by a bench of this user and machine that is no more."""
    theirs, ours = holder.rpartition(MARK), me.rpartition(MARK)
    return bool(theirs[1]) and theirs[0] == ours[0] and not Path(f"/proc/{theirs[2]}").exists()


def serve(line: Lines) -> None:
    """Hold the place until the line ends."""
    messages: list[dict[str, Any]] | None
    messages = line.receive()
    if messages is None:
        return
    with Holder(messages[0]) as holder:
        line.send({"done": True})
        told = ""
        while True:
            lost = holder.lost()
            if lost and lost != told:
                line.send({"lost": lost})
                told = lost
            if not line.wait(0.0):
                continue
            messages = line.receive()
            if messages is None:
                return
            for message in messages:
                try:
                    holder.do(message, line.descriptors)
                except Exception as error:  # whatever a driver says
                    line.send({"error": str(error) or type(error).__name__})
                else:
                    line.send({"done": True})


def main() -> int:
    """Entry point: 0 when all went well. What went wrong is told on the line."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # unwinds, and so gives the place back
    line = Lines(socket.socket(fileno=os.dup(0)))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)  # what labgrid prints is no message
    try:
        serve(line)
    except Refused as error:
        with suppress(OSError):
            line.send({"error": str(error)})
        return 1
    except BrokenPipeError:
        return 0  # the bench is gone; the place was given back on the way here
    return 0


if __name__ == "__main__":
    sys.exit(main())
