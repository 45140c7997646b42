//! What an operator orders is in nodes.conf before the answer; the disk follows.

use std::net::SocketAddr;

use engine_base::{LinkId, Mono, Now, Seed, UnixMs};

use crate::Node;
use crate::api::{Action, Boot, BootDisk, DiskId, DiskOp, Listener};
use crate::config::Config;

/// No file is there yet.
struct Empty;

impl BootDisk for Empty {
    fn read(&self, _: &str) -> Option<Vec<u8>> {
        None
    }
}

struct Host {
    node: Node,
    link: LinkId,
    now: Now,
    /// Settlings under way: this disk ends them when it is told to.
    settling: Vec<DiskId>,
}

impl Host {
    fn start(options: &[&str]) -> Self {
        let options = [&["--cluster-enabled", "yes", "--save", ""], options].concat();
        let config = Config::parse("", &options).expect("directives");
        let now = Now { mono: Mono::from_millis(9), unix: UnixMs(1_700_000_000_000) };
        let seed = Seed::from_number(1);
        let boot = Boot { config, config_file: None, pid: 10, seed, disk: &Empty, now };
        let mut node = Node::boot(boot).expect("boots");
        let at = SocketAddr::from(([127, 0, 0, 1], 6379));
        let link = node.accept(now, Listener::Client, at, at);
        let mut host = Self { node, link, now, settling: Vec::new() };
        host.act();
        host
    }

    /// Carries out what there is to do; gives what was done to the disk and whether it waited.
    fn act(&mut self) -> Vec<String> {
        let mut done = Vec::new();
        while let Some(action) = self.node.poll_action() {
            match action {
                Action::Disk { id, op, barrier } => {
                    let waits = if barrier { "!" } else { "" };
                    done.push(match &op {
                        DiskOp::Put { path, .. } => format!("put {path}{waits}"),
                        DiskOp::Replace { path, .. } => format!("replace {path}{waits}"),
                        DiskOp::Settle { path } => format!("settle {path}{waits}"),
                        DiskOp::Append { .. } => format!("append{waits}"),
                        DiskOp::Sync { .. } => format!("sync{waits}"),
                        other => format!("{other:?}"),
                    });
                    if matches!(op, DiskOp::Settle { .. }) && !barrier {
                        self.settling.push(id);
                    } else {
                        self.node.handle_disk(self.now, id, Ok(()));
                    }
                }
                Action::Flush { link } => {
                    let out = self.node.output(link).to_vec();
                    self.node.handle_flushed(self.now, link, out.len());
                    done.push(String::from_utf8_lossy(&out).trim_end().to_owned());
                }
                _ => {}
            }
        }
        done
    }

    fn ask(&mut self, words: &[&str]) -> Vec<String> {
        let words: Vec<&[u8]> = words.iter().map(|w| w.as_bytes()).collect();
        let mut bytes = Vec::new();
        crate::replication::encode(&words, &mut bytes);
        self.node.handle_bytes(self.now, self.link, &bytes);
        self.act()
    }

    /// Time passes, up to the next tick of the cluster.
    fn pass(&mut self, ms: u64) -> Vec<String> {
        self.now.mono = self.now.mono.plus_ms(ms);
        self.now.unix.0 += ms as i64;
        self.node.handle_timeout(self.now);
        self.act()
    }

    /// The disk is done with what it was given first.
    fn settled(&mut self) -> Vec<String> {
        let id = self.settling.remove(0);
        self.node.handle_disk(self.now, id, Ok(()));
        self.act()
    }

    fn stable(&mut self, slot: &str) -> Vec<String> {
        self.ask(&["CLUSTER", "SETSLOT", slot, "STABLE"])
    }
}

const APPENDS: [&str; 2] = ["--appendonly", "yes"];

#[test]
fn who_orders_is_answered_when_it_is_written_and_before_the_disk_has_it() {
    let mut host = Host::start(&APPENDS);
    host.pass(200);
    assert_eq!(host.stable("7"), ["put nodes.conf", "settle nodes.conf", "+OK"]);
    assert_eq!(host.settling.len(), 1, "it goes on");
}

#[test]
fn with_appendfsync_always_the_answer_waits_for_the_disk() {
    let mut host = Host::start(&[&APPENDS[..], &["--appendfsync", "always"]].concat());
    assert_eq!(host.stable("7"), ["replace nodes.conf!", "+OK"]);
}

#[test]
fn however_much_is_put_while_the_disk_works_it_is_one_more() {
    let mut host = Host::start(&APPENDS);
    host.pass(200);
    host.stable("7");
    assert_eq!(host.stable("8"), ["put nodes.conf", "+OK"]);
    assert_eq!(host.stable("9"), ["put nodes.conf", "+OK"]);
    assert!(host.pass(200).is_empty(), "one at a time");
    assert!(host.settled().is_empty(), "at the next tick");
    assert_eq!(host.pass(100), ["settle nodes.conf"]);
    host.settled();
    assert!(host.pass(300).iter().all(|what| !what.starts_with("settle")), "all is there");
}

#[test]
fn data_is_not_durable_before_the_nodes_conf_of_its_time() {
    let mut host = Host::start(&APPENDS);
    host.pass(200);
    host.ask(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]);
    host.stable("8");
    host.node.out.disk(DiskOp::Sync { path: "aof".to_owned() }, false);
    assert_eq!(host.act(), ["settle nodes.conf", "sync"]);
    host.stable("9");
    host.node.out.disk(DiskOp::Sync { path: "aof".to_owned() }, true);
    assert_eq!(host.act(), ["settle nodes.conf!", "sync!"]);
}
