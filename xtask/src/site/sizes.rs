//! How heavy the site is: plain, gzip and brotli, as a visitor's browser would load it.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::shell;

/// Node has both compressors; asking it keeps them out of what every fresh machine compiles.
const SCRIPT: &str = r"
const fs = require('fs'), path = require('path'), zlib = require('zlib');
const folder = process.argv[1], rows = [], sum = [0, 0, 0];
for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || entry.name === 'sw.js' || entry.name.endsWith('.txt')) continue;
  const file = path.join(entry.parentPath ?? entry.path, entry.name), bytes = fs.readFileSync(file);
  const packed = /\.(woff2|png|jpg|webp)$/.test(file);
  const sizes = [bytes.length,
    packed ? bytes.length : zlib.gzipSync(bytes, { level: 9 }).length,
    packed ? bytes.length : zlib.brotliCompressSync(bytes).length];
  sizes.forEach((size, i) => sum[i] += size);
  rows.push([path.relative(folder, file), ...sizes]);
}
rows.sort((a, b) => b[3] - a[3]);
rows.push(['in all', ...sum]);
const kb = n => (n / 1000).toFixed(1).padStart(10);
console.log('KB'.padEnd(36) + '     plain      gzip    brotli');
for (const [name, ...sizes] of rows) console.log(name.padEnd(36) + sizes.map(kb).join(''));
";

/// What a first visit may load at most, in KB of brotli: what was last reached, and a little room. The
/// aim is 500 (`docs/page-speed.md`): this number only goes down.
const BUDGET_KB: f64 = 1_100.0;

/// Fails when a first visit loads more than it may.
///
/// # Errors
/// It does, or there is no Node to weigh it.
pub(crate) fn within_budget(dist: &Path) -> Result<()> {
    let table = shell::answer(shell::command("node", ["-e", SCRIPT, "--"]).arg(dist))
        .context("weighing the site")?;
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
    if let Some(table) = shell::answer(shell::command("node", ["-e", SCRIPT, "--"]).arg(dist)) {
        println!("{table}");
    }
    Ok(())
}
