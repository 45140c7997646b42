//! A set of commands as rules that make it: `+@all -@dangerous +config|get`
//! (`ACLDescribeSelectorCommandRules`).

use super::commands::{Bits, FUTURE, Table, table};
use super::selector::Selector;
use crate::command::AclCategory;

/// The rules of a selector. They begin with `+@all` or `-@all`.
pub(super) fn describe(selector: &Selector) -> Vec<Vec<u8>> {
    let adds = !selector.commands.has(FUTURE);
    let start = if adds { "-@all" } else { "+@all" };
    if selector.commands == Bits::ALL {
        return vec![start.into()];
    }
    let table = table();
    let mut rules = vec![start.as_bytes().to_vec()];
    // What the rules so far give, and of the set what no category has described yet.
    let mut made = if adds { Bits::NONE } else { Bits::ALL };
    let mut left = selector.commands;
    let mut open = AclCategory::all();
    while let Some((name, category)) = best(table, &left, open, adds) {
        open.remove(category);
        set_category(table, &mut made, category, adds);
        set_category(table, &mut left, category, !adds);
        let sign = if adds { '+' } else { '-' };
        rules.push(format!("{sign}@{}", name.to_ascii_lowercase()).into_bytes());
    }
    for (id, command) in table.commands.iter().enumerate() {
        let wanted = selector.commands.has(id);
        if wanted != made.has(id) {
            let sign = if wanted { '+' } else { '-' };
            rules.push(format!("{sign}{}", command.name).into_bytes());
            set_command(table, &mut made, id, wanted);
        }
        // A container's own words do not stand among its subcommands.
        if !wanted && let Some(args) = selector.first_args.get(&id) {
            let one = |arg: &Vec<u8>| [b"+", command.name.as_bytes(), b"|", arg].concat();
            rules.extend(args.iter().map(one));
        }
    }
    rules
}

/// The category that fits best: more of it is in the set than not, with the fewest exceptions, and
/// of those the largest.
fn best(
    table: &Table,
    left: &Bits,
    open: AclCategory,
    adds: bool,
) -> Option<(&'static str, AclCategory)> {
    let (mut found, mut fewest, mut most) = (None, usize::MAX, 0);
    for (name, category) in open.iter_names() {
        let (mut same, mut other) = (0, 0);
        for (id, command) in table.commands.iter().enumerate() {
            if command.of_redis && command.categories.contains(category) {
                if left.has(id) == adds { same += 1 } else { other += 1 }
            }
        }
        if same > other && (other < fewest || (other == fewest && same > most)) {
            (found, fewest, most) = (Some((name, category)), other, same);
        }
    }
    found
}

/// Takes a command with all its subcommands into a set or out of it.
pub(super) fn set_command(table: &Table, bits: &mut Bits, id: usize, on: bool) {
    bits.set(id, on);
    table.commands[id].subs.clone().for_each(|sub| bits.set(sub, on));
}

/// Takes all commands of a category into a set or out of it.
pub(super) fn set_category(table: &Table, bits: &mut Bits, category: AclCategory, on: bool) {
    for (id, command) in table.commands.iter().enumerate() {
        if command.categories.contains(category) {
            set_command(table, bits, id, on);
        }
    }
}
