//! One slice after the other: what is taken in a turn, and what the driver reads meanwhile.
//!
//! What a node without data never comes to is never inlined: a first visit to the page has no data, and
//! need not load it.

use engine_base::{Mono, Now};

use super::rdb::RdbFile;
use super::records::RecordsFile;
use super::{AHEAD, File, Kind, Loading, Pace, SLICE, Stage, Step, Then};
use crate::Node;
use crate::api::{Action, BootDisk, BootError, DiskError, DiskId, LogLevel};
use crate::persist::LoadProgress;
use crate::persist::unreadable::missing;

/// The first bytes of an RDB file.
const RDB: &[u8] = b"REDIS";

impl Loading {
    pub(super) fn new(now: Now, files: Vec<File>, delay: i64, then: Then) -> Self {
        Self {
            files: files.into(),
            stage: Stage::Begin(Vec::new()),
            asked: 0,
            came: 0,
            cut: false,
            awaited: Default::default(),
            before: 0,
            pace: Pace::new(now, delay),
            since: now,
            told_master: now.mono,
            then,
            history: Default::default(),
        }
    }

    /// Whether a full synchronisation brought the data.
    pub(crate) fn is_sync(&self) -> bool {
        matches!(self.then, Then::Synced)
    }

    /// Whether all of the first file is here.
    fn at_end(&self) -> bool {
        self.cut || self.files.front().is_none_or(|file| self.came >= file.size)
    }

    /// Bytes of the next file come.
    fn feed(&mut self, bytes: &[u8]) {
        match &mut self.stage {
            Stage::Begin(begin) => begin.extend_from_slice(bytes),
            Stage::Rdb(file) => file.feed(bytes),
            Stage::Records(file) => file.feed(bytes),
        }
    }

    /// Finds out what the file is: whether it is an RDB file where records could stand.
    fn begin(&mut self) -> bool {
        let at_end = self.at_end();
        let Stage::Begin(begin) = &mut self.stage else { return false };
        let Some(file) = self.files.front() else { return false };
        if file.kind != Kind::Snapshot && begin.len() < RDB.len() && !at_end {
            return false;
        }
        let may_be_records = file.kind != Kind::Snapshot;
        let begin = std::mem::take(begin);
        let is_rdb = file.kind == Kind::Snapshot || begin.starts_with(RDB);
        self.stage = if is_rdb {
            let sync = self.is_sync();
            let snapshot = file.kind == Kind::Snapshot;
            let file = if sync { RdbFile::from_master() } else { RdbFile::new(snapshot) };
            Stage::Rdb(Box::new(file))
        } else {
            Stage::Records(Box::new(RecordsFile::new(file, self.files.len() == 1, 0)))
        };
        self.feed(&begin);
        is_rdb && may_be_records
    }

    fn consumed(&self) -> u64 {
        self.before
            + match &self.stage {
                Stage::Begin(_) => 0,
                Stage::Rdb(file) => file.consumed(),
                Stage::Records(file) => file.consumed(),
            }
    }

    fn total(&self) -> u64 {
        self.before + self.files.iter().map(|file| file.size).sum::<u64>()
    }
}

impl Node {
    /// Whether files are being loaded: until they are, nothing is done but to answer.
    pub(crate) fn loads_files(&self) -> bool {
        self.persist.loading.is_some()
    }

    /// Whether data is being loaded in any way (`server.loading`).
    #[must_use]
    pub fn is_loading(&self) -> bool {
        self.persist.progress.is_some()
    }

    fn slice(&self) -> usize {
        let wanted = self.config.loading_process_events_interval_bytes;
        wanted.clamp(*SLICE.start(), *SLICE.end()) as usize
    }

    /// Loads at start: all, or the first slice of it, of which the rest is loaded in later turns.
    /// Whether all is there.
    pub(super) fn load_at_start(
        &mut self,
        now: Now,
        loading: Loading,
        disk: &dyn BootDisk,
    ) -> Result<bool, BootError> {
        let budget = self.slice() as u64;
        self.persist.progress = Some(LoadProgress::new(now, loading.total(), false));
        self.load_from(now, loading, disk, budget)
    }

    /// Loads again in the life of the process: all at once, but for what stands behind a script that runs for
    /// long. Whether all is there.
    #[inline(never)]
    pub(in super::super) fn load_again(
        &mut self,
        now: Now,
        mut loading: Loading,
        disk: &dyn BootDisk,
    ) -> Result<bool, BootError> {
        loading.pace = Pace::new(now, 0);
        self.persist.progress = Some(LoadProgress::new(now, loading.total(), false));
        let done = self.load_from(now, loading, disk, u64::MAX);
        if done.is_err() {
            self.persist.progress = None;
        }
        done
    }

    #[inline(never)]
    fn load_from(
        &mut self,
        now: Now,
        mut loading: Loading,
        disk: &dyn BootDisk,
        mut budget: u64,
    ) -> Result<bool, BootError> {
        loop {
            match self.load_step(now, &mut loading)? {
                Step::End => {
                    self.loaded(now, &mut loading);
                    return Ok(true);
                }
                Step::Hungry if budget > 0 => {
                    let Some(file) = loading.files.front() else { continue };
                    let len = usize::try_from(budget).unwrap_or(usize::MAX).min(self.slice());
                    let bytes = disk.read_at(&file.path, loading.asked, len);
                    let bytes = bytes.ok_or_else(|| missing(&file.name))?;
                    budget = budget.saturating_sub(bytes.len() as u64);
                    loading.asked += bytes.len() as u64;
                    loading.came = loading.asked;
                    loading.cut = bytes.len() < len;
                    loading.feed(&bytes);
                }
                step => {
                    self.load_later(now, loading, step);
                    return Ok(false);
                }
            }
        }
    }

    /// Begins to load a file of which the first bytes are at hand, if they are all.
    pub(crate) fn begin_sync_load(
        &mut self,
        now: Now,
        path: String,
        size: u64,
        whole: Option<Vec<u8>>,
    ) {
        let name = self.config.dbfilename.clone();
        let file = File { name, path, size, kind: Kind::Snapshot };
        let delay = self.config.key_load_delay;
        let mut loading = Loading::new(now, vec![file], delay, Then::Synced);
        self.persist.progress = Some(LoadProgress::new(now, size, false));
        if let Some(bytes) = whole {
            (loading.asked, loading.came) = (size, size);
            loading.feed(&bytes);
        }
        self.load_on(now, loading);
    }

    /// Takes what there is, and asks for what is next.
    fn load_on(&mut self, now: Now, mut loading: Loading) {
        if loading.pace.delay_us == 0 {
            self.read_ahead(&mut loading);
        }
        match self.load_step(now, &mut loading) {
            Ok(Step::End) => self.loaded_later(now, &mut loading),
            Ok(step) => self.load_later(now, loading, step),
            Err(error) => self.load_failed(now, &loading, error),
        }
    }

    #[inline(never)]
    fn load_later(&mut self, now: Now, mut loading: Loading, step: Step) {
        if loading.is_sync() {
            self.keep_master_waiting(now, &mut loading.told_master);
        }
        if let Some(progress) = &mut self.persist.progress {
            progress.loaded = loading.consumed();
        }
        if step == Step::NotDue {
            self.timers.loading = loading.pace.due;
        } else {
            self.read_ahead(&mut loading);
        }
        self.persist.loading = Some(Box::new(loading));
    }

    /// Has the driver read the next parts.
    #[inline(never)]
    fn read_ahead(&mut self, loading: &mut Loading) {
        let Some(file) = loading.files.front() else { return };
        let len = self.slice();
        while loading.awaited.len() < AHEAD && !loading.cut && loading.asked < file.size {
            let (path, from) = (file.path.clone(), loading.asked);
            let id = self.out.next_disk_id();
            self.out.push(Action::Read { id, path, from, len });
            loading.asked += len as u64;
            loading.awaited.push_back((id, len));
        }
    }

    /// A part of a file was read.
    #[inline(never)]
    pub(crate) fn part_read(&mut self, now: Now, id: DiskId, done: Result<Vec<u8>, DiskError>) {
        let next = |loading: &mut Box<Loading>| loading.awaited.front().is_some_and(|n| n.0 == id);
        let Some(mut loading) = self.persist.loading.take_if(next) else { return };
        let Some((_, len)) = loading.awaited.pop_front() else { return };
        let Some(file) = loading.files.front() else { return };
        match done {
            Ok(bytes) => {
                loading.came += bytes.len() as u64;
                loading.cut = bytes.len() < len;
                if loading.at_end() {
                    loading.awaited.clear();
                }
                loading.feed(&bytes);
                self.load_on(now, *loading);
            }
            Err(error) => {
                let text = format!("Error reading {}: {error}", file.name);
                let error = BootError { log: vec![(LogLevel::Warning, text)], code: 1 };
                self.load_failed(now, &loading, error);
            }
        }
    }

    /// The next keys of a slow load are due.
    #[inline(never)]
    pub(crate) fn load_due_keys(&mut self, now: Now) {
        self.timers.loading = Mono::NEVER;
        if let Some(loading) = self.persist.loading.take() {
            self.load_on(now, *loading);
        } else {
            self.read_due_keys(now);
        }
    }

    /// Takes what there is; [`Step::End`] when all files are loaded.
    fn load_step(&mut self, now: Now, loading: &mut Loading) -> Result<Step, BootError> {
        while !loading.files.is_empty() {
            if loading.begin() {
                self.out.log(LogLevel::Notice, "Reading RDB base file on AOF loading...");
            }
            let last = loading.at_end();
            let step = match &mut loading.stage {
                Stage::Begin(_) => Step::Hungry,
                Stage::Rdb(file) => self.take_items(now, file, last, &mut loading.pace)?,
                Stage::Records(file) => self.take_records(now, file, last, &mut loading.pace)?,
            };
            if step != Step::End {
                return Ok(step);
            }
            if !self.begin_tail(loading) {
                self.next_file(now, loading);
            }
        }
        Ok(Step::End)
    }

    /// An RDB file at the beginning of an append-only file is read: records may follow.
    #[inline(never)]
    fn begin_tail(&mut self, loading: &mut Loading) -> bool {
        let (Stage::Rdb(rdb), Some(file)) = (&loading.stage, loading.files.front()) else {
            return false;
        };
        if file.kind == Kind::Snapshot || (rdb.rest().is_empty() && loading.at_end()) {
            return false;
        }
        let mut records = RecordsFile::new(file, loading.files.len() == 1, rdb.consumed());
        records.feed(rdb.rest());
        loading.stage = Stage::Records(Box::new(records));
        self.out.log(LogLevel::Notice, "Reading the remaining AOF tail...");
        true
    }

    fn next_file(&mut self, now: Now, loading: &mut Loading) {
        let Some(file) = loading.files.pop_front() else { return };
        loading.before += file.size;
        let stage = std::mem::replace(&mut loading.stage, Stage::Begin(Vec::new()));
        (loading.asked, loading.came, loading.cut) = (0, 0, false);
        // Parts that were read ahead are none of the next file.
        loading.awaited.clear();
        self.file_loaded(now, loading, &file, stage);
    }
}
