//! The worlds in which lessons begin.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use engine::base::Seed;
use engine::shell::Console;
use engine::shell::script::{Failure, Runner};
use engine::sim::{HostSpec, World};

use crate::format::{Scenario, Start};

/// The lines that form six nodes on three hosts, as the first seed of the course does it.
pub const FORMED: &str = include_str!("../content/formed.txt");

/// So much virtual time may a lesson's own setup take, whoever wrote it.
const SETUP_MS: u64 = 600_000;

/// The lines that lead to a scenario.
fn lines(scenario: Scenario) -> &'static str {
    let before = |mark: &str| FORMED.find(mark).and_then(|at| FORMED.get(..at)).unwrap_or(FORMED);
    match scenario {
        Scenario::Bare => "",
        Scenario::Started => before("redis-cli -h 192.168.40.5 -p 6380 cluster meet"),
        Scenario::Met => before("redis-cli -h 192.168.40.5 -p 6380 cluster addslots"),
        Scenario::Formed => FORMED,
    }
}

/// A world at the beginning of a lesson.
///
/// # Errors
/// The line of the setup that failed.
pub fn begin(start: &Start, seed: u64) -> Result<Runner, Failure> {
    Worlds::default().begin(start, seed)
}

/// Runs a lesson's setup in a world of bare hosts, or, for a lesson that begins in a formed
/// cluster, in one; the terminals that it uses are closed again.
///
/// # Errors
/// The line that failed.
pub fn prepare(world: &Rc<RefCell<World>>, start: &Start, seed: u64) -> Result<(), Failure> {
    let early = if start.scenario == Scenario::Formed { "" } else { lines(start.scenario) };
    let mut runner = Runner::on(Console::new(Rc::clone(world)));
    let done = runner.run(early, &mut |_| {}).and_then(|()| {
        if start.scenario == Scenario::Met {
            runner.run(MET, &mut |_| {})?;
        }
        runner.run("@host db01", &mut |_| {})?;
        runner.limit(SETUP_MS);
        runner.run(&start.lines(seed), &mut |_| {})
    });
    runner.leave();
    done
}

/// Everybody knows everybody.
const MET: &str = "@until 60s cluster_known_nodes:6 redis-cli -h 192.168.40.5 -p 6381 cluster info
@until 60s cluster_known_nodes:6 redis-cli -h 192.168.40.1 -p 6381 cluster info
@until 60s cluster_known_nodes:6 redis-cli -h 192.168.40.2 -p 6381 cluster info
@wait 3s
";

/// Worlds that were formed once and are copied for every lesson.
#[derive(Default)]
pub struct Worlds {
    formed: BTreeMap<u64, World>,
}

impl Worlds {
    /// A world at the beginning of a lesson.
    ///
    /// # Errors
    /// The line of the setup that failed.
    pub fn begin(&mut self, start: &Start, seed: u64) -> Result<Runner, Failure> {
        let world = match start.scenario {
            Scenario::Formed => self.formed(seed)?,
            _ => bare(seed),
        };
        let world = Rc::new(RefCell::new(world));
        prepare(&world, start, seed)?;
        Ok(Runner::on(Console::new(world)))
    }

    fn formed(&mut self, seed: u64) -> Result<World, Failure> {
        if let Some(world) = self.formed.get(&seed) {
            return Ok(world.clone());
        }
        let world = Rc::new(RefCell::new(bare(seed)));
        let mut runner = Runner::on(Console::new(Rc::clone(&world)));
        runner.run(FORMED, &mut |_| {})?;
        runner.leave();
        let formed = world.borrow().clone();
        self.formed.insert(seed, formed.clone());
        Ok(formed)
    }
}

fn bare(seed: u64) -> World {
    World::new(Seed::from_number(seed), &HostSpec::seed_hosts())
}
