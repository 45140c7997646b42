//! All commands that access lists know, each with a bit that stands for it (`ACLGetCommandID`).

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use engine_resp::Value;

use crate::command::{AclCategory, CommandFlags, Spec, all, reference_entries};

/// How many commands a set has room for (`USER_COMMAND_BITS_COUNT`).
const COUNT: usize = 1024;
/// No command's: whether commands that are yet to come are in the set.
pub(super) const FUTURE: usize = COUNT - 1;

/// A set of commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bits([u64; COUNT / 64]);

impl Bits {
    /// No command.
    pub(super) const NONE: Self = Self([0; COUNT / 64]);
    /// All, and those that are yet to come.
    pub(super) const ALL: Self = Self([u64::MAX; COUNT / 64]);

    /// Whether a command is in the set.
    pub(super) fn has(&self, id: usize) -> bool {
        self.0[id / 64] & (1 << (id % 64)) != 0
    }

    /// Takes a command into the set, or out of it.
    pub(super) fn set(&mut self, id: usize, on: bool) {
        if on {
            self.0[id / 64] |= 1 << (id % 64);
        } else {
            self.0[id / 64] &= !(1 << (id % 64));
        }
    }
}

/// One command or subcommand.
pub(super) struct Command {
    /// Its full name, `config|set`.
    pub(super) name: String,
    /// Its categories.
    pub(super) categories: AclCategory,
    /// Whether 7.0.15 has it: what it does not have takes no part in the choice of categories that
    /// describe a set, so that sets are described as Redis describes them.
    pub(super) of_redis: bool,
    /// Its subcommands.
    pub(super) subs: Range<usize>,
    /// Whether it is a subcommand.
    pub(super) is_sub: bool,
}

/// The commands in the order of their names, subcommands behind their containers.
pub(super) struct Table {
    /// A command's place is its bit.
    pub(super) commands: Vec<Command>,
    by_name: BTreeMap<String, usize>,
    /// By the place of the description in memory.
    by_spec: BTreeMap<usize, usize>,
}

/// The table. Made when the first user is not allowed everything.
pub(super) fn table() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(Table::make);
    &TABLE
}

impl Table {
    /// The command of that full name, in any case.
    pub(super) fn find(&self, name: &[u8]) -> Option<usize> {
        let name = core::str::from_utf8(name).ok()?.to_ascii_lowercase();
        self.by_name.get(&name).copied()
    }

    /// The bit of a command.
    pub(super) fn id(&self, spec: &'static Spec) -> Option<usize> {
        self.by_spec.get(&(core::ptr::from_ref(spec) as usize)).copied()
    }

    /// What 7.0.15 has and this node has, together: rules may name a command that is not here.
    fn make() -> Self {
        let mut known: BTreeMap<String, (Option<&'static Spec>, AclCategory)> = BTreeMap::new();
        for (name, entry) in reference_entries() {
            known.insert(name.clone(), (None, categories(entry)));
        }
        for spec in all() {
            known.insert(spec.name.to_owned(), (Some(spec), spec.all_categories()));
            for sub in spec.subcommands {
                let name = format!("{}|{}", spec.name, sub.name);
                known.insert(name, (Some(sub), sub.all_categories()));
            }
        }
        let mut families: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for name in known.keys() {
            match name.split_once('|') {
                None => drop(families.entry(name.clone()).or_default()),
                Some((of, _)) => families.entry(of.to_owned()).or_default().push(name.clone()),
            }
        }
        let (commands, by_name) = (Vec::new(), BTreeMap::new());
        let mut table = Self { commands, by_name, by_spec: BTreeMap::new() };
        for (name, subs) in families {
            let at = table.commands.len();
            let members = [(name, at + 1..at + 1 + subs.len(), false)];
            let subs = subs.into_iter().map(|sub| (sub, 0..0, true));
            for (name, subs, is_sub) in members.into_iter().chain(subs) {
                let Some((spec, categories)) = known.get(&name).copied() else { continue };
                let id = table.commands.len();
                if let Some(spec) = spec {
                    table.by_spec.insert(core::ptr::from_ref(spec) as usize, id);
                }
                table.by_name.insert(name.clone(), id);
                let of_redis = spec.is_none_or(|s| !s.flags.contains(CommandFlags::BEYOND));
                table.commands.push(Command { name, categories, of_redis, subs, is_sub });
            }
        }
        // Beyond these there is no bit; 7.0.15 has less than half as many.
        assert!(table.commands.len() < FUTURE, "{} commands", table.commands.len());
        table
    }
}

/// The categories that `COMMAND INFO` of 7.0.15 shows.
fn categories(entry: &Value) -> AclCategory {
    let shown = entry.as_slice().and_then(|fields| fields.get(6)).and_then(Value::as_slice);
    let names = shown.unwrap_or_default().iter().filter_map(Value::to_text);
    let named = names.filter_map(|name| category(name.trim_start_matches('@').as_bytes()));
    named.fold(AclCategory::empty(), AclCategory::union)
}

/// The category of that name, in any case.
pub(crate) fn category(name: &[u8]) -> Option<AclCategory> {
    let name = core::str::from_utf8(name).ok()?.to_ascii_uppercase();
    AclCategory::from_name(&name)
}
