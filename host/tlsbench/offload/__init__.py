"""The host's end of the offload stack: sockets of this machine, opened on behalf of a board without a network.

From the outside in: ``serve`` looks after the boards whose stack this is, ``Host`` runs it in a thread, ``Session``
keeps messages in order over the serial line, ``tcp`` and ``udp`` have the sockets. What is said is in
``firmware/stacks/offload/offload.proto``.
"""

from .host import STACK, Host, serve

__all__ = ["STACK", "Host", "serve"]
