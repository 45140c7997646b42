//! All commands by name.

use std::sync::LazyLock;

use super::Spec;

/// The families, each with its table.
#[rustfmt::skip]
const FAMILIES: &[&[Spec]] = &[
    super::acl::CONTAINERS,
    super::bitmap::SPECS,
    super::cluster::SPECS,
    super::introspection::SPECS,
    super::config::SPECS,
    super::connection::CONTAINERS,
    super::connection::SPECS,
    super::debugging::CONTAINERS,
    super::debugging::SPECS,
    super::dump::SPECS,
    super::eval::CONTAINERS,
    super::eval::SPECS,
    super::function::CONTAINERS,
    super::function::SPECS,
    super::generic::CONTAINERS,
    super::generic::SPECS,
    super::geo::SPECS,
    super::hash::SPECS,
    super::hyperloglog::SPECS,
    super::info::SPECS,
    super::list::SPECS,
    super::pubsub::CONTAINERS,
    super::pubsub::SPECS,
    super::persist::SPECS,
    super::replication::SPECS,
    super::server::SPECS,
    super::set::SPECS,
    super::stream::CONTAINERS,
    super::stream::SPECS,
    super::string::SPECS,
    super::transactions::SPECS,
    super::zset::SPECS,
];

static SORTED: LazyLock<Vec<&'static Spec>> = LazyLock::new(|| {
    let mut specs: Vec<&'static Spec> = FAMILIES.iter().flat_map(|family| family.iter()).collect();
    specs.sort_unstable_by_key(|spec| spec.name);
    specs
});

/// Buckets by a hash of the name; a name is at most [`NAME_MAX`] bytes long.
static BUCKETS: LazyLock<Vec<Vec<&'static Spec>>> = LazyLock::new(|| {
    let mut buckets = vec![Vec::new(); BUCKET_COUNT];
    for spec in SORTED.iter() {
        buckets[bucket(spec.name.as_bytes())].push(*spec);
    }
    buckets
});

const BUCKET_COUNT: usize = 1024;
const NAME_MAX: usize = 32;

/// All commands, in the order of their names.
pub fn all() -> impl Iterator<Item = &'static Spec> {
    SORTED.iter().copied()
}

/// The command of that name, in any case.
#[must_use]
pub fn find(name: &[u8]) -> Option<&'static Spec> {
    if name.len() > NAME_MAX {
        return None;
    }
    BUCKETS[bucket(name)].iter().copied().find(|s| s.name.as_bytes().eq_ignore_ascii_case(name))
}

/// The command that `args` call, and its subcommand's spec when it has one.
/// `Err` says whether the command itself is known.
pub(crate) fn lookup(args: &[&[u8]]) -> Result<(&'static Spec, &'static Spec), bool> {
    let command = args.first().and_then(|name| find(name)).ok_or(false)?;
    if command.subcommands.is_empty() || args.len() < 2 {
        return Ok((command, command));
    }
    command
        .subcommands
        .iter()
        .find(|sub| sub.name.as_bytes().eq_ignore_ascii_case(args[1]))
        .map(|sub| (command, sub))
        .ok_or(true)
}

/// All subcommands, each as `container|subcommand`.
static FULL_NAMES: LazyLock<Vec<(&'static Spec, String)>> = LazyLock::new(|| {
    let subs = SORTED.iter().flat_map(|c| c.subcommands.iter().map(move |s| (c.name, s)));
    subs.map(|(container, sub)| (sub, format!("{container}|{}", sub.name))).collect()
});

/// The name of a command in lower case: `get`, `config|set`. A search: for what is shown, not for
/// what each call does.
pub(crate) fn full_name(spec: &'static Spec) -> &'static str {
    let found = FULL_NAMES.iter().find(|(sub, _)| core::ptr::eq(*sub, spec));
    found.map_or(spec.name, |(_, full)| full.as_str())
}

fn bucket(name: &[u8]) -> usize {
    let mut hash = 0x811c_9dc5_u32;
    for byte in name {
        hash = (hash ^ u32::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0193);
    }
    hash as usize % BUCKET_COUNT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_command_is_there_twice() {
        let names: Vec<&str> = all().map(|spec| spec.name).collect();
        let twice: Vec<&[&str]> = names.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }

    #[test]
    fn a_subcommand_is_named_with_its_container() {
        let name = |words: &[&[u8]]| full_name(lookup(words).unwrap().1);
        assert_eq!(name(&[b"Get", b"k"]), "get");
        assert_eq!(name(&[b"CONFIG", b"Set", b"a", b"b"]), "config|set");
        assert_eq!(name(&[b"client", b"list"]), "client|list");
        assert_eq!(name(&[b"cluster", b"reset"]), "cluster|reset");
    }
}
