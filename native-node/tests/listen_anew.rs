//! CONFIG SET port and bind: the server really listens elsewhere, old connections stay, and when it
//! cannot, everything is as it was. A real redis-server answers, serves and logs the same.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{IpAddr, TcpListener, TcpStream};
use std::time::Duration;

use common::{Kind, Server, free_port, redis_is_here, wait};

/// One connection for all questions: it outlives the ports.
struct Client(BufReader<TcpStream>);

impl Client {
    fn open(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        Self(BufReader::new(stream))
    }

    /// The first line of the answer.
    fn ask(&mut self, line: &str) -> String {
        self.0.get_mut().write_all(format!("{line}\r\n").as_bytes()).unwrap();
        let mut answer = String::new();
        self.0.read_line(&mut answer).unwrap();
        answer.trim_end().to_owned()
    }
}

/// Whether somebody answers there.
fn serves(ip: &str, port: u16) -> bool {
    let ip: IpAddr = ip.parse().unwrap();
    let Ok(mut stream) = TcpStream::connect((ip, port)) else { return false };
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.write_all(b"PING\r\n").unwrap();
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).unwrap();
    answer == "+PONG\r\n"
}

/// What was warned of, with the ports' names in place of their numbers.
fn warnings(server: &Server, names: &[(u16, &str)]) -> Vec<String> {
    let log = server.log();
    let about = ["socket", "bind", "Restoring"];
    log.lines()
        .filter_map(|line| line.split_once(" # ").map(|(_, words)| words.to_owned()))
        .filter(|words| about.iter().any(|about| words.contains(about)))
        .map(|words| names.iter().fold(words, |w, (n, name)| w.replace(&n.to_string(), name)))
        .collect()
}

fn story(kind: Kind) -> (Vec<String>, Vec<String>) {
    let server = Server::start(kind, &["--save", ""]);
    let (old, new, busy) = (server.port, free_port(), free_port());
    let _busy = TcpListener::bind(("127.0.0.1", busy)).unwrap();
    let mut client = Client::open(old);
    let mut seen = Vec::new();
    let mut step = |client: &mut Client, line: &str| {
        let answer = client.ask(line);
        let who = [(old, "127.0.0.1"), (new, "127.0.0.1"), (old, "127.0.0.2"), (new, "127.0.0.2")]
            .map(|(port, ip)| serves(ip, port));
        let line = line.replace(&new.to_string(), "NEW").replace(&busy.to_string(), "BUSY");
        let line = line.replace(&old.to_string(), "OLD");
        seen.push(format!("{line}: {answer} {who:?}"));
    };
    step(&mut client, "PING");
    step(&mut client, &format!("CONFIG SET port {busy}"));
    step(&mut client, "CONFIG SET bind 192.0.2.77");
    step(&mut client, "CONFIG SET bind nosuch.invalid");
    step(&mut client, "CONFIG SET bind \"127.0.0.2 -192.0.2.77\"");
    step(&mut client, &format!("CONFIG SET port {new} bind 127.0.0.1"));
    step(&mut client, &format!("CONFIG SET maxmemory 100mb bind 127.0.0.1 port {busy}"));
    step(&mut client, &format!("CONFIG SET port {busy} bind \"127.0.0.1 127.0.0.2\""));
    step(&mut client, "CONFIG SET port 70000");
    step(&mut client, "CONFIG SET port x");
    step(&mut client, "CONFIG SET port 0");
    step(&mut client, "CONFIG SET bind \"127.0.0.1 127.0.0.2\"");
    step(&mut client, &format!("CONFIG SET port {new}"));
    step(&mut client, "CONFIG SET bind \"\"");
    step(&mut client, "CONFIG SET bind *");
    step(&mut client, &format!("CONFIG SET port {old} bind 127.0.0.1"));
    // More connections than one, through ports that were opened anew.
    let many: Vec<TcpStream> =
        (0..50).map(|_| TcpStream::connect(("127.0.0.1", old)).unwrap()).collect();
    wait("all are there", || server.field(&["INFO", "clients"], "connected_clients") == "52");
    drop(many);
    seen.push(server.ask(&["CONFIG", "GET", "maxmemory"]));
    seen.push(server.ask(&["CONFIG", "GET", "bind"]));
    (seen, warnings(&server, &[(old, "OLD"), (new, "NEW"), (busy, "BUSY")]))
}

#[test]
fn config_set_listens_anew_or_leaves_all_as_it_was() {
    if !redis_is_here() {
        return;
    }
    let [ours, real] = [Kind::Ours, Kind::Real].map(story);
    assert_eq!(ours.0, real.0);
    assert_eq!(ours.1, real.1);
    assert!(ours.1.len() > 8, "{:?}", ours.1);
}

/// 7.0.15 leaves the bus where it is, and goes on showing the port with which it was born.
#[test]
fn the_bus_stays_where_it_is() {
    if !redis_is_here() {
        return;
    }
    let seen = [Kind::Ours, Kind::Real].map(|kind| {
        let server = Server::cluster(kind);
        let (old, new) = (server.port, free_port());
        let mut client = Client::open(old);
        let said = client.ask(&format!("CONFIG SET port {new}"));
        assert!(serves("127.0.0.1", new) && !serves("127.0.0.1", old), "{kind:?}");
        let bus = TcpStream::connect(("127.0.0.1", old + 10_000)).is_ok();
        let moved = TcpStream::connect(("127.0.0.1", new + 10_000)).is_ok();
        let nodes = common::cli(&["-p", &new.to_string(), "CLUSTER", "NODES"]);
        let at = nodes.split(' ').nth(1).unwrap().to_owned();
        let at = at.replace(&old.to_string(), "OLD").replace(&(old + 10_000).to_string(), "BUS");
        (said, bus, moved, at.replace(&new.to_string(), "NEW"))
    });
    assert_eq!(seen[0], seen[1]);
}
