"""What pabot starts in the place of `robot`: has the bench run the suite, and ends as `robot` would.

    python relay.py ADDRESS ROBOT-ARGUMENTS

It is run by its path and imports next to nothing, for it is started once per suite. When the bench goes, it goes too.
"""

import json
import socket
import sys

STOPPED = 253
"""Robot Framework's exit status of a run that was stopped (User Guide, section 3.1.3)."""


def main() -> int:
    """Entry point; the exit status is Robot's."""
    with socket.socket(socket.AF_UNIX) as bench, bench.makefile("rw") as line:
        bench.connect("\0" + sys.argv[1])  # an address without a file: it ends with its owner
        line.write(json.dumps(sys.argv[2:]) + "\n")
        line.flush()
        answer = line.readline()
    return int(answer) if answer else STOPPED


if __name__ == "__main__":
    sys.exit(main())
