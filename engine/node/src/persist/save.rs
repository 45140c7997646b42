//! Saving the data as one RDB file: `SAVE`, `BGSAVE`, save points.
//!
//! A snapshot costs nothing here (copy-on-write), so no process is forked; the file is made and
//! written piece by piece while clients are served.

use engine_base::{LinkId, Now};

use super::Saving;
use crate::Node;
use crate::api::{DiskError, FileKind, LogLevel};
use crate::client::Wait;
use engine_base::Mono;
use engine_store::rdb::Writer;

/// Seconds until a failed save is tried again (`CONFIG_BGSAVE_RETRY_DELAY`).
const RETRY_SECS: i64 = 5;

impl Node {
    /// `SAVE`: the client waits until the file is safe. `false` when a save is on its way.
    pub(crate) fn save_now(&mut self, now: Now, link: LinkId) -> bool {
        if self.persist.saving.is_some() {
            return false;
        }
        self.begin_save(now, Some(link), false);
        self.block(link, Mono::NEVER, Wait::Save);
        true
    }

    /// `BGSAVE`: `false` when a save is on its way.
    pub(crate) fn save_in_background(&mut self, now: Now) -> bool {
        if self.persist.saving.is_some() {
            return false;
        }
        let child = self.pid.wrapping_add(1);
        self.out.log(LogLevel::Notice, format!("Background saving started by pid {child}"));
        self.count_fork();
        self.begin_save(now, None, false);
        true
    }

    /// The same for replicas that are to be sent what this writer writes; they are told the end.
    pub(crate) fn save_for_replicas(&mut self, now: Now, writer: Writer) {
        let child = self.pid.wrapping_add(1);
        self.out.log(LogLevel::Notice, format!("Background saving started by pid {child}"));
        self.begin_save_of(now, writer, None, false);
    }

    /// Whether the RDB file is being written.
    pub(crate) fn is_saving(&self) -> bool {
        self.persist.saving.is_some()
    }

    /// Writes all data to the RDB file.
    pub(super) fn begin_save(&mut self, now: Now, client: Option<LinkId>, last: bool) {
        let writer = self.rdb_writer(self.rdb_header(now, false));
        self.begin_save_of(now, writer, client, last);
    }

    fn begin_save_of(&mut self, now: Now, writer: Writer, client: Option<LinkId>, last: bool) {
        let path = self.path_of(&self.config.dbfilename.clone());
        let slow = self.save_delay().is_some();
        // By whose number Redis's file would be called: the child's, or the process's own.
        let pid = if last { self.pid } else { self.pid.wrapping_add(1) };
        let file = if last && !slow {
            self.snapshot_at_once(writer, path)
        } else {
            self.begin_snapshot(writer, &format!("temp-{pid}.rdb"), path, FileKind::Snapshot)
        };
        let changes = self.dirty;
        self.persist.last_try = now.unix;
        self.persist.saving = Some(Saving { file, since: now.unix, changes, client, last });
    }

    /// `FLUSHALL` with save points: the file is empty too, and nothing is left to save
    /// (`flushAllDataAndResetRDB`).
    pub(crate) fn save_after_flush(&mut self, now: Now) {
        self.drop_streams(now);
        if self.stop_background_save() {
            self.out.log(LogLevel::Notice, "Background saving aborted: all keys are deleted");
            self.sync_file_done(now, None);
        }
        if self.config.save.0.is_empty() {
            return;
        }
        self.dirty = 0;
        if self.persist.saving.is_none() {
            self.begin_save(now, None, false);
        }
    }

    /// Gives up the background save that is under way; whether there was one.
    pub(crate) fn stop_background_save(&mut self) -> bool {
        let saving = self.persist.saving.take_if(|s| s.client.is_none() && !s.last);
        let found = saving.is_some();
        if let Some(saving) = saving {
            self.abandon_snapshot(saving.file);
        }
        found
    }

    /// The file is on the disk, or is not.
    #[inline(never)]
    pub(super) fn save_done(&mut self, now: Now, done: Result<(), DiskError>) {
        let Some(saving) = self.persist.saving.take() else { return };
        let background = saving.client.is_none() && !saving.last;
        self.persist.last_save_secs = (now.unix.0 - saving.since.0).max(0) / 1000;
        match &done {
            Ok(()) => {
                self.out.log(LogLevel::Notice, "DB saved on disk");
                self.dirty = self.dirty.saturating_sub(saving.changes);
                self.persist.last_save = now.unix;
                self.persist.save_ok = true;
                self.persist.saves += 1;
                if background {
                    self.out.log(LogLevel::Notice, "Background saving terminated with success");
                }
            }
            Err(error) => {
                let text = format!("Write error saving DB on disk: {error}");
                self.out.log(LogLevel::Warning, text);
                if background {
                    self.persist.save_ok = false;
                    self.out.log(LogLevel::Warning, "Background saving error");
                }
            }
        }
        if background {
            self.sync_file_done(now, done.is_ok().then_some(saving.file.size));
        }
        if let Some(link) = saving.client {
            self.answer_save(now, link, done.is_ok());
        }
        if saving.last {
            self.last_save_done(now, done.is_ok());
        }
    }

    fn answer_save(&mut self, now: Now, link: LinkId, ok: bool) {
        if self.unblock(link).is_none() {
            return;
        }
        self.tell(link, |reply| if ok { reply.ok() } else { reply.error("ERR") });
        self.process_client(now, link);
    }

    /// Starts a save when a save point says so (`serverCron`).
    pub(super) fn check_save_points(&mut self, now: Now) {
        if self.persist.saving.is_some() || self.persist.ending.is_some() {
            return;
        }
        let since = now.unix.as_secs() - self.persist.last_save.as_secs();
        let tried = now.unix.as_secs() - self.persist.last_try.as_secs();
        let due = self.config.save.0.iter().find(|point| {
            i64::try_from(self.dirty).unwrap_or(i64::MAX) >= point.changes as i64
                && since > point.seconds as i64
        });
        let Some((changes, seconds)) = due.map(|p| (p.changes, p.seconds)) else { return };
        if self.persist.save_ok || tried > RETRY_SECS {
            let text = format!("{changes} changes in {seconds} seconds. Saving...");
            self.out.log(LogLevel::Notice, text);
            self.save_in_background(now);
        }
    }
}
