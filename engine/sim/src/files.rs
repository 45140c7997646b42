//! What programs do to a host's files.

use std::sync::Arc;

use crate::fs::FsError;
use crate::host::HostId;
use crate::input::InputKind;
use crate::world::World;

/// One change to a file tree. Paths are absolute ([`crate::fs::resolve`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FsOp {
    /// Write a file from its beginning.
    Write(String, Vec<u8>),
    /// Write a file from its beginning and make it durable; the content is shared, not copied.
    Put(String, Arc<Vec<u8>>),
    /// Write a file from its beginning and make it durable: a content that many files share, with a few
    /// bytes of its own put in at a place. Of what is kept of the run the shared part is kept once.
    PutWith(String, Arc<Vec<u8>>, usize, &'static str),
    /// Append to a file.
    Append(String, Vec<u8>),
    /// Make one folder.
    MakeDir(String),
    /// Make a folder and all above it.
    MakeDirs(String),
    /// Delete a file.
    RemoveFile(String),
    /// Delete an empty folder.
    RemoveDir(String),
    /// Delete a file or folder with all in it.
    RemoveAll(String),
    /// Move.
    Rename(String, String),
    /// Make, or renew the time of, a file.
    Touch(String),
    /// Change permission bits.
    SetMode(String, u16),
    /// Make durable.
    Sync(String),
}

impl World {
    /// Changes files of a host, as a program on it would. Reading goes through
    /// [`crate::Host::fs`].
    ///
    /// # Errors
    /// Those of [`crate::fs::Fs`].
    pub fn fs(&mut self, id: HostId, op: FsOp) -> Result<(), FsError> {
        self.record(InputKind::Fs { host: id, op: op.clone() });
        let now = self.unix(id);
        let Some(host) = self.hosts.get_mut(id.0) else { return Err(FsError::NotFound) };
        let fs = &mut host.fs;
        match op {
            FsOp::Write(path, data) => fs.write(&path, data, now),
            FsOp::Put(path, data) => {
                fs.put(&path, data, now)?;
                fs.sync(&path)
            }
            FsOp::PutWith(path, shared, at, own) => {
                let (before, behind) = shared.split_at(at.min(shared.len()));
                let data = [before, own.as_bytes(), behind].concat();
                fs.put(&path, Arc::new(data), now)?;
                fs.sync(&path)
            }
            FsOp::Append(path, data) => fs.append(&path, &data, now),
            FsOp::MakeDir(path) => fs.make_dir(&path, now),
            FsOp::MakeDirs(path) => fs.make_dirs(&path, now),
            FsOp::RemoveFile(path) => fs.remove_file(&path),
            FsOp::RemoveDir(path) => fs.remove_dir(&path),
            FsOp::RemoveAll(path) => fs.remove_all(&path),
            FsOp::Rename(from, to) => fs.rename(&from, &to, now),
            FsOp::Touch(path) => fs.touch(&path, now),
            FsOp::SetMode(path, mode) => {
                fs.set_mode(&path, mode);
                Ok(())
            }
            FsOp::Sync(path) => fs.sync(&path),
        }
    }
}
