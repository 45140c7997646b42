//! Load on six nodes while masters are killed and paused and slots move: no wrong answer, every
//! error of a known kind, every lost acknowledged write inside a window that the specification
//! admits ("Redis Cluster is not able to guarantee strong consistency").
//!
//! Each thread owns its keys and writes rising numbers, so what a key holds says which of the
//! acknowledged writes are lost. `SLOTLAB_LOAD_SECONDS` sets the length (by default 20).
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use common::{Kind, Server, cli, redis_is_here, wait};

const THREADS: usize = 4;
const KEYS: usize = 64;

/// A span of time in which acknowledged writes may be lost, and why.
struct Window {
    from: Instant,
    /// `None` while it lasts.
    to: Option<Instant>,
    why: &'static str,
}

/// What the threads share.
struct Stage {
    ports: Vec<u16>,
    over: AtomicBool,
    windows: Mutex<Vec<Window>>,
    errors: Mutex<BTreeMap<&'static str, usize>>,
}

impl Stage {
    fn open(&self, why: &'static str) {
        // What was acknowledged just before may not have reached the replica.
        let from = Instant::now().checked_sub(Duration::from_secs(1)).unwrap();
        self.windows.lock().unwrap().push(Window { from, to: None, why });
    }

    fn close(&self) {
        for window in self.windows.lock().unwrap().iter_mut() {
            window.to.get_or_insert_with(Instant::now);
        }
    }

    fn admitted(&self, at: Instant) -> Option<&'static str> {
        let windows = self.windows.lock().unwrap();
        let inside = |w: &&Window| at >= w.from && w.to.is_none_or(|to| at <= to);
        windows.iter().find(inside).map(|w| w.why)
    }

    fn note(&self, kind: &'static str) {
        *self.errors.lock().unwrap().entry(kind).or_default() += 1;
    }
}

/// One connection; a reply that does not come in time is an error.
struct Link(BufReader<TcpStream>);

impl Link {
    fn open(port: u16) -> std::io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_millis(500)))?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    fn ask(&mut self, words: &[&str]) -> std::io::Result<String> {
        let mut text = format!("*{}\r\n", words.len());
        for word in words {
            text.push_str(&format!("${}\r\n{word}\r\n", word.len()));
        }
        self.0.get_mut().write_all(text.as_bytes())?;
        let mut line = String::new();
        if self.0.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim_end().to_owned();
        match line.strip_prefix('$').and_then(|n| n.parse::<usize>().ok()) {
            Some(len) => {
                let mut bytes = vec![0; len + 2];
                self.0.read_exact(&mut bytes)?;
                Ok(String::from_utf8_lossy(&bytes[..len]).into_owned())
            }
            None => Ok(line),
        }
    }
}

/// Follows redirections as a cluster client does.
struct Client<'a> {
    stage: &'a Stage,
    links: BTreeMap<u16, Link>,
    /// Where a key was last served.
    homes: BTreeMap<String, u16>,
    turn: usize,
}

impl Client<'_> {
    /// One command on a key: what it is answered in the end, or why there is no answer.
    fn ask(&mut self, words: &[&str]) -> Result<String, &'static str> {
        let key = words[1].to_owned();
        let mut asking = false;
        for _ in 0..8 {
            self.turn += 1;
            let any = self.stage.ports[self.turn % self.stage.ports.len()];
            let port = *self.homes.entry(key.clone()).or_insert(any);
            let answer = match self.once(port, asking, words) {
                Ok(answer) => answer,
                Err(why) => {
                    self.links.remove(&port);
                    self.homes.remove(&key);
                    return Err(why);
                }
            };
            let target = |line: &str| line.rsplit(':').next().and_then(|p| p.parse::<u16>().ok());
            asking = answer.starts_with("-ASK ");
            if asking {
                // The home stays: only this command goes elsewhere.
                let Some(port) = target(&answer) else { return Err("unknown redirection") };
                match self.once(port, true, words) {
                    Ok(answer) if !answer.starts_with('-') => return Ok(answer),
                    Ok(_) => self.stage.note("refused after ASK"),
                    Err(why) => return Err(why),
                }
                asking = false;
            } else if answer.starts_with("-MOVED ") {
                self.homes.insert(key.clone(), target(&answer).ok_or("unknown redirection")?);
            } else if let Some(error) = answer.strip_prefix('-') {
                self.homes.remove(&key);
                return Err(match error.split(' ').next().unwrap() {
                    "CLUSTERDOWN" => "CLUSTERDOWN",
                    "TRYAGAIN" => "TRYAGAIN",
                    "LOADING" => "LOADING",
                    "MASTERDOWN" => "MASTERDOWN",
                    "READONLY" => "READONLY",
                    _ => panic!("no error that a cluster under faults gives: {answer}"),
                });
            } else {
                return Ok(answer);
            }
        }
        Err("too many redirections")
    }

    fn once(&mut self, port: u16, asking: bool, words: &[&str]) -> Result<String, &'static str> {
        let link = match self.links.entry(port) {
            Entry::Occupied(open) => open.into_mut(),
            Entry::Vacant(none) => none.insert(Link::open(port).map_err(|_| "not connected")?),
        };
        if asking {
            link.ask(&["ASKING"]).map_err(|_| "link lost")?;
        }
        link.ask(words).map_err(|_| "link lost")
    }
}

/// What one thread did: for each key the acknowledged numbers with their times, and the highest
/// number that was ever tried.
#[derive(Default)]
struct Deeds(BTreeMap<String, (Vec<(u64, Instant)>, u64)>);

fn work(stage: &Stage, thread: usize) -> Deeds {
    let links = BTreeMap::new();
    let mut client = Client { stage, links, homes: BTreeMap::new(), turn: thread };
    let mut deeds = Deeds::default();
    let mut number = 0;
    while !stage.over.load(Ordering::Relaxed) {
        number += 1;
        let key = format!("t{thread}:{}", number as usize % KEYS);
        let (acked, tried) = deeds.0.entry(key.clone()).or_default();
        *tried = number;
        match client.ask(&["SET", &key, &number.to_string()]) {
            Ok(answer) => {
                assert_eq!(answer, "+OK");
                acked.push((number, Instant::now()));
            }
            Err(why) => stage.note(why),
        }
        if number.is_multiple_of(3)
            && let Ok(answer) = client.ask(&["GET", &key])
            && answer != "$-1"
        {
            let read: u64 = answer.parse().expect("a number that was written");
            assert!(read <= *tried, "{key} holds {read}, which nobody has written");
        }
    }
    deeds
}

fn cluster(kinds: [Kind; 6]) -> Vec<Server> {
    let nodes: Vec<Server> = kinds.into_iter().map(Server::cluster).collect();
    for node in &nodes {
        assert_eq!(node.ask(&["CONFIG", "SET", "repl-diskless-sync-delay", "0"]), "OK");
    }
    let addresses: Vec<String> = nodes.iter().map(Server::address).collect();
    let mut words = vec!["--cluster", "create"];
    words.extend(addresses.iter().map(String::as_str));
    words.extend(["--cluster-replicas", "1", "--cluster-yes"]);
    let said = cli(&words);
    assert!(said.contains("[OK] All 16384 slots covered."), "{said}");
    for node in &nodes {
        wait("every node says ok", || node.state_is_ok());
        wait("every replica has its master's data", || {
            let role = node.field(&["INFO", "replication"], "role");
            role == "master" || node.field(&["INFO", "replication"], "master_link_status") == "up"
        });
    }
    nodes
}

/// The masters among all nodes but one, which may not be asked now.
fn masters(nodes: &[Server], but: Option<usize>) -> Vec<usize> {
    let is_master = |i: &usize| {
        Some(*i) != but && nodes[*i].field(&["INFO", "replication"], "role") == "master"
    };
    (0..nodes.len()).filter(is_master).collect()
}

/// A replica has taken the place of a master that is away, and all others have seen it.
fn replaced(nodes: &[Server], victim: usize) {
    wait("a replica was promoted", || masters(nodes, Some(victim)).len() == 3);
    for (i, node) in nodes.iter().enumerate() {
        if i != victim {
            wait("the cluster is well again", || node.state_is_ok());
        }
    }
}

/// The former master follows its heir, and has its data.
fn follows(nodes: &[Server], victim: usize) {
    wait("it follows its heir", || {
        nodes[victim].field(&["INFO", "replication"], "master_link_status") == "up"
    });
    for node in nodes {
        wait("the cluster is well again", || node.state_is_ok());
    }
}

/// One round of everything that goes wrong.
fn faults(stage: &Stage, nodes: &mut [Server], round: usize) {
    let victim = masters(nodes, None)[round % 3];
    stage.open("a master was killed: from a second before to the promotion seen by all");
    nodes[victim].kill();
    replaced(nodes, victim);
    stage.close();
    nodes[victim].run();
    follows(nodes, victim);

    let victim = masters(nodes, None)[(round + 1) % 3];
    stage.open("a master was paused: it may serve again until it hears that it is none");
    nodes[victim].signal("STOP");
    replaced(nodes, victim);
    nodes[victim].signal("CONT");
    follows(nodes, victim);
    stage.close();

    let all = masters(nodes, None);
    let (from, to) = (nodes[all[0]].id(), nodes[all[1]].id());
    let door = nodes[all[0]].address();
    let moves = ["--cluster-from", &from, "--cluster-to", &to, "--cluster-slots", "200"];
    let said = cli(&[&["--cluster", "reshard", &door][..], &moves, &["--cluster-yes"]].concat());
    assert!(said.contains("Moving slot"), "{said}");
}

/// Every acknowledged write is there, or was acknowledged inside a window.
fn verify(stage: &Stage, deeds: Vec<Deeds>) {
    let links = BTreeMap::new();
    let mut client = Client { stage, links, homes: BTreeMap::new(), turn: 0 };
    let (mut kept, mut lost) = (0, BTreeMap::<&str, usize>::new());
    for (key, (acked, tried)) in deeds.into_iter().flat_map(|d| d.0) {
        let answer = client.ask(&["GET", &key]).expect("the cluster is well");
        let last: u64 = answer.parse().unwrap_or(0);
        assert!(last <= tried, "{key} holds {last}");
        for (number, at) in acked {
            if number <= last {
                kept += 1;
                continue;
            }
            let why = stage.admitted(at);
            *lost.entry(why.expect("a write lost outside of every window")).or_default() += 1;
        }
    }
    println!("acknowledged and kept: {kept}; lost: {lost:?}; errors: {:?}", stage.errors.lock());
    assert!(kept > 1000, "there was load");
}

fn run(kinds: [Kind; 6]) {
    let seconds = std::env::var("SLOTLAB_LOAD_SECONDS").ok().and_then(|s| s.parse().ok());
    let length = Duration::from_secs(seconds.unwrap_or(20));
    let mut nodes = cluster(kinds);
    let stage = Stage {
        ports: nodes.iter().map(|node| node.port).collect(),
        over: AtomicBool::new(false),
        windows: Mutex::default(),
        errors: Mutex::default(),
    };
    let began = Instant::now();
    let deeds: Vec<Deeds> = std::thread::scope(|scope| {
        let stage = &stage;
        let threads: Vec<_> = (0..THREADS).map(|t| scope.spawn(move || work(stage, t))).collect();
        let mut round = 0;
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            while round == 0 || began.elapsed() < length {
                faults(stage, &mut nodes, round);
                round += 1;
            }
        }));
        // Whatever happened, the load must end before the scope does.
        stage.over.store(true, Ordering::Relaxed);
        let deeds = threads.into_iter().map(|t| t.join().unwrap()).collect();
        done.unwrap();
        deeds
    });
    verify(&stage, deeds);
    agree(&nodes);
}

/// All nodes of both kinds see the same owner of every slot, with the same epoch.
fn agree(nodes: &[Server]) {
    let view = |node: &Server| {
        let mut lines: Vec<String> = node
            .ask(&["CLUSTER", "NODES"])
            .lines()
            .map(|line| {
                let words: Vec<&str> = line.split(' ').collect();
                let role = words[2].trim_start_matches("myself,");
                format!("{} {role} {} {} {}", words[0], words[3], words[6], words[8..].join(" "))
            })
            .collect();
        lines.sort();
        lines
    };
    wait("all agree on every slot, role and epoch", || {
        let first = view(&nodes[0]);
        nodes.iter().all(|node| view(node) == first)
    });
    let check = cli(&["--cluster", "check", &nodes[0].address()]);
    assert!(check.contains("[OK] All nodes agree about slots configuration."), "{check}");
    assert!(check.contains("[OK] All 16384 slots covered."), "{check}");
}

#[test]
fn a_native_cluster_keeps_what_it_may_not_lose() {
    if redis_is_here() {
        run([Kind::Ours; 6]);
    }
}

#[test]
fn a_mixed_cluster_keeps_what_it_may_not_lose_and_agrees() {
    if redis_is_here() {
        run([Kind::Ours, Kind::Real, Kind::Ours, Kind::Real, Kind::Ours, Kind::Real]);
    }
}
