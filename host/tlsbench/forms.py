"""The forms in which a command shows what it made of some runs: on the terminal, as a page, in Markdown, as JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import click
from rich.console import Console

from tlsbench.model.errors import ConfigError
from tlsbench.options import Command

T = TypeVar("T")


def form_options(command: Command) -> Command:
    """The options of such a command; `Forms.show` does what all but `--out` ask for."""
    for option in (
        click.option(
            "--out", type=click.Path(path_type=Path, file_okay=False), help="Folder of all runs; out by default."
        ),
        click.option("--json", "as_json", is_flag=True, help="Print it for a program and nothing else."),
        click.option("--markdown", is_flag=True, help="Print it in Markdown and nothing else."),
        click.option(
            "--html", "page", type=click.Path(path_type=Path, dir_okay=False), help="Write it as a page, too."
        ),
    ):
        command = option(command)
    return command


@dataclass(frozen=True)
class Forms(Generic[T]):
    """How something is shown, form by form."""

    html: Callable[[T], str]
    markdown: Callable[[T], str]
    json: Callable[[T], str]
    terminal: Callable[[Console, T, Path | None], None]

    def show(self, thing: T, page: Path | None, markdown: bool, as_json: bool) -> None:
        """Show it as the options want it.

        Raises:
            ConfigError: they contradict each other, or the page cannot be written.
        """
        if markdown and as_json:
            raise ConfigError("it is either Markdown or JSON", key="--markdown, --json")
        if page is not None:
            _write(page, self.html(thing))
        if markdown or as_json:
            click.echo(self.markdown(thing) if markdown else self.json(thing), nl=False)
        else:
            self.terminal(Console(), thing, page)


def _write(page: Path, text: str) -> None:
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, "utf-8")
    except OSError as error:
        raise ConfigError(f"the page cannot be written ({error.strerror})", file=page) from error
