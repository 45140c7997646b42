//! What was typed, so that it can be taken back.

use std::rc::Rc;

use engine::node::EventKind;
use engine::sim::{InputKind, Place, Server, What, World};

use crate::console::terminal::Terminal;

/// No more lines can be taken back.
const MOST: usize = 100;

/// A line that was typed.
#[derive(Clone)]
pub(crate) struct Deed {
    /// The line.
    pub line: String,
    /// Where the run stood before it.
    pub place: Place,
    /// What stood on the terminals before it.
    pub terminals: Vec<Rc<Terminal>>,
    /// What had been told and changed before it.
    before: Sum,
}

/// How much was done to a world so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sum {
    entries: usize,
    changes: u64,
}

impl Sum {
    fn of(world: &World) -> Self {
        let nodes = world.servers().filter_map(|(_, process)| process.server()).map(Server::node);
        Self {
            entries: world.trace().entries().len(),
            changes: nodes.map(engine::node::Node::changes).fold(0, u64::wrapping_add),
        }
    }
}

/// All lines that were typed, oldest first.
#[derive(Clone, Default)]
pub(crate) struct Deeds(Vec<Deed>);

impl Deeds {
    /// A line is about to be typed.
    pub(crate) fn done(&mut self, world: &World, line: &str, terminals: Vec<Rc<Terminal>>) {
        if line.trim().is_empty() {
            return;
        }
        if self.0.len() >= MOST {
            self.0.remove(0);
        }
        let (place, before) = (world.place(), Sum::of(world));
        self.0.push(Deed { line: line.to_owned(), place, terminals, before });
    }

    /// The last line after which, and before the next line, something was changed: a file, a
    /// process, the network, a node's configuration, or data.
    pub(crate) fn last_change(&self, world: &World) -> Option<&Deed> {
        let mut after = (world.place(), Sum::of(world));
        self.0.iter().rev().find(|deed| {
            let end = std::mem::replace(&mut after, (deed.place, deed.before));
            changed(world, (deed.place, deed.before), end)
        })
    }

    /// What was typed after a place is forgotten.
    pub(crate) fn cut(&mut self, place: Place) {
        self.0.retain(|d| d.place.steps <= place.steps && d.place.inputs < place.inputs);
    }
}

fn changed(world: &World, from: (Place, Sum), to: (Place, Sum)) -> bool {
    let inputs = world.inputs().get(from.0.inputs..to.0.inputs).unwrap_or_default();
    let entries = world.trace().entries().get(from.1.entries..to.1.entries).unwrap_or_default();
    from.1.changes != to.1.changes
        || inputs.iter().any(|input| {
            matches!(
                input.kind,
                InputKind::StartServer { .. } | InputKind::Fs { .. } | InputKind::Fault(_)
            )
        })
        || entries.iter().any(|entry| {
            matches!(
                entry.what,
                What::Node(EventKind::AdminCommand { .. })
                    | What::ServerEnded(_)
                    | What::ServerStopped
                    | What::ServerContinued
            )
        })
}
