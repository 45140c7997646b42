//! How heavy the site is: plain, gzip and brotli, as a visitor's browser would load it.

use std::path::Path;

use anyhow::Result;

use crate::shell;

/// Node has both compressors; asking it keeps them out of what every fresh machine compiles.
const SCRIPT: &str = r"
const fs = require('fs'), path = require('path'), zlib = require('zlib');
const folder = process.argv[1], rows = [], sum = [0, 0, 0];
for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
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

/// Prints a line a file, the heaviest first.
pub(super) fn print(dist: &Path) -> Result<()> {
    if let Some(table) = shell::answer(shell::command("node", ["-e", SCRIPT, "--"]).arg(dist)) {
        println!("{table}");
    }
    Ok(())
}
