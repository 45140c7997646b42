//! What can be wrong with the network between hosts.

use std::collections::{BTreeMap, BTreeSet};

use crate::host::HostId;
use crate::net::{ConnId, InFlight, LinkKind, UnitId};

/// How the way from one host to another is. Times in microseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quality {
    /// The shortest time a packet takes.
    pub latency_us: u64,
    /// How much longer it may take.
    pub jitter_us: u64,
    /// How likely a packet is lost and sent again, 0.0 to 1.0.
    pub loss: f64,
}

impl Quality {
    /// A switched local network.
    pub const LAN: Self = Self { latency_us: 200, jitter_us: 300, loss: 0.0 };
    /// Inside one host.
    pub const LOOPBACK: Self = Self { latency_us: 40, jitter_us: 20, loss: 0.0 };
}

/// Which units are to be held back. All that is given must fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hold {
    /// Only units sent from this host.
    pub from: Option<HostId>,
    /// Only units sent to this host.
    pub to: Option<HostId>,
    /// Only units of such links.
    pub kind: Option<LinkKind>,
    /// Only units of this link.
    pub conn: Option<ConnId>,
    /// Only this unit.
    pub unit: Option<UnitId>,
    /// Only bus packets of this type (the number in the header, `CLUSTERMSG_TYPE_*` in cluster.h).
    pub bus_type: Option<u16>,
}

impl Hold {
    /// Whether a unit is meant.
    #[must_use]
    pub fn fits(&self, unit: &InFlight) -> bool {
        self.from.is_none_or(|h| h == unit.from_host)
            && self.to.is_none_or(|h| h == unit.to_host)
            && self.kind.is_none_or(|k| k == unit.kind)
            && self.conn.is_none_or(|c| c == unit.conn)
            && self.unit.is_none_or(|u| u == unit.id)
            && self
                .bus_type
                .is_none_or(|t| unit.kind == LinkKind::Bus && bus_type(&unit.bytes) == Some(t))
    }
}

/// The type field of a bus packet: bytes 12 and 13 of the header (`clusterMsg` in cluster.h).
pub(crate) fn bus_type(packet: &[u8]) -> Option<u16> {
    packet.get(12..14).map(|b| u16::from_be_bytes([b[0], b[1]]))
}

/// The state of the network.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    pub(crate) cuts: BTreeSet<(HostId, HostId)>,
    pub(crate) quality: BTreeMap<(HostId, HostId), Quality>,
    pub(crate) holds: Vec<Hold>,
}

impl Faults {
    pub(crate) fn quality(&self, from: HostId, to: HostId) -> Quality {
        let default = if from == to { Quality::LOOPBACK } else { Quality::LAN };
        self.quality.get(&(from, to)).copied().unwrap_or(default)
    }

    pub(crate) fn is_cut(&self, from: HostId, to: HostId) -> bool {
        from != to && self.cuts.contains(&(from, to))
    }
}
