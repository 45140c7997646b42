//! `lessons new`: a folder with a lesson to begin from.

use std::fs;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

use crate::folder;

const SKELETON: &str = include_str!("../../../template/lesson.toml");
const ENGLISH: &str = include_str!("../../../template/en.md");
const CHINESE: &str = include_str!("../../../template/zh-CN.md");

pub(crate) fn run(args: &[String]) -> Result<ExitCode> {
    let (id, of) = match args {
        [id] => (id, None),
        [id, option, of] if option == "--challenge-of" => (id, Some(of)),
        _ => bail!("usage: lessons new ID [--challenge-of LESSON]"),
    };
    let begins = id.starts_with(|c: char| c.is_ascii_lowercase());
    let fits =
        begins && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !fits || id.len() > 40 {
        bail!(
            "an id begins with a small letter and has small letters, digits and hyphens, 40 at most: \
             {id:?} has not"
        );
    }
    let folder = folder::content().join(id);
    if folder.exists() {
        bail!("{} is there already", folder.display());
    }
    let mut skeleton = SKELETON.replace("ID", id);
    if let Some(of) = of {
        skeleton = skeleton.replace("[start]\n", "[start]\nvariants = [\"\", \"@wait 3s\"]\n");
        skeleton = skeleton.replace("\n[start]", &format!("challenge-of = \"{of}\"\n\n[start]"));
    }
    fs::create_dir(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for (name, text) in [("lesson.toml", &*skeleton), ("en.md", ENGLISH), ("zh-CN.md", CHINESE)] {
        let file = folder.join(name);
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    println!("{} is there.", folder.display());
    if of.is_none() {
        println!("Add {id:?} to a chapter of lessons/content/course.toml.");
    }
    println!("Then: cargo run -q -p lessons -- check --quick {id}");
    println!("How to write it: lessons/content/AUTHORS.md");
    Ok(ExitCode::SUCCESS)
}
