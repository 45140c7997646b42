//! A host's files, and which of their bytes would survive a power loss.
//!
//! What a program writes is in the page cache: `kill -9` does not touch it. Only what was synced,
//! or has been dirty for longer than the kernel's write-back age, is on the disk.

mod file;
mod folders;
mod space;

use std::collections::BTreeMap;
use std::sync::Arc;

use engine_base::UnixMs;
use thiserror::Error;

use file::File;

/// What the operating system says when it cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FsError {
    /// ENOENT.
    #[error("No such file or directory")]
    NotFound,
    /// EEXIST.
    #[error("File exists")]
    Exists,
    /// ENOTDIR.
    #[error("Not a directory")]
    NotDir,
    /// EISDIR.
    #[error("Is a directory")]
    IsDir,
    /// ENOTEMPTY.
    #[error("Directory not empty")]
    NotEmpty,
    /// ENOSPC.
    #[error("No space left on device")]
    Full,
    /// ENAMETOOLONG.
    #[error("File name too long")]
    TooLong,
    /// EINVAL.
    #[error("Invalid argument")]
    Invalid,
}

/// What `stat` tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Whether it is a folder.
    pub is_dir: bool,
    /// Bytes in the file.
    pub len: u64,
    /// When it was last written, by the host's clock.
    pub modified: UnixMs,
    /// Permission bits, e.g. 0o644.
    pub mode: u16,
}

#[derive(Clone, Debug)]
enum Entry {
    Dir { modified: UnixMs, mode: u16 },
    File(File),
}

/// A tree of files and folders. Paths are absolute and without `.`, `..` or a slash at the end;
/// [`resolve`] makes them so.
#[derive(Clone, Debug)]
pub struct Fs {
    entries: BTreeMap<String, Entry>,
    capacity: u64,
    /// What all files hold, counted along: every line of a log asks for it.
    used: u64,
    /// Whether there may be a file whose name is not on the disk.
    fresh_names: bool,
}

/// `path` as seen from the folder `cwd`: absolute, without `.`, `..` and double slashes.
#[must_use]
pub fn resolve(cwd: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let base = if path.starts_with('/') { "" } else { cwd };
    for part in base.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    if parts.is_empty() { "/".to_owned() } else { format!("/{}", parts.join("/")) }
}

/// Linux's limits for a path and for one name in it (`PATH_MAX`, `NAME_MAX`).
fn check_length(path: &str) -> Result<(), FsError> {
    let fits = path.len() < 4096 && path.split('/').all(|name| name.len() <= 255);
    if fits { Ok(()) } else { Err(FsError::TooLong) }
}

fn parent(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) | None => "/",
        Some(at) => &path[..at],
    }
}

impl Fs {
    /// The folders of a fresh host, and the programs in `/usr/local/bin`.
    #[must_use]
    pub fn with_system_folders() -> Self {
        let mut fs =
            Self { entries: BTreeMap::new(), capacity: 64 << 20, used: 0, fresh_names: false };
        let dir = |mode| Entry::Dir { modified: UnixMs(1_767_225_600_000), mode };
        fs.entries.insert("/".to_owned(), dir(0o755));
        for path in [
            "/bin",
            "/boot",
            "/etc",
            "/home",
            "/mnt",
            "/opt",
            "/root",
            "/srv",
            "/tmp",
            "/usr",
            "/usr/bin",
            "/usr/local",
            "/usr/local/bin",
            "/var",
            "/var/lib",
            "/var/log",
            "/var/run",
        ] {
            let mode = match path {
                "/root" => 0o550,
                "/tmp" => 0o1777,
                _ => 0o755,
            };
            fs.entries.insert(path.to_owned(), dir(mode));
        }
        for name in ["redis-server", "redis-cli"] {
            let mut file = File::new(
                Arc::new(format!("\u{7f}ELF {name} 7.0.15\n").into_bytes()),
                UnixMs(1_767_225_600_000),
            );
            file.sync();
            file.mode = 0o755;
            fs.entries.insert(format!("/usr/local/bin/{name}"), Entry::File(file));
        }
        fs.recount();
        fs
    }

    /// What is at `path`; `None` when there is nothing.
    #[must_use]
    pub fn stat(&self, path: &str) -> Option<Stat> {
        Some(match self.entries.get(path)? {
            Entry::Dir { modified, mode } => {
                Stat { is_dir: true, len: 4096, modified: *modified, mode: *mode }
            }
            Entry::File(f) => {
                Stat { is_dir: false, len: f.data.len() as u64, modified: f.modified, mode: f.mode }
            }
        })
    }

    /// Whether `path` is a folder.
    #[must_use]
    pub fn is_dir(&self, path: &str) -> bool {
        matches!(self.entries.get(path), Some(Entry::Dir { .. }))
    }

    /// The content of a file.
    ///
    /// # Errors
    /// When it is missing or a folder.
    pub fn read(&self, path: &str) -> Result<&[u8], FsError> {
        match self.entries.get(path) {
            Some(Entry::File(f)) => Ok(&f.data),
            Some(Entry::Dir { .. }) => Err(FsError::IsDir),
            None => Err(self.missing(path)),
        }
    }

    /// The names in a folder, in order.
    ///
    /// # Errors
    /// When it is missing or a file.
    pub fn list(&self, path: &str) -> Result<Vec<String>, FsError> {
        match self.entries.get(path) {
            Some(Entry::Dir { .. }) => {}
            Some(Entry::File(_)) => return Err(FsError::NotDir),
            None => return Err(self.missing(path)),
        }
        Ok(self
            .below(path)
            .filter_map(|(full, _)| {
                let name = &full[if path == "/" { 1 } else { path.len() + 1 }..];
                (!name.contains('/')).then(|| name.to_owned())
            })
            .collect())
    }

    fn below<'a>(&'a self, path: &str) -> impl Iterator<Item = (&'a String, &'a Entry)> + use<'a> {
        let prefix = if path == "/" { "/".to_owned() } else { format!("{path}/") };
        let start = prefix.clone();
        self.entries
            .range(start..)
            .take_while(move |(full, _)| full.starts_with(&prefix))
            .filter(|(full, _)| full.as_str() != "/")
    }

    /// ENOTDIR when a file stands in the way, else ENOENT.
    fn missing(&self, path: &str) -> FsError {
        let mut up = parent(path);
        loop {
            match self.entries.get(up) {
                Some(Entry::File(_)) => return FsError::NotDir,
                Some(Entry::Dir { .. }) => return FsError::NotFound,
                None => up = parent(up),
            }
        }
    }

    fn check_parent(&self, path: &str) -> Result<(), FsError> {
        check_length(path)?;
        if self.is_dir(parent(path)) { Ok(()) } else { Err(self.missing(path)) }
    }

    /// Writes a file, which is made when missing; nothing is synced.
    ///
    /// # Errors
    /// When its folder is missing, it is a folder, or the disk is full.
    pub fn write(&mut self, path: &str, data: Vec<u8>, now: UnixMs) -> Result<(), FsError> {
        self.put(path, Arc::new(data), now)
    }

    /// [`Fs::write`] of content that is shared with others.
    pub(crate) fn put(
        &mut self,
        path: &str,
        data: Arc<Vec<u8>>,
        now: UnixMs,
    ) -> Result<(), FsError> {
        let old = match self.entries.get(path) {
            Some(Entry::Dir { .. }) => return Err(FsError::IsDir),
            Some(Entry::File(f)) => f.data.len() as u64,
            None => 0,
        };
        self.check_parent(path)?;
        let used = self.used - old + data.len() as u64;
        if data.len() as u64 > old && used > self.capacity {
            return Err(FsError::Full);
        }
        self.used = used;
        if let Some(Entry::File(f)) = self.entries.get_mut(path) {
            f.set(data, now);
        } else {
            self.entries.insert(path.to_owned(), Entry::File(File::new(data, now)));
            self.fresh_names = true;
            self.touch_dir(parent(path).to_owned(), now);
        }
        Ok(())
    }

    /// Appends to a file, which is made when missing; nothing is synced.
    ///
    /// # Errors
    /// As [`Fs::write`].
    pub fn append(&mut self, path: &str, data: &[u8], now: UnixMs) -> Result<(), FsError> {
        if !matches!(self.entries.get(path), Some(Entry::File(_))) {
            return self.write(path, data.to_vec(), now);
        }
        if self.used() + data.len() as u64 > self.capacity {
            return Err(FsError::Full);
        }
        self.used += data.len() as u64;
        if let Some(Entry::File(f)) = self.entries.get_mut(path) {
            f.touch(now);
            Arc::make_mut(&mut f.data).extend_from_slice(data);
        }
        Ok(())
    }

    /// Makes what a file holds durable.
    ///
    /// # Errors
    /// When it is missing.
    pub fn sync(&mut self, path: &str) -> Result<(), FsError> {
        match self.entries.get_mut(path) {
            Some(Entry::File(f)) => f.sync(),
            Some(Entry::Dir { .. }) => {}
            None => return Err(FsError::NotFound),
        }
        // An fsync commits the whole journal: the names of all files with it (ext4).
        if std::mem::take(&mut self.fresh_names) {
            for entry in self.entries.values_mut() {
                if let Entry::File(f) = entry {
                    f.name_is_safe();
                }
            }
        }
        Ok(())
    }

    /// Temporary file, fsync, rename, fsync of the folder: all or nothing, and durable.
    ///
    /// # Errors
    /// As [`Fs::write`].
    pub fn replace(&mut self, path: &str, data: Vec<u8>, now: UnixMs) -> Result<(), FsError> {
        let mode = self.stat(path).map_or(0o644, |s| s.mode);
        self.write(path, data, now)?;
        self.set_mode(path, mode);
        self.sync(path)
    }

    /// Changes permission bits.
    pub fn set_mode(&mut self, path: &str, bits: u16) {
        match self.entries.get_mut(path) {
            Some(Entry::File(f)) => f.mode = bits,
            Some(Entry::Dir { mode, .. }) => *mode = bits,
            None => {}
        }
    }

    /// Sets the time of the last change; makes an empty file when there is nothing.
    ///
    /// # Errors
    /// As [`Fs::write`].
    pub fn touch(&mut self, path: &str, now: UnixMs) -> Result<(), FsError> {
        match self.entries.get_mut(path) {
            Some(Entry::File(f)) => f.modified = now,
            Some(Entry::Dir { modified, .. }) => *modified = now,
            None => return self.write(path, Vec::new(), now),
        }
        Ok(())
    }

    fn touch_dir(&mut self, path: String, now: UnixMs) {
        if let Some(Entry::Dir { modified, .. }) = self.entries.get_mut(&path) {
            *modified = now;
        }
    }

    /// What a file would hold after a power loss; `None` when it would not be there.
    #[must_use]
    pub fn durable(&self, path: &str, now: UnixMs) -> Option<Vec<u8>> {
        match self.entries.get(path)? {
            Entry::File(f) => f.clone().survive(now).map(|f| f.data.to_vec()),
            Entry::Dir { .. } => None,
        }
    }

    /// Only `left` first bytes of a file are left; nothing when there is none.
    pub fn tear(&mut self, path: &str, left: usize) {
        if let Some(Entry::File(f)) = self.entries.get_mut(path) {
            Arc::make_mut(&mut f.data).truncate(left);
            f.sync();
        }
        self.recount();
    }

    /// The power goes: what was not on the disk is lost.
    pub fn power_loss(&mut self, now: UnixMs) {
        self.entries = std::mem::take(&mut self.entries)
            .into_iter()
            .filter_map(|(path, entry)| {
                let entry = match entry {
                    Entry::File(f) => Entry::File(f.survive(now)?),
                    dir @ Entry::Dir { .. } => dir,
                };
                Some((path, entry))
            })
            .collect();
        self.recount();
    }
}

#[cfg(test)]
mod tests;
