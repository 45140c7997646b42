//! Directives whose value is one of a few words.

use super::spec::Spec;
use super::value::{Value, single};

/// Declares an enumeration with its texts, in the order in which Redis lists them.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$vdoc])* $variant,)+
        }

        impl $name {
            /// Its word in redis.conf.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl Value for $name {
            fn assign(&mut self, args: &[Vec<u8>], _: &Spec) -> Result<(), String> {
                const WORDS: &[(&str, $name)] = &[$(($text, $name::$variant)),+];
                let found = single(args)
                    .ok()
                    .and_then(|arg| WORDS.iter().find(|w| arg.eq_ignore_ascii_case(w.0.as_bytes())));
                let Some((_, value)) = found else { return Err(one_of(WORDS.iter().map(|w| w.0))) };
                *self = *value;
                Ok(())
            }

            fn print(&self, _: &Spec) -> Vec<u8> {
                self.text().into()
            }
        }
    };
}

/// Redis's list of what is allowed, cut where its buffer ends.
fn one_of<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let words: Vec<&str> = words.collect();
    let mut text = format!("argument(s) must be one of the following: {}", words.join(", "));
    text.truncate(255);
    text
}

words! {
    /// `loglevel`.
    Verbosity {
        /// Everything.
        Debug = "debug",
        /// Much.
        Verbose = "verbose",
        /// What an operator wants to know.
        Notice = "notice",
        /// What an operator must know.
        Warning = "warning",
    }
}

words! {
    /// `maxmemory-policy`.
    MaxmemoryPolicy {
        /// Least recently used, among keys with an expiry.
        VolatileLru = "volatile-lru",
        /// Least frequently used, among keys with an expiry.
        VolatileLfu = "volatile-lfu",
        /// Any key with an expiry.
        VolatileRandom = "volatile-random",
        /// The key that expires first.
        VolatileTtl = "volatile-ttl",
        /// Least recently used.
        AllKeysLru = "allkeys-lru",
        /// Least frequently used.
        AllKeysLfu = "allkeys-lfu",
        /// Any key.
        AllKeysRandom = "allkeys-random",
        /// Nothing: writes are refused.
        NoEviction = "noeviction",
    }
}

impl MaxmemoryPolicy {
    /// Whether it counts how often a key is used, not when.
    #[must_use]
    pub const fn is_lfu(self) -> bool {
        matches!(self, Self::VolatileLfu | Self::AllKeysLfu)
    }

    /// Whether each key notes how it is used, so that no two share a value.
    #[must_use]
    pub const fn notes_use(self) -> bool {
        self.is_lfu() || matches!(self, Self::VolatileLru | Self::AllKeysLru)
    }
}

words! {
    /// `appendfsync`.
    AppendFsync {
        /// Once a second.
        EverySec = "everysec",
        /// Before every reply.
        Always = "always",
        /// When the operating system likes.
        No = "no",
    }
}

words! {
    /// `enable-debug-command` and its kin: who may.
    Protected {
        /// Nobody.
        No = "no",
        /// Everybody.
        Yes = "yes",
        /// Clients on this host.
        Local = "local",
    }
}

impl Protected {
    /// Whether a client may, given whether it is on this host (`allowProtectedAction`).
    #[must_use]
    pub fn allows(self, local: bool) -> bool {
        self == Self::Yes || (self == Self::Local && local)
    }
}

words! {
    /// `cluster-preferred-endpoint-type`.
    EndpointType {
        /// The address.
        Ip = "ip",
        /// The announced host name.
        Hostname = "hostname",
        /// NULL: the client goes on with the host that it asked.
        UnknownEndpoint = "unknown-endpoint",
    }
}

words! {
    /// `election-profile`: whose rules replicas follow when their master fails.
    ElectionProfile {
        /// 500 ms + random + rank * 1000 ms, as Redis 7.0.
        Redis7 = "redis7",
        /// The best replica at once, the others by rank, as Valkey 9.
        Valkey9 = "valkey9",
    }
}

words! {
    /// `supervised`.
    Supervised {
        /// Upstart.
        Upstart = "upstart",
        /// systemd.
        Systemd = "systemd",
        /// Whichever shows itself in the environment.
        Auto = "auto",
        /// None.
        No = "no",
    }
}

words! {
    /// `syslog-facility`.
    SyslogFacility {
        /// user.
        User = "user",
        /// local0.
        Local0 = "local0",
        /// local1.
        Local1 = "local1",
        /// local2.
        Local2 = "local2",
        /// local3.
        Local3 = "local3",
        /// local4.
        Local4 = "local4",
        /// local5.
        Local5 = "local5",
        /// local6.
        Local6 = "local6",
        /// local7.
        Local7 = "local7",
    }
}

words! {
    /// `repl-diskless-load`.
    DisklessLoad {
        /// From a file.
        Disabled = "disabled",
        /// From the socket when there are no keys.
        OnEmptyDb = "on-empty-db",
        /// From the socket, beside the old keys.
        Swapdb = "swapdb",
    }
}

words! {
    /// `oom-score-adj`.
    OomScoreAdj {
        /// Not at all.
        No = "no",
        /// Relative.
        Yes = "yes",
        /// Relative to the score at the start.
        Relative = "relative",
        /// As they are.
        Absolute = "absolute",
    }
}

words! {
    /// `acl-pubsub-default`.
    AclPubsubDefault {
        /// All.
        AllChannels = "allchannels",
        /// None.
        ResetChannels = "resetchannels",
    }
}

words! {
    /// `sanitize-dump-payload`.
    SanitizeDump {
        /// Never.
        No = "no",
        /// Always.
        Yes = "yes",
        /// For clients only.
        Clients = "clients",
    }
}

words! {
    /// `propagation-error-behavior`.
    PropagationError {
        /// Go on.
        Ignore = "ignore",
        /// End.
        Panic = "panic",
        /// End when it is a replica.
        PanicOnReplicas = "panic-on-replicas",
    }
}

words! {
    /// `tls-auth-clients`.
    TlsAuthClients {
        /// Not asked.
        No = "no",
        /// Required.
        Yes = "yes",
        /// Checked when shown.
        Optional = "optional",
    }
}

/// `shutdown-on-sigint`, `shutdown-on-sigterm`: the flags of SHUTDOWN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShutdownOnSignal {
    /// Save even without save points.
    pub save: bool,
    /// Do not save.
    pub nosave: bool,
    /// Do not wait for replicas.
    pub now: bool,
    /// Ignore errors.
    pub force: bool,
}

impl Value for ShutdownOnSignal {
    fn assign(&mut self, args: &[Vec<u8>], _: &Spec) -> Result<(), String> {
        let words = ["default", "save", "nosave", "now", "force"];
        let mut flags = Self::default();
        for arg in args {
            match words.iter().find(|w| arg.eq_ignore_ascii_case(w.as_bytes())) {
                Some(&"default") => {}
                Some(&"save") => flags.save = true,
                Some(&"nosave") => flags.nosave = true,
                Some(&"now") => flags.now = true,
                Some(_) => flags.force = true,
                None => return Err(one_of(words.into_iter())),
            }
        }
        if args.is_empty() {
            return Err(one_of(words.into_iter()));
        }
        if flags.save && flags.nosave {
            return Err("shutdown options SAVE and NOSAVE can't be used simultaneously".into());
        }
        *self = flags;
        Ok(())
    }

    fn print(&self, _: &Spec) -> Vec<u8> {
        let set = [
            (self.save, "save"),
            (self.nosave, "nosave"),
            (self.now, "now"),
            (self.force, "force"),
        ];
        let words: Vec<&str> = set.iter().filter(|(on, _)| *on).map(|(_, w)| *w).collect();
        if words.is_empty() { b"default".to_vec() } else { words.join(" ").into_bytes() }
    }
}
