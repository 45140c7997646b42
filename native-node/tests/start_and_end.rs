//! The command line, the log, the pid file, signals, and what goes wrong at the start: in
//! redis-server's words, and with its exit codes.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::net::TcpListener;
use std::os::unix::net::UnixDatagram;
use std::process::{Command, Output};

use common::{Kind, Server, free_port, redis_is_here, wait};

fn run(args: &[&str]) -> Output {
    let mut command = Command::new("timeout");
    command.arg("20").arg(env!("CARGO_BIN_EXE_native-node")).args(args);
    command.current_dir(std::env::temp_dir()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_wrong_directive_is_fatal() {
    let out = run(&["--port", "2x"]);
    assert_eq!(out.status.code(), Some(1));
    assert_eq!(
        text(&out.stderr),
        "\n*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***\n\
         Reading the configuration file, at line 2\n>>> 'port \"2x\"'\n\
         argument couldn't be parsed into an integer\n"
    );
}

#[test]
fn a_missing_file_and_a_busy_port_end_with_code_1() {
    let out = run(&["/nosuch.conf"]);
    assert_eq!(out.status.code(), Some(1));
    let log = text(&out.stdout);
    assert!(
        log.ends_with(
            "# Fatal error, can't open config file '/nosuch.conf': No such file or directory\n"
        ),
        "{log}"
    );

    let port = free_port();
    let _busy = TcpListener::bind(("0.0.0.0", port)).unwrap();
    let out = run(&["--port", &port.to_string()]);
    assert_eq!(out.status.code(), Some(1));
    let log = text(&out.stdout);
    let warning = format!(
        "# Warning: Could not create server TCP listening socket *:{port}: bind: Address already in use\n"
    );
    assert!(log.contains(&warning), "{log}");
    assert!(
        log.ends_with(&format!("# Failed listening on port {port} (TCP), aborting.\n")),
        "{log}"
    );
}

#[test]
fn version_and_help_are_those_that_scripts_expect() {
    let out = run(&["--version"]);
    assert!(text(&out.stdout).starts_with("Redis server v=7.0.15 "));
    assert_eq!(run(&["--help"]).status.code(), Some(1));
}

#[test]
fn sigterm_ends_it_in_order_and_the_pid_file_goes() {
    if !redis_is_here() {
        return;
    }
    let mut server = Server::start(Kind::Ours, &["--pidfile", "node.pid", "--save", ""]);
    let pid_file = server.dir.join("node.pid");
    let pid = std::fs::read_to_string(&pid_file).unwrap();
    assert!(server.log().contains(&format!("{}:M ", pid.trim())), "{}", server.log());
    assert!(server.log().contains("* Ready to accept connections"));
    server.signal("TERM");
    assert_eq!(server.end(), Some(0));
    assert!(server.log().contains("Received SIGTERM scheduling shutdown..."));
    assert!(server.log().contains("ready to exit, bye bye..."), "{}", server.log());
    assert!(server.log().contains("* Removing the pid file."), "{}", server.log());
    assert!(!pid_file.exists());
}

/// Whoever closes the terminal in which a server runs does not end it.
#[test]
fn a_terminal_that_is_closed_leaves_the_server_alone() {
    if !redis_is_here() {
        return;
    }
    for kind in [Kind::Ours, Kind::Real] {
        let mut server = Server::start(kind, &["--save", ""]);
        server.signal("HUP");
        // The signal is handled before a command that comes later.
        assert_eq!(server.ask(&["PING"]), "PONG", "{kind:?}");
        server.signal("TERM");
        assert_eq!(server.end(), Some(0), "{kind:?}");
    }
}

/// The unit of a distribution says `Type=notify` and `--supervised systemd`.
#[test]
fn systemd_hears_that_the_server_is_ready_and_that_it_stops() {
    if !redis_is_here() {
        return;
    }
    for wanted in ["systemd", "auto"] {
        let [ours, real] = [Kind::Ours, Kind::Real].map(|kind| {
            let name = format!("{kind:?}-{wanted}-{}", std::process::id());
            let path = std::env::temp_dir().join(name);
            let socket = UnixDatagram::bind(&path).unwrap();
            socket.set_read_timeout(Some(common::PATIENCE)).unwrap();
            let mut server = Server::start(kind, &["--save", ""]);
            server.kill();
            let notify = Some(("NOTIFY_SOCKET", path.as_os_str()));
            server.begin_with(&["--supervised", wanted, "--daemonize", "yes"], notify);
            let mut heard = String::new();
            let mut until = |last: &str| {
                while !heard.contains(last) {
                    let mut part = [0; 1000];
                    let len = socket.recv(&mut part).unwrap();
                    heard += std::str::from_utf8(&part[..len]).unwrap();
                }
            };
            until("READY=1");
            wait("it answers", || server.ask(&["PING"]) == "PONG");
            assert_eq!(server.field(&["INFO", "server"], "process_supervised"), "systemd");
            server.signal("TERM");
            until("STOPPING=1");
            assert_eq!(server.end(), Some(0));
            std::fs::remove_file(&path).unwrap();
            heard
        });
        assert_eq!(ours, real, "{wanted}");
    }
}

#[test]
fn two_nodes_do_not_share_nodes_conf() {
    if !redis_is_here() {
        return;
    }
    let first = Server::cluster(Kind::Ours);
    // Written again since its birth: the lock must have moved to the new file.
    assert_eq!(first.ask(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]), "OK");
    let port = free_port().to_string();
    let dir = first.dir.to_string_lossy().into_owned();
    let out = run(&["--port", &port, "--cluster-enabled", "yes", "--dir", &dir]);
    assert_eq!(out.status.code(), Some(1));
    let log = text(&out.stdout);
    assert!(
        log.contains(
            "Sorry, the cluster configuration file nodes.conf is already used by a different"
        ),
        "{log}"
    );
}

#[test]
fn a_corrupt_nodes_conf_is_not_overwritten() {
    let dir = std::env::temp_dir().join(format!("native-node-corrupt-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join("nodes.conf"), "garbage\n").unwrap();
    let port = free_port().to_string();
    let out = run(&["--port", &port, "--cluster-enabled", "yes", "--dir", &dir.to_string_lossy()]);
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stdout).ends_with("# Unrecoverable error: corrupted cluster config file.\n"));
    assert_eq!(std::fs::read_to_string(dir.join("nodes.conf")).unwrap(), "garbage\n");
    std::fs::remove_dir_all(&dir).unwrap();
}

#[test]
fn a_daemon_writes_its_pid_and_serves() {
    if !redis_is_here() {
        return;
    }
    let dir = std::env::temp_dir().join(format!("native-node-daemon-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let port = free_port().to_string();
    let file = format!("port {port}\nbind 127.0.0.1\ndir {}\nlogfile node.log\n", dir.display());
    std::fs::write(dir.join("redis.conf"), file + "daemonize yes\npidfile node.pid\n").unwrap();
    let conf = dir.join("redis.conf");
    let out = run(&[&conf.to_string_lossy(), "--save", ""]);
    assert_eq!(out.status.code(), Some(0));
    assert_eq!(text(&out.stdout), "", "the words go to the log file");
    wait("the daemon answers", || common::cli(&["-p", &port, "PING"]) == "PONG");
    let pid = std::fs::read_to_string(dir.join("node.pid")).unwrap();
    assert!(Command::new("kill").arg(pid.trim()).status().unwrap().success());
    wait("the daemon ends", || !dir.join("node.pid").exists());
    std::fs::remove_dir_all(&dir).unwrap();
}

/// The times of both logs lie within seconds of each other, wherever the host is.
#[test]
fn the_log_tells_the_time_of_this_place() {
    if !redis_is_here() {
        return;
    }
    for zone in ["UTC", "Asia/Kathmandu", "America/St_Johns", "UTC+11:30", "Nowhere/At_All"] {
        let stamps = [env!("CARGO_BIN_EXE_native-node"), "redis-server"].map(|program| {
            let mut command = Command::new(program);
            command.args(["/nosuch.conf"]).env("TZ", zone);
            let log = text(&command.output().unwrap().stdout);
            // `29 Nov 2026 01:42:00.765`
            let words: Vec<&str> = log.lines().last().unwrap().split(' ').collect();
            let clock: Vec<u32> =
                words[4][..8].split(':').map(|part| part.parse().unwrap()).collect();
            let day: u32 = words[1].parse().unwrap();
            ((day * 24 + clock[0]) * 60 + clock[1]) * 60 + clock[2]
        });
        assert!(stamps[0].abs_diff(stamps[1]) < 30, "{zone}: {stamps:?}");
    }
}
