//! The bus, or an operator, changed who owns what: migrations that lost their ground end, and
//! those that have reached their aim too (`clusterUpdateSlotExportsOnOwnershipChange`,
//! `clusterUpdateSlotImportsOnOwnershipChange`).

use engine_base::{NodeId, Now};

use super::{JobName, Kind, Ranges, State};
use crate::Node;
use crate::api::LogLevel;

impl Node {
    /// Looks at every migration that still tries.
    pub(super) fn recheck_migrations(&mut self, now: Now) {
        if !std::mem::take(&mut self.slot_migrations.recheck) {
            return;
        }
        for name in self.slot_migrations.in_progress(Kind::Export) {
            self.recheck_export(now, &name);
        }
        for name in self.slot_migrations.in_progress(Kind::Import) {
            self.recheck_import(now, &name);
        }
    }

    /// The one node that owns all these slots.
    fn owner_of_all(&self, ranges: &Ranges) -> Option<NodeId> {
        let cluster = self.cluster.as_deref()?;
        let mut owners = ranges.slots().map(|slot| cluster.owner(slot));
        let first = owners.next()??;
        owners.all(|owner| owner == Some(first)).then(|| cluster.nodes[first].id)
    }

    fn recheck_export(&mut self, now: Now, name: &JobName) {
        let Some(job) = self.slot_migrations.find(name) else { return };
        let Some(nodes) = job.nodes else { return };
        let owner = self.owner_of_all(&job.ranges);
        if owner == Some(nodes.target) {
            let text =
                format!("Slot migration {} slots are now owned by target node.", job.describe());
            self.out.log(LogLevel::Notice, text);
            self.finish_slot_migration(now, name, State::Success, None);
        } else if owner.is_none() || owner != self.cluster.as_ref().map(|c| c.me().id) {
            self.fail_slot_migration(now, name, "Slots are no longer owned by myself");
        }
    }

    fn recheck_import(&mut self, now: Now, name: &JobName) {
        let is_replica = self.cluster.as_ref().is_some_and(|cluster| cluster.me().is_replica());
        let Some(job) = self.slot_migrations.find_mut(name) else { return };
        if is_replica {
            // Deleting here would make this replica differ from its master: it only follows from
            // now on, until the master says how the import ended, or all data comes anew.
            if job.state != State::OnPrimary {
                job.nodes = None;
                let link = job.link.take();
                self.set_migration_state(now, name, State::OnPrimary);
                self.let_import_client_go(link);
            }
            return;
        }
        let Some(nodes) = job.nodes else {
            // It was a replica and is a master now: what it followed was its master's.
            return self.fail_slot_migration(now, name, "A failover occurred during slot import");
        };
        let ranges = job.ranges.clone();
        let owner = self.owner_of_all(&ranges);
        if owner == Some(nodes.source) {
            return;
        }
        let why = if owner == Some(nodes.target) {
            "Slots were unexpectedly assigned to myself during import"
        } else {
            "Slots are no longer owned by source node"
        };
        self.fail_slot_migration(now, name, why);
    }
}
