//! RDB and append-only file: when they are written and read (rdb.c, aof.c).

mod aof;
mod as_commands;
mod info;
mod loading;
mod opening;
mod reload;
mod rewrite;
mod save;
mod schedule;
mod shutdown;
mod snapshot;
mod unreadable;

use engine_base::{LinkId, Mono, Now, UnixMs};

use crate::Node;
use crate::apart::cloned_apart;
use crate::api::{Action, DiskError, DiskId, LogLevel};
use crate::config::ShutdownOnSignal;
use aof::AppendOnly;
use shutdown::Ending;
use snapshot::{Progress, Snapshot};

pub(crate) use loading::{LoadProgress, Loading, Pace};
pub(crate) use opening::Asked;
pub use reload::FileReader;
pub(crate) use reload::ReloadOptions;
pub(crate) use schedule::Begun;
pub(crate) use shutdown::Final;
pub(crate) use snapshot::step_slowly;

/// What a write is answered when the last save failed (`stop-writes-on-bgsave-error`).
const MISCONF: &str = "MISCONF Redis is configured to save RDB snapshots, but it's \
currently unable to persist to disk. Commands that may modify the data set are disabled, because \
this instance is configured to report errors during writes if RDB snapshotting fails \
(stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error.";

/// The state of saving.
#[derive(Clone, Debug)]
pub(crate) struct Persist {
    /// When the data was last saved, or the process was born.
    last_save: UnixMs,
    /// When a save was last tried.
    last_try: UnixMs,
    /// Whether the last background save ended well.
    save_ok: bool,
    /// Seconds that the last background save took; -1 for none.
    last_save_secs: i64,
    saves: u64,
    /// A save on its way to the disk.
    saving: Option<Saving>,
    /// The append-only file, when it is on.
    aof: Option<AppendOnly>,
    /// Something was given to the file in this turn.
    flushed: bool,
    /// The set of files while it is off: it may be switched on again, or rewritten.
    idle: Option<AppendOnly>,
    /// Files that are being loaded, and how far any load has come.
    pub(crate) loading: Option<Box<Loading>>,
    pub(crate) progress: Option<LoadProgress>,
    loaded_keys: usize,
    expired_keys: usize,
    rewrites: u64,
    /// Rewrites that failed since one succeeded.
    failed_rewrites: u64,
    rewrite_ok: bool,
    /// A save, or a rewrite, begins when what is under way now has ended.
    save_scheduled: bool,
    rewrite_scheduled: bool,
    /// When it was last told that the master's writes do not get to the disk.
    pub(crate) told_ignored: Option<Mono>,
    /// Snapshots taken where Redis forks (`total_forks`).
    forks: u64,
    /// What must be there before the process serves, and what is said when it cannot be made.
    needed: Vec<(DiskId, String)>,
    /// The append-only file is about to begin anew.
    opening: Option<Box<opening::Opening>>,
    /// Configuration files on their way to the disk, and who waits for them.
    pub(crate) config_writes: Vec<(DiskId, Option<LinkId>)>,
    /// `DEBUG LOADAOF` waits for the disk, or for a script in the file.
    reloading: Option<reload::Reloading>,
    /// A signal asked for the end while nothing looks for signals (`DEBUG PAUSE-CRON`).
    pub(crate) signalled: Option<ShutdownOnSignal>,
    /// A signal asked for the end that is under way.
    pub(crate) end_by_signal: bool,
    /// The end of the process was asked for.
    ending: Option<Ending>,
}

/// A save on its way to the disk.
#[derive(Debug)]
struct Saving {
    file: Snapshot,
    since: UnixMs,
    /// Changes that the file has.
    changes: u64,
    /// Who waits for it (`SAVE`); nobody for a background save.
    client: Option<LinkId>,
    /// It is the last one before the end of the process.
    last: bool,
}

cloned_apart!(Saving { file, since, changes, client, last });

impl Default for Persist {
    fn default() -> Self {
        Self {
            last_save: UnixMs(0),
            last_try: UnixMs(0),
            save_ok: true,
            last_save_secs: -1,
            saves: 0,
            saving: None,
            aof: None,
            flushed: false,
            idle: None,
            loading: None,
            progress: None,
            loaded_keys: 0,
            expired_keys: 0,
            rewrites: 0,
            failed_rewrites: 0,
            rewrite_ok: true,
            save_scheduled: false,
            rewrite_scheduled: false,
            told_ignored: None,
            forks: 0,
            needed: Vec::new(),
            opening: None,
            config_writes: Vec::new(),
            reloading: None,
            signalled: None,
            end_by_signal: false,
            ending: None,
        }
    }
}

impl Persist {
    /// Whether writes are appended to a file.
    pub(crate) fn appends(&self) -> bool {
        self.aof.is_some()
    }

    /// Bytes of writes that the append-only file does not have yet.
    pub(crate) fn unwritten(&self) -> usize {
        self.aof.as_ref().map_or(0, AppendOnly::unwritten)
    }

    /// So many more bytes have been written of a large file.
    pub(crate) fn written(&mut self, id: DiskId, bytes: u64) {
        let set = self.aof.as_mut().or(self.idle.as_mut());
        let base = set.and_then(|set| set.rewrite.as_mut()).map(|rewrite| &mut rewrite.file);
        for file in self.saving.as_mut().map(|saving| &mut saving.file).into_iter().chain(base) {
            file.written(id, bytes);
        }
    }

    /// When the data was last saved (`LASTSAVE`).
    pub(crate) fn last_save(&self) -> UnixMs {
        self.last_save
    }
}

impl Node {
    /// Why writes are refused, if they are (`writeCommandsDeniedByDiskError`).
    pub(crate) fn persist_refusal(&self) -> Option<String> {
        let points = !self.config.save.0.is_empty();
        if self.config.stop_writes_on_bgsave_error && points && !self.persist.save_ok {
            return Some(MISCONF.to_owned());
        }
        let error = self.persist.aof.as_ref()?.error.as_ref()?;
        Some(format!("MISCONF Errors writing to the AOF file: {error}"))
    }

    /// A disk operation of ours, or of another room, ended.
    pub(crate) fn persist_disk_done(&mut self, now: Now, id: DiskId, done: Result<(), DiskError>) {
        if let Some(at) = self.persist.needed.iter().position(|(needed, _)| *needed == id) {
            let (_, what) = self.persist.needed.swap_remove(at);
            if let Err(error) = &done {
                self.out.log(LogLevel::Warning, format!("{what}: {error}"));
                self.out.push(Action::Exit { code: 1 });
            }
            return;
        }
        if self.opening_disk_done(now, id, &done)
            || self.config_disk_done(now, id, &done)
            || self.users_disk_done(now, id, &done)
        {
            return;
        }
        if let Some(mut saving) = self.persist.saving.take() {
            let progress = self.snapshot_disk_done(&mut saving.file, id, done.clone());
            self.persist.saving = Some(saving);
            match progress {
                Progress::Foreign => {}
                Progress::More => return,
                Progress::Done(end) => return self.save_done(now, end),
            }
        }
        if self.received_file_disk_done(now, id, &done) {
            return;
        }
        if !self.reload_disk_done(now, id, &done) {
            self.aof_disk_done(now, id, done);
        }
    }

    /// What is put off to the end of a turn.
    pub(crate) fn persist_before_sleep(&mut self, now: Now) {
        self.flush_append_only_file();
        let slow = self.debug.aof_flush_sleep;
        if std::mem::take(&mut self.persist.flushed) && slow > 0 {
            self.asleep.begin(now.mono + core::time::Duration::from_micros(slow));
        }
    }

    /// Once a second: save points, the AOF's sync, its growth, and switching it on or off.
    pub(crate) fn persist_tick(&mut self, now: Now) {
        self.check_save_points(now);
        self.check_append_only(now);
    }
}

#[cfg(test)]
mod tests;
