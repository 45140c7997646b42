//! In what two worlds differ: figures, owners of slots, nodes, and what happened when.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::ledger::Fate;
use super::model::{EventView, Role, SLOTS, WorldView};
use super::screen::Details;

/// The same said again within this time is one thing that happened, in virtual microseconds.
const EPISODE_US: u64 = 5_000_000;
/// What lies closer together than this is no difference, in virtual microseconds.
const SAME_US: u64 = 1_000;
/// No more moments are told, and no more stretches of slots.
const MOST: usize = 40;

/// What is looked at in a world.
pub(crate) struct Side<'a> {
    /// The world.
    pub view: &'a WorldView,
    /// The names of its nodes.
    pub names: &'a [String],
    /// What happened, oldest first.
    pub events: &'a [Rc<EventView>],
    /// Its writes.
    pub details: &'a Details,
}

/// A figure in both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Figure {
    /// A key of the catalogue.
    pub key: &'static str,
    /// In the first.
    pub a: u64,
    /// In the twin.
    pub b: u64,
}

/// A stretch of slots that has another owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    /// The first slot.
    pub first: u16,
    /// The last one.
    pub last: u16,
    /// Its owner in the first world.
    pub a: Option<String>,
    /// Its owner in the twin.
    pub b: Option<String>,
}

/// Something that happened in one only, or in both at different times.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Moment {
    /// What.
    pub event: Rc<EventView>,
    /// Where, by name.
    pub node: String,
    /// When in the first, in virtual microseconds.
    pub a: Option<u64>,
    /// When in the twin.
    pub b: Option<u64>,
}

/// All differences.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Diff {
    /// Figures, whether they differ or not.
    pub figures: Vec<Figure>,
    /// Slots with another owner.
    pub slots: Vec<Stretch>,
    /// What happened otherwise, oldest first.
    pub moments: Vec<Moment>,
    /// Addresses of nodes that are something else in the other world.
    pub nodes: BTreeSet<String>,
}

impl Diff {
    /// Whether nothing differs.
    pub(crate) fn is_empty(&self) -> bool {
        let same = self.figures.iter().all(|f| f.a == f.b);
        same && self.slots.is_empty() && self.moments.is_empty() && self.nodes.is_empty()
    }
}

/// Compares two worlds.
pub(crate) fn differ(a: &Side<'_>, b: &Side<'_>) -> Diff {
    Diff {
        figures: figures(a, b),
        slots: slots(a.view, b.view),
        moments: moments(a, b),
        nodes: nodes(a.view, b.view),
    }
}

fn figures(a: &Side<'_>, b: &Side<'_>) -> Vec<Figure> {
    let figure =
        |key, of: &dyn Fn(&Side<'_>) -> usize| Figure { key, a: of(a) as u64, b: of(b) as u64 };
    let fate = |fate: Fate| {
        move |side: &Side<'_>| side.details.writes.iter().filter(|w| w.fate == fate).count()
    };
    let nodes = |which: fn(&super::model::NodeView) -> bool| {
        move |side: &Side<'_>| side.view.nodes.iter().filter(|n| which(n)).count()
    };
    vec![
        figure("differ-served", &|side| side.view.slots.covered()),
        figure("differ-masters", &nodes(|n| n.runs() && n.role == Some(Role::Master))),
        figure("differ-state-fail", &nodes(|n| n.state_ok == Some(false))),
        figure("differ-acknowledged", &|side| side.details.writes.len()),
        figure("fate-lost", &fate(Fate::Lost)),
        figure("fate-warned", &fate(Fate::Warned)),
        figure("fate-unreachable", &fate(Fate::Unreachable)),
        figure("differ-epoch", &|side| {
            let epochs = side.view.nodes.iter().map(|n| n.current_epoch);
            epochs.max().unwrap_or(0) as usize
        }),
    ]
}

fn slots(a: &WorldView, b: &WorldView) -> Vec<Stretch> {
    let owner = |view: &WorldView, slot: u16| {
        view.slots.owner_of(slot).and_then(|ix| view.nodes.get(ix)).map(|n| n.name.clone())
    };
    let same = |slot: u16| {
        let at = |view: &WorldView| {
            view.slots.owner_of(slot).and_then(|ix| view.nodes.get(ix)).map(|n| (n.host, n.port))
        };
        at(a) == at(b)
    };
    let mut out: Vec<Stretch> = Vec::new();
    for slot in (0..SLOTS as u16).filter(|slot| !same(*slot)) {
        let (of_a, of_b) = (owner(a, slot), owner(b, slot));
        let goes_on =
            |last: &&mut Stretch| last.last + 1 == slot && last.a == of_a && last.b == of_b;
        if let Some(last) = out.last_mut().filter(goes_on) {
            last.last = slot;
        } else if out.len() < MOST {
            out.push(Stretch { first: slot, last: slot, a: of_a, b: of_b });
        }
    }
    out
}

fn nodes(a: &WorldView, b: &WorldView) -> BTreeSet<String> {
    let faces = |view: &WorldView| -> BTreeMap<String, _> {
        let face = |n: &super::model::NodeView| (n.runs(), n.frozen, n.role, n.health);
        view.nodes.iter().map(|n| (n.address(), face(n))).collect()
    };
    let (of_a, of_b) = (faces(a), faces(b));
    let all: BTreeSet<&String> = of_a.keys().chain(of_b.keys()).collect();
    all.into_iter().filter(|at| of_a.get(*at) != of_b.get(*at)).cloned().collect()
}

/// What an event is about: the same in both worlds whatever the numbers.
type Sign = (&'static str, String);

/// What happened, by what it is about: the first time of each episode.
fn episodes(side: &Side<'_>) -> BTreeMap<Sign, Vec<(Rc<EventView>, String)>> {
    let mut all: BTreeMap<Sign, Vec<(Rc<EventView>, String)>> = BTreeMap::new();
    let mut last: BTreeMap<Sign, u64> = BTreeMap::new();
    for event in side.events {
        let node = event.node.and_then(|ix| side.names.get(ix)).cloned().unwrap_or_default();
        let Some(about) = about(event, &node) else { continue };
        let sign = (event.key, about);
        let again = last.insert(sign.clone(), event.at_us);
        if again.is_none_or(|at| event.at_us.saturating_sub(at) > EPISODE_US) {
            all.entry(sign).or_default().push((Rc::clone(event), node));
        }
    }
    all
}

/// Of whom it tells; `None` for what is not worth comparing.
fn about(event: &EventView, node: &str) -> Option<String> {
    let arg = |name: &str| event.args.iter().find(|a| a.0 == name).map(|a| a.1.clone());
    match event.key {
        "event-pfail" | "event-fail" => arg("of"),
        "event-election" | "event-won" | "event-expired" | "event-blocked" | "event-now-master"
        | "event-now-replica" | "event-slots" | "event-process" | "event-killed" => {
            Some(node.to_owned())
        }
        "event-state-ok" | "event-state-fail" => Some(String::new()),
        "event-refused-command" => arg("kind"),
        _ => None,
    }
}

fn moments(a: &Side<'_>, b: &Side<'_>) -> Vec<Moment> {
    let (of_a, mut of_b) = (episodes(a), episodes(b));
    let mut out = Vec::new();
    let mut tell = |a: Option<(Rc<EventView>, String)>, b: Option<(Rc<EventView>, String)>| {
        let at = |side: &Option<(Rc<EventView>, String)>| side.as_ref().map(|e| e.0.at_us);
        let (at_a, at_b) = (at(&a), at(&b));
        let same = at_a.zip(at_b).is_some_and(|(a, b)| a.abs_diff(b) < SAME_US);
        if let (Some((event, node)), false) = (a.or(b), same) {
            out.push(Moment { event, node, a: at_a, b: at_b });
        }
    };
    for (sign, first) in of_a {
        let second = of_b.remove(&sign).unwrap_or_default();
        let many = first.len().max(second.len());
        let (mut first, mut second) = (first.into_iter(), second.into_iter());
        for _ in 0..many {
            tell(first.next(), second.next());
        }
    }
    for only in of_b.into_values().flatten() {
        tell(None, Some(only));
    }
    out.sort_by_key(|m| m.a.into_iter().chain(m.b).min());
    let extra = out.len().saturating_sub(MOST);
    out.drain(..extra);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::model::Tone;

    fn event(at_s: u64, key: &'static str, of: &str) -> Rc<EventView> {
        Rc::new(EventView {
            seq: at_s,
            at_us: at_s * 1_000_000,
            tone: Tone::Bad,
            node: None,
            key,
            args: vec![("of", of.to_owned())],
            mark: None,
        })
    }

    fn told(events: [&[Rc<EventView>]; 2]) -> Vec<(Option<u64>, Option<u64>)> {
        let (view, details) = (WorldView::default(), Details::default());
        let side = |events| Side { view: &view, names: &[], events, details: &details };
        let diff = differ(&side(events[0]), &side(events[1]));
        let second = |us: Option<u64>| us.map(|us| us / 1_000_000);
        diff.moments.iter().map(|m| (second(m.a), second(m.b))).collect()
    }

    #[test]
    fn what_happens_in_both_at_one_time_is_no_difference_and_all_else_is() {
        let fail = |at| event(at, "event-fail", "db01:6380");
        assert_eq!(told([&[fail(9)], &[fail(9)]]), []);
        assert_eq!(told([&[fail(20)], &[fail(7)]]), [(Some(20), Some(7))]);
        // Three voices within a second are one verdict; a minute later it is another.
        let again = [fail(7), fail(7), fail(8), fail(70)];
        assert_eq!(told([&[fail(7)], &again]), [(None, Some(70))]);
        assert_eq!(told([&[], &[event(3, "event-pfail", "x")]]), [(None, Some(3))]);
    }
}
