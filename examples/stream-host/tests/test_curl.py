"""The steps of the hosted service's own pages, with `curl` as they have it, but for the address."""

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ACCOUNT, TOKEN, Host, Receiver, ask

API = "https://api.cloudflare.com/client/v4/accounts/<ACCOUNT_ID>/stream"
Curl = Callable[..., Any]


@pytest.fixture
def curl(host: Host) -> Curl:
    """Runs a command of the shell with its placeholders filled in; gives the answer's result."""

    def run(command: str, **names: object) -> Any:
        known = {"ACCOUNT_ID": ACCOUNT, "API_TOKEN": TOKEN, **names}
        for name, value in known.items():
            command = command.replace(f"<{name}>", str(value))
        command = command.replace("https://api.cloudflare.com", host.address)
        done = subprocess.run(["bash", "-c", f"{command} --silent --show-error"], capture_output=True, text=True, check=True)
        answer = json.loads(done.stdout)
        assert answer["success"] and answer["errors"] == [], done.stdout
        return answer["result"]

    return run


def test_getting_started(host: Host, curl: Curl, web: str) -> None:
    made = curl(
        f"""curl -X POST \
        -d '{{"url":"<LINK>","meta":{{"name":"My First Stream Video"}}}}' \
        -H "Authorization: Bearer <API_TOKEN>" {API}/copy""",
        LINK=f"{web}/clip.mp4",
    )
    assert made["status"]["state"] == "downloading" and not made["readyToStream"]
    for _ in range(600):
        video = curl(f'curl -H "Authorization: Bearer <API_TOKEN>" {API}/<VIDEO_UID>', VIDEO_UID=made["uid"])
        if video["readyToStream"]:
            break
        time.sleep(0.05)
    assert video["readyToStream"] and video["meta"]["name"] == "My First Stream Video"
    assert ask("GET", video["playback"]["hls"]).text.startswith("#EXTM3U")
    # The frame, as the page to embed it has it.
    assert "<video" in ask("GET", f"{host.address}/{video['uid']}/iframe?poster={video['thumbnail']}").text
    found = curl(f'curl -H "Authorization: Bearer <API_TOKEN>" "{API}?search=first+stream"')
    assert video["uid"] in [video["uid"] for video in found]
    deleted = curl(
        f'curl -X DELETE -H "Authorization: Bearer <API_TOKEN>" {API}/<VIDEO_UID>', VIDEO_UID=video["uid"]
    )
    assert not deleted


def test_uploads(host: Host, curl: Curl, clips: Path) -> None:
    command = f'curl --request POST --header "Authorization: Bearer <API_TOKEN>" --form file=@<PATH> {API}'
    video = curl(command, PATH=clips / "other.mp4")
    assert host.ready(video["uid"])["meta"]["name"] == "other.mp4"
    link = curl(
        f"""curl {API}/direct_upload --header 'Authorization: Bearer <API_TOKEN>' \
        --data '{{ "maxDurationSeconds": 3600 }}'"""
    )
    uploaded = curl(
        "curl --request POST --form file=@<PATH> <UPLOAD_URL>", PATH=clips / "other.mp4", UPLOAD_URL=link["uploadURL"]
    )
    assert uploaded["uid"] == link["uid"] and host.ready(link["uid"])["size"] == (clips / "other.mp4").stat().st_size


def test_webhooks(host: Host, curl: Curl, receiver: Receiver, web: str) -> None:
    hook = curl(
        f"""curl -X PUT --header 'Authorization: Bearer <API_TOKEN>' {API}/webhook \
        --data '{{"notificationUrl":"<WEBHOOK_NOTIFICATION_URL>"}}'""",
        WEBHOOK_NOTIFICATION_URL=receiver.url,
    )
    video = curl(
        f"""curl --data '{{"url":"<LINK>"}}' --header "Authorization: Bearer <API_TOKEN>" {API}/copy""",
        LINK=f"{web}/other.mp4",
    )
    end = time.monotonic() + 30
    while not receiver.of(video["uid"]) and time.monotonic() < end:
        time.sleep(0.05)
    assert receiver.of(video["uid"])[0]["status"]["state"] == "ready"
    receiver.check(hook["secret"])
    curl(f"curl -X DELETE --header 'Authorization: Bearer <API_TOKEN>' {API}/webhook")


def test_signed_videos(host: Host, curl: Curl, web: str) -> None:
    uid = host.api("POST", "/copy", {"url": f"{web}/other.mp4"}).json()["result"]["uid"]
    edited = curl(
        f"""curl --header 'Authorization: Bearer <API_TOKEN>' {API}/<VIDEO_UID> \
        --data '{{"uid": "<VIDEO_UID>", "requireSignedURLs": true}}'""",
        VIDEO_UID=uid,
    )
    assert edited["requireSignedURLs"]
    host.ready(uid)
    bare = f"curl --request POST --header 'Authorization: Bearer <API_TOKEN>' {API}/<VIDEO_UID>/token"
    token = curl(bare, VIDEO_UID=uid)["token"]
    assert host.media(uid, "manifest/video.m3u8").status == 401
    assert host.media(token, "manifest/video.m3u8").status == 200
    key = curl(f"curl --request POST --header 'Authorization: Bearer <API_TOKEN>' {API}/keys")
    blocked = f"""{bare} --data '{{"id": "<KEY_ID>", "pem": "<PEM>", "exp": <SOON>, "accessRules": [
        {{"type": "ip.geoip.country", "country": ["US"], "action": "allow"}}, {{"type": "any", "action": "block"}}]}}'"""
    kept_out = curl(blocked, VIDEO_UID=uid, KEY_ID=key["id"], PEM=key["pem"], SOON=int(time.time()) + 600)["token"]
    assert host.media(kept_out, "manifest/video.m3u8").status == 403


def test_captions_watermarks_clips_and_downloads(host: Host, curl: Curl, clip: str, tmp_path: Path) -> None:
    (tmp_path / "en.vtt").write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nHello!\n")
    captions = curl(
        f"""curl --request PUT --header 'Authorization: Bearer <API_TOKEN>' \
        --form file=@"<PATH>" {API}/<VIDEO_UID>/captions/<LANGUAGE_TAG>""",
        PATH=tmp_path / "en.vtt", VIDEO_UID=clip, LANGUAGE_TAG="en",
    )
    assert (captions["language"], captions["status"]) == ("en", "ready")
    where = f"{API}/<VIDEO_UID>/captions/en"
    curl(f"curl --request DELETE --header 'Authorization: Bearer <API_TOKEN>' {where}", VIDEO_UID=clip)
    (tmp_path / "logo.jpg").write_bytes(host.media(clip, "thumbnails/thumbnail.jpg?height=60").body)
    mark = curl(
        f"""curl -X POST -H 'Authorization: Bearer <API_TOKEN>' -F file=@"<PATH>" -F name='marketing watermark' \
        -F opacity=0.8 -F padding=0.1 -F scale=0.2 -F position=lowerLeft {API}/watermarks""",
        PATH=tmp_path / "logo.jpg",
    )
    assert (mark["name"], mark["opacity"], mark["position"]) == ("marketing watermark", 0.8, "lowerLeft")
    made = curl(
        f"""curl --request POST --header 'Authorization: Bearer <API_TOKEN>' {API}/clip --data '{{
        "clippedFromVideoUID": "<VIDEO_UID>", "startTimeSeconds": 1, "endTimeSeconds": 3,
        "watermark": {{"uid": "<WATERMARK_UID>"}}}}'""",
        VIDEO_UID=clip, WATERMARK_UID=mark["uid"],
    )
    assert host.ready(made["uid"])["watermark"]["uid"] == mark["uid"]
    command = f"curl -X POST -H 'Authorization: Bearer <API_TOKEN>' {API}/<VIDEO_UID>/downloads"
    film = curl(command, VIDEO_UID=made["uid"])["default"]
    assert film["percentComplete"] == 100 and ask("GET", film["url"]).body[4:8] == b"ftyp"
