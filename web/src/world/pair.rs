//! The second world beside the first: when it begins, waits, looks back, and ends.

use std::rc::Rc;

use engine::base::Mono;

use super::crowded;
use super::differ::Side;
use super::driver::{BUDGET_MS, Inner, clock};
use super::knob::Knob;
use super::lens::Shown;
use super::pace;
use super::screen::Until;
use super::twin::{Twin, TwinScreen};

/// While the second world comes as far as the first, the page has nothing better to do.
const CATCH_UP_MS: f64 = 30.0;

/// The page is drawn anew this often at most, in milliseconds, unless something was printed.
const SHOW_MS: f64 = 90.0;

impl Inner {
    /// Puts a second world beside this one, or ends that.
    pub(super) fn compare(&mut self, knob: Option<Knob>) {
        if self.running.is_ready() && !self.running.is_crowd() {
            let deck = self.twin_deck.clone();
            self.twin = knob.map(|knob| Twin::of(&self.running, knob, deck));
        }
    }

    /// The first world has become another one: so does its twin.
    pub(super) fn compare_again(&mut self) {
        if let Some(Twin { knob, watched, .. }) = self.twin {
            self.compare(Some(knob));
            if let Some(twin) = &mut self.twin {
                twin.watched = watched;
            }
        }
    }

    pub(super) fn watch_twin(&mut self, watched: bool) {
        if let Some(twin) = &mut self.twin {
            twin.watched = watched;
        }
    }

    /// Whether the second world has yet to come as far as the first: then that one waits.
    pub(super) fn twin_lags(&self) -> bool {
        self.twin.as_ref().is_some_and(|twin| twin.lags(&self.running))
    }

    /// The second world goes on to where the first one stands; `true` when it moved.
    pub(super) fn wait_for_twin(&mut self) -> bool {
        let speed = pace::stop(self.speed()).1;
        let Some(twin) = &mut self.twin else { return false };
        let begun = clock();
        let budget = if twin.is_there() { BUDGET_MS } else { CATCH_UP_MS };
        let lagged = twin.lags(&self.running);
        twin.follow(&self.running, &|| clock() - begun > budget, speed, None);
        self.dirty |= twin.read_terminals();
        lagged
    }

    /// A wait for something begins.
    pub(super) fn twin_before(&mut self) {
        if let Some(twin) = &mut self.twin {
            twin.begin_wait();
        }
    }

    /// Follows the first world, and says whether what is waited for has happened in the second.
    pub(super) fn twin_has(&mut self, until: Until) -> bool {
        let speed = pace::stop(self.speed()).1;
        let Some(twin) = &mut self.twin else { return false };
        let before = twin.before;
        twin.follow(&self.running, &|| false, speed, Some((until, before)))
    }

    /// The second world shows the same instant as the first.
    pub(super) fn twin_looks(&mut self, at: Option<Mono>) {
        if let Some(twin) = &mut self.twin {
            twin.look_at(&self.running, at);
        }
    }

    /// The past goes on in the second world too.
    pub(super) fn twin_follows_past(&mut self, at: Mono) {
        if let Some(twin) = &mut self.twin {
            twin.follow_past(&self.running, at);
        }
    }

    /// What the page shows of the second world.
    pub(super) fn twin_screen(&mut self, first: &Shown) -> Option<Rc<TwinScreen>> {
        let twin = self.twin.as_mut()?;
        let a = Side {
            view: &first.view,
            names: &first.names,
            events: &first.events,
            details: &first.details,
        };
        Some(Rc::new(twin.screen(&self.running, &a)))
    }

    /// Looking at many nodes takes longer, and is done less often.
    pub(super) fn show_every(&self) -> f64 {
        if self.running.is_crowd() {
            return crowded::SHOW_MS;
        }
        let nodes = self.running.lens().names().len();
        let often = SHOW_MS * (1.0 + (nodes as f64 / 20.0).powi(2)).min(8.0);
        // What catches up does so sooner when it is not looked at.
        if self.twin.as_ref().is_some_and(|twin| !twin.is_there()) { often * 4.0 } else { often }
    }
}
