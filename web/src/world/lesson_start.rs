//! How a lesson begins: it is fetched, its world is made, and the learner comes.

use lessons::Lesson;

use super::driver::Inner;
use super::learning::Learning;
use super::library::Part;
use super::screen::Scenario;
use crate::prefs;

impl Inner {
    /// Opens the lesson that was asked for, once it is here.
    pub(super) fn open_what_came(&mut self) {
        self.dirty |= self.library.has_news();
        let Some(id) = &self.coming else { return };
        // While it is missing, the panel says so and offers to try again.
        if let Some(Part::Here(lesson)) = self.library.shelf().part(id) {
            self.open_lesson(lesson);
        }
    }

    /// A lesson is wanted. One that is none of the course begins again; what did not come before is
    /// asked for again.
    pub(super) fn ask_for_lesson(&mut self, id: String) {
        if let Some(learning) = self.learning.take_if(|l| l.is_foreign(&id)) {
            let lesson = learning.into_lesson();
            return self.begin_lesson(&lesson, lesson.start.seed, true);
        }
        self.library.fetch(&id);
        self.coming = Some(id);
        self.open_what_came();
    }

    fn open_lesson(&mut self, lesson: &Lesson) {
        // A challenge is another one every time.
        let seed = match lesson.challenge_of {
            Some(_) => self.seed.saturating_add(prefs::tries(&lesson.id)),
            None => self.seed,
        };
        self.begin_lesson(lesson, seed, false);
    }

    /// A lesson begins in a world of its own.
    pub(super) fn begin_lesson(&mut self, lesson: &Lesson, seed: u64, foreign: bool) {
        self.begin_with(
            seed,
            match lesson.start.scenario {
                lessons::format::Scenario::Formed => Scenario::Formed,
                _ => Scenario::Bare,
            },
        );
        self.running.prepare(&lesson.start, seed);
        self.say_setup();
        self.learning = Some(Learning::new(lesson, foreign));
    }
}
