//! A whole lesson in one text: what a link carries, and what a builder hands out.
//!
//! `slotlab lesson 1`, then each file below a line `--- NAME`. Who reads one does not trust it: its size, its
//! counts and the depth of its prose have bounds, and `Runner::limit` of the shell bounds the time of its setup.

use super::error::ContentError;
use super::lesson::Lesson;
use super::read;

/// The first line, up to the version.
const HEAD: &str = "slotlab lesson ";
/// The version of this envelope; the format of the lesson inside has its own.
const VERSION: u32 = 1;
/// Before a file's name.
const MARK: &str = "--- ";
/// No bundle is longer.
pub const BYTES_MOST: usize = 64 * 1024;
/// The name under which mistakes of the envelope are told.
const FILE: &str = "lesson.txt";
/// More files are none of ours: the skeleton, and a language each.
const FILES_MOST: usize = 9;
/// More steps nobody walks.
const STEPS_MOST: usize = 40;
/// More demands are not looked at in every frame.
const CHECKS_MOST: usize = 100;

/// The files of a lesson, as texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bundle {
    /// Name and text: `lesson.toml`, `en.md`, …
    pub files: Vec<(String, String)>,
}

impl Bundle {
    /// As one text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = format!("{HEAD}{VERSION}\n");
        for (name, text) in &self.files {
            out.push_str(&format!("{MARK}{name}\n{}\n", text.trim_end()));
        }
        out
    }

    /// From one text.
    ///
    /// # Errors
    /// What is wrong with the envelope.
    pub fn read(text: &str) -> Result<Self, ContentError> {
        let wrong =
            |line, problem: &str, remedy: &str| ContentError::new(FILE, line, problem, remedy);
        if text.len() > BYTES_MOST {
            let problem = format!("the lesson has {} bytes", text.len());
            return Err(wrong(1, &problem, &format!("write {BYTES_MOST} at most")));
        }
        let mut lines = text.lines().enumerate().map(|(i, line)| (i + 1, line));
        let version = lines.next().and_then(|(_, line)| line.strip_prefix(HEAD));
        match version.map(|v| v.trim().parse::<u32>()) {
            Some(Ok(VERSION)) => {}
            Some(Ok(newer)) if newer > VERSION => {
                return Err(ContentError::newer(FILE, 1, newer, VERSION));
            }
            _ => return Err(wrong(1, "this is no lesson", "begin with \"slotlab lesson 1\"")),
        }
        let mut files: Vec<(String, String)> = Vec::new();
        for (number, line) in lines {
            if let Some(name) = line.strip_prefix(MARK) {
                let name = name.trim();
                if files.iter().any(|(known, _)| known == name) {
                    let problem = format!("the file {name:?} is there twice");
                    return Err(wrong(number, &problem, "keep one of them"));
                }
                if files.len() == FILES_MOST {
                    return Err(wrong(
                        number,
                        "so many files",
                        "keep lesson.toml and the languages",
                    ));
                }
                files.push((name.to_owned(), String::new()));
            } else if let Some((_, text)) = files.last_mut() {
                text.push_str(line);
                text.push('\n');
            } else if !line.trim().is_empty() {
                let remedy = "write a line \"--- lesson.toml\" above it";
                return Err(wrong(number, "a line outside of any file", remedy));
            }
        }
        Ok(Self { files })
    }

    /// The lesson in it, read as a lesson of the course is.
    ///
    /// # Errors
    /// The first mistake, with its place and its remedy.
    pub fn lesson(&self) -> Result<Lesson, ContentError> {
        let file = |name: &str| self.files.iter().find(|(n, _)| n == name).map(|(_, text)| text);
        let Some(skeleton) = file("lesson.toml") else {
            let remedy = "add the lines of lesson.toml below a line \"--- lesson.toml\"";
            return Err(ContentError::new(FILE, 1, "there is no lesson.toml", remedy));
        };
        let texts: Vec<(&str, &str)> = self
            .files
            .iter()
            .filter_map(|(name, text)| Some((name.strip_suffix(".md")?, text.as_str())))
            .collect();
        let lesson = read::lesson(None, skeleton, &texts)?;
        if texts.is_empty() {
            let remedy = "add the words below a line \"--- en.md\"";
            return Err(ContentError::new(FILE, 1, "the lesson has no words", remedy));
        }
        bounded(&lesson)?;
        Ok(lesson)
    }
}

/// A lesson of somebody unknown may not ask for more than a lesson needs.
fn bounded(lesson: &Lesson) -> Result<(), ContentError> {
    let checks: usize = lesson.steps.iter().map(|s| s.checks.len()).sum();
    for (what, count, most) in
        [("steps", lesson.steps.len(), STEPS_MOST), ("checks", checks, CHECKS_MOST)]
    {
        if count > most {
            let problem = format!("the lesson has {count} {what}");
            let remedy = format!("write {most} at most");
            return Err(ContentError::new("lesson.toml", 1, problem, remedy));
        }
    }
    Ok(())
}
