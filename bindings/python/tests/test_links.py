"""Sources behind links, of a real server on loopback."""

import pickle
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import vodkit


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def server(clip: Path) -> Iterator[str]:
    """The address of the clip's folder. This server knows no ranges."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=clip.parent)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_link_is_the_same_video(server: str, clip: Path) -> None:
    link = vodkit.Link(f"{server}/clip.mp4", allow_private_addresses=True, timeout=5)
    ladder = vodkit.Ladder(rungs=[120], preset="ultrafast")
    plan = vodkit.plan(link, ladder)
    assert plan == vodkit.plan(clip, ladder)
    assert plan.segment("120p", 1) == vodkit.plan(clip, ladder).segment("120p", 1)
    again = pickle.loads(pickle.dumps(plan))
    assert again.segment("120p", 0) == plan.segment("120p", 0)


def test_links_that_lead_nowhere(server: str) -> None:
    with pytest.raises(vodkit.AddressRefusedError, match="not public") as refused:
        vodkit.probe(f"{server}/clip.mp4")
    assert isinstance(refused.value, PermissionError) and refused.value.filename == f"{server}/clip.mp4"
    for path, error in [("/none.mp4", vodkit.NotFoundError), ("/", vodkit.NotMediaError)]:
        with pytest.raises(error):
            vodkit.probe(vodkit.Link(url=server + path, allow_private_addresses=True))
    with pytest.raises(vodkit.LimitExceededError):
        vodkit.probe(vodkit.Link(url=f"{server}/clip.mp4", allow_private_addresses=True, source_bytes=1000))
    for url in ["ftp://a.example/b", "b.mp4"]:
        with pytest.raises(vodkit.InvalidArgumentError, match="http://"):
            vodkit.probe(vodkit.Link(url=url))
    with pytest.raises(vodkit.InvalidArgumentError, match="in PEM"):
        vodkit.probe(vodkit.Link(url="https://a.example/b", root_certificates="none"))
    with pytest.raises(TypeError):
        vodkit.probe(vodkit.Link(url=7))  # type: ignore[arg-type]
