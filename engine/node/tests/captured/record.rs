//! Records the whole bus traffic of six real redis-servers. Each announces the ports of a small
//! proxy as its own, so that all links between them pass through here.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use engine_bus::Frames;

use crate::real::request;
use crate::story::{Event, NODES, Port, Story, What};
use crate::view::{believed, reply_len};

/// The servers' own client ports begin here, then their bus ports, then what they announce.
pub const BASE: u16 = 24_100;
/// The directives of every node, in the recording and when it is played.
pub const DIRECTIVES: [&str; 8] = [
    "--cluster-enabled",
    "yes",
    "--cluster-node-timeout",
    "1500",
    "--repl-diskless-sync-delay",
    "0",
    "--save",
    "",
];

fn client_port(node: usize) -> u16 {
    BASE + node as u16
}

fn bus_port(node: usize) -> u16 {
    BASE + 10 + node as u16
}

/// What a node says that its ports are.
pub fn announced(node: usize, port: Port) -> u16 {
    match port {
        Port::Client => BASE + 20 + node as u16,
        Port::Bus => BASE + 30 + node as u16,
    }
}

/// The directives that differ by node.
pub fn own_directives(node: usize) -> Vec<String> {
    [
        ("--port", client_port(node)),
        ("--cluster-port", bus_port(node)),
        ("--cluster-announce-port", announced(node, Port::Client)),
        ("--cluster-announce-bus-port", announced(node, Port::Bus)),
    ]
    .into_iter()
    .flat_map(|(name, port)| [name.to_owned(), port.to_string()])
    .collect()
}

struct Tape {
    began: Instant,
    events: Mutex<Vec<Event>>,
    links: AtomicUsize,
    /// Who moves keys now: MIGRATE does not bind its side of the link.
    moving: AtomicUsize,
}

impl Tape {
    fn now(&self) -> u64 {
        self.began.elapsed().as_micros() as u64
    }

    fn push(&self, what: What) {
        let mut events = self.events.lock().unwrap();
        let at = self.now();
        events.push(Event { at, what });
    }
}

/// Stands in front of one port of one node.
fn stand_in(tape: &Arc<Tape>, node: usize, port: Port) {
    let listener = TcpListener::bind(("127.0.0.1", announced(node, port))).unwrap();
    let target = match port {
        Port::Client => client_port(node),
        Port::Bus => bus_port(node),
    };
    let tape = Arc::clone(tape);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let near = stream.unwrap();
            let Ok(far) = TcpStream::connect(("127.0.0.1", target)) else { continue };
            let from = match near.peer_addr().map(|at| at.ip()) {
                Ok(IpAddr::V4(ip)) if ip.octets()[3] >= 10 => usize::from(ip.octets()[3] - 10),
                _ => tape.moving.load(Ordering::SeqCst),
            };
            let link = tape.links.fetch_add(1, Ordering::SeqCst);
            tape.push(What::Open { link, from, to: node, port });
            let ends = [near, far].map(|s| (s.try_clone().unwrap(), s));
            let [(near, near2), (far, far2)] = ends;
            for (read, write, back) in [(near, far, false), (far2, near2, true)] {
                let tape = Arc::clone(&tape);
                std::thread::spawn(move || pump(&tape, link, port, back, read, write));
            }
        }
    });
}

fn pump(tape: &Tape, link: usize, port: Port, back: bool, mut read: TcpStream, to: TcpStream) {
    let mut frames = Frames::new();
    let mut buffer = vec![0; 1 << 16];
    while let Ok(n @ 1..) = read.read(&mut buffer) {
        let mut input = &buffer[..n];
        let pass = |bytes: &[u8]| {
            tape.push(What::Bytes { link, back, bytes: bytes.to_vec() });
            (&to).write_all(bytes)
        };
        let passed = match port {
            Port::Client => pass(input),
            Port::Bus => std::iter::from_fn(|| frames.next(&mut input).unwrap())
                .try_for_each(|frame| pass(&frame)),
        };
        if passed.is_err() {
            break;
        }
    }
    if back {
        tape.push(What::Closed { link });
    }
    let _ = read.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

/// Six servers and the operator's connection to each.
pub struct Cluster<'a> {
    tape: Arc<Tape>,
    folder: &'a Path,
    began: u64,
    nodes: Vec<Option<(Child, TcpStream)>>,
    pub ids: Vec<String>,
}

impl<'a> Cluster<'a> {
    pub fn start(folder: &'a Path) -> Self {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let tape = Arc::new(Tape {
            began: Instant::now(),
            events: Mutex::default(),
            links: AtomicUsize::new(0),
            moving: AtomicUsize::new(0),
        });
        for node in 0..NODES {
            stand_in(&tape, node, Port::Client);
            stand_in(&tape, node, Port::Bus);
        }
        let nodes = (0..NODES).map(|_| None).collect();
        let began = unix.as_millis() as u64;
        let mut cluster = Self { tape, folder, began, nodes, ids: Vec::new() };
        for node in 0..NODES {
            cluster.run(node);
        }
        cluster
    }

    /// Starts a process (again).
    pub fn run(&mut self, node: usize) {
        let at = self.tape.now();
        let dir = self.folder.join(node.to_string());
        std::fs::create_dir_all(&dir).unwrap();
        let source = Ipv4Addr::new(127, 0, 0, 10 + node as u8).to_string();
        let child = Command::new("redis-server")
            .args(own_directives(node))
            .args(DIRECTIVES)
            .args(["--bind", "127.0.0.1", "--bind-source-addr", &source, "--dir"])
            .arg(&dir)
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server 7.0.15 is installed");
        let stream =
            until("it listens", || TcpStream::connect(("127.0.0.1", client_port(node))).ok());
        self.nodes[node] = Some((child, stream));
        let id = self.peek(node, &["CLUSTER", "MYID"]).split_off(5);
        let id = id.trim_end().to_owned();
        let start = What::Start { node, id: id.clone().into_bytes() };
        self.tape.events.lock().unwrap().push(Event { at, what: start });
        if self.ids.len() == node {
            self.ids.push(id);
        }
    }

    /// `kill -9`.
    pub fn kill(&mut self, node: usize) {
        let (mut child, _) = self.nodes[node].take().unwrap();
        self.tape.push(What::Kill { node });
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Asks without a word in the recording.
    pub fn peek(&mut self, node: usize, words: &[&str]) -> String {
        let (_, stream) = self.nodes[node].as_mut().expect("a running node");
        stream.write_all(&request(words)).unwrap();
        let mut reply = Vec::new();
        let mut buffer = [0; 4096];
        while reply_len(&reply) != Some(reply.len()) {
            let n = stream.read(&mut buffer).unwrap();
            assert!(n > 0, "{words:?} was not answered");
            reply.extend_from_slice(&buffer[..n]);
        }
        String::from_utf8(reply).unwrap()
    }

    /// Does what the operator does.
    pub fn command(&mut self, node: usize, words: &[&str]) -> String {
        if words[0] == "MIGRATE" {
            self.tape.moving.store(node, Ordering::SeqCst);
        }
        self.tape.push(What::Command { node, request: request(words) });
        let reply = self.peek(node, words);
        self.tape.push(What::Reply { node, reply: reply.clone().into_bytes() });
        reply
    }

    pub fn ok(&mut self, node: usize, words: &[&str]) {
        assert_eq!(self.command(node, words), "+OK\r\n", "{words:?}");
    }

    pub fn alive(&self) -> Vec<usize> {
        (0..NODES).filter(|node| self.nodes[*node].is_some()).collect()
    }

    /// Waits until every living node's view of the nodes holds.
    pub fn wait(&mut self, what: &str, holds: impl Fn(&str) -> bool) {
        until(what, || {
            let all = self.alive().into_iter().all(|node| {
                let nodes = self.peek(node, &["CLUSTER", "NODES"]);
                holds(&nodes)
            });
            all.then_some(())
        });
    }

    /// Waits until all living nodes believe the same, and have it so for a while: longer than
    /// clusterCron's period, since a node that plays this ticks at other moments.
    pub fn settle(&mut self) {
        let (mut since, mut last) = (Instant::now(), Vec::new());
        until("they agree", || {
            let views: Vec<_> = self
                .alive()
                .into_iter()
                .map(|node| {
                    let text = self.peek(node, &["CLUSTER", "NODES"]);
                    let state = self.peek(node, &["CLUSTER", "INFO"]);
                    (believed(&text.replace("myself,", "")), state.contains("cluster_state:ok"))
                })
                .collect();
            let agreed = views.iter().all(|view| *view == views[0]);
            if !agreed || views != last {
                (since, last) = (Instant::now(), views);
            }
            (since.elapsed() > Duration::from_millis(250)).then_some(())
        });
    }

    /// Waits until every living node says that all slots are served.
    pub fn healthy(&mut self) {
        let alive = self.alive();
        until("all is well", || {
            let well = |node| self.peek(node, &["CLUSTER", "INFO"]).contains("cluster_state:ok");
            alive.iter().copied().all(well).then_some(())
        });
    }

    /// What every living node believes at this moment.
    pub fn snapshot(&mut self) {
        for node in self.alive() {
            self.command(node, &["CLUSTER", "NODES"]);
        }
        for node in self.alive() {
            self.command(node, &["CLUSTER", "INFO"]);
        }
    }

    /// Ends the servers; the recording.
    pub fn finish(self) -> Story {
        let mut events = std::mem::take(&mut *self.tape.events.lock().unwrap());
        events.sort_by_key(|event| event.at);
        let [client_port, bus_port] = [Port::Client, Port::Bus].map(|port| announced(0, port));
        Story { began: self.began, client_port, bus_port, events }
    }
}

impl Drop for Cluster<'_> {
    fn drop(&mut self) {
        for (child, _) in self.nodes.iter_mut().flatten() {
            // One that has ended already is what is wanted.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn until<T>(what: &str, mut done: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(value) = done() {
            return value;
        }
        assert!(Instant::now() < deadline, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
