//! Whether a user may run a command with these words (`ACLCheckAllUserCommandPerm`).

use engine_base::glob_match;

use super::commands::table;
use super::selector::Selector;
use super::user::User;
use crate::command::{CommandFlags, KeyUse, Spec, full_name, keys_with_use};

/// Why a command may not run. Of two selectors that forbid it the larger reason counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Denied {
    /// The command, or the subcommand.
    Command,
    /// The key that is this word of the command.
    Key(usize),
    /// The channel that is this word of the command.
    Channel(usize),
}

impl User {
    /// Whether it may run a command with these words.
    pub(crate) fn may_run(&self, spec: &'static Spec, args: &[&[u8]]) -> Result<(), Denied> {
        let mut keys = Keys { spec, args, found: None };
        let mut denied = Denied::Command;
        for selector in &self.selectors {
            match selector.may_run(&mut keys) {
                Ok(()) => return Ok(()),
                Err(why) => denied = denied.max(why),
            }
        }
        Err(denied)
    }

    /// Whether it may run a command that besides reads whatever keys it likes
    /// (`ACLUserCheckCmdWithUnrestrictedKeyAccess`).
    pub(super) fn may_read_any_key(&self, spec: &'static Spec, args: &[&[u8]]) -> bool {
        let mut keys = Keys { spec, args, found: None };
        self.selectors.iter().any(|selector| {
            let reads_all = selector.keys.iter().any(|keys| keys.read && keys.pattern == b"*");
            (selector.all_keys || reads_all) && selector.may_run(&mut keys).is_ok()
        })
    }
}

/// The keys of a command, looked for once.
struct Keys<'a> {
    spec: &'static Spec,
    args: &'a [&'a [u8]],
    found: Option<Vec<(usize, KeyUse)>>,
}

impl Selector {
    fn may_run(&self, keys: &mut Keys<'_>) -> Result<(), Denied> {
        let (spec, args) = (keys.spec, keys.args);
        if !self.all_commands
            && !spec.flags.contains(CommandFlags::NO_AUTH)
            && !self.has_command(spec, args)
        {
            return Err(Denied::Command);
        }
        if !self.all_keys {
            let found = keys.found.get_or_insert_with(|| keys_with_use(spec, args));
            let forbidden = found.iter().find(|(at, how)| !self.may_use(args[*at], *how));
            if let Some((at, _)) = forbidden {
                return Err(Denied::Key(*at));
            }
        }
        if !self.all_channels {
            for at in channels(spec, args) {
                let is_pattern = spec.name == "psubscribe";
                if !may_hear(&self.channels, args[at], is_pattern) {
                    return Err(Denied::Channel(at));
                }
            }
        }
        Ok(())
    }

    fn has_command(&self, spec: &'static Spec, args: &[&[u8]]) -> bool {
        let Some(id) = table().id(spec) else { return false };
        if self.commands.has(id) {
            return true;
        }
        let allowed = self.first_args.get(&id).map_or(&[][..], Vec::as_slice);
        let said =
            |allowed: &Vec<u8>| args.get(1).is_some_and(|arg| arg.eq_ignore_ascii_case(allowed));
        allowed.iter().any(said)
    }

    fn may_use(&self, key: &[u8], how: KeyUse) -> bool {
        let reads = how.contains(KeyUse::ACCESS);
        let writes = how.intersects(KeyUse::INSERT | KeyUse::DELETE | KeyUse::UPDATE);
        self.keys.iter().any(|keys| {
            (keys.read || !reads)
                && (keys.write || !writes)
                && glob_match(&keys.pattern, key, false)
        })
    }
}

/// Which words are channels that somebody publishes or subscribes to (`commands_with_channels`).
fn channels(spec: &'static Spec, args: &[&[u8]]) -> std::ops::Range<usize> {
    if !spec.flags.contains(CommandFlags::PUBSUB) {
        return 0..0;
    }
    match full_name(spec) {
        "subscribe" | "ssubscribe" | "psubscribe" => 1..args.len(),
        "publish" | "spublish" => 1..args.len().min(2),
        _ => 0..0,
    }
}

/// Whether one of the patterns lets somebody hear a channel; a pattern of channels must be one of
/// them itself.
pub(super) fn may_hear<'a>(
    patterns: impl IntoIterator<Item = &'a Vec<u8>>,
    channel: &[u8],
    is_pattern: bool,
) -> bool {
    patterns.into_iter().any(|pattern| {
        if is_pattern { pattern == channel } else { glob_match(pattern, channel, false) }
    })
}
