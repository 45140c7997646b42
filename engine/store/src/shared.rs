//! Copy-on-write: cheap to clone, copied when written while shared.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// A value behind a counted pointer. Reading is free; writing copies it first when a snapshot
/// still holds it.
#[derive(Debug, Default, PartialEq)]
pub struct Shared<T>(Arc<T>);

impl<T> Shared<T> {
    /// Takes a value in.
    pub fn new(value: T) -> Self {
        Self(Arc::new(value))
    }

    /// How many hold it: more than one while a snapshot does.
    #[must_use]
    pub fn holders(&self) -> usize {
        Arc::strong_count(&self.0)
    }
}

impl<T: Clone> Shared<T> {
    /// The value itself, copied only when a snapshot still holds it.
    #[must_use]
    pub fn into_inner(self) -> T {
        Arc::unwrap_or_clone(self.0)
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> DerefMut for Shared<T> {
    fn deref_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }
}

impl<T> From<T> for Shared<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}
