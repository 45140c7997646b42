//! The whole page.

mod hands;
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
use crate::ui::{Choose, Ui};
use crate::world::driver::Driver;
use crate::world::link::Shared;
use crate::world::screen::{Command, Screen};

/// The root.
#[component]
pub(crate) fn App() -> Html {
    let ui = use_reducer(|| {
        let (lang, theme) = prefs::chosen();
        Ui::new(lang, theme)
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
    html! {
        <ContextProvider<Text> context={(*text).clone()}>
            <div class="app" data-pane={ui.pane.attribute()} data-ready={screen.ready.to_string()} data-past={screen.time.looking.then_some("yes")}>
                <Header {share} open={act.reform(|shared: Shared| Command::Open(Box::new(shared)))} seed={screen.view.seed} scenario={screen.scenario.clone()} {start} undo={screen.time.undo.clone()} take_back={act.reform(|()| Command::Undo)} theme={ui.theme} choose={choose.clone()} />
                if let Some(notice) = screen.notice {
                    <div class="notice" role="alert" data-testid="notice">
                        <p>{ text.get(notice) }</p>
                        if let Some(trouble) = screen.trouble.clone() { <p><code>{ trouble }</code></p> }
                        <button type="button" class="button" onclick={act.reform(|_: MouseEvent| Command::Dismiss)}>{ text.get("close") }</button>
                    </div>
                }
                <panes::Panes pane={ui.pane} choose={choose.clone()} />
                <div class="body">
                    <LessonPanel course={driver.course()} open={screen.lesson.clone()} scenario={screen.scenario.clone()} act={act.clone()} {type_lines} {record} />
                    <main class="work">
                        <div class="upper">
                            if !screen.ready {
                                <p class="founding" role="status">{ text.get("founding") }</p>
                            }
                            <Stage view={screen.view.clone()} ui={choices} choose={choose.clone()} details={screen.details.clone()} type_line={of_inspector.clone()} deck={driver.deck()} />
                            <div class="side">
                                if let Some(ix) = ui.node {
                                    <Inspector view={screen.view.clone()} {ix} {close_up} close={look_away} type_line={of_inspector} />
                                }
                                if let Some(letter) = ui.letter.clone() {
                                    <PacketPanel {letter} choose={choose.clone()} />
                                }
                                <Side tab={ui.side} choose={choose.clone()} view={screen.view.clone()} events={screen.events.clone()} names={screen.names.clone()} details={screen.details.clone()} type_lines={of_side} />
                            </div>
                        </div>
                        <TimeBar now_us={screen.view.now_us} playing={screen.playing} speed={screen.speed} time={screen.time.clone()} events={screen.all_events.clone()} act={act.clone()} />
                        <Console tabs={screen.tabs.clone()} front={*front} {act} {bring} {aid} />
                    </main>
                </div>
                <Live events={screen.events.clone()} names={screen.names.clone()} />
            </div>
        </ContextProvider<Text>>
    }
}
