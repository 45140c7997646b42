//! The two servers that are compared: a real redis-server process, and a node in this process.

// A real process is reached over a real socket, and its clock is the host's.
#![allow(clippy::disallowed_types, unreachable_pub)]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use engine_base::{LinkId, Mono, Now, Seed, UnixMs};
use engine_node::{Action, Boot, BootDisk, Config, DiskOp, Listener, Node};
use engine_resp::{Reply, ReplyDecoder, Value};

// That crate stands above this one.
#[path = "../../../../oracle/src/ports.rs"]
mod ports;

/// Words as a request.
fn request(words: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Reply::new();
    out.array(words.len());
    for word in words {
        out.bulk(word);
    }
    out.into_vec()
}

/// One connection to either server.
pub struct Client {
    stream: Option<TcpStream>,
    link: Option<LinkId>,
    decoder: ReplyDecoder,
    raw: Vec<u8>,
}

impl Client {
    /// The next reply that is here: its bytes, and what they say.
    fn take(&mut self) -> Option<(Vec<u8>, Value)> {
        let value = self.decoder.decode().expect("a well-formed reply")?;
        let used = self.raw.len() - self.decoder.pending().len();
        Some((self.raw.drain(..used).collect(), value))
    }

    fn feed(&mut self, bytes: &[u8]) {
        self.raw.extend_from_slice(bytes);
        self.decoder.feed(bytes);
    }
}

/// A server that takes requests and gives replies.
pub trait Peer {
    /// Opens a connection.
    fn connect(&mut self) -> Client;
    /// Sends a request.
    fn send(&mut self, client: &mut Client, words: &[Vec<u8>]);
    /// Waits for one reply; `None` when the connection is closed, or there will be none.
    fn reply(&mut self, client: &mut Client) -> Option<(Vec<u8>, Value)>;
    /// Sends bytes as they are.
    #[allow(dead_code, reason = "not every test file breaks the protocol")]
    fn send_raw(&mut self, client: &mut Client, bytes: &[u8]);
    /// All that comes until the connection is closed or nothing more is to come.
    #[allow(dead_code, reason = "not every test file breaks the protocol")]
    fn drain(&mut self, client: &mut Client) -> Vec<u8>;
    /// Lets time pass.
    #[allow(dead_code, reason = "not every test file has time")]
    fn pass(&mut self, ms: u64);
    /// Makes sure that what was sent has arrived.
    fn settle(&mut self) {}
}

/// A redis-server process of this machine, ended when dropped.
#[allow(dead_code, reason = "not every test file compares")]
pub struct Real {
    process: Child,
    port: u16,
    control: TcpStream,
}

impl Real {
    /// Starts one; `None` when it is not installed.
    #[allow(dead_code, reason = "not every test file compares")]
    pub fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    /// As [`Self::start`], with more directives.
    #[allow(dead_code, reason = "not every test file compares")]
    pub fn start_with(directives: &[&str]) -> Option<Self> {
        let port = ports::free();
        let process = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--save", "", "--enable-debug-command", "yes"])
            .args(["--bind", "127.0.0.1", "--loglevel", "warning"])
            .args(directives)
            .current_dir(std::env::temp_dir())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let deadline = SystemTime::now() + Duration::from_secs(20);
        let control = loop {
            match TcpStream::connect(("127.0.0.1", port)) {
                Ok(stream) => break stream,
                Err(e) if SystemTime::now() > deadline => {
                    panic!("redis-server does not come up: {e}")
                }
                Err(_) => std::thread::yield_now(),
            }
        };
        control.set_nodelay(true).expect("no delay");
        Some(Self { process, port, control })
    }

    /// Sends a command and waits for the end of its one-line reply.
    fn control(&mut self, command: &str) {
        self.control.write_all(command.as_bytes()).expect("redis-server listens");
        let mut byte = [0];
        while byte[0] != b'\n' {
            self.control.read_exact(&mut byte).expect("redis-server answers");
        }
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Peer for Real {
    fn connect(&mut self) -> Client {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("redis-server accepts");
        stream.set_nodelay(true).expect("no delay");
        stream.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
        self.settle();
        Client { stream: Some(stream), link: None, decoder: ReplyDecoder::new(), raw: Vec::new() }
    }

    fn send(&mut self, client: &mut Client, words: &[Vec<u8>]) {
        let stream = client.stream.as_mut().expect("a real connection");
        let _ = stream.write_all(&request(words));
    }

    fn reply(&mut self, client: &mut Client) -> Option<(Vec<u8>, Value)> {
        loop {
            if let Some(reply) = client.take() {
                return Some(reply);
            }
            let mut bytes = [0; 65536];
            match client.stream.as_mut().expect("a real connection").read(&mut bytes) {
                Ok(0) | Err(_) => return None,
                Ok(n) => client.feed(&bytes[..n]),
            }
        }
    }

    fn send_raw(&mut self, client: &mut Client, bytes: &[u8]) {
        let _ = client.stream.as_mut().expect("a real connection").write_all(bytes);
    }

    fn drain(&mut self, client: &mut Client) -> Vec<u8> {
        // What was sent has been answered when the server is done with a later connection.
        self.settle();
        let stream = client.stream.as_mut().expect("a real connection");
        stream.set_nonblocking(true).expect("not to wait");
        let mut all = Vec::new();
        let mut bytes = [0; 65536];
        while let Ok(n @ 1..) = stream.read(&mut bytes) {
            all.extend_from_slice(&bytes[..n]);
        }
        all
    }

    fn pass(&mut self, ms: u64) {
        // The server itself lets the time pass, so nobody here sleeps.
        self.control(&format!("DEBUG SLEEP 0.{ms:03}\r\n"));
    }

    fn settle(&mut self) {
        self.control("PING\r\n");
        self.control("PING\r\n");
    }
}

/// A node of this process, with its own clock that begins now.
pub struct Ours {
    node: Node,
    now: Now,
    clients: u16,
    /// What was appended to files.
    pub appended: Vec<u8>,
}

struct NoFiles;

impl BootDisk for NoFiles {
    fn read(&self, _path: &str) -> Option<Vec<u8>> {
        None
    }
}

impl Ours {
    /// A fresh node.
    #[allow(dead_code, reason = "not every test file is content with that")]
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// A fresh node with more directives.
    pub fn start_with(directives: &[&str]) -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
        let now = Now {
            mono: Mono::from_millis(1000),
            unix: UnixMs(i64::try_from(since.as_millis()).expect("before the end of time")),
        };
        let mut words = vec!["--save", "", "--enable-debug-command", "yes"];
        words.extend(directives);
        let config = Config::parse("", &words).expect("a valid configuration");
        let node = Node::boot(Boot {
            config,
            config_file: None,
            pid: 1,
            seed: Seed::from_number(7),
            disk: &NoFiles,
            now,
        })
        .expect("a node without files boots");
        Self { node, now, clients: 0, appended: Vec::new() }
    }

    /// Carries out what the node wants done; whether it closed this link.
    fn carry_out(&mut self, link: Option<LinkId>) -> bool {
        let mut closed = false;
        while let Some(action) = self.node.poll_action() {
            match action {
                Action::Close { link: gone, .. } => closed |= Some(gone) == link,
                Action::Disk { id, op, .. } => {
                    if let DiskOp::Append { bytes, .. } = op {
                        self.appended.extend_from_slice(&bytes);
                    }
                    self.node.handle_disk(self.now, id, Ok(()));
                }
                _ => {}
            }
        }
        closed
    }

    fn advance(&mut self, to: Mono) {
        let ms = to.ms_since(self.now.mono).max(1);
        self.now.mono = self.now.mono.plus_ms(ms);
        self.now.unix = UnixMs(self.now.unix.0 + ms as i64);
        self.node.handle_timeout(self.now);
        self.carry_out(None);
    }
}

impl Peer for Ours {
    fn connect(&mut self) -> Client {
        self.clients += 1;
        let local = SocketAddr::from(([127, 0, 0, 1], 6379));
        let peer = SocketAddr::from(([127, 0, 0, 1], 40000 + self.clients));
        let link = self.node.accept(self.now, Listener::Client, peer, local);
        Client { stream: None, link: Some(link), decoder: ReplyDecoder::new(), raw: Vec::new() }
    }

    fn send(&mut self, client: &mut Client, words: &[Vec<u8>]) {
        let link = client.link.expect("a link of the node");
        self.node.handle_bytes(self.now, link, &request(words));
    }

    fn reply(&mut self, client: &mut Client) -> Option<(Vec<u8>, Value)> {
        let link = client.link?;
        // A blocked client's time runs out within this many deadlines, or never.
        for _ in 0..200 {
            let out = self.node.output(link).to_vec();
            client.feed(&out);
            self.node.handle_flushed(self.now, link, out.len());
            let closed = self.carry_out(Some(link));
            if let Some(reply) = client.take() {
                return Some(reply);
            }
            if closed {
                return None;
            }
            let deadline = self.node.next_deadline();
            self.advance(deadline.at);
        }
        None
    }

    fn send_raw(&mut self, client: &mut Client, bytes: &[u8]) {
        self.node.handle_bytes(self.now, client.link.expect("a link of the node"), bytes);
    }

    fn drain(&mut self, client: &mut Client) -> Vec<u8> {
        self.node.output(client.link.expect("a link of the node")).to_vec()
    }

    fn pass(&mut self, ms: u64) {
        let end = self.now.mono.plus_ms(ms);
        while self.now.mono < end {
            self.advance(end.min(self.now.mono.plus_ms(100)));
        }
    }
}

impl Ours {
    /// Whether the node still knows this connection.
    #[allow(dead_code, reason = "not every test file asks")]
    pub fn is_open(&self, client: &Client) -> bool {
        client.link.is_some_and(|link| self.node.is_connected(link))
    }
}
