//! How much fits on a disk, and how much of that is taken.

use super::{Entry, Fs};

impl Fs {
    /// How many bytes fit on the disk.
    pub fn set_capacity(&mut self, bytes: u64) {
        self.capacity = bytes;
    }

    /// How many bytes fit on the disk.
    #[must_use]
    pub fn capacity(&self) -> u64 {
        self.capacity
    }

    /// How many bytes all files hold.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.used
    }

    /// Counts anew what all files hold.
    pub(super) fn recount(&mut self) {
        let len = |e: &Entry| if let Entry::File(f) = e { f.data.len() as u64 } else { 0 };
        self.used = self.entries.values().map(len).sum();
    }
}
