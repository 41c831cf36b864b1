"""Videos survive restarts, full disks, and packages of older versions."""

import contextlib
import json
import os
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import Host, Receiver, ask

COUNT = int(os.environ.get("VIDEOS", "12"))


def leftovers(host: Host, uids: set[str]) -> list[Path]:
    """Files that belong to no video."""
    folders = ("sources", "packages", "replacements", "downloads", "unfinished")
    paths = [path for name in folders for path in (host.folder / name).iterdir()]
    return [path for path in paths if path.stem not in uids or path.parent.name == "unfinished"]


def test_nothing_is_lost_when_the_host_is_killed(fresh: Host, web: str, receiver: Receiver) -> None:
    fresh.api("PUT", "/webhook", {"notificationUrl": receiver.url})
    asked = {"url": f"{web}/clip.mp4"}
    uids = {fresh.api("POST", "/copy", asked).json()["result"]["uid"] for _ in range(COUNT)}
    end = time.monotonic() + 10 * COUNT
    pause = 0.4
    while len({body["uid"] for body in receiver.bodies}) < COUNT and time.monotonic() < end:
        time.sleep(pause)
        fresh.kill()
        fresh.start()
        # Otherwise a slow machine makes no progress.
        pause += 0.2
    time.sleep(0.5)
    videos = {video["uid"]: video for video in fresh.api("GET", "").json()["result"]}
    assert {video["status"]["state"] for video in videos.values()} == {"ready"} and set(videos) == uids
    assert {uid: len(receiver.of(uid)) for uid in uids} == dict.fromkeys(uids, 1)
    first, *others = (fresh.folder / "packages" / uid for uid in uids)
    names = sorted(path.relative_to(first) for path in first.rglob("*.m4s"))
    assert names
    for other in others:
        assert all((first / name).read_bytes() == (other / name).read_bytes() for name in names)
    assert leftovers(fresh, uids) == []


def test_what_others_put_into_the_data_folder_stays(fresh: Host, web: str) -> None:
    fresh.kill()
    strange = [fresh.folder / "downloads" / "taxes.pdf", fresh.folder / "packages" / "lost+found" / "file"]
    half = fresh.folder / "downloads" / ".vodkit-unfinished-abc"
    for path in [*strange, half]:
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    (fresh.folder / "sources" / ("0" * 32)).write_text("")
    fresh.start()
    assert all(path.exists() for path in strange)
    assert not half.exists() and not list((fresh.folder / "sources").iterdir())


def test_captions_of_a_video_that_is_deleted_meanwhile_bring_nothing_back(fresh: Host, web: str) -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\nHello!\n"
    uids = [fresh.api("POST", "/copy", {"url": f"{web}/other.mp4"}).json()["result"]["uid"] for _ in range(6)]
    for number, uid in enumerate(uids):
        fresh.ready(uid)
        with ThreadPoolExecutor(4) as pool:
            for language in ("en", "de", "fr"):
                pool.submit(fresh.api, "PUT", f"/{uid}/captions/{language}", {"file": text})
            time.sleep(number * 0.005)
            assert pool.submit(fresh.api, "DELETE", f"/{uid}").result().status == 200
    assert leftovers(fresh, set()) == []
    with contextlib.closing(sqlite3.connect(fresh.folder / "host.sqlite")) as database:
        for table in ("captions", "changed_captions", "outdated", "videos"):
            assert database.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table


def test_a_video_that_cannot_be_read_stops_no_other(fresh: Host, web: str) -> None:
    asked = {"url": f"{web}/other.mp4"}
    uid = fresh.api("POST", "/copy", asked).json()["result"]["uid"]
    fresh.ready(uid)
    fresh.kill()
    with contextlib.closing(sqlite3.connect(fresh.folder / "host.sqlite")) as database:
        for name, state in (("1" * 32, "downloading"), ("2" * 32, "pendingupload")):
            row = (name, "2030", state, "", "{nonsense")
            database.execute("INSERT INTO videos (uid, created, state, name, document) VALUES (?, ?, ?, ?, ?)", row)
            (fresh.folder / "sources" / name).write_text("")
        database.commit()
    fresh.start()
    fresh.ready(fresh.api("POST", "/copy", asked).json()["result"]["uid"])
    assert len(fresh.api("GET", "").json()["result"]) == 2
    assert fresh.api("DELETE", f"/{'1' * 32}").status == 200


def test_a_video_deleted_while_it_is_made_leaves_nothing(fresh: Host, web: str) -> None:
    for pause in (0.0, 0.1, 0.3):
        uid = fresh.api("POST", "/copy", {"url": f"{web}/clip.mp4"}).json()["result"]["uid"]
        time.sleep(pause)
        assert fresh.api("DELETE", f"/{uid}").status == 200
    time.sleep(0.2)
    assert leftovers(fresh, set()) == [] and fresh.api("GET", "").json()["result"] == []


def test_sources_that_are_gone_or_too_large_are_errors(tmp_path: Path, web: str) -> None:
    host = Host(tmp_path / "data", "--max-bytes", "20000")
    try:
        for link, code in [
            (f"{web}/none.mp4", "ERR_FETCH_ORIGIN_ERROR"),
            ("http://127.0.0.1:9/a.mp4", "ERR_FETCH_ORIGIN_ERROR"),
            (f"{web}/clip.mp4", "ERR_SIZE_EXCEED_CONSTRAINT"),
        ]:
            uid = host.api("POST", "/copy", {"url": link}).json()["result"]["uid"]
            video = host.wait(uid, lambda video: video["status"]["state"] == "error")
            assert (video["status"]["errorReasonCode"], video["readyToStream"]) == (code, False), link
            assert video["status"]["errorReasonText"]
        assert leftovers(host, set()) == []
        answer = host.api("POST", "?direct_user=true", None, Tus_Resumable="1.0.0", Upload_Length="20001")
        assert answer.status == 413
    finally:
        assert host.stop() == 0


def test_videos_go_when_their_time_comes(fresh: Host, web: str) -> None:
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3))
    uid = fresh.api("POST", "/copy", {"url": f"{web}/other.mp4", "scheduledDeletion": soon}).json()["result"]["uid"]
    assert fresh.api("GET", f"/{uid}").json()["result"]["scheduledDeletion"].startswith(soon[:-1])
    end = time.monotonic() + 20
    # The files go a moment after the video.
    while (fresh.api("GET", f"/{uid}").status != 404 or leftovers(fresh, set())) and time.monotonic() < end:
        time.sleep(0.1)
    assert fresh.api("GET", f"/{uid}").status == 404 and leftovers(fresh, set()) == []


def test_an_upload_that_was_cut_off_at_its_very_end_is_complete(fresh: Host, clips: Path) -> None:
    data = (clips / "other.mp4").read_bytes()
    answer = fresh.api("POST", "", None, Tus_Resumable="1.0.0", Upload_Length=str(len(data)))
    uid = answer.headers["stream-media-id"]
    fresh.kill()
    # As it is where all bytes were written and nothing after that.
    (fresh.folder / "unfinished" / uid).write_bytes(data)
    fresh.start()
    assert fresh.ready(uid)["size"] == len(data)
    again = fresh.api("POST", "", None, Tus_Resumable="1.0.0", Upload_Length=str(len(data)))
    uid = again.headers["stream-media-id"]
    fresh.kill()
    (fresh.folder / "unfinished" / uid).rename(fresh.folder / "sources" / uid)
    (fresh.folder / "sources" / uid).write_bytes(data)
    fresh.start()
    assert fresh.ready(uid)["size"] == len(data)


def test_captions_that_come_while_a_video_is_made_are_in_it(fresh: Host, web: str) -> None:
    uid = fresh.api("POST", "/copy", {"url": f"{web}/clip.mp4"}).json()["result"]["uid"]
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\nHello!\n"
    assert fresh.api("PUT", f"/{uid}/captions/en", {"file": text, "label": "Same"}).status == 200
    assert fresh.api("PUT", f"/{uid}/captions/de", {"file": text, "label": "Same"}).status == 409
    fresh.ready(uid)
    assert fresh.media(uid, "manifest/captions/en.vtt").text == text
    assert "captions/en.m3u8" in fresh.media(uid, "manifest/video.m3u8").text
    assert fresh.media(uid, "manifest/captions/de.vtt").status == 404


TEXT = "WEBVTT\n\n00:01.000 --> 00:02.000\nHello!\n"


def make_old(host: Host, uid: str) -> None:
    """Makes the plan of a package one of schema 2, as far as it matters here."""
    path = host.folder / "packages" / uid / "plan.json"
    old = {"renditions": "tracks", "source_video": "video"}
    plan = {old.get(name, name): value for name, value in json.loads(path.read_text()).items()}
    path.write_text(json.dumps({**plan, "schema": 2}))


def test_a_package_of_an_older_version_plays_and_is_made_anew_for_captions(
    fresh: Host, web: str, receiver: Receiver
) -> None:
    fresh.api("PUT", "/webhook", {"notificationUrl": receiver.url})
    uid = fresh.api("POST", "/copy", {"url": f"{web}/clip.mp4"}).json()["result"]["uid"]
    before = fresh.ready(uid)
    # So that the host is not killed in the middle of the call.
    time.sleep(1)
    segment = fresh.media(uid, "manifest/180p/00001.m4s").body
    make_old(fresh, uid)
    assert fresh.media(uid, "manifest/video.m3u8").status == fresh.media(uid, "manifest/video.mpd").status == 200
    assert fresh.media(uid, "manifest/180p/00001.m4s").body == segment
    assert fresh.media(uid, "thumbnails/thumbnail.jpg?time=2s&height=90").body[:3] == b"\xff\xd8\xff"
    made = fresh.api("PUT", f"/{uid}/captions/en", {"file": TEXT}).json()["result"]
    assert made["status"] in ("inprogress", "ready")
    # Killed meanwhile, it is made all the same.
    fresh.kill()
    fresh.start()
    end = time.monotonic() + 60
    while fresh.api("GET", f"/{uid}/captions/en").json()["result"]["status"] != "ready" and time.monotonic() < end:
        assert fresh.media(uid, "manifest/180p/00001.m4s").body == segment
        assert fresh.api("GET", f"/{uid}").json()["result"]["status"]["state"] == "ready"
        time.sleep(0.02)
    assert fresh.media(uid, "manifest/captions/en.vtt").text == TEXT
    assert "captions/en.m3u8" in fresh.media(uid, "manifest/video.m3u8").text
    assert fresh.media(uid, "manifest/180p/00001.m4s").body == segment
    after = fresh.api("GET", f"/{uid}").json()["result"]
    assert {**after, "modified": ""} == {**before, "modified": ""} and len(receiver.of(uid)) == 1
    time.sleep(0.3)
    assert leftovers(fresh, {uid}) == [] and not list((fresh.folder / "replacements").iterdir())


def test_a_package_of_an_older_version_is_made_anew_for_a_download(fresh: Host, web: str) -> None:
    uid = fresh.api("POST", "/copy", {"url": f"{web}/other.mp4"}).json()["result"]["uid"]
    fresh.ready(uid)
    make_old(fresh, uid)
    assert fresh.api("POST", f"/{uid}/downloads").json()["result"]["default"]["status"] in ("inprogress", "ready")
    end = time.monotonic() + 60
    while fresh.api("GET", f"/{uid}/downloads").json()["result"]["default"]["status"] != "ready":
        assert time.monotonic() < end
        time.sleep(0.05)
    assert fresh.media(uid, "downloads/default.mp4").body[4:8] == b"ftyp"
    # A clip of it has always been made from the source.
    make_old(fresh, uid)
    part = {"clippedFromVideoUID": uid, "startTimeSeconds": 1, "endTimeSeconds": 2}
    fresh.ready(fresh.api("POST", "/clip", part).json()["result"]["uid"])


def test_a_package_of_an_older_version_without_its_source_is_not_changed(fresh: Host, web: str) -> None:
    uid = fresh.api("POST", "/copy", {"url": f"{web}/other.mp4"}).json()["result"]["uid"]
    fresh.ready(uid)
    make_old(fresh, uid)
    (fresh.folder / "sources" / uid).unlink()
    for method, path in (("PUT", "captions/en"), ("DELETE", "captions/en"), ("POST", "downloads")):
        refused = fresh.api(method, f"/{uid}/{path}", {"file": TEXT})
        assert refused.status == 409 and "source is gone" in refused.json()["errors"][0]["message"], refused.text
    assert fresh.api("GET", f"/{uid}/captions").json()["result"] == []
    assert fresh.media(uid, "manifest/video.m3u8").status == 200


def test_a_video_that_an_older_version_began_is_begun_anew(fresh: Host, web: str) -> None:
    uid = fresh.api("POST", "/copy", {"url": f"{web}/other.mp4"}).json()["result"]["uid"]
    fresh.ready(uid)
    fresh.kill()
    make_old(fresh, uid)
    with contextlib.closing(sqlite3.connect(fresh.folder / "host.sqlite")) as database:
        (document,) = database.execute("SELECT document FROM videos").fetchone()
        # The settings had another name.
        old = {("wishes" if name == "settings" else name): value for name, value in json.loads(document).items()}
        changed = json.dumps({**old, "state": "inprogress", "ready_at": None})
        database.execute("UPDATE videos SET state = 'inprogress', document = ?", (changed,))
        database.commit()
    fresh.start()
    assert fresh.ready(uid)["meta"]["name"] == "other.mp4"
    assert fresh.media(uid, "manifest/180p/00000.m4s").status == 200


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own with room for little."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "none", disk], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"only root can mount a small disk: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_video_waits_for_space_on_a_full_disk(small_disk: Path, web: str, clips: Path) -> None:
    host = Host(small_disk)
    try:
        ballast = host.folder / "packages" / ("0" * 32)
        ballast.mkdir()
        used = (clips / "clip.mp4").stat().st_size
        free = os.statvfs(small_disk)
        (ballast / "ballast").write_bytes(b" " * (free.f_bavail * free.f_frsize - used - 300_000))
        uid = host.api("POST", "/copy", {"url": f"{web}/clip.mp4"}).json()["result"]["uid"]
        video = host.wait(uid, lambda video: video["status"]["errorReasonCode"])
        assert (video["status"]["errorReasonCode"], video["status"]["state"]) == ("ERR_NO_SPACE", "queued")
        assert "space" in video["status"]["errorReasonText"] and not video["readyToStream"]
        assert not (host.folder / "packages" / uid).exists()
        (ballast / "ballast").unlink()
        # Deleting any video frees space.
        other = host.api("POST", "/direct_upload", {"maxDurationSeconds": 60}).json()["result"]["uid"]
        assert host.api("DELETE", f"/{other}").status == 200
        assert host.ready(uid)["status"]["errorReasonCode"] == ""
    finally:
        assert host.stop() == 0


def test_a_full_disk_takes_no_uploads(small_disk: Path, clips: Path) -> None:
    host = Host(small_disk)
    try:
        free = os.statvfs(small_disk)
        (host.folder / "ballast").write_bytes(b" " * (free.f_bavail * free.f_frsize - 50_000))
        answer = host.api("POST", "", None, Tus_Resumable="1.0.0", Upload_Length="900000")
        assert answer.status == 201, answer.text
        piece = {"Tus_Resumable": "1.0.0", "Upload_Offset": "0", "Content_Type": "application/offset+octet-stream"}
        refused = ask("PATCH", answer.headers["location"], bytes(900_000), **piece)
        assert refused.status == 507 and "space" in refused.json()["errors"][0]["message"]
        # It continues when there is space again.
        (host.folder / "ballast").unlink()
        there = ask("HEAD", answer.headers["location"], None, Tus_Resumable="1.0.0").headers["upload-offset"]
        piece["Upload_Offset"] = there
        rest = ask("PATCH", answer.headers["location"], bytes(900_000 - int(there)), **piece)
        assert (rest.status, rest.headers["upload-offset"]) == (204, "900000")
    finally:
        assert host.stop() == 0
