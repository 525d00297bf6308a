"""The real server in processes that can be killed, and browsers without pictures and scripts."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlencode

EXPECTED = {200, 302, 422}
LINE_DOWN = (OSError, HTTPException)
STARTS_WITHIN = 60.0


class Server:
    """``kimppa serve`` in processes of its own, which can be killed all at once."""

    def __init__(self, port: int, environment: Mapping[str, str]) -> None:
        self.port, self.environment = port, environment
        self.process: subprocess.Popen[bytes] | None = None
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the server

    def start(self) -> None:
        """Start it and wait until it answers; RuntimeError with its log when it does not."""
        code = "from kimppa.site.cli import main; main()"
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-c", code, "serve", "--port", str(self.port)],
            env=self.environment, stdout=self.log, stderr=self.log, start_new_session=True,
        )  # fmt: skip
        end = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < end and self.process.poll() is None:
            try:
                Browser(self.port).get("/staff/sign-in/")
            except LINE_DOWN:
                time.sleep(0.1)
            else:
                return
        self.kill()
        self.log.seek(0)
        raise RuntimeError(self.log.read()[-2000:].decode())

    def kill(self) -> None:
        """End it without a chance to finish anything: SIGKILL to all its processes."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None


class Unexpected(Exception):
    """An answer that no page gives on purpose."""


class Browser:
    """One browser without pictures and scripts: cookies, forms and their tokens."""

    def __init__(self, port: int) -> None:
        self.port, self.cookies, self.token = port, dict[str, str](), ""
        self.milliseconds: list[float] = []  # of each answer to a form

    def get(self, path: str) -> str:
        """Open a page and return it."""
        return self._ask("GET", path)[1]

    def post(self, path: str, *, htmx: bool = False, **fields: str) -> tuple[str, str, bool]:
        """Send a form; return where it leads to, the page, and whether it is only a part of it."""
        return self._ask("POST", path, {"csrfmiddlewaretoken": self.token, **fields}, htmx=htmx)

    def _ask(
        self, method: str, path: str, fields: Mapping[str, str] | None = None, *, htmx: bool = False
    ) -> tuple[str, str, bool]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if htmx:
            headers["HX-Request"] = "true"
        began = time.perf_counter()
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, urlencode(fields or {}) or None, headers)
            answer = connection.getresponse()
            page = answer.read().decode()
        finally:
            connection.close()
        if fields is not None:
            self.milliseconds.append(1000 * (time.perf_counter() - began))
        if answer.status not in EXPECTED:
            raise Unexpected(f"{answer.status} {path}")
        for line in answer.headers.get_all("Set-Cookie", []):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        if found := re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page):
            self.token = found[1]
        return answer.headers.get("Location", ""), page, "HX-Retarget" in answer.headers
