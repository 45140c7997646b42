//! Ping extensions: what a heartbeat carries after its gossip (`clusterMsgPingExt`).
//!
//! 7.0 knows the host name alone; the others come from 7.2 and later, and travel through.

use engine_base::NodeId;

use crate::layout::ID_LEN;
use crate::layout::extension::{HEAD_LEN, LENGTH, TYPE, UNUSED};
use crate::view::{array, u16_at, u32_at};

/// The numbers of the extension types.
pub mod number {
    /// `cluster-announce-hostname` (7.0).
    pub const HOSTNAME: u16 = 0;
    /// `cluster-announce-human-nodename` (7.2).
    pub const HUMAN_NODENAME: u16 = 1;
    /// A node that was forgotten (7.2).
    pub const FORGOTTEN_NODE: u16 = 2;
    /// The sender's shard (7.2).
    pub const SHARD_ID: u16 = 3;
}

/// One extension. An item whose bytes are not exactly what the typed form would write is kept
/// as [`Extension::Other`], so that writing gives back what was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extension {
    /// The sender's host name, without NUL.
    Hostname(Vec<u8>),
    /// The sender's name for humans, without NUL.
    HumanNodename(Vec<u8>),
    /// A node that the sender has forgotten.
    ForgottenNode {
        /// Which.
        id: NodeId,
        /// For how long it must not come back, in seconds.
        ttl_secs: u64,
    },
    /// The shard that the sender belongs to.
    ShardId(NodeId),
    /// Anything else, as it was.
    Other {
        /// The type.
        number: u16,
        /// Reserved bits.
        unused: u16,
        /// The bytes after the head; its length is a multiple of eight.
        body: Vec<u8>,
    },
}

impl Extension {
    /// Reads the item at the beginning of `bytes` and says how long it is; `None` when its
    /// length is no multiple of eight, or it does not fit.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<(Self, usize)> {
        let len = item_len(bytes)?;
        let item = bytes.get(..len)?;
        let (number, unused) = (u16_at(item, TYPE), u16_at(item, UNUSED));
        let body = &item[HEAD_LEN..];
        let typed = (unused == 0).then(|| Self::typed(number, body)).flatten();
        let other = || Self::Other { number, unused, body: body.to_vec() };
        Some((typed.unwrap_or_else(other), len))
    }

    fn typed(number: u16, body: &[u8]) -> Option<Self> {
        match number {
            number::HOSTNAME => Some(Self::Hostname(padded_text(body)?.to_vec())),
            number::HUMAN_NODENAME => Some(Self::HumanNodename(padded_text(body)?.to_vec())),
            number::FORGOTTEN_NODE if body.len() == ID_LEN + 8 => Some(Self::ForgottenNode {
                id: NodeId::from_wire(array::<ID_LEN>(body, 0)),
                ttl_secs: u64::from_be_bytes(array::<8>(body, ID_LEN)),
            }),
            number::SHARD_ID if body.len() == ID_LEN => {
                Some(Self::ShardId(NodeId::from_wire(array::<ID_LEN>(body, 0))))
            }
            _ => None,
        }
    }

    /// Its number on the wire.
    #[must_use]
    pub const fn number(&self) -> u16 {
        match self {
            Self::Hostname(_) => number::HOSTNAME,
            Self::HumanNodename(_) => number::HUMAN_NODENAME,
            Self::ForgottenNode { .. } => number::FORGOTTEN_NODE,
            Self::ShardId(_) => number::SHARD_ID,
            Self::Other { number, .. } => *number,
        }
    }

    /// Appends the item.
    pub fn write(&self, out: &mut Vec<u8>) {
        let start = out.len();
        let unused = if let Self::Other { unused, .. } = self { *unused } else { 0 };
        out.extend_from_slice(&[0; TYPE]);
        out.extend_from_slice(&self.number().to_be_bytes());
        out.extend_from_slice(&unused.to_be_bytes());
        match self {
            Self::Hostname(text) | Self::HumanNodename(text) => {
                out.extend_from_slice(text);
                out.push(0);
            }
            Self::ForgottenNode { id, ttl_secs } => {
                out.extend_from_slice(id.as_bytes());
                out.extend_from_slice(&ttl_secs.to_be_bytes());
            }
            Self::ShardId(id) => out.extend_from_slice(id.as_bytes()),
            Self::Other { body, .. } => out.extend_from_slice(body),
        }
        let len = (out.len() - start).next_multiple_of(8);
        out.resize(start + len, 0);
        let length = u32::try_from(len).unwrap_or(u32::MAX);
        out[start + LENGTH..start + TYPE].copy_from_slice(&length.to_be_bytes());
    }
}

/// The length that the item at the beginning of `bytes` claims, when that is possible at all.
pub(crate) fn item_len(bytes: &[u8]) -> Option<usize> {
    if bytes.len() < HEAD_LEN {
        return None;
    }
    let len = usize::try_from(u32_at(bytes, LENGTH)).ok()?;
    (len >= HEAD_LEN && len.is_multiple_of(8) && len <= bytes.len()).then_some(len)
}

/// The text before the first NUL, when the rest is the shortest padding to a multiple of eight.
fn padded_text(body: &[u8]) -> Option<&[u8]> {
    let len = body.iter().position(|&b| b == 0)?;
    let shortest = (len + 1).next_multiple_of(8) == body.len();
    (shortest && body[len..].iter().all(|&b| b == 0)).then_some(&body[..len])
}
