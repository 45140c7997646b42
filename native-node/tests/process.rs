//! The process as its operator sees it beside a real redis-server: its title, its processors, the
//! system's log, the mark of its packets, and what it says of the system.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::collections::BTreeSet;
use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::time::Duration;

use common::{Kind, Server, redis_is_here, wait};

const KINDS: [Kind; 2] = [Kind::Real, Kind::Ours];

fn both(args: &[&str]) -> [Server; 2] {
    KINDS.map(|kind| Server::start(kind, args))
}

fn pid(server: &Server) -> String {
    server.field(&["INFO", "server"], "process_id")
}

/// What `ps` shows, with the program's own name taken for Redis's and the port away.
fn shown(server: &Server) -> String {
    let out = Command::new("ps").args(["-o", "args=", "-p", &pid(server)]).output().unwrap();
    let text = String::from_utf8_lossy(&out.stdout).trim().to_owned();
    text.replace(env!("CARGO_BIN_EXE_native-node"), "redis-server")
        .replace(&server.port.to_string(), "PORT")
        // What redis-server leaves behind a shorter title, for `ps` to find its end.
        .trim_end_matches(" .")
        .to_owned()
}

#[test]
fn ps_shows_address_and_mode() {
    if !redis_is_here() {
        return;
    }
    let cases: [(&[&str], &str); 4] = [
        (&[], "redis-server 127.0.0.1:PORT"),
        (&["--cluster-enabled", "yes"], "redis-server 127.0.0.1:PORT [cluster]"),
        (&["--proc-title-template", "{server-mode} {port} of {title}"], "PORT of redis-server"),
        (&["--bind", "-::1 127.0.0.1"], "redis-server -::1:PORT"),
    ];
    for (args, title) in cases {
        for server in both(args) {
            assert_eq!(shown(&server), title, "{:?}", server.kind);
        }
    }
    for server in both(&["--set-proc-title", "no", "--save", ""]) {
        let line = shown(&server);
        let typed = "redis-server --port PORT --bind 127.0.0.1 --set-proc-title no --save";
        assert_eq!(line, typed, "{:?}", server.kind);
    }
    let [real, ours] = both(&[]);
    let set = |template: &str| {
        let said =
            [&real, &ours].map(|s| s.ask(&["CONFIG", "SET", "proc-title-template", template]));
        assert_eq!(said[0], said[1], "{template}");
        let titles = [shown(&real), shown(&ours)];
        assert_eq!(titles[0], titles[1], "{template}");
        titles[1].clone()
    };
    assert_eq!(set(" cache {config-file} {tls-port} } "), "cache - 0 }");
    assert_eq!(set("{nosuch}"), "cache - 0 }");
    assert_eq!(set(" {title} "), "cache - 0 }", "nothing that says nothing");
    assert_eq!(set("{title}{port}"), "redis-serverPORT");
    // `pgrep` and `killall` look at another name.
    let name = std::fs::read_to_string(format!("/proc/{}/comm", pid(&ours))).unwrap();
    assert_eq!(name.trim(), "native-node");
}

/// The allocator asks for huge pages by itself: the kernel's mode does not matter.
#[test]
fn huge_pages_are_off_unless_they_are_wanted() {
    let enabled = |args: &[&str]| {
        let server = Server::start(Kind::Ours, args);
        let status = std::fs::read_to_string(format!("/proc/{}/status", pid(&server))).unwrap();
        status.lines().find_map(|line| line.strip_prefix("THP_enabled:\t")).map(str::to_owned)
    };
    // A kernel older than 5.0 does not tell.
    let Some(without) = enabled(&["--disable-thp", "no"]) else { return };
    assert_eq!([without, enabled(&[]).unwrap()], ["1", "0"]);
}

/// The processors on which each thread of a server may run.
fn processors(server: &Server) -> BTreeSet<String> {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", pid(server))).unwrap();
    let status = |task: std::path::PathBuf| {
        let text = std::fs::read_to_string(task.join("status")).unwrap_or_default();
        let line = text.lines().find_map(|l| l.strip_prefix("Cpus_allowed_list:"));
        line.unwrap_or_default().trim().to_owned()
    };
    tasks.map(|task| status(task.unwrap().path())).collect()
}

#[test]
fn threads_run_where_they_are_told_to() {
    if !redis_is_here() || std::thread::available_parallelism().unwrap().get() < 2 {
        return;
    }
    let set = |lists: &[&str]| lists.iter().map(|list| (*list).to_owned()).collect();
    let lists = ["--appendonly", "yes", "--server_cpulist", "0", "--bio_cpulist", "1"];
    for server in both(&lists) {
        server.ask(&["SET", "k", "v"]);
        let want: BTreeSet<String> = set(&["0", "1"]);
        // The allocator of redis-server has a thread that runs anywhere.
        wait("the thread behind the disk runs", || processors(&server).is_superset(&want));
    }
    for (list, want) in [("0-1:2", "0"), ("1-0", "0-1"), ("x", "0-1")] {
        for server in both(&["--server_cpulist", list]) {
            let main = format!("/proc/{0}/task/{0}/status", pid(&server));
            let main = std::fs::read_to_string(main).unwrap();
            assert!(main.contains(&format!("Cpus_allowed_list:\t{want}")), "{list} {main}");
        }
    }
    // The thread that writes a snapshot: as a child of redis-server has it.
    let ours = Server::start(
        Kind::Ours,
        &["--server_cpulist", "0", "--bgsave_cpulist", "1", "--enable-debug-command", "yes"],
    );
    assert_eq!(ours.ask(&["DEBUG", "POPULATE", "400000", "key", "100"]), "OK");
    assert_eq!(ours.ask(&["BGSAVE"]), "Background saving started");
    let want: BTreeSet<String> = set(&["0", "1"]);
    wait("it runs", || {
        let ended = ours.field(&["INFO", "persistence"], "rdb_bgsave_in_progress") == "0";
        assert!(!ended, "it was not seen");
        processors(&ours) == want
    });
}

/// The lines of the system's log that a server writes.
fn to_syslog(kind: Kind, log: &UnixDatagram) -> Vec<String> {
    let args = ["--syslog-enabled", "yes", "--syslog-ident", "db", "--syslog-facility", "local3"];
    let reader = log.try_clone().unwrap();
    // The real one waits for who reads.
    let lines = std::thread::spawn(move || {
        let mut lines: Vec<String> = Vec::new();
        let mut datagram = [0; 4096];
        while let Ok(len) = reader.recv(&mut datagram) {
            lines.push(String::from_utf8_lossy(&datagram[..len]).into_owned());
            if lines.last().is_some_and(|line| line.contains("the new maxmemory value")) {
                break;
            }
        }
        lines
    });
    let server = Server::start(kind, &[&args[..], &["--loglevel", "verbose"]].concat());
    server.ask(&["CONFIG", "SET", "maxmemory", "1"]);
    let id = pid(&server);
    let lines = lines.join().unwrap();
    let lines = lines.into_iter().map(|line| line.replace(&id, "PID"));
    // Which clients come and go is up to the helper of this test, and memory is another one.
    let told = ["Running mode=", "Server initialized", "Ready to accept", "the new maxmemory"];
    let of_interest = |line: &String| told.iter().any(|text| line.contains(text));
    let without_time = |line: String| {
        let (priority, rest) = line.split_once('>').unwrap();
        let (stamp, text) = rest.split_at(16);
        let bytes = stamp.as_bytes();
        assert!(bytes[3] == b' ' && bytes[6] == b' ' && bytes[9] == b':', "{stamp}");
        let text = text.split_once(" set via").map_or(text, |(text, _)| text);
        let text = text.split_once("port=").map_or(text, |(text, _)| text);
        format!("{priority}> {text}")
    };
    lines.filter(of_interest).map(without_time).collect()
}

#[test]
fn lines_go_to_the_log_of_the_system_too() {
    if !redis_is_here() {
        return;
    }
    let path = std::path::Path::new("/dev/log");
    if path.exists() {
        return println!("skipped: this machine has a log of its own");
    }
    let Ok(log) = UnixDatagram::bind(path) else {
        return println!("skipped: /dev/log may not be made here");
    };
    log.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let said = KINDS.map(|kind| to_syslog(kind, &log));
    std::fs::remove_file(path).unwrap();
    assert_eq!(said[0], said[1]);
    assert_eq!(said[1].len(), 4, "{said:?}");
    assert_eq!(said[1][2], "<157> db[PID]: Ready to accept connections");
}

#[test]
fn packets_bear_the_mark() {
    if !redis_is_here() {
        return;
    }
    let marks = both(&["--socket-mark-id", "77"]).map(|server| {
        let filter = format!("sport = :{}", server.port);
        let out = Command::new("ss").args(["-Hltne", &filter]).output().unwrap();
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        text.split_whitespace().find(|word| word.starts_with("fwmark:")).map(str::to_owned)
    });
    assert_eq!(marks[0], marks[1]);
}

/// Warnings of the log, without process and time.
fn warnings(server: &Server, about: &[&str]) -> Vec<String> {
    let log = server.log();
    let words = log.lines().filter_map(|line| line.split_once(" # ").map(|(_, words)| words));
    words.filter(|w| about.iter().any(|a| w.contains(a))).map(str::to_owned).collect()
}

#[test]
fn what_the_system_cannot_do_is_told_at_the_start() {
    if !redis_is_here() {
        return;
    }
    let about = ["TCP backlog", "Server initialized", "less than 1MB"];
    let [real, ours] = both(&["--tcp-backlog", "100000000", "--maxmemory", "1000"])
        .map(|server| warnings(&server, &about));
    assert_eq!(real, ours);
    assert_eq!(ours.len(), 3);
    let [real, ours] = both(&["--tcp-backlog", "1"]).map(|server| warnings(&server, &about));
    assert_eq!(real, ours);
}

#[test]
fn the_system_is_checked_on_demand() {
    if !redis_is_here() {
        return;
    }
    let check = |program: &str| {
        let out = Command::new(program).arg("--check-system").output().unwrap();
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        text.lines()
            .filter_map(|line| line.strip_prefix('[')?.split_once("]..."))
            .map(|(name, found)| (name.to_owned(), found.to_owned()))
            .collect::<Vec<_>>()
    };
    let (real, ours) = (check("redis-server"), check(env!("CARGO_BIN_EXE_native-node")));
    let names = |of: &[(String, String)]| of.iter().map(|it| it.0.clone()).collect::<Vec<_>>();
    // On arm64 redis-server has one more, about forks.
    assert_eq!(names(&real)[..4], names(&ours));
    assert_eq!(real[1], ours[1], "the clock of Xen");
    assert_eq!(ours[2].1, "skipped", "what endangers a fork endangers nobody who never forks");
}
