"""The board of one run: its firmware built, opened and brought up, each when it is first needed."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from tlsbench import boards, firmware, offload
from tlsbench.boards import Board, ByteStream
from tlsbench.link import Hello
from tlsbench.measure import elf
from tlsbench.measure.line import LineTap
from tlsbench.model.errors import BenchError, BoardTooSmall, DoesNotFitError, NotThere
from tlsbench.peers.pki import names_on
from tlsbench.peers.ports import LOOPBACK
from tlsbench.session.application import Application, Launch
from tlsbench.session.config import Config
from tlsbench.session.folder import PartFolder, RunFolder
from tlsbench.session.recorder import Recorder
from tlsbench.session.target import Start, Target, entropy_seed

Progress = Callable[[str], None]


class BoardOfRun:
    """The board, its firmware, and the folder that both write into.

    Arguments:
        config: what the run is asked to do.
        progress: called with a line of text while something takes time.
        folder: where both write, if this is a part of a larger run.

    Errors:
        ConfigError: no such board, or its `board.toml` is wrong.
    """

    def __init__(self, config: Config, progress: Progress, folder: PartFolder | None = None) -> None:
        self.seed = config.seed if config.seed is not None else secrets.randbits(32)
        self.info = boards.load(config.board, config.port)
        self.config = replace(config, seed=self.seed).for_board(self.info)
        self.recorder = Recorder()
        self._progress = progress
        self._opened = ExitStack()
        self._folder: RunFolder | PartFolder | None = folder
        self.configuration = self.config.configuration
        """Of the image that the running suite needs; the ordinary one but for `use_configuration`."""
        self.captures_line = False
        """Whether what goes over the serial line is captured, from the next time that the board is switched on."""
        self.line: LineTap | None = None
        """What went over the line since then."""
        self._image: Path | None = None
        self._board: Board | None = None
        self._target: Target | None = None
        self._application: Application | None = None
        self._launched = 0
        self._entropy = "unknown"
        self._no_target: BenchError | None = None
        self._ran: tuple[Path, Hello] | None = None
        """The image that the record tells of, and what it says of itself: the ordinary one if it ran at all."""
        self._booted_for = ("", "")

    @property
    def folder(self) -> RunFolder | PartFolder:
        """The folder of this run, under its temporary name until the run has finished."""
        if self._folder is None:
            self._folder = RunFolder(self.config.out)
        return self._folder

    @property
    def listen(self) -> str:
        """Address of this machine that peers of the board listen on."""
        return self.info.network.listen if self.info.network else LOOPBACK

    @property
    def used(self) -> bool:
        """Whether anything of this run was needed: a dry run needs nothing and leaves nothing."""
        return self._folder is not None

    @property
    def run_dir(self) -> Path:
        """Where this run's files go."""
        return self.folder.path

    @property
    def keylog(self) -> Path:
        """The file that peers append their secrets to, for Wireshark."""
        return self.run_dir / "keys.log"

    @property
    def image(self) -> Path:
        """The ordinary firmware: the one that was asked for, or that of these sources, built if anything changed.

        Errors:
            BuildError, ToolMissingError: it cannot be built.
        """
        if self._image is None:
            self._image = self.image_of(self.config.configuration)
            if self.measures("flash"):
                self.recorder.record(*elf.metrics(self._image), of_run=True)
        return self._image

    def image_of(self, configuration: str) -> Path:
        """The firmware in one configuration, or the one that was asked for, whatever it has.

        Errors:
            BuildError, ToolMissingError: it cannot be built.
            ConfigError: there is no such configuration.
        """
        config = self.config
        return config.image or firmware.image(
            config.board, config.profile, config.mbedtls, configuration=configuration, progress=self._progress
        )

    def use_configuration(self, configuration: str) -> None:
        """From now on, to the end of the suite, the board runs the image of this configuration.

        What the running test has measured with another image is not in the record.

        Errors:
            BuildError, ToolMissingError: it cannot be built.
            ConfigError: there is no such configuration.
            BoardTooSmall: it does not fit the board.
        """
        if configuration == self.configuration:
            return
        if self.info.firmware.stack != offload.STACK and firmware.offloads_tls(configuration):
            raise NotThere(f"the network stack of {self.info.name}, {self.info.firmware.stack}, does no TLS")
        self.switch_off()
        with _needed_besides(f"configuration {configuration!r}"):
            self.image_of(configuration)
        self.recorder.forget_test()
        self.configuration = configuration

    @property
    def ordinary(self) -> bool:
        """Whether the board runs the run's ordinary image, whose sizes stand for the run."""
        return self.config.image is not None or self.configuration == self.config.configuration

    def measures(self, name: str) -> bool:
        """Whether the board can measure this quantity."""
        return name in boards.kind_of(self.info).measures(self.info)

    @property
    def board(self) -> Board:
        """The board; open, and on once `target` was asked for.

        Errors:
            BoardError: this machine cannot use it.
        """
        if self._board is None:
            self._board = self._opened.enter_context(boards.open_board(self.info, self.run_dir))
        return self._board

    @property
    def target(self) -> Target:
        """The board with its agent started and its network up; brought up if it is not.

        A board that could not be brought up is not tried again in this run: the same error comes back at once.
        """
        if self._target is None:
            if self._no_target is not None:
                raise self._no_target
            self.switch_off()  # an application gives way to the agent
            try:
                self._target = self._bring_up()
            except BenchError as error:
                self._no_target = error
                raise
        return self._target

    def _bring_up(self) -> Target:
        image = self.image if self.ordinary else self.image_of(self.configuration)
        self._progress(f"switching {self.info.name} on")
        self._booted_for = (self.recorder.suite, self.recorder.test)
        seed = entropy_seed(self.seed, self.recorder.suite)
        start = Start(image, seed, self.config.network == "dhcp", names_on(self.info.network))
        target = Target(self.board, self.run_dir / "console.log", start, self._listen_in)
        if self._ran is None or self.ordinary:
            self._ran = (image, target.hello)
        self.recorder.record(*target.collect(), of_run=self.ordinary)
        return target

    def _listen_in(self, stream: ByteStream) -> ByteStream:
        if not self.captures_line:
            return stream
        self.line = LineTap(stream, self.run_dir / "serial-line.log")
        return self.line

    def run_application(self, name: str, values: Mapping[str, str | int | bytes]) -> Application:
        """Have the board run an application in the place of the agent, until it is switched off.

        A copy of the image stays with the record: with other values the next build makes another one of it.

        Arguments:
            name: a folder of `firmware/apps/`.
            values: of its own keys.

        Errors:
            BuildError, ToolMissingError, ConfigError: it cannot be built.
            BoardTooSmall: it does not fit the board.
            BoardError: the board cannot start it.
        """
        config, progress = self.config, self._progress
        self.switch_off()
        images = self.run_dir / "applications"
        images.mkdir(exist_ok=True)
        with _needed_besides(f"application {name!r}"):
            built = firmware.image(
                config.board, config.profile, config.mbedtls, name, values=values, into=images, progress=progress
            )
        with built.open("rb") as file:
            image = built.rename(images / f"{name}-{hashlib.file_digest(file, 'sha256').hexdigest()[:12]}.elf")
        progress(f"switching {self.info.name} on with {name}")
        self._launched += 1
        seed = entropy_seed(self.seed, f"{self.recorder.suite} {name} {self._launched}")
        launch = Launch(name, image, seed, names_on(self.info.network))
        self._application = Application(self.board, self.run_dir / "console.log", launch)
        self._entropy = self._application.entropy
        return self._application

    @property
    def application(self) -> Application | None:
        """The application that the board runs, if it runs one."""
        return self._application

    @property
    def fresh(self) -> bool:
        """Whether the board booted in the running test, so that no other test left its mark on the heap's arena."""
        return bool(self.recorder.test) and self._booted_for == (self.recorder.suite, self.recorder.test)

    def take_phases(self, target: Target) -> None:
        """Record what the phases that ended cost; of a board that others used before, no peak that counts from boot."""
        self.recorder.record(*(x for x in target.collect() if self.fresh or x.name != "heap_arena_peak"))

    @property
    def cannot_start(self) -> bool:
        """Whether the board could not be brought up, so that no further test can run."""
        return self._no_target is not None

    def switch_off(self) -> None:
        """Switch the board off; the next use brings it up afresh. Does nothing if it is off."""
        application, self._application = self._application, None
        if application is not None:
            with application:
                pass
        target, self._target = self._target, None
        if target is not None:
            with target:
                self.take_phases(target)


@contextmanager
def _needed_besides(what: str) -> Iterator[None]:
    """For images besides the ordinary one: a board that is too small for one is usable all the same.

    Arguments:
        what: the image is of.

    Errors:
        BoardTooSmall: the image that is built here does not fit.
    """
    try:
        yield
    except DoesNotFitError as error:
        raise BoardTooSmall(f"the image of the {what} {error.in_short}") from error
