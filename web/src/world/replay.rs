//! A shared run on its way back: what was done by hand is done again at its place.

use engine::base::Mono;
use engine::sim::Place;

use super::link::Shared;
use super::log::{Act, Log};
use super::running::Running;

/// So many steps of the world at a time: nobody looks yet, but the page must breathe.
const STEPS_AT_ONCE: usize = 400;

/// What is still to be done.
pub(super) struct Replay {
    log: Log,
    next: usize,
    end: Place,
    digest: u64,
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
            digest: shared.digest,
        }
    }
}

impl Running {
    /// A run that was shared: it is not ready before it stands where that one ended.
    pub(crate) fn again(shared: &Shared) -> Self {
        let mut running = Self::new(shared.seed, shared.scenario.clone());
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
                log: self.log.clone(),
                end_us: place.at.as_micros(),
                end_steps: place.steps,
                digest: world.trace().digest.value(),
            }
        })
    }

    /// Goes on with what is to be done again.
    pub(super) fn do_again(&mut self) {
        let Some(mut replay) = self.replay.take() else { return };
        for _ in 0..STEPS_AT_ONCE {
            let noted = replay.log.0.get(replay.next);
            let place = noted.map_or(replay.end, super::log::Noted::place);
            let stood = self.with_world(engine::sim::World::place);
            if stood.steps < place.steps && self.step(place.at) {
                continue;
            }
            self.settle(place.at);
            let Some(noted) = noted.cloned() else {
                let digest = self.with_world(|w| w.trace().digest.value());
                self.differs = digest != replay.digest;
                self.listen(None, 1.0);
                return;
            };
            replay.next += 1;
            match noted.act {
                Act::Type(tab, line) => self.submit(tab, &line),
                Act::Interrupt(tab) => self.interrupt(tab),
                Act::End(tab) => self.end_of_input(tab),
                Act::Fork(folders) => self.fork(&folders),
            }
        }
        self.listen(None, 1.0);
        self.replay = Some(replay);
    }
}
