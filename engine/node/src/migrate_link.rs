//! The link on which `MIGRATE` moves keys to another node.

use std::net::SocketAddr;

use engine_base::{LinkId, Now};

use crate::Node;
use crate::api::DialError;

/// One move under way.
#[derive(Clone, Debug, Default)]
pub(crate) struct MigrateLink {}

impl Node {
    pub(crate) fn migrate_dialed(
        &mut self,
        _now: Now,
        _link: LinkId,
        _done: Result<SocketAddr, DialError>,
    ) {
    }

    pub(crate) fn migrate_bytes(&mut self, _now: Now, _link: LinkId, _bytes: &[u8]) {}

    pub(crate) fn migrate_closed(&mut self, _now: Now, _link: LinkId) {}

    /// The client that waits for a move is gone.
    pub(crate) fn migrate_client_gone(&mut self, _link: LinkId) {}
}
