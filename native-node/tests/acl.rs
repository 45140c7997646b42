//! Users in files and between servers: our node and redis-server 7.0.15 keep them, lose none of them,
//! and let each other in, in the same words.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use common::{Kind, Server, redis_is_here, wait};

const BOTH: [Kind; 2] = [Kind::Ours, Kind::Real];

/// A server in whose folder these files were before it began.
fn server(kind: Kind, files: &[(&str, &str)], args: &[&str]) -> Server {
    let mut server = Server::start(kind, &["--save", ""]);
    server.kill();
    for (name, text) in files {
        std::fs::write(server.dir.join(name), text).unwrap();
    }
    server.begin(args);
    wait("it answers", || server.ask(&["PING"]) == "PONG");
    server
}

fn file(server: &Server, name: &str) -> String {
    std::fs::read_to_string(server.dir.join(name)).unwrap()
}

/// What both say, which must be the same.
fn same<T: PartialEq + std::fmt::Debug>(each: impl Fn(Kind) -> T) -> T {
    let [ours, real] = BOTH.map(each);
    assert_eq!(ours, real);
    ours
}

/// A connection that says something and reads what it is told within a while.
struct Line(TcpStream);

impl Line {
    fn to(server: &Server) -> Self {
        Self(TcpStream::connect(("127.0.0.1", server.port)).unwrap())
    }

    fn ask(&mut self, words: &str) -> String {
        self.0.write_all(format!("{words}\r\n").as_bytes()).unwrap();
        let mut bytes = [0; 65536];
        let n = self.0.read(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes[..n]).into_owned()
    }

    /// Whether the server has closed it.
    fn is_closed(&mut self) -> bool {
        self.0.read(&mut [0; 16]).map_or(true, |n| n == 0)
    }
}

#[test]
fn a_file_of_users_is_loaded_saved_and_never_lost() {
    if !redis_is_here() {
        return;
    }
    let told = same(|kind| {
        let users = "user alice on nopass ~a* +@read\n\nuser bob off >secret &news (+get ~x)\n";
        let files = [("u.acl", users), ("redis.conf", "aclfile u.acl\n# mine\n")];
        let server = server(kind, &files, &["--aclfile", "u.acl"]);
        let mut told = vec![server.ask(&["ACL", "LIST"])];
        let mut alice = Line::to(&server);
        told.push(alice.ask("AUTH alice x"));
        told.push(alice.ask("SET a 1"));
        let mut plain = Line::to(&server);
        told.push(plain.ask("ACL WHOAMI"));
        told.push(server.ask(&["ACL", "SETUSER", "carol", "on", "+@all", "-@dangerous"]));
        told.push(server.ask(&["ACL", "SAVE"]));
        let saved = file(&server, "u.acl");
        told.push(saved.clone());
        // Whatever is wrong with it, nothing changes.
        for broken in ["user alice on\nuser alice off\n", "user x +nosuch bad\n", "nonsense\n"] {
            std::fs::write(server.dir.join("u.acl"), broken).unwrap();
            told.push(server.ask(&["ACL", "LOAD"]));
            told.push(server.ask(&["ACL", "LIST"]));
        }
        told.push(alice.ask("GET a"));
        std::fs::remove_file(server.dir.join("u.acl")).unwrap();
        told.push(server.ask(&["ACL", "LOAD"]));
        std::fs::write(server.dir.join("u.acl"), saved).unwrap();
        told.push(server.ask(&["ACL", "LOAD"]));
        assert!(alice.is_closed(), "all but the default user's clients are let go");
        told.push(plain.ask("ACL WHOAMI"));
        let names = std::fs::read_dir(&server.dir).unwrap();
        let mut names: Vec<_> = names.map(|e| e.unwrap().file_name()).collect();
        names.sort();
        told.push(format!("{names:?}"));
        std::fs::remove_dir_all(&server.dir).unwrap();
        told.push(server.ask(&["ACL", "SAVE"]));
        told
    });
    assert!(told[6].starts_with("user alice on nopass ~a* resetchannels -@all +@read\nuser bob "));
    assert!(told.last().unwrap().starts_with("ERR There was an error trying to save the ACLs."));
}

/// A server of a configuration file that can be written; killed when dropped.
struct Running(Child);

impl Running {
    fn begin(server: &Server) -> Self {
        let program = match server.kind {
            Kind::Ours => env!("CARGO_BIN_EXE_native-node"),
            Kind::Real => "redis-server",
        };
        let mut command = Command::new(program);
        command.arg("redis.conf").current_dir(&server.dir).stdout(Stdio::null());
        let running = Self(command.spawn().unwrap());
        wait("it answers", || server.ask(&["PING"]).contains("PONG"));
        running
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

const USERS: &str = "user old on nopass +@all ~*\n# behind\n";

#[test]
fn users_are_written_into_the_configuration_and_read_from_it() {
    if !redis_is_here() {
        return;
    }
    same(|kind| {
        let mut server = Server::start(kind, &["--save", ""]);
        server.kill();
        let port = server.port;
        let conf = format!("port {port}\nbind 127.0.0.1\nsave \"\"\n{USERS}");
        std::fs::write(server.dir.join("redis.conf"), conf).unwrap();
        let running = Running::begin(&server);
        let mut told = vec![server.ask(&["ACL", "LIST"])];
        told.push(server.ask(&["ACL", "DELUSER", "old"]));
        told.push(server.ask(&["ACL", "SETUSER", "new", "on", ">pw", "~k", "%R~r", "(+get ~s)"]));
        told.push(server.ask(&["ACL", "SETUSER", "default", "-flushall"]));
        told.push(server.ask(&["CONFIG", "REWRITE"]));
        drop(running);
        let users = |server: &Server| {
            let text = file(server, "redis.conf");
            text.lines().filter(|l| l.starts_with("user ")).map(str::to_owned).collect::<Vec<_>>()
        };
        told.extend(users(&server));
        let running = Running::begin(&server);
        told.push(server.ask(&["ACL", "LIST"]));
        told.push(server.ask(&["FLUSHALL"]));
        told.push(server.ask(&["--user", "new", "--pass", "pw", "ACL", "WHOAMI"]));
        told.push(server.ask(&["--user", "new", "--pass", "no", "GET", "k"]));
        // A password of the old kind takes the place of what the file said.
        told.push(server.ask(&["CONFIG", "SET", "requirepass", "sesame"]));
        told.push(server.ask(&["-a", "sesame", "--no-auth-warning", "CONFIG", "REWRITE"]));
        told.extend(users(&server));
        drop(running);
        told
    });
}

/// Everything but numbers that differ from run to run.
fn masked(text: &str) -> String {
    let value = |word: &str| match word.split_once('=') {
        Some((name @ ("name" | "user" | "cmd" | "flags" | "db" | "resp"), value)) => {
            format!("{name}={value}")
        }
        Some((name, _)) => format!("{name}=…"),
        None => word.to_owned(),
    };
    let mut age = false;
    let line = |line: &str| {
        let is_age = std::mem::replace(&mut age, line == "age-seconds");
        if is_age || line.contains("age-seconds ") {
            "…".into()
        } else {
            line.split(' ').map(value).collect::<Vec<_>>().join(" ")
        }
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn refusals_are_noted_with_their_clients() {
    if !redis_is_here() {
        return;
    }
    let log = same(|kind| {
        let server = Server::start(kind, &["--save", ""]);
        server.ask(&["ACL", "SETUSER", "u", "on", ">pw", "+@all", "-incr", "~k*", "&c"]);
        let mut line = Line::to(&server);
        for words in [
            "AUTH u wrong",
            "HELLO 2 AUTH u wrong",
            "AUTH u pw",
            "CLIENT SETNAME me",
            "GET x",
            "INCR k",
            "incr k",
            "PUBLISH x y",
            "MULTI",
            "GET x",
            "EXEC",
            "MULTI",
            "GET k1",
        ] {
            line.ask(words);
        }
        server.ask(&["ACL", "SETUSER", "u", "-get"]);
        let mut told = vec![line.ask("EXEC")];
        told.push(masked(&server.ask(&["ACL", "LOG"])));
        told.push(masked(&server.ask(&["-3", "ACL", "LOG", "2"])));
        told.push(masked(&server.ask(&["INFO", "errorstats"])));
        let stats = server.ask(&["INFO", "commandstats"]);
        let rejected = stats.lines().filter(|line| !line.contains("rejected_calls=0"));
        let rejected = rejected.filter_map(|line| {
            let (name, rest) = line.split_once(':')?;
            Some(format!("{name} {}", rest.split_once("rejected_calls").map_or("", |(_, n)| n)))
        });
        let mut rejected: Vec<String> = rejected.collect();
        rejected.sort();
        told.extend(rejected);
        told.push(server.ask(&["CONFIG", "SET", "acllog-max-len", "1"]));
        line.ask("GET y");
        told.push(masked(&server.ask(&["ACL", "LOG"])));
        told
    });
    assert!(log[1].contains("context") && log[1].contains("user=u"), "{log:?}");
}

#[test]
fn a_replica_and_migrate_log_in_as_users() {
    if !redis_is_here() {
        return;
    }
    for (from, to) in [(Kind::Ours, Kind::Ours), (Kind::Ours, Kind::Real), (Kind::Real, Kind::Ours)]
    {
        let quick = ["--save", "", "--repl-diskless-sync-delay", "0"];
        let (master, replica) = (Server::start(from, &quick), Server::start(to, &quick));
        master.ask(&["ACL", "SETUSER", "copier", "on", ">pw", "+psync", "+replconf", "+ping"]);
        assert_eq!(master.ask(&["SET", "k", "v"]), "OK");
        // Nothing is allowed to whoever has not said who he is, the replica included.
        replica.ask(&["CONFIG", "SET", "masteruser", "copier", "masterauth", "pw"]);
        replica.ask(&["REPLICAOF", "127.0.0.1", &master.port.to_string()]);
        master.ask(&["ACL", "SETUSER", "default", "resetpass", ">other"]);
        let ask =
            |words: &[&str]| master.ask(&[&["-a", "other", "--no-auth-warning"], words].concat());
        wait("the replica is in step", || replica.ask(&["GET", "k"]) == "v");
        // What the master sends is done whatever the replica's own users may.
        replica.ask(&["ACL", "SETUSER", "default", "-set"]);
        assert_eq!(ask(&["SET", "k", "w"]), "OK");
        wait("the stream flows", || replica.ask(&["GET", "k"]) == "w");
        let line = replica.ask(&["CLIENT", "LIST", "TYPE", "master"]);
        assert!(line.contains(" user=(superuser) "), "{line}");
        let line = ask(&["CLIENT", "LIST", "TYPE", "replica"]);
        assert!(line.contains(" user=copier "), "{line}");
        replica.ask(&["REPLICAOF", "NO", "ONE"]);
        replica.ask(&["ACL", "SETUSER", "mover", "on", ">m", "+restore", "+select", "~m*"]);
        let (port, moved) = (replica.port.to_string(), ["127.0.0.1"]);
        let migrate = |key: &str, password: &str| {
            ask(&["SET", key, "1"]);
            let auth = ["0", "5000", "AUTH2", "mover", password];
            ask(&[&["MIGRATE"], &moved[..], &[&port, key], &auth].concat())
        };
        assert_eq!(migrate("m1", "m"), "OK");
        assert!(migrate("m1", "no").contains("WRONGPASS"));
        assert!(migrate("x1", "m").contains("NOPERM"));
        // A user that goes takes its clients along.
        assert_eq!(ask(&["ACL", "DELUSER", "copier"]), "1");
        assert_eq!(ask(&["CLIENT", "LIST", "TYPE", "replica"]), "");
    }
}
