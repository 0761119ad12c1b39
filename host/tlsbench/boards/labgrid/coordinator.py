"""The place that a labgrid coordinator gives to the bench, from the search for one until it is given back."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import grpc
from labgrid.remote.client import ClientSession
from labgrid.remote.common import Place, Reservation, ReservationState, ResourceEntry
from labgrid.remote.generated import labgrid_coordinator_pb2 as pb
from labgrid.resource.remote import RemotePlaceManager
from labgrid.util.proxy import proxymanager

from tlsbench.boards.labgrid import names
from tlsbench.boards.labgrid.names import Refused

ANSWER_S = 15.0
"""Seconds within which the coordinator answers."""
RELEASE_S = 5.0
LEFT_S = 20.0
"""Seconds within which a holder gives its place back whose bench was killed."""
AVAILABLE_S = 10.0
"""Seconds within which an exporter has what it exports ready for use: it starts programs for that."""
POLL_S = 0.2
BROKEN = "<broken>"


class Coordinator:
    """A session with a coordinator, and the place that it gave us.

    Arguments:
        wanted: coordinator, place, tags, wait, and the process id of the bench.
        still_wanted: called while something is waited for; raises if nobody waits any more.
    """

    def __init__(self, wanted: dict[str, Any], still_wanted: Callable[[], None]) -> None:
        self._wanted = wanted
        self._still_wanted = still_wanted
        self._user = names.user()
        self._reservation = ""
        self.place = ""
        """Name of the place that is ours."""
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        # Unique, so that nobody else's hold on the place is ever ended for ours.
        self._enter(names.holder(self._user, wanted["bench"]))

    # --- the session ---

    def _enter(self, user: str) -> None:
        os.environ["LG_USERNAME"] = user
        address = proxymanager.get_grpc_address(self._wanted["coordinator"], default_port=0)
        self._session = ClientSession(address, self._loop)
        self._wait(self._session.start(), ANSWER_S, f"no labgrid coordinator answers at {self._wanted['coordinator']}")
        self._me = f"{self._session.gethostname()}/{user}"
        manager = RemotePlaceManager.get()
        manager.session, manager.loop = self._session, self._loop

    def _exit(self) -> None:
        self._session.stopping.set()
        for work in (self._session.stop(), self._session.close()):
            with suppress(Refused):
                self._wait(work, RELEASE_S, "the coordinator was not left")

    def _wait(self, work: Any, timeout_s: float, what: str) -> Any:
        try:
            return self._loop.run_until_complete(asyncio.wait_for(work, timeout_s))
        except grpc.aio.AioRpcError as error:
            raise Refused(f"{what}: {error.details()}") from error
        except TimeoutError as error:
            raise Refused(f"{what} within {timeout_s:g} s") from error
        except Exception as error:  # labgrid's own ServerError among others
            raise Refused(f"{what}: {error}") from error

    def _ask(self, call: str, what: str, timeout_s: float = ANSWER_S, **values: Any) -> Any:
        """One call of labgrid's protocol, and its answer."""
        return self._wait(getattr(self._session.stub, call)(getattr(pb, f"{call}Request")(**values)), timeout_s, what)

    def listen(self, seconds: float) -> None:
        """Take the coordinator's news for a while."""
        self._loop.run_until_complete(asyncio.sleep(seconds))

    def _until(self, reached: Callable[[], bool], seconds: float) -> bool:
        """Wait until something is so; the answer is whether it is."""
        deadline = time.monotonic() + seconds
        while not (there := reached()) and time.monotonic() < deadline:
            self._still_wanted()
            self.listen(POLL_S)
        return there

    # --- a place ---

    def acquire(self) -> None:
        """Have the place, with all that it matches."""
        self._bury()
        name = self._choose()  # may begin another session
        place = self._session.places[name]
        if place.acquired:
            raise Refused(names.held_by(place.acquired, self._plain))
        if missing := place.unmatched([path for path, _ in self._resources()]):
            raise Refused(f"no exporter exports what its match {str(missing)!r} wants; is its exporter up?")
        if not place.matches:
            raise Refused(f"it matches nothing: labgrid-client -p {place.name} add-match EXPORTER/GROUP/CLASS")
        self.place = name  # released from now on, also if nobody waits for the answer
        try:
            self._ask("AcquirePlace", "it cannot be acquired", placename=name)
        except Refused as error:
            self.place = ""
            raise Refused(f"{error}{self._in_the_way(place)}") from error
        self._wait(self._session.sync_with_coordinator(), ANSWER_S, "the coordinator does not tell of it")
        if not self._until(lambda: not self._unavailable(), AVAILABLE_S):
            raise Refused(self._unavailable())

    def _choose(self) -> str:
        """Name of the place that is wanted, reserved for us where that needs doing."""
        wanted, wait_s = self._wanted["place"], self._wanted["wait"]
        if wanted.startswith(names.RESERVED):
            return self._reserved(wanted[1:] or os.environ.get("LG_TOKEN", ""))
        if self._wanted["tags"]:
            return self._reserve(self._wanted["tags"])
        name = names.find(wanted, {place.name: list(place.aliases) for place in self._places()}, self._user)
        place = self._session.places[name]
        if place.reservation and self._owner(place.reservation) == self._plain:
            return self._reserved(place.reservation)
        if (place.acquired or place.reservation) and wait_s:
            return self._reserve({"name": name})
        if place.reservation and not place.acquired:
            raise Refused(f"it is reserved for {self._owner(place.reservation)}")
        return name

    def _reserve(self, tags: dict[str, str]) -> str:
        """Reserve a place with these tags, and wait for our turn."""
        fits = names.tagged(tags, {place.name: {"name": place.name} | place.tags for place in self._places()})
        answer = self._ask(
            "CreateReservation",
            "it cannot be reserved",
            filters={"main": pb.Reservation.Filter(filter=tags)},
            prio=0.0,
        )
        self._reservation = answer.reservation.token
        if not self._until(lambda: bool(self._allocated(self._reservation)), self._wanted["wait"]):
            who = "; ".join(self._why_busy(self._session.places[name]) for name in fits)
            waited = f" after {self._wanted['wait']:g} s" if self._wanted["wait"] else ""
            raise Refused(f"none is free{waited}: {who}")
        return self._allocated(self._reservation)

    def _why_busy(self, place: Place) -> str:
        if place.acquired:
            return f"{place.name}: {names.held_by(place.acquired, self._plain)}"
        return f"{place.name}: it is reserved for {self._owner(place.reservation)}"

    def _reserved(self, token: str) -> str:
        """The place that this user has reserved by other means, as which we go on: a reservation has one owner."""
        if not token:
            raise Refused("'+' is the place that is reserved, but LG_TOKEN does not say by which reservation")
        owner = self._owner(token)
        if owner not in (self._plain, self._me):
            raise Refused(f"the reservation {token} is {owner or 'nobody'}'s, not {self._plain}'s")
        if owner == self._plain != self._me:
            self._exit()
            self._enter(self._user)
        if not self._until(lambda: bool(self._allocated(token)), self._wanted["wait"]):
            raise Refused(f"the reservation {token} has no place yet: give it time by labgrid.wait")
        return self._allocated(token)

    def _allocated(self, token: str) -> str:
        answer = self._ask("PollReservation", "the reservation is gone", token=token)
        reservation = Reservation.from_pb2(answer.reservation)
        if reservation.state not in (ReservationState.allocated, ReservationState.acquired):
            return ""
        return str(reservation.allocations["main"][0])

    @property
    def _plain(self) -> str:
        """This user, as labgrid's own programs call themselves."""
        return f"{self._session.gethostname()}/{self._user}"

    def _owner(self, token: str) -> str:
        """Whose reservation it is; empty if there is none."""
        return next((each.owner for each in self._reservations() if each.token == token), "")

    def _reservations(self) -> list[Any]:
        return list(self._ask("GetReservations", "the coordinator does not tell of reservations").reservations)

    def _places(self) -> list[Place]:
        return sorted(self._session.places.values(), key=lambda place: str(place.name))

    def _resources(self) -> Iterator[tuple[tuple[str, str, str, str], ResourceEntry]]:
        for exporter, groups in self._session.resources.items():
            for group, resources in groups.items():
                for name, entry in resources.items():
                    if entry.data.get("cls"):  # one that went leaves an empty entry
                        yield (exporter, group, entry.cls, name), entry

    def _in_the_way(self, place: Place) -> str:
        """Which of its resources somebody else has."""
        for path, entry in self._resources():
            if entry.acquired and place.hasmatch(path):
                why = entry.extra.get("broken") if entry.acquired == BROKEN else ""
                by = f"is broken: {why or 'its exporter says no more'}" if entry.acquired == BROKEN else ""
                return f": {'/'.join(path)} {by or f'is in use by the place {entry.acquired}'}"
        return ""

    # --- what became of it ---

    def _unavailable(self) -> str:
        """Which of the place's resources is not there for use; empty if all are."""
        for exporter, group, cls, name in self._session.places[self.place].acquired_resources:
            entry = self._session.resources.get(exporter, {}).get(group, {}).get(name)
            if entry is None or not entry.data.get("avail"):
                return f"the exporter {exporter} does not give its {cls} {group}/{name}: is it plugged in there?"
        return ""

    def lost(self) -> str:
        """What of the place is gone; empty while it is all there."""
        if self._session.stopping.is_set():
            return "the coordinator is gone"
        place = self._session.places.get(self.place)
        if place is None or place.acquired != self._me:
            return f"somebody took it away; it is held by {place.acquired if place else 'nobody: it was deleted'}"
        return self._unavailable()

    # --- giving it back ---

    def _bury(self) -> None:
        """Give back what benches of this user held here that are no more: they cannot do it any more."""
        for place in self._places():
            who = place.acquired or ""
            dead = names.is_dead(who, self._plain)
            if dead is None or (not dead and self._wanted["place"] in self._session.places.keys() - {place.name}):
                continue
            if self._until(partial(self._is_left, place, who), LEFT_S):
                self._ask("ReleasePlace", "what a dead bench held was not released", placename=place.name, fromuser=who)
        for each in self._reservations():
            if names.is_dead(each.owner, self._plain):
                self._ask("CancelReservation", "what a dead bench reserved was not cancelled", token=each.token)
        self._wait(self._session.sync_with_coordinator(), ANSWER_S, "the coordinator does not answer")

    def _is_left(self, place: Place, who: str) -> bool:
        """Whether a holder has given a place back, or is not there to do so."""
        return place.acquired != who or bool(names.is_dead(who, self._plain))

    def close(self) -> None:
        """Give the place back, and take leave.

        Errors:
            Refused: the coordinator does not answer. When it comes back it knows of no holder.
        """
        try:
            if self.place:
                self._ask("ReleasePlace", "it was not released", RELEASE_S, placename=self.place, fromuser=self._me)
        finally:
            if self._reservation:
                with suppress(Refused):
                    self._ask("CancelReservation", "it stays reserved", RELEASE_S, token=self._reservation)
            self._exit()
            self._loop.close()
