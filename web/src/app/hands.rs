//! What the parts of the page may do, as callbacks that never change.

use std::rc::Rc;

use yew::prelude::*;

use crate::console::aid::Aid;
use crate::ui::{Choose, Pane, Ui};
use crate::world::close_up::CloseUp;
use crate::world::drafting::Recorded;
use crate::world::driver::Driver;
use crate::world::link::Shared;
use crate::world::model::NodeView;
use crate::world::screen::{Command, Scenario};

/// The callbacks.
pub(super) struct Hands {
    /// Makes a choice.
    pub choose: Callback<Choose>,
    /// Does something to the world.
    pub act: Callback<Command>,
    /// Brings a tab of the console to the front.
    pub bring: Callback<usize>,
    /// Begins anew.
    pub start: Callback<Scenario>,
    /// Types lines on a host, where the learner sees it.
    pub type_lines: Callback<(usize, Vec<String>)>,
    /// Helps with a line.
    pub aid: Aid,
    /// The run as a link or a file.
    pub share: Callback<(), Option<Shared>>,
    /// What was done, as a lesson that begins before a line.
    pub record: Callback<usize, Option<Recorded>>,
    /// Looks closely at a node.
    pub close_up: Callback<(NodeView, bool), Option<CloseUp>>,
}

/// Makes them, once.
#[hook]
pub(super) fn use_hands(
    driver: &Rc<Driver>,
    ui: &UseReducerHandle<Ui>,
    front: &UseStateHandle<usize>,
) -> Hands {
    let choose = {
        let (ui, driver) = (ui.dispatcher(), driver.clone());
        use_callback((), move |choice: Choose, ()| {
            // What is read must not fly away meanwhile.
            if matches!(choice, Choose::Letter(_)) {
                driver.act(Command::Play(false));
            }
            ui.dispatch(choice);
        })
    };
    let act = {
        let driver = driver.clone();
        use_callback((), move |command: Command, ()| driver.act(command))
    };
    let bring = {
        let front = front.setter();
        use_callback((), move |to: usize, ()| front.set(to))
    };
    let start = {
        let (act, choose) = (act.clone(), choose.clone());
        use_callback((), move |scenario: Scenario, ()| {
            choose.emit(Choose::NoNode);
            act.emit(Command::Start(scenario));
        })
    };
    let type_lines = {
        let (act, bring, choose) = (act.clone(), bring.clone(), choose.clone());
        use_callback((), move |(tab, lines): (usize, Vec<String>), ()| {
            bring.emit(tab);
            choose.emit(Choose::Pane(Pane::Console));
            for line in lines {
                act.emit(Command::Type { tab, line });
            }
        })
    };
    let aid = {
        let (of_complete, of_hint) = (driver.clone(), driver.clone());
        use_memo((), move |()| Aid {
            complete: Callback::from(move |(tab, line): (usize, String)| {
                of_complete.complete(tab, &line)
            }),
            hint: Callback::from(move |(tab, line): (usize, String)| of_hint.hint(tab, &line)),
        })
    };
    let close_up = {
        let driver = driver.clone();
        use_callback((), move |(node, of_twin): (NodeView, bool), ()| driver.look(&node, of_twin))
    };
    let share = {
        let driver = driver.clone();
        use_callback((), move |(): (), ()| driver.share())
    };
    let record = {
        let driver = driver.clone();
        use_callback((), move |from: usize, ()| driver.record(from))
    };
    Hands { share, record, close_up, choose, act, bring, start, type_lines, aid: (*aid).clone() }
}
