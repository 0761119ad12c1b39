"""Who uses the bench, for others who want the same board."""

from __future__ import annotations

import getpass
import os


def user() -> str:
    """The name of this user; one that has none, as in many a container, goes by its number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid{os.getuid()}"
