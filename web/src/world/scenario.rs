//! How a world begins.

use std::rc::Rc;

use engine::shell::Console;
use engine::sim::HostSpec;

use super::founding::Founding;
use super::planting::{Planting, Sequel};
use super::topology::Topology;

/// How a world begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scenario {
    /// Three hosts, six nodes, formed and alive: the first seed.
    Formed,
    /// Three hosts with nothing on them.
    Bare,
    /// Six nodes on one host: the second seed.
    OneHost,
    /// Ten masters with a replica each, two with five: the second seed's example of replica
    /// migration.
    Spares,
    /// Six nodes, and one host cut off from the others.
    Split,
    /// Six nodes, and a slot half moved.
    HalfMoved,
    /// A hundred nodes.
    Hundred,
    /// A thousand nodes.
    Thousand,
    /// Somebody's own cluster.
    Own(Rc<Topology>),
}

/// One host is cut off, and the others have noticed.
const SPLIT: Sequel = Sequel {
    script: "redis-cli -c -h 192.168.40.5 -p 6380 set foo before\n\
             net cut db01 db02\nnet cut db01 db03\n",
    wait_ms: 40_000,
};

/// Slot 5649 (`{user:7}`) is on its way from the second master to the third: one key has moved, two
/// have not.
const HALF_MOVED: Sequel = Sequel {
    script: "A='redis-cli -h 192.168.40.1 -p 6380'; B='redis-cli -h 192.168.40.2 -p 6380'\n\
             S=$($A cluster keyslot '{user:7}'); F=$($A cluster myid); T=$($B cluster myid)\n\
             for k in name cart seen; do redis-cli -c -h 192.168.40.1 -p 6380 set \"{user:7}.$k\" $k; done\n\
             $B cluster setslot $S importing $F\n$A cluster setslot $S migrating $T\n\
             $A migrate 192.168.40.2 6380 '{user:7}.name' 0 5000\n",
    wait_ms: 1_000,
};

impl Scenario {
    /// All that are ready-made, in the order of the menu.
    pub(crate) const READY: [Self; 8] = [
        Self::Formed,
        Self::Bare,
        Self::OneHost,
        Self::Spares,
        Self::Split,
        Self::HalfMoved,
        Self::Hundred,
        Self::Thousand,
    ];

    /// Its name in a link.
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Self::Formed => "six",
            Self::Bare => "bare",
            Self::OneHost => "one-host",
            Self::Spares => "spares",
            Self::Split => "split",
            Self::HalfMoved => "half-moved",
            Self::Hundred => "hundred",
            Self::Thousand => "thousand",
            Self::Own(_) => "own",
        }
    }

    /// The ready-made one of that name.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::READY.into_iter().find(|s| s.word() == word)
    }

    /// Whether each of its masters has one replica, so that a twin may have none, or two.
    pub(crate) const fn is_paired(&self) -> bool {
        matches!(self, Self::Formed | Self::OneHost | Self::Split | Self::HalfMoved | Self::Hundred)
    }

    /// The shape it begins with, with so many replicas where it has one each; `None` where it is
    /// typed.
    fn topology(&self, each: usize) -> Option<Rc<Topology>> {
        let mut spares = [1; 12];
        (spares[10], spares[11]) = (5, 5);
        Some(Rc::new(match self {
            Self::Formed | Self::Bare => return None,
            Self::OneHost => Topology::regular(1, &[each; 3], 7000),
            Self::Spares => Topology::regular(4, &spares, 7000),
            Self::Split | Self::HalfMoved => Topology::regular(3, &[each; 3], 6380),
            Self::Hundred => Topology::regular(10, &[each; 50], 7000),
            Self::Thousand => Topology::regular(50, &[each; 500], 7000),
            Self::Own(topology) => return Some(Rc::clone(topology)),
        }))
    }

    const fn sequel(&self) -> Sequel {
        match self {
            Self::Split => SPLIT,
            Self::HalfMoved => HALF_MOVED,
            _ => Sequel { script: "", wait_ms: 0 },
        }
    }

    /// The hosts, and the way to the beginning, with so many replicas where a master has one each.
    pub(super) fn prepare(&self, replicas: u16) -> (Vec<HostSpec>, Option<Beginning>) {
        match self.topology(usize::from(replicas)) {
            Some(topology) => {
                let planting = match self {
                    Self::Thousand => Planting::warm(Rc::clone(&topology)),
                    _ => Planting::new(Rc::clone(&topology), self.sequel()),
                };
                (topology.specs(), Some(Beginning::Planting(planting)))
            }
            None => {
                let founding = (*self == Self::Formed).then(|| Founding::new(replicas));
                (HostSpec::seed_hosts(), founding.map(Beginning::Founding))
            }
        }
    }
}

/// The way to the beginning.
pub(super) enum Beginning {
    /// By commands.
    Founding(Founding),
    /// In the middle of life.
    Planting(Planting),
}

impl Beginning {
    /// How far it is, in percent, where that takes long.
    pub(super) fn percent(&self) -> Option<usize> {
        match self {
            Self::Founding(_) => None,
            Self::Planting(planting) => planting.percent(),
        }
    }

    /// Goes one step further; `true` when all is done.
    pub(super) fn advance(&mut self, console: &mut Console) -> bool {
        match self {
            Self::Founding(founding) => founding.advance(console),
            Self::Planting(planting) => planting.advance(console),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::model::Health;
    use crate::world::running::Running;

    fn begun(scenario: Scenario) -> Running {
        begun_with(1, scenario)
    }

    fn begun_with(seed: u64, scenario: Scenario) -> Running {
        let mut running = Running::new(seed, scenario);
        for _ in 0..2000 {
            if running.is_ready() {
                break;
            }
            running.found();
        }
        assert!(running.is_ready());
        running
    }

    #[test]
    fn every_small_scenario_comes_to_life_as_it_says() {
        let view = |scenario| begun(scenario).observe().view;
        let one = view(Scenario::OneHost);
        assert_eq!((one.hosts.len(), one.nodes.len(), one.slots.covered()), (1, 6, 16384));
        assert!(one.nodes.iter().all(|n| n.health == Health::Ok && n.state_ok == Some(true)));
        let split = view(Scenario::Split);
        assert_eq!(split.nodes.iter().filter(|n| n.state_ok == Some(false)).count(), 2);
        assert!(split.hosts.iter().any(|h| h.ways.iter().any(|w| w.cut)));
        let half = view(Scenario::HalfMoved);
        assert_eq!(half.slots.moving.len(), 1);
        assert_eq!(half.nodes.iter().map(|n| n.keys).collect::<Vec<_>>().iter().sum::<usize>(), 6);
    }

    /// In 7.0 a replica that has not heard its master's newest epoch is refused every vote.
    #[test]
    fn a_master_killed_on_the_first_visit_has_an_heir() {
        for seed in 1..=4 {
            let mut running = begun_with(seed, Scenario::Formed);
            running.submit(0, "kill -9 $(cat /opt/redis_cluster/redis_6380/pid/redis_6380.pid)");
            let until = running.now().plus_ms(40_000);
            while running.step(until) {}
            running.settle(until);
            let view = running.observe().view;
            assert_eq!(view.slots.covered(), 16384, "seed {seed}");
        }
    }

    #[test]
    fn a_pasted_cluster_keeps_its_dead_master_dead() {
        let mut topology = Topology::regular(3, &[1; 3], 6380);
        topology.nodes[0].runs = false;
        let text = topology.nodes_conf(1).replacen(" master - ", " master,fail - ", 1);
        let parsed = Topology::parse(&text).unwrap();
        assert!(!parsed.nodes[0].runs);
        let mut running = begun(Scenario::Own(Rc::new(parsed)));
        let view = running.observe().view;
        assert_eq!(view.nodes.iter().filter(|n| n.runs()).count(), 5);
        // Its replica never had its data in this world: it may not take over, as in Redis.
        assert_eq!(view.slots.covered(), 16384 - 5461);
    }
}
