//! The files that the rules look at.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use crate::shell;

/// Every file that is tracked or about to be: path from the root, and its text if it is text.
pub(crate) struct Tree {
    files: BTreeMap<String, Option<String>>,
}

impl Tree {
    /// Asks git for the list and reads the files.
    ///
    /// # Errors
    /// This is no git work tree.
    pub(crate) fn read() -> Result<Self> {
        let mut git = shell::command("git", ["ls-files", "-co", "--exclude-standard"]);
        let list = shell::answer(&mut git).context("git ls-files failed")?;
        let root = shell::root();
        let read = |path: &str| {
            let bytes = std::fs::read(root.join(path)).ok()?;
            Some((path.to_owned(), String::from_utf8(bytes).ok()))
        };
        Ok(Self { files: list.lines().filter_map(read).collect() })
    }

    /// Every text with its path.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().filter_map(|(path, text)| Some((path.as_str(), text.as_deref()?)))
    }

    /// The texts whose path ends so.
    pub(crate) fn ending(&self, ending: &str) -> impl Iterator<Item = (&str, &str)> {
        self.texts().filter(move |(path, _)| path.ends_with(ending))
    }

    /// The text at this path.
    pub(crate) fn get(&self, path: &str) -> Option<&str> {
        self.files.get(path)?.as_deref()
    }

    /// Is there such a file, or a folder with files?
    pub(crate) fn has(&self, path: &str) -> bool {
        let folder = format!("{}/", path.trim_end_matches('/'));
        path.is_empty()
            || self.files.contains_key(path)
            || self
                .files
                .range(folder.clone()..)
                .next()
                .is_some_and(|(p, _)| p.starts_with(&folder))
    }

    /// How many files.
    pub(crate) fn len(&self) -> usize {
        self.files.len()
    }
}

#[cfg(test)]
impl Tree {
    /// A tree for the tests of the rules.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let own = |(path, text): &(&str, &str)| ((*path).to_owned(), Some((*text).to_owned()));
        Self { files: files.iter().map(own).collect() }
    }
}
