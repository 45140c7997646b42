//! Starting the append-only file, and beginning it anew from the data (`BGREWRITEAOF`).

use engine_base::Now;
use engine_store::aof::{Manifest, Part};
use engine_store::rdb::Writer;

use super::aof::{AppendOnly, timestamp};
use super::as_commands::as_commands;
use super::opening::Asked;
use super::snapshot::{Progress, Snapshot};
use crate::Node;
use crate::apart::cloned_apart;
use crate::api::{DiskError, DiskId, DiskOp, FileKind, LogLevel};

/// A new base on its way to the disk.
#[derive(Debug)]
pub(super) struct Rewrite {
    pub(super) file: Snapshot,
    base: Part,
    since: Now,
}

cloned_apart!(Rewrite { file, base, since });

impl Rewrite {
    pub(super) fn seconds(&self, now: Now) -> u64 {
        now.mono.ms_since(self.since.mono) / 1000
    }
}

impl Node {
    fn base_name(&self, seq: u64) -> String {
        let format = if self.config.aof_use_rdb_preamble { "rdb" } else { "aof" };
        format!("{}.{seq}.base.{format}", self.config.appendfilename)
    }

    pub(super) fn incr_name(&self, seq: u64) -> String {
        format!("{}.{seq}.incr.aof", self.config.appendfilename)
    }

    pub(super) fn manifest_name(&self) -> String {
        format!("{}.manifest", self.config.appendfilename)
    }

    /// All data as it is now, as a base file.
    fn base_writer(&self, now: Now) -> Writer {
        let mut header = self.rdb_header(now, false);
        header.aof_base = true;
        self.rdb_writer(header)
    }

    pub(super) fn write_manifest(&mut self, manifest: &Manifest) -> DiskId {
        let path = self.aof_path(&self.manifest_name());
        let bytes = manifest.to_text().into_bytes().into();
        self.out.disk(DiskOp::Replace { path, bytes }, true)
    }

    /// At start: a server that cannot write what it is told to keep does not serve.
    fn open_needed(&mut self, name: &str) {
        let path = self.aof_path(name);
        let id = self.out.disk(DiskOp::Append { path, bytes: bytes::Bytes::new() }, true);
        let what = format!("Can't open the append-only file {name}");
        self.persist.needed.push((id, what));
    }

    /// A file of records that is there from now on, still empty.
    fn begin_incr(&mut self, seq: u64) -> Part {
        let name = self.incr_name(seq);
        let path = self.aof_path(&name);
        self.out.disk(DiskOp::Append { path, bytes: bytes::Bytes::new() }, true);
        Part { name, seq }
    }

    /// At start, when there is no append-only file yet: the data that was loaded is its base
    /// (`aofOpenIfNeededOnServerStart`).
    pub(super) fn create_append_only(&mut self, now: Now) {
        if !self.config.appendonly {
            return;
        }
        let folder = self.config.appenddirname.clone();
        let id = self.out.disk(DiskOp::MakeDir { path: self.path_of(&folder) }, true);
        let what = format!("Can't open or create append-only dir {folder}");
        self.persist.needed.push((id, what));
        let base = Part { name: self.base_name(1), seq: 1 };
        let bytes = if self.config.aof_use_rdb_preamble {
            self.base_writer(now).finish()
        } else {
            self.commands_base(now)
        };
        let size = bytes.len() as u64;
        let path = self.aof_path(&base.name);
        let id = self.out.disk(DiskOp::Replace { path, bytes: bytes.into() }, true);
        let what = "Error moving temp append only file on the final destination";
        self.persist.needed.push((id, what.to_owned()));
        let text = format!("Creating AOF base file {} on server start", base.name);
        self.out.log(LogLevel::Notice, text);
        let manifest = Manifest { base: Some(base), ..Manifest::default() };
        self.continue_append_only(manifest, size);
    }

    /// At start: appends to the last file of the set, or begins the first.
    pub(super) fn continue_append_only(&mut self, mut manifest: Manifest, size: u64) {
        if !self.config.appendonly {
            self.persist.idle = Some(AppendOnly::new(manifest, size));
            return self.remove_history();
        }
        if manifest.incr.is_empty() {
            let part = self.begin_incr(1);
            self.open_needed(&part.name);
            let text = format!("Creating AOF incr file {} on server start", part.name);
            manifest.incr.push(part);
            let id = self.write_manifest(&manifest);
            let what = format!("Can't open the AOF manifest file {}", self.manifest_name());
            self.persist.needed.push((id, what));
            self.out.log(LogLevel::Notice, text);
        } else if let Some(part) = manifest.incr.last() {
            self.open_needed(&part.name);
            let text = format!("Opening AOF incr file {} on server start", part.name);
            self.out.log(LogLevel::Notice, text);
        }
        self.persist.aof = Some(AppendOnly::new(manifest, size));
        self.remove_history();
    }

    /// Gives up a rewrite that is under way, and its file; whether there was one.
    pub(super) fn stop_rewrite(&mut self) -> bool {
        let set = self.persist.aof.as_mut().or(self.persist.idle.as_mut());
        let rewrite = set.and_then(|set| set.rewrite.take());
        let found = rewrite.is_some();
        if let Some(rewrite) = rewrite {
            self.abandon_snapshot(rewrite.file);
        }
        found
    }

    /// `CONFIG SET appendonly no`.
    pub(crate) fn switch_off_append_only(&mut self) {
        self.sync_append_only_file(true);
        self.persist.idle = self.persist.aof.take();
        if self.stop_rewrite() {
            let child = self.pid.wrapping_add(1);
            let text = format!("Killing running AOF rewrite child: {child}");
            self.out.log(LogLevel::Notice, text);
        }
    }

    /// The set of files, whether it is on or off.
    pub(super) fn aof_set(&self) -> Option<&AppendOnly> {
        self.persist.aof.as_ref().or(self.persist.idle.as_ref())
    }

    fn aof_set_mut(&mut self) -> Option<&mut AppendOnly> {
        self.persist.aof.as_mut().or(self.persist.idle.as_mut())
    }

    /// A new base from the data as it is now, and, unless the file is off, a new file for what
    /// follows, which is there already.
    pub(super) fn begin_rewrite(&mut self, now: Now, incr: Option<Part>) {
        self.count_fork();
        let child = self.pid.wrapping_add(1);
        let text = format!("Background append only file rewriting started by pid {child}");
        self.out.log(LogLevel::Notice, text);
        if self.persist.aof.is_some() {
            self.flush_append_only_file();
        } else {
            self.persist.idle.get_or_insert_with(|| AppendOnly::new(Manifest::default(), 0));
        }
        let Some(mut manifest) = self.aof_set().map(|aof| aof.manifest.clone()) else { return };
        let base_seq = manifest.base.as_ref().map_or(1, |p| p.seq + 1);
        if let Some(incr) = incr {
            let text = format!("Creating AOF incr file {} on background rewrite", incr.name);
            self.out.log(LogLevel::Notice, text);
            manifest.incr.push(incr);
            self.write_manifest(&manifest);
        }
        let base = Part { name: self.base_name(base_seq), seq: base_seq };
        let file = self.begin_base(now, &base);
        if let Some(aof) = self.aof_set_mut() {
            aof.manifest = manifest;
            aof.forget_database();
            aof.rewrite = Some(Rewrite { file, base, since: now });
        }
    }

    /// All data as commands, behind the second in which they were written down.
    fn commands_base(&self, now: Now) -> Vec<u8> {
        let told = self.config.aof_timestamp_enabled;
        let stamp = if told { timestamp(now) } else { String::new() };
        [stamp.into_bytes(), as_commands(&self.scripts.sources(), &self.dbs)].concat()
    }

    /// Begins to write a base file, as RDB or as commands.
    fn begin_base(&mut self, now: Now, base: &Part) -> Snapshot {
        let path = self.aof_path(&base.name);
        if self.config.aof_use_rdb_preamble {
            let writer = self.base_writer(now);
            let temporary = format!("temp-rewriteaof-bg-{}.aof", self.pid.wrapping_add(1));
            self.begin_snapshot(writer, &temporary, path, FileKind::AofBase)
        } else {
            let keys = self.dbs.iter().map(engine_store::Db::len).sum();
            self.slow_file(self.commands_base(now), keys, path)
        }
    }

    /// The new base is on the disk: the files before it are of no use any more.
    pub(super) fn rewrite_disk_done(
        &mut self,
        _now: Now,
        id: DiskId,
        done: &Result<(), DiskError>,
    ) -> bool {
        let Some(aof) = self.aof_set_mut() else { return false };
        let Some(rewrite) = aof.rewrite.take() else { return false };
        self.rewrite_goes_on(rewrite, id, done)
    }

    #[inline(never)]
    fn rewrite_goes_on(
        &mut self,
        mut rewrite: Rewrite,
        id: DiskId,
        done: &Result<(), DiskError>,
    ) -> bool {
        let progress = self.snapshot_disk_done(&mut rewrite.file, id, done.clone());
        let on = self.persist.aof.is_some();
        let keeps = self.config.aof_disable_auto_gc;
        let Some(aof) = self.aof_set_mut() else { return false };
        let done = match progress {
            Progress::Done(done) => done,
            unfinished => {
                aof.rewrite = Some(rewrite);
                return matches!(unfinished, Progress::More);
            }
        };
        if let Err(error) = done {
            self.persist.rewrite_ok = false;
            self.persist.failed_rewrites += 1;
            let text = format!("Background AOF rewrite terminated with error: {error}");
            self.out.log(LogLevel::Warning, text);
            return true;
        }
        let base = aof.manifest.base.replace(rewrite.base);
        // The last file of records is in use, unless the set is off.
        let current = if on { aof.manifest.incr.pop() } else { None };
        // In the order of redis-server's list.
        let mut old = std::mem::take(&mut aof.manifest.incr);
        old.extend(base);
        old.append(&mut aof.manifest.history);
        aof.manifest.incr.extend(current);
        aof.initial = false;
        aof.size = rewrite.file.size;
        aof.base_size = rewrite.file.size;
        let gone = if keeps { Vec::new() } else { std::mem::take(&mut old) };
        aof.manifest.history = old;
        let manifest = aof.manifest.clone();
        self.write_manifest(&manifest);
        self.persist.rewrites += 1;
        self.persist.rewrite_ok = true;
        self.persist.failed_rewrites = 0;
        self.out.log(LogLevel::Notice, "Background AOF rewrite terminated with success");
        self.remove_parts(&gone);
        self.out.log(LogLevel::Notice, "Background AOF rewrite finished successfully");
        true
    }

    /// Removes files that are of no use any more, unless they shall stay (`aof-disable-auto-gc`,
    /// `aofDelHistoryFiles`).
    #[inline(never)]
    pub(crate) fn remove_history(&mut self) {
        let keeps = self.config.aof_disable_auto_gc;
        let Some(aof) = self.aof_set_mut().filter(|_| !keeps) else { return };
        let parts = std::mem::take(&mut aof.manifest.history);
        if parts.is_empty() {
            return;
        }
        let manifest = aof.manifest.clone();
        self.write_manifest(&manifest);
        self.remove_parts(&parts);
    }

    fn remove_parts(&mut self, parts: &[Part]) {
        for part in parts {
            let text = format!("Removing the history file {} in the background", part.name);
            self.out.log(LogLevel::Notice, text);
            let path = self.aof_path(&part.name);
            self.out.disk(DiskOp::Remove { path }, false);
        }
    }

    /// `auto-aof-rewrite-percentage`
    pub(super) fn check_growth(&mut self) {
        let percent = self.config.auto_aof_rewrite_percentage;
        let smallest = self.config.auto_aof_rewrite_min_size;
        let Some(aof) = &self.persist.aof else { return };
        if percent == 0 || aof.rewrite.is_some() || aof.size <= smallest {
            return;
        }
        let base = aof.base_size.max(1);
        let growth = (u128::from(aof.size) * 100 / u128::from(base)).saturating_sub(100);
        if growth >= u128::from(percent) {
            let text = format!("Starting automatic rewriting of AOF on {growth}% growth");
            self.out.log(LogLevel::Notice, text);
            self.open_for_rewrite(Asked::Clock);
        }
    }

    /// A full synchronisation has replaced all data: the file begins anew.
    pub(crate) fn persist_after_full_sync(&mut self) {
        if self.persist.aof.is_some() {
            self.stop_rewrite();
            self.open_for_rewrite(Asked::Clock);
        }
    }
}
