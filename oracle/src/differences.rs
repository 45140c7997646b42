//! Known differences (`differences.toml`): each names the rule behind it. The list may only
//! shrink: one that no longer shows must be struck out, and there may not be more than `at_most`.

use anyhow::{Result, ensure};
use serde::Deserialize;

/// The list.
#[derive(Debug, Default, Deserialize)]
pub struct Differences {
    /// How many there may be; lowered with every one that goes.
    pub at_most: usize,
    /// The entries.
    #[serde(default, rename = "difference")]
    pub list: Vec<Difference>,
}

/// One known difference.
#[derive(Clone, Debug, Deserialize)]
pub struct Difference {
    /// The session file, without its ending.
    pub session: String,
    /// The line of the session, as it stands there.
    pub line: String,
    /// Which rule makes them differ.
    pub rule: String,
}

impl Differences {
    /// Reads the list.
    ///
    /// # Errors
    /// A file that is not understood, an entry without its rule, or more entries than allowed.
    pub fn read(text: &str) -> Result<Self> {
        let read: Self = toml::from_str(text)?;
        ensure!(read.list.len() <= read.at_most, "the list of differences has grown");
        for entry in &read.list {
            ensure!(!entry.rule.trim().is_empty(), "{}: which rule is behind it?", entry.line);
        }
        Ok(read)
    }

    /// The entry for a line of a session.
    #[must_use]
    pub fn entry(&self, session: &str, line: &str) -> Option<&Difference> {
        self.list.iter().find(|d| d.session == session && d.line == line)
    }
}
