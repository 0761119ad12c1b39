"""The board of a place through labgrid's drivers: those of its environment, or those that fit what the place has."""

from __future__ import annotations

from typing import Any

from labgrid import Environment, Target, target_factory
from labgrid.driver import FlashScriptDriver, ManualPowerDriver, OpenOCDDriver, SerialDriver
from labgrid.exceptions import NoDriverFoundError
from labgrid.resource import NetworkSerialPort, RemotePlace
from labgrid.util.managedfile import ManagedFile

from tlsbench.boards.labgrid.names import Refused

DRIVERS = {
    "NetworkPowerPort": "NetworkPowerDriver",
    "NetworkUSBPowerPort": "USBPowerDriver",
    "NetworkSiSPMPowerPort": "SiSPMPowerDriver",
    "NetworkYKUSHPowerPort": "YKUSHPowerDriver",
    "PDUDaemonPort": "PDUDaemonDriver",
    "TasmotaPowerPort": "TasmotaPowerDriver",
}
"""What switches which power port; `labgrid-client power` does the same."""
PROBES = ("NetworkUSBDebugger", "NetworkAlteraUSBBlaster")
IMAGE = "{image}"
"""In the arguments of a flash script: the image, where the exporter has it."""
WRITE = "program {{{filename}}} verify reset exit"
RESET = ("init", "reset run", "shutdown")


class Devices:
    """What a place has for its board.

    Arguments:
        place: its name; it is ours.
        wanted: labgrid's environment file and its target; the baud rate; OpenOCD's files for the board.
    """

    def __init__(self, place: str, wanted: dict[str, Any]) -> None:
        try:
            self.target = self._of_file(wanted) if wanted["environment"] else self._of_place(place, wanted["probe"])
        except Refused:
            raise
        except Exception as error:  # a file of the user's, read by labgrid
            raise Refused(f"labgrid cannot use it: {type(error).__name__}: {error}") from error
        console = self._driver("ConsoleProtocol")
        if console is None:
            raise Refused("it has no console: no resource NetworkSerialPort, or the environment names no SerialDriver")
        self.console = console
        self._power = self._driver("PowerProtocol")
        self._button = self._driver("ResetProtocol")
        self._flasher = self._driver("BootstrapProtocol") or self._driver(FlashScriptDriver)
        for driver in (self._power, self._button):
            if isinstance(driver, ManualPowerDriver):
                raise Refused(
                    "its power is switched by hand (ManualPowerDriver): nobody is there to do it; name a driver that "
                    "switches by itself, or none and one that resets"
                )
        port = getattr(console, "port", None)
        if isinstance(port, NetworkSerialPort) and port.protocol == "rfc2217" and port.speed != wanted["baud"]:
            raise Refused(
                f"its serial port is set to {port.speed} baud, the board's image speaks at {wanted['baud']}: "
                f"`speed: {wanted['baud']}` belongs into the exporter's file"
            )

    # --- which drivers ---

    def _of_file(self, wanted: dict[str, Any]) -> Target:
        target = Environment(wanted["environment"], interact=_nobody).get_target(wanted["target"])
        if target is None:
            raise Refused(f"{wanted['environment']} has no target {wanted['target']!r}")
        return target

    def _of_place(self, place: str, probe: list[str]) -> Target:
        target = Target(place)
        RemotePlace(target, name=place)
        classes = {type(resource).__name__ for resource in target.resources}
        if "NetworkSerialPort" in classes:
            SerialDriver(target, name=None)
        for resource, driver in DRIVERS.items():
            if resource in classes:
                target_factory.class_from_string(driver)(target, name=None)
                break
        if probe and not classes.isdisjoint(PROBES):
            OpenOCDDriver(
                target, name=None, load_commands=["program {{{filename}}} verify reset exit"], **_files(probe)
            )
        return target

    def _driver(self, protocol: Any) -> Any:
        """The driver that does something; None if there is none."""
        try:
            return self.target.get_driver(protocol, activate=False)
        except NoDriverFoundError as error:
            if "multiple" in str(error):
                raise Refused(f"{error}; leave one of them out of the environment") from error
            return None

    def _active(self, driver: Any) -> Any:
        self.target.activate(driver)
        return driver

    @property
    def about(self) -> dict[str, str]:
        """Which driver does what, in words."""
        port = getattr(self.console, "port", None)
        line = f" ({port.protocol}, {port.host}:{port.port})" if isinstance(port, NetworkSerialPort) else ""
        probe = f"{_name(self._flasher)}, by the probe" if isinstance(self._flasher, OpenOCDDriver) else ""
        return {
            "console": f"{_name(self.console)}{line}",
            "power": _name(self._power),
            "reset": _name(self._button) or probe,
            "flash": f"{_name(self._flasher)}, which {self._proof}" if self._flasher is not None else "",
        }

    @property
    def _proof(self) -> str:
        if isinstance(self._flasher, OpenOCDDriver):
            return "verifies what it wrote"
        return "does not read back what it wrote: the agent's build id tells whether it is there"

    # --- what they do ---

    def power_on(self) -> None:
        """Switch the board on, if the lab can."""
        if self._power is not None:
            self._active(self._power).on()

    def power_off(self) -> None:
        """Switch the board off, if the lab can."""
        if self._power is not None:
            self._active(self._power).off()

    def reset(self) -> None:
        """Press the reset button; or switch off and on, or ask the probe, where the place has no better."""
        if self._button is not None:
            self._active(self._button).reset()
        elif isinstance(self._flasher, OpenOCDDriver):
            self._active(self._flasher).execute(list(RESET))
        else:
            raise Refused("nothing can reset its board: it needs a power port, a probe, or a driver that resets")

    def flash(self, image: str) -> None:
        """Write an image, and compare where the driver can do that."""
        flasher = self._flasher
        if flasher is None:
            raise Refused("nothing can flash its board: name a driver in the file `labgrid.environment`")
        self._active(flasher)
        if isinstance(flasher, FlashScriptDriver):
            there = _bring(image, flasher.device)
            flasher.flash(args=[argument.replace(IMAGE, there) for argument in flasher.args])
            return
        flasher.load(image)
        if isinstance(flasher, OpenOCDDriver) and "verify" not in " ".join(flasher.load_commands or []):
            there = _bring(image, flasher.interface)
            flasher.execute(["init", "reset halt", f"verify_image {{{there}}}", "reset run", "shutdown"])


def _bring(file: str, resource: Any) -> str:
    """Have a file on the exporter's machine; the answer is its path there."""
    managed = ManagedFile(file, resource)
    managed.sync_to_resource()
    return str(managed.get_remote_path())


def _files(probe: list[str]) -> dict[str, str]:
    """OpenOCD's own files of a board, as labgrid's driver wants them."""
    found = {}
    for file in probe:
        folder, _, name = file.partition("/")
        if folder not in ("board", "interface") or f"{folder}_config" in found:
            raise Refused(
                f"the probe's file {file!r} is none of OpenOCD's own for a board or an interface: name an "
                "OpenOCDDriver with its `config` in the file `labgrid.environment`"
            )
        found[f"{folder}_config"] = name
    return found


def _name(driver: Any) -> str:
    return "" if driver is None else type(driver).__name__


def _nobody(what: str) -> str:
    raise Refused(f"labgrid asks somebody at the board: {what!r}; nobody is there")
