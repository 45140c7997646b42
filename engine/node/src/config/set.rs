//! CONFIG SET: all or nothing.

use thiserror::Error;

use super::{Config, Directive, IMMUTABLE, MULTI_ARG, PROTECTED, directive};

/// Why CONFIG SET changed nothing; `Display` is the error without its `ERR `.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SetError {
    /// There is no such directive.
    #[error("Unknown option or number of arguments for CONFIG SET - '{}'", String::from_utf8_lossy(.0))]
    Unknown(Vec<u8>),
    /// A value was refused.
    #[error("CONFIG SET failed (possibly related to argument '{name}') - {reason}")]
    Refused {
        /// Of which directive.
        name: String,
        /// Redis's reason.
        reason: String,
    },
}

impl Config {
    /// Sets several directives at once, or none. `local` says whether the client is on this host.
    /// The names of those whose value changed come back, so that the caller can act on them.
    ///
    /// # Errors
    /// The first refusal, in Redis's order: unknown names, then immutable, protected and repeated
    /// ones, then the values.
    pub fn set<N: AsRef<[u8]>, V: AsRef<[u8]>>(
        &mut self,
        pairs: &[(N, V)],
        local: bool,
    ) -> Result<Vec<&'static str>, SetError> {
        let found = self.look_up(pairs, local)?;
        let mut next = self.clone();
        for (d, (name, value)) in found.iter().zip(pairs) {
            let args = arguments(d, value.as_ref());
            (d.assign)(&mut next, &args)
                .map_err(|reason| SetError::Refused { name: asked_as(d, name.as_ref()), reason })?;
        }
        next.clamp();
        // The backlog never gets smaller than this (`CONFIG_REPL_BACKLOG_MIN_SIZE`).
        if next.repl_backlog_size != self.repl_backlog_size {
            next.repl_backlog_size = next.repl_backlog_size.max(16 * 1024);
        }
        // For Redis `bind` is always another one (`setConfigBindOption`).
        let changed =
            |d: &&&'static Directive| d.name == "bind" || (d.print)(self) != (d.print)(&next);
        let names = found.iter().filter(changed).map(|d| d.name).collect();
        *self = next;
        Ok(names)
    }

    /// Takes the value of one directive back to what it was in `before`.
    pub fn restore(&mut self, name: &str, before: &Self) {
        if let Some(d) = directive(name.as_bytes()) {
            (d.restore)(self, before);
        }
    }

    fn look_up<N: AsRef<[u8]>, V>(
        &self,
        pairs: &[(N, V)],
        local: bool,
    ) -> Result<Vec<&'static Directive>, SetError> {
        let mut found: Vec<&'static Directive> = Vec::new();
        for (name, _) in pairs {
            let name = name.as_ref();
            let text = String::from_utf8_lossy(name).into_owned();
            let refused =
                |reason: &str| Err(SetError::Refused { name: text.clone(), reason: reason.into() });
            let Some(d) = directive(name) else { return Err(SetError::Unknown(name.to_vec())) };
            if d.flags & IMMUTABLE != 0 {
                return refused("can't set immutable config");
            }
            if d.flags & PROTECTED != 0 && !self.enable_protected_configs.allows(local) {
                return refused("can't set protected config");
            }
            // An alias is a directive of its own for Redis, and so is not a repetition.
            let twice = found.iter().zip(pairs).any(|(f, (other, _))| {
                f.name == d.name && other.as_ref().eq_ignore_ascii_case(name)
            });
            if twice {
                return refused("duplicate parameter");
            }
            found.push(d);
        }
        Ok(found)
    }
}

/// The name by which a directive was asked for: its own or its alias, as the table spells it.
fn asked_as(d: &Directive, name: &[u8]) -> String {
    let is_alias = |alias: &&str| name.eq_ignore_ascii_case(alias.as_bytes());
    d.alias.filter(is_alias).unwrap_or(d.name).to_owned()
}

/// A directive with several arguments takes them from one value, split at each blank.
fn arguments(d: &Directive, value: &[u8]) -> Vec<Vec<u8>> {
    if d.flags & MULTI_ARG == 0 {
        return vec![value.to_vec()];
    }
    if value.is_empty() {
        return Vec::new();
    }
    value.split(|&b| b == b' ').map(<[u8]>::to_vec).collect()
}
