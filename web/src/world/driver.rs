//! Between the page and its world: commands go in, screens come out, one frame at a time.

use std::rc::Rc;

use super::model::{EventView, WorldView};
use super::pace;
use crate::console::terminal::Terminal;

/// How a world begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scenario {
    /// Three hosts, six nodes, formed and alive.
    Formed,
    /// Three hosts with nothing on them.
    Bare,
}

/// What the page asks of its world.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Command {
    /// Time runs, or stands.
    Play(bool),
    /// On to the next event that changes something.
    Step,
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
        /// What stood in the input.
        line: String,
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
    /// Whether time runs.
    pub playing: bool,
    /// Which stop of the speed control.
    pub speed: usize,
    /// Whether the world is there and may be used; before that it is being set up.
    pub ready: bool,
    /// Which beginning it had.
    pub scenario: Scenario,
}

impl Default for Screen {
    fn default() -> Self {
        Self {
            view: Rc::default(),
            names: Rc::default(),
            events: Rc::default(),
            tabs: Rc::default(),
            playing: true,
            speed: pace::REAL,
            ready: false,
            scenario: Scenario::Formed,
        }
    }
}

/// The page's handle on its world.
pub(crate) struct Driver {
    deck: super::flights::Deck,
}

impl Driver {
    /// Makes the world.
    pub(crate) fn start(seed: u64, show: yew::Callback<Screen>) -> Self {
        let deck = super::flights::Deck::default();
        let _ = seed;
        #[cfg(feature = "fixture")]
        {
            let d = deck.clone();
            gloo_timers::callback::Timeout::new(10, move || {
                show.emit(super::demo::screen());
                super::demo::flights(&d);
                d.0.borrow_mut().now_ms = 1900.0;
            })
            .forget();
        }
        #[cfg(not(feature = "fixture"))]
        drop(show);
        Self { deck }
    }

    /// Does what the page asks.
    pub(crate) fn act(&self, command: Command) {
        drop(command);
    }

    /// The packets on their way.
    pub(crate) fn deck(&self) -> super::flights::Deck {
        self.deck.clone()
    }
}
