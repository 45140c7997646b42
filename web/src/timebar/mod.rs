//! Time: back, play, step to the next event, run until, speed, and a strip with all that happened.

pub(crate) mod banner;
pub(crate) mod scrub;
pub(crate) mod until;

use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::i18n::{Text, use_text};
use crate::icon;
use crate::world::model::EventView;
use crate::world::pace;
use crate::world::screen::{Command, TimeView};

#[derive(Properties, PartialEq)]
pub(crate) struct TimeBarProps {
    /// Virtual microseconds.
    pub now_us: u64,
    /// Whether time runs.
    pub playing: bool,
    /// Which stop of the speed control.
    pub speed: usize,
    /// Past and present.
    pub time: Rc<TimeView>,
    /// What happened, up to the present.
    pub events: Rc<Vec<Rc<EventView>>>,
    /// What happened in the second world beside this one.
    pub twin: Option<Rc<Vec<Rc<EventView>>>>,
    /// Does something to the world.
    pub act: Callback<Command>,
}

/// How fast time really runs, where the machine cannot do more. Never a part of who asks for it: a first
/// visit does not.
#[inline(never)]
fn short(text: &Text, rate: f64) -> Html {
    let words = text.fill("pace-short", &[("rate", &pace::rate(rate))]);
    html! { <p class="short" data-testid="true-pace" title={text.get("pace-short-why")}>{ words }</p> }
}

/// The bar.
#[component]
pub(crate) fn TimeBar(props: &TimeBarProps) -> Html {
    let text = use_text();
    let (playing, no_way_back) = (props.playing, props.time.no_way_back);
    let play = props.act.reform(move |_: MouseEvent| Command::Play(!playing));
    let back = props.act.reform(|_: MouseEvent| Command::StepBack);
    let step = props.act.reform(|_: MouseEvent| Command::Step);
    let oninput = {
        let act = props.act.clone();
        Callback::from(move |e: InputEvent| {
            let value = e.target_dyn_into::<HtmlInputElement>().map(|i| i.value());
            if let Some(stop) = value.and_then(|v| v.parse().ok()) {
                act.emit(Command::Speed(stop));
            }
        })
    };
    let speed = pace::stop(props.speed).0;
    let play_name = if playing { text.get("time-pause") } else { text.get("time-play") };
    html! {
        <section class="time" aria-label={text.get("time-name")} data-looking={props.time.looking.then_some("yes")}>
        <banner::Banner now_us={props.now_us} time={props.time.clone()} act={props.act.clone()} />
        <div class="timebar">
            <div class="time-buttons">
                <button type="button" class="button icon-button" data-testid="step-back" onclick={back} disabled={no_way_back} aria-label={text.get("time-back")} title={text.get(if no_way_back { "no-way-back" } else { "time-back" })}>
                    { icon::back() }
                </button>
                <button type="button" class="button" data-testid="play" aria-pressed={playing.to_string()} onclick={play} aria-label={play_name} title={play_name}>
                    { icon::play(playing) }
                </button>
                <button type="button" class="button primary" data-testid="step" onclick={step} title={text.get("time-step-hint")}>
                    { icon::next() }<span>{ text.get("time-step") }</span>
                </button>
                <until::RunUntil act={props.act.clone()} />
                <label class="speed">
                    <span class="hidden-text">{ text.get("time-speed") }</span>
                    <input type="range" data-testid="speed" min="0" max={(pace::STOPS.len() - 1).to_string()} step="1" value={props.speed.to_string()} aria-valuetext={speed} {oninput} />
                    <output>{ speed }</output>
                </label>
                if let Some(rate) = props.time.short {
                    { short(&text, rate) }
                }
            </div>
            <scrub::Scrub now_us={props.now_us} time={props.time.clone()} events={props.events.clone()} twin={props.twin.clone()} act={props.act.clone()} />
            <time class="clock" title={text.get("time-clock-hint")}>{ pace::clock(props.now_us) }</time>
        </div>
        </section>
    }
}
