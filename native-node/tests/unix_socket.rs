//! `unixsocket`: what clients see, who may open it, what is said when it cannot be, and that it goes
//! with the process. Everything is asked of a real redis-server too.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use common::{Kind, Server, free_port, redis_is_here, wait};

const KINDS: [Kind; 2] = [Kind::Ours, Kind::Real];

fn program(kind: Kind) -> Command {
    Command::new(match kind {
        Kind::Ours => env!("CARGO_BIN_EXE_native-node"),
        Kind::Real => "redis-server",
    })
}

fn text(out: &Output) -> String {
    String::from_utf8_lossy(&[out.stdout.as_slice(), &out.stderr].concat()).into_owned()
}

/// A server with a socket `s` in its folder.
fn start(kind: Kind, more: &[&str]) -> (Server, String) {
    let socket = ["--unixsocket", "s", "--save", ""];
    let server = Server::start(kind, &[socket.as_slice(), more].concat());
    let path = server.dir.join("s").to_string_lossy().into_owned();
    (server, path)
}

/// What comes back on the socket for some bytes, up to a wanted end.
fn say(path: &str, bytes: &str, end: &str) -> String {
    let mut stream = UnixStream::connect(path).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.write_all(bytes.as_bytes()).unwrap();
    let mut all = Vec::new();
    let mut piece = [0; 4096];
    while !String::from_utf8_lossy(&all).ends_with(end) {
        let n = stream.read(&mut piece).unwrap();
        assert_ne!(n, 0, "closed after {}", all.escape_ascii());
        all.extend_from_slice(&piece[..n]);
    }
    String::from_utf8_lossy(&all).into_owned()
}

/// The words of CLIENT LIST that this is about.
fn words(line: &str) -> Vec<&str> {
    let wanted = ["addr=", "laddr=", "flags=", "db=", "cmd=", "user=", "resp="];
    line.split_whitespace().filter(|w| wanted.iter().any(|name| w.starts_with(name))).collect()
}

#[test]
fn clients_come_in_through_the_socket_and_are_named_after_it() {
    if !redis_is_here() {
        return;
    }
    let seen = KINDS.map(|kind| {
        let (mut server, path) = start(kind, &["--unixsocketperm", "750"]);
        let mut seen = Vec::new();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        seen.push(format!("{:o}", mode & 0o777));
        let info = say(&path, "CLIENT INFO\r\n", "\n\r\n");
        seen.push(words(&info).join(" "));
        // One by one: redis-server tells of several in any order.
        seen.push(say(&path, "CONFIG GET unixsocket\r\n", "s\r\n"));
        seen.push(say(&path, "CONFIG GET unixsocketperm\r\n", "750\r\n"));
        // Whoever may open the file is on this host: such a client is local.
        seen.push(say(&path, "PING\r\nINFO nosuch\r\nSELECT 3\r\n", "+OK\r\n"));
        let slow = "CONFIG SET slowlog-log-slower-than 0\r\nECHO x\r\nSLOWLOG GET 1\r\n";
        let slow = say(&path, slow, "$0\r\n\r\n");
        seen.push(slow.lines().rfind(|line| line.ends_with(":0")).unwrap_or("").to_owned());
        seen.push(server.ask(&["CLIENT", "KILL", "ADDR", "s:0"]));
        let _one = UnixStream::connect(&path).unwrap();
        wait("it is there", || server.ask(&["CLIENT", "LIST"]).contains(" addr=s:0 "));
        seen.push(server.ask(&["CLIENT", "KILL", "LADDR", "s:0"]));

        let mut monitor = UnixStream::connect(&path).unwrap();
        monitor.write_all(b"MONITOR\r\n").unwrap();
        let mut ok = [0; 5];
        monitor.read_exact(&mut ok).unwrap();
        say(&path, "PING\r\n", "+PONG\r\n");
        let mut line = [0; 200];
        let n = monitor.read(&mut line).unwrap();
        let line = String::from_utf8_lossy(&line[..n]).into_owned();
        seen.push(line.split_once(' ').unwrap().1.to_owned());

        server.signal("TERM");
        assert_eq!(server.end(), Some(0));
        assert!(!std::path::Path::new(&path).exists(), "{kind:?}");
        let told = ["ready to accept connections at", "Removing the unix socket", "ready to exit"];
        for line in server.log().lines().filter(|l| told.iter().any(|words| l.contains(words))) {
            seen.push(line.split_once([' ']).unwrap().1[25..].to_owned());
        }
        seen
    });
    assert_eq!(seen[0], seen[1]);
}

#[test]
fn a_server_without_a_port_serves_on_its_socket() {
    if !redis_is_here() {
        return;
    }
    for kind in KINDS {
        let (mut server, path) = start(kind, &["--unixsocketperm", "700"]);
        // What a killed process leaves there is no hindrance.
        server.kill();
        assert!(std::path::Path::new(&path).exists());
        let mut child = program(kind)
            .args(["--port", "0", "--unixsocket", "s", "--save", ""])
            .current_dir(&server.dir)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        wait("it answers", || UnixStream::connect(&path).is_ok());
        assert_eq!(say(&path, "PING\r\n", "+PONG\r\n"), "+PONG\r\n");
        assert!(say(&path, "INFO server\r\n", "\r\n\r\n").contains("\r\ntcp_port:0\r\n"));
        UnixStream::connect(&path).unwrap().write_all(b"SHUTDOWN NOSAVE\r\n").unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{kind:?}");
        assert!(!std::path::Path::new(&path).exists(), "{kind:?}");
    }
}

#[test]
fn a_socket_that_cannot_be_made_ends_the_process_in_the_real_words() {
    if !redis_is_here() {
        return;
    }
    let long = "x".repeat(120);
    let port = free_port().to_string();
    let cases: [&[&str]; 5] = [
        &["--unixsocket", "/nosuch/folder/s"],
        &["--unixsocket", "/proc/s"],
        &["--unixsocket", &long],
        &["--unixsocketperm", "999"],
        &["--port", "0"],
    ];
    for case in cases {
        let [ours, real] = KINDS.map(|kind| {
            let mut command = Command::new("timeout");
            command.arg("20").arg(program(kind).get_program());
            command.args(["--port", &port, "--save", ""]).args(case);
            let out = command.current_dir(std::env::temp_dir()).output().unwrap();
            let said = text(&out);
            // Without process, role and time.
            let last = said.lines().last().unwrap_or("");
            let last = last.split_once(" # ").map_or(last, |(_, words)| words).to_owned();
            (out.status.code(), last)
        });
        assert_eq!(ours, real, "{case:?}");
        assert_eq!(ours.0, Some(1), "{case:?}");
    }
}

#[test]
fn the_cli_talks_to_the_socket_as_the_real_one_does() {
    if !redis_is_here() {
        return;
    }
    let (server, path) = start(Kind::Real, &[]);
    let own = [env!("CARGO_BIN_EXE_native-node"), "cli"];
    let run = |program: &[&str], args: &[&str], stdin: &str| {
        let mut command = Command::new("timeout");
        command.arg("20").args(program).args(args).current_dir(&server.dir);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
        let out = child.wait_with_output().unwrap();
        (out.status.code(), text(&out))
    };
    let cases: [(&[&str], &str); 8] = [
        (&["-s", &path, "set", "k", "v"], ""),
        (&["-s", "s", "--no-raw", "get", "k"], ""),
        (&["-s", "s", "-p", "1", "ping"], ""),
        (&["-s", "s"], "get k\nselect 2\nget k\nnosuch\n"),
        (&["-s", "s", "-n", "1", "-x", "set", "big"], "from standard input"),
        (&["-s", "/nosuch/s", "ping"], ""),
        (&["-s", "/nosuch/s"], "ping\n"),
        (&["-s"], ""),
    ];
    for (args, stdin) in cases {
        assert_eq!(run(&own, args, stdin), run(&["redis-cli"], args, stdin), "{args:?}");
    }
}
