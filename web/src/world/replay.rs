//! A shared run on its way back: what was done by hand is done again at its place.

use std::rc::Rc;

use engine::base::Mono;
use engine::sim::{Place, World};

use super::link::Shared;
use super::log::{Act, Log};
use super::running::Running;
use super::setup::Setup;
use super::snapshot::{Snapshot, Unlike};

/// So many steps of the world at a time: nobody looks yet, but the page must breathe.
const STEPS_AT_ONCE: usize = 400;

/// What became of a shared run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outcome {
    /// It is the same, to the digest.
    pub same: bool,
    /// Another version of the engine made it.
    pub older: bool,
    /// The nodes that ended otherwise, when the link says how they had ended.
    pub unlike: Vec<Unlike>,
    /// How it had ended.
    pub end: Option<Snapshot>,
}

/// What is still to be done.
pub(super) struct Replay {
    log: Log,
    next: usize,
    end: Place,
    shared: Shared,
}

impl Replay {
    /// All of it.
    pub(super) fn of(shared: &Shared) -> Self {
        Self {
            log: shared.log.clone(),
            next: 0,
            end: Place {
                at: Mono::from_micros(shared.end_us),
                steps: shared.end_steps,
                inputs: usize::MAX,
            },
            shared: shared.clone(),
        }
    }
}

impl Running {
    /// A run that was shared: it is not ready before it stands where that one ended.
    pub(crate) fn again(shared: &Shared) -> Self {
        let mut running = Self::new(shared.seed, shared.scenario.clone());
        if let Some(setup) = &shared.setup {
            running.prepare(&setup.start(shared.seed), shared.seed);
        }
        running.replay = Some(Replay::of(shared));
        running
    }

    /// The run as it can be had again.
    pub(crate) fn share(&self) -> Shared {
        self.with_world(|world| {
            let place = world.place();
            Shared {
                engine: super::link::ENGINE.to_owned(),
                scenario: self.scenario.clone(),
                seed: self.seed,
                setup: self.setup.as_ref().map(|(start, seed)| Setup::of(start, *seed)),
                log: self.log.clone(),
                end_us: place.at.as_micros(),
                end_steps: place.steps,
                digest: world.trace().digest.value(),
                end: Some(self.snapshot(world)),
            }
        })
    }

    /// How it stands now.
    fn snapshot(&self, world: &World) -> Snapshot {
        Snapshot::of(&self.lens().clone().show(world).view)
    }

    /// What became of a shared run here.
    fn compared(&self, shared: Shared) -> Outcome {
        self.with_world(|world| Outcome {
            same: world.trace().digest.value() == shared.digest,
            older: shared.engine != super::link::ENGINE,
            unlike: shared
                .end
                .as_ref()
                .map(|e| e.unlike(&self.snapshot(world)))
                .unwrap_or_default(),
            end: shared.end,
        })
    }

    /// Does what was done once.
    pub(super) fn do_act(&mut self, act: &Act) {
        match act {
            Act::Type(tab, line) => self.submit(*tab, line),
            Act::Interrupt(tab) => self.interrupt(*tab),
            Act::End(tab) => self.end_of_input(*tab),
            Act::Fork(folders) => self.fork(folders),
        }
    }

    /// Goes on with what is to be done again.
    #[inline(never)]
    pub(super) fn do_again(&mut self) {
        let Some(mut replay) = self.replay.take() else { return };
        for _ in 0..STEPS_AT_ONCE {
            let noted = replay.log.0.get(replay.next);
            let place = noted.map_or(replay.end, super::log::Noted::place);
            let stood = self.with_world(World::place);
            if stood.steps < place.steps && self.step(place.at) {
                continue;
            }
            self.settle(place.at);
            let Some(noted) = noted.cloned() else {
                self.listen(None, 1.0);
                self.outcome = Some(Rc::new(self.compared(replay.shared)));
                return;
            };
            replay.next += 1;
            self.do_act(&noted.act);
        }
        self.listen(None, 1.0);
        self.replay = Some(replay);
    }
}
