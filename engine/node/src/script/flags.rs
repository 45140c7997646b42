//! What a script says of itself: its first line (`#!lua flags=…`), and the flags that follow from it
//! for the command that runs it.

use bitflags::bitflags;
use engine_base::split::split_args;

use crate::Node;
use crate::command::{CommandFlags, Fail, Spec, shown};

bitflags! {
    /// `SCRIPT_FLAG_*` in script.h.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub(crate) struct ScriptFlags: u8 {
        /// It changes nothing.
        const NO_WRITES = 1 << 0;
        /// It may run when memory is full.
        const ALLOW_OOM = 1 << 1;
        /// It may run on a replica whose data is stale.
        const ALLOW_STALE = 1 << 2;
        /// It does not run in a cluster.
        const NO_CLUSTER = 1 << 3;
        /// It says nothing of itself: what scripts were before 7.0.
        const COMPAT = 1 << 4;
        /// It may use keys of several slots.
        const ALLOW_CROSS_SLOT = 1 << 5;
    }
}

/// The names of the flags, in the order in which `FUNCTION LIST` shows them.
pub(crate) const NAMES: [(&str, ScriptFlags); 5] = [
    ("no-writes", ScriptFlags::NO_WRITES),
    ("allow-oom", ScriptFlags::ALLOW_OOM),
    ("allow-stale", ScriptFlags::ALLOW_STALE),
    ("no-cluster", ScriptFlags::NO_CLUSTER),
    ("allow-cross-slot-keys", ScriptFlags::ALLOW_CROSS_SLOT),
];

impl ScriptFlags {
    /// The flag of that name.
    pub(super) fn named(name: &[u8]) -> Option<Self> {
        NAMES.iter().find(|(known, _)| known.as_bytes() == name).map(|(_, flag)| *flag)
    }

    /// The flags of a command that runs such a script (`scriptFlagsToCmdFlags`).
    fn of_command(self, command: CommandFlags) -> CommandFlags {
        let own = CommandFlags::STALE
            | CommandFlags::DENYOOM
            | CommandFlags::WRITE
            | CommandFlags::MAY_REPLICATE;
        let mut flags = command.difference(own);
        flags.set(CommandFlags::DENYOOM, !self.intersects(Self::ALLOW_OOM | Self::NO_WRITES));
        flags.set(CommandFlags::WRITE, !self.contains(Self::NO_WRITES));
        flags.set(CommandFlags::STALE, self.contains(Self::ALLOW_STALE));
        flags
    }
}

/// The flags of a script for EVAL, and where its Lua begins: with the end of the first line, so that
/// lines keep their numbers (`evalExtractShebangFlags`).
///
/// # Errors
/// The first line makes no sense.
pub(super) fn read_shebang(body: &[u8]) -> Result<(ScriptFlags, usize), Fail> {
    if !body.starts_with(b"#!") {
        return Ok((ScriptFlags::COMPAT, 0));
    }
    let Some(end) = line_end(body) else { return Err("ERR Invalid script shebang".into()) };
    let parts = split_args(&body[..end]).unwrap_or_default();
    let Some((engine, options)) = parts.split_first() else {
        return Err("ERR Invalid engine in script shebang".into());
    };
    if engine != b"#!lua" {
        return Err(Fail::quoting("ERR Unexpected engine in script shebang: ", engine, ""));
    }
    let mut flags = ScriptFlags::empty();
    for option in options {
        let Some(list) = option.strip_prefix(b"flags=") else {
            return Err(Fail::quoting("ERR Unknown lua shebang option: ", option, ""));
        };
        // No flag at all is one list without items.
        for name in list.split(|b| *b == b',').filter(|_| !list.is_empty()) {
            let Some(flag) = ScriptFlags::named(shown(name, usize::MAX)) else {
                return Err(Fail::quoting("ERR Unexpected flag in script shebang: ", name, ""));
            };
            flags |= flag;
        }
    }
    Ok((flags, end))
}

/// Where the first line ends, as C sees it: nothing is there behind a zero byte.
pub(super) fn line_end(text: &[u8]) -> Option<usize> {
    text.iter().position(|b| matches!(b, b'\n' | 0)).filter(|at| text[*at] == b'\n')
}

impl Node {
    /// The flags of a command as they hold for these words: a script's own, where it has said some
    /// (`getCommandFlags`).
    #[inline]
    pub(crate) fn flags_of(&self, spec: &Spec, args: &[&[u8]]) -> CommandFlags {
        if spec.flags.contains(CommandFlags::NO_MANDATORY_KEYS) {
            self.flags_of_script(spec, args)
        } else {
            spec.flags
        }
    }

    #[inline(never)]
    fn flags_of_script(&self, spec: &Spec, args: &[&[u8]]) -> CommandFlags {
        let word = args.get(1).copied().unwrap_or_default();
        let own = match spec.name {
            "eval" | "eval_ro" => read_shebang(word).ok().map(|(flags, _)| flags),
            "evalsha" | "evalsha_ro" => self.scripts.cached(word).map(|script| script.flags),
            _ => {
                return self
                    .scripts
                    .function(word)
                    .map_or(spec.flags, |f| f.flags.of_command(spec.flags));
            }
        };
        match own {
            Some(own) if !own.contains(ScriptFlags::COMPAT) => own.of_command(spec.flags),
            _ => spec.flags,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_line_is_read_as_redis_reads_it() {
        let read = |text: &str| {
            read_shebang(text.as_bytes())
                .map_err(|fail| String::from_utf8_lossy(&fail.0).into_owned())
        };
        assert_eq!(read("return 1"), Ok((ScriptFlags::COMPAT, 0)));
        assert_eq!(read("#!lua\nreturn 1"), Ok((ScriptFlags::empty(), 5)));
        let both = ScriptFlags::NO_WRITES | ScriptFlags::ALLOW_STALE;
        assert_eq!(read("#!lua flags=no-writes,allow-stale\n"), Ok((both, 33)));
        assert_eq!(read("#!lua flags=\n"), Ok((ScriptFlags::empty(), 12)));
        for (text, error) in [
            ("#!lua", "ERR Invalid script shebang"),
            ("#!not-lua\n", "ERR Unexpected engine in script shebang: #!not-lua"),
            ("#!lua badger=data\n", "ERR Unknown lua shebang option: badger=data"),
            ("#!lua flags=x\n", "ERR Unexpected flag in script shebang: x"),
            ("#!lua flags=no-writes,\n", "ERR Unexpected flag in script shebang: "),
        ] {
            assert_eq!(read(text), Err(error.to_owned()));
        }
    }
}
