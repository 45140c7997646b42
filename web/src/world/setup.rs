//! How a lesson had set its world up before the learner came: a link to a run in a lesson carries it.

use lessons::format::{Scenario, Start};

/// No setup has more lines.
const LINES_MOST: usize = 2000;

/// The setup of a lesson, with the variant that the seed chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setup {
    begins: Scenario,
    script: String,
}

/// The names of the beginnings in a link.
const BEGINS: [(&str, Scenario); 4] = [
    ("formed", Scenario::Formed),
    ("met", Scenario::Met),
    ("started", Scenario::Started),
    ("bare", Scenario::Bare),
];

impl Setup {
    /// Of a lesson that began with this seed.
    pub(super) fn of(start: &Start, seed: u64) -> Self {
        // Empty lines count: they may stand in a file that is being written.
        let script = start.lines(seed).trim_end_matches('\n').to_owned();
        Self { begins: start.scenario, script }
    }

    /// For a world that is to begin so.
    pub(super) fn start(&self, seed: u64) -> Start {
        let script = self.script.clone();
        Start { scenario: self.begins, seed, script, variants: Vec::new() }
    }

    /// As lines of a link.
    pub(super) fn lines(&self) -> String {
        let name = BEGINS.iter().find(|b| b.1 == self.begins).map_or("bare", |b| b.0);
        let many = self.script.lines().count();
        let mut text = format!("setup {name} {many}\n");
        for line in self.script.lines() {
            text.push_str(line);
            text.push('\n');
        }
        text
    }

    /// From what stands behind `setup ` and the lines after it; `None` when it cannot be read.
    pub(super) fn parse<'a>(head: &str, lines: &mut impl Iterator<Item = &'a str>) -> Option<Self> {
        let (name, many) = head.split_once(' ')?;
        let begins = BEGINS.iter().find(|b| b.0 == name)?.1;
        let many = many.parse().ok().filter(|many| *many <= LINES_MOST)?;
        let script: Vec<&str> = lines.take(many).collect();
        (script.len() == many).then(|| Self { begins, script: script.join("\n") })
    }
}
