//! The lessons as they stand in the checkout.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use lessons::{Course, FolderText};

/// Where the lessons are.
pub(crate) fn content() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("content")
}

/// The rule index, if it is there.
pub(crate) fn rules() -> Option<String> {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/rules.md")).ok()
}

/// Reads the course; all mistakes are printed.
///
/// # Errors
/// Files that cannot be read, or mistakes in them.
pub(crate) fn course() -> Result<Course> {
    let content = content();
    let mut folders = Vec::new();
    for folder in entries(&content)?.iter().filter(|f| f.join("lesson.toml").is_file()) {
        let mut texts = Vec::new();
        for file in entries(folder)?.iter().filter(|f| f.extension().is_some_and(|e| e == "md")) {
            let language = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            texts.push((Cow::Owned(language), Cow::Owned(text(file)?)));
        }
        folders.push(FolderText {
            name: Cow::Owned(folder.file_name().unwrap_or_default().to_string_lossy().into_owned()),
            skeleton: Cow::Owned(text(&folder.join("lesson.toml"))?),
            texts: Cow::Owned(texts),
        });
    }
    match Course::read(&folders, &text(&content.join("course.toml"))?) {
        Ok(course) => Ok(course),
        Err(mistakes) => {
            for mistake in &mistakes {
                eprintln!("lessons/content/{mistake}");
            }
            bail!("{} to mend", mistakes.len())
        }
    }
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let read = || -> std::io::Result<Vec<PathBuf>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
    };
    let mut all = read().with_context(|| format!("cannot read {}", folder.display()))?;
    all.sort();
    Ok(all)
}

fn text(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}
