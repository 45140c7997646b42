//! One step of a lesson: done, current, or ahead.

use lessons::{CheckView, ChoiceView, StepKind, StepView, Verdict};
use yew::prelude::*;

use super::prose::{self, TypeLines};
use crate::i18n::{Text, use_text};
use crate::world::screen::Command;

#[derive(Properties, PartialEq)]
pub(crate) struct StepItemProps {
    /// The step.
    pub step: StepView,
    /// Its place.
    pub place: usize,
    /// The place of the current step.
    pub current: usize,
    /// The solution, once it was asked for.
    pub solution: Option<String>,
    /// Does something to the world.
    pub act: Callback<Command>,
    /// Types lines on a host.
    pub type_lines: TypeLines,
}

/// Whether the learner ends the step by going on.
const fn is_read(kind: StepKind) -> bool {
    matches!(kind, StepKind::Read | StepKind::Explain | StepKind::Free)
}

/// A step; one that is done folds up, with what was answered last still open.
#[component]
pub(crate) fn StepItem(props: &StepItemProps) -> Html {
    let text = use_text();
    let step = &props.step;
    if props.place > props.current {
        return html! { <li data-step={step.id.clone()} data-state="ahead"><h3>{ &step.title }</h3></li> };
    }
    let body = html! {
        <>
            { prose::blocks(&text, &step.prose, &props.type_lines) }
            { choices(&text, props) }
            { checks(&step.checks) }
        </>
    };
    if step.done {
        let open = props.place + 1 == props.current && !step.choices.is_empty();
        return html! {
            <li data-step={step.id.clone()} data-state="done">
                <details {open}><summary><h3>{ &step.title }</h3></summary>{ body }</details>
            </li>
        };
    }
    html! {
        <li data-step={step.id.clone()} data-state="current" aria-current="step">
            <h3>{ &step.title }</h3>
            { body }
            { help(&text, props) }
        </li>
    }
}

fn choices(text: &Text, props: &StepItemProps) -> Html {
    let step = &props.step;
    let locked = step.kind == StepKind::Predict && step.choices.iter().any(|c| c.right.is_some());
    let all = step.choices.iter().map(|choice| {
        html! {
            <li key={choice.id.clone()}>
                { choice_button(choice, locked || step.done, &props.act) }
                if let Some(why) = &choice.why {
                    <div class="why" data-right={choice.right.map(|r| r.to_string())} role="status">
                        { prose::blocks(text, why, &props.type_lines) }
                    </div>
                }
            </li>
        }
    });
    if step.choices.is_empty() {
        return Html::default();
    }
    html! {
        <div class="question">
            if step.kind == StepKind::Predict {
                <p class="overline">{ text.get("lesson-prediction") }</p>
            }
            <ul class="choices">{ for all }</ul>
        </div>
    }
}

fn choice_button(choice: &ChoiceView, locked: bool, act: &Callback<Command>) -> Html {
    let id = choice.id.clone();
    let onclick = act.reform(move |_: MouseEvent| Command::Choose(id.clone()));
    let right = choice.right.map(|r| r.to_string());
    html! {
        <button type="button" class="choice" data-choice={choice.id.clone()} data-right={right} disabled={locked || choice.right.is_some()} {onclick}>
            { &choice.words }
        </button>
    }
}

fn checks(all: &[CheckView]) -> Html {
    if all.is_empty() {
        return Html::default();
    }
    let items = all.iter().map(|check| {
        let verdict = match check.verdict {
            Verdict::Pending => "pending",
            Verdict::Met => "met",
            Verdict::Violated => "violated",
        };
        html! { <li key={check.id.clone()} data-check={check.id.clone()} data-verdict={verdict}>{ &check.words }</li> }
    });
    html! { <div role="status"><ul class="checks">{ for items }</ul></div> }
}

/// What helps with the current step: going on, hints, in the end the solution.
fn help(text: &Text, props: &StepItemProps) -> Html {
    let step = &props.step;
    let say = |command: Command| props.act.reform(move |_: MouseEvent| command.clone());
    let hints = step.hints.iter().map(|hint| {
        html! { <li>{ prose::blocks(text, hint, &props.type_lines) }</li> }
    });
    let left = [("n", step.hints_left.to_string())];
    let left: Vec<(&str, &str)> = left.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let at_an_end = step.hints_left == 0 && !step.hints.is_empty();
    html! {
        <>
            if step.stuck { <p class="stuck">{ text.get("lesson-stuck") }</p> }
            if !step.hints.is_empty() { <ol class="hints">{ for hints }</ol> }
            if let Some(solution) = &props.solution {
                <pre class="prose-code"><code>{ solution }</code></pre>
            }
            <p class="step-end">
                if is_read(step.kind) {
                    <button type="button" class="button primary" data-testid="lesson-continue" onclick={say(Command::GoOn)}>{ text.get("lesson-continue") }</button>
                }
                if step.hints_left > 0 {
                    <button type="button" class="quiet" data-testid="lesson-hint" onclick={say(Command::Hint)}>{ text.fill("lesson-hint", &left) }</button>
                } else if at_an_end && props.solution.is_none() {
                    <button type="button" class="quiet" data-testid="lesson-solution" onclick={say(Command::Solution)}>{ text.get("lesson-solution") }</button>
                }
            </p>
        </>
    }
}
