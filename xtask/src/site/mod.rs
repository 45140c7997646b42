//! From sources to the finished site in `dist/`: what trunk does, with what any machine with Rust
//! and Node can have in a few minutes.

mod first_visit;
mod index;
mod offline;
mod single;
mod sizes;
mod wasm;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::{hash, shell};
use index::{Asset, Tag};

/// Which code a first visit runs.
pub(crate) use first_visit::walk;
/// The site as one file.
pub(crate) use single::make as single_file;
/// What a first visit loads, against its budget.
pub(crate) use sizes::within_budget;

/// Builds the site and gives its folder.
///
/// # Errors
/// Something could not be installed, compiled or written.
pub(crate) fn build(dev: bool) -> Result<PathBuf> {
    let root = shell::root();
    let page = fs::read_to_string(root.join("index.html")).context("reading index.html")?;
    let tags = index::tags(&page)?;
    let Some(bin) = tags.iter().find_map(|tag| match &tag.asset {
        Asset::Rust { bin } => Some(bin.clone()),
        _ => None,
    }) else {
        bail!("index.html has no <link data-trunk rel=\"rust\">");
    };

    // The slow part comes first, so that a failed build leaves the last site standing.
    let module = wasm::module(&bin, dev)?;

    let dist = root.join("dist");
    if dist.exists() {
        fs::remove_dir_all(&dist).context("clearing dist/")?;
    }
    fs::create_dir_all(&dist).context("making dist/")?;
    let sheets = tags.iter().filter(|tag| matches!(tag.asset, Asset::Css { .. })).count();
    let mut site = Site { root, dist: dist.clone(), style: String::new(), sheets };
    let page = site.assemble(&page, &tags, &module)?;
    fs::write(dist.join("index.html"), page).context("writing index.html")?;
    // The course: its map and a file a lesson, read and checked here so that the page need not.
    let mut lessons = shell::cargo(["run", "--quiet", "--package", "lessons", "--", "pack"]);
    shell::run(lessons.arg(dist.join("lessons"))).context("packing the lessons")?;
    single::list(&dist)?;
    if !dev {
        // While one works on the page, yesterday's must not be shown.
        offline::write(&dist)?;
    }
    sizes::print(&dist)?;
    Ok(dist)
}

/// Where the JavaScript gives the module what it imports.
const GLUE: &str = "= __wbg_get_imports();";

struct Site {
    root: PathBuf,
    dist: PathBuf,
    /// The style sheets so far: one file of all compresses better, and is one request.
    style: String,
    /// How many are to come.
    sheets: usize,
}

impl Site {
    /// Puts every asset in its place and gives the page with its links.
    fn assemble(&mut self, page: &str, tags: &[Tag], module: &wasm::Module) -> Result<String> {
        let mut out = String::with_capacity(page.len());
        let mut from = 0;
        for tag in tags {
            out.push_str(&page[from..tag.span.start]);
            out.push_str(&self.place(&tag.asset, module)?);
            from = tag.span.end;
        }
        out.push_str(&page[from..]);
        Ok(out.replace("data-trunk-public-url", "href=\"./\""))
    }

    /// Copies what the tag speaks of and gives what stands in its place in the page.
    fn place(&mut self, asset: &Asset, module: &wasm::Module) -> Result<String> {
        match asset {
            Asset::Rust { .. } => self.module(module),
            Asset::Css { href } => self.sheet(href),
            Asset::Icon { href } => {
                let name = self.hashed(href)?;
                Ok(format!("<link rel=\"icon\" href=\"./{name}\">"))
            }
            Asset::Inline { href } => self.inline(href),
            Asset::CopyFile { href, target } => {
                let from = self.root.join(href);
                let name = from.file_name().with_context(|| format!("no file name: {href}"))?;
                let folder = self.dist.join(target);
                fs::create_dir_all(&folder)?;
                fs::copy(&from, folder.join(name)).with_context(|| format!("copying {href}"))?;
                Ok(String::new())
            }
            Asset::CopyDir { href, target } => {
                let from = self.root.join(href);
                let to = match target {
                    Some(target) => self.dist.join(target),
                    None => self.dist.join(from.file_name().context("no folder name")?),
                };
                copy_dir(&from, &to).with_context(|| format!("copying {href}"))?;
                Ok(String::new())
            }
        }
    }

    /// The compiled page and the lines that start it; they tell the same story as trunk's, so that
    /// the page cannot depend on who built it.
    fn module(&self, module: &wasm::Module) -> Result<String> {
        let wasm_name = format!("web-{}_bg.wasm", hash::of(&module.wasm));
        let mut js = module.js.clone();
        if let Some(rest) = &module.rest {
            let rest_name = format!("web-{}_rest.wasm", hash::of(rest));
            fs::write(self.dist.join(&rest_name), rest)?;
            let loader = fs::read_to_string(self.root.join("web/worker/rest.js"))
                .context("reading web/worker/rest.js")?;
            js = js.replace(GLUE, "= { ...__wbg_get_imports(), rest: { load } };");
            if js == module.js {
                bail!("wasm-bindgen writes its imports in another way now: no {GLUE:?} in web.js");
            }
            js.push_str(&loader.replace("%REST%", &rest_name));
        }
        let js_name = format!("web-{}.js", hash::of(js.as_bytes()));
        fs::write(self.dist.join(&wasm_name), &module.wasm)?;
        fs::write(self.dist.join(&js_name), js)?;
        if let Some(snippets) = &module.snippets {
            copy_dir(snippets, &self.dist.join("snippets"))?;
        }
        Ok(format!(
            "<link rel=\"modulepreload\" href=\"./{js_name}\" crossorigin=\"anonymous\">\n\
             <link rel=\"preload\" href=\"./{wasm_name}\" as=\"fetch\" type=\"application/wasm\" \
             crossorigin=\"anonymous\">\n\
             <script type=\"module\">\n\
             import init, * as bindings from './{js_name}';\n\
             const wasm = await init({{ module_or_path: './{wasm_name}' }});\n\
             window.wasmBindings = bindings;\n\
             dispatchEvent(new CustomEvent('TrunkApplicationStarted', {{ detail: {{ wasm }} }}));\n\
             </script>"
        ))
    }

    /// Adds a style sheet; the last one leaves the link to all.
    fn sheet(&mut self, href: &str) -> Result<String> {
        let file = self.root.join(href);
        self.style += &fs::read_to_string(file).with_context(|| format!("reading {href}"))?;
        self.sheets -= 1;
        if self.sheets > 0 {
            return Ok(String::new());
        }
        let name = format!("style-{}.css", hash::of(self.style.as_bytes()));
        fs::write(self.dist.join(&name), &self.style)?;
        Ok(format!("<link rel=\"stylesheet\" href=\"./{name}\">"))
    }

    fn hashed(&self, href: &str) -> Result<String> {
        let bytes = fs::read(self.root.join(href)).with_context(|| format!("reading {href}"))?;
        let path = Path::new(href);
        let stem = path.file_stem().and_then(|s| s.to_str()).unwrap_or("file");
        let ending = path.extension().and_then(|s| s.to_str()).unwrap_or("bin");
        let name = format!("{stem}-{}.{ending}", hash::of(&bytes));
        fs::write(self.dist.join(&name), bytes)?;
        Ok(name)
    }

    fn inline(&self, href: &str) -> Result<String> {
        let text =
            fs::read_to_string(self.root.join(href)).with_context(|| format!("reading {href}"))?;
        match Path::new(href).extension().and_then(|ending| ending.to_str()) {
            Some("css") => Ok(format!("<style>{text}</style>")),
            Some("js") => Ok(format!("<script>{text}</script>")),
            Some("mjs") => Ok(format!("<script type=\"module\">{text}</script>")),
            Some("html" | "svg") => Ok(text),
            _ => bail!("cannot put {href} into a page: neither css, js, mjs, html nor svg"),
        }
    }
}

fn copy_dir(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_dir(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
