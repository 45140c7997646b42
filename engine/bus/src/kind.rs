//! The types of packets.

use core::fmt;

/// A packet's type (`CLUSTERMSG_TYPE_*` in cluster.h).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MessageType {
    /// "Are you there?" with gossip.
    Ping,
    /// The answer to PING and MEET, or news told unasked.
    Pong,
    /// A PING whose receiver must take the sender in.
    Meet,
    /// "That node has failed."
    Fail,
    /// A message published to every node.
    Publish,
    /// A replica asks for a vote.
    AuthRequest,
    /// A master gives its vote.
    AuthAck,
    /// "You are behind: this node owns those slots."
    Update,
    /// A replica asks its master to pause for a manual failover.
    MfStart,
    /// A module's message.
    Module,
    /// A message published to the sender's own shard.
    PublishShard,
    /// A type that 7.0 does not know.
    Unknown(u16),
}

/// How many types 7.0 knows and counts (`CLUSTERMSG_TYPE_COUNT`).
pub const TYPE_COUNT: usize = 11;

impl MessageType {
    /// The types that 7.0 knows, in the order of their numbers.
    pub const KNOWN: [Self; TYPE_COUNT] = [
        Self::Ping,
        Self::Pong,
        Self::Meet,
        Self::Fail,
        Self::Publish,
        Self::AuthRequest,
        Self::AuthAck,
        Self::Update,
        Self::MfStart,
        Self::Module,
        Self::PublishShard,
    ];

    /// The type of that number.
    #[must_use]
    pub fn from_wire(number: u16) -> Self {
        Self::KNOWN.get(usize::from(number)).copied().unwrap_or(Self::Unknown(number))
    }

    /// Its number.
    #[must_use]
    pub fn number(self) -> u16 {
        match self {
            Self::Ping => 0,
            Self::Pong => 1,
            Self::Meet => 2,
            Self::Fail => 3,
            Self::Publish => 4,
            Self::AuthRequest => 5,
            Self::AuthAck => 6,
            Self::Update => 7,
            Self::MfStart => 8,
            Self::Module => 9,
            Self::PublishShard => 10,
            Self::Unknown(number) => number,
        }
    }

    /// Its place in a table of [`TYPE_COUNT`] counters; `None` for a type that is not counted.
    #[must_use]
    pub fn index(self) -> Option<usize> {
        match self {
            Self::Unknown(_) => None,
            known => Some(usize::from(known.number())),
        }
    }

    /// Its name in logs and in `CLUSTER INFO` (`clusterGetMessageTypeString`).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ping => "ping",
            Self::Pong => "pong",
            Self::Meet => "meet",
            Self::Fail => "fail",
            Self::Publish => "publish",
            Self::AuthRequest => "auth-req",
            Self::AuthAck => "auth-ack",
            Self::Update => "update",
            Self::MfStart => "mfstart",
            Self::Module => "module",
            Self::PublishShard => "publishshard",
            Self::Unknown(_) => "unknown",
        }
    }

    /// PING, PONG or MEET: packets that carry gossip.
    #[must_use]
    pub const fn is_heartbeat(self) -> bool {
        matches!(self, Self::Ping | Self::Pong | Self::Meet)
    }
}

impl fmt::Display for MessageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
