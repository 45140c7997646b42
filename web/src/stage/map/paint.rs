//! The map as a picture: a full square leads, a ring follows, a cross is dead, whatever the colour.

use web_sys::{CanvasRenderingContext2d, CssStyleDeclaration, HtmlCanvasElement};
use yew::NodeRef;

use super::plan::{Cell, Plan};
use crate::stage::packets::fit;
use crate::world::model::{Health, NodeView, Role, WorldView};

/// What a square says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Face {
    /// Whether it leads: otherwise it follows, or has no role yet.
    pub leads: bool,
    /// How it stands.
    pub mark: Mark,
    /// It stands for election.
    pub stands: bool,
}

/// How a node stands, as far as it can be seen from afar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mark {
    /// Nobody doubts it.
    Well,
    /// Somebody suspects it.
    Pfail,
    /// It has no process, and not yet most masters know.
    Down,
    /// Most masters hold it for failed, process or none.
    Fail,
}

impl Face {
    /// Of a node.
    pub(crate) fn of(node: &NodeView) -> Self {
        let agreed = node.failers * 2 > node.jury;
        let mark = match node.health {
            Health::Ok => Mark::Well,
            Health::Pfail => Mark::Pfail,
            Health::Down if !agreed => Mark::Down,
            Health::Fail | Health::Down => Mark::Fail,
        };
        let stands = node.runs() && node.election.is_some();
        Self { leads: node.role == Some(Role::Master), mark, stands }
    }
}

/// What is pointed at.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Pointed {
    /// The square under the cursor, while the map has the focus or the pointer.
    pub cursor: Option<usize>,
    /// The squares of its master or its replicas.
    pub kin: Vec<usize>,
    /// The square that is looked at closely.
    pub chosen: Option<usize>,
    /// The host that is open.
    pub host: Option<usize>,
}

/// What is drawn of a host's name: its name, and what is wrong with its cables.
pub(crate) fn label(view: &WorldView, host: usize) -> (String, usize) {
    let wrong = view.hosts.get(host).map_or(0, |h| h.ways.len());
    (view.hosts.get(host).map_or_else(String::new, |h| h.name.clone()), wrong)
}

/// The page's colours.
struct Colours(Option<CssStyleDeclaration>);

impl Colours {
    fn of(&self, name: &str) -> String {
        self.0.as_ref().and_then(|s| s.get_property_value(name).ok()).unwrap_or_default()
    }
}

/// Draws it all.
pub(crate) fn paint(
    canvas: &HtmlCanvasElement,
    plan: &Plan,
    faces: &[Face],
    labels: &[(String, usize)],
    pointed: &Pointed,
) {
    let style = web_sys::window().and_then(|w| w.get_computed_style(canvas).ok().flatten());
    let colours = Colours(style);
    let Some(context) = fit(canvas) else { return };
    frames(&context, plan, labels, pointed, &colours);
    let side = plan.side;
    // By kind: changing the colour is what takes time.
    let (node, bad, warn) = (colours.of("--shard-0"), colours.of("--bad"), colours.of("--warn"));
    let ground = colours.of("--panel");
    for (mark, colour) in
        [(Mark::Well, &node), (Mark::Pfail, &warn), (Mark::Down, &bad), (Mark::Fail, &bad)]
    {
        context.set_fill_style_str(colour);
        context.set_stroke_style_str(colour);
        for (cell, face) in plan.cells.iter().zip(faces).filter(|(_, face)| face.mark == mark) {
            square(&context, cell, side, *face);
        }
    }
    context.set_stroke_style_str(&ground);
    for (cell, face) in plan.cells.iter().zip(faces) {
        if face.mark == Mark::Fail && face.leads {
            cross(&context, cell, side, 2.5);
        }
        if face.mark == Mark::Pfail && face.leads {
            context.set_fill_style_str(&ground);
            let dot = (side / 3.0).round();
            let at = (side - dot) / 2.0;
            context.fill_rect(cell.at.0 + at, cell.at.1 + at, dot, dot);
        }
    }
    rings(&context, plan, faces, pointed, &colours);
}

fn frames(
    context: &CanvasRenderingContext2d,
    plan: &Plan,
    labels: &[(String, usize)],
    pointed: &Pointed,
    colours: &Colours,
) {
    let (line, accent, muted) =
        (colours.of("--line"), colours.of("--accent"), colours.of("--muted"));
    let (panel, bad) = (colours.of("--panel"), colours.of("--bad"));
    context.set_font("600 11px Inter, system-ui, sans-serif");
    context.set_text_baseline("middle");
    context.set_line_width(1.0);
    for (host, (tile, (name, wrong))) in plan.tiles.iter().zip(labels).enumerate() {
        let open = pointed.host == Some(host);
        context.set_stroke_style_str(if open { &accent } else { &line });
        context.set_fill_style_str(&panel);
        context.begin_path();
        let (x, y) = (tile.at.0 + 0.5, tile.at.1 + 0.5);
        if context.round_rect_with_f64(x, y, tile.size.0 - 1.0, tile.size.1 - 1.0, 5.0).is_ok() {
            context.fill();
            context.stroke();
        }
        context.set_fill_style_str(if open { &accent } else { &muted });
        // The list of hosts has the names too.
        let _ = context.fill_text(name, tile.at.0 + 6.0, tile.at.1 + 9.5);
        if *wrong > 0 {
            context.set_fill_style_str(&bad);
            let words = format!("✂ {wrong}");
            let width = context.measure_text(&words).map_or(20.0, |m| m.width());
            let _ =
                context.fill_text(&words, tile.at.0 + tile.size.0 - width - 5.0, tile.at.1 + 9.5);
        }
    }
}

/// A full square for who leads, a ring for who follows; a cross for the dead.
fn square(context: &CanvasRenderingContext2d, cell: &Cell, side: f64, face: Face) {
    let (x, y) = cell.at;
    if face.mark == Mark::Down {
        context.set_line_width(1.0);
        context.stroke_rect(x + 0.5, y + 0.5, side - 1.0, side - 1.0);
        cross(context, cell, side, 2.5);
    } else if face.leads {
        context.fill_rect(x, y, side, side);
    } else {
        context.set_line_width(2.0);
        context.stroke_rect(x + 1.0, y + 1.0, side - 2.0, side - 2.0);
        if face.mark == Mark::Fail {
            cross(context, cell, side, 2.5);
        }
        if face.mark == Mark::Pfail {
            let dot = (side / 3.0).round();
            context.fill_rect(x + (side - dot) / 2.0, y + (side - dot) / 2.0, dot, dot);
        }
    }
}

fn cross(context: &CanvasRenderingContext2d, cell: &Cell, side: f64, margin: f64) {
    let ((x, y), far) = (cell.at, side - margin);
    context.set_line_width(1.6);
    context.begin_path();
    context.move_to(x + margin, y + margin);
    context.line_to(x + far, y + far);
    context.move_to(x + far, y + margin);
    context.line_to(x + margin, y + far);
    context.stroke();
}

/// What is pointed at, and whoever stands out.
fn rings(
    context: &CanvasRenderingContext2d,
    plan: &Plan,
    faces: &[Face],
    pointed: &Pointed,
    colours: &Colours,
) {
    let ring = |cell: &Cell, colour: &str, width: f64| {
        context.set_stroke_style_str(colour);
        context.set_line_width(width);
        let (x, y, side) =
            (cell.at.0 - 1.0 - width / 2.0, cell.at.1 - 1.0 - width / 2.0, plan.side);
        context.stroke_rect(x, y, side + 2.0 + width, side + 2.0 + width);
    };
    let (bad, vote) = (colours.of("--bad"), colours.of("--vote"));
    for (cell, face) in plan.cells.iter().zip(faces) {
        if face.mark >= Mark::Down {
            ring(cell, &bad, 1.0);
        }
        if face.stands {
            ring(cell, &vote, 2.0);
        }
    }
    let (text, accent) = (colours.of("--text"), colours.of("--accent"));
    let middle = |cell: &Cell| (cell.at.0 + plan.side / 2.0, cell.at.1 + plan.side / 2.0);
    if let Some(cell) = pointed.chosen.and_then(|n| plan.cells.get(n)) {
        ring(cell, &accent, 2.5);
    }
    let Some(cell) = pointed.cursor.and_then(|n| plan.cells.get(n)) else { return };
    for kin in pointed.kin.iter().filter_map(|&n| plan.cells.get(n)) {
        ring(kin, &text, 1.0);
        context.begin_path();
        let (from, to) = (middle(cell), middle(kin));
        context.move_to(from.0, from.1);
        context.line_to(to.0, to.1);
        context.stroke();
    }
    ring(cell, &text, 2.0);
}

/// Where a pointer stands on the map, in pixels.
pub(crate) fn spot(map: &NodeRef, e: &web_sys::PointerEvent) -> Option<(f64, f64)> {
    let map = map.cast::<web_sys::Element>()?;
    let rect = map.get_bounding_client_rect();
    Some((f64::from(e.client_x()) - rect.left(), f64::from(e.client_y()) - rect.top()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn a_dead_node_is_crossed_out_and_stands_out_once_most_masters_know() {
        let mut node = fixture::node(0, 6380, Some(Role::Master));
        assert_eq!(Face::of(&node), Face { leads: true, mark: Mark::Well, stands: false });
        (node.pid, node.health, node.jury) = (None, Health::Down, 3);
        assert_eq!(Face::of(&node).mark, Mark::Down);
        (node.doubters, node.failers) = (3, 2);
        assert_eq!(Face::of(&node).mark, Mark::Fail);
    }

    #[test]
    fn a_suspected_replica_still_follows() {
        let mut node = fixture::node(0, 6381, Some(Role::Replica));
        (node.health, node.doubters) = (Health::Pfail, 1);
        assert_eq!(Face::of(&node), Face { leads: false, mark: Mark::Pfail, stands: false });
    }
}
