//! One background save or rewrite at a time, and none that begins inside a transaction:
//! `hasActiveChildProcess`, `rdb_bgsave_scheduled` and `aof_rewrite_scheduled` of Redis.

use engine_base::{LinkId, Now};

use super::opening::Asked;
use crate::Node;

/// What became of a background job that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begun {
    /// It is under way.
    Now,
    /// It begins when it can.
    Later,
    /// One of its kind is under way already.
    Already,
    /// One of another kind is, and nobody asked for later.
    Busy,
}

impl Node {
    pub(super) fn saves(&self) -> bool {
        self.persist.saving.is_some() || self.sends_snapshots()
    }

    pub(super) fn rewrites(&self) -> bool {
        self.aof_set().is_some_and(|aof| aof.rewrite.is_some())
    }

    /// `BGREWRITEAOF`: a client whose rewrite begins now is answered when it has.
    pub(crate) fn request_rewrite(&mut self, client: LinkId) -> Begun {
        if self.rewrites() || self.opens_for_rewrite() {
            return Begun::Already;
        }
        if self.saves() || self.in_unit() {
            self.persist.rewrite_scheduled = true;
            return Begun::Later;
        }
        self.open_for_rewrite(Asked::Client(client));
        Begun::Now
    }

    /// `BGSAVE`, with `SCHEDULE` or without.
    pub(crate) fn request_save(&mut self, now: Now, schedule: bool) -> Begun {
        if self.saves() {
            return Begun::Already;
        }
        if self.rewrites() || self.in_unit() {
            let later = schedule || self.in_unit();
            self.persist.save_scheduled |= later;
            return if later { Begun::Later } else { Begun::Busy };
        }
        self.save_in_background(now);
        Begun::Now
    }

    /// Ten times a second: begins what waited for its turn.
    pub(crate) fn begin_scheduled(&mut self, now: Now) {
        if self.persist.rewrite_scheduled && !self.saves() && !self.rewrites() {
            self.open_for_rewrite(Asked::Clock);
        }
        if self.persist.save_scheduled && !self.saves() && !self.rewrites() {
            self.persist.save_scheduled = false;
            self.save_in_background(now);
        }
    }

    /// Ten times a second: snapshots that are to be written slowly go on.
    pub(crate) fn pace_snapshots(&mut self, now: Now) {
        if let Some(mut saving) = self.persist.saving.take() {
            self.pace_snapshot(now, &mut saving.file);
            self.persist.saving = Some(saving);
        }
        let set = self.persist.aof.as_mut().or(self.persist.idle.as_mut());
        if let Some(mut rewrite) = set.and_then(|set| set.rewrite.take()) {
            self.pace_snapshot(now, &mut rewrite.file);
            let set = self.persist.aof.as_mut().or(self.persist.idle.as_mut());
            if let Some(set) = set {
                set.rewrite = Some(rewrite);
            }
        }
        self.pace_replicas(now);
    }

    /// A snapshot is taken where Redis would fork.
    pub(crate) fn count_fork(&mut self) {
        self.persist.forks += 1;
    }

    /// `total_forks`
    pub(crate) fn forks(&self) -> u64 {
        self.persist.forks
    }
}
