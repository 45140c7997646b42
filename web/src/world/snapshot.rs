//! How a run ended, in a few lines: what a link carries besides the way there, so that it can be
//! read when another version of the engine goes another way.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::model::{NodeIx, NodeView, Role, WorldView};
use super::scenario::Scenario;
use super::topology::Topology;

/// No snapshot holds more nodes.
const NODES_MOST: usize = 2000;

/// One node at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NodeEnd {
    /// `192.168.40.5:6380`.
    pub address: String,
    /// Whether it has a process.
    pub runs: bool,
    /// What it claims, or claimed when it last ran.
    pub role: Option<Role>,
    /// Its master: a place in [`Snapshot::nodes`].
    pub master: Option<NodeIx>,
    /// Its config epoch.
    pub epoch: u64,
    /// How many keys it holds.
    pub keys: usize,
    /// Its slots, both ends included.
    pub ranges: Vec<(u16, u16)>,
}

/// All nodes at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Snapshot {
    /// By their places.
    pub nodes: Vec<NodeEnd>,
}

/// A node that ended otherwise: as the snapshot has it, and as this run has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unlike {
    /// Its address.
    pub address: String,
    /// As its author saw it.
    pub was: Option<NodeEnd>,
    /// As it is here.
    pub is: Option<NodeEnd>,
}

impl Snapshot {
    /// Of a world.
    pub(crate) fn of(view: &WorldView) -> Self {
        let node = |n: &NodeView| NodeEnd {
            address: n.address(),
            runs: n.runs(),
            role: n.role,
            master: n.master.filter(|_| n.role == Some(Role::Replica)),
            epoch: n.epoch,
            keys: n.keys,
            ranges: n.ranges.clone(),
        };
        Self { nodes: view.nodes.iter().map(node).collect() }
    }

    /// As lines of a link: address, role, master, epoch, keys, slots.
    pub(super) fn lines(&self) -> String {
        let line = |n: &NodeEnd| {
            let role = match (n.role, n.runs) {
                (Some(Role::Master), true) => "m",
                (Some(Role::Replica), true) => "r",
                (None, true) => "n",
                (Some(Role::Master), false) => "M",
                (Some(Role::Replica), false) => "R",
                (None, false) => "N",
            };
            let master = n.master.map_or_else(|| "-".to_owned(), |ix| ix.to_string());
            let ranges: Vec<String> = n.ranges.iter().map(|(a, b)| format!("{a}-{b}")).collect();
            let ranges = if ranges.is_empty() { "-".to_owned() } else { ranges.join(",") };
            format!("{} {role} {master} {} {} {ranges}\n", n.address, n.epoch, n.keys)
        };
        self.nodes.iter().map(line).collect()
    }

    /// From such lines; `None` when one cannot be read.
    pub(super) fn parse<'a>(lines: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut nodes = Vec::new();
        for line in lines.take(NODES_MOST) {
            let words: Vec<&str> = line.split(' ').collect();
            let [address, role, master, epoch, keys, ranges] = words.as_slice() else {
                return None;
            };
            let of = match *role {
                "m" | "M" => Some(Role::Master),
                "r" | "R" => Some(Role::Replica),
                "n" | "N" => None,
                _ => return None,
            };
            let range = |text: &str| {
                let (a, b) = text.split_once('-')?;
                Some((a.parse().ok()?, b.parse().ok()?))
            };
            let ranges: Option<Vec<_>> = match *ranges {
                "-" => Some(Vec::new()),
                all => all.split(',').map(range).collect(),
            };
            nodes.push(NodeEnd {
                address: (*address).to_owned(),
                runs: role.starts_with(|c: char| c.is_ascii_lowercase()),
                role: of,
                master: if *master == "-" { None } else { Some(master.parse().ok()?) },
                epoch: epoch.parse().ok()?,
                keys: keys.parse().ok()?,
                ranges: ranges?,
            });
        }
        Some(Self { nodes })
    }

    /// The nodes that ended otherwise here than `self` says.
    pub(crate) fn unlike(&self, here: &Self) -> Vec<Unlike> {
        let (was, is) = (self.named(), here.named());
        let mut all: Vec<&String> = was.keys().chain(is.keys()).collect();
        all.sort();
        all.dedup();
        all.into_iter()
            .filter(|at| was.get(*at).map(|n| &n.1) != is.get(*at).map(|n| &n.1))
            .map(|at| Unlike {
                address: at.clone(),
                was: was.get(at).map(|n| n.0.clone()),
                is: is.get(at).map(|n| n.0.clone()),
            })
            .collect()
    }

    /// By address, each with what can be compared: places differ from run to run.
    fn named(&self) -> BTreeMap<String, (&NodeEnd, (NodeEnd, Option<String>))> {
        let face = |n: &NodeEnd| {
            if !n.runs {
                // What it last was is remembered by whoever looked at it.
                let dead =
                    NodeEnd { role: None, epoch: 0, keys: 0, ranges: Vec::new(), ..n.clone() };
                return (NodeEnd { master: None, ..dead }, None);
            }
            let master = n.master.and_then(|ix| self.nodes.get(ix)).map(|m| m.address.clone());
            (NodeEnd { master: None, ..n.clone() }, master)
        };
        self.nodes.iter().map(|n| (n.address.clone(), (n, face(n)))).collect()
    }

    /// A world that begins as this one ended: its shape, without its data. `None` when there is no
    /// cluster in it.
    pub(crate) fn scenario(&self) -> Option<Scenario> {
        let id = |ix: usize| format!("{:040x}", 0x5107_1ab0_u64 + ix as u64);
        let line = |(ix, n): (usize, &NodeEnd)| {
            let (_, port) = n.address.rsplit_once(':')?;
            let bus = port.parse::<u16>().ok()?.checked_add(10_000)?;
            let role = match n.role {
                Some(Role::Replica) => "slave",
                Some(Role::Master) => "master",
                // What runs in no cluster stays out; what is dead may be somebody's master.
                None if n.runs => return None,
                None => "master",
            };
            let fail = if n.runs { "" } else { ",fail" };
            let master = n.master.map_or_else(|| "-".to_owned(), id);
            // What a dead node last served, others may serve now.
            let ranges: Vec<String> = match n.runs && n.role == Some(Role::Master) {
                true => n.ranges.iter().map(|(a, b)| format!("{a}-{b}")).collect(),
                false => Vec::new(),
            };
            let (own, slots) = (id(ix), ranges.join(" "));
            Some(format!(
                "{own} {}@{bus} {role}{fail} {master} 0 0 {} connected {slots}",
                n.address, n.epoch
            ))
        };
        let lines: Vec<String> = self.nodes.iter().enumerate().filter_map(line).collect();
        Topology::parse(&lines.join("\n")).ok().map(|shape| Scenario::Own(Rc::new(shape)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end() -> Snapshot {
        let node = |port, role, master, ranges: &[(u16, u16)]| NodeEnd {
            address: format!("192.168.40.5:{port}"),
            runs: port != 6382,
            role,
            master,
            epoch: 3,
            keys: 7,
            ranges: ranges.to_vec(),
        };
        Snapshot {
            nodes: vec![
                node(6380, Some(Role::Master), None, &[(0, 5), (9, 16383)]),
                node(6381, Some(Role::Replica), Some(0), &[]),
                node(6382, Some(Role::Master), None, &[(6, 8)]),
                node(6383, None, None, &[]),
            ],
        }
    }

    #[test]
    fn a_snapshot_is_read_as_it_was_written_and_rubbish_is_not() {
        let text = end().lines();
        assert_eq!(Snapshot::parse(text.lines()), Some(end()));
        for bad in
            ["", "a b c", "1.2.3.4:1 x - 0 0 -", "1.2.3.4:1 m - 0 0 5", "1.2.3.4:1 m z 0 0 -"]
        {
            assert_eq!(Snapshot::parse([bad].into_iter()), None, "{bad}");
        }
    }

    #[test]
    fn what_differs_is_told_by_address() {
        let mut here = end();
        here.nodes.swap(0, 2);
        here.nodes[1].master = Some(2);
        assert_eq!(end().unlike(&here), [], "another order is no difference");
        here.nodes[0].epoch += 1;
        assert_eq!(end().unlike(&here), [], "a dead node is dead, whatever it was");
        here.nodes[1].role = Some(Role::Master);
        here.nodes.pop();
        let unlike = end().unlike(&here);
        assert_eq!(unlike.len(), 2);
        assert_eq!(unlike[0].address, "192.168.40.5:6381");
        assert!(unlike[1].is.is_none());
    }

    #[test]
    fn it_becomes_a_world_of_the_same_shape() {
        let Some(Scenario::Own(shape)) = end().scenario() else { panic!("no world") };
        assert_eq!(shape.nodes.len(), 3, "what was in no cluster is left out");
        assert!(!shape.nodes[2].runs);
        assert_eq!(shape.nodes[1].master.as_ref(), Some(&shape.nodes[0].id));
        assert_eq!(shape.nodes[0].slots, ["0-5", "9-16383"]);
    }
}
