"""One run: the board it brings up, the phases it goes through, and the record it leaves.

`Session` is what the keywords and the command line share. It starts nothing before it is needed.
"""

from tlsbench.session.config import Config
from tlsbench.session.session import Session
from tlsbench.session.sockets import RunningCall

__all__ = ["Config", "RunningCall", "Session"]
