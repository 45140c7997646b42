//! What is done to files, one thing after the other, and how a node reads them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use engine_node::{BootDisk, DiskError, DiskOp};

use crate::configuration::words;
use crate::lock::Lock;

/// Who does things to files: the node's own thread, or the one behind it.
#[derive(Default)]
pub(crate) struct Files {
    /// Those that are appended to.
    open: HashMap<String, File>,
    /// The file that must stay locked when it is replaced: nodes.conf.
    locked: Option<(String, Lock)>,
    /// That of the file that was replaced last, until somebody lets it go.
    replaced: Option<Lock>,
}

impl Files {
    pub(crate) fn new(locked: Option<(String, Lock)>) -> Self {
        Self { open: HashMap::new(), locked, replaced: None }
    }

    pub(crate) fn is_open(&self, path: &str) -> bool {
        self.open.contains_key(path)
    }

    /// Somebody else does something to it next.
    pub(crate) fn close(&mut self, path: &str) {
        self.open.remove(path);
    }

    pub(crate) fn close_all(&mut self) {
        self.open.clear();
    }

    pub(crate) fn carry_out(&mut self, op: DiskOp) -> io::Result<()> {
        match op {
            DiskOp::Replace { path, bytes } => self.replace(&path, &bytes, true),
            DiskOp::Put { path, bytes } => self.replace(&path, &bytes, false),
            DiskOp::Settle { path } => settle(&path),
            DiskOp::Append { path, bytes } => self.appendable(path)?.write_all(&bytes),
            // It has a thread for itself, and never comes here.
            DiskOp::Stream { .. } => Err(io::ErrorKind::Unsupported.into()),
            DiskOp::Sync { path } => self.appendable(path)?.sync_data(),
            DiskOp::Rename { from, to } => {
                self.close(&from);
                self.close(&to);
                rename(&from, &to)
            }
            DiskOp::Truncate { path, len } => {
                self.close(&path);
                truncate(&path, len)
            }
            DiskOp::Remove { path } => {
                self.close(&path);
                remove(&path)
            }
            DiskOp::MakeDir { path } => make_dir(&path),
        }
    }

    fn replace(&mut self, path: &str, bytes: &[u8], durable: bool) -> io::Result<()> {
        self.close(path);
        let lock = self.locked.as_ref().is_some_and(|(locked, _)| locked == path);
        let file = match replace(path, bytes, lock, durable) {
            // Its folder takes no new file. redis-server always writes over nodes.conf.
            Err(e) if lock && e.kind() == io::ErrorKind::PermissionDenied => {
                return overwrite(path, bytes, durable);
            }
            done => done?,
        };
        if let Some((_, held)) = self.locked.as_mut().filter(|_| lock) {
            self.replaced = Some(std::mem::replace(held, Lock::held(file)));
        }
        Ok(())
    }

    /// What is left of a file that was replaced.
    pub(crate) fn replaced(&mut self) -> Option<Lock> {
        self.replaced.take()
    }

    fn appendable(&mut self, path: String) -> io::Result<&mut File> {
        match self.open.entry(path) {
            Entry::Occupied(open) => Ok(open.into_mut()),
            Entry::Vacant(place) => {
                let file = append(place.key())?;
                Ok(place.insert(file))
            }
        }
    }
}

pub(crate) fn append(path: &str) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

/// A temporary file beside it, fsync, rename, fsync of the folder; without the fsyncs when it need
/// not be durable. Locked, when asked, before it takes the name.
fn replace(path: &str, bytes: &[u8], lock: bool, durable: bool) -> io::Result<File> {
    let temporary = format!("{path}.tmp-{}", std::process::id());
    let write = || {
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        if durable {
            file.sync_all()?;
        }
        if lock {
            file.lock()?;
        }
        std::fs::rename(&temporary, path)?;
        Ok(file)
    };
    let written: io::Result<File> = write();
    if written.is_err() {
        // What failed is told; the rest of it need not stay.
        let _ = std::fs::remove_file(&temporary);
    }
    if durable {
        sync_folder_of(path)?;
    }
    written
}

/// New content in place of the old one, never less than all of it: blank lines where the old one
/// was longer, and then they are cut off.
fn overwrite(path: &str, bytes: &[u8], durable: bool) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    let old = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    let mut padded = bytes.to_vec();
    padded.resize(old.max(bytes.len()), b'\n');
    file.write_all(&padded)?;
    if durable {
        file.sync_all()?;
    }
    file.set_len(bytes.len() as u64)
}

/// fsync of what stands at `path` now, and of the folder.
fn settle(path: &str) -> io::Result<()> {
    match File::open(path) {
        Ok(file) => file.sync_all()?,
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        Err(e) => return Err(e),
    }
    sync_folder_of(path)
}

/// fsync, rename, fsync of the folder.
fn rename(from: &str, to: &str) -> io::Result<()> {
    File::open(from)?.sync_all()?;
    std::fs::rename(from, to)?;
    sync_folder_of(to)
}

fn sync_folder_of(path: &str) -> io::Result<()> {
    let folder = Path::new(path).parent().filter(|p| !p.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn truncate(path: &str, len: u64) -> io::Result<()> {
    let file = OpenOptions::new().write(true).open(path)?;
    file.set_len(len)?;
    file.sync_all()
}

fn remove(path: &str) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

fn make_dir(path: &str) -> io::Result<()> {
    match std::fs::create_dir(path) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            let there = std::fs::metadata(path)?.is_dir();
            if there { Ok(()) } else { Err(rustix::io::Errno::NOTDIR.into()) }
        }
        done => done,
    }
}

/// Up to `len` bytes of a file: fewer at its end.
pub(crate) fn read_at(path: &str, from: u64, len: usize) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(len as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

pub(crate) fn gone() -> DiskError {
    DiskError::Other("the disk thread is gone".into())
}

pub(crate) fn disk_error(error: &io::Error) -> DiskError {
    match error.kind() {
        io::ErrorKind::StorageFull => DiskError::Full,
        io::ErrorKind::NotFound => DiskError::NotFound,
        _ => DiskError::Other(words(error)),
    }
}

/// The files as the node reads them while it boots.
pub(crate) struct RealFiles;

impl BootDisk for RealFiles {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        std::fs::read(path).ok()
    }

    fn size(&self, path: &str) -> Option<u64> {
        std::fs::metadata(path).ok().filter(|it| it.is_file()).map(|it| it.len())
    }

    fn trouble(&self, path: &str) -> Option<String> {
        match File::open(path).and_then(|mut file| file.read(&mut [0])) {
            Ok(_) => None,
            Err(e)
                if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
            {
                None
            }
            Err(e) => Some(words(&e)),
        }
    }

    fn read_at(&self, path: &str, from: u64, len: usize) -> Option<Vec<u8>> {
        read_at(path, from, len).ok()
    }
}
