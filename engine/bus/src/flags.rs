//! The two sets of flags on the wire. Bits that 7.0 does not know are kept and passed on, as 7.0
//! itself does with the flags of gossip.

use core::fmt;

use bitflags::bitflags;

bitflags! {
    /// What a node is (`CLUSTER_NODE_*` in cluster.h).
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct NodeFlags: u16 {
        /// It is a master.
        const MASTER = 1;
        /// It is a replica.
        const SLAVE = 1 << 1;
        /// Suspected by the one who says so.
        const PFAIL = 1 << 2;
        /// Failed: a majority agreed.
        const FAIL = 1 << 3;
        /// It is the node itself.
        const MYSELF = 1 << 4;
        /// A stranger: its real id is not known yet.
        const HANDSHAKE = 1 << 5;
        /// Its address is not known.
        const NOADDR = 1 << 6;
        /// The next packet to it is a MEET (local use).
        const MEET = 1 << 7;
        /// A master that replicas may move to.
        const MIGRATE_TO = 1 << 8;
        /// A replica that will not stand for election.
        const NOFAILOVER = 1 << 9;
        /// It takes ping extensions (Valkey 8, Redis 8).
        const EXTENSIONS_SUPPORTED = 1 << 10;
        /// A replica whose master has failed, as it sees it (Valkey 9.1).
        const MY_PRIMARY_FAIL = 1 << 13;
        const _ = !0;
    }
}

/// The flags that have a name in `CLUSTER NODES`, in its order.
const NAMES: [(NodeFlags, &str); 8] = [
    (NodeFlags::MYSELF, "myself"),
    (NodeFlags::MASTER, "master"),
    (NodeFlags::SLAVE, "slave"),
    (NodeFlags::PFAIL, "fail?"),
    (NodeFlags::FAIL, "fail"),
    (NodeFlags::HANDSHAKE, "handshake"),
    (NodeFlags::NOADDR, "noaddr"),
    (NodeFlags::NOFAILOVER, "nofailover"),
];

impl NodeFlags {
    /// The flag of that name, in any case (nodes.conf); `noflags` is no flag.
    #[must_use]
    pub fn from_word(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("noflags") {
            return Some(Self::empty());
        }
        NAMES.iter().find(|(_, n)| name.eq_ignore_ascii_case(n)).map(|&(flag, _)| flag)
    }

    /// Appends them as in `CLUSTER NODES`: names with commas, `noflags` when none has a name.
    pub fn write_names(self, out: &mut String) {
        let before = out.len();
        for (flag, name) in NAMES {
            if self.contains(flag) {
                if out.len() > before {
                    out.push(',');
                }
                out.push_str(name);
            }
        }
        if out.len() == before {
            out.push_str("noflags");
        }
    }

    /// Suspected or failed.
    #[must_use]
    pub const fn is_down(self) -> bool {
        self.intersects(Self::PFAIL.union(Self::FAIL))
    }
}

impl fmt::Display for NodeFlags {
    /// As in `CLUSTER NODES`: names with commas, `noflags` when none has a name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names = String::new();
        self.write_names(&mut names);
        f.write_str(&names)
    }
}

bitflags! {
    /// What a packet says about itself: the first of its three flag bytes
    /// (`CLUSTERMSG_FLAG0_*`).
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct MessageFlags: u8 {
        /// The sender is a master that has paused its clients for a manual failover.
        const PAUSED = 1;
        /// A vote request to be granted although the master is up.
        const FORCEACK = 1 << 1;
        /// Extensions follow the gossip.
        const EXT_DATA = 1 << 2;
        const _ = !0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_print_in_the_order_of_cluster_nodes() {
        let all = NodeFlags::from_bits_retain(0xffff);
        assert_eq!(all.to_string(), "myself,master,slave,fail?,fail,handshake,noaddr,nofailover");
        assert_eq!(NodeFlags::MIGRATE_TO.to_string(), "noflags");
        assert_eq!(NodeFlags::from_word("FAIL?"), Some(NodeFlags::PFAIL));
        assert_eq!(NodeFlags::from_word("meet"), None);
    }
}
