"""Keywords for what a configuration costs beside the ordinary image."""

from __future__ import annotations

from robot.api.deco import keyword

from tlsbench.keywords.failures import absent
from tlsbench.keywords.topic import Topic
from tlsbench.measure import elf
from tlsbench.model.metric import Metric, Phase

ADDED = {"heap_peak": "heap_added", "stack_peak": "stack_added", "instructions": "instructions_added"}


class CostKeywords(Topic):
    """What the configuration in use takes more than the ordinary image does. It goes into the record."""

    @keyword(tags=["measurement"])
    def measure_what_the_image_adds(self) -> dict[str, int]:
        """Records how much flash and static RAM the image of this configuration takes more, in bytes, and gives both.

        Example:
        | `Use Configuration`    trace
        | ${added}    `Measure What The Image Adds`
        | Should Be True    ${added}[flash] < 8192
        """
        session = self.session
        if not session.measures("flash") or session.config.image:
            raise absent("what one image takes more than another", session.info.name)
        ordinary, ours = (
            {metric.name: int(metric.value) for metric in elf.metrics(image)}
            for image in (session.image, session.image_of(session.configuration))
        )
        method = f"ELF sections, image of the configuration {session.configuration!r} less the ordinary one"
        added = {name: ours[name] - ordinary[name] for name in ("flash", "static_ram")}
        session.record(*(Metric(f"{name}_added", value, method) for name, value in added.items()))
        return added

    @keyword(tags=["measurement"])
    def measure_what_is_added_to(
        self, name: str, ordinary: float, phase: Phase = Phase.HANDSHAKE, thread: str | None = None
    ) -> float:
        """Records how much more of something this test took than a test with the ordinary image, and gives it.

        | =Argument= | =Meaning= |
        | ``name`` | ``heap_peak``, ``stack_peak`` or ``instructions`` |
        | ``ordinary`` | what `Get Metric` gave for the same in a test with the ordinary image |
        | ``phase`` | one of the `Phases` |
        | ``thread`` | for ``stack_peak``: whose |

        Example:
        | `Measure What Is Added To`    stack_peak    ${ordinary}    thread=worker0
        """
        metric = self.session.find(name, phase, thread)
        if metric is None:
            raise absent(f"{name} of {thread or phase}", self.session.info.name)
        added = metric.value - ordinary
        method = f"{metric.method}; configuration {self.session.configuration!r} less the ordinary image"
        self.session.record(Metric(ADDED[name], added, method, phase, thread))
        return added
