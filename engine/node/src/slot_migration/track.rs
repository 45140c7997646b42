//! What a replica, or a process that reads its files, knows of imports: which slots are hidden
//! until their end is told.

use engine_base::{NodeId, Now, Slot};

use super::{Job, JobName, Kind, Ranges, State};
use crate::Node;

impl Node {
    /// The master begins an import.
    pub(crate) fn track_import(&mut self, now: Now, name: JobName, ranges: Ranges) {
        let job = Job::new(name, Kind::Import, ranges, State::OnPrimary, now.unix.as_secs());
        self.add_import(now, job);
    }

    /// The imports under way, for the head of a snapshot: `name first-last …`.
    pub(crate) fn import_notes(&self) -> Vec<String> {
        let jobs = self.slot_migrations.unfinished(Kind::Import);
        jobs.map(|job| format!("{} {}", job.name_text(), job.ranges.text())).collect()
    }

    /// Takes up what the head of a snapshot, or a note in the append-only file, says.
    pub(crate) fn track_note(&mut self, now: Now, note: &str) {
        let Some((name, ranges)) = parse_note(note) else { return };
        if self.cluster.is_some() && self.slot_migrations.find(&name).is_none() {
            self.track_import(now, name, ranges);
        }
    }

    /// All data is replaced by the master's: what was known of imports goes with it.
    pub(crate) fn forget_imports(&mut self, now: Now, why: &str) {
        for name in self.slot_migrations.in_progress(Kind::Import) {
            self.fail_slot_migration(now, &name, why);
        }
    }

    /// What the append-only file keeps of an import, in a form that Redis 7.0 reads over: a line
    /// of annotation.
    pub(crate) fn note_import(&mut self, name: &JobName, what: &str, ranges: &Ranges) {
        let name = String::from_utf8_lossy(name);
        let line = format!("#SLOT-IMPORT {what} {name} {}", ranges.text());
        self.append_annotation(line.trim_end());
    }

    /// Reads such a line.
    pub(crate) fn replay_annotation(&mut self, now: Now, line: &str) {
        let Some(rest) = line.strip_prefix("#SLOT-IMPORT ") else { return };
        let mut words = rest.splitn(3, ' ');
        match (words.next(), words.next(), words.next()) {
            (Some("begins"), Some(name), Some(ranges)) => {
                self.track_note(now, &format!("{name} {ranges}"));
            }
            (Some(end @ ("success" | "failed")), Some(name), None) => {
                let state = if end == "success" { State::Success } else { State::Failed };
                if let Some(name) = NodeId::from_bytes(name.as_bytes()).map(|_| name)
                    && let Ok(name) = <JobName>::try_from(name.as_bytes())
                {
                    self.end_tracked(now, &name, state, None);
                }
            }
            _ => {}
        }
    }

    /// The master said how an import ended.
    pub(crate) fn end_tracked(
        &mut self,
        now: Now,
        name: &JobName,
        state: State,
        message: Option<&str>,
    ) -> bool {
        let Some(job) = self.slot_migrations.find(name) else { return false };
        if job.kind == Kind::Import && job.is_tracking() && !job.state.is_finished() {
            self.close_import(now, name, state, message.map(str::to_owned));
        }
        true
    }
}

/// `name first-last first-last …`
fn parse_note(note: &str) -> Option<(JobName, Ranges)> {
    let mut words = note.split(' ');
    let name: JobName = words.next()?.as_bytes().try_into().ok()?;
    let slot = |text: &str| text.parse().ok().and_then(Slot::new);
    let ranges: Option<Vec<(Slot, Slot)>> = words
        .map(|range| {
            let (first, last) = range.split_once('-')?;
            let (first, last) = (slot(first)?, slot(last)?);
            (first <= last).then_some((first, last))
        })
        .collect();
    Some((name, Ranges(ranges.filter(|r| !r.is_empty())?)))
}
