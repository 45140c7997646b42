//! A folder that takes no new file, beside a real redis-server: who asks for a file is told, and
//! nodes.conf is written all the same.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::fs::{File, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use common::{Kind, cli, free_port, redis_is_here, wait};

/// Somebody to whom a mode means something: root writes everywhere.
const NOBODY: u32 = 65_534;

struct Server {
    kind: Kind,
    dir: PathBuf,
    port: u16,
    child: Child,
}

impl Server {
    fn start(kind: Kind, args: &[&str]) -> Self {
        let port = free_port();
        let dir =
            std::env::temp_dir().join(format!("native-node-ro-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let log = File::create(dir.join("log")).unwrap();
        let mut command = Command::new(match kind {
            Kind::Ours => env!("CARGO_BIN_EXE_native-node"),
            Kind::Real => "redis-server",
        });
        command.args(["--port", &port.to_string(), "--save", ""]).args(args).current_dir(&dir);
        if rustix::process::getuid().is_root() {
            chown(&dir, Some(NOBODY), None).unwrap();
            command.uid(NOBODY);
        }
        command.stdin(Stdio::null()).stderr(log.try_clone().unwrap()).stdout(log);
        let server = Self { kind, dir, port, child: command.spawn().unwrap() };
        wait("it answers", || server.ask(&["PING"]) == "PONG");
        server
    }

    fn ask(&self, command: &[&str]) -> String {
        cli(&[&["-p", &self.port.to_string()], command].concat())
    }

    fn info(&self, field: &str) -> String {
        let text = self.ask(&["INFO", "persistence"]);
        let line = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
        line.unwrap_or_default().trim().to_owned()
    }

    /// Whether new files may be made in a folder of the server.
    fn allow(&self, folder: &str, yes: bool) {
        let mode = if yes { 0o755 } else { 0o555 };
        let path = self.dir.join(folder);
        std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    /// Warnings without process and time; as often as one comes it counts once, and that the
    /// memory of the machine is not overcommitted is told by redis-server alone.
    fn warnings(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.dir.join("log")).unwrap();
        let words = log.lines().filter_map(|line| Some(line.split_once(" # ")?.1.to_owned()));
        let mut words: Vec<String> = words.filter(|line| !line.contains("overcommit")).collect();
        words.dedup();
        let start = words.iter().position(|line| line == "Server initialized").unwrap();
        words.split_off(start + 1)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.dir.join("log"));
            eprintln!("== log of {:?}\n{}", self.kind, log.unwrap_or_default());
        }
        self.allow("", true);
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

const KINDS: [Kind; 2] = [Kind::Real, Kind::Ours];
const NO_REWRITE: &str = "ERR Can't execute an AOF background rewriting. Please check the server \
                          logs for more information.";
const NO_SWITCH: &str = "ERR CONFIG SET failed (possibly related to argument 'appendonly') - Unable \
                         to turn on AOF. Check server logs.";

#[test]
fn a_rewrite_that_cannot_begin_is_refused() {
    if !redis_is_here() {
        return;
    }
    let logs = KINDS.map(|kind| {
        let server = Server::start(kind, &["--appendonly", "yes"]);
        assert_eq!(server.ask(&["SET", "k", "v"]), "OK");
        server.allow("appendonlydir", false);
        assert_eq!(server.ask(&["BGREWRITEAOF"]), NO_REWRITE, "{kind:?}");
        assert_eq!(server.info("aof_last_bgrewrite_status"), "err", "{kind:?}");
        assert_eq!(server.info("aof_rewrites_consecutive_failures"), "0", "{kind:?}");
        assert_eq!(server.ask(&["SET", "k", "w"]), "OK", "what is there is written on");
        let warnings = server.warnings();
        server.allow("appendonlydir", true);
        assert_eq!(
            server.ask(&["BGREWRITEAOF"]),
            "Background append only file rewriting started",
            "{kind:?}"
        );
        wait("it ends well", || server.info("aof_last_bgrewrite_status") == "ok");
        warnings
    });
    assert_eq!(logs[0], logs[1]);
    assert_eq!(logs[1].len(), 1);
}

#[test]
fn an_append_only_file_that_cannot_be_had_is_not_switched_on() {
    if !redis_is_here() {
        return;
    }
    let logs = KINDS.map(|kind| {
        let server = Server::start(kind, &[]);
        server.allow("", false);
        assert_eq!(server.ask(&["BGREWRITEAOF"]), NO_REWRITE, "{kind:?}");
        let set = ["CONFIG", "SET", "maxclients", "77", "appendonly", "yes"];
        assert_eq!(server.ask(&set), NO_SWITCH, "{kind:?}");
        for (name, value) in [("appendonly", "no"), ("maxclients", "10000")] {
            let said = server.ask(&["CONFIG", "GET", name]);
            assert_eq!(said, format!("{name}\n{value}"), "{kind:?}");
        }
        assert_eq!(server.ask(&["SET", "k", "v"]), "OK", "{kind:?}");
        let warnings = server.warnings();
        server.allow("", true);
        assert_eq!(server.ask(&["CONFIG", "SET", "appendonly", "yes"]), "OK", "{kind:?}");
        wait("it has its base", || server.info("aof_rewrite_in_progress") == "0");
        assert!(server.dir.join("appendonlydir/appendonly.aof.manifest").exists(), "{kind:?}");
        warnings
    });
    assert_eq!(logs[0], logs[1]);
    let names = KINDS.map(|kind| {
        let server = Server::start(kind, &[]);
        std::fs::write(server.dir.join("appendonlydir"), "a file").unwrap();
        assert_eq!(server.ask(&["CONFIG", "SET", "appendonly", "yes"]), NO_SWITCH, "{kind:?}");
        server.warnings()
    });
    assert_eq!(names[0], names[1]);
}

#[test]
fn nodes_conf_is_written_where_no_new_file_may_be_made() {
    if !redis_is_here() {
        return;
    }
    for kind in KINDS {
        let server = Server::start(kind, &["--cluster-enabled", "yes"]);
        server.allow("", false);
        assert_eq!(server.ask(&["CLUSTER", "ADDSLOTSRANGE", "1", "300"]), "OK", "{kind:?}");
        assert_eq!(server.ask(&["CLUSTER", "DELSLOTSRANGE", "4", "300"]), "OK", "{kind:?}");
        assert_eq!(server.ask(&["PING"]), "PONG", "{kind:?}");
        let text = std::fs::read_to_string(server.dir.join("nodes.conf")).unwrap();
        let mine = text.lines().next().unwrap();
        assert!(mine.contains("myself") && mine.ends_with(" 1-3"), "{kind:?} {text}");
        assert_eq!(text.trim_end().lines().count(), 2, "{kind:?} {text}");
        assert!(server.warnings().is_empty(), "{kind:?}");
    }
}
