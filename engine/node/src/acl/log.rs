//! What was refused of late, to whom (`ACL LOG`).

use std::collections::VecDeque;

use engine_base::UnixMs;
use engine_resp::Reply;

/// Entries that are alike are one when no more time lies between them
/// (`ACL_LOG_GROUPING_MAX_TIME_DELTA`).
const ALIKE_MS: u64 = 60_000;
/// How many of the newest entries are compared with a new one.
const COMPARED: usize = 10;

/// Where a command was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Context {
    /// A client's command.
    Toplevel,
    /// One that was to be queued, or had been.
    Multi,
    /// One of a script.
    Lua,
}

/// One refusal, or several that are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) count: i64,
    /// `command`, `key`, `channel` or `auth`.
    pub(crate) reason: &'static str,
    pub(crate) context: Context,
    /// The command, the key, the channel; with `auth` the command that brought the password.
    pub(crate) object: Vec<u8>,
    pub(crate) username: Vec<u8>,
    pub(crate) at: UnixMs,
    /// The client as `CLIENT LIST` shows it.
    pub(crate) client: String,
}

/// The refusals of late, the newest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct AclLog(VecDeque<Entry>);

impl AclLog {
    /// Takes an entry in (`addACLLogEntry`).
    pub(crate) fn add(&mut self, new: Entry, most: u64) {
        let alike = |entry: &Entry| {
            let between = entry.at.as_millis().abs_diff(new.at.as_millis());
            entry.reason == new.reason
                && entry.context == new.context
                && between <= ALIKE_MS
                && entry.object == new.object
                && entry.username == new.username
        };
        let known = self.0.iter().take(COMPARED).position(alike);
        if let Some(mut entry) = known.and_then(|at| self.0.remove(at)) {
            (entry.client, entry.at) = (new.client, new.at);
            entry.count += 1;
            self.0.push_front(entry);
        } else {
            self.0.push_front(new);
            self.0.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Answers with the newest entries.
    pub(crate) fn write(&self, out: &mut Reply, most: usize, now: UnixMs) {
        out.array(most.min(self.0.len()));
        for entry in self.0.iter().take(most) {
            out.map(7);
            out.bulk(b"count");
            out.int(entry.count);
            let context = match entry.context {
                Context::Toplevel => "toplevel",
                Context::Multi => "multi",
                Context::Lua => "lua",
            };
            for (name, value) in [
                ("reason", entry.reason.as_bytes()),
                ("context", context.as_bytes()),
                ("object", &entry.object),
                ("username", &entry.username),
            ] {
                out.bulk(name.as_bytes());
                out.bulk(value);
            }
            out.bulk(b"age-seconds");
            out.double((now.as_millis() - entry.at.as_millis()) as f64 / 1000.0);
            out.bulk(b"client-info");
            out.bulk(entry.client.as_bytes());
        }
    }
}
