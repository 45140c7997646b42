//! One gossip entry: what a heartbeat says about a third node (`clusterMsgDataGossip`).

use engine_base::NodeId;

use crate::address::IpText;
use crate::flags::NodeFlags;
use crate::layout::gossip::{
    CPORT, FLAGS, ID, IP, LEN, NOTUSED, PING_SENT, PONG_RECEIVED, PORT, PPORT,
};
use crate::layout::{ID_LEN, IP_LEN};
use crate::view::{array, u16_at, u32_at};

/// What a heartbeat says about a third node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GossipEntry {
    /// Whom it is about.
    pub id: NodeId,
    /// When the sender pinged it and still waits, in Unix seconds; 0 when it does not wait.
    pub ping_sent: u32,
    /// When the sender last heard of it, in Unix seconds.
    pub pong_received: u32,
    /// Its address.
    pub ip: IpText,
    /// Its client port.
    pub port: u16,
    /// Its bus port.
    pub cport: u16,
    /// Its flags as the sender sees them.
    pub flags: NodeFlags,
    /// Its plaintext client port when `port` is for TLS.
    pub pport: u16,
    /// Reserved bits, passed on.
    pub notused: u16,
}

impl GossipEntry {
    /// Reads one entry.
    #[must_use]
    #[inline]
    pub fn read(bytes: &[u8; LEN]) -> Self {
        Self {
            id: NodeId::from_wire(array::<ID_LEN>(bytes, ID)),
            ping_sent: u32_at(bytes, PING_SENT),
            pong_received: u32_at(bytes, PONG_RECEIVED),
            ip: IpText::from_wire(array::<IP_LEN>(bytes, IP)),
            port: u16_at(bytes, PORT),
            cport: u16_at(bytes, CPORT),
            flags: NodeFlags::from_bits_retain(u16_at(bytes, FLAGS)),
            pport: u16_at(bytes, PPORT),
            notused: u16_at(bytes, NOTUSED),
        }
    }

    /// Appends the entry's 104 bytes.
    #[inline]
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut bytes = [0; LEN];
        self.put(&mut bytes);
        out.extend_from_slice(&bytes);
    }

    /// Writes the entry's 104 bytes.
    #[inline]
    pub fn put(&self, bytes: &mut [u8; LEN]) {
        bytes[ID..PING_SENT].copy_from_slice(self.id.as_bytes());
        bytes[PING_SENT..PONG_RECEIVED].copy_from_slice(&self.ping_sent.to_be_bytes());
        bytes[PONG_RECEIVED..IP].copy_from_slice(&self.pong_received.to_be_bytes());
        bytes[IP..PORT].copy_from_slice(self.ip.as_bytes());
        bytes[PORT..CPORT].copy_from_slice(&self.port.to_be_bytes());
        bytes[CPORT..FLAGS].copy_from_slice(&self.cport.to_be_bytes());
        bytes[FLAGS..PPORT].copy_from_slice(&self.flags.bits().to_be_bytes());
        bytes[PPORT..NOTUSED].copy_from_slice(&self.pport.to_be_bytes());
        bytes[NOTUSED..].copy_from_slice(&self.notused.to_be_bytes());
    }
}

/// A gossip entry read where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a>(&'a [u8; LEN]);

impl<'a> Told<'a> {
    pub(crate) const fn new(bytes: &'a [u8; LEN]) -> Self {
        Self(bytes)
    }

    /// Whom it is about.
    #[must_use]
    #[inline]
    pub fn id(self) -> &'a [u8; ID_LEN] {
        const { assert!(ID == 0) };
        self.0.first_chunk().unwrap_or(&[0; ID_LEN])
    }

    /// When the sender last heard of it, in Unix seconds.
    #[must_use]
    #[inline]
    pub fn pong_received(self) -> u32 {
        u32_at(self.0, PONG_RECEIVED)
    }

    /// Its flags as the sender sees them.
    #[must_use]
    #[inline]
    pub fn flags(self) -> NodeFlags {
        NodeFlags::from_bits_retain(u16_at(self.0, FLAGS))
    }

    /// All that it says.
    #[must_use]
    #[inline]
    pub fn entry(self) -> GossipEntry {
        GossipEntry::read(self.0)
    }
}
