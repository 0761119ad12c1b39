"""Answers a request over HTTP/1.1."""

from typing import ClassVar

from pydantic.dataclasses import dataclass

from tlsbench.peers.behaviours.base import OPTIONS, Behaviour, BehaviourFailed
from tlsbench.peers.stream import Stream

LONGEST_HEAD = 16384


@dataclass(frozen=True, config=OPTIONS)
class Http(Behaviour):
    """Answers one GET with a page, as a web server does that closes afterwards (RFC 9112, section 9.6)."""

    name: ClassVar[str] = "http"
    path: str = "/hello.txt"
    """Path of its one page; any other is not found."""
    body: str = "Hello world!\n"
    """What is on the page."""

    def serve(self, stream: Stream) -> None:
        """Reads a request's head and answers it."""
        head = b""
        while b"\r\n\r\n" not in head:
            data = stream.read()
            if not data:
                return
            head += data
            if len(head) > LONGEST_HEAD:
                raise BehaviourFailed(f"a request's head of more than {LONGEST_HEAD} bytes")
        lines = head.decode("latin-1").split("\r\n")
        method, _, rest = lines[0].partition(" ")
        path, _, version = rest.partition(" ")
        fields = [line.partition(":")[0].casefold() for line in lines[1:]]
        if version != "HTTP/1.1" or fields.count("host") != 1:  # RFC 9112, section 3.2
            status, body = "400 Bad Request", "no request of HTTP/1.1 with one Host field\n"
        elif method != "GET":
            status, body = "501 Not Implemented", "only GET is\n"
        elif path != self.path:
            status, body = "404 Not Found", f"there is only {self.path}\n"
        else:
            status, body = "200 OK", self.body
        content = body.encode()
        answer = [
            f"HTTP/1.1 {status}",
            "Content-Type: text/plain; charset=utf-8",
            f"Content-Length: {len(content)}",
            "Connection: close",
        ]
        stream.write("\r\n".join([*answer, "", ""]).encode() + content)
