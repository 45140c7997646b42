//! Clients that mean no good, or are only slow: what they are told, that they cost bounded memory,
//! and that others are served meanwhile. Where it says something, a real redis-server says the same.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::io::{Read, Write};
use std::net::{IpAddr, Shutdown, TcpStream, UdpSocket};
use std::time::Duration;

use common::{Kind, Server, redis_is_here, wait};
use rustix::process::{Resource, getrlimit, setrlimit};

fn connect(server: &Server) -> TcpStream {
    connect_to("127.0.0.1".parse().unwrap(), server.port)
}

fn connect_to(ip: IpAddr, port: u16) -> TcpStream {
    let stream = TcpStream::connect((ip, port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

/// Sends bytes, says that no more will come, and reads all that is answered.
fn answer(mut stream: TcpStream, bytes: &[u8]) -> String {
    // The server may close before it has taken everything.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(Shutdown::Write);
    let mut all = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(n @ 1..) = stream.read(&mut piece) {
        all.extend_from_slice(&piece[..n]);
    }
    String::from_utf8_lossy(&all).into_owned()
}

/// As many open files as this process may have.
fn raise_open_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // With fewer there are fewer idle clients.
    let _ = setrlimit(Resource::Nofile, limit);
}

fn resident_kb(server: &Server) -> u64 {
    let pid = server.field(&["INFO", "server"], "process_id");
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = text.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn nothing_runs_before_auth_and_little_is_read() {
    if !redis_is_here() {
        return;
    }
    let options = ["--requirepass", "secret", "--save", ""];
    let servers = [Kind::Ours, Kind::Real].map(|kind| Server::start(kind, &options));
    let long = [b"*2\r\n$4\r\nPING\r\n$16385\r\n".as_slice(), &[b'x'; 100]].concat();
    let cases: [&[u8]; 16] = [
        b"PING\r\n",
        b"*1\r\n$4\r\nPING\r\n",
        b"SET k v\r\nGET k\r\n",
        b"HELLO\r\n",
        b"HELLO 3\r\n",
        b"HELLO 3 AUTH default wrong\r\n",
        b"AUTH wrong\r\n",
        b"AUTH a b c\r\n",
        b"MULTI\r\nEXEC\r\n",
        b"SUBSCRIBE c\r\n",
        b"CONFIG GET requirepass\r\n",
        b"PSYNC ? -1\r\n",
        b"*11\r\n",
        &long,
        b"nosuchcommand\r\n",
        b"AUTH secret\r\nPING\r\n",
    ];
    for bytes in cases {
        let [ours, real] = servers.each_ref().map(|server| answer(connect(server), bytes));
        assert_eq!(ours, real, "{}", bytes.escape_ascii());
        assert!(!ours.is_empty(), "{}", bytes.escape_ascii());
    }
}

#[test]
fn who_says_no_more_in_the_same_moment_still_reads_its_answers() {
    if !redis_is_here() {
        return;
    }
    for kind in [Kind::Ours, Kind::Real] {
        let server = Server::start(kind, &["--save", ""]);
        // Both the request and its end are there when the server next looks.
        let mut stream = connect(&server);
        server.signal("STOP");
        stream.write_all(b"SET k v\r\nGET k\r\n").unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        server.signal("CONT");
        let mut answers = String::new();
        stream.read_to_string(&mut answers).unwrap();
        assert_eq!(answers, "+OK\r\n$1\r\nv\r\n", "{kind:?}");
    }
}

#[test]
fn broken_requests_end_as_at_a_real_server() {
    if !redis_is_here() {
        return;
    }
    let servers = [Kind::Ours, Kind::Real].map(|kind| Server::start(kind, &["--save", ""]));
    let nested = b"*1\r\n".repeat(10_000);
    let line = [b"PING ".as_slice(), &[b'x'; 70_000]].concat();
    let cases: [&[u8]; 12] = [
        b"*1\r\n$536870913\r\n",
        b"*2147483648\r\n",
        b"*1048577\r\n$1\r\n",
        b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$99999999999999999999\r\n",
        b"*-5\r\nPING\r\n",
        b"*1\r\n$-1\r\n",
        b"*1\r\n:1\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\n\r\nPING\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n",
        b"SET k \"unbalanced\r\n",
        &nested,
        &line,
    ];
    for bytes in cases {
        let [ours, real] = servers.each_ref().map(|server| answer(connect(server), bytes));
        let shown = bytes[..bytes.len().min(60)].escape_ascii();
        assert_eq!(ours, real, "{shown}");
        assert_eq!(servers[0].ask(&["PING"]), "PONG", "{shown}");
    }
}

#[test]
fn a_stranger_from_afar_is_turned_away_in_protected_mode() {
    if !redis_is_here() {
        return;
    }
    // The address that this host has towards others; nothing is sent.
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    let here = socket.connect("192.0.2.1:9").and_then(|()| socket.local_addr());
    let Some(ip) = here.ok().map(|a| a.ip()).filter(|ip| !ip.is_loopback()) else {
        println!("skipped: this host has no address but loopback");
        return;
    };
    let servers = [Kind::Ours, Kind::Real]
        .map(|kind| Server::start(kind, &["--save", "", "--bind", "0.0.0.0"]));
    let [ours, real] =
        servers.each_ref().map(|server| answer(connect_to(ip, server.port), b"PING\r\n"));
    assert_eq!(ours, real);
    assert!(ours.starts_with("-DENIED "), "{ours}");
    for server in &servers {
        assert_eq!(server.ask(&["CONFIG", "SET", "protected-mode", "no"]), "OK");
        assert_eq!(answer(connect_to(ip, server.port), b"PING\r\n"), "+PONG\r\n");
    }
}

#[test]
fn idle_and_slow_clients_cost_little_memory() {
    if !redis_is_here() {
        return;
    }
    raise_open_files();
    let server = Server::start(Kind::Ours, &["--save", "", "--maxclients", "20000"]);
    let most: usize = server
        .ask(&["CONFIG", "GET", "maxclients"])
        .lines()
        .last()
        .map_or(0, |n| n.parse().unwrap());
    let before = resident_kb(&server);
    // As many as this process may open.
    let mut idle = Vec::new();
    while idle.len() < 10_600.min(most - 600) {
        match TcpStream::connect(("127.0.0.1", server.port)) {
            Ok(stream) => idle.push(stream),
            Err(_) => break,
        }
    }
    idle.truncate(idle.len().saturating_sub(600).max(300));
    let count = idle.len() as u64;
    wait("all are there", || {
        let clients = server.field(&["INFO", "clients"], "connected_clients");
        clients.parse::<u64>().unwrap_or(0) >= count
    });
    let each = (resident_kb(&server).saturating_sub(before)) * 1024 / count;
    println!("{count} idle clients: {each} bytes each");
    assert!(each < 4096, "{each} bytes for an idle client");
    // Ten thousand, unless the machine allows fewer files.
    let allowed = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    assert!(count >= 10_000 || count + 1_300 > allowed.min(most as u64), "{count} of {allowed}");

    // Each begins a megabyte and sends little of it.
    let before = resident_kb(&server);
    let mut slow: Vec<TcpStream> = (0..300).map(|_| connect(&server)).collect();
    for stream in &mut slow {
        stream.write_all(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1048576\r\nxx").unwrap();
    }
    for _ in 0..50 {
        for stream in &mut slow {
            stream.write_all(b"x").unwrap();
        }
    }
    assert_eq!(server.ask(&["PING"]), "PONG", "others are served");
    let grown = resident_kb(&server).saturating_sub(before);
    assert!(grown < 20 * 1024, "{grown} KB for 300 slow clients");

    // What is announced is not yet there: a million words of half a gigabyte each.
    let before = resident_kb(&server);
    let mut boasters: Vec<TcpStream> = (0..200).map(|_| connect(&server)).collect();
    for stream in &mut boasters {
        stream.write_all(b"*1048576\r\n$3\r\nSET\r\n$536870912\r\nx").unwrap();
    }
    assert_eq!(server.ask(&["PING"]), "PONG", "others are served");
    let grown = resident_kb(&server).saturating_sub(before);
    assert!(grown < 20 * 1024, "{grown} KB for 200 that announce much");
    assert_eq!(boasters.len(), 200);
}

#[test]
fn who_does_not_read_is_closed_at_the_limit() {
    if !redis_is_here() {
        return;
    }
    for kind in [Kind::Ours, Kind::Real] {
        let limits = "normal 20mb 0 0 pubsub 20mb 0 0";
        let server = Server::start(kind, &["--save", "", "--client-output-buffer-limit", limits]);
        let value = "x".repeat(1 << 20);
        let set = format!("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${}\r\n{value}\r\n", value.len());
        assert_eq!(answer(connect(&server), set.as_bytes()), "+OK\r\n");
        let mut greedy = connect(&server);
        greedy.write_all("GET k\r\n".repeat(100).as_bytes()).unwrap();
        let said = |what: &str| server.log().lines().filter(|line| line.contains(what)).count();
        let end = "overcoming of output buffer limits.";
        wait("the greedy one is closed", || said(end) == 1);

        let mut deaf = connect(&server);
        deaf.write_all(b"SUBSCRIBE c\r\n").unwrap();
        wait("it listens", || server.ask(&["PUBSUB", "NUMSUB", "c"]).ends_with('1'));
        let publish = format!("*3\r\n$7\r\nPUBLISH\r\n$1\r\nc\r\n${}\r\n{value}\r\n", value.len());
        assert!(answer(connect(&server), publish.repeat(60).as_bytes()).starts_with(":1\r\n"));
        wait("the deaf one is closed", || said(end) == 2);
        let log = server.log();
        let line = log.lines().rfind(|line| line.contains(end)).unwrap();
        assert!(line.contains(" # Client id="), "{line}");
        assert!(line.contains(" scheduled to be closed ASAP for overcoming"), "{line}");
        assert!(line.contains(" cmd=subscribe "), "{line}");
        wait("its channel is empty", || server.ask(&["PUBSUB", "NUMSUB", "c"]).ends_with('0'));
    }
}

#[test]
fn the_bus_listens_to_no_stranger() {
    if !redis_is_here() {
        return;
    }
    let server = Server::cluster(Kind::Ours);
    assert_eq!(server.ask(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]), "OK");
    wait("it serves", || server.state_is_ok());
    let before = resident_kb(&server);
    let own: IpAddr = "127.0.0.1".parse().unwrap();
    let mut endless = b"RCmb".to_vec();
    endless.extend_from_slice(&u32::MAX.to_be_bytes());
    endless.resize(2256, 0);
    let requests: [&[u8]; 4] =
        [b"GET / HTTP/1.1\r\n\r\n", b"RCmb\0\0\0\x01\0\x01", &endless, &[0; 100_000]];
    for bytes in requests {
        assert_eq!(answer(connect_to(own, server.port + 10000), bytes), "");
    }
    // Well formed, but from nobody: a PING of a node that is not known is dropped.
    let mut ping = b"RCmb".to_vec();
    ping.extend_from_slice(&2256_u32.to_be_bytes());
    ping.extend_from_slice(&[0, 1, 0x1b, 0x58]);
    ping.resize(2256, 0);
    for _ in 0..1000 {
        answer(connect_to(own, server.port + 10000), &ping);
    }
    assert_eq!(server.field(&["CLUSTER", "INFO"], "cluster_known_nodes"), "1");
    assert!(server.state_is_ok());
    let grown = resident_kb(&server).saturating_sub(before);
    assert!(grown < 8 * 1024, "{grown} KB");
}
