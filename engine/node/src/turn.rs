//! The end of an event loop's turn: `beforeSleep`, where what was put off is done, in order.

use engine_base::Now;

use crate::Node;

impl Node {
    /// Does what the input has left to do, before the driver is asked to act.
    pub(crate) fn end_turn(&mut self, now: Now) {
        (self.heard, self.lap) = (false, None);
        if self.scripts.is_running() {
            // Nothing else is done in the middle of a script (`ProcessingEventsWhileBlocked`).
            return self.persist_before_sleep(now);
        }
        self.wake_waiting(self.asleep.after(now));
        self.evict_before_sleep(now);
        self.check_fresh_output(now);
        self.slot_migration_before_sleep(now);
        self.cluster_before_sleep(now);
        if self.slot_migrations.recheck {
            self.slot_migration_before_sleep(now);
        }
        if self.tracking.is_on() {
            self.tracking_before_sleep();
        }
        self.replication_before_sleep(now);
        self.persist_before_sleep(now);
        self.evict_clients_after_flush(now);
    }
}
