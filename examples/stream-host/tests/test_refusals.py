"""What the host does not take, and what it says of it."""

import base64
import contextlib
import datetime
import socket
import subprocess
import time
from pathlib import Path

import jwt
import pytest
from conftest import ACCOUNT, COMMAND, TOKEN, Host, ask


def test_what_is_wrong_is_said_in_the_envelope(host: Host, clip: str) -> None:
    base = f"{host.address}/client/v4/accounts/{ACCOUNT}/stream"
    assert ask("GET", base).status == 401
    assert ask("GET", base, Authorization="Bearer wrong").status == 403
    assert ask("GET", base.replace(ACCOUNT, "other"), Authorization=f"Bearer {TOKEN}").status == 403
    future = (datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)).isoformat()
    for method, path, body, status in [
        ("POST", "/copy", {}, 400),
        ("POST", "/copy", {"url": "file:///etc/passwd"}, 400),
        ("POST", "/copy", {"url": "http://a/b", "meta": 5}, 400),
        ("POST", "/copy", {"url": "http://a/b", "thumbnailTimestampPct": 2}, 400),
        ("POST", "/copy", {"url": "http://a/b", "scheduledDeletion": future}, 400),
        ("POST", "/copy", {"url": "http://a/b", "watermark": {"uid": "none"}}, 404),
        ("POST", "/direct_upload", {}, 400),
        ("POST", f"/{clip}", {"uid": "0" * 32, "meta": {}}, 400),
        ("POST", f"/{clip}", {"uploadExpiry": "soon"}, 400),
        ("POST", "/clip", {"clippedFromVideoUID": clip, "startTimeSeconds": 3, "endTimeSeconds": 2}, 400),
        ("GET", "/0123", None, 404),
        ("GET", "/..%2f..%2fetc%2fpasswd", None, 404),
        ("GET", "/nothing/like/this", None, 404),
        ("DELETE", f"/{'0' * 32}", None, 404),
        ("PATCH", "/copy", None, 405),
        ("GET", "?after=9999-12-31T23:59:59-12:00", None, 400),
    ]:
        answer = host.api(method, path, body)
        found = answer.json()
        assert (answer.status, found["success"], found["result"]) == (status, False, None), (path, answer.text)
        assert found["errors"][0]["code"] and found["errors"][0]["message"]
    assert ask("POST", f"{base}/copy", b"{nonsense", Authorization=f"Bearer {TOKEN}").status == 400
    # What the framework refuses by itself looks no different.
    for url in (f"{base}/%ff", f"{host.address}/%ff/watch"):
        answer = ask("GET", url, Authorization=f"Bearer {TOKEN}")
        assert answer.status == 400 and answer.json()["errors"][0]["message"], (url, answer.text)
    for path in ("manifest/..%2f..%2fhost.sqlite", "manifest/%2e%2e/host.sqlite", "manifest/plan.json",
                 "manifest//bin.mp4", "manifest/%2ftmp.mp4", "manifest/plan.json.mp4", "manifest/180p.mp4",
                 f"manifest/{'a' * 300}.mp4"):
        assert host.media(clip, path).status == 404, path


def test_bodies_that_are_too_large_are_refused_before_they_come(host: Host, clip: str, tmp_path: Path) -> None:
    large = tmp_path / "large"
    large.write_bytes(b" " * (5 << 20))
    base = f"{host.address}/client/v4/accounts/{ACCOUNT}/stream"
    for method, path in (("POST", "/copy"), ("PUT", f"/{clip}/captions/en"), ("POST", "/watermarks")):
        line = ["curl", "-sS", "-X", method, "-H", f"Authorization: Bearer {TOKEN}", "--data-binary", f"@{large}"]
        done = subprocess.run([*line, "-w", "%{http_code}", base + path], capture_output=True, text=True, check=True)
        assert done.stdout.endswith("413") and '"success":false' in done.stdout, done.stdout


def test_a_form_without_an_end_to_its_headers_is_cut_off(host: Host) -> None:
    link = host.api("POST", "/direct_upload", {"maxDurationSeconds": 60}).json()["result"]["uploadURL"]
    with socket.create_connection(("127.0.0.1", host.port), timeout=20) as line:
        kind = "multipart/form-data; boundary=b"
        head = f"POST {link.removeprefix(host.address)} HTTP/1.1\r\nHost: a\r\nContent-Type: {kind}\r\n"
        line.sendall(f"{head}Content-Length: 100000000\r\n\r\n--b\r\nContent-Disposition: form-data; name=".encode())
        sent = 0
        with contextlib.suppress(ConnectionError):
            while sent < 60_000_000:
                sent += line.send(b"n" * 100_000)
    assert sent < 60_000_000


def test_free_fields_are_bounded(host: Host, clip: str) -> None:
    def nested(depth: int) -> object:
        return [nested(depth - 1)] if depth else 1

    for field in (
        {"meta": {"a": nested(40)}},
        {"meta": {"a": nested(118)}},
        {"publicDetails": {"a": nested(118)}},
        {"meta": {"a": "b" * 20_000}},
        {"name": "b" * 20_000},
        {"publicDetails": {"title": "b" * 20_000}},
        {"publicDetails": 1},
        {"creator": "c" * 65},
        {"requireSignedURLs": "yes"},
        {"maxDurationSeconds": "x"},
    ):
        for path in ("/copy", "/direct_upload", f"/{clip}"):
            if path == f"/{clip}" and "name" in field:
                continue
            answer = host.api("POST", path, {"url": "http://a/b", "maxDurationSeconds": 10, **field})
            message = answer.json()["errors"][0]["message"]
            assert answer.status == 400 and next(iter(field)) in message and "expected" not in message, (path, message)
    assert host.api("POST", "/direct_upload", {"maxDurationSeconds": 10}, Upload_Creator="c" * 65).status == 400
    assert host.api("POST", f"/{clip}", {"meta": {"deep": nested(30), "name": "clip.mp4"}}).status == 200
    assert host.api("GET", f"/{clip}").json()["result"]["meta"]["deep"] == nested(30)


def test_invalid_rules_allow_nobody(host: Host, clip: str) -> None:
    for rule in (
        {"type": "ip.src", "ip": ["127.0.0.1/33"], "action": "block"},
        {"type": "ip.src", "action": "block"},
        {"type": "ip.geoip.country", "action": "block"},
        {"type": "ip.name", "action": "block"},
    ):
        answer = host.api("POST", f"/{clip}/token", {"accessRules": [rule]})
        assert answer.status == 400 and "variant" not in answer.text, answer.text
    key = host.api("POST", "/keys").json()["result"]
    claims = {"sub": clip, "kid": key["id"], "exp": int(time.time()) + 60}
    rules = {"accessRules": [{"type": "ip.src", "ip": ["127.0.0.1/33"], "action": "block"}]}
    token = jwt.encode({**claims, **rules}, base64.b64decode(key["pem"]), "RS256", headers={"kid": key["id"]})
    assert host.media(token, "manifest/video.m3u8").status == 403


def test_limits_of_tus_must_be_readable(host: Host) -> None:
    for name, value in (("maxDurationSeconds", "1.5"), ("thumbnailTimestampPct", "half")):
        metadata = f"{name} {base64.b64encode(value.encode()).decode()}"
        answer = host.api("POST", "", None, Tus_Resumable="1.0.0", Upload_Length="9", Upload_Metadata=metadata)
        assert answer.status == 400 and name in answer.text


def test_animations_are_bounded(host: Host, clip: str) -> None:
    for field in ("duration=11s", "fps=16", "height=641", "duration=x"):
        assert host.media(clip, f"thumbnails/thumbnail.gif?{field}").status == 400, field


def test_a_start_that_cannot_go_well_is_none(host: Host, tmp_path: Path) -> None:
    def said(*options: str, data: Path = tmp_path / "data") -> str:
        line = [COMMAND, "--token", "t", "--port", "0", "--data", str(data), *options]
        done = subprocess.run(line, capture_output=True, text=True, timeout=20)
        assert done.returncode != 0 and "panicked" not in done.stderr
        return done.stderr

    assert "preset" in said("--preset", "nonsense")
    assert "rung" in said("--rungs", "0") and "rung" in said("--rungs", "1,x")
    assert "--public-url" in said("--public-url", "foo bar") and "--public-url" in said("--host", "0.0.0.0")
    assert "another host" in said(data=host.folder)
    (tmp_path / "file").write_text("")
    assert str(tmp_path / "file") in said(data=tmp_path / "file")


@pytest.mark.parametrize("link", ["http://", "http:// x", "ftp://a/b", "http:///x", "x"])
def test_links_that_cannot_be_are_refused(host: Host, link: str) -> None:
    assert host.api("POST", "/copy", {"url": link}).status == 400
    assert host.api("PUT", "/webhook", {"notificationUrl": link}).status == 400
