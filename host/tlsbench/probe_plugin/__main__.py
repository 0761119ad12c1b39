"""`python -m tlsbench.probe_plugin`: build the plugin if it is missing or out of date, and say where it is."""

import sys

from tlsbench.model.errors import BenchError
from tlsbench.probe_plugin import library

try:
    print(library())
except BenchError as error:
    sys.exit(str(error))
