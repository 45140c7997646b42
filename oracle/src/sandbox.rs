//! The simulated hosts: the headless console behind `lessons console`.

use anyhow::{Result, anyhow};
use engine_shell::script::Runner;
use engine_sim::HostSpec;

use crate::session::Numbered;
use crate::split_prompt;

/// The world's seed: the one that `lessons console` takes when none is named.
const SEED: u64 = 1;

/// What the screen showed for each step so far, and why the session ended early, if it did.
pub struct Shown {
    /// One text a step, the prompt and the typed line first.
    pub steps: Vec<String>,
    /// The step that failed is the one behind the last of `steps`.
    pub failed: Option<anyhow::Error>,
}

/// Types a whole session on the hosts of the first seed.
///
/// # Errors
/// A session that is not understood.
pub fn run(session: &[Numbered]) -> Result<Shown> {
    let mut runner = Runner::new(SEED, &HostSpec::seed_hosts());
    // Each host has a terminal, and on each a prompt waits for the next line.
    let mut prompts: Vec<(String, String)> = Vec::new();
    let mut here = "db01".to_owned();
    let mut steps = Vec::new();
    for (i, step) in session.iter().enumerate() {
        let next = session.get(i + 1).map(|n| n.text.as_str());
        let mut shown = String::new();
        let done = runner.line(&step.text, next, &mut |text| shown.push_str(text));
        let waiting = prompts.iter().position(|(host, _)| *host == here);
        if let crate::session::Step::Host(name) = &step.step {
            here.clone_from(name);
        }
        let is_line = matches!(step.step, crate::session::Step::Line(_));
        if is_line && let Some(at) = waiting {
            shown.insert_str(0, &prompts.swap_remove(at).1);
        }
        let (text, prompt) = split_prompt(&shown);
        if !prompt.is_empty() {
            prompts.push((here.clone(), prompt.to_owned()));
        }
        if let Err(why) = done {
            return Ok(Shown { steps, failed: Some(anyhow!("{why}; it shows\n{text}")) });
        }
        steps.push(text.to_owned());
    }
    Ok(Shown { steps, failed: None })
}
