//! The strip: everything that happened as a line with marks, and a handle to go back with.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

use crate::events::words;
use crate::i18n::{Text, use_text};
use crate::world::model::EventView;
use crate::world::pace;
use crate::world::screen::{Command, TimeView};

/// The strip never shows less time than this, in virtual microseconds.
const LEAST_US: u64 = 30_000_000;
/// No more marks than this.
const MOST: usize = 80;

#[derive(Properties, PartialEq)]
pub(crate) struct ScrubProps {
    /// The instant that is shown, in virtual microseconds.
    pub now_us: u64,
    /// Past and present.
    pub time: Rc<TimeView>,
    /// What happened, up to the present.
    pub events: Rc<Vec<Rc<EventView>>>,
    /// What happened in the second world beside this one.
    pub twin: Option<Rc<Vec<Rc<EventView>>>>,
    /// Does something to the world.
    pub act: Callback<Command>,
}

/// A stretch of time and where its instants stand.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Span {
    from: u64,
    len: u64,
}

impl Span {
    fn of(time: &TimeView) -> Self {
        let len = time.present_us.saturating_sub(time.begin_us).max(LEAST_US);
        Self { from: time.begin_us, len }
    }

    /// In percent.
    fn place(self, us: u64) -> f64 {
        (us.saturating_sub(self.from) as f64 / self.len as f64 * 100.0).clamp(0.0, 100.0)
    }

    fn instant(self, part: f64) -> u64 {
        self.from + (self.len as f64 * part.clamp(0.0, 1.0)) as u64
    }
}

/// A mark: where it stands, in percent, and whether its label has room.
#[derive(Clone, Debug, PartialEq)]
struct Mark {
    event: Rc<EventView>,
    at: f64,
    labelled: bool,
}

/// Places the marks. Where labels would overlap, the weightier one is written; where marks would,
/// the weightier one is drawn.
fn layout(text: &Text, events: &[Rc<EventView>], span: Span) -> Vec<Mark> {
    const LETTER: f64 = 1.05;
    const APART: f64 = 0.25;
    let marked = events.iter().filter(|e| e.mark.is_some() && e.at_us >= span.from);
    let mut marks: Vec<Mark> = Vec::new();
    for event in marked {
        let mark = Mark { event: event.clone(), at: span.place(event.at_us), labelled: false };
        match marks.last_mut() {
            Some(last) if mark.at - last.at < APART => {
                if weight(&mark.event) <= weight(&last.event) {
                    *last = mark;
                }
            }
            _ => marks.push(mark),
        }
    }
    let extra = marks.len().saturating_sub(MOST);
    if extra > 0 {
        let mut light: Vec<(u8, usize)> =
            marks.iter().enumerate().map(|(ix, m)| (weight(&m.event), ix)).collect();
        light.sort_unstable_by_key(|&(weight, ix)| (std::cmp::Reverse(weight), ix));
        let drop: Vec<usize> = light.iter().take(extra).map(|l| l.1).collect();
        let mut ix = 0;
        marks.retain(|_| {
            ix += 1;
            !drop.contains(&(ix - 1))
        });
    }
    let mut order: Vec<usize> = (0..marks.len()).collect();
    order.sort_by_key(|&ix| (weight(&marks[ix].event), std::cmp::Reverse(ix)));
    let mut taken: Vec<(f64, f64)> = Vec::new();
    for ix in order {
        let mark = &mut marks[ix];
        let letters = mark.event.mark.map_or(0, |m| width(text.get(m)));
        let half = (letters as f64 * LETTER + 1.5) / 2.0;
        let (left, right) = (mark.at - half, mark.at + half);
        let free = taken.iter().all(|t| right < t.0 || left > t.1);
        if free && left > 0.0 && right < 101.0 {
            mark.labelled = true;
            taken.push((left, right));
        }
    }
    marks
}

/// The smaller, the weightier.
fn weight(event: &EventView) -> u8 {
    match event.mark {
        Some("mark-won") => 0,
        Some("mark-fail") => 1,
        Some("mark-down" | "mark-start" | "mark-fault") => 2,
        Some("mark-pfail") => 3,
        Some("mark-command" | "mark-role" | "mark-back") => 4,
        Some("mark-vote" | "mark-election") => 5,
        _ => 6,
    }
}

/// How many letters wide a word is; a Chinese character takes two.
fn width(word: &str) -> usize {
    word.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}

/// Where a key leads to: arrows go from mark to mark.
fn leads(key: &str, now_us: u64, time: &TimeView, events: &[Rc<EventView>]) -> Option<Command> {
    let marked = || events.iter().filter(|e| e.mark.is_some()).map(|e| e.at_us);
    let tenth = Span::of(time).len / 10;
    Some(match key {
        "ArrowLeft" | "ArrowDown" => Command::StepBack,
        "ArrowRight" | "ArrowUp" => {
            marked().find(|&at| at > now_us).map_or(Command::Present, Command::Look)
        }
        "PageDown" => Command::Look(now_us.saturating_sub(tenth)),
        "PageUp" => Command::Look(now_us + tenth),
        "Home" => Command::Look(time.begin_us),
        "End" => Command::Present,
        _ => return None,
    })
}

/// The strip.
#[component]
pub(crate) fn Scrub(props: &ScrubProps) -> Html {
    let text = use_text();
    let bed = use_node_ref();
    let span = Span::of(&props.time);
    let draw = |events: &[Rc<EventView>]| -> Html {
        let marks = layout(&text, events, span).into_iter().map(|mark| {
            let event = &mark.event;
            let label = event.mark.map_or("", |m| text.get(m));
            let later = event.at_us > props.now_us;
            html! {
                <li key={event.seq} data-tone={event.tone.attribute()} data-mark={event.mark} data-later={later.then_some("yes")} style={format!("left:{:.2}%", mark.at)} title={words::say(&text, event)}>
                    if mark.labelled { <span class="mark-label">{ label }</span> }
                </li>
            }
        });
        marks.collect()
    };
    let pull = {
        let (bed, act) = (bed.clone(), props.act.clone());
        Callback::from(move |e: PointerEvent| {
            let Some(bed) = bed.cast::<HtmlElement>().filter(|_| e.buttons() & 1 == 1) else {
                return;
            };
            let rect = bed.get_bounding_client_rect();
            let part = (f64::from(e.client_x()) - rect.left()) / rect.width().max(1.0);
            act.emit(Command::Look(span.instant(part)));
        })
    };
    let onpointerdown = {
        let (bed, pull) = (bed.clone(), pull.clone());
        Callback::from(move |e: PointerEvent| {
            if let Some(bed) = bed.cast::<web_sys::Element>() {
                // A pointer that cannot be captured is followed as long as it stays here.
                let _ = bed.set_pointer_capture(e.pointer_id());
            }
            let target = e.current_target().and_then(|t| t.dyn_into::<HtmlElement>().ok());
            if let Some(target) = target {
                let _ = target.focus();
            }
            pull.emit(e);
        })
    };
    let onkeydown = {
        let (act, time, events) = (props.act.clone(), props.time.clone(), props.events.clone());
        let now_us = props.now_us;
        Callback::from(move |e: KeyboardEvent| {
            if let Some(command) = leads(&e.key(), now_us, &time, &events) {
                e.prevent_default();
                act.emit(command);
            }
        })
    };
    let present = span.place(props.time.present_us);
    let head = span.place(props.now_us);
    // What cannot be turned back is only looked at.
    let fixed = props.time.no_way_back;
    let slides = |us: u64| (!fixed).then(|| (us / 1_000_000).to_string());
    html! {
        <div
            class="strip"
            data-lanes={props.twin.as_ref().map(|_| "2")}
            ref={bed}
            role={if fixed { "img" } else { "slider" }}
            tabindex={(!fixed).then_some("0")}
            data-testid="scrubber"
            data-fixed={fixed.then_some("yes")}
            title={fixed.then(|| text.get("no-way-back"))}
            aria-label={text.get(if fixed { "time-strip" } else { "time-scrub" })}
            aria-valuemin={slides(props.time.begin_us)}
            aria-valuemax={slides(props.time.present_us)}
            aria-valuenow={slides(props.now_us)}
            aria-valuetext={(!fixed).then(|| pace::clock(props.now_us))}
            {onpointerdown}
            onpointermove={pull}
            {onkeydown}
        >
            <div class="strip-line">
                <div class="strip-known" style={format!("width:{present:.2}%")}></div>
                <div class="strip-past" style={format!("width:{head:.2}%")}></div>
            </div>
            <ol aria-hidden="true">{ draw(&props.events) }</ol>
            if let Some(events) = &props.twin {
                <ol class="twin-lane" aria-hidden="true" data-testid="twin-lane">{ draw(events) }</ol>
            }
            <span class="strip-head" style={format!("left:{head:.2}%")}></span>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;
    use crate::world::model::Tone;

    fn event(at_ms: u64, mark: &'static str) -> Rc<EventView> {
        Rc::new(EventView {
            seq: at_ms,
            at_us: at_ms * 1000,
            tone: Tone::Vote,
            node: None,
            key: "event-won",
            args: Vec::new(),
            mark: Some(mark),
        })
    }

    fn time(begin_s: u64, present_s: u64) -> TimeView {
        TimeView {
            begin_us: begin_s * 1_000_000,
            present_us: present_s * 1_000_000,
            ..TimeView::default()
        }
    }

    #[test]
    fn the_line_holds_all_time_from_the_beginning_to_now() {
        let text = Text::new(Lang::En);
        let at =
            |present| layout(&text, &[event(30_000, "mark-won")], Span::of(&time(20, present)));
        assert!((at(40)[0].at - 100.0 / 3.0).abs() < 1e-9, "never less than half a minute");
        assert!((at(120)[0].at - 10.0).abs() < 1e-9);
        assert!(at(40).iter().all(|m| m.labelled));
        let early = layout(&text, &[event(19_000, "mark-won")], Span::of(&time(20, 40)));
        assert!(early.is_empty(), "what lies before the beginning cannot be reached");
    }

    #[test]
    fn of_marks_in_one_place_the_weightiest_is_drawn_and_labels_never_overlap() {
        let text = Text::new(Lang::En);
        let events =
            [event(60_000, "mark-vote"), event(60_010, "mark-won"), event(60_020, "mark-state")];
        let marks = layout(&text, &events, Span::of(&time(0, 100)));
        assert_eq!(marks.iter().map(|m| m.event.mark).collect::<Vec<_>>(), [Some("mark-won")]);
        let events = [event(60_000, "mark-won"), event(61_000, "mark-won")];
        let written: Vec<bool> =
            layout(&text, &events, Span::of(&time(0, 100))).iter().map(|m| m.labelled).collect();
        assert_eq!(written, [false, true]);
    }

    #[test]
    fn arrow_keys_walk_from_mark_to_mark() {
        let events = [event(10_000, "mark-won"), event(20_000, "mark-won")];
        let go = |key, now_s: u64| leads(key, now_s * 1_000_000, &time(0, 30), &events);
        assert_eq!(go("ArrowRight", 12), Some(Command::Look(20_000_000)));
        assert_eq!(go("ArrowRight", 25), Some(Command::Present));
        assert_eq!(go("ArrowLeft", 12), Some(Command::StepBack));
        assert_eq!(go("Home", 12), Some(Command::Look(0)));
        assert_eq!(go("Tab", 12), None);
    }
}
