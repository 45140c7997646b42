//! What is read at start: `loadDataFromDisk`.

use engine_base::Now;
use engine_store::aof::Manifest;

use super::super::unreadable::{fatal, locked, manifest_error, missing};
use super::{File, Kind, Loading, Then};
use crate::Node;
use crate::api::{BootDisk, BootError};

impl Node {
    /// Reads the data that an earlier process left. Whether all is there: a large file is gone on
    /// with in later turns.
    pub(crate) fn load_data(&mut self, now: Now, disk: &dyn BootDisk) -> Result<bool, BootError> {
        self.persist.last_save = now.unix;
        let loading = if self.config.appendonly {
            self.append_only_files(now, disk)?
        } else {
            self.remember_append_only(disk)?;
            let path = self.path_of(&self.config.dbfilename.clone());
            if let Some(why) = disk.trouble(&path) {
                return Err(fatal(format!("Fatal error loading the DB: {why}. Exiting.")));
            }
            let Some(size) = disk.size(&path) else { return Ok(true) };
            let name = self.config.dbfilename.clone();
            let file = File { name, path, size, kind: Kind::Snapshot };
            Loading::new(now, vec![file], self.config.key_load_delay, Then::Snapshot)
        };
        self.load_at_start(now, loading, disk)
    }

    /// The set of files of a process that had the append-only file on: it may be switched on
    /// again.
    fn remember_append_only(&mut self, disk: &dyn BootDisk) -> Result<(), BootError> {
        if let Some(text) = self.manifest_text(disk)? {
            let manifest = Manifest::parse(&text).map_err(|e| manifest_error(&e))?;
            self.continue_append_only(manifest, 0);
        }
        Ok(())
    }

    /// The text of the manifest, if there is one: one that must not be read is not overwritten.
    fn manifest_text(&self, disk: &dyn BootDisk) -> Result<Option<Vec<u8>>, BootError> {
        let name = self.manifest_name();
        let path = self.aof_path(&name);
        match disk.trouble(&path) {
            None => Ok(disk.read(&path)),
            Some(why) => Err(fatal(format!(
                "Fatal error: can't open the AOF manifest file {}/{name} for reading: {why}",
                self.config.appenddirname
            ))),
        }
    }

    /// Whether this process will follow a master: the directive says so, or nodes.conf.
    pub(super) fn boots_as_replica(&self) -> bool {
        self.replication.is_replica()
            || self.cluster.as_ref().is_some_and(|cluster| cluster.me().is_replica())
    }

    /// The files of the append-only set.
    pub(in super::super) fn append_only_files(
        &self,
        now: Now,
        disk: &dyn BootDisk,
    ) -> Result<Loading, BootError> {
        let Some(text) = self.manifest_text(disk)? else { return Ok(self.old_file(now, disk)) };
        let manifest = Manifest::parse(&text).map_err(|e| manifest_error(&e))?;
        if self.upgrade_was_cut_off(disk, &manifest) {
            return Ok(self.old_file(now, disk));
        }
        let mut files = Vec::new();
        let base = manifest.base.iter().map(|part| (part, Kind::Base));
        for (part, kind) in base.chain(manifest.incr.iter().map(|part| (part, Kind::Incr))) {
            let path = self.aof_path(&part.name);
            if let Some(why) = disk.trouble(&path) {
                return Err(locked(&part.name, &why));
            }
            let size = disk.size(&path).ok_or_else(|| missing(&part.name))?;
            files.push(File { name: part.name.clone(), path, size, kind });
        }
        let manifest = (!files.is_empty()).then_some(manifest);
        Ok(Loading::new(now, files, self.config.key_load_delay, Then::AppendOnly(manifest)))
    }

    /// Whether the set names nothing but the old single file, and that has not been moved yet.
    #[inline(never)]
    fn upgrade_was_cut_off(&self, disk: &dyn BootDisk, manifest: &Manifest) -> bool {
        let old = &self.config.appendfilename;
        let alone = match &manifest.base {
            None => true,
            Some(base) => base.name == *old && disk.size(&self.aof_path(old)).is_none(),
        };
        alone && manifest.incr.is_empty() && disk.size(&self.path_of(old)).is_some()
    }

    /// A single file of a server before 7.0, or none at all.
    fn old_file(&self, now: Now, disk: &dyn BootDisk) -> Loading {
        let name = self.config.appendfilename.clone();
        let path = self.path_of(&name);
        let delay = self.config.key_load_delay;
        let Some(size) = disk.size(&path) else {
            return Loading::new(now, Vec::new(), delay, Then::AppendOnly(None));
        };
        let file = File { name: name.clone(), path, size, kind: Kind::Base };
        Loading::new(now, vec![file], delay, Then::Adopt(name))
    }
}
