//! The layer over the hosts: replication as lines, packets that tell something as travelling
//! dots with a name. With reduced motion the names stand still at their receiver.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, Element, HtmlCanvasElement, HtmlElement};
use yew::prelude::*;

use super::slot_paint::{Rgb, palette};
use crate::frames::Frames;
use crate::world::flights::{Aloft, Deck, Drawn};
use crate::world::model::{NodeIx, NodeView, Size, Tone, WorldView};

#[derive(Properties, PartialEq)]
pub(crate) struct PacketLayerProps {
    /// Packets on their way.
    pub deck: Deck,
    /// Which colours.
    pub dark: bool,
    /// The world now, for the lines.
    pub view: Rc<WorldView>,
}

/// A line from a replica to its master: from, to, colour.
type Cable = (NodeIx, NodeIx, Option<u8>);

/// A canvas that is drawn frame by frame, without the virtual DOM.
#[component]
pub(crate) fn PacketLayer(props: &PacketLayerProps) -> Html {
    let canvas = use_node_ref();
    let cables: Vec<Cable> = props
        .view
        .nodes
        .iter()
        .enumerate()
        // Where nodes are chips, lines would only hide them.
        .filter(|(_, n)| n.runs() && props.view.size() == Size::Card)
        .filter_map(|(ix, n)| Some((ix, n.master?, n.shard)))
        .filter(|(_, master, _)| props.view.nodes.get(*master).is_some_and(NodeView::runs))
        .collect();
    {
        let (canvas, deck) = (canvas.clone(), props.deck.clone());
        use_effect_with((cables, props.dark), move |(cables, dark)| {
            let mut painter =
                Painter { canvas, deck, cables: cables.clone(), dark: *dark, drawn: None };
            let frames = Frames::run(move |now| painter.frame(now));
            move || drop(frames)
        });
    }
    html! { <canvas class="packets" ref={canvas} aria-hidden="true" /> }
}

/// A place on the canvas.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Spot {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

struct Painter {
    canvas: NodeRef,
    deck: Deck,
    cables: Vec<Cable>,
    dark: bool,
    /// Where things stood and how many flew when it was last drawn.
    drawn: Option<(Vec<Option<Spot>>, usize, f64)>,
}

impl Painter {
    fn frame(&mut self, now: f64) {
        let Some(canvas) = self.canvas.cast::<HtmlCanvasElement>() else { return };
        let flying = self.deck.0.borrow().aloft.len();
        let idle = self.drawn.as_ref().is_some_and(|d| d.1 == 0 && now - d.2 < 400.0);
        if flying == 0 && idle {
            return;
        }
        let spots = spots(&canvas);
        if let Some(drawn) = self.drawn.as_mut()
            && flying == 0
            && drawn.1 == 0
            && drawn.0 == spots
        {
            drawn.2 = now;
            return;
        }
        self.draw(&canvas, &spots);
        self.drawn = Some((spots, flying, now));
    }

    fn draw(&self, canvas: &HtmlCanvasElement, spots: &[Option<Spot>]) {
        let Some(context) = fit(canvas) else { return };
        let place = |ix: Option<NodeIx>| spots.get(ix?).copied().flatten();
        context.set_line_cap("round");
        let height = f64::from(canvas.client_height());
        for &(from, to, shard) in &self.cables {
            if let (Some(a), Some(b)) = (place(Some(from)), place(Some(to))) {
                let colour = shard.map_or(7, |s| usize::from(s).min(6));
                cable(&context, &way(a, b, height), palette(self.dark)[colour]);
            }
        }
        let deck = self.deck.0.borrow();
        let still = reduced_motion();
        let door = Spot { x: 24.0, y: height - 4.0, width: 0.0, height: 0.0 };
        let (mut pills, mut drawn) = (Vec::new(), Vec::new());
        for aloft in deck.aloft.iter().filter(|a| a.start_ms <= deck.now_ms) {
            let a = place(aloft.flight.from).unwrap_or(door);
            let b = place(aloft.flight.to).unwrap_or(door);
            let part = if still { 1.0 } else { ease(aloft.part(deck.now_ms)) };
            let way = way(a, b, height);
            packet(&context, aloft, &way, part, (self.dark, &mut pills, &mut drawn));
        }
        drop(deck);
        self.deck.0.borrow_mut().drawn = drawn;
    }
}

fn reduced_motion() -> bool {
    let asked =
        web_sys::window().and_then(|w| w.match_media("(prefers-reduced-motion: reduce)").ok());
    asked.flatten().is_some_and(|m| m.matches()) || crate::prefs::less_motion()
}

fn ease(t: f64) -> f64 {
    if t < 0.5 { 2.0 * t * t } else { 1.0 - (2.0 - 2.0 * t).powi(2) / 2.0 }
}

/// Where each node's card is, by its number.
fn spots(canvas: &HtmlCanvasElement) -> Vec<Option<Spot>> {
    let Some(parent) = canvas.parent_element() else { return Vec::new() };
    let Ok(cards) = parent.query_selector_all("[data-ix]") else { return Vec::new() };
    let origin = parent.get_bounding_client_rect();
    let mut found = Vec::new();
    for n in 0..cards.length() {
        let Some(card) = cards.item(n).and_then(|c| c.dyn_into::<Element>().ok()) else { continue };
        let ix = card.get_attribute("data-ix").and_then(|a| a.parse::<usize>().ok());
        let Some(ix) = ix.filter(|&ix| ix < 4096) else { continue };
        let rect = card.get_bounding_client_rect();
        if found.len() <= ix {
            found.resize(ix + 1, None);
        }
        found[ix] = Some(Spot {
            x: rect.left() - origin.left() + rect.width() / 2.0,
            y: rect.top() - origin.top() + rect.height() / 2.0,
            width: rect.width(),
            height: rect.height(),
        });
    }
    found
}

/// The canvas at its size in device pixels, cleared.
pub(super) fn fit(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    let element: &HtmlElement = canvas;
    let dense = web_sys::window().map_or(1.0, |w| w.device_pixel_ratio()).clamp(1.0, 3.0);
    let (w, h) = (f64::from(element.client_width()), f64::from(element.client_height()));
    let (pw, ph) = ((w * dense) as u32, (h * dense) as u32);
    if canvas.width() != pw || canvas.height() != ph {
        canvas.set_width(pw);
        canvas.set_height(ph);
    }
    let context = canvas.get_context("2d").ok()??.dyn_into::<CanvasRenderingContext2d>().ok()?;
    // Both can only fail on values that are not finite.
    let _ = context.set_transform(dense, 0.0, 0.0, dense, 0.0, 0.0);
    context.clear_rect(0.0, 0.0, w, h);
    Some(context)
}

/// The border of the card on the way to `to`, so that lines do not cross the text.
fn edge(card: Spot, to: Spot) -> (f64, f64) {
    let (dx, dy) = (to.x - card.x, to.y - card.y);
    if dx.abs() < 1.0 {
        return (card.x, card.y + card.height / 2.0 * dy.signum());
    }
    (card.x + card.width / 2.0 * dx.signum(), card.y + dy.clamp(-1.0, 1.0) * card.height * 0.18)
}

/// The way between two cards, as points. Where another card stands between them it leads through
/// the gap between the rows, so that no text is crossed.
fn way(a: Spot, b: Spot, height: f64) -> Vec<(f64, f64)> {
    const POINTS: u32 = 24;
    let (from, to) = (edge(a, b), edge(b, a));
    let beyond = (a.x - b.x).abs() > a.width.max(b.width) * 1.6 && a.width > 0.0 && b.width > 0.0;
    let curve = |p: (f64, f64), q: (f64, f64), r: (f64, f64), t: f64| {
        let u = 1.0 - t;
        (
            u * u * p.0 + 2.0 * u * t * q.0 + t * t * r.0,
            u * u * p.1 + 2.0 * u * t * q.1 + t * t * r.1,
        )
    };
    let steps = (0..=POINTS).map(|n| f64::from(n) / f64::from(POINTS));
    if !beyond {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let away = if dx.abs() < 2.0 { (14.0, 0.0) } else { (0.0, -dx.abs().min(260.0) * 0.1) };
        let mid =
            ((from.0 + to.0) / 2.0 + away.0, (from.1 + to.1) / 2.0 + away.1 - dy.abs() * 0.02);
        return steps.map(|t| curve(from, mid, to, t)).collect();
    }
    let gap = if (a.y - b.y).abs() > 2.0 {
        (a.y + b.y) / 2.0
    } else if a.y < height / 2.0 {
        a.y + a.height / 2.0 + 4.0
    } else {
        a.y - a.height / 2.0 - 4.0
    };
    let aside = 26.0 * (to.0 - from.0).signum();
    let (enter, leave) = ((from.0 + aside, gap), (to.0 - aside, gap));
    steps
        .map(|t| {
            if t < 0.2 {
                curve(from, (from.0 + aside * 0.6, gap), enter, t / 0.2)
            } else if t > 0.8 {
                curve(leave, (to.0 - aside * 0.6, gap), to, (t - 0.8) / 0.2)
            } else {
                (enter.0 + (leave.0 - enter.0) * (t - 0.2) / 0.6, gap)
            }
        })
        .collect()
}

/// The place so far along a way.
fn along(way: &[(f64, f64)], part: f64) -> (f64, f64) {
    let last = way.len().saturating_sub(1);
    let at = part.clamp(0.0, 1.0) * last as f64;
    let ix = (at.floor() as usize).min(last);
    let (p, q) = match (way.get(ix), way.get((ix + 1).min(last))) {
        (Some(p), Some(q)) => (*p, *q),
        _ => return (0.0, 0.0),
    };
    let t = at - at.floor();
    (p.0 + (q.0 - p.0) * t, p.1 + (q.1 - p.1) * t)
}

fn trace(context: &CanvasRenderingContext2d, points: impl Iterator<Item = (f64, f64)>) {
    context.begin_path();
    for (n, (x, y)) in points.enumerate() {
        if n == 0 {
            context.move_to(x, y);
        } else {
            context.line_to(x, y);
        }
    }
    context.stroke();
}

fn css(rgb: Rgb, alpha: f64) -> String {
    format!("rgba({},{},{},{alpha})", rgb[0], rgb[1], rgb[2])
}

fn cable(context: &CanvasRenderingContext2d, way: &[(f64, f64)], colour: Rgb) {
    context.set_line_width(1.5);
    context.set_stroke_style_str(&css(colour, 0.5));
    trace(context, way.iter().copied());
    for (x, y) in way.first().into_iter().chain(way.last()) {
        dot(context, (*x, *y), 2.5, colour);
    }
}

fn dot(context: &CanvasRenderingContext2d, at: (f64, f64), radius: f64, colour: Rgb) {
    context.begin_path();
    if context.arc(at.0, at.1, radius, 0.0, std::f64::consts::TAU).is_ok() {
        context.set_fill_style_str(&css(colour, 1.0));
        context.fill();
    }
}

const fn tone_colour(tone: Tone, dark: bool) -> Rgb {
    match (tone, dark) {
        (Tone::Bad, true) => [0xff, 0x8c, 0x7d],
        (Tone::Bad, false) => [0xc2, 0x2f, 0x1f],
        (Tone::Warn, true) => [0xe6, 0x9f, 0x00],
        (Tone::Warn, false) => [0x8f, 0x5d, 0x00],
        (Tone::Vote, true) => [0xf0, 0xe4, 0x42],
        (Tone::Vote, false) => [0x6e, 0x5f, 0x00],
        (Tone::Good, true) => [0x3f, 0xcb, 0xa0],
        (Tone::Good, false) => [0x00, 0x75, 0x5a],
        (_, true) => [0xe6, 0xea, 0xf2],
        (_, false) => [0x2d, 0x3a, 0x50],
    }
}

/// One packet: its trail, and its name in a pill, or a dot where a pill stands already.
fn packet(
    context: &CanvasRenderingContext2d,
    aloft: &Aloft,
    way: &[(f64, f64)],
    part: f64,
    (dark, pills, drawn): (bool, &mut Vec<Pill>, &mut Vec<Drawn>),
) {
    let colour = tone_colour(aloft.flight.tone, dark);
    context.set_line_width(1.6);
    context.set_stroke_style_str(&css(colour, 0.5));
    trace(context, (0..=12).map(|n| along(way, part * f64::from(n) / 12.0)));
    let at = along(way, part);
    context.set_font("600 11px Inter, system-ui, sans-serif");
    let words = aloft.flight.label.as_str();
    let width = context.measure_text(words).map_or(40.0, |m| m.width()) + 14.0;
    let widest = context.canvas().map_or(f64::MAX, |c| f64::from(c.client_width()));
    let left = (at.0 - width / 2.0).clamp(2.0, (widest - width - 2.0).max(2.0));
    let pill = Pill { left, top: at.1 - 9.5, width };
    if pills.iter().any(|other| other.meets(pill)) {
        dot(context, at, 5.0, colour);
        drawn.push(Drawn {
            id: aloft.flight.id,
            rect: [at.0 - 8.0, at.1 - 8.0, at.0 + 8.0, at.1 + 8.0],
        });
        return;
    }
    pills.push(pill);
    drawn.push(Drawn {
        id: aloft.flight.id,
        rect: [left, pill.top, left + width, pill.top + Pill::HEIGHT],
    });
    context.begin_path();
    if context.round_rect_with_f64(left, pill.top, width, Pill::HEIGHT, 9.5).is_err() {
        return;
    }
    context.set_fill_style_str(&css(colour, 1.0));
    context.fill();
    context.set_fill_style_str(if dark { "#10131a" } else { "#ffffff" });
    context.set_text_baseline("middle");
    // Words that cannot be drawn leave the pill: the event list has them too.
    let _ = context.fill_text(words, left + 7.0, at.1 + 0.5);
}

/// The ground of a name.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Pill {
    left: f64,
    top: f64,
    width: f64,
}

impl Pill {
    const HEIGHT: f64 = 19.0;

    fn meets(self, other: Self) -> bool {
        self.left < other.left + other.width
            && other.left < self.left + self.width
            && (self.top - other.top).abs() < Self::HEIGHT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_leaves_a_card_at_its_border() {
        let a = Spot { x: 100.0, y: 50.0, width: 80.0, height: 40.0 };
        let right = Spot { x: 300.0, ..a };
        let below = Spot { y: 200.0, ..a };
        assert!((edge(a, right).0 - 140.0).abs() < 1e-9);
        assert_eq!(edge(a, below), (100.0, 70.0));
    }

    #[test]
    fn a_way_round_another_card_keeps_to_the_gap() {
        let a = Spot { x: 100.0, y: 50.0, width: 80.0, height: 40.0 };
        let far = Spot { x: 500.0, y: 98.0, ..a };
        let way = way(a, far, 120.0);
        let middle = along(&way, 0.5);
        assert!((middle.1 - 74.0).abs() < 1e-9, "{middle:?}");
        assert_eq!(way.first(), Some(&edge(a, far)));
        let end = along(&way, 1.0);
        assert!((end.0 - edge(far, a).0).abs() < 1e-9 && (end.1 - edge(far, a).1).abs() < 1e-9);
        let same_row = super::way(a, Spot { y: 50.0, ..far }, 120.0);
        assert!((along(&same_row, 0.5).1 - 74.0).abs() < 1e-9);
    }

    #[test]
    fn names_that_would_hide_each_other_are_dots() {
        let pill = Pill { left: 10.0, top: 10.0, width: 50.0 };
        assert!(pill.meets(Pill { left: 55.0, ..pill }));
        assert!(
            !pill.meets(Pill { left: 61.0, ..pill }) && !pill.meets(Pill { top: 30.0, ..pill })
        );
    }

    #[test]
    fn a_flight_starts_and_ends_at_rest() {
        assert!(ease(0.0).abs() < 1e-9 && (ease(1.0) - 1.0).abs() < 1e-9);
        assert!((ease(0.5) - 0.5).abs() < 1e-9);
    }
}
