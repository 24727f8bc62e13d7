"""A real TensorBoard in a process of its own."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

_DEADLINE_SECONDS = 60
_ADDRESS = re.compile(r"at (http://\S+)")


class TensorBoard:
    """TensorBoard on a logdir and a free port of the loopback interface.

    Attributes:
        url: Where it answers, path prefix included, without a slash at the end.
        log: What it has written so far, both streams together.
    """

    def __init__(self, logdir, *arguments, load_fast="true"):
        self._output = tempfile.NamedTemporaryFile()
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-P", "-m", "tensorboard.main", "--logdir", str(logdir)),
                *("--host", "127.0.0.1", "--port", "0", "--reload_interval", "1"),
                *("--load_fast", load_fast, *map(str, arguments)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            self.url = self._wait_for_address().rstrip("/")
        except BaseException:
            self.stop()
            raise

    @property
    def log(self):
        """Everything that it has written."""
        return Path(self._output.name).read_text()

    def get(self, path, *, method="GET", headers=None):
        """Ask for a path below the prefix, such as `/data/plugins_listing`.

        Returns:
            `(status, headers, body)`: header names in lower case; the body is decoded
            where it is JSON, and bytes otherwise.
        """
        address = urllib.parse.urlsplit(self.url)
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
        try:
            connection.request(method, address.path + path, headers=headers or {})
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        names = {name.lower(): value for name, value in response.getheaders()}
        if body and names.get("content-type", "").startswith("application/json"):
            body = json.loads(body)
        return response.status, names, body

    def wait_for(self, path, is_ready):
        """Ask for a path until `is_ready(body)` holds, and return that body."""
        deadline = time.monotonic() + _DEADLINE_SECONDS
        while time.monotonic() < deadline:
            status, _, body = self.get(path)
            if status == 200 and is_ready(body):
                return body
            time.sleep(0.1)
        raise AssertionError(f"{path} was never ready. Last reply: {status} {body!r:.2000}")

    def stop(self):
        """End the process and its data server."""
        try:
            os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        except ProcessLookupError:
            self._process.wait()
        self._output.close()

    def _wait_for_address(self):
        deadline = time.monotonic() + _DEADLINE_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if found := _ADDRESS.search(self.log):
                return found[1]
            time.sleep(0.05)
        raise AssertionError(f"TensorBoard did not start:\n{self.log}")
