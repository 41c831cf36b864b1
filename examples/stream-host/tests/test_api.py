"""The API by the official client, and by requests as its documentation has them."""

import base64
import datetime
import json
import re
import time
import urllib.parse
import xml.etree.ElementTree
from pathlib import Path

import cloudflare
import jwt
import pytest
from conftest import ACCOUNT, TOKEN, Host, Receiver, ask
from tusclient.client import TusClient

CAPTIONS = "WEBVTT\n\n00:01.000 --> 00:02.000\nHello!\n"


def test_a_link_becomes_a_video(host: Host, web: str) -> None:
    stream = host.client.stream
    link = f"{web}/clip.mp4"
    made = stream.copy.create(account_id=ACCOUNT, url=link, meta={"name": "A clip"}, creator="me")
    assert made is not None and made.uid is not None and made.status is not None
    assert (made.status.state, made.ready_to_stream, made.duration) == ("downloading", False, -1)
    assert made.input is not None and (made.input.width, made.input.height) == (-1, -1)
    assert made.meta == {"name": "A clip", "downloaded-from": link}
    video = None
    for _ in range(600):
        video = stream.get(made.uid, account_id=ACCOUNT)
        assert video is not None and video.status is not None
        if video.status.state == "ready":
            break
        time.sleep(0.05)
    assert video is not None and video.ready_to_stream and video.ready_to_stream_at is not None
    assert video.duration == pytest.approx(5, abs=0.1) and video.size == len(ask("GET", link).body)
    assert video.input is not None and (video.input.width, video.input.height) == (320, 180)
    assert video.playback is not None and video.playback.hls is not None and video.playback.dash is not None
    assert "#EXT-X-STREAM-INF" in ask("GET", video.playback.hls).text
    assert "<MPD" in ask("GET", video.playback.dash).text
    assert video.thumbnail is not None and ask("GET", video.thumbnail).body[:3] == b"\xff\xd8\xff"
    assert video.preview is not None and "<video" in ask("GET", video.preview).text
    # Edited, found, deleted.
    edited = stream.edit(made.uid, account_id=ACCOUNT, meta={"name": "Renamed"}, creator="you", require_signed_urls=False)
    assert edited is not None and edited.meta == {"name": "Renamed"} and edited.creator == "you"
    listed = stream.list(account_id=ACCOUNT, search="renam", creator="you", status="ready")
    assert [video.uid for video in listed] == [made.uid]
    stream.delete(made.uid, account_id=ACCOUNT)
    with pytest.raises(cloudflare.NotFoundError):
        stream.get(made.uid, account_id=ACCOUNT)
    assert ask("GET", video.playback.hls).status == 404
    assert not list(host.folder.rglob(f"*{made.uid}*"))


def test_lists_are_by_time_and_limited(fresh: Host, web: str) -> None:
    uids = [fresh.api("POST", "/copy", {"url": f"{web}/other.mp4"}).json()["result"]["uid"] for _ in range(3)]
    created = [fresh.api("GET", f"/{uid}").json()["result"]["created"] for uid in uids]
    quoted = urllib.parse.quote(created[1])

    def listed(query: str) -> list[str]:
        return [video["uid"] for video in fresh.api("GET", f"?{query}").json()["result"]]

    assert listed("") == uids[::-1] and listed("asc=true") == uids
    assert listed("limit=1") == uids[2:] and listed(f"before={quoted}") == uids[:1]
    assert listed(f"after={quoted}") == uids[2:]
    counted = fresh.api("GET", "?include_counts=true&limit=2").json()
    assert (counted["total"], counted["range"]) == (3, 2)
    for wrong in ("limit=0", "limit=x", "status=done", "before=yesterday"):
        answer = fresh.api("GET", f"?{wrong}")
        assert answer.status == 400 and not answer.json()["success"], wrong


def test_webhooks_come_once_and_signed(fresh: Host, web: str, receiver: Receiver) -> None:
    webhooks = fresh.client.stream.webhooks
    made = webhooks.update(account_id=ACCOUNT, body_notification_url_2=receiver.url)
    found = webhooks.get(account_id=ACCOUNT)
    assert found is not None
    secret = fresh.api("GET", "/webhook").json()["result"]["secret"]
    receiver.failures = 2
    good = fresh.api("POST", "/copy", {"url": f"{web}/other.mp4"}).json()["result"]["uid"]
    bad = fresh.api("POST", "/copy", {"url": f"{web}/page.bin"}).json()["result"]["uid"]
    end = time.monotonic() + 60
    while len(receiver.bodies) < 2 and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(0.5)
    (ready,), (failed,) = receiver.of(good), receiver.of(bad)
    assert ready["status"]["state"] == "ready" and ready["readyToStream"] and ready["duration"] > 2
    assert failed["status"]["errorReasonCode"] == "ERR_NON_VIDEO" and failed["status"]["errorReasonText"]
    receiver.check(secret)
    assert made is not None
    webhooks.delete(account_id=ACCOUNT)
    assert fresh.api("GET", "/webhook").status == 404


def test_a_slow_receiver_holds_up_no_other_webhook(fresh: Host, web: str, receiver: Receiver) -> None:
    fresh.api("PUT", "/webhook", {"notificationUrl": receiver.url})
    receiver.pause = 3
    uids = [fresh.api("POST", "/copy", {"url": f"{web}/other.mp4"}).json()["result"]["uid"] for _ in range(4)]
    for uid in uids:
        fresh.ready(uid)
    began = time.monotonic()
    while not all(receiver.of(uid) for uid in uids) and time.monotonic() < began + 20:
        time.sleep(0.05)
    assert all(len(receiver.of(uid)) == 1 for uid in uids) and time.monotonic() < began + 5


def test_signed_videos_open_to_their_tokens_alone(host: Host, clip: str, web: str) -> None:
    client = host.client.stream
    other = host.api("POST", "/copy", {"url": f"{web}/other.mp4", "requireSignedURLs": True}).json()["result"]["uid"]
    host.ready(other)
    signed = host.api("POST", "/copy", {"url": f"{web}/other.mp4", "requireSignedURLs": True}).json()["result"]["uid"]
    host.ready(signed)
    client.captions.language.update("en", account_id=ACCOUNT, identifier=signed, file=CAPTIONS)
    client.downloads.create(signed, account_id=ACCOUNT)
    key = client.keys.create(account_id=ACCOUNT)
    assert key is not None and key.id is not None and key.pem is not None and key.jwk is not None
    token = client.token.create(signed, account_id=ACCOUNT)
    assert token is not None and token.token is not None
    pem = base64.b64decode(key.pem)
    number = json.loads(base64.b64decode(key.jwk))
    assert (number["kty"], number["kid"]) == ("RSA", key.id)
    soon = int(time.time()) + 60

    def own(sub: str = signed, exp: int = soon, **claims: object) -> str:
        return jwt.encode({"sub": sub, "kid": key.id, "exp": exp, **claims}, pem, "RS256", headers={"kid": key.id})

    head, body, signature = token.token.split(".")
    flipped = "A" if signature[9] != "A" else "B"
    rule = {"type": "ip.src", "ip": ["127.0.0.0/8"], "action": "block"}
    paths = ["manifest/video.m3u8", "manifest/video.mpd", "manifest/180p/playlist.m3u8", "manifest/180p/init.mp4",
             "manifest/180p/00000.m4s", "manifest/audio/00000.m4s", "thumbnails/thumbnail.jpg",
             "thumbnails/thumbnail.gif?duration=1s", "watch", "iframe", "manifest/storyboard/00001.jpg",
             "manifest/storyboard/storyboard.vtt", "manifest/captions/en.vtt", "manifest/captions/en.m3u8"]
    film = "downloads/default.mp4"
    refused = {
        "no token": signed,
        "expired": own(exp=int(time.time()) - 1),
        "not yet": own(nbf=soon),
        "of no key": jwt.encode({"sub": signed, "kid": "no", "exp": soon}, pem, "RS256", headers={"kid": "no"}),
        "altered": f"{head}.{body}.{signature[:9]}{flipped}{signature[10:]}",
        "another's claims": f"{head}.{own(sub=other).split('.')[1]}.{signature}",
        "unsigned": f"{base64.urlsafe_b64encode(json.dumps({'alg': 'none', 'kid': key.id}).encode()).decode().strip('=')}.{body}.",
        "blocked": own(accessRules=[rule]),
    }
    for path in paths:
        for name in (token.token, own(), own(accessRules=[{"type": "any", "action": "allow"}])):
            assert host.media(name, path).status == 200, path
        for why, name in refused.items():
            assert host.media(name, path).status in (401, 403), f"{why}: {path}"
    for why, name in {**refused, "not for downloads": own()}.items():
        assert host.media(name, film).status in (401, 403), why
    assert host.media(own(downloadable=True), film).body[4:8] == b"ftyp"
    part = {"clippedFromVideoUID": signed, "startTimeSeconds": 0, "endTimeSeconds": 1}
    for nothing in ({}, {"requireSignedURLs": None}):
        assert host.api("POST", "/clip", {**part, **nothing}).json()["result"]["requireSignedURLs"]
    client.keys.delete(key.id, account_id=ACCOUNT)
    assert host.media(own(), "manifest/video.m3u8").status == 401


def test_pages_that_are_not_allowed_get_nothing(host: Host, web: str) -> None:
    settings = {"url": f"{web}/other.mp4", "allowedOrigins": ["example.com", "*.example.org"]}
    uid = host.api("POST", "/copy", settings).json()["result"]["uid"]
    host.ready(uid)
    asked = {"scheduledDeletion": "2099-01-01T12:00:00-08:00"}
    deletion = host.api("POST", f"/{uid}", asked).json()["result"]["scheduledDeletion"]
    assert deletion.startswith("2099-01-01T20:00:00")
    for origin in ("https://example.com", "https://a.example.org", host.address):
        assert host.media(uid, "manifest/video.m3u8", Origin=origin).status == 200, origin
    assert host.media(uid, "iframe", Referer="https://example.com/page").status == 200
    policy = host.media(uid, "iframe", Referer=host.address).headers["content-security-policy"]
    assert policy == "frame-ancestors 'self' example.com *.example.org"
    for headers in ({}, {"Origin": "https://example.net"}, {"Referer": "https://example.com.evil/"}):
        assert host.media(uid, "manifest/video.m3u8", **headers).status == 403, headers


def test_direct_uploads_need_no_token(host: Host, clips: Path) -> None:
    client = host.client.stream
    made = client.direct_upload.create(account_id=ACCOUNT, max_duration_seconds=60, meta={"name": "Mine"})
    assert made is not None and made.uid is not None and made.upload_url is not None
    assert host.api("GET", f"/{made.uid}").json()["result"]["status"]["state"] == "pendingupload"
    data = (clips / "clip.mp4").read_bytes()
    body, kind = form(data)
    # Half of it leaves the link good.
    assert ask("POST", made.upload_url, body[: len(body) // 2], Content_Type=kind).status == 400
    assert ask("POST", made.upload_url, body, Content_Type=kind).status == 200
    assert ask("POST", made.upload_url, body, Content_Type=kind).status == 409
    video = host.ready(made.uid)
    assert (video["meta"], video["size"]) == ({"name": "Mine"}, len(data))
    short = client.direct_upload.create(account_id=ACCOUNT, max_duration_seconds=2)
    assert short is not None and short.uid is not None and short.upload_url is not None
    assert ask("POST", short.upload_url, body, Content_Type=kind).status == 200
    failed = host.wait(short.uid, lambda video: video["status"]["state"] == "error")
    assert failed["status"]["errorReasonCode"] == "ERR_DURATION_EXCEED_CONSTRAINT"
    late = client.direct_upload.create(account_id=ACCOUNT, max_duration_seconds=60)
    assert late is not None and late.uid is not None and late.upload_url is not None
    soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=1)
    client.edit(late.uid, account_id=ACCOUNT, uid=late.uid, upload_expiry=soon)
    time.sleep(1.2)
    # Gone, and soon forgotten too.
    assert ask("POST", late.upload_url, body, Content_Type=kind).status in (410, 404)


def form(data: bytes, filename: str = "clip.mp4", **fields: str) -> tuple[bytes, str]:
    """A form with a file and fields, and its type."""
    bound = "----------boundary"
    part = f"--{bound}\r\nContent-Disposition: form-data; name="
    head = "".join(f'{part}"{name}"\r\n\r\n{value}\r\n' for name, value in fields.items())
    head += f'{part}"file"; filename="{filename}"\r\n\r\n'
    return head.encode() + data + f"\r\n--{bound}--\r\n".encode(), f"multipart/form-data; boundary={bound}"


def test_a_file_is_uploaded_with_the_token(host: Host, clips: Path) -> None:
    data = (clips / "clip.mp4").read_bytes()
    body, kind = form(data)
    url, bearer = f"{host.address}/client/v4/accounts/{ACCOUNT}/stream", f"Bearer {TOKEN}"
    answer = ask("POST", url, body, Authorization=bearer, Content_Type=kind)
    video = host.ready(answer.json()["result"]["uid"])
    assert (video["meta"]["name"], video["size"]) == ("clip.mp4", len(data))
    # A name that is too long is ignored.
    long, kind = form(data, "n" * 40_000)
    assert ask("POST", url, long, Authorization=bearer, Content_Type=kind).json()["result"]["meta"] == {}
    there = {video["uid"] for video in host.api("GET", "").json()["result"]}
    assert ask("POST", url, body[:-60], Authorization=bearer, Content_Type=kind).status == 400
    assert ask("POST", url, b"", Authorization=bearer, Content_Type="text/plain").status == 400
    # Fewer may be there: an upload that was never made is forgotten at some point.
    assert {video["uid"] for video in host.api("GET", "").json()["result"]} <= there


def test_resumable_uploads_go_on(host: Host, clips: Path) -> None:
    url = f"{host.address}/client/v4/accounts/{ACCOUNT}/stream"
    client = TusClient(url, headers={"Authorization": f"Bearer {TOKEN}"})
    path = clips / "clip.mp4"
    uploader = client.uploader(str(path), chunk_size=50_000, metadata={"name": "Pieces", "requiresignedurls": "true"})
    uploader.upload_chunk()
    first = uploader.url
    host.kill()
    host.start()
    again = client.uploader(str(path), chunk_size=50_000, url=first)
    assert again.offset == 50_000
    again.upload()
    assert first is not None
    video = host.ready(first.rsplit("/", 1)[1])
    assert video["meta"] == {"name": "Pieces"} and video["requireSignedURLs"] and video["size"] == path.stat().st_size


def test_a_resumable_upload_is_begun_by_the_official_client(host: Host, clips: Path) -> None:
    data = (clips / "other.mp4").read_bytes()
    name = base64.b64encode(b"By the client").decode()
    made = host.client.stream.with_raw_response.create(
        account_id=ACCOUNT, tus_resumable="1.0.0", upload_length=len(data), upload_metadata=f"name {name}"
    )
    where = {"Tus_Resumable": "1.0.0", "Upload_Offset": "0", "Content_Type": "application/offset+octet-stream"}
    sent = ask("PATCH", made.headers["location"], data, **where)
    assert (sent.status, sent.headers["upload-offset"]) == (204, str(len(data)))
    assert host.ready(made.headers["stream-media-id"])["meta"] == {"name": "By the client"}


def variants(host: Host, name: str, query: str = "") -> tuple[list[str], list[str]]:
    """The videos that HLS and DASH offer."""
    hls, dash = (host.media(name, f"manifest/video.{kind}{query}") for kind in ("m3u8", "mpd"))
    assert hls.headers["content-type"] == "application/vnd.apple.mpegurl"
    assert dash.headers["content-type"] == "application/dash+xml"
    sets = xml.etree.ElementTree.fromstring(dash.text).iter("{urn:mpeg:dash:schema:mpd:2011}Representation")
    videos = [each.attrib["id"] for each in sets if each.get("frameRate")]
    return re.findall(r"^(\w+)/playlist", hls.text, re.MULTILINE), sorted(videos, key=lambda name: int(name[:-1]))


def test_a_bandwidth_hint_leaves_out_what_is_above(host: Host, clip: str) -> None:
    everything = ["90p", "180p"]
    assert variants(host, clip) == (everything, everything)
    rates = [int(rate) for rate in re.findall(r"INF:BANDWIDTH=(\d+)", host.media(clip, "manifest/video.m3u8").text)]
    # The rates of so small a video are below 0.5 Mbit/s.
    between, enough = (f"?clientBandwidthHint={rate / 1e6:.6f}" for rate in (max(rates) - 1, max(rates)))
    for hint in ("?clientBandwidthHint=0", "?clientBandwidthHint=0.01", between):
        assert variants(host, clip, hint) == (["90p"], ["90p"])
    for hint in (enough, "?clientBandwidthHint=1e300"):
        assert variants(host, clip, hint) == (everything, everything)
    # Whatever is asked for without one comes whole.
    assert variants(host, clip) == (everything, everything)


@pytest.mark.parametrize("hint", ["fast", "", "-1", "NaN", "inf", "1,8"])
def test_a_bandwidth_hint_is_a_number(host: Host, clip: str, hint: str) -> None:
    for kind in ("m3u8", "mpd"):
        answer = host.media(clip, f"manifest/video.{kind}?clientBandwidthHint={hint}")
        assert answer.status == 400 and "clientBandwidthHint" in answer.text
    # It is nothing to other files.
    assert host.media(clip, f"manifest/90p/playlist.m3u8?clientBandwidthHint={hint}").status == 200


def test_a_bandwidth_hint_goes_with_a_token(host: Host, web: str) -> None:
    uid = host.api("POST", "/copy", {"url": f"{web}/clip.mp4", "requireSignedURLs": True}).json()["result"]["uid"]
    host.ready(uid)
    token = host.api("POST", f"/{uid}/token").json()["result"]["token"]
    assert host.media(uid, "manifest/video.mpd?clientBandwidthHint=0.1").status == 401
    assert variants(host, token, "?clientBandwidthHint=0") == (["90p"], ["90p"])


def test_tus_tells_what_it_can_do(host: Host) -> None:
    answer = ask("OPTIONS", f"{host.address}/client/v4/accounts/{ACCOUNT}/stream")
    assert answer.status == 204 and answer.headers["tus-version"] == "1.0.0"
    assert "creation" in answer.headers["tus-extension"].split(",") and int(answer.headers["tus-max-size"]) > 0
    refused = ask("POST", f"{host.address}/client/v4/accounts/{ACCOUNT}/stream")
    # Pages of others can read why.
    assert (refused.status, refused.headers["access-control-allow-origin"]) == (401, "*")


def test_captions_come_and_go(host: Host, clip: str) -> None:
    captions = host.client.stream.captions
    captions.language.update("en", account_id=ACCOUNT, identifier=clip, file=CAPTIONS)
    listed = captions.get(clip, account_id=ACCOUNT)
    assert [caption.language for caption in listed] == ["en"]
    assert captions.language.vtt.get("en", account_id=ACCOUNT, identifier=clip) == CAPTIONS
    assert 'URI="captions/en.m3u8"' in host.media(clip, "manifest/video.m3u8").text
    assert "captions/en.vtt" in host.media(clip, "manifest/video.mpd").text
    assert host.media(clip, "manifest/captions/en.vtt").text == CAPTIONS
    assert host.api("PUT", f"/{clip}/captions/de", {"file": "1"}).status == 400
    assert host.api("PUT", f"/{clip}/captions/..%2fx", {"file": CAPTIONS}).status in (400, 404)
    # A language is the same in capitals: it takes the other's place.
    assert host.api("PUT", f"/{clip}/captions/EN", {"file": CAPTIONS, "label": "English"}).status == 200
    assert [caption.label for caption in captions.get(clip, account_id=ACCOUNT)] == ["English"]
    assert host.media(clip, "manifest/captions/EN.vtt").text == CAPTIONS
    assert host.api("PUT", f"/{clip}/captions/fr", {"file": CAPTIONS, "label": 'so "called"'}).status == 400
    captions.language.delete("en", account_id=ACCOUNT, identifier=clip)
    assert "captions" not in host.media(clip, "manifest/video.m3u8").text


def test_watermarks_are_burnt_in(host: Host, clip: str, web: str, clips: Path) -> None:
    picture = host.media(clip, "thumbnails/thumbnail.jpg?height=60").body
    (clips / "logo.jpg").write_bytes(picture)
    watermarks = host.client.stream.watermarks
    made = watermarks.create(
        account_id=ACCOUNT, url=f"{web}/logo.jpg", name="Logo", position="center", scale=0.5, opacity=1.0
    )
    assert made is not None and made.uid is not None and (made.height, made.size) == (60, len(picture))
    assert [mark.uid for mark in watermarks.list(account_id=ACCOUNT)] == [made.uid]
    asked = {"url": f"{web}/clip.mp4", "watermark": {"uid": made.uid}}
    uid = host.api("POST", "/copy", asked).json()["result"]["uid"]
    assert host.ready(uid)["watermark"]["uid"] == made.uid
    plain, marked = (host.media(name, "thumbnails/thumbnail.jpg?time=2s").body for name in (clip, uid))
    assert plain != marked
    # A clip has it too, unless it is to have none.
    part = {"clippedFromVideoUID": uid, "startTimeSeconds": 1, "endTimeSeconds": 2}
    assert host.api("POST", "/clip", part).json()["result"]["watermark"]["uid"] == made.uid
    assert host.api("POST", "/clip", {**part, "watermark": None}).json()["result"]["watermark"] is None
    for video in host.api("GET", "").json()["result"]:
        if video["clippedFrom"] == uid:
            host.ready(video["uid"])
    watermarks.delete(made.uid, account_id=ACCOUNT)
    assert host.api("POST", "/copy", asked).status == 404
    bound, kind = form(picture, "logo.jpg", name="123", opacity="0.5")
    url = f"{host.address}/client/v4/accounts/{ACCOUNT}/stream/watermarks"
    mark = ask("POST", url, bound, Authorization=f"Bearer {TOKEN}", Content_Type=kind).json()["result"]
    assert (mark["name"], mark["opacity"]) == ("123", 0.5)


def test_clips_and_downloads(host: Host, clip: str) -> None:
    made = host.client.stream.clip.create(
        account_id=ACCOUNT, clipped_from_video_uid=clip, start_time_seconds=1, end_time_seconds=3
    )
    assert made is not None
    uid = str(made.model_extra["uid"] if made.model_extra and "uid" in made.model_extra else getattr(made, "uid"))
    video = host.ready(uid)
    assert video["clippedFrom"] == clip and not video["requireSignedURLs"] and video["duration"] == pytest.approx(2, abs=0.1)
    downloads = host.client.stream.downloads
    downloads.create(uid, account_id=ACCOUNT)
    found = downloads.get(uid, account_id=ACCOUNT)
    assert found is not None and found.default is not None and found.default.status == "ready"
    assert found.default.url is not None
    film = ask("GET", found.default.url)
    assert film.status == 200 and film.body[4:8] == b"ftyp"
    part = ask("GET", found.default.url, Range="bytes=4-7")
    assert (part.status, part.body) == (206, b"ftyp")
    downloads.delete(uid, account_id=ACCOUNT)
    assert ask("GET", found.default.url).status == 404


def test_thumbnails_and_animations_are_as_requested(host: Host, clip: str) -> None:
    picture = host.media(clip, "thumbnails/thumbnail.jpg?time=2s&height=90&width=90&fit=crop")
    assert picture.headers["content-type"] == "image/jpeg"
    kept = sorted(file.read_bytes() for file in (host.folder / "stills").iterdir())
    assert picture.body in kept
    assert host.media(clip, "thumbnails/thumbnail.jpg?time=2s&height=90&width=90&fit=crop").body == picture.body
    assert sorted(file.read_bytes() for file in (host.folder / "stills").iterdir()) == kept
    moving = host.media(clip, "thumbnails/thumbnail.gif?time=1s&height=90&duration=1s&fps=4")
    assert moving.body[:6] == b"GIF89a" and int.from_bytes(moving.body[8:10], "little") == 90
    for wrong in ("height=0", "height=99999", "time=x", "fit=x"):
        answer = host.media(clip, f"thumbnails/thumbnail.jpg?{wrong}")
        assert answer.status == 400 and answer.json()["errors"][0]["message"], wrong
