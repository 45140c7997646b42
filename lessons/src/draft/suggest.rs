//! Checks that follow from two looks at a world: each is not so before and is so after.

use std::collections::BTreeMap;

use engine::base::Slot;

use crate::check::{NodeFacts, Snapshot};

const ENGLISH: &str = include_str!("../../content/suggest.en.txt");
const CHINESE: &str = include_str!("../../content/suggest.zh-CN.txt");
/// More are not proposed.
const MOST: usize = 12;

/// A check that might be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// Its id.
    pub id: String,
    /// `holds`, or `eventually` for what passes by.
    pub time: &'static str,
    /// The fact, as the format writes it.
    pub fact: String,
    kind: &'static str,
    names: Vec<(&'static str, String)>,
}

impl Suggestion {
    /// Its words in a language: `pending` or `met`.
    #[must_use]
    pub fn words(&self, language: &str, state: &str) -> String {
        let mut text = words(language, &format!("{}.{state}", self.kind));
        for (name, value) in &self.names {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        text
    }
}

/// The text under a key.
pub(super) fn words(language: &str, key: &str) -> String {
    let all = if language == "zh-CN" { CHINESE } else { ENGLISH };
    let found = all.lines().filter_map(|l| l.split_once(" = ")).find(|(k, _)| *k == key);
    found.map(|(_, text)| text.to_owned()).unwrap_or_default()
}

/// What was not so in `before` and is so in `after`.
#[must_use]
pub fn suggest(before: &Snapshot, after: &Snapshot) -> Vec<Suggestion> {
    let mut all = Vec::new();
    let mut propose = |kind: &'static str, time, fact: String, names: &[(&'static str, String)]| {
        let id = match all.iter().filter(|s: &&Suggestion| s.kind == kind).count() {
            0 => kind.to_owned(),
            others => format!("{kind}-{}", others + 1),
        };
        all.push(Suggestion { id, time, fact, kind, names: names.to_vec() });
    };
    of_nodes(before, after, &mut propose);
    of_slots(before, after, &mut propose);
    of_all(before, after, &mut propose);
    all.truncate(MOST);
    all
}

type Propose<'a> = &'a mut dyn FnMut(&'static str, &'static str, String, &[(&'static str, String)]);

fn of_nodes(before: &Snapshot, after: &Snapshot, propose: Propose<'_>) {
    let mut nodes: Vec<&String> = before.nodes.keys().chain(after.nodes.keys()).collect();
    nodes.sort();
    nodes.dedup();
    for node in nodes {
        let names = [("node", node.clone())];
        let (was, is) = (before.nodes.get(node), after.nodes.get(node));
        match (was, is) {
            (Some(_), None) => {
                let fact = format!(
                    "{{ fact = \"not\", of = {{ fact = \"running\", node = \"{node}\" }} }}"
                );
                propose("gone", "holds", fact, &names);
            }
            (None, Some(_)) => {
                propose(
                    "back",
                    "holds",
                    format!("{{ fact = \"running\", node = \"{node}\" }}"),
                    &names,
                );
            }
            (Some(was), Some(is)) => of_role(node, was, is, after, propose),
            (None, None) => {}
        }
        let failed = |at: &Snapshot| {
            let id = before.id_of(node);
            let marks = |n: &NodeFacts| n.view.peers.iter().any(|p| Some(p.id) == id && p.fail);
            at.nodes.values().any(marks)
        };
        if failed(after) && !failed(before) {
            let fact = format!("{{ fact = \"failed\", at = \"any-node\", of = \"{node}\" }}");
            propose("failed", "eventually", fact, &names);
        }
    }
}

fn of_role(node: &str, was: &NodeFacts, is: &NodeFacts, after: &Snapshot, propose: Propose<'_>) {
    let names = [("node", node.to_owned())];
    match (was.is_master(), is.is_master()) {
        (false, true) => {
            propose(
                "promoted",
                "holds",
                format!("{{ fact = \"master\", node = \"{node}\" }}"),
                &names,
            );
        }
        (true, false) => {
            propose(
                "demoted",
                "holds",
                format!("{{ fact = \"replica\", node = \"{node}\" }}"),
                &names,
            );
        }
        (false, false) if was.follows() != is.follows() => {
            let Some(of) = is.follows().map(|id| after.name_of(&id)).filter(|n| n.contains(':'))
            else {
                return;
            };
            let fact = format!("{{ fact = \"replica\", node = \"{node}\", of = \"{of}\" }}");
            propose("follows", "holds", fact, &[("node", node.to_owned()), ("of", of)]);
        }
        _ => {}
    }
    let count = |n: &NodeFacts| n.view.myself().map_or(0, |me| me.slots.len());
    if was.is_master() && is.is_master() && count(is) > count(was) {
        let count = count(is);
        let fact = format!("{{ fact = \"slots\", at = \"{node}\", at-least = {count} }}");
        propose("slots", "holds", fact, &[("node", node.to_owned()), ("count", count.to_string())]);
    }
}

fn of_slots(before: &Snapshot, after: &Snapshot, propose: Propose<'_>) {
    // One slot stands for all that went the same way.
    let mut ways: BTreeMap<(String, String), Slot> = BTreeMap::new();
    for slot in Slot::all() {
        let (was, is) = (before.owner(slot), after.owner(slot));
        if let (Some((was, _)), Some((is, _))) = (was, is)
            && was != is
        {
            ways.entry((was.to_owned(), is.to_owned())).or_insert(slot);
        }
    }
    for slot in ways.into_values() {
        let fact = format!("{{ fact = \"owner-changed\", key = \"{}\" }}", key_in(slot));
        propose("owner", "eventually", fact, &[("slot", slot.to_string())]);
    }
    let open = |at: &Snapshot| -> Option<Slot> {
        at.nodes.values().find_map(|n| n.view.migrating.first().map(|(slot, _)| *slot))
    };
    let marks = |at: &Snapshot| {
        at.nodes.values().any(|n| !n.view.migrating.is_empty() || !n.view.importing.is_empty())
    };
    if let Some(slot) = open(after).filter(|_| open(before).is_none()) {
        let fact = format!("{{ fact = \"slot-open\", key = \"{}\" }}", key_in(slot));
        propose("open", "eventually", fact, &[("slot", slot.to_string())]);
    }
    if marks(before) && !marks(after) {
        propose("closed", "holds", "{ fact = \"no-open-slot\" }".to_owned(), &[]);
    }
}

fn of_all(before: &Snapshot, after: &Snapshot, propose: Propose<'_>) {
    let all_ok = |at: &Snapshot| !at.nodes.is_empty() && at.nodes.values().all(|n| n.view.ok);
    let fact = "{ fact = \"cluster-ok\", at = \"every-node\" }";
    match (all_ok(before), all_ok(after)) {
        (false, true) => propose("ok", "holds", fact.to_owned(), &[]),
        (true, false) => {
            propose("down", "eventually", format!("{{ fact = \"not\", of = {fact} }}"), &[]);
        }
        _ => {}
    }
    let keys =
        |at: &Snapshot| -> usize { at.nodes.values().filter(|n| n.serves()).map(|n| n.keys).sum() };
    if keys(after) > keys(before) {
        let count = keys(after);
        let fact = format!("{{ fact = \"total-keys\", at-least = {count} }}");
        propose("keys", "holds", fact, &[("count", count.to_string())]);
    }
    let known = |at: &Snapshot| {
        let mut counts =
            at.nodes.values().map(|n| n.view.peers.iter().filter(|p| !p.handshake).count());
        let first = counts.next()?;
        counts.all(|n| n == first).then_some(first)
    };
    if let Some(count) = known(after).filter(|n| known(before) != Some(*n)) {
        let fact = format!("{{ fact = \"knows\", at = \"every-node\", count = {count} }}");
        propose("knows", "holds", fact, &[("count", count.to_string())]);
    }
    for (from, to) in after.cuts.difference(&before.cuts) {
        let fact = format!("{{ fact = \"cut\", from = \"{from}\", to = \"{to}\" }}");
        propose("cut", "eventually", fact, &[("from", from.clone()), ("to", to.clone())]);
    }
}

/// The first number that is a key of this slot.
fn key_in(slot: Slot) -> String {
    (0..u32::MAX)
        .map(|n| n.to_string())
        .find(|k| Slot::of_key(k.as_bytes()) == slot)
        .unwrap_or_default()
}
