//! Files change hands: what a real redis-server 7.0.15 saves, a node loads, and the other way
//! round. Payloads of DUMP must be equal afterwards.

// Real processes have real files and sockets.
#![allow(clippy::disallowed_types, clippy::disallowed_methods)]

mod real;

use std::io::Write as _;
use std::net::SocketAddr;
use std::time::SystemTime;

use engine_base::{LinkId, Mono, Now, Seed, UnixMs};
use engine_node::{Action, Boot, BootDisk, Config, DiskOp, Listener, Node};
use real::{Folder, Real, request};

impl BootDisk for Folder {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        std::fs::read(path).ok()
    }
}

struct Ours {
    node: Node,
    link: LinkId,
    now: Now,
}

impl Ours {
    fn start(folder: &Folder, options: &[&str]) -> Self {
        let dir = folder.0.to_string_lossy().into_owned();
        let mut args = vec!["--save", "", "--dir", &dir];
        args.extend_from_slice(options);
        let config = Config::parse("", &args).expect("directives");
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
        let unix = i64::try_from(since.as_millis()).expect("before the end of time");
        let now = Now { mono: Mono::from_millis(5), unix: UnixMs(unix + 1000) };
        let boot = Boot {
            config,
            config_file: None,
            pid: 7,
            seed: Seed::from_number(3),
            disk: folder,
            now,
        };
        let mut node = Node::boot(boot).expect("what Redis has saved is loaded");
        let at = SocketAddr::from(([127, 0, 0, 1], 6379));
        let link = node.accept(now, Listener::Client, at, at);
        let mut ours = Self { node, link, now };
        ours.act();
        ours
    }

    /// Does to the files what the node asks for.
    fn act(&mut self) {
        while let Some(action) = self.node.poll_action() {
            let Action::Disk { id, op, .. } = action else { continue };
            match op {
                DiskOp::Replace { path, bytes } | DiskOp::Put { path, bytes } => {
                    std::fs::write(path, bytes).expect("written");
                }
                DiskOp::Stream { path, pieces, .. } => {
                    let mut file = std::fs::OpenOptions::new()
                        .create(true)
                        .append(true)
                        .open(path)
                        .expect("opened");
                    for piece in pieces {
                        file.write_all(&piece).expect("appended");
                    }
                }
                DiskOp::Append { path, bytes } => std::fs::OpenOptions::new()
                    .create(true)
                    .append(true)
                    .open(path)
                    .and_then(|mut file| file.write_all(&bytes))
                    .expect("appended"),
                DiskOp::MakeDir { path } => std::fs::create_dir_all(path).expect("made"),
                DiskOp::Rename { from, to } => std::fs::rename(from, to).expect("renamed"),
                DiskOp::Remove { path } => std::fs::remove_file(path).expect("removed"),
                DiskOp::Truncate { path, len } => std::fs::OpenOptions::new()
                    .write(true)
                    .open(path)
                    .and_then(|file| file.set_len(len))
                    .expect("cut"),
                DiskOp::Sync { .. } | DiskOp::Settle { .. } => {}
            }
            self.node.handle_disk(self.now, id, Ok(()));
        }
    }

    fn ask(&mut self, words: &[&str]) -> Vec<u8> {
        self.node.handle_bytes(self.now, self.link, &request(words));
        self.act();
        let out = self.node.output(self.link).to_vec();
        self.node.handle_flushed(self.now, self.link, out.len());
        out
    }
}

/// One value of each encoding whose order does not depend on a table's seed.
fn commands() -> Vec<Vec<String>> {
    let mut all: Vec<String> = vec![
        "SET int 12345".into(),
        "SET text hello".into(),
        format!("SET long {}", "abcdefg".repeat(300)),
        "SADD ints 1 2 3 70000".into(),
        "HSET hash a 1 b two c 3000000".into(),
        "RPUSH list 1 two 3".into(),
        "ZADD zset 1 a 2.5 b -inf c".into(),
        "SET gone 1 PX 1".into(),
        "SET later 1 EXAT 9999999999".into(),
    ];
    for i in 0..300 {
        all.push(format!("RPUSH biglist element-{i}-{}", "x".repeat(i)));
        all.push(format!("ZADD bigzset {}.5 member:{i}", i % 7));
        all.push(format!("XADD stream {}-{} n {i} word{} w", i / 3, i % 3 + 1, i % 50));
    }
    for line in [
        "XDEL stream 50-1 50-2",
        "XGROUP CREATE stream g 10",
        "XGROUP CREATE stream empty $",
        "XGROUP CREATECONSUMER stream g idle",
        "XCLAIM stream g c 0 20-1 21-1 TIME 1000 RETRYCOUNT 3 FORCE JUSTID LASTID 30-1",
        "XGROUP CREATE nothing g 0 MKSTREAM",
    ] {
        all.push(line.into());
    }
    all.iter().map(|line| line.split(' ').map(str::to_owned).collect()).collect()
}

const KEYS: [&str; 10] =
    ["int", "text", "long", "ints", "hash", "list", "zset", "later", "biglist", "bigzset"];

fn fill(mut ask: impl FnMut(&[&str]) -> Vec<u8>) {
    for words in commands() {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let reply = ask(&words);
        assert!(!reply.starts_with(b"-"), "{words:?}: {}", reply.escape_ascii());
    }
}

fn same(real: &mut Real, ours: &mut Ours) {
    for key in KEYS {
        let (a, b) = (real.ask(&["DUMP", key]), ours.ask(&["DUMP", key]));
        assert!(a.len() > 12, "{key} is there");
        assert_eq!(a.escape_ascii().to_string(), b.escape_ascii().to_string(), "{key}");
        assert_eq!(real.ask(&["EXPIRETIME", key]), ours.ask(&["EXPIRETIME", key]));
    }
    // When a consumer was seen last differs: its stream is compared without that.
    for words in [
        &["DEBUG", "DIGEST-VALUE", "stream", "nothing"][..],
        &["XINFO", "STREAM", "stream"],
        &["XINFO", "STREAM", "nothing"],
        &["XINFO", "GROUPS", "stream"],
        &["XPENDING", "stream", "g"],
        &["XRANGE", "stream", "49-3", "51-1"],
    ] {
        let (a, b) = (real.ask(words), ours.ask(words));
        assert_eq!(a.escape_ascii().to_string(), b.escape_ascii().to_string(), "{words:?}");
    }
    ours.now.unix.0 += 5000;
    assert_eq!(ours.ask(&["EXISTS", "gone"]), b":0\r\n");
}

#[test]
fn what_redis_saves_a_node_loads() {
    for aof in ["no", "yes"] {
        let folder = Folder::new(&format!("load-{aof}"));
        let Some(mut real) = Real::start(&folder.0, &["--appendonly", aof]) else {
            eprintln!("skipped: redis-server is not installed (CI installs it)");
            return;
        };
        fill(|words| real.ask(words));
        assert_eq!(real.ask(&["SAVE"]), b"+OK\r\n");
        let mut ours = Ours::start(&folder, &["--appendonly", aof]);
        same(&mut real, &mut ours);
    }
}

#[test]
fn what_a_node_saves_redis_loads() {
    // The last: a rewritten file of commands alone.
    for (aof, preamble) in [("no", "yes"), ("yes", "yes"), ("yes", "no")] {
        let folder = Folder::new(&format!("save-{aof}-{preamble}"));
        let options = ["--appendonly", aof, "--aof-use-rdb-preamble", preamble];
        let mut ours = Ours::start(&folder, &options);
        fill(|words| ours.ask(words));
        if aof == "yes" {
            ours.ask(&["BGREWRITEAOF"]);
            ours.ask(&["RPUSH", "list", "after the rewrite"]);
        } else {
            assert_eq!(ours.ask(&["SAVE"]), b"+OK\r\n");
        }
        let Some(mut real) = Real::start(&folder.0, &options) else { return };
        same(&mut real, &mut ours);
    }
}
