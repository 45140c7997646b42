//! The line being typed.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::aid::{Aid, Hint};
use super::history::SharedHistory;
use super::paste;
use crate::i18n::use_text;
use crate::world::screen::Command;

#[derive(Properties, PartialEq)]
pub(crate) struct InputProps {
    /// The tab it belongs to.
    pub front: usize,
    /// What stands before it.
    pub prompt: String,
    /// Whether a program runs in the foreground.
    pub busy: bool,
    /// Does something to the world.
    pub act: Callback<Command>,
    /// Helps with a line.
    pub aid: Aid,
    /// What was typed on this tab before.
    pub history: SharedHistory,
}

/// What a key means here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Enter,
    Back,
    Forth,
    Interrupt,
    Clear,
    EndOfInput,
    Complete,
}

/// Ctrl-C with a selection copies, as everywhere; Ctrl-D ends the input only on an empty line.
fn meaning(key: &str, ctrl: bool, selected: bool, empty: bool) -> Option<Key> {
    match (key, ctrl) {
        ("Enter", false) => Some(Key::Enter),
        ("ArrowUp", false) | ("p", true) => Some(Key::Back),
        ("ArrowDown", false) | ("n", true) => Some(Key::Forth),
        ("c" | "C", true) if !selected => Some(Key::Interrupt),
        ("l" | "L", true) => Some(Key::Clear),
        ("Tab", false) if !empty => Some(Key::Complete),
        ("d" | "D", true) if empty => Some(Key::EndOfInput),
        _ => None,
    }
}

fn selection(input: &HtmlInputElement) -> (usize, usize) {
    let place = |at: Option<u32>| at.map_or(usize::MAX, |n| n as usize);
    (place(input.selection_start().ok().flatten()), place(input.selection_end().ok().flatten()))
}

/// Text around a selection counted in UTF-16 units, as the DOM counts.
fn around(text: &str, (start, end): (usize, usize)) -> (String, String) {
    let units: Vec<u16> = text.encode_utf16().collect();
    let (start, end) = (start.min(units.len()), end.min(units.len()));
    (String::from_utf16_lossy(&units[..start]), String::from_utf16_lossy(&units[end.max(start)..]))
}

/// What the handlers of the input share.
#[derive(Clone)]
struct Hand {
    field: NodeRef,
    tab: usize,
    history: SharedHistory,
    act: Callback<Command>,
    aid: Aid,
    hint: UseStateSetter<Option<Hint>>,
}

impl Hand {
    fn input(&self) -> Option<HtmlInputElement> {
        self.field.cast::<HtmlInputElement>()
    }

    fn pressed(&self, e: &KeyboardEvent) {
        let Some(input) = self.input().filter(|_| !e.is_composing()) else { return };
        let value = input.value();
        let (start, end) = selection(&input);
        let Some(key) = meaning(&e.key(), e.ctrl_key(), start != end, value.is_empty()) else {
            return;
        };
        if key == Key::Complete {
            // Shift-Tab goes back; Tab goes on when there is nothing to complete.
            let wider = if e.shift_key() { None } else { self.aid.widen(self.tab, &value) };
            let Some(wider) = wider else { return };
            e.prevent_default();
            self.hint.set(self.aid.hint(self.tab, &wider));
            input.set_value(&wider);
            return;
        }
        e.prevent_default();
        self.hint.set(None);
        self.do_key(key, &input, value);
    }

    fn do_key(&self, key: Key, input: &HtmlInputElement, value: String) {
        let tab = self.tab;
        match key {
            Key::Enter => {
                self.history.0.borrow_mut().entered(&value);
                input.set_value("");
                self.act.emit(Command::Type { tab, line: value });
            }
            Key::Back => {
                if let Some(line) = self.history.0.borrow_mut().back(&value) {
                    input.set_value(&line);
                }
            }
            Key::Forth => {
                if let Some(line) = self.history.0.borrow_mut().forth() {
                    input.set_value(&line);
                }
            }
            Key::Interrupt => {
                input.set_value("");
                self.act.emit(Command::Interrupt { tab });
            }
            Key::Clear => self.act.emit(Command::Clear { tab }),
            Key::EndOfInput => self.act.emit(Command::EndOfInput { tab }),
            Key::Complete => {}
        }
    }

    fn pasted(&self, e: &web_sys::ClipboardEvent) {
        let Some(input) = self.input() else { return };
        let pasted = e.clipboard_data().and_then(|d| d.get_data("text/plain").ok());
        // So much text in a field would freeze the browser: it is refused before it gets there.
        if pasted.as_ref().is_some_and(|text| text.len() > paste::MOST) {
            e.prevent_default();
            return self.act.emit(Command::TooLong);
        }
        let (before, after) = around(&input.value(), selection(&input));
        let Some((lines, rest)) = paste::lines(&before, &pasted.unwrap_or_default(), &after) else {
            return;
        };
        e.prevent_default();
        for line in lines {
            self.history.0.borrow_mut().entered(&line);
            self.act.emit(Command::Type { tab: self.tab, line });
        }
        input.set_value(&rest);
    }

    fn changed(&self) {
        if let Some(input) = self.input() {
            self.hint.set(self.aid.hint(self.tab, &input.value()));
        }
    }
}

/// The prompt and the input.
#[component]
pub(crate) fn Input(props: &InputProps) -> Html {
    let text = use_text();
    let field = use_node_ref();
    let hint = use_state(|| None::<Hint>);
    let hand = Hand {
        field: field.clone(),
        tab: props.front,
        history: props.history.clone(),
        act: props.act.clone(),
        aid: props.aid.clone(),
        hint: hint.setter(),
    };
    let onkeydown = {
        let hand = hand.clone();
        Callback::from(move |e: KeyboardEvent| hand.pressed(&e))
    };
    let oninput = {
        let hand = hand.clone();
        Callback::from(move |_: InputEvent| hand.changed())
    };
    let onpaste = Callback::from(move |e: Event| {
        if let Ok(e) = wasm_bindgen::JsCast::dyn_into::<web_sys::ClipboardEvent>(e) {
            hand.pasted(&e);
        }
    });
    html! {
        <label class="typing" data-busy={props.busy.then_some("yes")}>
            <span class="prompt">{ if props.busy { "" } else { props.prompt.as_str() } }</span>
            <span class="field">
            <input
                ref={field}
                id="console-input"
                data-testid="console-input"
                type="text"
                aria-label={text.get("console-input-name")}
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                enterkeyhint="send"
                {oninput}
                {onkeydown}
                {onpaste}
            />
            if let Some(hint) = (*hint).as_ref() {
                <span class="hint" aria-hidden="true"><span class="hint-typed">{ &hint.line }</span>{ &hint.words }</span>
            }
            </span>
        </label>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ctrl_c_copies_a_selection_and_interrupts_otherwise() {
        assert_eq!(meaning("c", true, true, false), None);
        assert_eq!(meaning("c", true, false, false), Some(Key::Interrupt));
        assert_eq!(meaning("c", false, false, false), None);
        assert_eq!(meaning("d", true, false, false), None);
        assert_eq!(meaning("d", true, false, true), Some(Key::EndOfInput));
        assert_eq!(meaning("Tab", false, false, true), None, "from an empty line Tab moves on");
    }

    #[test]
    fn a_paste_lands_at_the_cursor() {
        assert_eq!(around("get 键x", (5, 5)), ("get 键".to_owned(), "x".to_owned()));
        assert_eq!(around("ab", (usize::MAX, usize::MAX)), ("ab".to_owned(), String::new()));
        assert_eq!(around("abcd", (1, 3)), ("a".to_owned(), "d".to_owned()));
    }
}
