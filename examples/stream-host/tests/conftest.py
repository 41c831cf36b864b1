"""The running host, a web server with clips, and a receiver of webhooks."""

import contextlib
import functools
import hashlib
import hmac
import http.server
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cloudflare import Cloudflare

TOKEN = "token-of-the-tests"
ACCOUNT = "0123456789abcdef0123456789abcdef"
COMMAND = os.environ.get("STREAM_HOST", "target/debug/stream-host")


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


def ask(method: str, url: str, body: bytes | None = None, **headers: str) -> Answer:
    """One request; whatever comes back is an answer."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, data=body, method=method, headers=named)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return Answer(answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, {k.lower(): v for k, v in error.headers.items()}, error.read())


class Host:
    """The running host."""

    def __init__(self, folder: Path, *options: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder, self.options = folder, options
        self.address = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        line = [COMMAND, "--data", str(self.folder), "--token", TOKEN, "--account", ACCOUNT, "--port", str(self.port)]
        line += ["--allow-private-addresses", "--rungs", "180,90", "--preset", "ultrafast", *self.options]
        self.process = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert self.process.stdout.readline().strip() == self.address

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=20)

    @property
    def client(self) -> Cloudflare:
        return Cloudflare(api_token=TOKEN, base_url=f"{self.address}/client/v4", max_retries=0)

    def api(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {TOKEN}", "Content_Type": "application/json", **headers}
        return ask(method, f"{self.address}/client/v4/accounts/{ACCOUNT}/stream{path}", data, **headers)

    def wait(self, uid: str, until: Callable[[Any], bool], seconds: float = 60) -> Any:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            video = self.api("GET", f"/{uid}").json()["result"]
            if until(video):
                return video
            time.sleep(0.05)
        raise AssertionError(f"after {seconds} seconds it is {video}")

    def ready(self, uid: str, seconds: float = 60) -> Any:
        video = self.wait(uid, lambda video: video["status"]["state"] in ("ready", "error"), seconds)
        assert video["status"]["state"] == "ready", video["status"]
        return video

    def media(self, name: str, path: str, **headers: str) -> Answer:
        return ask("GET", f"{self.address}/{name}/{path}", **headers)


@dataclass
class Receiver:
    """Receives webhooks: records them, and fails as often as `failures` says."""

    url: str
    bodies: list[Any] = field(default_factory=list)
    signatures: list[tuple[str, bytes]] = field(default_factory=list)
    failures: int = 0
    pause: float = 0

    def of(self, uid: str) -> list[Any]:
        return [body for body in self.bodies if body["uid"] == uid]

    def check(self, secret: str) -> None:
        for header, body in self.signatures:
            found = re.fullmatch(r"time=(\d+),sig1=([0-9a-f]{64})", header)
            assert found is not None
            text = f"{found[1]}.".encode() + body
            assert hmac.new(secret.encode(), text, hashlib.sha256).hexdigest() == found[2]


def serving(handler: Any) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with videos: `clip.mp4` with sound, `other.mp4`, and what is none."""
    folder = tmp_path_factory.mktemp("clips")
    for name, seconds, rate in (("clip", 5, 440), ("other", 3, 880)):
        video = ["-f", "lavfi", "-i", f"testsrc2=s=320x180:r=25:d={seconds}"]
        sound = ["-f", "lavfi", "-i", f"sine=f={rate}:d={seconds}"]
        line = ["ffmpeg", "-loglevel", "error", *video, *sound, "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"]
        subprocess.run([*line, "-movflags", "+faststart", str(folder / f"{name}.mp4")], check=True)
    (folder / "page.bin").write_bytes(b"this is no video, whatever it is called" * 100)
    return folder


@pytest.fixture(scope="session")
def web(clips: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def copyfile(self, source: Any, outputfile: Any) -> None:
            # Clients that want a part of a file disconnect when they have it.
            with contextlib.suppress(ConnectionError):
                super().copyfile(source, outputfile)

    yield from serving(functools.partial(Quiet, directory=str(clips)))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    taken = Receiver("")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if taken.failures:
                taken.failures -= 1
                # A redirect is not success either.
                self.send_response(503 if taken.failures % 2 else 301)
                self.send_header("Location", "/elsewhere")
                self.end_headers()
                return
            time.sleep(taken.pause)
            taken.signatures.append((self.headers["Webhook-Signature"], body))
            taken.bodies.append(json.loads(body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    for url in serving(Handler):
        taken.url = f"{url}/hook"
        yield taken


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Host]:
    """A host for one test."""
    host = Host(tmp_path / "data")
    yield host
    if host.process.poll() is None:
        assert host.stop() == 0


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A host that tests share."""
    host = Host(tmp_path_factory.mktemp("host"))
    yield host
    assert host.stop() == 0


@pytest.fixture(scope="session")
def clip(host: Host, web: str) -> str:
    """A video of the shared host that is ready."""
    uid = str(host.api("POST", "/copy", {"url": f"{web}/clip.mp4"}).json()["result"]["uid"])
    host.ready(uid)
    return uid
