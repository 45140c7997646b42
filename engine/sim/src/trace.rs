//! What a world remembers of itself: a digest of all traffic, what happened at the nodes, the
//! last packets.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use engine_base::Mono;
use engine_node::EventKind;

use crate::host::HostId;
use crate::net::{ConnId, LinkKind, UnitId};
use crate::process::Pid;

/// A running 64-bit digest that is the same on every platform. Not for secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(u64);

impl Default for Digest {
    fn default() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }
}

impl Digest {
    /// The digest so far.
    #[must_use]
    pub const fn value(self) -> u64 {
        self.0
    }

    /// Takes in a number: a multiplication folded onto itself spreads every bit.
    pub fn number(&mut self, n: u64) {
        let wide =
            u128::from(self.0 ^ n ^ 0xa076_1d64_78bd_642f) * u128::from(n ^ 0xe703_7ed1_a0b4_28db);
        self.0 = self.0.rotate_left(23) ^ (wide as u64) ^ ((wide >> 64) as u64);
    }

    /// Takes in bytes, eight at a time, and their number.
    pub fn bytes(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.number(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.number(u64::from_le_bytes(last));
        self.number(bytes.len() as u64);
    }

    /// Takes in bytes, eight lanes abreast, and their number: another digest than [`Digest::bytes`],
    /// several times as fast for packets of a large cluster.
    pub fn wide_bytes(&mut self, bytes: &[u8]) {
        let (blocks, rest) = bytes.as_chunks::<64>();
        let mut lanes = [0x9e37_79b9_7f4a_7c15_u64; 8];
        for block in blocks {
            for (lane, word) in lanes.iter_mut().zip(block.as_chunks::<8>().0) {
                let mixed = (*lane ^ u64::from_le_bytes(*word)).wrapping_mul(0xa076_1d64_78bd_642f);
                *lane = mixed ^ mixed >> 29;
            }
        }
        if !blocks.is_empty() {
            lanes.into_iter().for_each(|lane| self.number(lane));
        }
        self.bytes(rest);
        self.number(bytes.len() as u64);
    }
}

/// One line of the world's history.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// When, on the world's clock.
    pub at: Mono,
    /// Where.
    pub host: HostId,
    /// At which node (its client port) or process.
    pub who: Who,
    /// What.
    pub what: What,
}

/// The process that an [`Entry`] tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Who {
    /// Its id.
    pub pid: Pid,
    /// A server's client address.
    pub addr: Option<SocketAddr>,
}

/// What an [`Entry`] tells.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A node said so.
    Node(EventKind),
    /// A server process was started.
    ServerStarted,
    /// A server process ended, with what `$?` would show.
    ServerEnded(i32),
    /// A server process was frozen.
    ServerStopped,
    /// A frozen server process goes on.
    ServerContinued,
    /// Something was done to the world by hand, in words.
    Fault(String),
}

/// One unit that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Its name.
    pub id: UnitId,
    /// The link.
    pub conn: ConnId,
    /// What the link is for.
    pub kind: LinkKind,
    /// The sender's host and address on this link.
    pub from: (HostId, SocketAddr),
    /// The receiver's host and address on this link.
    pub to: (HostId, SocketAddr),
    /// When it was sent.
    pub sent: Mono,
    /// When it arrived.
    pub arrived: Mono,
    /// Its bytes.
    pub bytes: Bytes,
}

/// One packet that a node put on the bus, whether it arrives or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusSend {
    /// When it was sent.
    pub at: Mono,
    /// From which host.
    pub from: HostId,
    /// The packet.
    pub bytes: Bytes,
}

/// So many types of bus packets are counted apart.
const BUS_TYPES: usize = 16;

/// All that is remembered.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// Of all units that arrived: when, on which link, what.
    pub digest: Digest,
    pub(crate) entries: Vec<Arc<Entry>>,
    pub(crate) packets: VecDeque<Packet>,
    pub(crate) packet_limit: usize,
    /// Bytes are taken in eight lanes abreast: in worlds that began warm.
    pub(crate) wide: bool,
    /// How many units arrived.
    pub units: u64,
    /// Packets put on the bus, by the type in their header.
    pub bus_sends: [u64; BUS_TYPES],
    /// The types of which packets are kept when they are sent, a bit a type.
    pub(crate) bus_watch: u16,
    pub(crate) bus_seen: Vec<BusSend>,
}

impl Trace {
    /// The history so far, oldest first.
    #[must_use]
    pub fn entries(&self) -> &[Arc<Entry>] {
        &self.entries
    }

    /// The last packets, oldest first: as many as [`crate::World::remember_packets`] asked for.
    pub fn packets(&self) -> impl DoubleEndedIterator<Item = &Packet> {
        self.packets.iter()
    }

    pub(crate) fn arrived(&mut self, packet: Packet) {
        self.units += 1;
        self.digest.number(packet.conn.0);
        self.digest.number(packet.arrived.as_micros());
        if self.wide {
            self.digest.wide_bytes(&packet.bytes);
        } else {
            self.digest.bytes(&packet.bytes);
        }
        if self.packet_limit > 0 {
            if self.packets.len() >= self.packet_limit {
                self.packets.pop_front();
            }
            self.packets.push_back(packet);
        }
    }

    /// Notes a packet that goes on the bus.
    pub(crate) fn sent_on_bus(&mut self, at: Mono, from: HostId, bytes: &Bytes) {
        let kind = crate::fault::bus_type(bytes).map_or(BUS_TYPES, usize::from);
        let Some(count) = self.bus_sends.get_mut(kind) else { return };
        *count += 1;
        if self.bus_watch & (1 << kind) != 0 {
            self.bus_seen.push(BusSend { at, from, bytes: bytes.clone() });
        }
    }

    pub(crate) fn limit_packets(&mut self, limit: usize) {
        self.packet_limit = limit;
        while self.packets.len() > limit {
            self.packets.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_sees_order_length_and_every_bit() {
        for of in [narrow, wide] {
            sees_all(of);
        }
        let long: Vec<u8> = (0..200).collect();
        let of_long = wide(&[&long]);
        for at in 0..200 {
            for bit in 0..8 {
                let mut other = long.clone();
                other[at] ^= 1 << bit;
                assert_ne!(wide(&[&other]), of_long, "bit {bit} of byte {at}");
            }
        }
        let mut turned = long.clone();
        turned.swap(0, 64);
        assert_ne!(wide(&[&turned]), of_long, "within a lane");
        turned.swap(0, 64);
        turned.swap(0, 8);
        assert_ne!(wide(&[&turned]), of_long, "between lanes");
    }

    fn narrow(parts: &[&[u8]]) -> u64 {
        let mut digest = Digest::default();
        parts.iter().for_each(|p| digest.bytes(p));
        digest.value()
    }

    fn wide(parts: &[&[u8]]) -> u64 {
        let mut digest = Digest::default();
        parts.iter().for_each(|p| digest.wide_bytes(p));
        digest.value()
    }

    fn sees_all(of: fn(&[&[u8]]) -> u64) {
        assert_eq!(of(&[b"ab", b"c"]), of(&[b"ab", b"c"]));
        assert_ne!(of(&[b"ab", b"c"]), of(&[b"a", b"bc"]));
        assert_ne!(of(&[b"ab", b"c"]), of(&[b"c", b"ab"]));
        assert_ne!(of(&[b"a\0"]), of(&[b"a"]));
        assert_ne!(of(&[b"12345678"]), of(&[b"12345679"]));
    }
}
