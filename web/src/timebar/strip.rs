//! The strip: the last minute as a line with marks.

use std::rc::Rc;

use yew::prelude::*;

use crate::i18n::{Text, use_text};
use crate::world::model::EventView;

/// How much time the strip shows, in virtual microseconds.
const WINDOW_US: u64 = 60_000_000;

/// No more marks than this.
const MOST: usize = 60;

#[derive(Properties, PartialEq)]
pub(crate) struct StripProps {
    /// Virtual microseconds.
    pub now_us: u64,
    /// What happened.
    pub events: Rc<Vec<Rc<EventView>>>,
}

/// A mark: where it stands, in percent, and whether its label has room.
#[derive(Clone, Debug, PartialEq)]
struct Mark {
    event: Rc<EventView>,
    at: f64,
    labelled: bool,
}

/// Places the marks of the last minute. Where labels would overlap, the weightier one is written.
fn layout(text: &Text, events: &[Rc<EventView>], now_us: u64) -> Vec<Mark> {
    const LETTER: f64 = 1.05;
    let from = now_us.saturating_sub(WINDOW_US);
    let mut marks: Vec<Mark> = events
        .iter()
        .rev()
        .take_while(|e| e.at_us >= from)
        .filter(|e| e.mark.is_some())
        .take(MOST)
        .map(|event| Mark {
            event: event.clone(),
            at: event.at_us.saturating_sub(from) as f64 / WINDOW_US as f64 * 100.0,
            labelled: false,
        })
        .collect();
    marks.reverse();
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

/// The strip.
#[component]
pub(crate) fn Strip(props: &StripProps) -> Html {
    let text = use_text();
    let marks = layout(&text, &props.events, props.now_us).into_iter().map(|mark| {
        let event = &mark.event;
        let label = event.mark.map_or("", |m| text.get(m));
        html! {
            <li key={event.seq} data-tone={event.tone.attribute()} style={format!("left:{:.2}%", mark.at)} title={super::super::events::words::say(&text, event)}>
                if mark.labelled { <span class="mark-label">{ label }</span> }
            </li>
        }
    });
    let head = (props.now_us.min(WINDOW_US) as f64) / WINDOW_US as f64 * 100.0;
    html! {
        <div class="strip" aria-hidden="true">
            <div class="strip-line"><div class="strip-past" style={format!("width:{head:.2}%")}></div></div>
            <ol>{ for marks }</ol>
            <span class="strip-head" style={format!("left:{head:.2}%")}></span>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;
    use crate::world::model::Tone;

    fn event(at_ms: u64) -> Rc<EventView> {
        Rc::new(EventView {
            seq: at_ms,
            at_us: at_ms * 1000,
            tone: Tone::Vote,
            node: None,
            key: "event-won",
            args: Vec::new(),
            mark: Some("mark-won"),
        })
    }

    #[test]
    fn marks_slide_to_the_left_and_leave() {
        let text = Text::new(Lang::En);
        let at = |now_ms: u64| layout(&text, &[event(30_000)], now_ms * 1000);
        assert!((at(40_000)[0].at - 50.0).abs() < 1e-9);
        assert!((at(75_000)[0].at - 25.0).abs() < 1e-9);
        assert!(at(95_000).is_empty());
    }

    #[test]
    fn labels_never_overlap_and_the_newest_is_written() {
        let text = Text::new(Lang::En);
        let marks = layout(&text, &[event(30_000), event(30_100), event(30_200)], 40_000_000);
        let written: Vec<bool> = marks.iter().map(|m| m.labelled).collect();
        assert_eq!(written, [false, false, true]);
    }
}
