//! Packets captured from real redis-server 7.0.15 processes (`tests/golden/capture.py`).

#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};

use engine_base::Slot;
use engine_bus::{Extension, Message, MessageFlags, NodeFlags, Packet, View, describe, fuzz};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name).with_extension("bin")).unwrap()
}

fn packet(name: &str) -> Packet {
    Packet::decode(&bytes(name)).unwrap()
}

fn ranges(packet: &Packet) -> Vec<(u16, u16)> {
    packet.header.slots.ranges().map(|(a, b)| (a.number(), b.number())).collect()
}

#[test]
fn every_packet_is_written_back_as_it_was() {
    let mut seen = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "bin") {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let packet = Packet::decode(&bytes).unwrap();
        let mut again = Vec::new();
        packet.encode(&mut again);
        assert!(again == bytes, "{} came back changed", path.display());
        let rows = describe(&bytes);
        assert_eq!(rows.iter().map(|r| r.len).sum::<usize>(), bytes.len(), "{}", path.display());
        assert!(rows.iter().all(|r| r.key != "surplus"));
        fuzz::decode_any(&bytes);
        seen += 1;
    }
    assert!(seen >= 20, "only {seen} golden packets were found");
}

#[test]
fn a_ping_tells_of_its_sender_and_of_others() {
    let ping = packet("ping");
    assert_eq!(ping.header.version, 1);
    assert!((21000..21004).contains(&ping.header.port));
    assert_eq!(ping.header.cport, ping.header.port + 50, "the announced bus port");
    assert!(ping.header.flags.contains(NodeFlags::MYSELF | NodeFlags::MASTER));
    assert!(ping.header.ip.is_empty());
    assert_eq!(ping.header.master, None);
    let Message::Ping(body) = &ping.message else { panic!("not a ping") };
    assert_eq!(body.gossip.len(), 2);
    for entry in &body.gossip {
        assert_eq!(entry.ip.text(), b"127.0.0.1");
        assert!((21000..21004).contains(&entry.port));
        assert_ne!(entry.id, ping.header.sender);
    }
}

#[test]
fn a_replica_sends_its_masters_slots() {
    let ping = packet("ping-replica");
    assert!(ping.header.flags.contains(NodeFlags::SLAVE));
    assert!(ping.header.master.is_some());
    assert_eq!(ranges(&ping).len(), 1);
}

#[test]
fn a_suspect_is_told_about() {
    let body = packet("pong-pfail");
    let body = body.message.heartbeat().unwrap();
    assert!(body.gossip.iter().any(|g| g.flags.contains(NodeFlags::PFAIL)));
}

#[test]
fn a_host_name_travels_as_an_extension() {
    let ping = packet("ping-hostname");
    assert!(ping.header.mflags.contains(MessageFlags::EXT_DATA));
    let hostname = Extension::Hostname(b"node-1.example.com".to_vec());
    assert_eq!(ping.message.heartbeat().unwrap().extensions, [hostname]);
    let rows = describe(&bytes("ping-hostname"));
    assert!(rows.iter().any(|r| r.value == "hostname node-1.example.com"));
}

#[test]
fn a_meeting_is_a_heartbeat() {
    let meet = packet("meet-alone");
    assert!(matches!(meet.message, Message::Meet(_)));
    assert_eq!(meet.header.state, 1, "nobody is covered yet");
}

#[test]
fn an_election_in_packets() {
    let Message::Fail { node: failed } = packet("fail").message else { panic!("not a fail") };
    let request = packet("auth-request");
    assert_eq!(request.message, Message::AuthRequest);
    assert_eq!(request.header.master, Some(failed));
    assert_eq!(request.header.current_epoch, 4, "three masters had 1, 2 and 3");
    assert_eq!(ranges(&request), [(0, 5460)], "a replica claims its master's slots");
    assert!(!request.header.mflags.contains(MessageFlags::FORCEACK));
    let ack = packet("auth-ack");
    assert_eq!(ack.message, Message::AuthAck);
    assert_eq!(ack.header.current_epoch, 4);
    let Message::Update { config_epoch, node, slots } = packet("update").message else {
        panic!("not an update")
    };
    assert_eq!((config_epoch, node), (5, failed), "after its manual failover back");
    assert!(slots.contains(Slot::new(5460).unwrap()) && !slots.contains(Slot::new(5461).unwrap()));
}

#[test]
fn a_manual_failover_in_packets() {
    assert_eq!(packet("mfstart").message, Message::MfStart);
    assert!(packet("ping-paused").header.mflags.contains(MessageFlags::PAUSED));
    let request = packet("auth-request-forced");
    assert!(request.header.mflags.contains(MessageFlags::FORCEACK));
}

#[test]
fn published_messages() {
    let Message::Publish { channel, message } = packet("publish").message else { panic!() };
    assert_eq!((&*channel, &*message), (&b"news"[..], &b"hello"[..]));
    let Message::PublishShard { channel, message } = packet("publishshard").message else {
        panic!()
    };
    assert_eq!((&*channel, &*message), (&b"{06S}shard"[..], &b"hi"[..]));
}

#[test]
fn one_byte_off_and_the_packet_is_dropped() {
    for name in ["ping", "fail", "publish", "update", "auth-ack", "ping-hostname"] {
        for change in [-1_i32, 1] {
            let mut bytes = bytes(name);
            let len = bytes.len().saturating_add_signed(change as isize);
            bytes.resize(len, 0);
            bytes[4..8].copy_from_slice(&u32::try_from(len).unwrap().to_be_bytes());
            assert!(View::check(&bytes).is_err(), "{name} with {change} byte");
        }
    }
}

#[test]
fn another_version_is_dropped() {
    let mut bytes = bytes("ping");
    bytes[9] = 2;
    assert!(View::check(&bytes).is_err());
}
