//! Who believes what of whom, for many nodes: a square a pair, and the nodes that are doubted by name.

use std::rc::Rc;

use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};
use yew::prelude::*;

use super::slot_paint::Rgb;
use crate::i18n::use_text;
use crate::world::model::{Belief, Health, Opinion, WorldView};

/// No more names are listed.
const NAMED: usize = 24;

#[derive(Properties, PartialEq)]
pub(crate) struct DenseProps {
    /// The world now.
    pub view: Rc<WorldView>,
}

/// The colour of a belief.
const fn colour(belief: Option<&Belief>) -> Rgb {
    match belief {
        None => [0x22, 0x2b, 0x3c],
        Some(belief) => match belief.what {
            Opinion::Fail => [0xe0, 0x4f, 0x3f],
            Opinion::Pfail => [0xe6, 0x9f, 0x00],
            Opinion::Unknown | Opinion::Handshake => [0x4a, 0x55, 0x6b],
            Opinion::Myself => [0xc9, 0xd3, 0xe4],
            Opinion::Master => [0x3f, 0x7f, 0xb5],
            Opinion::Replica => [0x2d, 0x55, 0x7c],
        },
    }
}

/// One pixel a pair, row by row.
fn pixels(view: &WorldView) -> Vec<u8> {
    let order = view.order();
    let mut pixels = Vec::with_capacity(order.len() * order.len() * 4);
    for &by in &order {
        let row = view.beliefs.get(by);
        for &of in &order {
            pixels.extend(colour(row.and_then(|r| r.get(of))));
            pixels.push(255);
        }
    }
    pixels
}

/// The picture.
#[component]
pub(crate) fn Dense(props: &DenseProps) -> Html {
    let text = use_text();
    let canvas = use_node_ref();
    let many = props.view.nodes.len();
    {
        let canvas = canvas.clone();
        use_effect_with(props.view.clone(), move |view| {
            let Some(canvas) = canvas.cast::<HtmlCanvasElement>() else { return };
            let context = canvas.get_context("2d").ok().flatten();
            let context = context.and_then(|c| c.dyn_into::<CanvasRenderingContext2d>().ok());
            let (pixels, side) = (pixels(view), view.nodes.len() as u32);
            let image = ImageData::new_with_u8_clamped_array(Clamped(&pixels), side).ok();
            if let (Some(context), Some(image)) = (context, image) {
                // A canvas that cannot be written to stays blank; the names below remain.
                let _ = context.put_image_data(&image, 0.0, 0.0);
            }
        });
    }
    let doubted: Vec<&str> = props
        .view
        .nodes
        .iter()
        .filter(|n| n.health != Health::Ok)
        .map(|n| n.name.as_str())
        .take(NAMED)
        .collect();
    let said = if doubted.is_empty() {
        text.get("dense-all-well").to_owned()
    } else {
        text.fill("dense-doubted", &[("names", &doubted.join(", "))])
    };
    html! {
        <figure class="matrix dense">
            <canvas ref={canvas} width={many.to_string()} height={many.to_string()} role="img" aria-label={text.get("matrix-name")} />
            <figcaption>{ said }<br />{ text.get("dense-caption") }</figcaption>
        </figure>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn a_dark_row_has_no_process_and_red_means_fail() {
        let mut view = WorldView::default();
        for port in 1..=2 {
            view.nodes.push(fixture::node(0, port, None));
        }
        let fail = Belief { what: Opinion::Fail, epoch: 0, odd: false };
        view.beliefs = vec![Vec::new(), vec![fail.clone(), fail]];
        let pixels = pixels(&view);
        assert_eq!(pixels[..3], colour(None));
        assert_eq!(pixels[8..11], [0xe0, 0x4f, 0x3f]);
        assert_eq!(pixels.len(), 16);
    }
}
