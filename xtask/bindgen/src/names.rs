//! Which functions a first visit runs, told by where they are written.

use std::collections::{BTreeMap, BTreeSet};

/// A name without the hashes of crates, `engine_node[732a0ee7d02ce1f]`: they change with every compiler.
fn unhashed(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('[') {
        out.push_str(before);
        match after.split_once(']') {
            Some((hash, behind))
                if hash.len() > 6 && hash.bytes().all(|b| b.is_ascii_hexdigit()) =>
            {
                rest = behind;
            }
            _ => {
                out.push('[');
                rest = after;
            }
        }
    }
    out + rest
}

/// A function's path, `engine_client::cluster::check`: what is generic about it, closures and hashes
/// are left out.
pub(crate) fn path(name: &str) -> String {
    written(&unhashed(name))
}

fn written(name: &str) -> String {
    let name = name.trim_start_matches(['&', '*', '(', '[']);
    if let Some(inner) = name.strip_prefix('<') {
        let (own, rest) = inner.split_at(closing(inner));
        let own = own.split(" as ").next().unwrap_or(own);
        let (own, rest) = (written(own), plain(rest.strip_prefix('>').unwrap_or(rest)));
        return [own, rest]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("::");
    }
    plain(name)
}

/// Where the angle bracket closes that stands before the text.
fn closing(text: &str) -> usize {
    let mut depth = 1;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match c {
            '<' => depth += 1,
            // The arrow of a function's type closes nothing.
            '>' if before != '-' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
        before = c;
    }
    text.len()
}

/// A path without what stands in brackets.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut depth = 0;
    for c in text.chars() {
        match c {
            '<' | '{' | '[' | '(' => depth += 1,
            '>' | '}' | ']' | ')' => depth -= 1,
            _ if depth == 0 => out.push(c),
            _ => {}
        }
    }
    let parts: Vec<&str> = out.split("::").filter(|part| !part.is_empty()).collect();
    parts.join("::")
}

/// Every path that a name mentions, its types and traits too.
pub(crate) fn mentioned(name: &str) -> BTreeSet<String> {
    let name = &unhashed(name);
    let known = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let mut paths: BTreeSet<String> = name
        .split(|c| !known(c))
        .map(|path| path.trim_matches(':').to_owned())
        .filter(|path| path.contains("::"))
        .collect();
    paths.insert(path(name));
    paths
}

/// A tree of names; each node says whether anything below it was run.
#[derive(Default)]
struct Tree {
    ran: bool,
    below: BTreeMap<String, Tree>,
}

impl Tree {
    fn add(&mut self, path: &str, ran: bool) {
        self.ran |= ran;
        let mut at = self;
        for part in path.split("::") {
            at = at.below.entry(part.to_owned()).or_default();
            at.ran |= ran;
        }
    }

    fn cold(&self, prefix: &str, out: &mut Vec<String>) {
        for (part, tree) in &self.below {
            let path = if prefix.is_empty() { part.clone() } else { format!("{prefix}::{part}") };
            if tree.ran {
                tree.cold(&path, out);
            } else {
                out.push(path);
            }
        }
    }
}

/// A name as a short number: instances of what is generic have long ones.
fn number(name: &str) -> u32 {
    // FNV-1a: a number that comes up twice makes a function go to the wrong part, which is loaded then.
    unhashed(name)
        .bytes()
        .fold(0x811c_9dc5, |sum, byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// Instances outside of cold places that were not run. A closure of a function that was run may be run the
/// next time: what hash tables compare, for one, is another thing every time.
pub(crate) fn cold_instances<'a>(
    functions: impl Iterator<Item = (&'a str, bool)> + Clone,
    places: &[String],
) -> Vec<u32> {
    let cold = Cold { places: places.iter().cloned().collect(), instances: BTreeSet::new() };
    let of = |ran: bool| functions.clone().filter(move |f| f.1 == ran).map(|f| f.0);
    let hot: BTreeSet<u32> = of(true).map(number).collect();
    let beside_hot = |name: &str| {
        name.rsplit_once("::{closure#").is_some_and(|(within, _)| hot.contains(&number(within)))
    };
    // Of other people's crates no closure: theirs are inlined in one build and not in the next.
    let foreign = |name: &str| {
        let ours = ["engine", "web::", "lessons::"];
        name.ends_with('}') && !ours.iter().any(|prefix| path(name).starts_with(prefix))
    };
    let apart = |n: &&str| !cold.holds(n) && !beside_hot(n) && !foreign(n);
    let all = of(false).filter(apart).map(number);
    all.filter(|number| !hot.contains(number)).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The places of which nothing was run, the shortest paths that say so.
pub(crate) fn cold_places<'a>(functions: impl Iterator<Item = (&'a str, bool)>) -> Vec<String> {
    let mut tree = Tree::default();
    for (name, ran) in functions {
        let own = path(name);
        // What belongs to no crate is glue; what has a number was made by the compiler.
        let placed = own.contains("::") && !own.contains('.');
        if ran {
            mentioned(name).iter().for_each(|path| tree.add(path, true));
        } else if placed {
            tree.add(&own, false);
        }
    }
    let mut out = Vec::new();
    tree.cold("", &mut out);
    out
}

/// The list of such places and instances.
pub(crate) struct Cold {
    places: BTreeSet<String>,
    instances: BTreeSet<u32>,
}

impl Cold {
    /// A place a line; instances behind `=`; `#` begins a remark.
    pub(crate) fn parse(text: &str) -> Self {
        let mut cold = Self { places: BTreeSet::new(), instances: BTreeSet::new() };
        for line in text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
            match line.strip_prefix('=') {
                Some(numbers) => cold.instances.extend(
                    numbers.split_whitespace().filter_map(|n| u32::from_str_radix(n, 16).ok()),
                ),
                None => {
                    cold.places.insert(line.to_owned());
                }
            }
        }
        cold
    }

    /// Whether a function lies in one of them, or works on something that does.
    pub(crate) fn holds(&self, name: &str) -> bool {
        self.instances.contains(&number(name))
            || mentioned(name).iter().any(|path| {
                let ends = path.match_indices("::").map(|(at, _)| at).chain([path.len()]);
                ends.into_iter().any(|end| self.places.contains(&path[..end]))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_says_where_a_function_is_written() {
        let closure = "engine_client[4e0ac0496d926437]::cluster::run::<web[e685551ec29fb77f]::Host>::{closure#0}";
        assert_eq!(path(closure), "engine_client::cluster::run");
        assert!(mentioned(closure).contains("web::Host"), "{:?}", mentioned(closure));
        assert_eq!(path("<web::world::Inner>::frame"), "web::world::Inner::frame");
        assert_eq!(
            path("<engine_sim::process::Process as core::clone::Clone>::clone"),
            "engine_sim::process::Process::clone"
        );
        assert_eq!(path("<[u8] as alloc::Thing>::do_it"), "u8::do_it");
    }

    #[test]
    fn a_place_is_cold_when_nothing_of_it_ran() {
        let functions = [
            ("shell::awk::run", false),
            ("shell::awk::parse", false),
            ("shell::ps::run", true),
            ("shell::ps::help", false),
            ("core::drop::<shell::ps::Table>", true),
        ];
        let places = cold_places(functions.into_iter());
        assert_eq!(places, ["shell::awk", "shell::ps::help"]);
        let cold = Cold::parse("# remark\nshell::awk\nshell::ps::help\n");
        assert!(cold.holds("<shell::awk::Machine>::step"));
        assert!(cold.holds("core::drop::<shell::awk::Machine>"));
        assert!(!cold.holds("shell::awkward"));
        assert!(!cold.holds("shell::ps::run"));

        let instances = cold_instances(
            [
                ("Vec<u8>::push", false),
                ("Vec<u16>::push", true),
                ("Vec<u16>::push::{closure#1}", false),
            ]
            .into_iter(),
            &places,
        );
        let list: Vec<String> = instances.iter().map(|n| format!("= {n:x}")).collect();
        let cold = Cold::parse(&list.join("\n"));
        assert!(cold.holds("Vec<u8>::push"));
        assert!(!cold.holds("Vec<u16>::push") && !cold.holds("Vec<u16>::push::{closure#1}"));
    }
}
