//! `oom-score-adj`: whom the kernel ends first when the machine has no memory left
//! (`setOOMScoreAdj` in server.c). There are no children here, so the third value is not used.

use crate::Node;
use crate::api::LogLevel;
use crate::config::{Config, OomScoreAdj, SetError};

/// Reads and writes the kernel's score of this process, as the driver lends it.
#[derive(Clone, Copy, Debug)]
pub struct OomAccess {
    /// The score now.
    pub read: fn() -> Result<i32, String>,
    /// Sets it; the error is the operating system's.
    pub write: fn(i32) -> Result<(), String>,
}

/// The kernel's bounds of a score.
const SCORES: core::ops::RangeInclusive<i32> = -1000..=1000;

/// What became of the score.
#[derive(Clone, Debug, Default)]
pub(crate) struct OomScore {
    access: Option<OomAccess>,
    /// What it was before this node set it; `None` while it is the kernel's own.
    base: Option<i32>,
}

impl Node {
    /// Lends the node the kernel's score; what the configuration says holds from now on.
    pub fn use_oom_score(&mut self, access: OomAccess) {
        self.oom_score.access = Some(access);
        // As redis-server does, a process that may not change it starts nevertheless.
        let _ = self.set_oom_score();
    }

    /// Sets the score that belongs to this node's role, or gives the old one back. `Err` when the
    /// system refuses; the log says why.
    pub(crate) fn set_oom_score(&mut self) -> Result<(), ()> {
        let Some(access) = self.oom_score.access else { return Ok(()) };
        let how = self.config.oom_score_adj;
        let score = if how == OomScoreAdj::No {
            let Some(base) = self.oom_score.base.take() else { return Ok(()) };
            base
        } else {
            let base = match self.oom_score.base {
                Some(base) => base,
                None => {
                    let read = (access.read)();
                    let read = read.map_err(|why| self.cannot("read", &why))?;
                    *self.oom_score.base.insert(read)
                }
            };
            let [master, replica, _] = self.config.oom_score_adj_values.0;
            let own = if self.replication.is_replica() { replica } else { master };
            let from = if how == OomScoreAdj::Absolute { 0 } else { base };
            i32::from(own).saturating_add(from).clamp(*SCORES.start(), *SCORES.end())
        };
        (access.write)(score).map_err(|why| self.cannot("write", &why))
    }

    fn cannot(&mut self, what: &str, why: &str) {
        self.out.log(LogLevel::Warning, format!("Unable to {what} oom_score_adj: {why}"));
    }

    /// Sets the score that changed directives ask for. When it cannot, everything is as it was
    /// `before`.
    pub(crate) fn apply_oom_score(
        &mut self,
        changed: &[&'static str],
        before: &Config,
    ) -> Result<(), SetError> {
        let Some(name) = changed.iter().find(|name| name.starts_with("oom-score-adj")) else {
            return Ok(());
        };
        if self.set_oom_score().is_ok() {
            return Ok(());
        }
        self.config = before.clone();
        let _ = self.set_oom_score();
        let reason = "Failed to apply new oom_score_adj configuration, check server logs.";
        Err(SetError::Refused { name: (*name).into(), reason: reason.into() })
    }
}
