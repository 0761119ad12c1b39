"""Runs suites on several boards as one run."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from tlsbench import boards, report
from tlsbench.boards.core import shares
from tlsbench.farm import order
from tlsbench.farm.board import RunningBoard
from tlsbench.farm.every import Every
from tlsbench.farm.hub import Observer
from tlsbench.farm.order import Suite
from tlsbench.farm.pool import Place
from tlsbench.farm.sharing import Sharing
from tlsbench.model.errors import BenchError, BoardError, BuildError, ConfigError
from tlsbench.model.result import RECORD, Result, TestRecord
from tlsbench.session.config import Config
from tlsbench.session.folder import PartFolder, RunFolder
from tlsbench.session.session import Session

IMAGE = "Image"
USABLE = "The image is built, and the board can be used"
"""The suite and test in the record of a board that could not be used, or not to the end."""


class SeveralBoards:
    """One run on several boards.

    Arguments:
        config: what the run is asked to do; on which board is left to `places`.
        places: the boards, two or more.
        observer: told what goes on.
        each: run every suite on every board, instead of sharing them out.
    """

    def __init__(self, config: Config, places: Sequence[Place], observer: Observer, *, each: bool) -> None:
        self._config = replace(config, seed=config.seed if config.seed is not None else secrets.randbits(32))
        self._places = list(places)
        self._observer = observer
        self._each = each
        self._boards = list(dict.fromkeys(place.board for place in places))
        for key, value in (("image", config.image), ("port", config.port)):
            if value and len(self._boards) > 1:
                raise ConfigError(f"one {key} cannot be that of several boards", key=key)

    def run(self, sources: Sequence[Path], options: Mapping[str, Any]) -> tuple[list[Result], Path]:
        """Run the suites. Where something keeps the run from its end, nothing is left of it.

        Arguments:
            sources: files and folders.
            options: further options of `robot`, as `robot_options.read` gives them.

        Returns:
            One record for each board that ran a suite, and the folder of the whole run.

        Errors:
            BenchError: Robot or pabot cannot run this, or a board's process failed.
        """
        absolute = order.folder_of([source.absolute() for source in sources])
        arguments = _as_arguments(options)
        folder = RunFolder(self._config.out)
        try:
            results = (self._every if self._each else self._shared)(absolute, arguments, folder)
            return results, folder.finish()
        finally:
            folder.discard()

    def _every(self, sources: Sequence[Path], arguments: Sequence[str], folder: RunFolder) -> list[Result]:
        """Run every suite on every board; gives the records."""
        suites = order.suites(sources)
        usable = self._prepare_each(folder)
        places = [place for place in self._places if place.board in usable]
        with Every(self._observer, [*arguments, *map(str, sources)], partial(self._lost, folder)) as every:
            every.run(places, lambda place, cores: self._start(place, folder, cores))
        return self._records(folder, suites)

    def _shared(self, sources: Sequence[Path], arguments: Sequence[str], folder: RunFolder) -> list[Result]:
        """Share the suites out; gives the records. What others can do meanwhile, they do: load, read, write the log."""
        with Sharing(self._observer) as sharing:
            for place, cores in zip(self._places, shares(len(self._places)), strict=True):
                sharing.start(self._start(place, folder, cores))
            suites = order.suites(sources)
            sharing.share(arguments, sources, order.longest_first(suites, self._config.out), folder.path)
            self._prepare_all()
            sharing.run()
            results = self._records(folder, suites)
            report.load()
            sharing.end()
        for leftover in (".pabot", "pabot_results"):
            shutil.rmtree(folder.path / leftover)
        return results

    def _prepare_all(self) -> None:
        """Do first what can be wrong with the set-up, and build every image before two processes want the same.

        Errors:
            BenchError: what is wrong.
        """
        for board in self._boards:
            with Session(self.config_of(board), partial(self._observer.on_board, board)) as one:
                one.prepare()

    def _prepare_each(self, folder: RunFolder) -> set[str]:
        """The same, where a board that cannot be had keeps no other one back: gives those that can."""
        usable = set()
        for board in self._boards:
            part = PartFolder(folder.id, folder.started, self._root(folder, board))
            try:
                with Session(self.config_of(board), partial(self._observer.on_board, board), part) as one:
                    one.prepare()
                usable.add(board)
            except (BuildError, BoardError) as error:
                for place in self._places:
                    if place.board == board:
                        self._lost(folder, place, [], error)
        return usable

    def _lost(self, folder: RunFolder, place: Place, tests: Iterable[TestRecord], error: BenchError) -> None:
        """Record that a board could not be used, or not any more, behind the tests that had ended until then."""
        part = PartFolder(folder.id, folder.started, self._path(folder, place))
        with Session(self.config_of(place.board), folder=part) as one:
            result = one.result()
        result.tests = [*tests, TestRecord(IMAGE, USABLE, "fail", str(error), 0.0)]
        result.save(part.path)
        self._observer.test_ended_on(place.label, IMAGE, USABLE, "fail", str(error), 0.0)

    def _root(self, folder: RunFolder, board: str) -> Path:
        """Where a board's record goes: the run's folder if it is the only one."""
        return folder.path / board if len(self._boards) > 1 else folder.path

    def _path(self, folder: RunFolder, place: Place) -> Path:
        """Where the files of one place go."""
        root = self._root(folder, place.board)
        return root / str(place.number) if place.number else root

    def _start(self, place: Place, folder: RunFolder, cores: Set[int]) -> RunningBoard:
        return RunningBoard(place, self.config_of(place.board), folder, self._path(folder, place), cores)

    def config_of(self, board: str) -> Config:
        """What the run is asked to do on one board: in a profile that fits it, where every board runs everything."""
        info, profile = boards.load(board), self._config.profile
        if self._each and profile not in info.profiles:
            profile = ""  # its own
        return replace(self._config, board=board, profile=profile).for_board(info)

    def _records(self, folder: RunFolder, suites: Sequence[Suite]) -> list[Result]:
        """The record of each board that ran a suite, saved; a board that is there twice has one."""
        results, names = [], [suite.name for suite in suites]
        for board in self._boards:
            paths = [self._path(folder, place) for place in self._places if place.board == board]
            parts = [Result.load(path / RECORD) for path in paths]
            for path in paths:
                (path / RECORD).unlink()
            ran = [part for part in parts if part.tests]
            root = self._root(folder, board)
            if ran:
                result = Result.of_parts(ran, names, self.config_of(board).configuration)
                result.save(root)
                results.append(result)
            elif root != folder.path:
                shutil.rmtree(root)
        return results


def _as_arguments(options: Mapping[str, Any]) -> list[str]:
    """Options of `robot` as its command line has them."""
    arguments = []
    for name, value in options.items():
        for each in value if isinstance(value, list) else [value]:
            if each is True:
                arguments.append(f"--{name}")
            elif each not in (None, False):
                arguments += [f"--{name}", str(each)]
    return arguments
