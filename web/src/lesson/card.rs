//! A question of an earlier lesson, asked again.

use std::rc::Rc;

use yew::prelude::*;

use super::prose::{self, TypeLines};
use super::review;
use crate::i18n::use_text;
use crate::world::library::{Part, Shelf};
use crate::world::screen::Command;

#[derive(Properties, PartialEq)]
pub(crate) struct CardProps {
    /// The lessons that are here.
    pub shelf: Rc<Shelf>,
    /// The question: `LESSON.STEP`.
    pub path: String,
    /// Asks for the lesson.
    pub act: Callback<Command>,
    /// Types lines on a host.
    pub type_lines: TypeLines,
}

/// The question and its answers. The first answer decides when it comes again.
#[component]
pub(crate) fn Card(props: &CardProps) -> Html {
    let text = use_text();
    let chosen = use_state(Vec::<String>::new);
    let (id, step) = props.path.split_once('.').unwrap_or_default();
    {
        let act = props.act.clone();
        use_effect_with(id.to_owned(), move |id| act.emit(Command::FetchLesson(id.clone())));
    }
    if let Some(Part::Missing(gap)) = props.shelf.part(id) {
        return html! { <p class="muted">{ text.get(gap.words()) }</p> };
    }
    let found = props
        .shelf
        .lesson(id)
        .and_then(|lesson| Some((lesson, lesson.steps.iter().find(|s| s.id == step)?)));
    let Some((lesson, step)) = found else { return Html::default() };
    let Some(words) = lesson.words(text.lang.tag()) else { return Html::default() };
    let answer = step.answer.clone().unwrap_or_default();
    let solved = chosen.contains(&answer);
    let choices = step.choices.iter().map(|choice| {
        let picked = chosen.contains(&choice.id);
        let right = picked.then(|| (choice.id == answer).to_string());
        let onclick = {
            let (chosen, id, path) = (chosen.clone(), choice.id.clone(), props.path.clone());
            let answer = answer.clone();
            Callback::from(move |_: MouseEvent| {
                if chosen.is_empty() {
                    review::answered(&path, id == answer);
                }
                let mut all = (*chosen).clone();
                all.push(id.clone());
                chosen.set(all);
            })
        };
        html! {
            <li key={choice.id.clone()}>
                <button type="button" class="choice" data-choice={choice.id.clone()} data-right={right.clone()} disabled={picked || solved} {onclick}>
                    { words.line(&format!("{}.{}", step.id, choice.id)) }
                </button>
                if picked {
                    <div class="why" data-right={right} role="status">
                        { prose::blocks(&text, words.blocks(&format!("{}.{}.why", step.id, choice.id)), &props.type_lines) }
                    </div>
                }
            </li>
        }
    });
    html! {
        <section class="card" data-card={props.path.clone()} data-solved={solved.to_string()}>
            <h4>{ &words.title }</h4>
            { prose::blocks(&text, words.blocks(&step.id), &props.type_lines) }
            <ul class="choices">{ for choices }</ul>
        </section>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct CardsProps {
    /// The lessons that are here.
    pub shelf: Rc<Shelf>,
    /// Questions: `LESSON.STEP`.
    pub paths: Vec<String>,
    /// What stands above them.
    pub title: AttrValue,
    /// Asks for the lesson.
    pub act: Callback<Command>,
    /// Types lines on a host.
    pub type_lines: TypeLines,
}

/// Questions behind a line that unfolds them.
#[component]
pub(crate) fn Cards(props: &CardsProps) -> Html {
    if props.paths.is_empty() {
        return Html::default();
    }
    let cards = props.paths.iter().map(|path| {
        html! { <Card key={path.clone()} shelf={props.shelf.clone()} path={path.clone()} act={props.act.clone()} type_lines={props.type_lines.clone()} /> }
    });
    html! {
        <details class="cards" data-testid="cards"><summary>{ &props.title }</summary>{ for cards }</details>
    }
}
