//! The last messages: each can be opened. Gossip that tells nothing new is folded away.

use std::rc::Rc;

use yew::prelude::*;

use crate::i18n::use_text;
use crate::ui::Choose;
use crate::world::pace;
use crate::world::screen::Details;

/// No more lines are shown.
const SHOWN: usize = 150;

#[derive(Properties, PartialEq)]
pub(crate) struct LettersProps {
    /// The messages.
    pub details: Rc<Details>,
    /// Makes a choice.
    pub choose: Callback<Choose>,
}

/// The list.
#[component]
pub(crate) fn Letters(props: &LettersProps) -> Html {
    let text = use_text();
    let all = use_state(|| false);
    let toggle = {
        let all = all.clone();
        Callback::from(move |_: MouseEvent| all.set(!*all))
    };
    let letters = &props.details.letters;
    let rate = rate(letters.iter().filter(|l| l.quiet).map(|l| l.at_us));
    let lines = letters.iter().filter(|l| *all || !l.quiet).take(SHOWN).map(|letter| {
        let open = {
            let (choose, letter) = (props.choose.clone(), letter.clone());
            Callback::from(move |_: MouseEvent| choose.emit(Choose::Letter(letter.clone())))
        };
        html! {
            <li key={letter.id} data-tone={letter.tone.attribute()}>
                <button type="button" onclick={open}>
                    <time>{ pace::clock(letter.at_us) }</time>
                    <span class="letter-label">{ &letter.label }</span>
                    <span class="letter-way">{ format!("{} → {}", letter.from, letter.to) }</span>
                </button>
            </li>
        }
    });
    html! {
        <section class="letters" aria-label={text.get("side-letters")}>
            <button type="button" class="button fold" aria-pressed={all.to_string()} onclick={toggle}>
                { text.fill("letters-gossip", &[("n", &rate)]) }
            </button>
            <ol data-testid="letters" tabindex="0">
                { for lines }
                if letters.is_empty() { <li class="nothing">{ text.get("letters-none") }</li> }
            </ol>
        </section>
    }
}

/// How many a virtual second, of the instants of the newest, newest first.
fn rate(instants: impl Iterator<Item = u64>) -> String {
    let all: Vec<u64> = instants.collect();
    match (all.first(), all.last()) {
        (Some(newest), Some(oldest)) if newest.saturating_sub(*oldest) > 50_000 => {
            let seconds = (newest - oldest) as f64 / 1e6;
            format!("{:.0}", all.len() as f64 / seconds)
        }
        _ => "0".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gossip_is_counted_by_the_second() {
        assert_eq!(rate((0..=40).rev().map(|n| n * 100_000)), "10");
        assert_eq!(rate([5].into_iter()), "0");
    }
}
