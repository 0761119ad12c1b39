"""The `tlsbench` command."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import click
from rich.console import Console

from tlsbench import __version__
from tlsbench.comparing import compare
from tlsbench.doctoring import doctor
from tlsbench.farm.pool import Place
from tlsbench.listing import list_boards
from tlsbench.model.errors import BenchError, CallFailed, LinkError, PeerError
from tlsbench.model.result import RECORD, Result
from tlsbench.options import agent_options, build_options, on_a_board, on_boards
from tlsbench.progress import BoardsProgress, Progress
from tlsbench.rooming import room
from tlsbench.serving import peer
from tlsbench.session.config import Config
from tlsbench.tabling import table

PASSED, FAILED, WRONG = 0, 1, 2
STOPPED = 128
"""Exit status when a signal stopped the bench: this plus the signal's number, 130 on Ctrl-C."""


def _config(options: dict[str, Any]) -> Config:
    return Config.from_environment().updated(options)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="tlsbench")
def cli() -> None:
    """Measures what a secure socket costs on a Cortex-M board: its handshake, its RAM, and what it blocks.

    Exit status: 0 passed, 1 a test failed or a limit was broken, 2 wrong usage or set-up, 130 stopped by Ctrl-C.
    """


@cli.command(options_metavar="[OPTIONS] [-- ROBOT OPTIONS]")
@click.argument("suites", nargs=-1, metavar="[SUITE]...")
@on_boards
@agent_options
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder of all runs; out by default.")
@click.pass_obj
def run(
    robot_options: Sequence[str],
    /,
    suites: Sequence[str],
    names: Sequence[str],
    pools: Sequence[str],
    each: bool,
    **options: Any,
) -> int:
    """Run suites on a board, or on several at once, and report. Without SUITE, all of robot/.

    A SUITE is a name in robot/ (handshake, ram, blocking) or a file. Several boards share the suites out between them;
    one that is named twice is used twice. Options behind -- go to Robot Framework, for example:
    tlsbench run handshake -- --test "*expired*" --loglevel DEBUG
    """
    from tlsbench.farm import pool
    from tlsbench.session import robot_options as behind
    from tlsbench.session.session import Session
    from tlsbench.session.suites import find_suites, run_suites

    console = Console()
    chosen_boards = pool.chosen(names, pools)
    if each:  # the second time would say the same
        chosen_boards = list(dict.fromkeys(chosen_boards))
    config = _config({**options, "board": chosen_boards[0]})
    files = find_suites(suites)
    if len(chosen_boards) > 1:
        return _runon_boards(console, config, pool.places(chosen_boards), suites, robot_options or (), each)
    with Progress(console) as progress, Session(config, progress.step) as session:
        chosen, files = behind.read(robot_options or (), files, session.config)
        session.prepare()
        result, folder = run_suites(session, files, chosen, progress)
    return _report(console, result, folder)


def _runon_boards(
    console: Console, config: Config, places: Sequence[Place], suites: Sequence[str], behind: Sequence[str], each: bool
) -> int:
    """Run suites on several boards; gives the exit status."""
    from tlsbench.farm.run import SeveralBoards
    from tlsbench.session import robot_options
    from tlsbench.session.suites import SUITES, find_suites

    with BoardsProgress(console) as progress:
        farm = SeveralBoards(config, places, progress, each=each)
        options, files = robot_options.read(behind, find_suites(suites) if suites else [SUITES], config)
        results, folder = farm.run(files, options)
    return _report_boards(console, results, folder)


@cli.command()
@on_a_board
@agent_options
@click.option("--json", "as_json", is_flag=True, help="Print the record and nothing else.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder of all runs; out by default.")
def measure(as_json: bool, **options: Any) -> int:
    """Measure one secure connection: ECDHE-ECDSA with a chain of 2, an echo, a close."""
    from tlsbench.report import write_all
    from tlsbench.session.connection import one_connection
    from tlsbench.session.session import Session

    with Progress(Console(stderr=True), quiet=as_json) as progress, Session(_config(options), progress.step) as session:
        session.prepare()
        progress.step("measuring one connection")
        one_connection(session)
        result, folder = session.finish()
    if not as_json:
        return _report(Console(), result, folder)
    click.echo(result.to_json(), nl=False)
    write_all(result, folder)
    return PASSED if result.verdict == "pass" else FAILED


@cli.command()
@click.argument("run", default="latest")
def report(run: str) -> int:
    """Make the reports of a run again from its record. Without RUN, of the newest run.

    RUN is the name of a folder in out/, such a folder itself, or a result.json.
    """
    from tlsbench.report.compare.runs import find, records

    path = find(run, Config.from_environment().out)
    folder = (path.parent if path.is_file() else path).resolve()
    results = [Result.load(record) for record in records(path)]
    if (folder / RECORD).exists():
        return _report(Console(), results[0], folder)
    return _report_boards(Console(), results, folder)


def _report(console: Console, result: Result, folder: Path) -> int:
    """Show a run and write its reports, which are made from the record alone; gives the exit status."""
    from tlsbench.report import write_all
    from tlsbench.report.terminal import show_result

    try:
        write_all(result, folder)
    finally:
        show_result(console, result, folder)
    return PASSED if result.verdict == "pass" else FAILED


def _report_boards(console: Console, results: Sequence[Result], folder: Path) -> int:
    """Show a run of several boards and write its reports; gives the exit status."""
    from tlsbench.report import write_boards
    from tlsbench.report.boards import terminal
    from tlsbench.report.boards.table import table as boards_by_suites

    if (folder / RECORD).exists():  # the same board several times has one record, that of an ordinary run
        return _report(console, results[0], folder)
    try:
        write_boards(results, folder)
    finally:
        boards = boards_by_suites(results)
        terminal.show(console, boards, folder / "report.html")
    return PASSED if boards.verdict == "pass" else FAILED


cli.add_command(list_boards)
cli.add_command(compare)
cli.add_command(table)
cli.add_command(room)
cli.add_command(peer)


@cli.command("doctor", help=doctor.__doc__)
@on_a_board
@agent_options
@click.option("--json", "as_json", is_flag=True, help="Print what was found for a program and nothing else.")
def check_up(as_json: bool, **options: Any) -> int:
    """See `doctoring`."""
    return doctor(as_json, **options)


@cli.command()
@on_a_board
@agent_options
def console(**options: Any) -> None:
    """Switch a board on and show what it prints until Ctrl-C."""
    from tlsbench.byhand import show_console

    progress = Progress(Console(stderr=True))
    show_console(_config(options), lambda text: click.echo(text, nl=False), progress.step)


@cli.command("app")
@click.argument("name")
@click.option(
    "--set", "values", multiple=True, metavar="KEY=VALUE", help="A key of its own; =@FILE takes a file's text."
)
@on_a_board
@build_options
def app(name: str, values: Sequence[str], **options: Any) -> int:
    """Run an application of firmware/apps/ and show what it prints, until it ends or Ctrl-C.

    For example: tlsbench app https-hello --set port=4433 --set root-ca=@root.pem
    """
    from tlsbench.byhand import show_application

    progress = Progress(Console(stderr=True))
    return PASSED if show_application(_config(options), name, values, click.echo, progress.step) == 0 else FAILED


def main() -> NoReturn:
    """Run the command line. The one place where an error becomes a message and an exit status."""
    arguments, _, robot_options = _split(sys.argv[1:])
    with _stoppable():
        try:
            status = cli.main(arguments, prog_name="tlsbench", standalone_mode=False, obj=robot_options)
        except click.exceptions.Exit as done:
            status = done.exit_code
        except click.ClickException as error:
            error.show()
            status = WRONG
        except BenchError as error:
            _complain(str(error))
            status = FAILED if isinstance(error, CallFailed | LinkError | PeerError) else WRONG
        except (KeyboardInterrupt, click.Abort) as stop:
            # click makes an Abort of the KeyboardInterrupt that it meets
            told = (stop.__cause__ if isinstance(stop, click.Abort) else stop) or stop
            number = signal.Signals(told.args[0] if told.args else signal.SIGINT)
            _complain(f"stopped by {number.name}")
            status = STOPPED + number
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            status = FAILED
        except Exception as error:
            if os.environ.get("TLSBENCH_TRACE"):
                raise
            _complain(f"internal error: {type(error).__name__}: {error}\nTLSBENCH_TRACE=1 shows where")
            status = WRONG
    sys.exit(status)


def _split(arguments: list[str]) -> tuple[list[str], bool, list[str]]:
    """What stands before and behind the first `--`."""
    if "--" not in arguments:
        return arguments, False, []
    at = arguments.index("--")
    return arguments[:at], True, arguments[at + 1 :]


def _complain(text: str) -> None:
    click.secho("tlsbench: ", nl=False, err=True, fg="red")
    click.echo(text, err=True)


@contextmanager
def _stoppable() -> Iterator[None]:
    """SIGTERM unwinds like Ctrl-C does, so that everything that was started ends."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    yield


if __name__ == "__main__":
    main()
