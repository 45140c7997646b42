//! Another run takes the place of this one: one that somebody shared, one that begins anew, or the
//! one that was there before.

use std::rc::Rc;

use super::driver::Inner;
use super::foreign;
use super::learning::Learning;
use super::link::{BadLink, Shared};
use super::motion::Motion;
use super::replay::Outcome;
use super::running::Running;
use super::scenario::Scenario;
use super::topology::Topology;
use crate::prefs;

/// A run that another one took the place of.
pub(super) struct Before {
    running: Running,
    learning: Option<Learning>,
}

impl Inner {
    /// Opens what an address holds, if it holds a world. A link that cannot be read changes nothing.
    pub(super) fn open_hash(&mut self, hash: &str) {
        if let Some(text) = foreign::text_of(hash) {
            return match text {
                Some(text) => self.open_text(&text),
                None => self.notice = Some("link-broken"),
            };
        }
        match Shared::from_hash(hash) {
            Some(Ok(shared)) => self.open(&shared),
            Some(Err(bad)) => self.refuse(bad),
            None => {}
        }
    }

    fn refuse(&mut self, bad: BadLink) {
        self.dirty = true;
        self.notice = Some(match bad {
            BadLink::Broken => "link-broken",
            BadLink::Newer => "link-newer",
        });
    }

    pub(super) fn open(&mut self, shared: &Shared) {
        self.run(Running::again(shared));
        self.motion = Motion::Still;
        self.notice = None;
    }

    /// Takes what a file holds: a lesson, a run, or the nodes of a cluster. Anything else changes nothing.
    pub(super) fn take(&mut self, text: &str) {
        if foreign::is_lesson(text) {
            self.open_text(text);
        } else if text.starts_with("slotlab ") {
            match Shared::parse(text) {
                Ok(shared) => self.open(&shared),
                Err(bad) => self.refuse(bad),
            }
        } else {
            match Topology::parse(text) {
                Ok(shape) => self.begin(Scenario::Own(Rc::new(shape))),
                Err(_) => self.notice = Some("file-foreign"),
            }
        }
    }

    /// A shared run has come to its end here: says so when it is not the same.
    pub(super) fn tell_outcome(&mut self) {
        self.notice = match self.running.outcome() {
            Some(outcome) if !outcome.same => Some("link-differs"),
            Some(outcome) if outcome.older => Some("link-older"),
            _ => self.notice,
        };
    }

    /// What the notice has to tell of a shared run.
    pub(super) fn outcome_to_tell(&self) -> Option<Rc<Outcome>> {
        let outcome = self.running.outcome().filter(|_| self.notice == Some("link-differs"));
        outcome.map(Rc::clone)
    }

    /// A world that begins as the shared run had ended for its author.
    pub(super) fn open_end(&mut self) {
        let end = self.running.outcome().and_then(|o| o.end.as_ref()?.scenario());
        if let Some(scenario) = end {
            self.notice = None;
            self.begin(scenario);
        }
    }

    /// The run that is replaced can be had back, unless nothing was done in it.
    pub(super) fn keep_before(&mut self, running: Running) {
        let old = std::mem::replace(&mut self.running, running);
        let learning = self.learning.take();
        // Two such worlds at once are too much for the browser.
        if old.is_crowd() {
            self.before = None;
        } else if !old.log.0.is_empty() {
            self.before = Some(Before { running: old, learning });
        }
    }

    /// Whether undoing means going back to the run before: nothing was done in this one yet.
    pub(super) fn undoes_run(&self) -> bool {
        self.before.is_some() && !self.back.is_looking() && self.running.last_change().is_none()
    }

    pub(super) fn return_to_before(&mut self) {
        if let Some(Before { running, learning }) = self.before.take() {
            self.run(running);
            self.learning = learning;
            self.motion = Motion::Still;
        }
    }

    /// Says once that the browser keeps nothing.
    pub(super) fn tell_unkept(&mut self) {
        if self.notice.is_none() && prefs::take_unkept() {
            self.notice = Some("not-kept");
            self.dirty = true;
        }
    }
}
