"""Asks a running exchange through its control socket."""

import http.client
import json
import socket
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

PATIENCE = 30.0  # seconds: a reload may encode new prompts


class NotRunning(Exception):  # noqa: N818 - named as the fact it states
    """No exchange answers there; the message says where, and how to start one."""


class Refused(Exception):  # noqa: N818
    """The exchange did not do as asked; the message is its reason."""


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=PATIENCE)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class Client:
    def __init__(self, data: Path) -> None:
        self._socket = data / "control.sock"

    def get(self, *path: str) -> Any:
        return json.loads(self.fetch("GET", *path))

    def post(self, *path: str, **query: str) -> Any:
        return json.loads(self.fetch("POST", *path, **query))

    def fetch(self, method: str, *path: str, **query: str) -> bytes:
        """The answer's body. Raises NotRunning, Refused."""
        connection = _UnixConnection(self._socket)
        target = "/" + "/".join(quote(part, safe="") for part in path)
        try:
            connection.request(method, f"{target}?{urlencode(query)}" if query else target)
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise NotRunning(
                f"no exchange answers on {self._socket}: "
                "start one with `centrala run`, or name its --data folder"
            ) from error
        finally:
            connection.close()
        if response.status >= 400:
            raise Refused(_reason(body))
        return body


def _reason(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace")
