//! A count of what very many nodes believe of one another. A million beliefs are never looked at at
//! once: some rows are counted anew in every frame, those first in which something happened.

use std::collections::BTreeSet;
use std::rc::Rc;

use engine::node::Glance;

use super::crowd::{self, Crowd, Held, KINDS, place};
use super::model::{Health, NodeIx, Opinion};
use super::observe::opinion_of;
use super::roster::Roster;

/// The row of a node without a process holds this of everybody.
const NOTHING: u8 = KINDS as u8;

/// One speaker.
#[derive(Clone, Debug, Default)]
struct Row {
    /// On which host.
    host: usize,
    /// Whether it was counted as one of the masters that judge.
    judges: bool,
    /// The nodes in the order in which it knows them.
    known: Vec<u16>,
}

/// The count.
#[derive(Clone, Debug, Default)]
pub(crate) struct Census {
    /// What is held: row by row, a row a speaker.
    what: Vec<u8>,
    rows: Vec<Row>,
    hosts: usize,
    /// How many on a host hold what of a node: host by host.
    by_host: Vec<Held>,
    /// Of each node: how many judges hold it for PFAIL, and for FAIL.
    judged: Vec<(u16, u16)>,
    /// How many hold it for either, judges or not.
    doubted: Vec<u16>,
    /// The row that is looked at next.
    next: NodeIx,
    /// Rows in which something has happened.
    urgent: BTreeSet<NodeIx>,
    /// What was made of it last, while nothing has changed.
    crowd: Option<Rc<Crowd>>,
}

impl Census {
    /// Something happened at a node: its row is looked at before others.
    pub(crate) fn hurry(&mut self, by: NodeIx) {
        self.urgent.insert(by);
    }

    /// The row that is to be looked at now, and how many there are.
    pub(crate) fn turn(&mut self, roster: &Roster, hosts: usize) -> NodeIx {
        if self.rows.len() != roster.nodes().len() || self.hosts != hosts {
            self.begin(roster, hosts);
        }
        self.urgent.pop_first().unwrap_or_else(|| {
            let turn = self.next;
            self.next = if turn + 1 < self.rows.len() { turn + 1 } else { 0 };
            turn
        })
    }

    /// Counts from nothing.
    fn begin(&mut self, roster: &Roster, hosts: usize) {
        let many = roster.nodes().len();
        let row = |n: &super::roster::Seen| Row { host: n.host, ..Row::default() };
        *self = Self {
            what: vec![NOTHING; many * many],
            rows: roster.nodes().iter().map(row).collect(),
            hosts,
            by_host: vec![[0; KINDS]; hosts * many],
            judged: vec![(0, 0); many],
            doubted: vec![0; many],
            ..Self::default()
        };
    }

    /// Counts what one node holds: `None` for one without a process.
    pub(crate) fn count(
        &mut self,
        by: NodeIx,
        roster: &Roster,
        view: Option<Glance<'_>>,
        judges: bool,
    ) {
        let many = self.rows.len();
        let Some(row) = self.rows.get_mut(by) else { return };
        let mut now = vec![view.map_or(NOTHING, |_| place(Opinion::Unknown) as u8); many];
        for (nth, peer) in view.into_iter().flat_map(Glance::peers).enumerate() {
            let is = |ix: NodeIx| {
                roster.nodes().get(ix).is_some_and(|n| n.id.as_ref() == Some(peer.id()))
            };
            let known = row.known.get(nth).copied().map(usize::from).filter(|&ix| is(ix));
            let found = known
                .or_else(|| roster.of_id(peer.id()))
                .or_else(|| roster.of_text(&peer.ip().to_utf8(), peer.port()));
            if row.known.len() <= nth {
                row.known.resize(nth + 1, u16::MAX);
            }
            row.known[nth] = found.and_then(|ix| u16::try_from(ix).ok()).unwrap_or(u16::MAX);
            let Some(cell) = found.and_then(|ix| now.get_mut(ix)) else { continue };
            // A stranger in handshake never hides the node that is known already.
            if usize::from(*cell) == place(Opinion::Unknown) || !peer.in_handshake() {
                *cell = place(opinion_of(peer)) as u8;
            }
        }
        let (host, judged) = (row.host, std::mem::replace(&mut row.judges, judges));
        let before = &mut self.what[by * many..(by + 1) * many];
        let held = &mut self.by_host[host * many..(host + 1) * many];
        for (of, (old, new)) in before.iter_mut().zip(now).enumerate() {
            if *old == new && judged == judges {
                continue;
            }
            self.crowd = None;
            let was = std::mem::replace(old, new);
            if let Some(many) = held[of].get_mut(usize::from(was)) {
                *many -= 1;
            }
            if let Some(many) = held[of].get_mut(usize::from(new)) {
                *many += 1;
            }
            let doubts = |kind: u8| {
                let kind = usize::from(kind);
                (u16::from(kind == place(Opinion::Pfail)), u16::from(kind == place(Opinion::Fail)))
            };
            let (less, more) = (doubts(was), doubts(new));
            self.doubted[of] = self.doubted[of] + more.0 + more.1 - less.0 - less.1;
            let tally = &mut self.judged[of];
            if judged {
                *tally = (tally.0 - less.0, tally.1 - less.1);
            }
            if judges {
                *tally = (tally.0 + more.0, tally.1 + more.1);
            }
        }
    }

    /// How many judges hold a node for PFAIL or FAIL, and how many for FAIL.
    pub(crate) fn doubters(&self, of: NodeIx) -> (usize, usize) {
        let (pfail, fail) = self.judged.get(of).copied().unwrap_or_default();
        (usize::from(pfail) + usize::from(fail), usize::from(fail))
    }

    /// How a node stands: `runs` its process, `jury` how many masters judge.
    pub(crate) fn health(&self, of: NodeIx, runs: bool, jury: usize) -> Health {
        if !runs {
            Health::Down
        } else if self.doubters(of).1 * 2 > jury {
            Health::Fail
        } else if self.doubted.get(of).is_some_and(|&many| many > 0) {
            Health::Pfail
        } else {
            Health::Ok
        }
    }

    /// The numbers; the same while nothing has changed.
    pub(crate) fn crowd(&mut self, roster: &Roster) -> Rc<Crowd> {
        let (by_host, hosts) = (&self.by_host, self.hosts);
        let made = self.crowd.get_or_insert_with(|| {
            let hosts_of: Vec<usize> = roster.nodes().iter().map(|n| n.host).collect();
            Rc::new(crowd::sum_up(by_host, &hosts_of, hosts))
        });
        Rc::clone(made)
    }
}

#[cfg(test)]
mod tests {
    use engine::base::Seed;
    use engine::sim::{ClusterSpec, Signal, World};

    use crate::world::crowd::place;
    use crate::world::lens::Lens;
    use crate::world::model::{Health, MANY, Opinion, Role};

    fn look(lens: &mut Lens, world: &World) -> crate::world::model::WorldView {
        lens.show(world);
        lens.survey(world, &|| false);
        lens.show(world).view
    }

    #[test]
    fn counting_a_few_in_turn_comes_to_what_a_look_at_all_shows() {
        let six = ClusterSpec::six(Seed::from_number(5));
        let spec = ClusterSpec { masters: MANY / 2 + 1, node_timeout_ms: 2_000, ..six };
        let (mut world, addrs) = World::warm(&spec);
        let mut lens = Lens::new(5);
        let before = look(&mut lens, &world);
        // It looks again only when all is over.
        let mut at_once = Lens::new(5);
        look(&mut at_once, &world);
        let crowd = before.crowd.clone().unwrap();
        assert!(before.beliefs.is_empty() && crowd.split.is_empty(), "{:?}", crowd.split);
        assert!(before.nodes.iter().all(|n| n.health == Health::Ok));

        let dead = world.servers().find(|(_, p)| p.server().is_some_and(|s| s.addr() == addrs[0]));
        let (host, pid) = dead.map(|(host, p)| (host, p.pid)).unwrap();
        world.kill(host, pid, Signal::Kill).unwrap();
        for _ in 0..60 {
            world.run_ms(100);
            lens.listen(&world, None, 1.0);
            // Three rows at a time, far fewer than there are.
            for _ in 0..3 {
                lens.survey(&world, &|| true);
            }
        }
        let here = look(&mut lens, &world);
        assert_eq!(here.crowd, look(&mut at_once, &world).crowd);
        let gone = |n: &&crate::world::model::NodeView| n.address() == addrs[0].to_string();
        let (old, new) = (here.nodes.iter().find(gone).unwrap(), here.crowd.clone().unwrap());
        assert_eq!(old.health, Health::Down);
        assert!(old.failers * 2 > old.jury, "{} of {}", old.failers, old.jury);
        let said = new.split.iter().find(|s| here.nodes[s.of].address() == old.address()).unwrap();
        assert_eq!(usize::from(said.held[place(Opinion::Fail)]), here.nodes.len() - 1);
        let masters = |n: &&crate::world::model::NodeView| n.runs() && n.role == Some(Role::Master);
        assert_eq!(here.nodes.iter().filter(masters).count(), spec.masters, "its replica leads");
        assert_eq!(here.slots.covered(), 16384);
    }
}
