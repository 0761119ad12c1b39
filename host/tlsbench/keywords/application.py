"""Keywords about the example applications: images without the agent, of which only the console is seen."""

from __future__ import annotations

from datetime import timedelta

from robot.api import SkipExecution, logger
from robot.api.deco import keyword

from tlsbench.keywords.failures import KeywordFailure
from tlsbench.keywords.topic import Topic
from tlsbench.peers import Authority
from tlsbench.session.application import Application

WITHIN = timedelta(seconds=20)
"""A boot, an address by DHCP and a handshake, on a machine that has other things to do."""


class ApplicationKeywords(Topic):
    """Applications of ``firmware/apps/``. One runs in the place of the agent, to the end of the test.

    `Console Should Show` and its relatives see what it prints, too.
    """

    @keyword(tags=["application"])
    def run_application(self, name: str, **values: str | int | bytes | Authority) -> None:
        """Builds an application, and switches the board on with it.

        What the application is told is its own configuration (``mbed_app.json``); the image that ran stays in the
        run's folder. Where the run has an image of its own (``--image``), the test is absent.

        | =Argument= | =Meaning= |
        | ``name`` | a folder of ``firmware/apps/`` |
        | ``values`` | keys of the application, without ``app.``, and what they are in this test |

        An authority stands for its root certificate.

        Example:
        | `Run Application`    https-hello    port=${peer.port}    root-ca=${authority}
        | `Application Should Print`    Status 200
        | `Application Should End With`    0
        """
        if self.session.config.image is not None:
            raise SkipExecution("absent: the image of this run holds the agent, and no application")
        plain = {key: value.root_pem if isinstance(value, Authority) else value for key, value in values.items()}
        self.session.run_application(name, plain)

    @keyword(tags=["application"])
    def application_should_print(self, *lines: str, within: timedelta = WITHIN) -> None:
        """Waits for lines, in this order, behind the last one that was waited for. Others may come between.

        | =Argument= | =Meaning= |
        | ``lines`` | patterns of whole lines, as for `Console Should Show` |
        | ``within`` | how long to wait for each |

        Example:
        | `Application Should Print`    Status 200    ${EMPTY}    Hello world!
        """
        application = self._application()
        for line in lines:
            logger.info(application.wait_for_line(line, within.total_seconds()))

    @keyword(tags=["application"])
    def application_should_end_with(self, result: int, *, within: timedelta = WITHIN) -> None:
        """Waits until the application's ``main()`` returns, and checks what.

        Where the application is a process, a sanitizer's complaint at its end fails this, too.

        Example:
        | `Application Should End With`    0
        """
        application = self._application()
        ended = application.wait_for_end(within.total_seconds())
        if ended != result:
            printed = "\n".join(application.lines)
            raise KeywordFailure(f"the application's main() returned {ended}, not {result}; it printed:\n{printed}")

    def _application(self) -> Application:
        application = self.session.application
        if application is None:
            raise KeywordFailure("no application runs; `Run Application` starts one")
        return application
