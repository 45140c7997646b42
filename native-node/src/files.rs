//! What is done to files on the spot, and how a node reads them.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use engine_node::{BootDisk, DiskError};

use crate::configuration::words;

pub(crate) fn append(path: &str) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

/// A temporary file beside it, fsync, rename, fsync of the folder; without the fsyncs when it need
/// not be durable. Locked, when asked, before it takes the name.
pub(crate) fn replace(path: &str, bytes: &[u8], lock: bool, durable: bool) -> io::Result<File> {
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

/// fsync, rename, fsync of the folder.
pub(crate) fn rename(from: &str, to: &str) -> io::Result<()> {
    File::open(from)?.sync_all()?;
    std::fs::rename(from, to)?;
    sync_folder_of(to)
}

pub(crate) fn sync_folder_of(path: &str) -> io::Result<()> {
    let folder = Path::new(path).parent().filter(|p| !p.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

pub(crate) fn truncate(path: &str, len: u64) -> io::Result<()> {
    let file = OpenOptions::new().write(true).open(path)?;
    file.set_len(len)?;
    file.sync_all()
}

pub(crate) fn remove(path: &str) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

pub(crate) fn make_dir(path: &str) -> io::Result<()> {
    match std::fs::create_dir(path) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
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

    fn read_at(&self, path: &str, from: u64, len: usize) -> Option<Vec<u8>> {
        read_at(path, from, len).ok()
    }
}
