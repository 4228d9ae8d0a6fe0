//! A small HTTP/1.1 server on 127.0.0.1 that answers as a script says, and remembers what it was asked.
//!
//! ```ignore
//! let server = Scripted::start(|request| match (request.number, request.path.as_str()) {
//!     (0, _) => Reply::status(503).header("Retry-After", "1"),
//!     (_, "/version") => Reply::text("3.17.2"),
//!     _ => Reply::json("{}").after(Duration::from_millis(50)),
//! });
//! // … requests to server.url() …
//! assert_eq!(server.received()[0].header("content-encoding"), Some("gzip"));
//! ```
//!
//! The script is called once for each request, one at a time, in the order in which the requests are complete; requests
//! are numbered from 0. `Reply::never`, `close`, `reset`, `drip`, `broken_off_after` misbehave; `tunnel_to` makes it a
//! proxy. `Scripted::start_tls` speaks TLS. The server ends, with every connection and thread, when it is dropped.
//!
//! Integration tests reach it through `support`, unit tests of the core through `#[path]`. It needs the dev-dependencies
//! `rcgen`, `rustls`, `socket2` and `flate2`.
#![allow(dead_code, unused_imports, reason = "each test binary uses its own part of this module")]
#![allow(clippy::expect_used, reason = "a test that can't be set up has to fail loudly")]

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

#[path = "authority.rs"]
mod authority;
#[path = "reply.rs"]
mod reply;

pub(crate) use authority::{Authority, Issued};
use reply::Act;
pub(crate) use reply::{Received, Reply};

/// Connections at a time; one more is closed at once.
const MAX_CONNECTIONS: usize = 256;
/// Bytes of a request's body.
const MAX_BODY: usize = 64 << 20;
/// How long a connection may stay without a request.
const MAX_IDLE: Duration = Duration::from_secs(60);

type Script = Box<dyn FnMut(&Received) -> Reply + Send>;

/// The server.
pub(crate) struct Scripted {
    shared: Arc<Shared>,
    address: SocketAddr,
    scheme: &'static str,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    script: Mutex<Script>,
    received: Mutex<Vec<Received>>,
    /// The sockets that are open, to be shut down at the end.
    sockets: Mutex<Vec<TcpStream>>,
    connections: AtomicUsize,
    is_over: AtomicBool,
    tls: Option<Arc<rustls::ServerConfig>>,
}

impl Scripted {
    /// Serves on a port of its own until it is dropped.
    pub(crate) fn start(script: impl FnMut(&Received) -> Reply + Send + 'static) -> Self {
        Self::start_at("127.0.0.1:0", None, Box::new(script))
    }

    /// Serves at this address: `[::1]:0`, or the port of a server that has ended.
    pub(crate) fn start_on(address: &str, script: impl FnMut(&Received) -> Reply + Send + 'static) -> Self {
        Self::start_at(address, None, Box::new(script))
    }

    /// Speaks TLS with a certificate of `authority` for `localhost`; `clients` issued those that clients must show.
    pub(crate) fn start_tls(
        authority: &Authority,
        clients: Option<&Authority>,
        script: impl FnMut(&Received) -> Reply + Send + 'static,
    ) -> Self {
        let shown = authority.issue_for_server(&["localhost"]);
        Self::start_at("127.0.0.1:0", Some(Authority::server_side(&shown, clients)), Box::new(script))
    }

    fn start_at(address: &str, tls: Option<Arc<rustls::ServerConfig>>, script: Script) -> Self {
        let listener = TcpListener::bind(address).expect("a port of this machine can be listened on");
        let address = listener.local_addr().expect("a bound socket has an address");
        let scheme = if tls.is_some() { "https" } else { "http" };
        let shared = Arc::new(Shared {
            script: Mutex::new(script),
            received: Mutex::default(),
            sockets: Mutex::default(),
            connections: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
            tls,
        });
        let for_thread = Arc::clone(&shared);
        let accepting = Some(thread::spawn(move || accept(&for_thread, &listener)));
        Self { shared, address, scheme, accepting }
    }

    /// `http://127.0.0.1:port`; with TLS `https://localhost:port`, the name of the certificate.
    pub(crate) fn url(&self) -> String {
        match self.scheme {
            "https" => format!("https://localhost:{}", self.address.port()),
            scheme => format!("{scheme}://{}", self.address),
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What came so far, in order.
    pub(crate) fn received(&self) -> Vec<Received> {
        lock(&self.shared.received).clone()
    }

    /// Waits until so many requests have come, and fails when they do not within `limit`.
    #[track_caller]
    pub(crate) fn wait_for(&self, count: usize, limit: Duration) -> Vec<Received> {
        let end = Instant::now() + limit;
        loop {
            let received = self.received();
            if received.len() >= count {
                return received;
            }
            assert!(Instant::now() < end, "{} of {count} requests came within {limit:?}", received.len());
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        // Wakes `accept`.
        drop(TcpStream::connect(self.address));
        for socket in lock(&self.shared.sockets).drain(..) {
            drop(socket.shutdown(Shutdown::Both));
        }
        if let Some(thread) = self.accepting.take() {
            drop(thread.join());
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn accept(shared: &Arc<Shared>, listener: &TcpListener) {
    let mut threads: Vec<JoinHandle<()>> = Vec::new();
    while let Ok((socket, _)) = listener.accept() {
        threads.retain(|thread| !thread.is_finished());
        if shared.is_over.load(Ordering::SeqCst) {
            break;
        }
        let Ok(copy) = socket.try_clone() else { continue };
        if threads.len() >= MAX_CONNECTIONS {
            continue;
        }
        lock(&shared.sockets).push(copy);
        let number = shared.connections.fetch_add(1, Ordering::SeqCst);
        let shared = Arc::clone(shared);
        threads.push(thread::spawn(move || {
            // A client that goes away is no failure of the test.
            drop(serve(&shared, &socket, number));
            drop(socket.shutdown(Shutdown::Both));
        }));
    }
    for socket in lock(&shared.sockets).drain(..) {
        drop(socket.shutdown(Shutdown::Both));
    }
    threads.into_iter().for_each(|thread| drop(thread.join()));
}

fn serve(shared: &Shared, socket: &TcpStream, connection: usize) -> io::Result<()> {
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(MAX_IDLE))?;
    socket.set_write_timeout(Some(MAX_IDLE))?;
    match &shared.tls {
        None => converse(shared, socket, connection, socket),
        Some(config) => {
            let session = rustls::ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
            converse(shared, socket, connection, rustls::StreamOwned::new(session, socket))
        }
    }
}

/// Requests and answers over one connection, until one of both has enough.
fn converse(
    shared: &Shared,
    socket: &TcpStream,
    connection: usize,
    stream: impl Read + Write,
) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut request = match read_request(&mut stream, connection) {
            Ok(Some(request)) => request,
            Ok(None) => return Ok(()),
            // Whoever speaks something else, TLS perhaps, hears what other servers say to that.
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                return stream.get_mut().write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
            }
            Err(error) => return Err(error),
        };
        let reply = {
            let mut script = lock(&shared.script);
            let mut received = lock(&shared.received);
            request.number = received.len();
            received.push(request.clone());
            drop(received);
            (*script)(&request)
        };
        pause(shared, reply.delay)?;
        match reply.act {
            Act::Never => return pause(shared, Duration::MAX),
            Act::Close => return Ok(()),
            Act::Reset => return reset(socket),
            Act::Tunnel(address) => {
                stream.get_mut().write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
                return tunnel(shared, socket, address);
            }
            Act::Answer | Act::AnswerAndClose | Act::BreakOff(_) => {}
        }
        write_reply(shared, stream.get_mut(), &request, &reply)?;
        match reply.act {
            Act::BreakOff(_) => return reset(socket),
            Act::AnswerAndClose => return Ok(()),
            _ => {}
        }
    }
}

fn read_request(stream: &mut impl BufRead, connection: usize) -> io::Result<Option<Received>> {
    let mut line = String::new();
    if stream.take(64 << 10).read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_ascii_whitespace().map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut request = Received { number: 0, connection, method, path, headers: Vec::new(), body: Vec::new() };
    loop {
        let mut line = String::new();
        stream.take(64 << 10).read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        request.headers.push((name.to_owned(), value.trim().to_owned()));
    }
    assert!(request.header("transfer-encoding").is_none(), "the scripted server reads no chunked bodies");
    let length =
        request.header("content-length").map_or(0, |text| text.parse().expect("a length is a number"));
    assert!(length <= MAX_BODY, "a body of {length} bytes");
    request.body = vec![0; length];
    stream.read_exact(&mut request.body)?;
    Ok(Some(request))
}

fn write_reply(
    shared: &Shared,
    stream: &mut impl Write,
    request: &Received,
    reply: &Reply,
) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {} Scripted\r\nContent-Length: {}\r\n", reply.status, reply.body.len());
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if reply.act == Act::AnswerAndClose {
        head.push_str("Connection: close\r\n");
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    let mut body = if request.method == "HEAD" { &[] } else { reply.body.as_slice() };
    if let Act::BreakOff(bytes) = reply.act {
        body = &body[..bytes.min(body.len())];
    }
    let (piece, wait) = reply.drip.unwrap_or((body.len().max(1), Duration::ZERO));
    for piece in body.chunks(piece) {
        pause(shared, wait)?;
        stream.write_all(piece)?;
        stream.flush()?;
    }
    stream.flush()
}

/// Sleeps in short pieces, and no longer than the server lives.
fn pause(shared: &Shared, length: Duration) -> io::Result<()> {
    let begin = Instant::now();
    while begin.elapsed() < length {
        if shared.is_over.load(Ordering::SeqCst) {
            return Err(io::Error::other("the server is over"));
        }
        thread::sleep(Duration::from_millis(5).min(length));
    }
    Ok(())
}

/// Ends the connection with a reset instead of an orderly end.
fn reset(socket: &TcpStream) -> io::Result<()> {
    // What was written may still be on its way, and a reset would overtake it.
    thread::sleep(Duration::from_millis(50));
    socket2::SockRef::from(socket).set_linger(Some(Duration::ZERO))?;
    Err(io::Error::other("reset"))
}

fn tunnel(shared: &Shared, client: &TcpStream, address: SocketAddr) -> io::Result<()> {
    let server = TcpStream::connect(address)?;
    lock(&shared.sockets).push(server.try_clone()?);
    let copy = |mut from: &TcpStream, mut to: &TcpStream| {
        drop(io::copy(&mut from, &mut to));
        drop(to.shutdown(Shutdown::Both));
    };
    thread::scope(|scope| {
        scope.spawn(|| copy(client, &server));
        copy(&server, client);
    });
    Ok(())
}
