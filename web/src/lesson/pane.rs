//! The lesson that is open.

use std::rc::Rc;

use lessons::Standing;
use yew::prelude::*;

use super::prose::{self, TypeLines};
use super::step::StepItem;
use crate::i18n::use_text;
use crate::world::screen::{Command, LessonScreen};

#[derive(Properties, PartialEq)]
pub(crate) struct PaneProps {
    /// The lesson.
    pub open: Rc<LessonScreen>,
    /// Does something to the world.
    pub act: Callback<Command>,
    /// Types lines on a host.
    pub type_lines: TypeLines,
}

/// Title, steps, end.
#[component]
pub(crate) fn Pane(props: &PaneProps) -> Html {
    let text = use_text();
    let open = &props.open;
    let view = &open.view;
    let say = |command: Command| props.act.reform(move |_: MouseEvent| command.clone());
    let steps = view.steps.iter().enumerate().map(|(place, step)| {
        html! {
            <StepItem key={step.id.clone()} step={step.clone()} {place} current={view.current} solution={open.solution.clone()} act={props.act.clone()} type_lines={props.type_lines.clone()} />
        }
    });
    let place = text.fill(
        "lesson-overline",
        &[("n", &(open.place + 1).to_string()), ("minutes", &view.minutes.to_string())],
    );
    html! {
        <section class="lesson-pane" data-standing={standing(view.standing)}>
            <p class="lesson-top">
                <span class="overline">{ place }</span>
                <button type="button" class="quiet" data-testid="lesson-close" onclick={say(Command::CloseLesson)}>{ text.get("lesson-close") }</button>
            </p>
            <h2>{ &view.title }</h2>
            <div class="summary">{ prose::blocks(&text, &view.summary, &props.type_lines) }</div>
            <ol class="steps">{ for steps }</ol>
            if let Some(debrief) = &view.debrief {
                <div class="debrief" role="status">
                    <h3>{ text.get(if view.standing == Standing::Seen { "lesson-seen" } else { "lesson-solved" }) }</h3>
                    { prose::blocks(&text, debrief, &props.type_lines) }
                    <ul class="objectives">{ for view.objectives.iter().map(|o| html! { <li>{ o }</li> }) }</ul>
                </div>
            }
            <p class="lesson-end">
                if view.standing != Standing::Open {
                    if let Some(next) = open.next.clone() {
                        <button type="button" class="button primary" data-testid="lesson-following" onclick={say(Command::OpenLesson(next))}>{ text.get("lesson-following") }</button>
                    }
                }
                <button type="button" class="quiet" data-testid="lesson-again" onclick={say(Command::OpenLesson(view.id.clone()))}>{ text.get("lesson-again") }</button>
            </p>
        </section>
    }
}

const fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Open => "open",
        Standing::Solved => "solved",
        Standing::Seen => "seen",
    }
}
