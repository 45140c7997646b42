//! How heavy the site is: plain, gzip and brotli, as a visitor's browser would load it. A first visit
//! loads the first part of the module and the first lesson; the rest of the module comes after the first
//! prompt, the other lessons when they are opened.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::shell;

/// Node has both compressors; asking it keeps them out of what every fresh machine compiles.
const SCRIPT: &str = r"
const fs = require('fs'), path = require('path'), zlib = require('zlib');
const params = { [zlib.constants.BROTLI_PARAM_LGWIN]: 24 };
const [folder, first] = process.argv.slice(1), rows = [], sum = [0, 0, 0], later = [0, 0, 0];
for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || entry.name === 'sw.js' || entry.name.endsWith('.txt')) continue;
  const file = path.join(entry.parentPath ?? entry.path, entry.name), bytes = fs.readFileSync(file);
  const packed = /\.(woff2|png|jpg|webp)$/.test(file);
  const sizes = [bytes.length,
    packed ? bytes.length : zlib.gzipSync(bytes, { level: 9 }).length,
    packed ? bytes.length : zlib.brotliCompressSync(bytes, { params }).length];
  const name = path.relative(folder, file);
  const lesson = path.dirname(name) === 'lessons' && !['course.bin', first + '.bin'].includes(entry.name);
  const waits = lesson || name.endsWith('_rest.wasm');
  sizes.forEach((size, i) => (waits ? later : sum)[i] += size);
  if (!lesson) rows.push([waits ? name + ', afterwards' : name, ...sizes]);
}
rows.sort((a, b) => b[3] - a[3]);
rows.push(['the rest and the other lessons', ...later], ['a first visit', ...sum]);
const kb = n => (n / 1000).toFixed(1).padStart(10);
console.log('KB'.padEnd(36) + '     plain      gzip    brotli');
for (const [name, ...sizes] of rows) console.log(name.padEnd(36) + sizes.map(kb).join(''));
";

/// What a first visit may load at most, in KB of brotli (`docs/page-speed.md`): this number only goes down.
const BUDGET_KB: f64 = 500.0;

/// Fails when a first visit loads more than it may.
///
/// # Errors
/// It does, or there is no Node to weigh it.
pub(crate) fn within_budget(dist: &Path) -> Result<()> {
    let table = table(dist).context("weighing the site")?;
    let last = table.lines().last().and_then(|line| line.split_whitespace().last());
    let kilobytes: f64 = last.and_then(|word| word.parse().ok()).context("no sum in the table")?;
    if kilobytes > BUDGET_KB {
        bail!("a first visit loads {kilobytes} KB of brotli; {BUDGET_KB} are allowed\n{table}");
    }
    println!("a first visit loads {kilobytes} KB of brotli, {BUDGET_KB} are allowed");
    Ok(())
}

/// Prints a line a file, the heaviest first.
pub(super) fn print(dist: &Path) -> Result<()> {
    if let Some(table) = table(dist) {
        println!("{table}");
    }
    Ok(())
}

fn table(dist: &Path) -> Option<String> {
    let order = fs::read_to_string(shell::root().join("lessons/content/course.toml")).ok()?;
    let first = first_lesson(&order)?;
    shell::answer(shell::command("node", ["-e", SCRIPT, "--"]).arg(dist).arg(first))
}

/// The lesson that the course begins with.
fn first_lesson(order: &str) -> Option<&str> {
    order.split_once("lessons = [\"")?.1.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_lesson_is_the_first_of_the_first_chapter() {
        let order = "[[chapter]]\nid = \"keys\"\nlessons = [\"slots\", \"moved\"]\n\
                     [[chapter]]\nlessons = [\"other\"]\n";
        assert_eq!(first_lesson(order), Some("slots"));
    }
}
