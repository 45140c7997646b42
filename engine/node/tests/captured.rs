//! The complete bus traffic of six real redis-servers 7.0.15 through meeting, failover, manual
//! failover and resharding: every packet is understood, and a node of ours that takes a real one's
//! place in it comes to believe what that one believed.

// The recorder has real processes and sockets.
#![allow(clippy::disallowed_types, clippy::disallowed_methods)]
#![allow(clippy::unwrap_used, unreachable_pub, reason = "a test")]

#[allow(dead_code, reason = "its request and folder are used")]
mod real;
#[path = "captured/record.rs"]
mod record;
#[path = "captured/replay.rs"]
mod replay;
#[path = "captured/story.rs"]
mod story;
#[path = "captured/view.rs"]
mod view;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use engine_base::Slot;
use engine_bus::{MessageFlags, MessageType, Packet, View, describe};
use record::{Cluster, announced};
use story::{NODES, Port, Story, What};

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captured/traffic.lzf")
}

fn recorded() -> Story {
    Story::unpack(&std::fs::read(file()).unwrap())
}

/// Run by hand (`cargo test -p engine-node --test captured -- --ignored`): makes a new recording.
#[test]
#[ignore = "writes the recording that the other tests read"]
fn record_a_real_cluster() {
    let folder = real::Folder::new("captured");
    let mut cluster = Cluster::start(&folder.0);
    meet(&mut cluster);
    fail_over(&mut cluster);
    reshard(&mut cluster);
    let story = cluster.finish();
    let packed = story.pack();
    assert_eq!(Story::unpack(&packed), story);
    println!("{} events, {} bytes", story.events.len(), packed.len());
    std::fs::write(file(), packed).unwrap();
}

fn meet(cluster: &mut Cluster<'_>) {
    for node in 0..NODES {
        cluster.ok(node, &["CLUSTER", "SET-CONFIG-EPOCH", &(node + 1).to_string()]);
    }
    for node in 1..NODES {
        let ports = [Port::Client, Port::Bus].map(|port| announced(node, port).to_string());
        cluster.ok(0, &["CLUSTER", "MEET", "127.0.0.1", &ports[0], &ports[1]]);
    }
    let known = |nodes: &str| view::believed(nodes).len() == NODES && !nodes.contains("handshake");
    cluster.wait("all know all", known);
    cluster.settle();
    cluster.snapshot();
    for (node, first, last) in [(0, "0", "5460"), (1, "5461", "10922"), (2, "10923", "16383")] {
        cluster.ok(node, &["CLUSTER", "ADDSLOTSRANGE", first, last]);
    }
    for node in 3..NODES {
        let master = cluster.ids[node - 3].clone();
        cluster.ok(node, &["CLUSTER", "REPLICATE", &master]);
    }
    cluster.wait("there are three replicas", |nodes| nodes.matches("slave ").count() == 3);
    cluster.settle();
    cluster.healthy();
    cluster.snapshot();
    for slot in 100..103 {
        let key = key_in(slot);
        cluster.ok(0, &["SET", &key, "moved"]);
    }
    assert_eq!(cluster.command(3, &["PUBLISH", "news", "hello"]), ":0\r\n");
    assert_eq!(cluster.command(0, &["SPUBLISH", "{06S}shard", "hi"]), ":0\r\n");
}

fn fail_over(cluster: &mut Cluster<'_>) {
    cluster.kill(1);
    cluster.wait("all say that it failed", |nodes| nodes.contains("master,fail "));
    cluster.snapshot();
    cluster.healthy();
    cluster.settle();
    cluster.snapshot();
    cluster.run(1);
    cluster.wait("it is back", |nodes| !nodes.contains(",fail") && !nodes.contains("disconn"));
    cluster.settle();
    cluster.snapshot();
    cluster.ok(1, &["CLUSTER", "FAILOVER"]);
    cluster.wait("it is a master again", |nodes| {
        nodes.lines().any(|l| {
            l.contains(&format!(":{}@", announced(1, Port::Client))) && l.contains("master")
        })
    });
    cluster.settle();
    cluster.snapshot();
}

fn reshard(cluster: &mut Cluster<'_>) {
    let (from, to) = (cluster.ids[0].clone(), cluster.ids[2].clone());
    let port = announced(2, Port::Client).to_string();
    for slot in 100..103 {
        let (key, slot) = (key_in(slot), slot.to_string());
        cluster.ok(2, &["CLUSTER", "SETSLOT", &slot, "IMPORTING", &from]);
        cluster.ok(0, &["CLUSTER", "SETSLOT", &slot, "MIGRATING", &to]);
        cluster.snapshot();
        cluster.ok(0, &["MIGRATE", "127.0.0.1", &port, "", "0", "5000", "KEYS", &key]);
        for node in [2, 0, 1] {
            cluster.ok(node, &["CLUSTER", "SETSLOT", &slot, "NODE", &to]);
        }
    }
    cluster.settle();
    cluster.snapshot();
}

fn key_in(slot: u16) -> String {
    let wanted = Slot::new(slot).unwrap();
    let keys = (0..).map(|i| format!("key:{i}"));
    keys.into_iter().find(|key| Slot::of_key(key.as_bytes()) == wanted).unwrap()
}

#[test]
fn every_packet_is_understood_and_written_back_as_it_was() {
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for event in recorded().events {
        let What::Bytes { bytes, .. } = event.what else { continue };
        if !bytes.starts_with(b"RCmb") {
            continue;
        }
        let packet = Packet::decode(&bytes).unwrap();
        let mut again = Vec::new();
        packet.encode(&mut again);
        assert!(again == bytes, "changed: {packet:?}");
        let view = View::check(&bytes).unwrap();
        assert!(!matches!(view.kind(), MessageType::Unknown(_)));
        let rows = describe(&bytes);
        assert_eq!(rows.iter().map(|row| row.len).sum::<usize>(), bytes.len());
        *kinds.entry(format!("{:?}", view.kind())).or_default() += 1;
        if packet.header.mflags.contains(MessageFlags::PAUSED) {
            *kinds.entry("paused".into()).or_default() += 1;
        }
    }
    let total: usize = kinds.values().sum();
    assert!(total > 500, "{kinds:?}");
    for kind in [
        "Ping",
        "Pong",
        "Meet",
        "Fail",
        "AuthRequest",
        "AuthAck",
        "MfStart",
        "Publish",
        "PublishShard",
        "paused",
    ] {
        assert!(kinds.contains_key(kind), "no {kind} among {kinds:?}");
    }
}

#[test]
fn a_node_in_place_of_a_real_one_believes_what_that_one_believed() {
    let story = recorded();
    for node in 0..NODES {
        let compared = replay::take_the_place_of(&story, node);
        assert!(compared >= 20, "node {node}: {compared} replies only");
    }
}

/// The test's own test: whoever stands for election and hears no vote is no master, and that is
/// seen; so is a peer's lost slot.
#[test]
fn a_story_with_packets_missing_ends_otherwise() {
    for (node, missing) in [(4, MessageType::AuthAck), (0, MessageType::Pong)] {
        let mut story = recorded();
        story.events.retain(|event| match &event.what {
            What::Bytes { bytes, .. } => {
                !View::check(bytes).is_ok_and(|packet| packet.kind() == missing)
            }
            _ => true,
        });
        let played = std::panic::catch_unwind(|| replay::take_the_place_of(&story, node));
        assert!(played.is_err(), "node {node} needs no {missing:?}");
    }
}
