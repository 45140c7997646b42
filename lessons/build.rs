//! Finds the lessons: every folder of `content/` with a `lesson.toml` is one.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let content = root.join("content");
    println!("cargo::rerun-if-changed={}", content.display());
    let mut folders = entries(&content)?;
    folders.retain(|folder| folder.join("lesson.toml").is_file());
    let mut code = String::from("&[\n");
    for folder in &folders {
        let _ = writeln!(code, "FolderText {{");
        let _ = writeln!(code, "name: Cow::Borrowed({:?}),", name(folder));
        let _ = writeln!(code, "skeleton: {},", text(&folder.join("lesson.toml")));
        let _ = writeln!(code, "texts: Cow::Borrowed(&[");
        for file in entries(folder)? {
            if file.extension().is_some_and(|e| e == "md") {
                let language = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                let _ = writeln!(code, "(Cow::Borrowed({language:?}), {}),", text(&file));
            }
        }
        let _ = writeln!(code, "]) }},");
    }
    code.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("folders.rs"), code)
}

/// What a folder holds, in the order of names.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut all =
        fs::read_dir(folder)?.map(|e| Ok(e?.path())).collect::<io::Result<Vec<PathBuf>>>()?;
    all.sort();
    Ok(all)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn text(file: &Path) -> String {
    format!("Cow::Borrowed(include_str!({:?}))", file.display().to_string())
}
