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

/// A world at the beginning of a lesson.
///
/// # Errors
/// The line of the setup that failed.
pub fn begin(start: &Start, seed: u64) -> Result<Runner, Failure> {
    Worlds::default().begin(start, seed)
}

/// Runs a lesson's own setup in a world that has its scenario already; the terminals that it
/// uses are closed again.
///
/// # Errors
/// The line that failed.
pub fn prepare(world: &Rc<RefCell<World>>, start: &Start, seed: u64) -> Result<(), Failure> {
    let mut runner = Runner::on(Console::new(Rc::clone(world)));
    let done = runner.run(&start.lines(seed), &mut |_| {});
    runner.leave();
    done
}

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
            Scenario::Bare => bare(seed),
            Scenario::Formed => self.formed(seed)?,
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
