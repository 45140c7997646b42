//! The header that every packet begins with: 2,256 bytes about its sender.

use engine_base::{NodeId, SlotSet};

use crate::address::IpText;
use crate::flags::{MessageFlags, NodeFlags};
use crate::kind::MessageType;
use crate::layout::header::{LEN, NOTUSED_LEN};
use crate::layout::{ID_LEN, SIGNATURE, VERSION};

/// What every packet says about its sender. The packet's type and length follow from its
/// [`crate::Message`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The protocol version; 7.0 drops any other than 1.
    pub version: u16,
    /// The sender's client port.
    pub port: u16,
    /// The gossip count of packets that carry no gossip (7.0 writes 0).
    pub count: u16,
    /// The sender's current epoch.
    pub current_epoch: u64,
    /// The sender's config epoch; a replica sends its master's.
    pub config_epoch: u64,
    /// The replication offset: produced by a master, processed by a replica.
    pub offset: u64,
    /// The sender's id.
    pub sender: NodeId,
    /// The slots that the sender serves; a replica sends its master's.
    pub slots: SlotSet,
    /// The sender's master; `None` for a master (40 NULs).
    pub master: Option<NodeId>,
    /// `cluster-announce-ip`, empty when it is not set.
    pub ip: IpText,
    /// The extension count of packets without the flag for extensions (7.0 writes 0).
    pub extensions: u16,
    /// Reserved bytes, passed on.
    pub notused: [u8; NOTUSED_LEN],
    /// The plaintext client port when `port` is for TLS.
    pub pport: u16,
    /// The sender's bus port.
    pub cport: u16,
    /// The sender's node flags.
    pub flags: NodeFlags,
    /// The cluster's state as the sender sees it: 0 ok, 1 fail.
    pub state: u8,
    /// What the packet says about itself.
    pub mflags: MessageFlags,
    /// The two bytes of message flags that nobody uses yet.
    pub mflags_rest: [u8; 2],
}

impl Header {
    /// A header with everything zero but the sender.
    #[must_use]
    pub const fn new(sender: NodeId) -> Self {
        Self {
            version: VERSION,
            port: 0,
            count: 0,
            current_epoch: 0,
            config_epoch: 0,
            offset: 0,
            sender,
            slots: SlotSet::EMPTY,
            master: None,
            ip: IpText::EMPTY,
            extensions: 0,
            notused: [0; NOTUSED_LEN],
            pport: 0,
            cport: 0,
            flags: NodeFlags::empty(),
            state: 0,
            mflags: MessageFlags::empty(),
            mflags_rest: [0; 2],
        }
    }

    /// Appends the header with a length of zero: [`finish`] sets it when the body is there.
    pub fn write(&self, kind: MessageType, out: &mut Vec<u8>) {
        out.reserve(LEN);
        out.extend_from_slice(&SIGNATURE);
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&self.version.to_be_bytes());
        out.extend_from_slice(&self.port.to_be_bytes());
        out.extend_from_slice(&kind.number().to_be_bytes());
        out.extend_from_slice(&self.count.to_be_bytes());
        out.extend_from_slice(&self.current_epoch.to_be_bytes());
        out.extend_from_slice(&self.config_epoch.to_be_bytes());
        out.extend_from_slice(&self.offset.to_be_bytes());
        out.extend_from_slice(self.sender.as_bytes());
        self.slots.write_wire(out);
        out.extend_from_slice(self.master.as_ref().map_or(&[0; ID_LEN], |id| id.as_bytes()));
        out.extend_from_slice(self.ip.as_bytes());
        out.extend_from_slice(&self.extensions.to_be_bytes());
        out.extend_from_slice(&self.notused);
        out.extend_from_slice(&self.pport.to_be_bytes());
        out.extend_from_slice(&self.cport.to_be_bytes());
        out.extend_from_slice(&self.flags.bits().to_be_bytes());
        out.push(self.state);
        out.push(self.mflags.bits());
        out.extend_from_slice(&self.mflags_rest);
    }
}

/// Writes the length of the packet that began at `start` into its header.
pub fn finish(out: &mut [u8], start: usize) {
    let len = u32::try_from(out.len().saturating_sub(start)).unwrap_or(u32::MAX);
    if let Some(field) = out.get_mut(start + 4..start + 8) {
        field.copy_from_slice(&len.to_be_bytes());
    }
}
