//! A process with a disk in memory: what it saves, what it loads, what it says of damaged files.

use std::collections::VecDeque;
use std::net::SocketAddr;

use engine_base::{LinkId, Mono, Now, Seed, UnixMs};

use crate::api::{Action, Boot, BootDisk, BootError, DiskError, DiskId, DiskOp, Listener};
use crate::{Config, Node};

mod append_only;
mod background;
mod directives;
mod disk;
mod loading;
mod rounds;

use disk::Disk;

struct Host {
    node: Node,
    link: LinkId,
    now: Now,
    disk: Disk,
    log: Vec<String>,
    reply: Vec<u8>,
    exit: Option<i32>,
    /// Parts of files that the node wants and the driver has not read.
    parts: VecDeque<Part>,
}

/// A part of a file, as it is asked for.
struct Part {
    id: DiskId,
    path: String,
    from: u64,
    len: usize,
}

fn boot(disk: &Disk, options: &[&str]) -> Result<Node, BootError> {
    let config = Config::parse("", options).expect("directives");
    let now = Now { mono: Mono::from_millis(9), unix: UnixMs(1_700_000_000_000) };
    let seed = Seed::from_number(1);
    Node::boot(Boot { config, config_file: None, pid: 10, seed, disk, now })
}

impl Host {
    fn start(disk: Disk, options: &[&str]) -> Self {
        let mut host = Self::begin(disk, options);
        while host.read_part() {}
        host
    }

    /// A process of which the first turn is done.
    fn begin(disk: Disk, options: &[&str]) -> Self {
        let mut node = boot(&disk, options).expect("boots");
        let now = Now { mono: Mono::from_millis(9), unix: UnixMs(1_700_000_000_000) };
        let at = SocketAddr::from(([127, 0, 0, 1], 6379));
        let link = node.accept(now, Listener::Client, at, at);
        let (log, reply) = (Vec::new(), Vec::new());
        let parts = VecDeque::new();
        let mut host = Self { node, link, now, disk, log, reply, exit: None, parts };
        host.act();
        host
    }

    /// Reads the part that was asked for first.
    fn read_part(&mut self) -> bool {
        let Some(Part { id, path, from, len }) = self.parts.pop_front() else { return false };
        let part = self.disk.read_at(&path, from, len).ok_or(DiskError::NotFound);
        self.node.handle_read(self.now, id, part);
        self.act();
        true
    }

    fn act(&mut self) {
        self.act_until(|_| false);
    }

    /// Carries actions out until something holds.
    fn act_until(&mut self, holds: impl Fn(&Node) -> bool) {
        while !holds(&self.node)
            && let Some(action) = self.node.poll_action()
        {
            match action {
                Action::Disk { id, op, .. } => {
                    if let DiskOp::Stream { pieces, .. } = &op {
                        let bytes = pieces.clone().map(|piece| piece.len() as u64).sum();
                        self.node.handle_written(id, bytes);
                    }
                    let done = self.disk.act(op);
                    self.node.handle_disk(self.now, id, done);
                }
                Action::Read { id, path, from, len } => {
                    self.parts.push_back(Part { id, path, from, len });
                }
                Action::Log { text, .. } => self.log.push(text),
                Action::Flush { link } => {
                    let out = self.node.output(link).to_vec();
                    self.node.handle_flushed(self.now, link, out.len());
                    self.reply.extend_from_slice(&out);
                }
                Action::Exit { code } => self.exit = Some(code),
                _ => {}
            }
        }
    }

    /// A command whose actions the driver has not come to yet.
    fn tell(&mut self, words: &[&str]) {
        let words: Vec<&[u8]> = words.iter().map(|w| w.as_bytes()).collect();
        let mut bytes = Vec::new();
        crate::replication::encode(&words, &mut bytes);
        self.node.handle_bytes(self.now, self.link, &bytes);
    }

    fn ask(&mut self, words: &[&str]) -> String {
        self.reply.clear();
        self.tell(words);
        self.act();
        String::from_utf8_lossy(&self.reply).into_owned()
    }

    fn pass(&mut self, secs: u64) {
        for _ in 0..secs * 10 {
            self.now.mono = self.now.mono.plus_ms(100);
            self.now.unix.0 += 100;
            self.node.handle_timeout(self.now);
            self.act();
        }
    }

    fn said(&self, text: &str) -> bool {
        self.log.iter().any(|line| line.contains(text))
    }
}

fn last_words(disk: &Disk, options: &[&str]) -> (String, i32) {
    let Err(error) = boot(disk, options) else { panic!("it boots") };
    (error.log.last().map(|line| line.1.trim().to_owned()).unwrap_or_default(), error.code)
}

#[test]
fn a_save_point_saves_and_the_next_process_loads() {
    let mut host = Host::start(Disk::default(), &["--save", "60", "3"]);
    for i in 0..3 {
        host.ask(&["SET", &format!("k{i}"), "v"]);
    }
    host.pass(50);
    assert!(host.disk.files.is_empty(), "not before its time");
    host.pass(15);
    assert!(host.said("3 changes in 60 seconds. Saving..."));
    assert!(host.said("Background saving terminated with success"));
    assert!(host.ask(&["INFO", "persistence"]).contains("rdb_changes_since_last_save:0"));
    let mut next = Host::start(host.disk, &["--save", "60", "3"]);
    assert_eq!(next.ask(&["DBSIZE"]), ":3\r\n");
    assert!(next.said("Done loading RDB, keys loaded: 3, keys expired: 0."));
}

#[test]
fn a_full_disk_stops_writes_until_a_save_succeeds() {
    let mut host = Host::start(Disk::default(), &["--save", "60", "1"]);
    host.ask(&["SET", "k", "v"]);
    host.disk.full = true;
    host.pass(65);
    assert!(host.said("Write error saving DB on disk: No space left on device"));
    assert!(host.said("Background saving error"));
    assert!(host.ask(&["SET", "k", "w"]).starts_with("-MISCONF Redis is configured to save RDB"));
    assert_eq!(host.ask(&["GET", "k"]), "$1\r\nv\r\n");
    assert!(host.ask(&["PING"]).starts_with("-MISCONF Redis is configured to save RDB"));
    assert_eq!(host.ask(&["SAVE"]), "-ERR\r\n");
    host.disk.full = false;
    host.pass(10);
    assert_eq!(host.ask(&["PING"]), "+PONG\r\n");
    assert_eq!(host.ask(&["SET", "k", "w"]), "+OK\r\n", "it was tried again");
}

/// More data than one piece of a snapshot holds.
fn much_data(options: &[&str]) -> Host {
    let mut host = Host::start(Disk::default(), options);
    for i in 0..3000 {
        host.ask(&["SET", &format!("key {i}"), &format!("{i} ").repeat(30)]);
    }
    for i in 0..2000 {
        host.ask(&["ZADD", "scores", &i.to_string(), &format!("member {i}")]);
    }
    host
}

#[test]
fn a_large_save_shows_the_data_as_it_was_when_it_began() {
    for command in ["BGSAVE", "SAVE"] {
        let options = &["--save", "", "--rdbcompression", "no"];
        let mut host = much_data(options);
        host.tell(&[command]);
        // Nothing has been carried out yet: the disk has got a few pieces, not all.
        host.tell(&["CONFIG", "SET", "maxclients", "100"]);
        let (other, at) = (host.link, SocketAddr::from(([127, 0, 0, 1], 7)));
        host.link = host.node.accept(host.now, Listener::Client, at, at);
        host.tell(&["SET", "key 1", "after"]);
        host.tell(&["ZADD", "scores", "-1", "after"]);
        host.tell(&["DEL", "key 2"]);
        host.act();
        host.link = other;
        assert_eq!(host.ask(&["EXISTS", "key 2"]), ":0\r\n");
        let files: Vec<&str> = host.disk.files.keys().map(String::as_str).collect();
        assert_eq!(files, ["dump.rdb"], "{command}");
        let mut next = Host::start(host.disk, options);
        assert_eq!(next.ask(&["DBSIZE"]), ":3001\r\n");
        assert!(next.ask(&["GET", "key 1"]).contains("1 1 1 1"));
        assert_eq!(next.ask(&["ZCARD", "scores"]), ":2000\r\n");
    }
}

#[test]
fn a_large_save_that_fails_leaves_nothing() {
    let mut host = much_data(&["--save", "60", "100000", "--rdbcompression", "no"]);
    host.disk.full = true;
    host.ask(&["BGSAVE"]);
    assert!(host.said("Write error saving DB on disk: No space left on device"));
    assert!(host.ask(&["SET", "k", "v"]).starts_with("-MISCONF"));
    assert!(host.disk.files.is_empty());
    host.disk.full = false;
    host.ask(&["BGSAVE"]);
    assert_eq!(host.ask(&["SET", "k", "v"]), "+OK\r\n");
    assert_eq!(host.disk.files.len(), 1);
}

#[test]
fn a_large_rewrite_keeps_what_comes_while_it_is_written() {
    let options = &["--appendonly", "yes", "--save", "", "--rdbcompression", "no"];
    let mut host = much_data(options);
    host.tell(&["BGREWRITEAOF"]);
    // It begins when the disk has made a file for what follows.
    let begun = |node: &Node| node.persist.aof.as_ref().is_some_and(|aof| aof.rewrite.is_some());
    host.act_until(begun);
    assert!(begun(&host.node));
    host.tell(&["SET", "key 1", "after"]);
    host.act();
    assert!(host.said("Background AOF rewrite finished successfully"));
    let mut next = Host::start(host.disk, options);
    assert_eq!(next.ask(&["DBSIZE"]), ":3001\r\n");
    assert_eq!(next.ask(&["GET", "key 1"]), "$5\r\nafter\r\n");
}

#[test]
fn shutdown_saves_first_and_stays_when_it_cannot() {
    let mut host = Host::start(Disk::default(), &["--save", "60", "1"]);
    host.ask(&["SET", "k", "v"]);
    host.disk.full = true;
    let reply = host.ask(&["SHUTDOWN"]);
    assert_eq!(reply, "-ERR Errors trying to SHUTDOWN. Check logs.\r\n");
    assert!(host.said("Error trying to save the DB, can't exit."));
    assert_eq!(host.exit, None);
    host.disk.full = false;
    assert_eq!(host.ask(&["SHUTDOWN"]), "");
    assert_eq!(host.exit, Some(0));
    assert!(host.said("Redis is now ready to exit, bye bye..."));
    assert!(host.disk.files.contains_key("dump.rdb"));
    let mut quick = Host::start(Disk::default(), &["--save", "60", "1"]);
    quick.ask(&["SHUTDOWN", "NOSAVE"]);
    assert_eq!((quick.exit, quick.disk.files.len()), (Some(0), 0));
}

#[test]
fn every_write_is_in_the_append_only_file_before_it_is_answered() {
    let always = &["--appendonly", "yes", "--appendfsync", "always", "--save", ""];
    let mut host = Host::start(Disk::default(), always);
    host.ask(&["SELECT", "2"]);
    host.ask(&["SET", "k", "v", "PX", "100000"]);
    host.ask(&["MULTI"]);
    host.ask(&["INCR", "a"]);
    host.ask(&["INCR", "a"]);
    host.ask(&["EXEC"]);
    // The process is killed here: only the disk remains.
    let mut next = Host::start(host.disk.clone(), always);
    next.ask(&["SELECT", "2"]);
    assert_eq!(next.ask(&["GET", "a"]), "$1\r\n2\r\n");
    assert_eq!(next.ask(&["PTTL", "k"]), ":100000\r\n");
    let incr = &host.disk.files["appendonlydir/appendonly.aof.1.incr.aof"];
    assert!(incr.starts_with(b"*2\r\n$6\r\nSELECT\r\n$1\r\n2\r\n"));
}

#[test]
fn a_rewrite_keeps_all_and_drops_the_old_files() {
    let options = &["--appendonly", "yes", "--save", ""];
    let mut host = Host::start(Disk::default(), options);
    for i in 0..50 {
        host.ask(&["RPUSH", "l", &i.to_string()]);
    }
    host.ask(&["BGREWRITEAOF"]);
    host.ask(&["RPUSH", "l", "after"]);
    let names: Vec<&str> = host.disk.files.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "appendonlydir/appendonly.aof.2.base.rdb",
            "appendonlydir/appendonly.aof.2.incr.aof",
            "appendonlydir/appendonly.aof.manifest"
        ]
    );
    let mut next = Host::start(host.disk, options);
    assert_eq!(next.ask(&["LLEN", "l"]), ":51\r\n");
}

#[test]
fn a_write_that_was_cut_off_is_dropped_with_a_warning() {
    let options = &["--appendonly", "yes", "--save", ""];
    let mut host = Host::start(Disk::default(), options);
    host.ask(&["SET", "a", "1"]);
    host.ask(&["SET", "b", "2"]);
    let name = "appendonlydir/appendonly.aof.1.incr.aof";
    let file = host.disk.files.get_mut(name).expect("there");
    let whole = file.len() - 27;
    file.truncate(whole + 9);
    let strict = last_words(
        &host.disk,
        &["--appendonly", "yes", "--save", "", "--aof-load-truncated", "no"],
    );
    assert!(strict.0.starts_with("Unexpected end of file reading the append only file"));
    let mut next = Host::start(host.disk, options);
    assert!(
        next.said(&format!(
            "!!! Truncating the AOF appendonly.aof.1.incr.aof at offset {whole} !!!"
        ))
    );
    assert_eq!(next.ask(&["EXISTS", "a", "b"]), ":1\r\n");
    assert_eq!(next.disk.files[name].len(), whole);
}

#[test]
fn damaged_files_end_the_process_in_the_words_of_redis() {
    let rdb = |bytes: &[u8]| last_words(&Disk::with(&[("dump.rdb", bytes)]), &[]);
    let fatal = "Fatal error loading the DB: Invalid argument. Exiting.";
    assert_eq!(rdb(b"REDIS0011\xff"), (fatal.into(), 1));
    assert_eq!(rdb(b"no database"), (fatal.into(), 1));
    let inside = "Internal error in RDB reading offset 0, function at rdb.c";
    assert_eq!(
        rdb(b"REDIS0010\xfe\x00\x55\x01k").0,
        format!("{inside}:2681 -> Unknown RDB encoding type 85")
    );
    assert_eq!(
        rdb(b"REDIS0010\xfe\x00").0,
        format!("{inside}:3249 -> Unexpected EOF reading RDB file")
    );
    // A hash whose ziplist is none.
    let end = "Terminating server after rdb file reading failure.";
    assert_eq!(rdb(b"REDIS0010\xfe\x00\x0d\x01k\x02zl\xff\x00\x00\x00\x00\x00\x00\x00\x00").0, end);
    let aof = |files: &[(&str, &[u8])]| last_words(&Disk::with(files), &["--appendonly", "yes"]);
    let manifest = "appendonlydir/appendonly.aof.manifest";
    assert_eq!(aof(&[(manifest, b"nonsense\n")]), ("Invalid AOF manifest file format".into(), 1));
    assert_eq!(
        aof(&[(manifest, b"file a.1.incr.aof seq 1 type i\n")]).0,
        "Unable to obtain the AOF file a.1.incr.aof length. stat: No such file or directory"
    );
    let part = "appendonlydir/a.1.incr.aof";
    let line = b"file a.1.incr.aof seq 1 type i\n";
    assert!(aof(&[(manifest, line), (part, b"*1\r\nfoo")]).0.starts_with("Bad file format"));
    assert_eq!(
        aof(&[(manifest, line), (part, b"*1\r\n$3\r\nfoo\r\n")]).0,
        "Unknown command 'foo' reading the append only file a.1.incr.aof"
    );
}

#[test]
fn a_replica_that_restarts_goes_on_from_its_file() {
    let options = &["--save", "60", "1", "--replicaof", "127.0.0.1", "1"];
    let mut host = Host::start(Disk::default(), options);
    let id = host.node.replication.id;
    host.ask(&["SHUTDOWN", "SAVE"]);
    let next = Host::start(host.disk, options);
    assert_eq!(next.node.replication.id, id, "it will ask its master to continue");
}
