//! The slots change hands: the target claims them under a new config epoch, without asking for
//! votes, and tells everybody (`performSlotImportJobFailover`).

use engine_base::Now;

use super::{Kind, State};
use crate::Node;
use crate::api::LogLevel;

impl Node {
    /// Takes the slots of every import that has leave to.
    pub(super) fn take_over_granted(&mut self, now: Now) {
        loop {
            let granted =
                |job: &&super::Job| job.kind == Kind::Import && job.state == State::TakeOver;
            let Some(job) = self.slot_migrations.jobs.iter().find(granted) else { return };
            let (name, slots) = (job.name, job.ranges.slots().collect::<Vec<_>>());
            let (Some(nodes), granted_in) = (job.nodes, job.granted_in) else { return };
            let text = format!(
                "Slot migration {} completed successfully. This node is now the owner of the \
                 slots",
                job.describe()
            );
            // The replicas hear of the end behind the claim, which waits until nodes.conf is safe.
            self.with_cluster(now, |cluster, cx| {
                cluster.take_over_slots(now.unix.0, cx, &slots, nodes.source, granted_in);
            });
            self.finish_slot_migration(now, &name, State::Success, None);
            self.out.log(LogLevel::Notice, text);
        }
    }
}
