//! Several clients heard before the round ends, as a driver of real sockets does.

use std::net::SocketAddr;

use engine_base::LinkId;

use super::{Disk, Host};
use crate::api::{Action, DiskOp, Listener};

impl Host {
    fn another_client(&mut self) -> LinkId {
        let at = SocketAddr::from(([127, 0, 0, 1], 6380));
        self.node.accept(self.now, Listener::Client, at, at)
    }

    /// A command of one client, in a round that goes on.
    fn hear(&mut self, link: LinkId, words: &[&str]) {
        let words: Vec<&[u8]> = words.iter().map(|w| w.as_bytes()).collect();
        let mut bytes = Vec::new();
        crate::replication::encode(&words, &mut bytes);
        self.node.hear_bytes(self.now, link, &bytes);
    }

    /// Ends the round: what the driver is to do, a word each.
    fn end_round(&mut self) -> Vec<String> {
        self.node.end_round(self.now);
        core::iter::from_fn(|| self.node.poll_action())
            .map(|action| match action {
                Action::Disk { op: DiskOp::Append { bytes, .. }, .. } => {
                    format!("append {}", String::from_utf8_lossy(&bytes).matches("SET").count())
                }
                Action::Disk { op: DiskOp::Sync { .. }, barrier, .. } => format!("sync {barrier}"),
                Action::Disk { op: DiskOp::Replace { .. }, .. } => "snapshot".into(),
                Action::Flush { .. } => "answer".into(),
                other => format!("{other:?}"),
            })
            .collect()
    }
}

#[test]
fn all_who_are_heard_in_a_round_share_one_write_and_are_answered_behind_it() {
    let options = ["--appendonly", "yes", "--appendfsync", "always"];
    let mut host = Host::start(Disk::default(), &options);
    let (first, second) = (host.link, host.another_client());
    host.hear(first, &["SET", "a", "1"]);
    host.hear(second, &["SET", "b", "2"]);
    host.hear(first, &["SET", "c", "3"]);
    assert_eq!(host.end_round(), ["append 3", "sync true", "answer", "answer"]);
    assert_eq!(host.end_round(), [""; 0], "a round without input");
}

#[test]
fn nobody_is_answered_before_the_write_whatever_else_the_disk_is_told() {
    let mut host = Host::start(Disk::default(), &["--appendonly", "yes"]);
    let (first, second) = (host.link, host.another_client());
    host.hear(first, &["SET", "a", "1"]);
    host.hear(second, &["BGSAVE"]);
    let mut told = host.end_round();
    told.retain(|it| !it.starts_with("Log"));
    assert_eq!(told, ["snapshot", "append 1", "answer", "answer"]);
}

#[test]
fn who_waits_for_a_key_gets_it_before_the_next_client_of_the_round() {
    let mut host = Host::start(Disk::default(), &[]);
    let (waits, pushes) = (host.link, host.another_client());
    let pops = host.another_client();
    host.ask(&["BLPOP", "list", "0"]);
    host.hear(pushes, &["RPUSH", "list", "x"]);
    host.hear(pops, &["LPOP", "list"]);
    host.node.end_round(host.now);
    assert_eq!(host.node.output(waits), b"*2\r\n$4\r\nlist\r\n$1\r\nx\r\n");
    assert_eq!(host.node.output(pops), b"$-1\r\n");
}
