//! `vodkit serve`, asked as players and web pages ask.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use ureq::http::Response;
use ureq::{Agent, Body};

use crate::runs::{files, package, vodkit};
use vodkit_tests::server::{Manners, Server};
use vodkit_tests::{ffprobe, folder, make};

/// A running server; killed where a test fails.
struct Serving {
    child: Child,
    address: String,
    agent: Agent,
    cache: tempfile::TempDir,
}

impl Serving {
    fn start(input: &str, options: &[&str]) -> Self {
        Self::telling(input, &[&["--quiet"], options].concat(), Stdio::inherit())
    }

    /// One that writes what it has to say to `told`.
    fn telling(input: &str, options: &[&str], told: Stdio) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vodkit"));
        command.args(["serve", input, "--port", "0", "--preset", "superfast", "--rungs", "240,144"]);
        command.args(["--segment-seconds", "4"]);
        // Stills are kept in it.
        let cache = vodkit_tests::folder();
        command.env("XDG_CACHE_HOME", cache.path());
        let mut child = command.args(options).stdout(Stdio::piped()).stderr(told).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.split_whitespace().find(|word| word.starts_with("http")).expect("an address").to_owned();
        let agent = Agent::config_builder().http_status_as_error(false).proxy(None).build().new_agent();
        Self { child, address, agent, cache }
    }

    fn ask(&self, path: &str, headers: &[(&str, &str)]) -> Response<Body> {
        let mut request = self.agent.get(format!("{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.call().unwrap()
    }

    fn bytes(&self, path: &str) -> Vec<u8> {
        let mut answer = self.ask(path, &[]);
        assert_eq!(answer.status(), 200, "{path}");
        answer.body_mut().read_to_vec().unwrap()
    }

    fn status(&self) -> Value {
        serde_json::from_slice(&self.bytes("status")).unwrap()
    }

    /// Stops it as Ctrl-C does; it must end well, and soon, also where a client does not get on.
    fn stop(mut self) {
        let host = self.address.trim_start_matches("http://").trim_end_matches('/');
        let mut idle = std::net::TcpStream::connect(host).unwrap();
        idle.write_all(b"GET /status HTTP/1.1\r\nHost: a\r\n").unwrap();
        let interrupted = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap();
        assert!(interrupted.success());
        let until = Instant::now() + Duration::from_secs(5);
        while self.child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < until, "it does not stop");
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn film(folder: &Path) -> String {
    let inputs = "-f lavfi -i testsrc2=s=426x240:r=25:d=30 -f lavfi -i sine=d=30";
    let path = make(&folder.join("film.mp4"), &format!("{inputs} -c:v libx264 -preset ultrafast -g 50 -c:a aac"));
    path.to_str().unwrap().to_owned()
}

fn header<'a>(answer: &'a Response<Body>, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[test]
fn what_is_served_ends_as_the_package_that_a_batch_run_makes() {
    let folder = folder();
    let film = film(folder.path());
    let (served, expected) = (folder.path().join("served"), folder.path().join("expected"));
    let server =
        Serving::start(&film, &["-o", served.to_str().unwrap(), "--storyboard", "--storyboard-interval", "1.5"]);
    // From the end to the beginning, as no player does.
    let last = server.bytes("144p/00007.m4s");
    let first = server.bytes("240p/00000.m4s");
    let until = Instant::now() + Duration::from_secs(60);
    while server.status()["state"] != "ready" {
        assert!(Instant::now() < until, "it is never ready: {}", server.status());
        std::thread::sleep(Duration::from_millis(50));
    }
    let batch = package(Path::new(&film), &expected, "2").args(["--first-segment-seconds", "1"]).status();
    assert!(batch.unwrap().success());
    assert_eq!(files(&served), files(&expected));
    assert!(last == files(&expected)[Path::new("144p/00007.m4s")]);
    assert!(first == files(&expected)[Path::new("240p/00000.m4s")]);
    server.stop();
    // A finished package is served as it is.
    let server = Serving::start(served.to_str().unwrap(), &[]);
    assert_eq!(server.status()["readyToStream"], true);
    assert!(server.bytes("144p/00007.m4s") == last);
    assert_eq!(server.ask("thumbnail.jpg?time=1s", &[]).status(), 404);
    server.stop();
}

#[test]
fn answers_have_the_headers_that_players_and_caches_need() {
    let folder = folder();
    let server = Serving::start(&film(folder.path()), &["--on-request"]);
    for (path, media_type, tagged) in [
        ("", "text/html; charset=utf-8", false),
        ("player/player.js", "text/javascript; charset=utf-8", false),
        ("master.m3u8", "application/vnd.apple.mpegurl", false),
        ("manifest.mpd", "application/dash+xml", false),
        ("144p/playlist.m3u8", "application/vnd.apple.mpegurl", false),
        ("144p/init.mp4", "video/mp4", true),
        ("144p/00000.m4s", "video/iso.segment", true),
        ("thumbnail.jpg", "image/jpeg", true),
        ("plan.json", "application/json", false),
    ] {
        let answer = server.ask(path, &[]);
        assert_eq!((answer.status().as_u16(), header(&answer, "content-type")), (200, media_type), "{path}");
        assert_eq!(header(&answer, "access-control-allow-origin"), "*", "{path}");
        assert_eq!(header(&answer, "cache-control"), "no-cache", "{path}");
        assert_eq!(!header(&answer, "etag").is_empty(), tagged, "{path}");
    }
    let whole = server.bytes("144p/00000.m4s");
    let mut part = server.ask("144p/00000.m4s", &[("Range", "bytes=10-19")]);
    assert_eq!(
        (part.status().as_u16(), header(&part, "content-range")),
        (206, &*format!("bytes 10-19/{}", whole.len()))
    );
    assert_eq!(part.body_mut().read_to_vec().unwrap(), whole[10..20]);
    assert_eq!(server.ask("144p/00000.m4s", &[("Range", "bytes=99999999-")]).status(), 416);
    let tag = header(&server.ask("144p/00000.m4s", &[]), "etag").to_owned();
    assert_eq!(server.ask("144p/00000.m4s", &[("If-None-Match", &tag)]).status(), 304);
    for (version, status) in [(&*tag, 206), ("\"another\"", 200)] {
        let answer = server.ask("144p/00000.m4s", &[("Range", "bytes=10-19"), ("If-Range", version)]);
        assert_eq!(answer.status(), status, "{version}");
    }
    for path in
        ["none.mp4", "144p/00099.m4s", "144p", "..%2Fplan.json", "144p/..%2F..%2Fplan.json", "%00", "player/none.js"]
    {
        assert_eq!(server.ask(path, &[]).status(), 404, "{path}");
    }
    server.stop();
}

#[test]
fn stills_are_taken_as_the_query_says() {
    let folder = folder();
    let server = Serving::start(&film(folder.path()), &["--on-request"]);
    for (query, size) in [
        ("time=5s&height=120", "213,120"),
        ("time=5&width=100&height=100&fit=crop", "100,100"),
        ("time=99s&width=100", "100,56"),
    ] {
        let path = folder.path().join("still.jpg");
        std::fs::write(&path, server.bytes(&format!("thumbnail.jpg?{query}"))).unwrap();
        assert_eq!(ffprobe(&path, "v:0", "stream=width,height"), size, "{query}");
        let same = server.bytes(&format!("thumbnail.jpg?{query}"));
        assert!(same == std::fs::read(&path).unwrap(), "{query}, once more");
    }
    let kept = std::fs::read_dir(server.cache.path().join("vodkit/stills")).unwrap();
    // What is kept is what is given, and is not made anew.
    for file in kept.map(|file| file.unwrap().path()) {
        std::fs::write(file, "kept").unwrap();
    }
    assert_eq!(server.bytes("thumbnail.jpg?time=5s&height=120"), b"kept");
    for query in ["time=x", "height=0", "height=-1", "height=99999", "fit=round", "colour=red", "time=-5s"] {
        let mut answer = server.ask(&format!("thumbnail.jpg?{query}"), &[]);
        assert_eq!(answer.status(), 400, "{query}");
        assert!(answer.body_mut().read_to_string().unwrap().contains("must"), "{query}");
    }
    server.stop();
}

#[test]
fn only_the_files_of_a_package_are_served() {
    let folder = folder();
    let film = film(folder.path());
    let out = folder.path().join("out");
    assert!(package(Path::new(&film), &out, "2").status().unwrap().success());
    std::fs::write(out.join("notes.txt"), "private").unwrap();
    let server = Serving::start(out.to_str().unwrap(), &[]);
    assert_eq!(server.ask("144p/00000.m4s", &[]).status(), 200);
    for path in [
        "notes.txt",
        "144p/notes.txt",
        "144p/00099.m4s",
        "144p",
        "144p/",
        "..%2fout/plan.json",
        "%2e%2e/out",
        "144p/%00",
        "a:b",
    ] {
        assert_eq!(server.ask(path, &[]).status(), 404, "{path}");
    }
    server.stop();
    // A finished package is served whatever its schema, an unfinished one is not.
    let plan = std::fs::read_to_string(out.join("plan.json")).unwrap();
    std::fs::write(out.join("plan.json"), plan.replace("\"schema\": 3", "\"schema\": 1")).unwrap();
    let server = Serving::start(out.to_str().unwrap(), &[]);
    assert_eq!(server.ask("144p/00000.m4s", &[]).status(), 200);
    server.stop();
    std::fs::write(out.join("plan.json"), plan).unwrap();
    std::fs::rename(out.join("master.m3u8"), out.join("notes.txt")).unwrap();
    let output =
        Command::new(env!("CARGO_BIN_EXE_vodkit")).args(["serve", out.to_str().unwrap(), "--port", "0"]).output();
    let said = String::from_utf8(output.unwrap().stderr).unwrap();
    assert!(said.contains("is not finished"), "{said}");
    std::fs::rename(out.join("notes.txt"), out.join("master.m3u8")).unwrap();
    // In the folder of another package nothing is made, and that is reported.
    let other = make(&folder.path().join("other.mp4"), "-f lavfi -i testsrc2=s=426x240:r=25:d=3 -c:v libx264");
    let mut command = Command::new(env!("CARGO_BIN_EXE_vodkit"));
    command.args(["serve", other.to_str().unwrap(), "--port", "0", "-o", out.to_str().unwrap()]);
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && said.contains("holds another package"), "{said}");
}

#[test]
fn damage_is_told_as_it_comes_up_and_what_was_found_before() {
    let folder = folder();
    let film = film(folder.path());
    // In the tenth second, of a picture each.
    let mut bytes = std::fs::read(&film).unwrap();
    for line in ffprobe(Path::new(&film), "v", "packet=pos,size").lines().skip(250).take(3) {
        let numbers: Vec<usize> = line.split(',').filter_map(|number| number.parse().ok()).collect();
        bytes[numbers[1]..numbers[1] + numbers[0]].fill(0x55);
    }
    std::fs::write(&film, bytes).unwrap();
    let (out, told) = (folder.path().join("out"), folder.path().join("told"));
    let words = || std::fs::read_to_string(&told).unwrap();
    let serve = || {
        let options = ["-o", out.to_str().unwrap(), "--on-request"];
        Serving::telling(&film, &options, std::fs::File::create(&told).unwrap().into())
    };
    let server = serve();
    server.bytes("240p/00002.m4s");
    let until = Instant::now() + Duration::from_secs(20);
    while !words().contains("3 pictures could not be decoded whole, the first at 10.000 seconds") {
        assert!(Instant::now() < until, "{}", words());
        std::thread::sleep(Duration::from_millis(50));
    }
    server.stop();
    assert_eq!(words().matches("damaged_data").count(), 1, "{}", words());
    let server = serve();
    server.bytes("240p/00000.m4s");
    server.stop();
    assert_eq!(words().matches("3 pictures could not be decoded whole, the first at 10.000").count(), 1, "{}", words());
}

#[test]
fn stills_of_a_part_are_those_of_the_part() {
    let folder = folder();
    let film = film(folder.path());
    let server = Serving::start(&film, &["--on-request", "--from", "10"]);
    let still = server.bytes("thumbnail.jpg?time=2s&height=90");
    let whole = folder.path().join("still.jpg");
    let still_of = ["thumbnail", &film, "--at", "12", "--height", "90", "-o", whole.to_str().unwrap()];
    assert!(vodkit().args(still_of).status().unwrap().success());
    assert!(still == std::fs::read(whole).unwrap());
    server.stop();
}

#[test]
fn links_to_private_addresses_need_permission() {
    let folder = folder();
    let file = std::fs::read(film(folder.path())).unwrap();
    let there = Server::new(file, Manners::default());
    let refused = vodkit().args(["serve", &there.link(), "--port", "0"]).stderr(Stdio::piped()).output().unwrap();
    let words = String::from_utf8(refused.stderr).unwrap();
    assert!(refused.status.code() == Some(1) && words.contains("not public"), "{words}");
    assert_eq!(there.requests(), 0);
    let server = Serving::start(&there.link(), &["--allow-private-addresses"]);
    assert!(server.bytes("144p/00003.m4s").len() > 1000);
    server.stop();
}

#[test]
fn a_port_in_use_is_reported_at_once() {
    let folder = folder();
    let server = Serving::start(&film(folder.path()), &["--on-request"]);
    let port = server.address.trim_end_matches('/').rsplit_once(':').unwrap().1;
    let taken = vodkit().args(["serve", "none.mp4", "--port", port]).stderr(Stdio::piped()).output().unwrap();
    let words = String::from_utf8(taken.stderr).unwrap();
    assert!(taken.status.code() == Some(1) && words.contains("--port"), "{words}");
    server.stop();
}
