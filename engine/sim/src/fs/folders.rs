//! Making, moving and removing what a folder lists.

use engine_base::UnixMs;

use super::{Entry, Fs, FsError, check_length, parent};

impl Fs {
    /// Makes one folder. Folders are in the file system's journal: they survive.
    ///
    /// # Errors
    /// When something is there already, or the folder above is missing.
    pub fn make_dir(&mut self, path: &str, now: UnixMs) -> Result<(), FsError> {
        if self.entries.contains_key(path) {
            return Err(FsError::Exists);
        }
        self.check_parent(path)?;
        self.entries.insert(path.to_owned(), Entry::Dir { modified: now, mode: 0o755 });
        self.touch_dir(parent(path).to_owned(), now);
        Ok(())
    }

    /// Makes a folder and all that are missing above it.
    ///
    /// # Errors
    /// When a file stands in the way.
    pub fn make_dirs(&mut self, path: &str, now: UnixMs) -> Result<(), FsError> {
        if self.is_dir(path) {
            return Ok(());
        }
        check_length(path)?;
        if self.entries.contains_key(path) {
            return Err(FsError::Exists);
        }
        if parent(path) != path {
            match self.make_dirs(parent(path), now) {
                Err(FsError::Exists) => return Err(FsError::NotDir),
                other => other?,
            }
        }
        self.make_dir(path, now)
    }

    /// Deletes a file.
    ///
    /// # Errors
    /// When it is missing or a folder.
    pub fn remove_file(&mut self, path: &str) -> Result<(), FsError> {
        match self.entries.get(path) {
            Some(Entry::File(_)) => {
                self.entries.remove(path);
                self.recount();
                Ok(())
            }
            Some(Entry::Dir { .. }) => Err(FsError::IsDir),
            None => Err(self.missing(path)),
        }
    }

    /// Deletes an empty folder.
    ///
    /// # Errors
    /// When it is missing, a file, or not empty.
    pub fn remove_dir(&mut self, path: &str) -> Result<(), FsError> {
        match self.entries.get(path) {
            Some(Entry::File(_)) => Err(FsError::NotDir),
            None => Err(self.missing(path)),
            Some(Entry::Dir { .. }) if path == "/" => Err(FsError::Invalid),
            Some(Entry::Dir { .. }) if self.below(path).next().is_some() => Err(FsError::NotEmpty),
            Some(Entry::Dir { .. }) => {
                self.entries.remove(path);
                Ok(())
            }
        }
    }

    /// Deletes a file, or a folder with all that is in it.
    ///
    /// # Errors
    /// When it is missing.
    pub fn remove_all(&mut self, path: &str) -> Result<(), FsError> {
        if !self.entries.contains_key(path) {
            return Err(self.missing(path));
        }
        let all: Vec<String> = self.below(path).map(|(full, _)| full.clone()).collect();
        for full in all {
            self.entries.remove(&full);
        }
        if path != "/" {
            self.entries.remove(path);
        }
        self.recount();
        Ok(())
    }

    /// Moves a file or a folder; a file at the goal is replaced.
    ///
    /// # Errors
    /// When the source is missing, the goal's folder is missing, or a folder would go into itself.
    pub fn rename(&mut self, from: &str, to: &str, now: UnixMs) -> Result<(), FsError> {
        if !self.entries.contains_key(from) {
            return Err(self.missing(from));
        }
        if from == to {
            return Ok(());
        }
        if to.starts_with(&format!("{from}/")) || from == "/" {
            return Err(FsError::Invalid);
        }
        self.check_parent(to)?;
        match (self.is_dir(from), self.entries.get(to)) {
            (true, Some(Entry::File(_))) => return Err(FsError::NotDir),
            (false, Some(Entry::Dir { .. })) => return Err(FsError::IsDir),
            (true, Some(Entry::Dir { .. })) => self.remove_dir(to)?,
            _ => {}
        }
        let mut moved: Vec<String> = self.below(from).map(|(full, _)| full.clone()).collect();
        moved.push(from.to_owned());
        for old in moved {
            if let Some(entry) = self.entries.remove(&old) {
                self.entries.insert(format!("{to}{}", &old[from.len()..]), entry);
            }
        }
        self.recount();
        self.touch_dir(parent(to).to_owned(), now);
        Ok(())
    }
}
