"""The example of a video service: the same still once more."""

import http.client
import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlparse

from report import Row
from stills import once_more

TOKEN = "token"


@contextmanager
def running(command: str, scratch: Path) -> Iterator[http.client.HTTPConnection]:
    options = ["--data", str(scratch / "host"), "--token", TOKEN, "--port", "0", "--rungs", "180", "--preset", "ultrafast"]
    host = subprocess.Popen([command, *options], stdout=subprocess.PIPE, text=True)
    try:
        said = host.stdout.readline().strip() if host.stdout else ""
        yield http.client.HTTPConnection(urlparse(said).netloc)
    finally:
        host.kill()
        host.wait()


def uploaded(host: http.client.HTTPConnection, video: Path) -> str:
    """The name of the video in the host, once it is ready."""
    path, headers = "/client/v4/accounts/demo/stream", {"Authorization": f"Bearer {TOKEN}"}
    head = '--part\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
    body = head.encode() + video.read_bytes() + b"\r\n--part--\r\n"
    host.request("POST", path, body, headers | {"Content-Type": "multipart/form-data; boundary=part"})
    while True:
        found = json.loads(host.getresponse().read())["result"]
        if found["status"]["state"] == "ready":
            return str(found["uid"])
        if found["status"]["state"] == "error":
            raise SystemExit(f"the host does not take {video}: {found['status']}")
        time.sleep(0.2)
        host.request("GET", f"{path}/{found['uid']}", headers=headers)


def again(command: str, count: int, video: Path, scratch: Path) -> Iterator[Row]:
    with running(os.environ.get("STREAM_HOST", command), scratch) as host:
        name = uploaded(host, video)
        yield once_more(host, f"/{name}/thumbnails/thumbnail.jpg", count, "the same still asked for again, of the host")
