//! Who believes what of whom, for very many nodes: a square for each two hosts, and the nodes of which
//! not all believe the same.

use std::rc::Rc;

use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};
use yew::prelude::*;

use crate::i18n::use_text;
use crate::stage::slot_paint::Rgb;
use crate::world::crowd::{Crowd, Pair, Split, place};
use crate::world::model::{Opinion, WorldView};

/// No more nodes are listed.
const LISTED: usize = 10;

#[derive(Properties, PartialEq)]
pub(crate) struct ViewsProps {
    /// The world now.
    pub view: Rc<WorldView>,
    /// What they believe.
    pub crowd: Rc<Crowd>,
}

/// The picture and the list. Never a part of who asks for it: a first visit does not.
#[inline(never)]
pub(crate) fn html(view: &Rc<WorldView>, crowd: &Rc<Crowd>) -> Html {
    html! { <Views view={view.clone()} crowd={crowd.clone()} /> }
}

/// What the nodes of one host say of those of another, as a colour: that they do not agree comes first.
const fn colour(pair: &Pair) -> Rgb {
    if pair.all == 0 {
        [0x22, 0x2b, 0x3c]
    } else if pair.odd > 0 || pair.pfail > 0 {
        [0xe6, 0x9f, 0x00]
    } else if pair.fail > 0 {
        [0xe0, 0x4f, 0x3f]
    } else if pair.unknown > 0 {
        [0x6b, 0x76, 0x8c]
    } else {
        [0x3f, 0x7f, 0xb5]
    }
}

/// One pixel a pair of hosts, row by row.
fn pixels(crowd: &Crowd) -> Vec<u8> {
    let opaque = |pair: &Pair| {
        let [r, g, b] = colour(pair);
        [r, g, b, 255]
    };
    crowd.pairs.iter().flat_map(opaque).collect()
}

/// The figures of a line, with the columns' names.
fn figures(split: &Split) -> [(&'static str, usize); 6] {
    let held = |what: Opinion| usize::from(split.held[place(what)]);
    [
        ("views-fail", held(Opinion::Fail)),
        ("views-pfail", held(Opinion::Pfail)),
        ("views-master", held(Opinion::Master)),
        ("views-replica", held(Opinion::Replica)),
        ("views-unknown", held(Opinion::Unknown) + held(Opinion::Handshake)),
        ("views-odd", split.odd),
    ]
}

/// The picture and the list.
#[component]
pub(crate) fn Views(props: &ViewsProps) -> Html {
    let text = use_text();
    let canvas = use_node_ref();
    let hosts = props.crowd.hosts;
    {
        let canvas = canvas.clone();
        use_effect_with(props.crowd.clone(), move |crowd| {
            let Some(canvas) = canvas.cast::<HtmlCanvasElement>() else { return };
            let context = canvas.get_context("2d").ok().flatten();
            let context = context.and_then(|c| c.dyn_into::<CanvasRenderingContext2d>().ok());
            let (pixels, side) = (pixels(crowd), crowd.hosts as u32);
            let image = ImageData::new_with_u8_clamped_array(Clamped(&pixels), side).ok();
            if let (Some(context), Some(image)) = (context, image) {
                // A canvas that cannot be written to stays blank; the list below remains.
                let _ = context.put_image_data(&image, 0.0, 0.0);
            }
        });
    }
    let all = props.view.nodes.len();
    let split = &props.crowd.split;
    let agreed = all.saturating_sub(split.iter().filter(|s| s.odd > 0).count());
    let said = text.fill("views-agreed", &[("n", &agreed.to_string()), ("of", &all.to_string())]);
    let heads = figures(&Split { of: 0, held: [0; 7], odd: 0 })
        .map(|(key, _)| html! { <th scope="col">{ text.get(key) }</th> });
    let rows = split.iter().take(LISTED).filter_map(|one| {
        let node = props.view.nodes.get(one.of)?;
        let cells = figures(one).map(|(key, n)| {
            html! { <td data-kind={key} data-none={(n == 0).then_some("yes")}>{ n }</td> }
        });
        Some(html! { <tr key={one.of} data-of={node.address()}><th scope="row">{ &node.name }</th>{ for cells }</tr> })
    });
    let more = split.len().saturating_sub(LISTED);
    html! {
        <figure class="matrix dense views" data-testid="views" data-split={split.len().to_string()}>
            <canvas ref={canvas} width={hosts.to_string()} height={hosts.to_string()} role="img" aria-label={text.get("views-name")} />
            <div class="views-said">
                <p role="status">{ said }</p>
                if !split.is_empty() {
                    <div class="matrix-scroll" tabindex="0" role="group" aria-label={text.get("views-table")}>
                        <table>
                            <thead><tr><td></td>{ for heads }</tr></thead>
                            <tbody>{ for rows }</tbody>
                        </table>
                    </div>
                    if more > 0 { <p>{ text.fill("map-more", &[("n", &more.to_string())]) }</p> }
                }
                <figcaption>{ text.get("views-caption") }</figcaption>
            </div>
        </figure>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn that_hosts_do_not_agree_is_seen_before_all_else() {
        let pair = |fail, odd| Pair { all: 400, fail, odd, ..Pair::default() };
        let crowd = Crowd {
            hosts: 2,
            pairs: vec![pair(0, 0), pair(20, 0), pair(20, 1), Pair::default()],
            split: Vec::new(),
        };
        let pixels = pixels(&crowd);
        assert_eq!(pixels.len(), 16);
        assert_eq!(pixels[4..7], [0xe0, 0x4f, 0x3f], "all say that one has failed");
        assert_eq!(pixels[8..11], [0xe6, 0x9f, 0x00], "one has not heard");
        assert_eq!(pixels[12..15], colour(&Pair::default()), "nobody speaks there");
    }

    #[test]
    fn the_figures_of_a_line_are_those_of_the_count() {
        let mut held = [0; 7];
        (held[place(Opinion::Fail)], held[place(Opinion::Master)]) = (640, 12);
        let line = figures(&Split { of: 3, held, odd: 12 }).map(|f| f.1);
        assert_eq!(line, [640, 0, 12, 0, 0, 12]);
    }
}
