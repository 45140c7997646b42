//! `lesson.toml` as serde reads it, before anything is checked.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::check::{Fact, Pattern};
use crate::format::lesson::{Level, Scenario, StepKind};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawLesson {
    #[expect(dead_code, reason = "read before all else")]
    pub(crate) format: u32,
    pub(crate) id: Spanned<String>,
    pub(crate) minutes: u32,
    pub(crate) level: Level,
    #[serde(default)]
    pub(crate) prerequisites: Vec<String>,
    pub(crate) objectives: Vec<String>,
    pub(crate) misconceptions: Vec<u32>,
    pub(crate) sources: Vec<String>,
    #[serde(default)]
    pub(crate) rules: Vec<String>,
    #[serde(default)]
    pub(crate) commands: Vec<String>,
    #[serde(default)]
    pub(crate) recall: Vec<Spanned<String>>,
    pub(crate) challenge_of: Option<String>,
    pub(crate) start: RawStart,
    #[serde(default)]
    pub(crate) bind: BTreeMap<String, Pattern>,
    pub(crate) step: Vec<Spanned<RawStep>>,
    #[serde(default)]
    pub(crate) solution: Vec<Spanned<RawScript>>,
    #[serde(default)]
    pub(crate) counter: Vec<Spanned<RawScript>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawStart {
    pub(crate) scenario: Scenario,
    #[serde(default = "one")]
    pub(crate) seed: u64,
    #[serde(default)]
    pub(crate) script: String,
    #[serde(default)]
    pub(crate) variants: Vec<String>,
}

const fn one() -> u64 {
    1
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawStep {
    pub(crate) id: String,
    pub(crate) kind: StepKind,
    #[serde(default)]
    pub(crate) hints: usize,
    #[serde(default)]
    pub(crate) choices: Vec<RawChoice>,
    pub(crate) answer: Option<String>,
    #[serde(default)]
    pub(crate) check: Vec<Spanned<RawCheck>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawChoice {
    pub(crate) id: String,
    pub(crate) misconception: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawCheck {
    pub(crate) id: String,
    pub(crate) eventually: Option<Fact>,
    pub(crate) holds: Option<Fact>,
    pub(crate) always: Option<Fact>,
    pub(crate) never: Option<Pattern>,
    pub(crate) happens: Option<Pattern>,
    pub(crate) exactly: Option<u32>,
    pub(crate) at_least: Option<u32>,
    pub(crate) at_most: Option<u32>,
    pub(crate) within_seconds: Option<u64>,
    pub(crate) since: Option<Pattern>,
    pub(crate) since_so: Option<Fact>,
    pub(crate) until: Option<Pattern>,
    pub(crate) until_so: Option<Fact>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawScript {
    pub(crate) id: String,
    /// Of a counter-solution: the check (`step.check`) or question (`step`) that must not be met.
    pub(crate) fails: Option<String>,
    pub(crate) script: String,
}
