//! Properties of the codec over arbitrary packets and arbitrary bytes.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "tests")]

use engine_base::{NodeId, Slot, SlotSet};
use engine_bus::{
    Extension, GossipEntry, Header, Heartbeat, IpText, Message, MessageFlags, NodeFlags, Packet,
    describe, fuzz,
};
use proptest::collection::vec;
use proptest::prelude::*;

fn id() -> impl Strategy<Value = NodeId> {
    "[0-9a-f]{40}".prop_map(|text| text.parse().unwrap())
}

fn slots() -> impl Strategy<Value = SlotSet> {
    vec(0_u16..16384, 0..40).prop_map(|list| list.into_iter().filter_map(Slot::new).collect())
}

fn gossip() -> impl Strategy<Value = GossipEntry> {
    (id(), any::<[u32; 2]>(), any::<[u16; 5]>(), vec(any::<u8>(), 46)).prop_map(
        |(id, [ping_sent, pong_received], [port, cport, flags, pport, notused], ip)| GossipEntry {
            id,
            ping_sent,
            pong_received,
            ip: IpText::from_wire(ip.try_into().unwrap()),
            port,
            cport,
            flags: NodeFlags::from_bits_retain(flags),
            pport,
            notused,
        },
    )
}

fn extension() -> impl Strategy<Value = Extension> {
    let text = || vec(1_u8..=255, 0..30);
    prop_oneof![
        text().prop_map(Extension::Hostname),
        text().prop_map(Extension::HumanNodename),
        (id(), any::<u64>()).prop_map(|(id, ttl_secs)| Extension::ForgottenNode { id, ttl_secs }),
        id().prop_map(Extension::ShardId),
        (4_u16.., any::<u16>(), 0_usize..4).prop_map(|(number, unused, words)| Extension::Other {
            number,
            unused,
            body: vec![9; words * 8],
        }),
    ]
}

fn heartbeat() -> impl Strategy<Value = Heartbeat> {
    (vec(gossip(), 0..5), vec(extension(), 0..4))
        .prop_map(|(gossip, extensions)| Heartbeat { gossip, extensions })
}

fn message() -> impl Strategy<Value = Message> {
    let text = || vec(any::<u8>(), 0..50);
    prop_oneof![
        heartbeat().prop_map(Message::Ping),
        heartbeat().prop_map(Message::Pong),
        heartbeat().prop_map(Message::Meet),
        id().prop_map(|node| Message::Fail { node }),
        (text(), text()).prop_map(|(channel, message)| Message::Publish { channel, message }),
        Just(Message::AuthRequest),
        Just(Message::AuthAck),
        (any::<u64>(), id(), slots()).prop_map(|(config_epoch, node, slots)| Message::Update {
            config_epoch,
            node,
            slots
        }),
        Just(Message::MfStart),
        (any::<[u8; 8]>(), any::<u8>(), text())
            .prop_map(|(module, kind, payload)| Message::Module { module, kind, payload }),
        (text(), text()).prop_map(|(channel, message)| Message::PublishShard { channel, message }),
        (11_u16.., text()).prop_map(|(number, body)| Message::Unknown { number, body }),
    ]
}

fn packet() -> impl Strategy<Value = Packet> {
    let header = (id(), any::<[u64; 3]>(), any::<[u16; 6]>(), slots(), any::<[u8; 4]>());
    (header, proptest::option::of(id()), message()).prop_map(
        |(
            (sender, epochs, [port, count, extensions, pport, cport, flags], slots, small),
            master,
            message,
        )| {
            let mut header = Header::new(sender);
            [header.current_epoch, header.config_epoch, header.offset] = epochs;
            (header.port, header.pport, header.cport) = (port, pport, cport);
            header.flags = NodeFlags::from_bits_retain(flags);
            header.slots = slots;
            header.master = master;
            header.state = small[0];
            header.mflags = MessageFlags::from_bits_retain(small[1]);
            header.mflags_rest = [small[2], small[3]];
            (header.count, header.extensions) = (count, extensions);
            // What follows from the message is not free.
            if let Some(body) = message.heartbeat() {
                header.count = body.gossip.len() as u16;
                header.mflags.set(MessageFlags::EXT_DATA, !body.extensions.is_empty());
                if !body.extensions.is_empty() {
                    header.extensions = body.extensions.len() as u16;
                }
            }
            Packet { header, message }
        },
    )
}

proptest! {
    #[test]
    fn what_is_written_is_read(packet in packet()) {
        let mut bytes = vec![1, 2, 3];
        packet.encode(&mut bytes);
        prop_assert_eq!(Packet::decode(&bytes[3..]), Ok(packet));
        let rows = describe(&bytes[3..]);
        prop_assert_eq!(rows.iter().map(|r| r.len).sum::<usize>(), bytes.len() - 3);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..3000)) {
        fuzz::decode_any(&bytes);
    }

    #[test]
    fn damaged_packets_never_panic(packet in packet(), at in any::<prop::sample::Index>(), to in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let mut bytes = Vec::new();
        packet.encode(&mut bytes);
        let place = at.index(bytes.len());
        bytes[place] = to;
        fuzz::decode_any(&bytes);
        bytes.truncate(cut.index(bytes.len()));
        fuzz::decode_any(&bytes);
    }

    #[test]
    fn damaged_heads_never_panic(mut head in vec(any::<u8>(), 256), packet in packet(), claims in any::<[u16; 3]>()) {
        let mut bytes = Vec::new();
        packet.encode(&mut bytes);
        // Type, counts and flags as bad as can be, everything else plausible.
        bytes[13] = claims[0] as u8 % 12;
        bytes[14..16].copy_from_slice(&(claims[1] % 8).to_be_bytes());
        bytes[2214..2216].copy_from_slice(&(claims[2] % 8).to_be_bytes());
        bytes[2253] = claims[0].to_be_bytes()[0];
        bytes.append(&mut head);
        let len = bytes.len() as u32;
        bytes[4..8].copy_from_slice(&len.to_be_bytes());
        fuzz::decode_any(&bytes);
    }
}
