//! The whole page.

mod hands;
mod notice;
mod panes;

use std::rc::Rc;

use yew::prelude::*;

use crate::console::Console;
use crate::events::live::Live;
use crate::header::Header;
use crate::i18n::Text;
use crate::lesson::LessonPanel;
use crate::prefs;
use crate::side::Side;
use crate::side::packet::PacketPanel;
use crate::stage::Stage;
use crate::stage::inspector::Inspector;
use crate::timebar::TimeBar;
use crate::twin;
use crate::ui::{Choose, Pane, Ui};
use crate::world::driver::Driver;
use crate::world::knob::Knob;
use crate::world::link::Shared;
use crate::world::screen::{Command, Screen};

/// The root.
#[component]
pub(crate) fn App() -> Html {
    let ui = use_reducer(|| {
        let (lang, theme) = prefs::chosen();
        let lesson = prefs::asks_for_lesson().then_some(Pane::Lesson);
        Ui { pane: lesson.unwrap_or(Pane::Stage), ..Ui::new(lang, theme) }
    });
    let screen = use_state(Screen::default);
    let front = use_state(|| 0_usize);
    let driver = {
        let screen = screen.setter();
        use_memo((), move |()| Driver::start(prefs::seed(), Callback::from(move |s| screen.set(s))))
    };
    use_effect_with((ui.lang, ui.theme), |(lang, theme)| prefs::keep(*lang, *theme));
    {
        let driver = driver.clone();
        use_effect_with(ui.lang, move |lang| driver.act(Command::Speak(*lang)));
    }
    {
        let driver = driver.clone();
        use_effect_with((), move |()| {
            if let Some(id) = prefs::asked_lesson() {
                driver.act(Command::OpenLesson(id));
            }
        });
    }
    let text = use_memo(ui.lang, |lang| Text::new(*lang));

    let hands::Hands { choose, act, bring, start, type_lines, aid, close_up, share, record } =
        hands::use_hands(&driver, &ui, &front);
    let look_away = choose.reform(|()| Choose::NoNode);
    let of_side = type_lines.clone();
    let of_inspector = type_lines.reform(|(tab, line)| (tab, vec![line]));
    let choices = Rc::new((*ui).clone());
    let ondragover = Callback::from(|e: DragEvent| e.prevent_default());
    let ondrop = {
        let act = act.clone();
        Callback::from(move |e: DragEvent| notice::drop(&e, act.clone()))
    };
    let twin = screen.twin.clone();
    let (deck, twin_deck) = driver.decks();
    // A node of a second world that is gone is a node of nobody: the first world has another one there.
    let of_twin = ui.of_twin;
    let seen =
        if of_twin { twin.as_ref().map(|t| t.view.clone()) } else { Some(screen.view.clone()) };
    let inspected = ui.node.zip(seen);
    let diff = twin.as_ref().map(|t| t.diff.clone());
    let founding = match screen.percent {
        Some(n) => text.fill("founding-crowd", &[("n", &n.to_string())]),
        None => text.get("founding").to_owned(),
    };
    html! {
        <ContextProvider<Text> context={(*text).clone()}>
            <div class="app" data-pane={ui.pane.attribute()} data-ready={screen.ready.to_string()} {ondragover} {ondrop} data-past={screen.time.looking.then_some("yes")} data-twins={twin.as_ref().map(|_| "yes")}>
                <Header {share} open={act.reform(|shared: Shared| Command::Open(Box::new(shared)))} seed={screen.view.seed} scenario={screen.scenario.clone()} {start} knob={twin.as_ref().map(|t| t.knob)} act={act.clone()} undo={screen.time.undo.clone()} undo_run={screen.time.undo_run} take_back={act.reform(|()| Command::Undo)} theme={ui.theme} choose={choose.clone()} />
                if let Some(notice) = screen.notice {
                    <notice::Notice {notice} outcome={screen.outcome.clone()} trouble={screen.trouble.clone()} act={act.clone()} />
                }
                <panes::Panes pane={ui.pane} choose={choose.clone()} />
                <div class="body">
                    <LessonPanel shelf={screen.shelf.clone()} coming={screen.coming.clone()} open={screen.lesson.clone()} scenario={screen.scenario.clone()} act={act.clone()} {type_lines} {record} />
                    <main class="work">
                        <div class="upper">
                            if !screen.ready {
                                <p class="founding" role="status">{ founding }</p>
                            }
                            if let Some(twin) = twin.clone() {
                                <twin::Summary {twin} act={act.clone()} />
                                <twin::Title letter="A" knob={None::<Knob>} />
                            }
                            <Stage view={screen.view.clone()} ui={choices.clone()} choose={choose.clone()} details={screen.details.clone()} type_line={of_inspector.clone()} {deck} {diff} />
                            if let Some(twin) = twin.clone() {
                                <twin::Title letter="B" knob={Some(twin.knob)} />
                                <Stage view={twin.view.clone()} ui={choices} choose={choose.clone()} details={twin.details.clone()} type_line={of_inspector.clone()} deck={twin_deck} diff={Some(twin.diff.clone())} second={true} />
                            }
                            <div class="side">
                                if let Some(twin) = twin.clone() {
                                    <twin::panel::Panel {twin} />
                                }
                                if let Some((ix, seen)) = inspected {
                                    <Inspector view={seen.clone()} {ix} letter={twin.as_ref().map(|_| if of_twin { "B" } else { "A" })} {close_up} close={look_away} type_line={of_inspector} />
                                }
                                if let Some(letter) = ui.letter.clone() {
                                    <PacketPanel {letter} choose={choose.clone()} />
                                }
                                <Side tab={ui.side} choose={choose.clone()} view={screen.view.clone()} events={screen.events.clone()} names={screen.names.clone()} details={screen.details.clone()} type_lines={of_side} />
                            </div>
                        </div>
                        <TimeBar now_us={screen.view.now_us} playing={screen.playing} speed={screen.speed} time={screen.time.clone()} events={screen.all_events.clone()} twin={twin.as_ref().map(|t| t.events.clone())} act={act.clone()} />
                        <Console tabs={screen.tabs.clone()} front={*front} {act} {bring} {aid} watched={twin.as_ref().map(|t| t.watched)} />
                    </main>
                </div>
                <Live events={screen.events.clone()} names={screen.names.clone()} />
            </div>
        </ContextProvider<Text>>
    }
}
