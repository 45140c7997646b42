//! What the page asks of its world, and what it is shown.

use std::rc::Rc;

use lessons::LessonView;

use super::desk::ElectionView;
use super::knob::Knob;
use super::ledger::{Redirect, WriteView};
use super::library::Shelf;
use super::link::Shared;
use super::mail::Letter;
use super::model::{EventView, WorldView};
use super::pace;
use super::replay::Outcome;
pub(crate) use super::scenario::Scenario;
use super::twin::TwinScreen;
use crate::console::terminal::Terminal;
use crate::i18n::Lang;

/// What time may run up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    /// Any event with a mark on the time line.
    Mark,
    /// The next message that arrives anywhere.
    Message,
    /// An event that is told with this message of the catalogue.
    Event(&'static str),
    /// So many virtual milliseconds.
    Passed(u64),
}

/// What becomes of the present when somebody acts in the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fork {
    /// It is kept beside the new one.
    Keep,
    /// It is thrown away.
    Discard,
    /// Nothing is done after all.
    Leave,
}

/// The past that is looked at, and the endings of this run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct TimeView {
    /// Since when there is a way back, in virtual microseconds.
    pub begin_us: u64,
    /// The present, in virtual microseconds.
    pub present_us: u64,
    /// Whether the past is looked at.
    pub looking: bool,
    /// The line that was typed in the past and waits for a decision.
    pub waiting: Option<String>,
    /// The line that can be taken back.
    pub undo: Option<String>,
    /// Whether undoing leads back to the run before this one.
    pub undo_run: bool,
    /// Where each ending of this run parted from another, in virtual microseconds.
    pub endings: Vec<u64>,
    /// The ending that is shown.
    pub ending: usize,
    /// What was waited for did not happen.
    pub in_vain: bool,
    /// The world is too large to be kept twice: there is no way back.
    pub no_way_back: bool,
    /// How fast time really runs, where that is less than was asked for: virtual seconds a real second.
    pub short: Option<f64>,
}

/// What the page asks of its world.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Command {
    /// Time runs, or stands.
    Play(bool),
    /// On to the next event that changes something.
    Step,
    /// Back to the last event before this instant, to look at it.
    StepBack,
    /// On until something happens.
    Until(Until),
    /// Look at an instant, in virtual microseconds.
    Look(u64),
    /// Back to the present.
    Present,
    /// Act after all where the past was looked at.
    Act(Fork),
    /// A run that was shared.
    Open(Box<Shared>),
    /// A world that begins as the shared run had ended for its author.
    OpenEnd,
    /// What stood in a file.
    Take(String),
    /// Somebody pasted more than the console takes.
    TooLong,
    /// The notice has been read.
    Dismiss,
    /// A second world beside this one, with one knob turned; `None` ends that.
    Compare(Option<Knob>),
    /// Whether the console shows what was printed in the second world.
    Watch(bool),
    /// Take back the last line that changed something.
    Undo,
    /// On with another ending of this run.
    Ending(usize),
    /// A stop of the speed control.
    Speed(usize),
    /// Begin anew.
    Start(Scenario),
    /// A line was typed on a tab.
    Type {
        /// Which tab.
        tab: usize,
        /// The line.
        line: String,
    },
    /// Ctrl-C on a tab.
    Interrupt {
        /// Which tab.
        tab: usize,
    },
    /// Ctrl-D on a tab.
    EndOfInput {
        /// Which tab.
        tab: usize,
    },
    /// Ctrl-L on a tab.
    Clear {
        /// Which tab.
        tab: usize,
    },
    /// The lesson's words are wanted in this language.
    Speak(Lang),
    /// A lesson begins, in a world of its own.
    OpenLesson(String),
    /// A lesson that is none of the course, as one text.
    OpenText(String),
    /// A lesson is wanted for a question of it.
    FetchLesson(String),
    /// The map of the course did not come: once more.
    FetchMap,
    /// The lesson ends; its world stays.
    CloseLesson,
    /// The learner has read.
    GoOn,
    /// The learner chose an answer.
    Choose(String),
    /// The learner wants a hint.
    Hint,
    /// The learner wants to see a solution.
    Solution,
    /// The learner experiments from here, or comes back from it.
    Experiment(bool),
}

/// The lesson that is open.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LessonScreen {
    /// What it says.
    pub view: LessonView,
    /// Its place among the guided lessons; `None` for a challenge.
    pub place: Option<usize>,
    /// The guided lesson after it.
    pub next: Option<String>,
    /// Its challenge.
    pub challenge: Option<String>,
    /// Whether the learner experiments: nothing is judged until he comes back.
    pub experiment: bool,
    /// The solution, once it was asked for.
    pub solution: Option<String>,
    /// Whether it is none of the course.
    pub foreign: bool,
    /// Questions of earlier lessons with which it begins.
    pub recall: Vec<String>,
}

/// One tab of the console.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TabView {
    /// `db01`.
    pub title: String,
    /// What stands before the input.
    pub prompt: String,
    /// Whether a program runs in the foreground.
    pub busy: bool,
    /// What stands on it.
    pub terminal: Rc<Terminal>,
}

/// What is looked at closely beside the stage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Details {
    /// The last messages, newest first.
    pub letters: Vec<Rc<Letter>>,
    /// Elections, oldest first.
    pub elections: Rc<Vec<ElectionView>>,
    /// Acknowledged writes, newest first.
    pub writes: Vec<WriteView>,
    /// Redirects, oldest first.
    pub redirects: Rc<Vec<Redirect>>,
}

/// All that the page shows of its world.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Screen {
    /// The world now.
    pub view: Rc<WorldView>,
    /// The names of its nodes.
    pub names: Rc<Vec<String>>,
    /// What happened, oldest first.
    pub events: Rc<Vec<Rc<EventView>>>,
    /// The console.
    pub tabs: Rc<Vec<TabView>>,
    /// Messages, elections, writes.
    pub details: Rc<Details>,
    /// Something that must be said once: a key of the catalogue.
    pub notice: Option<&'static str>,
    /// What became of a shared run, while the notice tells of it.
    pub outcome: Option<Rc<Outcome>>,
    /// What exactly, in the words of the lessons' reader.
    pub trouble: Option<super::foreign::InEach>,
    /// Every event up to the present, for the time line.
    pub all_events: Rc<Vec<Rc<EventView>>>,
    /// Past and present.
    pub time: Rc<TimeView>,
    /// Whether time runs.
    pub playing: bool,
    /// Which stop of the speed control.
    pub speed: usize,
    /// Whether the world is there and may be used; before that it is being set up.
    pub ready: bool,
    /// How far that is, in percent, where it takes long.
    pub percent: Option<usize>,
    /// Which beginning it had.
    pub scenario: Scenario,
    /// The lesson that is open.
    pub lesson: Option<Rc<LessonScreen>>,
    /// The second world.
    pub twin: Option<Rc<TwinScreen>>,
    /// The lesson that shall be opened and is not here yet.
    pub coming: Option<String>,
    /// What of the course is here.
    pub shelf: Rc<Shelf>,
}

impl Default for Screen {
    fn default() -> Self {
        Self {
            view: Rc::default(),
            names: Rc::default(),
            events: Rc::default(),
            tabs: Rc::default(),
            details: Rc::default(),
            notice: None,
            outcome: None,
            trouble: None,
            all_events: Rc::default(),
            time: Rc::default(),
            playing: true,
            speed: pace::REAL,
            ready: false,
            percent: None,
            scenario: Scenario::Formed,
            lesson: None,
            twin: None,
            coming: None,
            shelf: Rc::default(),
        }
    }
}
