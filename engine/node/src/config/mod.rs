//! The directives of redis.conf: one table drives parsing, CONFIG GET, CONFIG SET and CONFIG
//! REWRITE.
//!
//! The texts of all errors are those of Redis 7.0.15 (config.c).

mod args;
mod enums;
mod parse;
mod rewrite;
mod set;
mod spec;
mod special;
mod table;
#[cfg(test)]
mod tests;
mod value;
mod why;

use std::net::IpAddr;

use engine_base::glob_match;

pub use args::{CommandLine, command_line, command_line_behind_file};
pub use enums::{
    AclPubsubDefault, AppendFsync, DisklessLoad, ElectionProfile, EndpointType, MaxmemoryPolicy,
    OomScoreAdj, PropagationError, Protected, SanitizeDump, ShutdownOnSignal, Supervised,
    SyslogFacility, TlsAuthClients, Verbosity,
};
pub use parse::{ConfigError, ConfigHost, NoHost};
pub use set::SetError;
pub use spec::memory;
pub use special::{
    Bind, Dir, NOTIFY_CLASSES, NotifyFlags, OomValues, OutputLimit, OutputLimits, Percentiles,
    ReplicaOf, SavePoint, SavePoints,
};
pub use table::{
    Config, DENY_LOADING, DIRECTIVES, Directive, Effect, HIDDEN, IMMUTABLE, MULTI_ARG, PROTECTED,
    SENSITIVE,
};

/// The lines of redis.conf that are no directives of the table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extra {
    /// `rename-command OLD NEW`; an empty NEW takes the command away.
    pub renamed_commands: Vec<(Vec<u8>, Vec<u8>)>,
    /// `user NAME RULE…`, a selector that was spread over several words put together.
    pub users: Vec<Vec<Vec<u8>>>,
    /// `loadmodule PATH ARG…`.
    pub modules: Vec<Vec<Vec<u8>>>,
    /// What `election-profile` is where no line says so, if not the table's default: CONFIG REWRITE
    /// adds no line for it, which redis-server could not read.
    pub usual_profile: Option<ElectionProfile>,
}

/// The directive with that name or alias, in any case.
#[must_use]
pub fn directive(name: &[u8]) -> Option<&'static Directive> {
    DIRECTIVES.iter().find(|d| {
        name.eq_ignore_ascii_case(d.name.as_bytes())
            || d.alias.is_some_and(|alias| name.eq_ignore_ascii_case(alias.as_bytes()))
    })
}

/// Whether that directive's value is a secret.
#[must_use]
pub fn is_sensitive(name: &[u8]) -> bool {
    directive(name).is_some_and(|d| d.flags & SENSITIVE != 0)
}

impl Config {
    /// The bus port: `cluster-port`, or the client port + 10000.
    #[must_use]
    pub fn bus_port(&self) -> u16 {
        if self.cluster_port != 0 { self.cluster_port } else { self.port.wrapping_add(10000) }
    }

    /// The address from which this node opens its links, when one is given (`bind-source-addr`).
    #[must_use]
    pub fn bind_source(&self) -> Option<IpAddr> {
        self.bind_source_addr.parse().ok()
    }

    /// Whether a client, on this host or not, may use DEBUG (`enable-debug-command`).
    #[must_use]
    pub fn protected_command_allowed(&self, local: bool) -> bool {
        self.enable_debug_command.allows(local)
    }

    /// CONFIG GET: for each name that a pattern names, the name and its value. A name without
    /// `*`, `?` and `[` comes back as it was typed; patterns match names and aliases in any case.
    #[must_use]
    pub fn get<P: AsRef<[u8]>>(&self, patterns: &[P]) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut found: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
        let mut add = |name: &[u8], d: &Directive| {
            if !found.iter().any(|(n, _)| n.eq_ignore_ascii_case(name)) {
                found.push((name.to_vec(), (d.print)(self)));
            }
        };
        for pattern in patterns {
            let pattern = pattern.as_ref();
            if !pattern.iter().any(|b| b"[*?".contains(b)) {
                if let Some(d) = directive(pattern) {
                    add(pattern, d);
                }
                continue;
            }
            for d in DIRECTIVES.iter().filter(|d| d.flags & HIDDEN == 0) {
                for name in [Some(d.name), d.alias].into_iter().flatten() {
                    if glob_match(pattern, name.as_bytes(), true) {
                        add(name.as_bytes(), d);
                    }
                }
            }
        }
        found
    }

    /// One line for each directive that was given but has no effect here, and why.
    #[must_use]
    pub fn notices(&self) -> Vec<String> {
        let line = |d: &Directive| match d.effect {
            Effect::None(why) if !(d.is_default)(self) => {
                Some(format!("The directive '{}' has no effect on this node: {why}", d.name))
            }
            _ => None,
        };
        DIRECTIVES.iter().filter_map(line).collect()
    }
}
