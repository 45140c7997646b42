//! One message opened: its way, its fields, its bytes.

use std::rc::Rc;

use web_sys::HtmlElement;
use yew::prelude::*;

use super::fields::{Row, rows};
use crate::dropdown::on_escape;
use crate::focus::use_focus_back;
use crate::i18n::use_text;
use crate::ui::Choose;
use crate::world::mail::{Carrier, Letter};
use crate::world::pace;

/// Bytes a line of the dump.
const WIDE: usize = 8;
/// Lines of the dump.
const LINES: usize = 8;

#[derive(Properties, PartialEq)]
pub(crate) struct PacketProps {
    /// The message.
    pub letter: Rc<Letter>,
    /// Makes a choice.
    pub choose: Callback<Choose>,
}

/// What a kind of packet is for.
fn purpose(letter: &Letter) -> &'static str {
    if letter.carrier == Carrier::Resp {
        return if letter.bytes.starts_with(b"*") { "packet-command" } else { "packet-reply" };
    }
    match letter.bytes.get(13) {
        Some(0) => "packet-ping",
        Some(1) => "packet-pong",
        Some(2) => "packet-meet",
        Some(3) => "packet-fail",
        Some(4 | 9) => "packet-publish",
        Some(5) => "packet-auth-request",
        Some(6) => "packet-auth-ack",
        Some(7) => "packet-update",
        Some(8) => "packet-mfstart",
        _ => "packet-other",
    }
}

/// The panel.
#[component]
pub(crate) fn PacketPanel(props: &PacketProps) -> Html {
    let text = use_text();
    let letter = &props.letter;
    let chosen = use_state(|| None::<usize>);
    let panel = use_node_ref();
    use_focus_back();
    {
        let (chosen, panel) = (chosen.setter(), panel.clone());
        use_effect_with(letter.id, move |_| {
            chosen.set(None);
            if let Some(panel) = panel.cast::<HtmlElement>() {
                // Without the focus it is still there to be read.
                let _ = panel.focus();
            }
        });
    }
    let fields = use_memo((letter.id, text.lang), |_| rows(&text, letter));
    let close = props.choose.reform(|_: MouseEvent| Choose::NoLetter);
    let onkeydown = on_escape(props.choose.reform(|()| Choose::NoLetter));
    let lines = fields.iter().enumerate().map(|(ix, row)| {
        let on = *chosen == Some(ix);
        let onclick = {
            let chosen = chosen.clone();
            Callback::from(move |_: MouseEvent| chosen.set((!on).then_some(ix)))
        };
        html! {
            <li key={ix}>
                <button type="button" aria-expanded={on.to_string()} {onclick}>
                    <span class="field-offset">{ row.offset }</span>
                    <span class="field-name">{ &row.name }</span>
                    <span class="field-value">{ &row.value }</span>
                </button>
                if on { <p>{ &row.meaning }</p> }
            </li>
        }
    });
    let took = letter.at_us.saturating_sub(letter.sent_us) as f64 / 1000.0;
    html! {
        <section class="packet" ref={panel} tabindex="-1" aria-label={letter.label.clone()} data-testid="packet" {onkeydown}>
            <header>
                <h2>{ &letter.label }</h2>
                <span class="muted">{ format!("{} → {}", letter.from, letter.to) }</span>
                <button type="button" class="close" onclick={close} aria-label={text.get("close")}>{ "×" }</button>
            </header>
            <p class="packet-times">{ text.fill("packet-times", &[("sent", &pace::clock(letter.sent_us)), ("took", &format!("{took:.2}")), ("n", &letter.bytes.len().to_string())]) }</p>
            <p class="packet-purpose">{ text.get(purpose(letter)) }</p>
            <ol class="fields" data-testid="fields">{ for lines }</ol>
            { dump(&letter.bytes, chosen.and_then(|ix| fields.get(ix))) }
        </section>
    }
}

/// The bytes around a field, or from the beginning.
fn dump(bytes: &[u8], field: Option<&Row>) -> Html {
    let (from, to) = field.map_or((0, 0), |f| (f.offset, f.offset.saturating_add(f.len)));
    let first = (from / WIDE).saturating_sub(1) * WIDE;
    let lines = bytes.get(first..).unwrap_or_default().chunks(WIDE).take(LINES);
    let lines = lines.enumerate().map(|(n, chunk)| {
        let at = first + n * WIDE;
        let hex = chunk.iter().enumerate().map(|(i, b)| {
            let on = (from..to).contains(&(at + i));
            html! { <span class={on.then_some("on")}>{ format!("{b:02x} ") }</span> }
        });
        let shown: String = chunk
            .iter()
            .map(|b| if b.is_ascii_graphic() || *b == b' ' { char::from(*b) } else { '.' })
            .collect();
        let pad = "   ".repeat(WIDE - chunk.len());
        html! { <div><span class="muted">{ format!("{at:04x}  ") }</span>{ for hex }{ pad }<span class="muted">{ format!(" {shown}") }</span></div> }
    });
    html! { <div class="dump" data-testid="dump" tabindex="0" role="group" aria-label="hex">{ for lines }</div> }
}
