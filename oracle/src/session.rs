//! A session: the lines that are typed, and the directives between them, in the format of
//! `lessons console`.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};

/// One step of a session.
#[derive(Clone, Debug)]
pub enum Step {
    /// A line is typed.
    Line(String),
    /// The next lines are typed on this host.
    Host(String),
    /// Time passes.
    Wait(Duration),
    /// A command runs again and again until its output matches.
    Until {
        /// For how long.
        patience: Duration,
        /// What must be found in the output, once variables are expanded.
        pattern: String,
        /// The command, run by the host's shell.
        command: String,
    },
    /// The trimmed output of a command becomes a variable, written `${NAME}` in later lines.
    Set {
        /// Its name.
        name: String,
        /// The command.
        command: String,
    },
}

/// A step, with the number of its line in the file, from 1, and its text there.
#[derive(Clone, Debug)]
pub struct Numbered {
    /// The line number.
    pub line: usize,
    /// The line as it stands in the file.
    pub text: String,
    /// What it asks for.
    pub step: Step,
}

/// Reads a session file. Empty lines are typed too; there is no remark but the shell's own.
///
/// # Errors
/// A directive that is not understood.
pub fn parse(text: &str) -> Result<Vec<Numbered>> {
    let step = |(i, line): (usize, &str)| {
        let step = one(line).with_context(|| format!("line {}: {line}", i + 1))?;
        Ok(Numbered { line: i + 1, text: line.to_owned(), step })
    };
    text.lines().enumerate().map(step).collect()
}

fn one(line: &str) -> Result<Step> {
    let Some(directive) = line.strip_prefix('@') else { return Ok(Step::Line(line.to_owned())) };
    let (name, rest) = directive.split_once(' ').unwrap_or((directive, ""));
    let rest = rest.trim();
    Ok(match name {
        "host" => Step::Host(rest.to_owned()),
        "wait" => Step::Wait(duration(rest)?),
        "until" => {
            let (patience, rest) = rest.split_once(' ').context("a time and a pattern")?;
            let (pattern, command) = word(rest.trim_start()).context("a pattern and a command")?;
            Step::Until {
                patience: duration(patience)?,
                pattern: pattern.to_owned(),
                command: command.to_owned(),
            }
        }
        "set" => {
            let (name, command) = rest.split_once(' ').context("a name and a command")?;
            Step::Set { name: name.to_owned(), command: command.trim().to_owned() }
        }
        _ => bail!("there is no directive @{name}"),
    })
}

/// The first word, which may stand in quotes, and the rest.
fn word(text: &str) -> Option<(&str, &str)> {
    for quote in ['"', '\''] {
        if let Some(rest) = text.strip_prefix(quote) {
            let (word, rest) = rest.split_once(quote)?;
            return Some((word, rest.trim_start()));
        }
    }
    text.split_once(' ').map(|(word, rest)| (word, rest.trim_start()))
}

fn duration(text: &str) -> Result<Duration> {
    let (number, unit) = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(n), _) => (n, 1),
        (None, Some(n)) => (n, 1000),
        _ => bail!("a time is written 20s or 500ms"),
    };
    Ok(Duration::from_millis(number.parse::<u64>()? * unit))
}

/// Writes the values of variables into a line.
#[must_use]
pub fn expand(line: &str, variables: &[(String, String)]) -> String {
    variables
        .iter()
        .fold(line.to_owned(), |line, (name, value)| line.replace(&format!("${{{name}}}"), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_are_read_and_other_lines_are_typed() {
        let steps = parse("@host db02\nset a 1\n@until 5s 'a b' cat x | wc\n@set ID redis-cli x\n");
        let steps = steps.unwrap();
        assert!(matches!(&steps[0].step, Step::Host(h) if h == "db02"));
        assert!(matches!(&steps[1].step, Step::Line(l) if l == "set a 1"));
        let Step::Until { patience, pattern, command } = &steps[2].step else { panic!() };
        assert_eq!(
            (patience.as_secs(), pattern.as_str(), command.as_str()),
            (5, "a b", "cat x | wc")
        );
        assert!(matches!(&steps[3].step, Step::Set { name, .. } if name == "ID"));
        assert!(parse("@nosuch").is_err());
        assert_eq!(expand("x ${ID}", &[("ID".into(), "1".into())]), "x 1");
    }
}
