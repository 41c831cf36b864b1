//! A web server on loopback that has one file, and manners as a test needs them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// How a server behaves.
#[derive(Clone)]
pub struct Manners {
    /// Whether parts of the file can be asked for.
    pub ranges: bool,
    /// Closes the connection after so many bytes of an answer.
    pub drop_after: Option<usize>,
    /// Waits before each 16 KiB.
    pub pause: Duration,
    /// After so many bytes in all, says nothing more, on whatever connection.
    pub dies_after: Option<u64>,
    /// Another status, and the headers that go with it.
    pub status: Option<(u16, String)>,
    pub headers: String,
    /// After so many requests the file is another version.
    pub changes_after: Option<u64>,
    /// Whether the length of a whole file is told.
    pub tells_length: bool,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            ranges: true,
            drop_after: None,
            pause: Duration::ZERO,
            dies_after: None,
            status: None,
            headers: "Content-Type: video/mp4\r\n".into(),
            changes_after: None,
            tells_length: true,
        }
    }
}

/// Takes connections, a thread each, until it is dropped.
struct Listening {
    address: SocketAddr,
    ended: Arc<AtomicBool>,
}

impl Listening {
    fn start(ended: Arc<AtomicBool>, serve: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (own, serve) = (ended.clone(), Arc::new(serve));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if own.load(Ordering::Relaxed) {
                    return;
                }
                let (serve, stream) = (serve.clone(), stream.unwrap());
                thread::spawn(move || serve(stream));
            }
        });
        Self { address, ended }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // Wakes the one that waits for connections.
        let _ = TcpStream::connect(self.address);
    }
}

/// A running server; it ends when it is dropped.
pub struct Server {
    shared: Arc<Shared>,
    listening: Listening,
    scheme: &'static str,
}

struct Shared {
    file: Vec<u8>,
    manners: Manners,
    ended: Arc<AtomicBool>,
    sent: AtomicU64,
    requests: AtomicU64,
    connections: AtomicU64,
    ranges: Mutex<Vec<Range<usize>>>,
}

impl Server {
    pub fn new(file: Vec<u8>, manners: Manners) -> Self {
        let shared = Shared::new(file, manners);
        let own = shared.clone();
        let listening = Listening::start(shared.ended.clone(), move |stream| own.serve(stream));
        Self { shared, listening, scheme: "http" }
    }

    /// A server that speaks TLS, and its certificate in PEM, which nobody else knows.
    pub fn with_tls(file: Vec<u8>, manners: Manners) -> (Self, String) {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let chain = vec![made.cert.der().clone()];
        let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap();
        let config = Arc::new(config);
        let shared = Shared::new(file, manners);
        let own = shared.clone();
        let listening = Listening::start(shared.ended.clone(), move |stream| {
            let connection = ServerConnection::new(config.clone()).unwrap();
            own.serve(StreamOwned::new(connection, stream));
        });
        (Self { shared, listening, scheme: "https" }, made.cert.pem())
    }

    pub fn link(&self) -> String {
        format!("{}://{}/film.mp4", self.scheme, self.listening.address)
    }

    /// Bytes of the file that were sent.
    pub fn sent(&self) -> u64 {
        self.shared.sent.load(Ordering::Relaxed)
    }

    pub fn requests(&self) -> u64 {
        self.shared.requests.load(Ordering::Relaxed)
    }

    pub fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::Relaxed)
    }

    /// What was asked for, in order.
    pub fn ranges(&self) -> Vec<Range<usize>> {
        self.shared.ranges.lock().unwrap().clone()
    }
}

impl Shared {
    fn new(file: Vec<u8>, manners: Manners) -> Arc<Self> {
        let (ended, sent, requests, connections, ranges) = Default::default();
        Arc::new(Self { file, manners, ended, sent, requests, connections, ranges })
    }

    /// Answers the requests of one connection.
    fn serve(&self, stream: impl Read + Write) {
        self.connections.fetch_add(1, Ordering::Relaxed);
        let mut reader = BufReader::new(stream);
        loop {
            let (mut line, mut range) = (String::new(), None);
            loop {
                line.clear();
                if reader.read_line(&mut line).unwrap_or(0) == 0 {
                    return;
                }
                if line.trim().is_empty() {
                    break;
                }
                if let Some(asked) = line.to_ascii_lowercase().strip_prefix("range: bytes=") {
                    let (first, last) = asked.trim().split_once('-').unwrap();
                    let last: usize = last.parse().unwrap();
                    range = Some(first.parse::<usize>().unwrap()..(last + 1).min(self.file.len()));
                }
            }
            let count = self.requests.fetch_add(1, Ordering::Relaxed);
            if self.answer(reader.get_mut(), range, count).is_err() {
                return;
            }
        }
    }

    fn answer(&self, stream: &mut impl Write, range: Option<Range<usize>>, count: u64) -> std::io::Result<()> {
        let Manners { headers, ranges, tells_length, changes_after, .. } = &self.manners;
        if let Some((status, headers)) = &self.manners.status {
            let text = "<html>no film here</html>";
            return write!(stream, "HTTP/1.1 {status} Odd\r\n{headers}Content-Length: {}\r\n\r\n{text}", text.len());
        }
        let version = if changes_after.is_some_and(|after| count >= after) { "two" } else { "one" };
        let whole = 0..self.file.len();
        let (status, part) = match range.filter(|_| *ranges) {
            Some(range) => (
                format!("206 Partial Content\r\nContent-Range: bytes {}-{}/{}", range.start, range.end - 1, whole.end),
                range,
            ),
            None => ("200 OK".to_owned(), whole),
        };
        self.ranges.lock().unwrap().push(part.clone());
        let length =
            if *tells_length { format!("Content-Length: {}\r\n", part.len()) } else { "Connection: close\r\n".into() };
        write!(stream, "HTTP/1.1 {status}\r\n{headers}ETag: \"{version}\"\r\n{length}\r\n")?;
        let broken = || std::io::Error::other("the test has it so");
        let mut left = self.manners.drop_after.unwrap_or(usize::MAX);
        for piece in self.file[part].chunks(16 * 1024) {
            thread::sleep(self.manners.pause);
            let piece = &piece[..piece.len().min(left)];
            if self.manners.dies_after.is_some_and(|most| self.sent.load(Ordering::Relaxed) >= most) {
                while !self.ended.load(Ordering::Relaxed) {
                    thread::sleep(Duration::from_millis(10));
                }
                return Err(broken());
            }
            stream.write_all(piece)?;
            self.sent.fetch_add(piece.len() as u64, Ordering::Relaxed);
            left -= piece.len();
            if left == 0 {
                return Err(broken());
            }
        }
        if *tells_length { Ok(()) } else { Err(broken()) }
    }
}

/// A server that answers each request with the same beginning, and then sends the same again and again.
pub struct Endless {
    listening: Listening,
}

impl Endless {
    pub fn new(answer: &str, then: String) -> Self {
        let ended = Arc::new(AtomicBool::new(false));
        let (own, answer) = (ended.clone(), answer.to_owned());
        let listening = Listening::start(ended, move |mut stream| {
            let mut sent = stream.write_all(answer.as_bytes());
            while sent.is_ok() && !own.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(20));
                sent = stream.write_all(then.as_bytes());
            }
        });
        Self { listening }
    }

    pub fn link(&self) -> String {
        format!("http://{}/film.mp4", self.listening.address)
    }
}
