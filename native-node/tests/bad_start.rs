//! What is wrong at the start: both servers say the same, end with the same code, and leave the
//! files as they were.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::fs::Permissions;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::{Kind, Server, free_port, redis_is_here};

/// A folder with files in it, made anew for each run.
struct Folder(PathBuf);

impl Folder {
    fn new(files: &[(&str, &[u8])]) -> Self {
        // Tests of one process run side by side.
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("native-node-bad-start-{}-{number}", std::process::id());
        let folder = Self(std::env::temp_dir().join(name));
        for (path, bytes) in files {
            let path = folder.0.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        std::fs::create_dir_all(&folder.0).unwrap();
        folder
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Lines that say nothing of what is wrong.
const USUAL: [&str; 5] = [
    "oO0OoO0OoO0Oo",
    "Redis version=",
    "Configuration loaded",
    "WARNING Memory overcommit",
    "Server initialized",
];

/// The exit code, the warnings of the log without process and time, and standard error.
fn end(kind: Kind, dir: &Path, args: &[String]) -> (Option<i32>, Vec<String>, String) {
    let program = match kind {
        Kind::Ours => env!("CARGO_BIN_EXE_native-node"),
        Kind::Real => "redis-server",
    };
    let mut command = Command::new("timeout");
    command.arg("20").arg(program).args(args).current_dir(dir);
    ended(&mut command)
}

/// How a command ends: see [`end`].
fn ended(command: &mut Command) -> (Option<i32>, Vec<String>, String) {
    let out = command.output().unwrap();
    let log = String::from_utf8_lossy(&out.stdout).into_owned();
    let warnings = log
        .lines()
        .filter_map(|line| line.split_once(" # ").map(|(_, words)| words))
        .filter(|words| !USUAL.iter().any(|usual| words.contains(usual)))
        .map(str::to_owned)
        .collect();
    (out.status.code(), warnings, String::from_utf8_lossy(&out.stderr).into_owned())
}

/// The same of both.
fn same(files: &[(&str, &[u8])], args: &[&str]) -> Vec<String> {
    let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
    let [ours, real] = [Kind::Ours, Kind::Real].map(|kind| {
        let folder = Folder::new(files);
        let end = end(kind, &folder.0, &args);
        for (path, bytes) in files {
            let now = std::fs::read(folder.0.join(path)).unwrap();
            assert_eq!(now, *bytes, "{kind:?} wrote {path}");
        }
        end
    });
    assert_eq!(ours, real, "{args:?}");
    assert_eq!(ours.0, Some(1), "{args:?}");
    ours.1
}

#[test]
fn directives_that_mean_nothing() {
    if !redis_is_here() {
        return;
    }
    let many = "127.0.0.1 ".repeat(17);
    let cases: [&[&str]; 12] = [
        &["--nosuch", "1"],
        &["--port", "70000"],
        &["--port", "abc"],
        &["--port"],
        &["--maxmemory", "much"],
        &["--save", "1"],
        &["--cluster-enabled", "maybe"],
        &["--bind", &many],
        &["--dir", "/nosuch"],
        &["--logfile", "/nosuch/log"],
        &["--appendfsync", "often"],
        &["/nosuch.conf"],
    ];
    for args in cases {
        same(&[], args);
    }
    let file = b"port 6379\nmaxclients 10\nsave \"60\n".as_slice();
    same(&[("redis.conf", file)], &["redis.conf"]);
    let file = b"include /nosuch/other.conf\n".as_slice();
    same(&[("redis.conf", file)], &["redis.conf"]);
    // Standard input is asked for at the end only, when a file is named.
    same(&[("redis.conf", b"".as_slice())], &["redis.conf", "-", "--port", "1"]);
    for line in ["NOSUCH x", "GET SET", "GET A\nrename-command SET a", "EVAL", "EVALX \"\""] {
        let file = format!("rename-command {line}\n");
        same(&[("redis.conf", file.as_bytes())], &["redis.conf"]);
    }
}

#[test]
fn users_that_make_no_sense() {
    if !redis_is_here() {
        return;
    }
    let port = free_port().to_string();
    let args = ["redis.conf", "--port", &port];
    for lines in [
        "user foo bad",
        "user foo on ~* ~a",
        "user foo on (~x +get",
        "user foo #12",
        "user foo <nosuch",
        "user foo +config|get|x",
        "user foo\nuser foo",
        "user default\nuser default",
        "user \"a b\" on",
        "user foo on +nosuch",
        "user foo on\naclfile u.acl",
        "aclfile missing.acl",
        "aclfile u.acl",
    ] {
        let conf = format!("{lines}\n");
        let users = b"user a on +nosuch\nuser b (+get\nuser a off\n".as_slice();
        same(&[("redis.conf", conf.as_bytes()), ("u.acl", users)], &args);
    }
}

#[test]
fn ports_that_cannot_be_had() {
    if !redis_is_here() {
        return;
    }
    let (port, other) = (free_port(), free_port());
    let _client = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let _bus = TcpListener::bind(("127.0.0.1", other + 10_000)).unwrap();
    let (port, other) = (port.to_string(), other.to_string());
    let said = same(&[], &["--port", &port, "--bind", "127.0.0.1"]);
    assert_eq!(said.len(), 2, "{said:?}");
    same(&[], &["--port", &port, "--bind", "127.0.0.1 -::1"]);
    same(&[], &["--port", &other, "--bind", "127.0.0.1", "--cluster-enabled", "yes"]);
    same(&[], &["--port", "60000", "--bind", "127.0.0.1", "--cluster-enabled", "yes"]);
    same(&[], &["--port", &other, "--bind", "192.0.2.77"]);
    same(&[], &["--port", &other, "--bind", "nosuch.invalid"]);
}

#[test]
fn folders_and_nodes_conf_that_are_not_ours() {
    if !redis_is_here() {
        return;
    }
    let port = free_port().to_string();
    let cluster = ["--port", &port, "--cluster-enabled", "yes"];
    // Not even root writes there.
    same(&[], &[&cluster[..], &["--dir", "/proc"]].concat());
    same(&[], &["--port", &port, "--appendonly", "yes", "--dir", "/proc"]);
    same(&[("nodes.conf", b"garbage\n".as_slice())], &cluster);
    same(&[("nodes.conf", b"vars currentEpoch x\n".as_slice())], &cluster);
    for holder in [Kind::Ours, Kind::Real] {
        let first = Server::cluster(holder);
        let dir = first.dir.to_string_lossy().into_owned();
        let said = same(&[], &[&cluster[..], &["--dir", &dir]].concat());
        assert!(said[0].contains("is already used by a different Redis Cluster node"), "{said:?}");
    }
}

/// A dump of the real server with one string in it.
fn dump() -> Vec<u8> {
    let server = Server::start(Kind::Real, &["--save", ""]);
    assert_eq!(server.ask(&["SET", "key", "value"]), "OK");
    assert_eq!(server.ask(&["SAVE"]), "OK");
    std::fs::read(server.dir.join("dump.rdb")).unwrap()
}

#[test]
fn a_dump_that_is_broken() {
    if !redis_is_here() {
        return;
    }
    let port = free_port().to_string();
    let whole = dump();
    let changed = |at: usize, byte: u8| {
        let mut bytes = whole.clone();
        bytes[at] = byte;
        bytes
    };
    let value = whole.windows(5).position(|w| w == b"value").unwrap();
    let cases = [
        ("no dump at all", b"garbage, and more of it".to_vec()),
        ("empty", Vec::new()),
        ("a version to come", changed(8, b'9')),
        ("another value", changed(value, b'V')),
        ("an unknown type", changed(value - 6, 0x77)),
        ("cut in the value", whole[..value + 2].to_vec()),
        ("cut in the checksum", whole[..whole.len() - 3].to_vec()),
    ];
    for (what, bytes) in cases {
        println!("{what}");
        let said = same(&[("dump.rdb", &bytes)], &["--port", &port]);
        assert!(!said.is_empty() || bytes.is_empty(), "{what}");
    }
}

#[test]
fn an_append_only_file_that_is_broken() {
    if !redis_is_here() {
        return;
    }
    let port = free_port().to_string();
    let args = ["--port", &port, "--appendonly", "yes", "--aof-load-truncated", "no"];
    let set = b"*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n".as_slice();
    let manifest = b"file appendonly.aof.1.incr.aof seq 1 type i\n".as_slice();
    let names =
        ["appendonlydir/appendonly.aof.manifest", "appendonlydir/appendonly.aof.1.incr.aof"];
    let cut = &set[..set.len() - 4];
    let garbage = b"SET key value\r\n".as_slice();
    let unknown = b"*1\r\n$6\r\nNOSUCH\r\n".as_slice();
    for (list, file) in [
        (manifest, cut),
        (manifest, garbage),
        (manifest, unknown),
        (b"nonsense\n".as_slice(), set),
        (b"file a b c\n".as_slice(), set),
        (&manifest[..manifest.len() - 1], set),
        (b"".as_slice(), set),
    ] {
        same(&[(names[0], list), (names[1], file)], &args);
    }
    // A file that the manifest names is missing.
    same(&[(names[0], manifest)], &args);
    // Something else has the name of the folder.
    same(&[("appendonlydir", b"".as_slice())], &args);
}

/// What may not be read is not taken for missing, and what may not be written is told at once: a
/// server that starts empty would write over all data.
#[test]
fn files_and_folders_of_somebody_else() {
    if !redis_is_here() {
        return;
    }
    let port = free_port().to_string();
    let aof = ["--port", &port, "--appendonly", "yes"];
    let (manifest, incr) =
        ("appendonlydir/appendonly.aof.manifest", "appendonlydir/appendonly.aof.1.incr.aof");
    let list = b"file appendonly.aof.1.incr.aof seq 1 type i\n".as_slice();
    let set = b"*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n".as_slice();
    let both = [(manifest, list), (incr, set)];
    let nodes = [("nodes.conf", b"".as_slice())];
    let cluster = ["--port", &port, "--cluster-enabled", "yes"];
    for (files, forbidden, mode, args) in [
        (&[("dump.rdb", b"REDIS0010".as_slice())][..], "dump.rdb", 0, &aof[..2]),
        (&both, manifest, 0, &aof),
        (&both, manifest, 0, &aof[..2]),
        (&both, incr, 0, &aof),
        (&both, incr, 0o444, &aof),
        (&[("appendonlydir/x", b"".as_slice())], "appendonlydir", 0o555, &aof),
        (&nodes, "nodes.conf", 0, &cluster),
        (&nodes, "nodes.conf", 0o444, &cluster),
    ] {
        same_of_nobody(files, forbidden, mode, args);
    }
}

/// [`same`], as a user for whom one of the files has this mode: root may read everything.
fn same_of_nobody(files: &[(&str, &[u8])], forbidden: &str, mode: u32, args: &[&str]) {
    const NOBODY: u32 = 65534;
    let [ours, real] = [Kind::Ours, Kind::Real].map(|kind| {
        let folder = Folder::new(files);
        let program = match kind {
            // Where it was built, nobody may have no access to it.
            Kind::Ours => {
                let copy = folder.0.join("program");
                std::fs::copy(env!("CARGO_BIN_EXE_native-node"), &copy).unwrap();
                copy.to_string_lossy().into_owned()
            }
            Kind::Real => "redis-server".to_owned(),
        };
        let mut command = Command::new("timeout");
        command.arg("20").arg(program).args(args).current_dir(&folder.0);
        let root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
        if root {
            let whole = Command::new("chown").args(["-R", "65534:65534"]).arg(&folder.0).status();
            assert!(whole.unwrap().success());
            command.uid(NOBODY).gid(NOBODY);
        }
        let path = folder.0.join(forbidden);
        std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let end = ended(&mut command);
        std::fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        for (path, bytes) in files {
            assert_eq!(std::fs::read(folder.0.join(path)).unwrap(), *bytes, "{kind:?}: {path}");
        }
        end
    });
    assert_eq!(ours, real, "{forbidden} {mode:o} {args:?}");
    assert_eq!(ours.0, Some(1), "{forbidden} {mode:o} {args:?}");
}
