//! One set of permissions: commands, keys and channels that go together (`aclSelector`).

use std::collections::BTreeMap;

use super::commands::{Bits, category, table};
use super::rules::{self, set_category, set_command};
use super::{RuleError, Setting, c_text, has_spaces};

/// What may be done to the keys of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeyPattern {
    pub(super) read: bool,
    pub(super) write: bool,
    pub(super) pattern: Vec<u8>,
}

/// Permissions that hold together: a command runs when one selector of its user allows all of it.
#[derive(Clone, Debug)]
pub(crate) struct Selector {
    pub(super) all_commands: bool,
    pub(super) all_keys: bool,
    pub(super) all_channels: bool,
    pub(super) commands: Bits,
    /// First arguments with which a command may be called that is not in `commands`.
    pub(super) first_args: BTreeMap<usize, Vec<Vec<u8>>>,
    pub(super) keys: Vec<KeyPattern>,
    pub(super) channels: Vec<Vec<u8>>,
}

impl Selector {
    /// Nothing but what `acl-pubsub-default` allows.
    pub(super) fn new(all_channels: bool) -> Self {
        Self {
            all_commands: false,
            all_keys: false,
            all_channels,
            commands: Bits::NONE,
            first_args: BTreeMap::new(),
            keys: Vec::new(),
            channels: Vec::new(),
        }
    }

    /// Whether nothing is forbidden.
    pub(super) fn allows_everything(&self) -> bool {
        self.all_commands && self.all_keys && self.all_channels
    }

    /// Carries out one rule (`ACLSetSelector`).
    pub(super) fn set(&mut self, op: &[u8], setting: &mut Setting) -> Result<(), RuleError> {
        match c_text(op).to_ascii_lowercase().as_slice() {
            b"allkeys" | b"~*" => self.set_all_keys(true),
            b"resetkeys" => self.set_all_keys(false),
            b"allchannels" | b"&*" => self.set_all_channels(true),
            b"resetchannels" => self.set_all_channels(false),
            b"allcommands" | b"+@all" => self.set_all_commands(true),
            b"nocommands" | b"-@all" => self.set_all_commands(false),
            _ => match op {
                [b'~', pattern @ ..] => self.add_keys(true, true, pattern)?,
                [b'%', rest @ ..] => self.add_keys_by_permission(rest)?,
                [b'&', pattern @ ..] => self.add_channels(pattern)?,
                [sign @ (b'+' | b'-'), b'@', name @ ..] => {
                    self.set_category(c_text(name), *sign == b'+')?;
                }
                [b'+', name @ ..] => self.allow(c_text(name), setting)?,
                [b'-', name @ ..] => {
                    let id = table().find(c_text(name)).ok_or(RuleError::Unknown)?;
                    self.set_command(id, false);
                }
                _ => return Err(RuleError::Syntax),
            },
        }
        Ok(())
    }

    pub(super) fn set_all_keys(&mut self, on: bool) {
        self.all_keys = on;
        self.keys.clear();
    }

    pub(super) fn set_all_channels(&mut self, on: bool) {
        self.all_channels = on;
        self.channels.clear();
    }

    pub(super) fn set_all_commands(&mut self, on: bool) {
        self.all_commands = on;
        self.commands = if on { Bits::ALL } else { Bits::NONE };
        self.first_args.clear();
    }

    /// `%R~pattern`, `%W~pattern`, `%RW~pattern`
    fn add_keys_by_permission(&mut self, rest: &[u8]) -> Result<(), RuleError> {
        if self.all_keys {
            return Err(RuleError::KeysAfterAll);
        }
        let (mut read, mut write) = (false, false);
        let mut at = 0;
        while let Some(letter) = rest.get(at) {
            at += 1;
            match letter.to_ascii_uppercase() {
                b'R' if !read => read = true,
                b'W' if !write => write = true,
                b'~' => break,
                _ => return Err(RuleError::Syntax),
            }
        }
        if !read && !write {
            // redis-server takes it, and ends when it is to show the user.
            return Err(RuleError::Syntax);
        }
        self.add_keys(read, write, &rest[at..])
    }

    fn add_keys(&mut self, read: bool, write: bool, pattern: &[u8]) -> Result<(), RuleError> {
        if self.all_keys {
            return Err(RuleError::KeysAfterAll);
        }
        if has_spaces(pattern) {
            return Err(RuleError::Syntax);
        }
        if let Some(known) = self.keys.iter_mut().find(|known| known.pattern == pattern) {
            known.read |= read;
            known.write |= write;
        } else {
            self.keys.push(KeyPattern { read, write, pattern: pattern.to_vec() });
        }
        Ok(())
    }

    fn add_channels(&mut self, pattern: &[u8]) -> Result<(), RuleError> {
        if self.all_channels {
            return Err(RuleError::ChannelsAfterAll);
        }
        if has_spaces(pattern) {
            return Err(RuleError::Syntax);
        }
        if !self.channels.iter().any(|known| known == pattern) {
            self.channels.push(pattern.to_vec());
        }
        Ok(())
    }

    fn set_category(&mut self, name: &[u8], on: bool) -> Result<(), RuleError> {
        let category = category(name).ok_or(RuleError::Unknown)?;
        let table = table();
        set_category(table, &mut self.commands, category, on);
        for (id, command) in table.commands.iter().enumerate() {
            if command.categories.contains(category) {
                self.first_args.remove(&id);
            }
        }
        self.all_commands &= on;
        Ok(())
    }

    fn set_command(&mut self, id: usize, on: bool) {
        set_command(table(), &mut self.commands, id, on);
        self.first_args.remove(&id);
        self.all_commands &= on;
    }

    /// `+command`, `+container|subcommand`, `+command|first-arg`
    fn allow(&mut self, name: &[u8], setting: &mut Setting) -> Result<(), RuleError> {
        let table = table();
        let Some(bar) = name.iter().rposition(|byte| *byte == b'|') else {
            let id = table.find(name).ok_or(RuleError::Unknown)?;
            self.set_command(id, true);
            return Ok(());
        };
        let (command, arg) = (&name[..bar], &name[bar + 1..]);
        let id = table.find(command).ok_or(RuleError::Unknown)?;
        if table.commands[id].is_sub {
            return Err(RuleError::ArgOfSubcommand);
        }
        if arg.is_empty() {
            return Err(RuleError::Syntax);
        }
        if !table.commands[id].subs.is_empty() {
            let sub = table.find(name).ok_or(RuleError::Unknown)?;
            self.set_command(sub, true);
            return Ok(());
        }
        setting.warnings.push(format!(
            "Deprecation warning: Allowing a first arg of an otherwise blocked command is a misuse \
             of ACL and may get disabled in the future (offender: +{})",
            String::from_utf8_lossy(name)
        ));
        let args = self.first_args.entry(id).or_default();
        if !args.iter().any(|known| known.eq_ignore_ascii_case(arg)) {
            args.push(arg.to_vec());
        }
        Ok(())
    }

    /// The key patterns as rules. Who was given every key as one pattern among others has `~*` among
    /// them when it is shown, which no other may follow when it is read: `to_be_read` spells it so
    /// that it stays one of them.
    fn key_rules(&self, to_be_read: bool) -> Vec<Vec<u8>> {
        if self.all_keys {
            return vec![b"~*".to_vec()];
        }
        let one = |keys: &KeyPattern| {
            let sign: &[u8] = match (keys.read, keys.write) {
                (true, false) => b"%R~",
                (false, true) => b"%W~",
                _ if to_be_read && keys.pattern == b"*" => b"%RW~",
                _ => b"~",
            };
            [sign, &keys.pattern].concat()
        };
        self.keys.iter().map(one).collect()
    }

    /// The channel patterns as rules.
    fn channel_rules(&self) -> Vec<Vec<u8>> {
        if self.all_channels {
            return vec![b"&*".to_vec()];
        }
        self.channels.iter().map(|channel| [b"&", channel.as_slice()].concat()).collect()
    }

    /// The key patterns, with one blank between them.
    pub(crate) fn describe_keys(&self) -> Vec<u8> {
        self.key_rules(false).join(&b' ')
    }

    /// The channel patterns, with one blank between them.
    pub(crate) fn describe_channels(&self) -> Vec<u8> {
        self.channel_rules().join(&b' ')
    }

    /// The rules on commands.
    pub(crate) fn describe_commands(&self) -> Vec<u8> {
        rules::describe(self).join(&b' ')
    }

    /// All of it, as rules (`ACLDescribeSelector`).
    pub(super) fn rules(&self, to_be_read: bool) -> Vec<Vec<u8>> {
        let mut all = self.key_rules(to_be_read);
        if !self.all_channels {
            all.push(b"resetchannels".to_vec());
        }
        all.extend(self.channel_rules());
        all.extend(rules::describe(self));
        all
    }
}
