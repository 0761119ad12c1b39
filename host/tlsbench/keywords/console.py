"""Keywords for what the target prints on its console."""

from __future__ import annotations

from datetime import timedelta
from enum import IntEnum
from fnmatch import fnmatchcase

from robot.api.deco import keyword

from tlsbench.keywords.failures import KeywordFailure
from tlsbench.keywords.topic import Topic
from tlsbench.session.printed import missing


class TraceLevel(IntEnum):
    """Down to which level log lines are shown (``TRACE_ACTIVE_LEVEL_...``)."""

    OFF = 0x00
    """As before ``mbed_trace_init()``."""
    ERROR = 0x03
    WARN = 0x07
    INFO = 0x0F
    DEBUG = 0x1F


SOON = timedelta(seconds=5)


class ConsoleKeywords(Topic):
    """The lines that the target prints. Those of the running test count, or of it since `Forget Console`.

    A pattern is a whole line, in which ``*`` stands for any text, ``?`` for one character and ``[[]`` for ``[``.
    """

    @keyword(tags=["console"])
    def console_should_show(self, *patterns: str, timeout: timedelta = SOON) -> list[str]:
        """Checks that the target printed these lines in this order, others between them or not; gives all lines.

        | =Argument= | =Meaning= |
        | ``patterns`` | the lines |
        | ``timeout`` | how long to wait for what is still to come |

        Example:
        | `Console Should Show`    *Starting TLS handshake with server.tlsbench.test    *established
        """
        lines = self.session.printed.lines(lambda lines: missing(patterns, lines) is None, timeout.total_seconds())
        pattern = missing(patterns, lines)
        if pattern is not None:
            raise KeywordFailure(f"the console should show {pattern!r}{_behind(patterns, pattern)}\n{_shown(lines)}")
        return lines

    @keyword(tags=["console"])
    def console_should_not_show(self, *patterns: str) -> None:
        """Checks that the target printed no such line until now.

        Example:
        | `Console Should Not Show`    [[]DBG *
        """
        lines = self.session.printed.lines()
        for line in lines:
            for pattern in patterns:
                if fnmatchcase(line, pattern):
                    raise KeywordFailure(f"the console should not show {pattern!r}\n{_shown(lines)}")

    @keyword(tags=["console"])
    def get_console_lines(self, pattern: str = "*") -> list[str]:
        """Gives the lines that the target printed until now, those that match.

        Example:
        | ${lines}    `Get Console Lines`    [[]INFO][[]TLSW]*
        """
        return [line for line in self.session.printed.lines() if fnmatchcase(line, pattern)]

    @keyword(tags=["console"])
    def forget_console(self) -> None:
        """From now on, what was printed before counts no more.

        Example:
        | `Forget Console`
        | `Connect`    ${peer}
        | `Console Should Show`    *established
        """
        self.session.printed.forget()

    @keyword(tags=["console"])
    def set_trace_level(self, level: TraceLevel) -> None:
        """Sets which log lines the target shows, until the test ends; for images with log lines (``trace``).

        | =Argument= | =Meaning= |
        | ``level`` | ``DEBUG`` (as at boot), ``INFO``, ``WARN``, ``ERROR``, or ``OFF``, as before ``mbed_trace_init`` |

        Example:
        | `Set Trace Level`    WARN
        """
        agent = self.session.agent
        agent.trace(level)
        self.session.at_end_of_test(lambda: agent.trace(TraceLevel.DEBUG))


def _behind(patterns: tuple[str, ...], pattern: str) -> str:
    at = patterns.index(pattern)
    return f" behind {patterns[at - 1]!r}" if at else ""


def _shown(lines: list[str]) -> str:
    return "\n".join(["it showed:", *lines]) if lines else "it showed nothing"
