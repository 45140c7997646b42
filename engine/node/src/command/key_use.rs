//! Which words of a command are keys, and what is done to them: the key specifications of 7.0.15
//! (`getKeysFromCommandWithSpecs` in db.c).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use bitflags::bitflags;
use engine_base::number::parse_i64;
use engine_resp::Value;

use super::args::is;
use super::reference::{ENTRIES, field};
use super::{KeySpec, Spec, all, full_name};

bitflags! {
    /// `CMD_KEY_*` in server.h, with the names that `COMMAND GETKEYSANDFLAGS` prints.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub(crate) struct KeyUse: u32 {
        /// Its value is read only.
        const RO = 1 << 0;
        /// Its value is read and changed.
        const RW = 1 << 1;
        /// Its value is overwritten.
        const OW = 1 << 2;
        /// It is removed.
        const RM = 1 << 3;
        /// The client learns of its value.
        const ACCESS = 1 << 4;
        /// Its value is changed.
        const UPDATE = 1 << 5;
        /// Something is added to its value.
        const INSERT = 1 << 6;
        /// Something is taken from its value.
        const DELETE = 1 << 7;
        /// It only routes.
        const NOT_KEY = 1 << 8;
        /// There are more keys than the specification tells.
        const INCOMPLETE = 1 << 9;
        /// The arguments tell which flags hold.
        const VARIABLE_FLAGS = 1 << 10;
    }
}

impl KeyUse {
    const READ: Self = Self::RO.union(Self::ACCESS);
    const CHANGED: Self = Self::RW.union(Self::ACCESS).union(Self::UPDATE);
    const WRITTEN: Self = Self::OW.union(Self::UPDATE);
    const TAKEN: Self = Self::RW.union(Self::ACCESS).union(Self::DELETE);

    /// The names of the flags as Redis prints them.
    pub(crate) fn names(self) -> impl Iterator<Item = String> {
        self.iter_names().map(|(name, _)| match name.len() {
            2 => name.to_owned(),
            _ => name.to_ascii_lowercase(),
        })
    }
}

/// Where a specification begins.
enum Begin {
    Index(usize),
    /// Behind a word, which is looked for from a place on (negative: from the end backwards).
    Keyword(Vec<u8>, i64),
    Unknown,
}

/// Which words are its keys from there on.
enum Find {
    Range {
        last: i64,
        step: usize,
        limit: usize,
    },
    /// A word says how many there are.
    Count {
        at: usize,
        first: usize,
        step: usize,
    },
    Unknown,
}

/// One key specification.
struct Place {
    flags: KeyUse,
    begin: Begin,
    find: Find,
}

/// The specifications of all commands that have any, by the place of their description in memory.
static PLACES: LazyLock<BTreeMap<usize, Vec<Place>>> = LazyLock::new(|| {
    let specs = all().flat_map(|spec| std::iter::once(spec).chain(spec.subcommands));
    let of = |spec: &'static Spec| {
        let entry = ENTRIES.get(full_name(spec)).and_then(Value::as_slice)?;
        let places: Vec<Place> = entry.get(8)?.as_slice()?.iter().map(Place::read).collect();
        (!places.is_empty()).then_some((core::ptr::from_ref(spec) as usize, places))
    };
    specs.filter_map(of).collect()
});

fn places(spec: &'static Spec) -> &'static [Place] {
    PLACES.get(&(core::ptr::from_ref(spec) as usize)).map_or(&[], Vec::as_slice)
}

fn real(places: &[Place]) -> impl Iterator<Item = &Place> {
    places.iter().filter(|place| !place.flags.contains(KeyUse::NOT_KEY))
}

/// Whether a command may have keys (`doesCommandHaveKeys`).
pub(crate) fn may_have_keys(spec: &'static Spec) -> bool {
    matches!(spec.keys, KeySpec::Find(_)) || real(places(spec)).next().is_some()
}

/// The places of a command's keys among its words, and what is done to them. Nothing when the words
/// make no sense: the command itself says so.
pub(crate) fn keys_with_use(spec: &'static Spec, args: &[&[u8]]) -> Vec<(usize, KeyUse)> {
    let places = places(spec);
    let variable = places.iter().any(|place| place.flags.contains(KeyUse::VARIABLE_FLAGS));
    if !variable
        && real(places).next().is_some()
        && let Some(found) = by_places(places, args)
    {
        return found;
    }
    let KeySpec::Find(find) = spec.keys else { return by_name(spec, args) };
    let told = |(i, at): (usize, usize)| {
        let how = match (spec.name, i) {
            ("sort" | "sort_ro", 0) => KeyUse::READ,
            ("sort", _) => KeyUse::WRITTEN,
            ("migrate", _) => KeyUse::TAKEN,
            _ => KeyUse::empty(),
        };
        (at, how)
    };
    find(args).into_iter().enumerate().map(told).filter(|(at, _)| *at < args.len()).collect()
}

/// The two whose arguments tell what is done to their key.
fn by_name(spec: &'static Spec, args: &[&[u8]]) -> Vec<(usize, KeyUse)> {
    let how = match spec.name {
        "set" if args.iter().skip(3).any(|word| is(word, "get")) => KeyUse::CHANGED,
        "set" => KeyUse::WRITTEN,
        "bitfield" if only_reads(args) => KeyUse::READ,
        "bitfield" => KeyUse::CHANGED,
        _ => return Vec::new(),
    };
    if args.len() > 1 { vec![(1, how)] } else { Vec::new() }
}

/// Whether `BITFIELD` with these words changes nothing (`bitfieldGetKeys`).
fn only_reads(args: &[&[u8]]) -> bool {
    let mut words = args.get(2..).unwrap_or_default();
    while let [word, rest @ ..] = words {
        words = match rest {
            [_, _, rest @ ..] if is(word, "get") => rest,
            [_, rest @ ..] if is(word, "overflow") => rest,
            _ => return false,
        };
    }
    true
}

/// `getKeysUsingKeySpecs`; `None` when a specification does not fit or does not tell everything.
fn by_places(places: &[Place], args: &[&[u8]]) -> Option<Vec<(usize, KeyUse)>> {
    let mut found = Vec::new();
    for place in real(places) {
        let first = match &place.begin {
            Begin::Index(at) => *at,
            Begin::Keyword(word, from) => match behind(word, *from, args) {
                Some(at) => at,
                None => continue,
            },
            Begin::Unknown => return None,
        };
        let (first, last, step) = match place.find {
            Find::Range { last, step, limit } => {
                let len = i64::try_from(args.len()).ok()?;
                let begin = i64::try_from(first).ok()?;
                let last = match (last, limit) {
                    (0.., _) => begin + last,
                    (_, 0) => len + last,
                    (_, limit) => begin + (len - begin) / i64::try_from(limit).ok()? + last,
                };
                (first, usize::try_from(last).ok()?, step)
            }
            Find::Count { at, first: behind, step } => {
                let count = parse_i64(args.get(first + at)?)?;
                // What is no longer 32 bits long is cut off.
                let count = usize::try_from(count).ok()? as i32;
                let count = usize::try_from(count).ok()?;
                let first = first + behind;
                (first, first.checked_add(count)?.checked_sub(1)?, step)
            }
            Find::Unknown => return None,
        };
        if last >= args.len() || last < first {
            return None;
        }
        found.extend((first..=last).step_by(step.max(1)).map(|at| (at, place.flags)));
        if place.flags.contains(KeyUse::INCOMPLETE) {
            return None;
        }
    }
    Some(found)
}

/// The place behind a word.
fn behind(word: &[u8], from: i64, args: &[&[u8]]) -> Option<usize> {
    let is_it = |at: &usize| args[*at].eq_ignore_ascii_case(word);
    let at = match usize::try_from(from) {
        // The last word has nothing behind it.
        Ok(from) => (from..args.len().saturating_sub(1)).find(is_it),
        Err(_) => {
            let from = args.len().checked_sub(usize::try_from(from.unsigned_abs()).ok()?)?;
            (2..=from).rev().find(is_it)
        }
    };
    at.map(|at| at + 1)
}

impl Place {
    /// A specification as `COMMAND INFO` shows it.
    fn read(shown: &Value) -> Self {
        let part = |name: &str| {
            let part = field(shown, name);
            let kind = part.and_then(|p| field(p, "type")).and_then(Value::to_text);
            (kind.unwrap_or_default(), part.and_then(|p| field(p, "spec")))
        };
        let number = |spec: Option<&Value>, name| {
            spec.and_then(|spec| field(spec, name)).and_then(Value::as_int).unwrap_or(0)
        };
        let size = |spec, name| usize::try_from(number(spec, name)).unwrap_or(0);
        let flags = field(shown, "flags").and_then(Value::as_slice).unwrap_or_default();
        let named = |flag: &Value| KeyUse::from_name(&flag.to_text()?.to_ascii_uppercase());
        let flags = flags.iter().filter_map(named).fold(KeyUse::empty(), KeyUse::union);
        let begin = match part("begin_search") {
            (kind, spec) if kind == "index" => Begin::Index(size(spec, "index")),
            (kind, spec) if kind == "keyword" => {
                let word = spec.and_then(|spec| field(spec, "keyword")).and_then(Value::as_bytes);
                Begin::Keyword(word.unwrap_or_default().to_vec(), number(spec, "startfrom"))
            }
            _ => Begin::Unknown,
        };
        let find = match part("find_keys") {
            (kind, spec) if kind == "range" => Find::Range {
                last: number(spec, "lastkey"),
                step: size(spec, "keystep"),
                limit: size(spec, "limit"),
            },
            (kind, spec) if kind == "keynum" => Find::Count {
                at: size(spec, "keynumidx"),
                first: size(spec, "firstkey"),
                step: size(spec, "keystep"),
            },
            _ => Find::Unknown,
        };
        Self { flags, begin, find }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::lookup;

    fn told(line: &str) -> String {
        let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        let (_, spec) = lookup(&words).expect("a command");
        let one = |(at, how): (usize, KeyUse)| {
            let key = String::from_utf8_lossy(words[at]).into_owned();
            format!("{key}:{}", how.names().collect::<Vec<_>>().join(","))
        };
        keys_with_use(spec, &words).into_iter().map(one).collect::<Vec<_>>().join(" ")
    }

    /// What redis-server 7.0.15 answers to `COMMAND GETKEYSANDFLAGS`.
    #[test]
    fn the_arguments_tell_keys_and_what_is_done_to_them() {
        for (line, keys) in [
            ("get k", "k:RO,access"),
            ("set k v", "k:OW,update"),
            ("set k v ex 9 get", "k:RW,access,update"),
            ("mset a 1 b 2", "a:OW,update b:OW,update"),
            ("copy a b", "a:RO,access b:OW,update"),
            ("bitfield k get u4 0", "k:RO,access"),
            ("bitfield k get u4 0 set u4 0 1", "k:RW,access,update"),
            ("bitfield k nonsense", "k:RW,access,update"),
            ("sort k by w* store t", "k:RO,access t:OW,update"),
            ("migrate h 1 k 0 9", "k:RW,access,delete"),
            ("migrate h 1  0 9 auth keys keys a b", "a:RW,access,delete b:RW,access,delete"),
            ("georadius k 1 2 3 m store t", "k:RO,access t:OW,update"),
            ("xread count 1 streams a b 0 0", "a:RO,access b:RO,access"),
            ("zunionstore t 2 a b", "t:OW,update a:RO,access b:RO,access"),
            ("zunion 3 a b", ""),
            ("publish a b", ""),
            ("ssubscribe a", ""),
            ("memory usage k", "k:RO"),
        ] {
            assert_eq!(told(line), keys, "{line}");
        }
    }
}
