//! A disk in memory.

use std::collections::BTreeMap;

use crate::api::{BootDisk, DiskError, DiskOp};

#[derive(Clone, Default)]
pub(super) struct Disk {
    pub(super) files: BTreeMap<String, Vec<u8>>,
    pub(super) full: bool,
    /// How often a file was made durable.
    pub(super) syncs: usize,
}

impl BootDisk for Disk {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        self.files.get(path).cloned()
    }
}

impl Disk {
    pub(super) fn with(files: &[(&str, &[u8])]) -> Self {
        let files = files.iter().map(|(p, b)| ((*p).to_owned(), b.to_vec())).collect();
        Self { files, ..Self::default() }
    }

    pub(super) fn act(&mut self, op: DiskOp) -> Result<(), DiskError> {
        if self.full {
            return Err(DiskError::Full);
        }
        self.syncs += usize::from(matches!(op, DiskOp::Sync { .. }));
        match op {
            DiskOp::Replace { path, bytes } | DiskOp::Put { path, bytes } => {
                self.files.insert(path, bytes.to_vec());
            }
            DiskOp::Append { path, bytes } => {
                self.files.entry(path).or_default().extend_from_slice(&bytes);
            }
            DiskOp::Stream { path, pieces, .. } => {
                let file = self.files.entry(path).or_default();
                pieces.for_each(|piece| file.extend(piece));
            }
            DiskOp::Rename { from, to } => {
                let bytes = self.files.remove(&from).ok_or(DiskError::NotFound)?;
                self.files.insert(to, bytes);
            }
            DiskOp::Truncate { path, len } => {
                let bytes = self.files.get_mut(&path).ok_or(DiskError::NotFound)?;
                bytes.truncate(len as usize);
            }
            DiskOp::Remove { path } => {
                self.files.remove(&path);
            }
            DiskOp::Sync { .. } | DiskOp::Settle { .. } | DiskOp::MakeDir { .. } => {}
        }
        Ok(())
    }
}
