//! What must be known of time: that the past is looked at, that acting there wants a decision,
//! that a wait was in vain, and which endings there are.

use std::rc::Rc;

use web_sys::HtmlElement;
use yew::prelude::*;

use crate::i18n::use_text;
use crate::world::pace;
use crate::world::screen::{Command, Fork, TimeView};

#[derive(Properties, PartialEq)]
pub(crate) struct BannerProps {
    /// The instant that is shown, in virtual microseconds.
    pub now_us: u64,
    /// Past and present.
    pub time: Rc<TimeView>,
    /// Does something to the world.
    pub act: Callback<Command>,
}

/// The banner; nothing when there is nothing to know.
#[component]
pub(crate) fn Banner(props: &BannerProps) -> Html {
    let text = use_text();
    let first = use_node_ref();
    {
        let first = first.clone();
        use_effect_with(props.time.waiting.is_some(), move |asks| {
            if let Some(button) = first.cast::<HtmlElement>().filter(|_| *asks) {
                // A button that refuses the focus can still be clicked.
                let _ = button.focus();
            }
        });
    }
    let time = &props.time;
    let to = |command: Command| props.act.reform(move |_: MouseEvent| command.clone());
    let at = pace::clock(props.now_us);
    let message = if let Some(line) = &time.waiting {
        html! {
            <div class="banner" role="alertdialog" aria-label={text.get("past-ask-name")} data-testid="fork">
                <p>{ text.fill("past-ask", &[("time", &at)]) }{ " " }<code>{ line }</code></p>
                <button ref={first} type="button" class="button primary" data-testid="fork-keep" onclick={to(Command::Act(Fork::Keep))}>{ text.get("past-keep") }</button>
                <button type="button" class="button" data-testid="fork-discard" onclick={to(Command::Act(Fork::Discard))}>{ text.get("past-discard") }</button>
                <button type="button" class="button" onclick={to(Command::Act(Fork::Leave))}>{ text.get("past-leave") }</button>
            </div>
        }
    } else if time.looking {
        html! {
            <div class="banner" role="status" data-testid="past">
                <p>{ text.fill("past-looking", &[("time", &at)]) }</p>
                <button type="button" class="button" data-testid="present" onclick={to(Command::Present)}>{ text.get("past-present") }</button>
            </div>
        }
    } else if time.in_vain {
        html! { <div class="banner" role="status"><p>{ text.get("until-in-vain") }</p></div> }
    } else {
        Html::default()
    };
    let endings = time.endings.iter().enumerate().map(|(ix, parted)| {
        let (n, clock) = ((ix + 1).to_string(), pace::clock(*parted));
        html! {
            <button type="button" class="button" aria-pressed={(ix == time.ending).to_string()} onclick={to(Command::Ending(ix))} title={text.fill("ending-hint", &[("time", &clock)])}>
                { text.fill("ending", &[("n", &n)]) }
            </button>
        }
    });
    html! {
        <>
            { message }
            if time.endings.len() > 1 {
                <div class="banner endings" role="group" aria-label={text.get("endings-name")} data-testid="endings">
                    <p>{ text.get("endings-name") }</p>{ for endings }
                </div>
            }
        </>
    }
}
