"""Tells what places a labgrid coordinator has, in a process of its own: only there is labgrid imported.

python -m tlsbench.boards.labgrid.look HOST:PORT
"""

from __future__ import annotations

import json
import sys

import grpc
from labgrid.remote.common import Place
from labgrid.remote.generated import labgrid_coordinator_pb2 as pb
from labgrid.remote.generated.labgrid_coordinator_pb2_grpc import CoordinatorStub

ANSWER_S = 5.0


def main() -> int:
    """Entry point: prints the places, or what is wrong."""
    with grpc.insecure_channel(sys.argv[1]) as channel:
        try:
            answer = CoordinatorStub(channel).GetPlaces(pb.GetPlacesRequest(), timeout=ANSWER_S)
        except grpc.RpcError as error:
            print(error.details(), file=sys.stderr)
            return 1
    places = [Place.from_pb2(place) for place in answer.places]
    known = {place.name: [list(place.aliases), place.tags, place.acquired or ""] for place in places}
    print(json.dumps(dict(sorted(known.items()))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
