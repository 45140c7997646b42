//! `lessons pack`: the files that a page loads.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use lessons::pack;

use crate::folder;

/// Writes the map of the course and a file a lesson into a folder, and nothing else is left there.
pub(crate) fn run(to: &str) -> Result<ExitCode> {
    let course = folder::course()?;
    let to = Path::new(to);
    if to.exists() {
        fs::remove_dir_all(to).with_context(|| format!("clearing {}", to.display()))?;
    }
    fs::create_dir_all(to).with_context(|| format!("making {}", to.display()))?;
    let write = |name: &str, bytes: Vec<u8>| {
        let file = to.join(name);
        fs::write(&file, bytes).with_context(|| format!("writing {}", file.display()))
    };
    write(pack::MAP_FILE, pack::map(&course.map()))?;
    for lesson in &course.lessons {
        write(&pack::file_of(&lesson.id), pack::lesson(&lesson.for_learners()))?;
    }
    Ok(ExitCode::SUCCESS)
}
