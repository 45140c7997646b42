//! What a packet says, by type.

use engine_base::{NodeId, SlotSet};

use crate::extension::Extension;
use crate::gossip::GossipEntry;
use crate::kind::MessageType;

/// The body of PING, PONG and MEET.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heartbeat {
    /// What is said about other nodes.
    pub gossip: Vec<GossipEntry>,
    /// What is said about the sender beyond its header.
    pub extensions: Vec<Extension>,
}

/// The body of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "a packet is short-lived and seldom moved")]
pub enum Message {
    /// "Are you there?"
    Ping(Heartbeat),
    /// "I am", or news told unasked.
    Pong(Heartbeat),
    /// "Take me in."
    Meet(Heartbeat),
    /// A node has failed.
    Fail {
        /// Which.
        node: NodeId,
    },
    /// A message for every subscriber in the cluster.
    Publish {
        /// Where.
        channel: Vec<u8>,
        /// What.
        message: Vec<u8>,
    },
    /// A replica asks for a vote.
    AuthRequest,
    /// A master votes.
    AuthAck,
    /// What the receiver has missed about a node.
    Update {
        /// The node's config epoch.
        config_epoch: u64,
        /// The node.
        node: NodeId,
        /// The slots it serves.
        slots: SlotSet,
    },
    /// A replica asks its master to pause its clients.
    MfStart,
    /// A module's message.
    Module {
        /// The module's id, byte order as the sender had it.
        module: [u8; 8],
        /// The module's own type.
        kind: u8,
        /// Its bytes.
        payload: Vec<u8>,
    },
    /// A message for the subscribers of the sender's shard.
    PublishShard {
        /// Where.
        channel: Vec<u8>,
        /// What.
        message: Vec<u8>,
    },
    /// A type that 7.0 does not know: its bytes are not looked at.
    Unknown {
        /// The type's number.
        number: u16,
        /// What follows the header.
        body: Vec<u8>,
    },
}

impl Message {
    /// The packet's type.
    #[must_use]
    pub fn kind(&self) -> MessageType {
        match self {
            Self::Ping(_) => MessageType::Ping,
            Self::Pong(_) => MessageType::Pong,
            Self::Meet(_) => MessageType::Meet,
            Self::Fail { .. } => MessageType::Fail,
            Self::Publish { .. } => MessageType::Publish,
            Self::AuthRequest => MessageType::AuthRequest,
            Self::AuthAck => MessageType::AuthAck,
            Self::Update { .. } => MessageType::Update,
            Self::MfStart => MessageType::MfStart,
            Self::Module { .. } => MessageType::Module,
            Self::PublishShard { .. } => MessageType::PublishShard,
            Self::Unknown { number, .. } => MessageType::from_wire(*number),
        }
    }

    /// The body of PING, PONG and MEET.
    #[must_use]
    pub const fn heartbeat(&self) -> Option<&Heartbeat> {
        match self {
            Self::Ping(body) | Self::Pong(body) | Self::Meet(body) => Some(body),
            _ => None,
        }
    }
}
