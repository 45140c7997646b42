//! Identifiers that travel between rooms.

use core::fmt;
use core::num::NonZeroU64;
use core::str::FromStr;
use std::borrow::Cow;

/// A node's name: 40 lower-case hex digits, kept as the text that is on the wire.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId([u8; 40]);

impl NodeId {
    /// From 40 bytes of text; `None` unless all are lower-case hex digits
    /// (`verifyClusterNodeId` in cluster.c accepts lower case only).
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let text: [u8; 40] = bytes.try_into().ok()?;
        text.iter().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(b)).then_some(Self(text))
    }

    /// From 40 bytes that were on the wire, whatever they are: 7.0 does not check them either.
    #[must_use]
    pub const fn from_wire(bytes: [u8; 40]) -> Self {
        Self(bytes)
    }

    /// The 40 bytes as on the wire.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 40] {
        &self.0
    }

    /// The same as text; bytes that are none are replaced.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        match core::str::from_utf8(&self.0) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(&self.0),
        }
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for NodeId {
    type Err = BadNodeId;
    fn from_str(s: &str) -> Result<Self, BadNodeId> {
        Self::from_bytes(s.as_bytes()).ok_or(BadNodeId)
    }
}

/// The text is not 40 lower-case hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadNodeId;

impl fmt::Display for BadNodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a node id is 40 lower-case hex digits")
    }
}

impl std::error::Error for BadNodeId {}

/// One TCP link of one node, in either direction and of any kind. Given out by the node, never
/// used twice by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub u64);

/// A [`LinkId`] of which an absent one takes no room of its own: for tables of many links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkName(NonZeroU64);

impl LinkName {
    /// The same link; `None` for the last of all numbers, which no node gives out.
    #[must_use]
    pub fn of(link: LinkId) -> Option<Self> {
        NonZeroU64::new(link.0.wrapping_add(1)).map(Self)
    }

    /// The link.
    #[must_use]
    pub const fn id(self) -> LinkId {
        LinkId(self.0.get() - 1)
    }
}
