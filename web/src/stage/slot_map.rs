//! The slot map: one canvas, a cursor moved by pointer or arrow keys, and a line that names it.

use std::rc::Rc;

use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlElement, ImageData};
use yew::prelude::*;

use super::slot_paint::{self, SIDE};
use crate::i18n::{Text, use_text};
use crate::ui::{Choose, Theme, Ui};
use crate::world::differ::Diff;
use crate::world::model::{SlotsView, WorldView};

/// Pixels a cell.
const SCALE: usize = 4;

#[derive(Properties, PartialEq)]
pub(crate) struct SlotMapProps {
    /// Who holds which slot.
    pub slots: Rc<SlotsView>,
    /// The world now, for names.
    pub view: Rc<WorldView>,
    /// The learner's choices.
    pub ui: Rc<Ui>,
    /// Makes a choice.
    pub choose: Callback<Choose>,
    /// In what this world differs from another one beside it.
    pub diff: Option<Rc<Diff>>,
}

/// Slot, owner, and where it is going.
fn name_slot(text: &Text, view: &WorldView, slots: &SlotsView, slot: u16) -> String {
    let name = |ix: Option<usize>| {
        ix.and_then(|ix| view.nodes.get(ix)).map_or_else(|| "?".to_owned(), |n| n.name.clone())
    };
    let n = slot.to_string();
    if let Some(&(_, from, to)) = slots.moving.iter().find(|m| m.0 == slot) {
        return text.fill("slot-moving", &[("slot", &n), ("from", &name(from)), ("to", &name(to))]);
    }
    match slots.owner_of(slot) {
        Some(ix) => text.fill("slot-owned", &[("slot", &n), ("owner", &name(Some(ix)))]),
        None => text.fill("slot-free", &[("slot", &n)]),
    }
}

fn draw(canvas: &HtmlCanvasElement, slots: &SlotsView, dark: bool, diff: Option<&Diff>) {
    let mut pixels = slot_paint::paint(slots, dark, SCALE);
    for stretch in diff.iter().flat_map(|d| &d.slots) {
        slot_paint::hatch(&mut pixels, (stretch.first, stretch.last), dark, SCALE);
    }
    let width = (SIDE * SCALE) as u32;
    let context = canvas.get_context("2d").ok().flatten();
    let context = context.and_then(|c| c.dyn_into::<CanvasRenderingContext2d>().ok());
    let image = ImageData::new_with_u8_clamped_array(Clamped(&pixels), width).ok();
    if let (Some(context), Some(image)) = (context, image) {
        // A canvas that cannot be written to stays blank; the line below still names every slot.
        let _ = context.put_image_data(&image, 0.0, 0.0);
    }
}

/// How far an arrow key moves the cursor.
fn step(key: &str, page: i32) -> Option<i32> {
    Some(match key {
        "ArrowLeft" => -1,
        "ArrowRight" => 1,
        "ArrowUp" => -(SIDE as i32),
        "ArrowDown" => SIDE as i32,
        "PageUp" => -page,
        "PageDown" => page,
        "Home" => i32::MIN / 2,
        "End" => i32::MAX / 2,
        _ => return None,
    })
}

/// The map.
#[component]
pub(crate) fn SlotMap(props: &SlotMapProps) -> Html {
    let text = use_text();
    let canvas = use_node_ref();
    let dark = props.ui.theme == Theme::Dark;
    {
        let canvas = canvas.clone();
        let differs = props.diff.clone();
        use_effect_with((props.slots.clone(), dark, differs), move |(slots, dark, differs)| {
            if let Some(canvas) = canvas.cast::<HtmlCanvasElement>() {
                draw(&canvas, slots, *dark, differs.as_deref());
            }
        });
    }
    let onkeydown = {
        let choose = props.choose.clone();
        Callback::from(move |e: KeyboardEvent| {
            if let Some(by) = step(&e.key(), 16 * SIDE as i32) {
                e.prevent_default();
                choose.emit(Choose::SlotBy(by));
            }
        })
    };
    let onpointermove = {
        let choose = props.choose.clone();
        Callback::from(move |e: PointerEvent| {
            let map = e.current_target().and_then(|t| t.dyn_into::<HtmlElement>().ok());
            if let Some(map) = map {
                let rect = map.get_bounding_client_rect();
                let part = |at: i32, from: f64, size: f64| (f64::from(at) - from) / size.max(1.0);
                let x = part(e.client_x(), rect.left(), rect.width());
                let y = part(e.client_y(), rect.top(), rect.height());
                choose.emit(Choose::Slot(slot_paint::slot_at(x, y)));
            }
        })
    };
    let slot = props.ui.slot;
    let words = name_slot(&text, &props.view, &props.slots, slot);
    let part = |n: u16| f64::from(n) * 100.0 / SIDE as f64;
    let cursor = format!("left:{:.3}%;top:{:.3}%", part(slot % 128), part(slot / 128));
    let covered = props.slots.covered().to_string();
    html! {
        <figure class="slots">
            <div
                class="slot-map"
                data-testid="slot-map"
                data-covered={covered.clone()}
                role="slider"
                tabindex="0"
                aria-label={text.get("slots-name")}
                aria-valuemin="0"
                aria-valuemax="16383"
                aria-valuenow={slot.to_string()}
                aria-valuetext={words.clone()}
                {onkeydown}
                onpointerdown={onpointermove.clone()}
                {onpointermove}
            >
                <canvas ref={canvas} width={(SIDE * SCALE).to_string()} height={(SIDE * SCALE).to_string()} aria-hidden="true" />
                <span class="slot-cursor" style={cursor}></span>
            </div>
            <figcaption>
                <span class="slot-words">{ words }</span>
                <span class="muted">{ text.fill("slots-covered", &[("n", &covered)]) }</span>
            </figcaption>
        </figure>
    }
}
