//! Sources behind links: the same bytes as from a file whatever the server does, or a clear error in time.

use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{iter, thread};

use rustix::net;
use vodkit::{CancelToken, ErrorKind, HttpOptions, Job, JobOptions, MemorySink, Plan, Source};

use vodkit_tests::server::{Endless, Manners, Server};
use vodkit_tests::{folder, make, quick, source};

fn options() -> HttpOptions {
    HttpOptions::default().allow_private_addresses(true).timeout(Duration::from_secs(3))
}

fn open(server: &Server) -> Source {
    Source::http(&server.link(), &options()).unwrap()
}

/// A film of more than a megabyte, with its index at the end.
fn film(folder: &Path, arguments: &str) -> Vec<u8> {
    let inputs = "-f lavfi -i testsrc2=s=320x180:r=25:d=6 -f lavfi -i anoisesrc=d=6:a=0.1";
    let path = make(
        &folder.join("film.mp4"),
        &format!("{inputs} -vf noise=alls=30:allf=t -c:v libx264 -preset ultrafast -g 25 -c:a aac {arguments}"),
    );
    std::fs::read(path).unwrap()
}

fn packaged(source: &Source) -> (Plan, Vec<(String, bytes::Bytes)>) {
    let plan = vodkit::plan(source, &quick(&[64])).unwrap();
    let sink = Arc::new(MemorySink::new());
    Job::start(source, &plan, sink.clone(), JobOptions::default()).unwrap().wait().unwrap();
    (plan, sink.files().into_iter().collect())
}

fn same_as_from_a_file(manners: Manners) -> Server {
    let folder = folder();
    let server = Server::new(film(folder.path(), ""), manners);
    let expected = packaged(&source(&folder.path().join("film.mp4")));
    assert!(packaged(&open(&server)) == expected, "the package differs");
    server
}

#[test]
fn a_link_gives_the_same_package_as_a_file_over_two_connections_at_most() {
    let server = same_as_from_a_file(Manners::default());
    assert!(server.connections() <= 2, "{}", server.connections());
}

#[test]
fn transfers_that_break_off_go_on_where_they_stopped() {
    let server = same_as_from_a_file(Manners { drop_after: Some(200_000), ..Manners::default() });
    assert!(server.connections() > 3);
    let file = server.ranges().iter().map(|range| range.end).max().unwrap();
    assert!(server.sent() < 2 * file as u64, "{} bytes were sent of a file of {file}", server.sent());
}

#[test]
fn a_slow_server_is_waited_for() {
    same_as_from_a_file(Manners { pause: Duration::from_millis(15), ..Manners::default() });
}

#[test]
fn a_server_that_is_slower_than_its_time_for_one_request_gets_on() {
    // The beginning alone, 128 KiB, takes twice as long as one request may.
    let manners = Manners { pause: Duration::from_millis(250), ..Manners::default() };
    let server = Server::new((0..=255).cycle().take(100_000).collect(), manners);
    let options = options().timeout(Duration::from_secs(1));
    let source = Source::http(&server.link(), &options).unwrap();
    let mut bytes = vec![0; 100_000];
    let mut filled = 0;
    while filled < bytes.len() {
        filled += source.read_at(filled as u64, &mut bytes[filled..]).unwrap();
    }
    assert!(bytes.iter().zip((0..=255_u8).cycle()).all(|(found, expected)| *found == expected));
    assert!(server.requests() < 8, "{} requests", server.requests());
}

#[test]
fn time_limits_hold_while_a_server_is_slow() {
    let folder = folder();
    let manners = Manners { pause: Duration::from_millis(150), ..Manners::default() };
    let server = Server::new(film(folder.path(), "-f matroska"), manners);
    let source = open(&server);
    let mut limits = vodkit::Limits::default();
    limits.wall_time = Duration::from_secs(1);
    let began = Instant::now();
    let error = vodkit::probe(&source.with_limits(limits)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{error}");
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}

#[test]
fn a_server_without_ranges_gives_the_same_package() {
    for tells_length in [true, false] {
        let server = same_as_from_a_file(Manners { ranges: false, tells_length, ..Manners::default() });
        assert_eq!(server.requests(), 2, "after the first answer it is downloaded once");
    }
}

#[test]
fn of_a_large_file_little_is_read_to_plan_it() {
    let folder = folder();
    for (place, faststart) in [("front", "-movflags +faststart"), ("end", "")] {
        let mut file = film(folder.path(), faststart);
        let index = file.windows(4).position(|name| name == b"moov").unwrap() - 4;
        // What follows the index, or nothing: a file ten times as large, most of it never looked at.
        let filler = 20 << 20;
        if place == "front" {
            file.extend((filler as u32).to_be_bytes());
            file.extend(b"free");
            file.resize(file.len() + filler - 8, 0);
        } else {
            let data = file.windows(4).position(|name| name == b"mdat").unwrap() - 4;
            let size = (index - data + filler) as u32;
            file[data..data + 4].copy_from_slice(&size.to_be_bytes());
            file.splice(index..index, std::iter::repeat_n(0, filler));
        }
        let len = file.len() as u64;
        let server = Server::new(file, Manners::default());
        vodkit::plan(&open(&server), &quick(&[64])).unwrap();
        let (sent, requests) = (server.sent(), server.requests());
        assert!(sent * 25 < len && requests <= 5, "index at the {place}: {sent} of {len} bytes in {requests} requests");
    }
}

#[test]
fn an_index_and_a_segment_come_with_a_request_each() {
    let folder = folder();
    let long = make(
        &folder.path().join("long.mp4"),
        "-f lavfi -i color=s=32x32:r=240:d=150 -c:v libx264 -preset ultrafast -g 25 -movflags +faststart",
    );
    let server = Server::new(std::fs::read(long).unwrap(), Manners::default());
    vodkit::plan(&open(&server), &quick(&[64])).unwrap();
    // The beginning, the rest of the index, a keyframe, and the end.
    assert!(server.sent() > 400_000 && server.requests() <= 4, "{:?}", server.ranges());

    let server = Server::new(film(folder.path(), "-movflags +faststart"), Manners::default());
    let source = open(&server);
    let plan = vodkit::plan(&source, &quick(&[64]).segment_seconds(1).keyframe_seconds(1)).unwrap();
    let (sent, requests) = (server.sent(), server.requests());
    vodkit::segment(&source, &plan, "64p", 0).unwrap();
    let (sent, requests) = (server.sent() - sent, server.requests() - requests);
    // There is a keyframe in between, which planning has read.
    assert!(sent > 500_000 && requests <= 2, "{sent} bytes in {requests} requests: {:?}", server.ranges());
}

fn failure(manners: Manners, file: Vec<u8>) -> (ErrorKind, String) {
    let server = Server::new(file, manners);
    let began = Instant::now();
    let error = Source::http(&server.link(), &options()).and_then(|source| {
        let plan = vodkit::plan(&source, &quick(&[64]))?;
        Job::start(&source, &plan, Arc::new(MemorySink::new()), JobOptions::default())?.wait()
    });
    let error = error.unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(5), "{error} took {:?}", began.elapsed());
    (error.kind(), error.full_message())
}

#[test]
fn what_is_no_film_is_told_in_time() {
    let page = "Content-Type: text/html; charset=utf-8\r\n".to_owned();
    for (status, kind, words) in [
        (404, ErrorKind::NotFound, "the server says 404"),
        (403, ErrorKind::SourceRead, "403"),
        (500, ErrorKind::SourceRead, "within 3 seconds: the server says 500"),
        (200, ErrorKind::NotMedia, "is a web page, not a video"),
    ] {
        let found = failure(Manners { status: Some((status, page.clone())), ..Manners::default() }, Vec::new());
        assert!(found.0 == kind && found.1.contains(words), "{status}: {found:?}");
    }
}

#[test]
fn a_server_that_stops_for_good_is_given_up_in_time() {
    let folder = folder();
    let file = film(folder.path(), "");
    for ranges in [true, false] {
        let manners = Manners { dies_after: Some(200_000), ranges, ..Manners::default() };
        let (kind, words) = failure(manners, file.clone());
        assert_eq!(kind, ErrorKind::SourceRead, "{words}");
    }
}

#[test]
fn a_server_is_tried_for_as_long_as_the_error_says() {
    // A port that nobody listens at, and an address that answers nobody.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (_socket, _waiting, silent) = unanswering();
    for address in [closed, silent] {
        let began = Instant::now();
        let error = Source::http(&format!("http://{address}/film.mp4"), &options()).unwrap_err();
        let took = began.elapsed().as_secs_f64();
        assert!(error.to_string().contains("within 3 seconds"), "{error}");
        assert!((2.9..4.0).contains(&took), "{address}: given up after {took} seconds");
    }
}

#[test]
fn a_file_that_changes_is_an_error_and_never_mixed() {
    let folder = folder();
    let manners = Manners { changes_after: Some(1), ..Manners::default() };
    let (kind, words) = failure(manners, film(folder.path(), ""));
    assert_eq!(kind, ErrorKind::SourceChanged, "{words}");
}

/// Servers of which each step looks like progress, or like an answer, and that never come to an end.
#[test]
fn servers_that_never_end_are_given_up_in_time() {
    let endless_part =
        "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-131071/1000000\r\nContent-Length: 99999999999\r\n\r\n";
    let redirect = "HTTP/1.1 302 Found\r\nLocation: /again.mp4\r\nContent-Length: 99999999\r\n\r\n";
    let trailers = "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-9/10\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n";
    for (answer, then, words) in [
        (endless_part, "0".repeat(64 * 1024), "more of"),
        (redirect, "x".to_owned(), "within 3 seconds"),
        (trailers, "x: y\r\n".to_owned(), "within 3 seconds"),
        ("HTTP/1.1 200 OK\r\n", "x: y\r\n".to_owned(), "film.mp4"),
    ] {
        let endless = Endless::new(answer, then);
        let began = Instant::now();
        let error = Source::http(&endless.link(), &options()).unwrap_err();
        assert!(error.full_message().contains(words), "{answer}: {error}");
        assert!(began.elapsed() < Duration::from_secs(8), "{answer}: {:?}", began.elapsed());
    }
}

#[test]
fn files_above_the_limit_are_not_downloaded() {
    for ranges in [true, false] {
        let server = Server::new(vec![7; 5 << 20], Manners { ranges, ..Manners::default() });
        let options = options().source_bytes(1 << 20);
        let error = Source::http(&server.link(), &options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{error}");
    }
}

#[test]
fn private_addresses_are_refused_also_behind_a_redirect() {
    let kind = |link: &str, options: &HttpOptions| Source::http(link, options).unwrap_err().kind();
    let server = Server::new(vec![7; 100], Manners::default());
    let port = server.link().split([':', '/']).nth(4).unwrap().to_owned();
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1", "2130706433"] {
        let found = kind(&format!("http://{host}:{port}/film.mp4"), &HttpOptions::default());
        assert!(matches!(found, ErrorKind::AddressRefused | ErrorKind::NotFound), "{host}: {found:?}");
    }
    assert_eq!(kind("http://169.254.169.254/latest/meta-data", &HttpOptions::default()), ErrorKind::AddressRefused);
    assert_eq!(server.connections(), 0);
    let other_scheme = ("Location: ftp://127.0.0.1/film.mp4\r\n", ErrorKind::InvalidArgument);
    let circle = ("Location: /again.mp4\r\n", ErrorKind::LimitExceeded);
    for (headers, expected) in [other_scheme, circle] {
        let server = Server::new(Vec::new(), Manners { status: Some((302, headers.into())), ..Manners::default() });
        assert_eq!(kind(&server.link(), &options()), expected, "{headers}");
    }
}

#[test]
fn who_answers_over_https_has_to_be_known() {
    let folder = folder();
    let manners = Manners { drop_after: Some(200_000), ..Manners::default() };
    let (server, certificate) = Server::with_tls(film(folder.path(), ""), manners);
    let started = Instant::now();
    let failed = Source::http(&server.link(), &options()).unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::SourceRead);
    assert!(failed.to_string().contains("cannot be trusted"), "{failed}");
    assert!(started.elapsed() < options().timeout, "a stranger is not tried again");
    let mut known = options();
    known.root_certificates = certificate.into();
    let source: Source = Source::http(&server.link(), &known).unwrap();
    assert_eq!(vodkit::probe(&source).unwrap().tracks.len(), 2);
    for pem in ["here is none", "-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----"] {
        known.root_certificates = pem.into();
        let failed = Source::http(&server.link(), &known).unwrap_err();
        assert_eq!((failed.kind(), failed.to_string().contains("PEM")), (ErrorKind::InvalidArgument, true), "{failed}");
    }
}

#[test]
fn redirects_are_followed() {
    let folder = folder();
    let film = Server::new(film(folder.path(), ""), Manners::default());
    let headers = format!("Location: {}\r\n", film.link());
    let first = Server::new(Vec::new(), Manners { status: Some((302, headers)), ..Manners::default() });
    let source: Source = Source::http(&first.link(), &options()).unwrap();
    assert_eq!(vodkit::probe(&source).unwrap().tracks.len(), 2);
    assert_eq!(first.requests(), 1, "later requests go where the first was sent");
}

#[test]
fn reading_behind_the_end_gives_nothing() {
    let server = Server::new((0..=255).cycle().take(200_000).collect(), Manners::default());
    let source = open(&server);
    let mut buffer = [1; 10];
    assert_eq!((source.len(), source.read_at(200_000, &mut buffer).unwrap()), (200_000, 0));
    assert_eq!(source.read_at(199_998, &mut buffer).unwrap(), 2);
    assert_eq!(buffer[..2], [199_998_u32 as u8, 199_999_u32 as u8]);
}

/// An address of this machine that answers nobody: as many connections wait there as there is room for.
fn unanswering() -> (OwnedFd, Vec<TcpStream>, SocketAddr) {
    let socket = net::socket(net::AddressFamily::INET, net::SocketType::STREAM, None).unwrap();
    net::bind(&socket, &SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    net::listen(&socket, 0).unwrap();
    let address = SocketAddr::try_from(net::getsockname(&socket).unwrap()).unwrap();
    let waiting = iter::from_fn(|| TcpStream::connect_timeout(&address, Duration::from_millis(100)).ok()).collect();
    (socket, waiting, address)
}

#[test]
fn connecting_can_be_cancelled() {
    let (_socket, _waiting, address) = unanswering();
    let cancel = CancelToken::new();
    let options = options().timeout(Duration::from_secs(20)).cancel(cancel.clone());
    let opened = thread::spawn(move || Source::http(&format!("http://{address}/film.mp4"), &options));
    thread::sleep(Duration::from_millis(200));
    assert!(!opened.is_finished());
    let asked = Instant::now();
    cancel.cancel();
    assert_eq!(opened.join().unwrap().unwrap_err().kind(), ErrorKind::Cancelled);
    // 0.2 seconds, and some for a busy machine.
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
}
