//! PSYNC between a node and a real redis-server 7.0.15, in both directions, over real sockets.

// Real processes have real sockets and real time.
#![allow(clippy::disallowed_types, clippy::disallowed_methods)]

mod real;

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant, SystemTime};

use engine_base::{LinkId, Mono, Now, Seed, UnixMs};
use engine_node::{Action, Boot, BootDisk, Config, Listener, Node};
use real::{Folder, Real, request};

const OPTIONS: [&str; 4] = ["--repl-diskless-sync-delay", "0", "--enable-debug-command", "yes"];

struct NoFiles;

impl BootDisk for NoFiles {
    fn read(&self, _: &str) -> Option<Vec<u8>> {
        None
    }
}

/// A node with the least that moves its bytes.
struct Host {
    node: Node,
    listener: TcpListener,
    links: BTreeMap<LinkId, (TcpStream, Vec<u8>)>,
    born: Instant,
    client: LinkId,
}

impl Host {
    fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        listener.set_nonblocking(true).expect("not blocking");
        let port = listener.local_addr().expect("an address").port().to_string();
        let mut options = vec!["--save", "", "--port", &port];
        options.extend_from_slice(&OPTIONS);
        let config = Config::parse("", &options).expect("directives");
        let born = Instant::now();
        let now = at(born);
        let seed = Seed::from_number(1);
        let boot = Boot { config, config_file: None, pid: 1, seed, disk: &NoFiles, now };
        let mut node = Node::boot(boot).expect("boots");
        let here = SocketAddr::from(([127, 0, 0, 1], 1));
        let client = node.accept(now, Listener::Client, here, here);
        Self { node, listener, links: BTreeMap::new(), born, client }
    }

    fn port(&self) -> u16 {
        self.listener.local_addr().expect("an address").port()
    }

    fn ask(&mut self, words: &[&str]) -> Vec<u8> {
        let now = at(self.born);
        self.node.handle_bytes(now, self.client, &request(words));
        let out = self.node.output(self.client).to_vec();
        self.node.handle_flushed(now, self.client, out.len());
        self.turn();
        out
    }

    /// Moves all that can move now.
    fn turn(&mut self) {
        let now = at(self.born);
        if let Ok((stream, peer)) = self.listener.accept() {
            stream.set_nonblocking(true).expect("not blocking");
            let local = stream.local_addr().expect("an address");
            let link = self.node.accept(now, Listener::Client, peer, local);
            self.links.insert(link, (stream, Vec::new()));
        }
        if self.node.next_deadline().at <= now.mono {
            self.node.handle_timeout(now);
        }
        for link in self.links.keys().copied().collect::<Vec<_>>() {
            let mut bytes = [0; 16384];
            let Some((stream, queue)) = self.links.get_mut(&link) else { continue };
            let sent = stream.write(queue).unwrap_or(0);
            queue.drain(..sent);
            match stream.read(&mut bytes) {
                Ok(0) => {
                    self.links.remove(&link);
                    self.node.handle_closed(now, link);
                }
                Ok(n) => self.node.handle_bytes(now, link, &bytes[..n]),
                Err(_) => {}
            }
            self.act(now);
        }
        self.act(now);
    }

    fn act(&mut self, now: Now) {
        while let Some(action) = self.node.poll_action() {
            match action {
                Action::Dial { link, to, .. } => {
                    let stream = TcpStream::connect(to).expect("the master listens");
                    stream.set_nonblocking(true).expect("not blocking");
                    let local = stream.local_addr().expect("an address");
                    self.links.insert(link, (stream, Vec::new()));
                    self.node.handle_dialed(now, link, Ok(local));
                }
                Action::Send { link, bytes } => self.queue(link, &bytes),
                Action::Flush { link } if link != self.client => {
                    let out = self.node.output(link).to_vec();
                    self.queue(link, &out);
                    self.node.handle_flushed(now, link, out.len());
                }
                Action::Close { link, .. } => {
                    self.links.remove(&link);
                }
                // Nobody reads the files of this test.
                Action::Disk { id, .. } => self.node.handle_disk(now, id, Ok(())),
                _ => {}
            }
        }
    }

    fn queue(&mut self, link: LinkId, bytes: &[u8]) {
        if let Some((_, queue)) = self.links.get_mut(&link) {
            queue.extend_from_slice(bytes);
        }
    }

    /// Runs until this holds.
    fn until(&mut self, what: &str, mut holds: impl FnMut(&mut Self) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !holds(self) {
            self.turn();
            assert!(Instant::now() < deadline, "in vain: {what}");
            std::thread::yield_now();
        }
    }
}

fn at(born: Instant) -> Now {
    let unix = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    let mono = Mono::from_millis(u64::try_from(born.elapsed().as_millis()).expect("short"));
    Now { mono, unix: UnixMs(i64::try_from(unix.as_millis()).expect("before the end of time")) }
}

fn write_some(mut ask: impl FnMut(&[&str]) -> Vec<u8>, round: usize) {
    for i in 0..200 {
        let text = format!("{round}-{i}-{}", "x".repeat(i * 3));
        let n = i.to_string();
        let key = format!("s{}", i % 50);
        for words in [
            &["SET", &key, &text][..],
            &["RPUSH", "list", &text],
            &["HSET", "hash", &n, &text[..text.len().min(20)]],
            &["SADD", "ints", &n],
            &["ZADD", "zset", &n, &text[..text.len().min(9)]],
            &["INCR", "counter"],
        ] {
            let reply = ask(words);
            assert!(!reply.starts_with(b"-"), "{words:?}: {}", reply.escape_ascii());
        }
    }
}

/// Keys whose payload does not depend on the order of a table.
const KEYS: [&str; 6] = ["s0", "s49", "list", "ints", "zset", "counter"];

fn same(real: &mut Real, host: &mut Host) {
    assert_eq!(real.ask(&["DEBUG", "DIGEST"]), host.ask(&["DEBUG", "DIGEST"]));
    for key in KEYS {
        let (a, b) = (real.ask(&["DUMP", key]), host.ask(&["DUMP", key]));
        assert!(a.len() > 10, "{key} is there");
        assert_eq!(a.escape_ascii().to_string(), b.escape_ascii().to_string(), "{key}");
    }
}

fn has(reply: &[u8], line: &str) -> bool {
    String::from_utf8_lossy(reply).lines().any(|l| l == line)
}

fn real_server(folder: &Folder) -> Option<Real> {
    let real = Real::start(&folder.0, &OPTIONS);
    if real.is_none() {
        eprintln!("skipped: redis-server is not installed (CI installs it)");
    }
    real
}

#[test]
fn a_node_follows_redis_and_takes_its_place_without_a_full_sync() {
    let folder = Folder::new("follow");
    let Some(mut real) = real_server(&folder) else { return };
    let mut host = Host::start();
    write_some(|words| real.ask(words), 0);
    let port = real.port.to_string();
    assert_eq!(host.ask(&["REPLICAOF", "127.0.0.1", &port]), b"+OK\r\n");
    host.until("the link comes up", |h| {
        has(&h.ask(&["INFO", "replication"]), "master_link_status:up")
    });
    write_some(|words| real.ask(words), 1);
    let last = real.ask(&["GET", "counter"]);
    host.until("all writes arrive", |h| h.ask(&["GET", "counter"]) == last);
    same(&mut real, &mut host);

    assert_eq!(host.ask(&["REPLICAOF", "NO", "ONE"]), b"+OK\r\n");
    write_some(|words| host.ask(words), 2);
    let port = host.port().to_string();
    assert_eq!(real.ask(&["REPLICAOF", "127.0.0.1", &port]), b"+OK\r\n");
    let last = host.ask(&["GET", "counter"]);
    host.until("all writes arrive", |_| real.ask(&["GET", "counter"]) == last);
    same(&mut real, &mut host);
    let stats = host.ask(&["INFO", "stats"]);
    assert!(has(&stats, "sync_partial_ok:1") && has(&stats, "sync_full:0"));
}

#[test]
fn redis_follows_a_node() {
    for diskless in ["yes", "no"] {
        let folder = Folder::new(&format!("lead-{diskless}"));
        let Some(mut real) = real_server(&folder) else { return };
        let mut host = Host::start();
        host.ask(&["CONFIG", "SET", "repl-diskless-sync", diskless]);
        write_some(|words| host.ask(words), 0);
        let port = host.port().to_string();
        assert_eq!(real.ask(&["REPLICAOF", "127.0.0.1", &port]), b"+OK\r\n");
        host.until("the link comes up", |_| {
            has(&real.ask(&["INFO", "replication"]), "master_link_status:up")
        });
        write_some(|words| host.ask(words), 1);
        let last = host.ask(&["GET", "counter"]);
        host.until("all writes arrive", |_| real.ask(&["GET", "counter"]) == last);
        same(&mut real, &mut host);
        host.until("the replica says so", |h| {
            let info = String::from_utf8_lossy(&h.ask(&["INFO", "replication"])).into_owned();
            let field = |name: &str| {
                let line = info.lines().find(|l| l.contains(name))?;
                line.split(name).nth(1)?.split(',').next().map(str::to_owned)
            };
            field("state=online,offset=") == field("master_repl_offset:")
        });
    }
}
