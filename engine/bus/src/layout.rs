//! Where every field of a packet stands (`clusterMsg` in cluster.h). All integers are big-endian.

/// The first four bytes of every packet: `RCmb`, "Redis Cluster message bus".
pub const SIGNATURE: [u8; 4] = *b"RCmb";
/// The protocol version that 7.0 speaks (`CLUSTER_PROTO_VER`).
pub const VERSION: u16 = 1;
/// Bytes of a node id.
pub const ID_LEN: usize = 40;
/// Bytes of an address as text (`NET_IP_STR_LEN`).
pub const IP_LEN: usize = 46;
/// Bytes of a slot bitmap.
pub const SLOTS_LEN: usize = 2048;
/// Bytes that must be there before a packet's length is known.
pub const PREFIX_LEN: usize = 8;

/// Offsets in the header.
pub mod header {
    use super::{ID_LEN, IP_LEN, SLOTS_LEN};

    /// `RCmb`.
    pub const SIG: usize = 0;
    /// u32: the whole packet's length, header included.
    pub const TOTLEN: usize = SIG + 4;
    /// u16: the protocol version.
    pub const VER: usize = TOTLEN + 4;
    /// u16: the sender's client port.
    pub const PORT: usize = VER + 2;
    /// u16: the packet's type.
    pub const TYPE: usize = PORT + 2;
    /// u16: how many gossip entries follow.
    pub const COUNT: usize = TYPE + 2;
    /// u64: the sender's current epoch.
    pub const CURRENT_EPOCH: usize = COUNT + 2;
    /// u64: the sender's config epoch, or its master's.
    pub const CONFIG_EPOCH: usize = CURRENT_EPOCH + 8;
    /// u64: the sender's replication offset.
    pub const OFFSET: usize = CONFIG_EPOCH + 8;
    /// The sender's id.
    pub const SENDER: usize = OFFSET + 8;
    /// The slots that the sender, or its master, serves.
    pub const MYSLOTS: usize = SENDER + ID_LEN;
    /// The id of the sender's master; 40 NULs when it is a master.
    pub const SLAVEOF: usize = MYSLOTS + SLOTS_LEN;
    /// `cluster-announce-ip`; all NUL when it is not set.
    pub const MYIP: usize = SLAVEOF + ID_LEN;
    /// u16: how many extensions follow the gossip.
    pub const EXTENSIONS: usize = MYIP + IP_LEN;
    /// Reserved, zero.
    pub const NOTUSED: usize = EXTENSIONS + 2;
    /// Bytes of the reserved field.
    pub const NOTUSED_LEN: usize = 30;
    /// u16: the plaintext client port when `port` is for TLS.
    pub const PPORT: usize = NOTUSED + NOTUSED_LEN;
    /// u16: the sender's bus port.
    pub const CPORT: usize = PPORT + 2;
    /// u16: the sender's node flags.
    pub const FLAGS: usize = CPORT + 2;
    /// u8: the cluster's state as the sender sees it: 0 ok, 1 fail.
    pub const STATE: usize = FLAGS + 2;
    /// Three bytes of message flags.
    pub const MFLAGS: usize = STATE + 1;
    /// Bytes of the header: where the body begins.
    pub const LEN: usize = MFLAGS + 3;
}

/// Offsets in one gossip entry (`clusterMsgDataGossip`).
pub mod gossip {
    use super::{ID_LEN, IP_LEN};

    /// The id of the node that is told about.
    pub const ID: usize = 0;
    /// u32: when it was pinged, in seconds.
    pub const PING_SENT: usize = ID + ID_LEN;
    /// u32: when it answered, in seconds.
    pub const PONG_RECEIVED: usize = PING_SENT + 4;
    /// Its address as text.
    pub const IP: usize = PONG_RECEIVED + 4;
    /// u16: its client port.
    pub const PORT: usize = IP + IP_LEN;
    /// u16: its bus port.
    pub const CPORT: usize = PORT + 2;
    /// u16: its flags as the sender sees them.
    pub const FLAGS: usize = CPORT + 2;
    /// u16: its plaintext port.
    pub const PPORT: usize = FLAGS + 2;
    /// u16: reserved.
    pub const NOTUSED: usize = PPORT + 2;
    /// Bytes of one entry.
    pub const LEN: usize = NOTUSED + 2;
}

/// Offsets in one ping extension (`clusterMsgPingExt`).
pub mod extension {
    /// u32: the item's length, this head included, a multiple of eight.
    pub const LENGTH: usize = 0;
    /// u16: its type.
    pub const TYPE: usize = 4;
    /// u16: reserved.
    pub const UNUSED: usize = 6;
    /// Bytes of the head.
    pub const HEAD_LEN: usize = 8;
}

/// Offsets in the other bodies, counted from the end of the header.
pub mod body {
    use super::{ID_LEN, SLOTS_LEN};

    /// FAIL: the id of the failed node.
    pub const FAIL_LEN: usize = ID_LEN;
    /// PUBLISH: u32 length of the channel, u32 length of the message, then both.
    pub const PUBLISH_MESSAGE_LEN: usize = 4;
    /// Bytes before the channel's text.
    pub const PUBLISH_HEAD_LEN: usize = 8;
    /// UPDATE: u64 config epoch, then the id, then the slots.
    pub const UPDATE_ID: usize = 8;
    /// Where UPDATE's slots stand.
    pub const UPDATE_SLOTS: usize = UPDATE_ID + ID_LEN;
    /// Bytes of UPDATE's body.
    pub const UPDATE_LEN: usize = UPDATE_SLOTS + SLOTS_LEN;
    /// MODULE: u64 module id (raw), then u32 length.
    pub const MODULE_LEN: usize = 8;
    /// Where MODULE's type byte stands.
    pub const MODULE_TYPE: usize = 12;
    /// Bytes before MODULE's payload.
    pub const MODULE_HEAD_LEN: usize = 13;
}

// The offsets that cluster.h asserts itself.
const _: () = {
    assert!(header::TOTLEN == 4);
    assert!(header::VER == 8);
    assert!(header::PORT == 10);
    assert!(header::TYPE == 12);
    assert!(header::COUNT == 14);
    assert!(header::CURRENT_EPOCH == 16);
    assert!(header::CONFIG_EPOCH == 24);
    assert!(header::OFFSET == 32);
    assert!(header::SENDER == 40);
    assert!(header::MYSLOTS == 80);
    assert!(header::SLAVEOF == 2128);
    assert!(header::MYIP == 2168);
    assert!(header::EXTENSIONS == 2214);
    assert!(header::NOTUSED == 2216);
    assert!(header::PPORT == 2246);
    assert!(header::CPORT == 2248);
    assert!(header::FLAGS == 2250);
    assert!(header::STATE == 2252);
    assert!(header::MFLAGS == 2253);
    assert!(header::LEN == 2256);
    assert!(gossip::LEN == 104);
    assert!(gossip::PORT == 94);
    assert!(gossip::NOTUSED == 102);
    assert!(body::UPDATE_LEN == 2096);
};
