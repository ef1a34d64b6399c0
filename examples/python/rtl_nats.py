"""A small NATS client: what rtl_client.py needs of the protocol, and nothing more.

It never reconnects: when the connection is lost, everything that waits is told. Python 3.9 or
later, standard library only.
"""
import json
import queue
import secrets
import socket
import ssl
import threading
from typing import Callable, Dict, List, NamedTuple, Optional, Tuple
from urllib.parse import unquote, urlsplit

from rtl_error import RtlError


class Message(NamedTuple):
    subject: str
    reply: str
    headers: Dict[str, str]
    data: bytes
    #: What the server says in place of an answer: 503 when nobody listens.
    status: int


class Nats:
    """One connection. Callbacks run in its reading thread and must return soon."""

    def __init__(self, url: str, name: str):
        parts = urlsplit(url if "://" in url else "nats://" + url)
        address = (parts.hostname or "127.0.0.1", parts.port or 4222)
        try:
            self._socket = socket.create_connection(address, timeout=5)
            self._file = self._socket.makefile("rb")
            info = json.loads(self._file.readline().split(b" ", 1)[1])
            if info.get("tls_required") or parts.scheme == "tls":
                context = ssl.create_default_context()
                self._socket = context.wrap_socket(self._socket, server_hostname=address[0])
                self._file = self._socket.makefile("rb")
        except (OSError, IndexError, ValueError) as error:
            where = f"{address[0]}:{address[1]}"
            raise gone(f"no NATS server answers at {where}: {error}") from error
        self._socket.settimeout(None)
        self.max_payload = info.get("max_payload", 1048576)
        self._writing = threading.Lock()
        self._callbacks: Dict[int, Tuple[Callable[[Message], None], Optional[int]]] = {}
        self._next = 0
        self._pongs: "queue.Queue[Optional[str]]" = queue.Queue()
        self._closed: Optional[str] = None
        self._on_close: List[Callable[[], None]] = []
        self._inbox = "_INBOX." + secrets.token_hex(11)
        self._waiting: Dict[str, "queue.Queue[Optional[Message]]"] = {}
        options = {"verbose": False, "pedantic": False, "headers": True, "no_responders": True}
        options.update({"name": name, "lang": "python", "version": "1", "protocol": 1})
        if parts.username and parts.password is None:
            options["auth_token"] = unquote(parts.username)
        elif parts.username:
            options.update({"user": unquote(parts.username), "pass": unquote(parts.password or "")})
        self._write(b"CONNECT " + json.dumps(options).encode() + b"\r\n")
        threading.Thread(target=self._read, name="nats", daemon=True).start()
        self.flush()
        self.subscribe(self._inbox + ".*", self._answered)

    # --- sending ------------------------------------------------------------------------------

    def publish(self, subject: str, data: bytes, reply: str = "") -> None:
        """The server cuts off who sends more than it allows, so that is refused here."""
        if len(data) > self.max_payload:
            what = f"{len(data)} bytes for {subject}: the limit is {self.max_payload}"
            raise RtlError("RTL_MESSAGE_TOO_LARGE", what)
        line = f"PUB {subject} {reply + ' ' if reply else ''}{len(data)}\r\n"
        self._write(line.encode() + data + b"\r\n")

    def subscribe(
        self,
        subject: str,
        callback: Callable[[Message], None],
        group: str = "",
        most: Optional[int] = None,
    ) -> int:
        """Listens, with others of a queue group where one is given, for `most` messages or all."""
        with self._writing:
            self._next += 1
            number = self._next
            self._callbacks[number] = (callback, most)
        lines = f"SUB {subject} {group + ' ' if group else ''}{number}\r\n"
        if most is not None:
            lines += f"UNSUB {number} {most}\r\n"
        self._write(lines.encode())
        return number

    def unsubscribe(self, number: int) -> None:
        """No more is dealt to it; what was dealt already still arrives until the next flush."""
        self._write(f"UNSUB {number}\r\n".encode())

    def request(self, subject: str, data: bytes, timeout: float) -> Message:
        """One question, one answer. RTL_NO_RELAY when nobody listens there."""
        key = secrets.token_hex(8)
        answers = self._waiting[key] = queue.Queue()
        try:
            self.publish(subject, data, f"{self._inbox}.{key}")
            answer = answers.get(timeout=timeout)
        except queue.Empty:
            what = f"no answer on {subject} within {timeout} s"
            raise RtlError("RTL_WAIT_TIMEOUT", what) from None
        finally:
            self._waiting.pop(key, None)
        if answer is None:
            raise gone(self._closed)
        if answer.status == 503:
            raise RtlError("RTL_NO_RELAY", f"nobody listens on {subject}", fix="rtl start")
        return answer

    def new_inbox(self) -> str:
        return "_INBOX." + secrets.token_hex(11)

    def flush(self) -> None:
        """Returns when the server has seen all that was sent, and we all that it dealt before."""
        self._write(b"PING\r\n")
        error = self._pongs.get(timeout=10)
        if error is not None:
            raise gone(error)

    def on_close(self, callback: Callable[[], None]) -> None:
        """Called once when the connection is lost or closed."""
        self._on_close.append(callback)

    def close(self) -> None:
        self._end("closed")
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._socket.close()

    @property
    def closed(self) -> Optional[str]:
        """Why the connection is closed; None while it is open."""
        return self._closed

    def _write(self, data: bytes) -> None:
        if self._closed is not None:
            raise gone(self._closed)
        try:
            with self._writing:
                self._socket.sendall(data)
        except OSError as error:
            self._end(f"the NATS server is gone: {error}")
            raise gone(self._closed) from error

    # --- receiving ----------------------------------------------------------------------------

    def _read(self) -> None:
        why = "the NATS server closed the connection"
        try:
            while self._take(self._file.readline()):
                pass
        except (OSError, ValueError, IndexError, RtlError) as error:
            why = str(error)
        self._end(why)

    def _take(self, line: bytes) -> bool:
        if line == b"":
            return False
        verb, _, rest = line.rstrip(b"\r\n").partition(b" ")
        if verb in (b"MSG", b"HMSG"):
            self._deliver(verb == b"HMSG", rest.decode().split())
        elif verb == b"PING":
            self._write(b"PONG\r\n")
        elif verb == b"PONG":
            self._pongs.put(None)
        elif verb == b"-ERR":
            raise gone("the NATS server says " + rest.decode())
        return True

    def _deliver(self, with_headers: bool, words: List[str]) -> None:
        sizes = 2 if with_headers else 1
        subject, number, *reply = words[:-sizes]
        head = int(words[-2]) if with_headers else 0
        content = self._file.read(int(words[-1]))
        self._file.read(2)
        status, headers = read_headers(content[:head])
        message = Message(subject, reply[0] if reply else "", headers, content[head:], status)
        with self._writing:
            callback, left = self._callbacks.get(int(number), (None, None))
            if left == 1:
                del self._callbacks[int(number)]
        if callback is not None:
            callback(message)

    def _answered(self, message: Message) -> None:
        waiting = self._waiting.get(message.subject[len(self._inbox) + 1 :])
        if waiting is not None:
            waiting.put(message)

    def _end(self, why: str) -> None:
        if self._closed is not None:
            return
        self._closed = why
        self._pongs.put(why)
        for waiting in list(self._waiting.values()):
            waiting.put(None)
        for callback in self._on_close:
            callback()


def gone(why: Optional[str]) -> RtlError:
    return RtlError("RTL_BUS_UNREACHABLE", why or "the connection is closed")


def read_headers(block: bytes) -> Tuple[int, Dict[str, str]]:
    """The status, 0 when there is none, and the headers of a message."""
    first, *lines = block.decode().split("\r\n")
    words = first.split()
    status = int(words[1]) if len(words) > 1 else 0
    pairs = (line.partition(":") for line in lines if line)
    return status, {name.strip(): value.strip() for name, _, value in pairs}
