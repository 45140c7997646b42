//! The way back: clones of the run at intervals, and what was put in between them.

use engine::base::Mono;
use engine::sim::{Place, World};

use super::lens::Lens;
use super::model::MANY;

/// A world and what the page remembers of it, at one instant.
#[derive(Clone)]
pub(crate) struct Moment {
    /// The world.
    pub world: World,
    /// What the page remembers.
    pub lens: Lens,
}

/// So many steps of the world lie between two moments at first: going through them again takes a
/// few milliseconds.
const SPACING: u64 = 4_000;
/// No more moments are kept: then every second one goes, and the rest stand further apart.
const MOST: usize = 96;
/// A world of more servers than this is too heavy to be kept many times.
const SERVERS_MOST: usize = 120;
/// So many steps between two looks of the lens, so that it misses no process that came and went.
const LOOK_EVERY: u64 = 512;

/// The kept moments of a run, oldest first.
#[derive(Clone, Default)]
pub(crate) struct Past {
    moments: Vec<Moment>,
    spacing: u64,
    /// The present is past the last moment by this many steps before the next one is kept.
    due: u64,
}

impl Past {
    /// Keeps the present when enough has happened since the last moment that was kept.
    pub(crate) fn note(&mut self, world: &World, lens: &Lens) {
        if world.steps() >= self.due {
            self.keep(world, lens);
        }
    }

    /// Keeps the present.
    fn keep(&mut self, world: &World, lens: &Lens) {
        self.spacing = self.spacing.max(SPACING);
        let servers = world.servers().count();
        if servers > MANY {
            // A copy would take as much memory as the world itself: there is no way back.
            self.due = u64::MAX;
            return;
        }
        if servers > SERVERS_MOST {
            // One moment, the first, is still worth having.
            self.due = u64::MAX;
        } else {
            self.due = world.steps() + self.spacing;
        }
        if self.moments.len() >= MOST {
            let mut odd = false;
            self.moments.retain(|_| {
                odd = !odd;
                odd
            });
            self.spacing *= 2;
        }
        self.moments.push(Moment { world: world.clone(), lens: lens.clone() });
    }

    /// Since when there is a way back.
    pub(crate) fn begin(&self) -> Option<Mono> {
        self.moments.first().map(|m| m.world.now())
    }

    /// The run as it was at a place; `None` for what lies before the first moment.
    pub(crate) fn at(&self, present: &World, place: Place) -> Option<Moment> {
        let before = self.moments.iter().rev().find(|m| {
            let stood = m.world.place();
            stood.at <= place.at && stood.steps <= place.steps && stood.inputs <= place.inputs
        })?;
        let mut moment = before.clone();
        moment.go_on(present, place);
        Some(moment)
    }

    /// What comes after a place is forgotten.
    pub(crate) fn cut(&mut self, place: Place) {
        self.moments.retain(|m| {
            let stood = m.world.place();
            stood.steps <= place.steps && stood.inputs <= place.inputs
        });
        self.due = self.moments.last().map_or(0, |m| m.world.steps() + self.spacing);
    }
}

impl Moment {
    /// Follows the way to the present as far as a place.
    pub(crate) fn go_on(&mut self, present: &World, place: Place) {
        let mut look = self.world.steps() + LOOK_EVERY;
        while self.world.follow(present, place) {
            if self.world.steps() >= look {
                look = self.world.steps() + LOOK_EVERY;
                self.lens.listen(&self.world, None, 1.0);
            }
        }
        self.world.settle_at(present, place);
        self.lens.listen(&self.world, None, 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::base::Seed;
    use engine::sim::ClusterSpec;

    fn busy(minutes: u64) -> (World, Lens, Past) {
        let spec = ClusterSpec::six(Seed::from_number(4));
        let (mut world, nodes) = World::cluster(&spec);
        world.remember_packets(256);
        let (mut lens, mut past) = (Lens::new(4), Past::default());
        for second in 0..minutes * 60 {
            for (i, node) in nodes.iter().take(3).enumerate() {
                world.call(*node, &["SET", &format!("k{second}-{i}"), "value"]);
            }
            world.run_ms(1000);
            lens.listen(&world, None, 1.0);
            past.note(&world, &lens);
        }
        (world, lens, past)
    }

    #[test]
    fn going_back_and_forth_gives_the_same_bytes() {
        let (world, lens, past) = busy(1);
        let begin = past.begin().unwrap();
        let middle = Mono::from_micros((begin.as_micros() + world.now().as_micros()) / 2);
        let moment = past.at(&world, Place::time(middle)).unwrap();
        assert_eq!(moment.world.now(), middle);
        let mut again = moment.clone();
        again.go_on(&world, world.place());
        assert_eq!(again.world.trace().digest, world.trace().digest);
        assert_eq!(again.lens.events().len(), lens.events().len());
        assert!(past.at(&world, Place::time(Mono::ZERO)).is_none(), "nothing lies before");
    }

    #[test]
    fn ten_busy_minutes_keep_few_moments() {
        let (world, _, mut past) = busy(10);
        assert!(past.moments.len() <= MOST && past.moments.len() > 3, "{}", past.moments.len());
        let half = past.moments[past.moments.len() / 2].world.place();
        past.cut(half);
        assert_eq!(past.moments.last().map(|m| m.world.place()), Some(half));
        assert!(past.at(&world, world.place()).is_some());
    }
}
