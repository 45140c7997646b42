//! One key with its value, its time to live and its last access.

use engine_base::UnixMs;

use crate::value::Value;

/// A key and all that belongs to it.
#[derive(Clone, Debug)]
pub struct Entry(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    value: Value,
    key: Box<[u8]>,
    /// `i64::MIN` for none.
    expire: i64,
    access: u32,
}

impl Entry {
    pub(super) fn new(key: &[u8], value: Value) -> Self {
        Self(Box::new(Inner { value, key: key.into(), expire: i64::MIN, access: 0 }))
    }

    /// Its key.
    #[must_use]
    pub fn key(&self) -> &[u8] {
        &self.0.key
    }

    /// Its value.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.0.value
    }

    pub(super) fn value_mut(&mut self) -> &mut Value {
        &mut self.0.value
    }

    /// When it expires.
    #[must_use]
    pub fn expire(&self) -> Option<UnixMs> {
        (self.0.expire != i64::MIN).then_some(UnixMs(self.0.expire))
    }

    pub(super) fn set_expire(&mut self, at: Option<UnixMs>) {
        self.0.expire = at.map_or(i64::MIN, |t| t.0);
    }

    /// Whether its time has come (`keyIsExpired` in db.c: strictly after).
    #[must_use]
    pub fn is_expired(&self, now: UnixMs) -> bool {
        self.expire().is_some_and(|at| now > at)
    }

    /// What was last noted as its access.
    #[must_use]
    pub fn access(&self) -> u32 {
        self.0.access
    }

    pub(super) fn set_access(&mut self, access: u32) {
        self.0.access = access;
    }

    pub(super) fn into_parts(self) -> (Value, Option<UnixMs>) {
        let expire = self.expire();
        (self.0.value, expire)
    }
}
