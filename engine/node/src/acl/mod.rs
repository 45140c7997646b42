//! Access lists: users, what they may do, and who was refused what (acl.c).
//!
//! Whether a client's user is allowed everything is one of the client's flags
//! (`ClientFlags::RESTRICTED`): who is pays nothing for all of this. The flag follows the users in
//! `clients`. For everybody else [`Node::permits`](crate::Node) says whether a command may run.

mod boot;
mod check;
mod clients;
mod commands;
mod file;
mod log;
mod rules;
mod selector;
#[cfg(test)]
mod tests;
mod user;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

pub(crate) use boot::declare;
pub(crate) use check::Denied;
pub(crate) use commands::category;
pub(crate) use file::{FileUse, NO_FILE, rewritten_file};
pub(crate) use log::{AclLog, Context};
pub(crate) use selector::Selector;
pub(crate) use user::User;

use crate::config::{AclPubsubDefault, Config};

/// The user that everybody is who has not said otherwise.
pub(crate) const DEFAULT: &[u8] = b"default";

/// All users of a node.
#[derive(Clone, Debug)]
pub(crate) struct Acl {
    /// By name; `default` is always there.
    users: BTreeMap<Vec<u8>, User>,
    /// Who connects must say who he is.
    closed: bool,
    /// What was refused of late.
    pub(crate) log: AclLog,
    /// Files of users that are read or written.
    pub(crate) files: Vec<FileUse>,
}

/// What a rule is carried out with.
pub(crate) struct Setting {
    /// Whether who is new may use every channel (`acl-pubsub-default`).
    all_channels: bool,
    /// What is to be logged.
    pub(crate) warnings: Vec<String>,
}

impl Setting {
    fn new(all_channels: bool) -> Self {
        Self { all_channels, warnings: Vec::new() }
    }

    /// As the directives say.
    pub(crate) fn of(config: &Config) -> Self {
        Self::new(config.acl_pubsub_default == AclPubsubDefault::AllChannels)
    }
}

/// Why a rule was not carried out (`ACLSetUserStringError`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RuleError {
    Unknown,
    Syntax,
    KeysAfterAll,
    ChannelsAfterAll,
    NoSuchPassword,
    BadHash,
    Duplicate,
    ArgOfSubcommand,
}

impl RuleError {
    /// Redis's words.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Unknown => "Unknown command or category name in ACL",
            Self::Syntax => "Syntax error",
            Self::KeysAfterAll => {
                "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does \
                 not have any effect. Try 'resetkeys' to start with an empty list of patterns"
            }
            Self::ChannelsAfterAll => {
                "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and \
                 does not have any effect. Try 'resetchannels' to start with an empty list of \
                 channels"
            }
            Self::NoSuchPassword => {
                "The password you are trying to remove from the user does not exist"
            }
            Self::BadHash => {
                "The password hash must be exactly 64 characters and contain only lowercase \
                 hexadecimal characters"
            }
            Self::Duplicate => {
                "Duplicate user found. A user can only be defined once in config files"
            }
            Self::ArgOfSubcommand => "Allowing first-arg of a subcommand is not supported",
        }
    }
}

impl Default for Acl {
    /// Only `default`, who needs no password and may do everything.
    fn default() -> Self {
        let users = BTreeMap::from([(DEFAULT.to_vec(), User::all_powerful())]);
        Self { users, closed: false, log: AclLog::default(), files: Vec::new() }
    }
}

impl Acl {
    /// The users of every server that has not been told of others: one copy for all of them.
    pub(crate) fn born() -> Arc<Self> {
        static BORN: LazyLock<Arc<Acl>> = LazyLock::new(Arc::default);
        BORN.clone()
    }

    /// The user of that name.
    pub(crate) fn user(&self, name: &[u8]) -> Option<&User> {
        self.users.get(name)
    }

    /// The names of all users, in order.
    pub(crate) fn names(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.users.keys().map(Vec::as_slice)
    }

    /// All users by name.
    pub(crate) fn users(&self) -> impl Iterator<Item = (&[u8], &User)> {
        self.users.iter().map(|(name, user)| (name.as_slice(), user))
    }

    /// Each user as a line: `user alice on …`. What is to be read again (`to_be_read`) is spelt so that
    /// it can be.
    pub(crate) fn lines(&self, to_be_read: bool) -> Vec<Vec<u8>> {
        let line = |(name, user): (&Vec<u8>, &User)| {
            [b"user ".as_slice(), name, b" ", &user.describe(to_be_read)].concat()
        };
        self.users.iter().map(line).collect()
    }

    /// Whether who connects must say who he is before anything else (`authRequired`).
    #[inline]
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Whether the user `default` needs no password, on or off.
    pub(crate) fn default_needs_no_password(&self) -> bool {
        self.users.get(DEFAULT).is_some_and(|user| user.no_pass)
    }

    /// Whether somebody who says this password may be that user (`ACLCheckUserCredentials`).
    pub(crate) fn accepts(&self, name: &[u8], password: &[u8]) -> bool {
        self.users.get(name).is_some_and(|user| user.accepts(password))
    }

    /// Whether something is forbidden to that user.
    pub(crate) fn restricts(&self, name: &[u8]) -> bool {
        self.users.get(name).is_none_or(|user| !user.allows_everything())
    }

    /// Puts a user in the place of what had the name.
    fn put(&mut self, name: &[u8], user: User) {
        if name == DEFAULT {
            self.closed = !user.is_open();
        }
        self.users.insert(name.to_vec(), user);
    }

    /// `requirepass`: the password of `default`; none when it is empty.
    fn set_default_password(&mut self, password: &[u8]) {
        let mut user = self.users.get(DEFAULT).cloned().unwrap_or_else(User::all_powerful);
        user.set_password((!password.is_empty()).then_some(password));
        self.put(DEFAULT, user);
    }

    /// A user with rules carried out one after the other on what it was, or on a new one; and what is
    /// wrong with the first rule that cannot be.
    pub(crate) fn with_rules(
        &self,
        name: &[u8],
        rules: &[Vec<u8>],
        setting: &mut Setting,
    ) -> Result<User, (Vec<u8>, RuleError)> {
        let mut user = self.users.get(name).cloned().unwrap_or_else(|| User::new(setting));
        for rule in rules {
            user.set(rule, setting).map_err(|error| (rule.clone(), error))?;
        }
        Ok(user)
    }
}

/// A selector may be spread over several words: they are put together again. `Err` says which word
/// opens one that is not closed (`ACLMergeSelectorArguments`).
pub(crate) fn merge_selectors<W: AsRef<[u8]>>(words: &[W]) -> Result<Vec<Vec<u8>>, usize> {
    let mut merged: Vec<Vec<u8>> = Vec::new();
    let mut open: Option<(usize, Vec<u8>)> = None;
    for (i, word) in words.iter().map(AsRef::as_ref).enumerate() {
        let closes = word.last() == Some(&b')');
        if word.first() == Some(&b'(') && !closes {
            open = Some((i, word.to_vec()));
        } else if let Some((at, mut selector)) = open.take() {
            selector.push(b' ');
            selector.extend_from_slice(c_text(word));
            if closes {
                merged.push(selector);
            } else {
                open = Some((at, selector));
            }
        } else {
            merged.push(word.to_vec());
        }
    }
    open.map_or(Ok(merged), |(at, _)| Err(at))
}

/// What C takes a text to be: what stands before its first zero byte.
fn c_text(text: &[u8]) -> &[u8] {
    text.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// Whether a name or a pattern could not be read again from a line.
pub(crate) fn has_spaces(text: &[u8]) -> bool {
    text.iter().any(|byte| matches!(byte, b' ' | b'\t'..=b'\r' | 0))
}
