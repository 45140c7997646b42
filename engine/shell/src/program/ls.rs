//! `ls`, plain and `-l`.

use engine_base::UnixMs;
use engine_sim::date::Civil;
use engine_sim::fs::Stat;

use super::{Context, Flags};

/// How wide a terminal is taken to be.
const COLUMNS: usize = 80;
/// Half a year: `ls -l` shows the year of older files instead of the time.
const HALF_YEAR_MS: i64 = 15_778_476_000;

pub(crate) async fn run(c: Context) -> i32 {
    let long = [("color", 'C'), ("all", 'a'), ("almost-all", 'A'), ("human-readable", 'h')];
    let Some(flags) = c.flags("alAh1rtdRCFS", &long) else { return 2 };
    let names =
        if flags.operands.is_empty() { vec![".".to_owned()] } else { flags.operands.clone() };
    let mut code = 0;
    let mut files = Vec::new();
    let mut folders = Vec::new();
    for name in names {
        match c.sys.stat(&c.cwd, &name) {
            None => {
                c.io.err(format!("ls: cannot access '{name}': No such file or directory\n"));
                code = 2;
            }
            Some(stat) if stat.is_dir && !flags.has('d') => folders.push(name),
            Some(stat) => files.push((name, stat)),
        }
    }
    let several = files.len() + folders.len() > 1;
    show(&c, &flags, &mut files, false);
    for (i, folder) in folders.iter().enumerate() {
        if several {
            let gap = if i > 0 || !files.is_empty() { "\n" } else { "" };
            c.io.out(format!("{gap}{folder}:\n"));
        }
        let mut entries = Vec::new();
        if flags.has('a') {
            for dots in [".", ".."] {
                let stat = c.sys.stat(&c.cwd, &format!("{folder}/{dots}"));
                entries.extend(stat.map(|s| (dots.to_owned(), s)));
            }
        }
        for name in c.sys.list(&c.cwd, folder).unwrap_or_default() {
            let hidden = name.starts_with('.') && !flags.has('a') && !flags.has('A');
            if !hidden && let Some(stat) = c.sys.stat(&c.cwd, &format!("{folder}/{name}")) {
                entries.push((name, stat));
            }
        }
        show(&c, &flags, &mut entries, true);
    }
    code
}

fn show(c: &Context, flags: &Flags, entries: &mut [(String, Stat)], total: bool) {
    if flags.has('t') {
        entries.sort_by_key(|(_, stat)| std::cmp::Reverse(stat.modified));
    }
    if flags.has('r') {
        entries.reverse();
    }
    if flags.has('l') {
        if total {
            let blocks: u64 = entries.iter().map(|(_, s)| s.len.div_ceil(4096) * 4).sum();
            c.io.out(format!("total {blocks}\n"));
        }
        let width = entries.iter().map(|(_, s)| size(flags, s).len()).max().unwrap_or(0);
        for (name, stat) in entries.iter() {
            let line = format!(
                "{} {} root root {:>width$} {} {name}\n",
                mode(stat),
                if stat.is_dir { 2 } else { 1 },
                size(flags, stat),
                time(stat.modified, c.sys.unix()),
            );
            c.io.out(line);
        }
    } else if c.io.stdout_is_tty() && !flags.has('1') {
        let names: Vec<&str> = entries.iter().map(|(n, _)| n.as_str()).collect();
        c.io.out(columns(&names));
    } else {
        for (name, _) in entries.iter() {
            c.io.out(format!("{name}\n"));
        }
    }
}

fn size(flags: &Flags, stat: &Stat) -> String {
    if !flags.has('h') || stat.len < 1024 {
        return stat.len.to_string();
    }
    let mut value = stat.len as f64;
    let mut unit = ' ';
    for next in ['K', 'M', 'G'] {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = next;
    }
    if value < 10.0 {
        format!("{:.1}{unit}", (value * 10.0).ceil() / 10.0)
    } else {
        format!("{}{unit}", value.ceil())
    }
}

fn mode(stat: &Stat) -> String {
    let mut text = String::from(if stat.is_dir { "d" } else { "-" });
    for shift in [6, 3, 0] {
        let bits = stat.mode >> shift;
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        let sticky = shift == 0 && stat.mode & 0o1000 != 0;
        text.push(match (bits & 1 != 0, sticky) {
            (true, true) => 't',
            (true, false) => 'x',
            (false, _) => '-',
        });
    }
    text
}

fn time(at: UnixMs, now: UnixMs) -> String {
    let d = Civil::of(at);
    let day = format!("{} {:>2}", d.month_name(), d.day);
    if now.0 - at.0 > HALF_YEAR_MS || at.0 > now.0 {
        format!("{day}  {}", d.year)
    } else {
        format!("{day} {:02}:{:02}", d.hour, d.minute)
    }
}

/// Names in as many columns as fit, down each column.
fn columns(names: &[&str]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let width = |name: &&str| name.chars().count();
    for rows in 1..=names.len() {
        let columns: Vec<&[&str]> = names.chunks(rows).collect();
        let widths: Vec<usize> =
            columns.iter().map(|c| c.iter().map(width).max().unwrap_or(0)).collect();
        let all: usize = widths.iter().map(|w| w + 2).sum::<usize>() - 2;
        if all >= COLUMNS && rows < names.len() {
            continue;
        }
        let mut text = String::new();
        for row in 0..rows {
            let cells: Vec<(&str, usize)> = columns
                .iter()
                .zip(&widths)
                .filter_map(|(c, w)| c.get(row).map(|name| (*name, *w)))
                .collect();
            let mut at = 0;
            for (i, (name, w)) in cells.iter().enumerate() {
                text.push_str(name);
                if i + 1 < cells.len() {
                    indent(&mut text, at + width(name), at + w + 2);
                }
                at += w + 2;
            }
            text.push('\n');
        }
        return text;
    }
    String::new()
}

/// From one column to another as GNU ls goes: with a tab where one saves more than a blank.
fn indent(text: &mut String, mut from: usize, to: usize) {
    const TAB: usize = 8;
    while from < to {
        if to / TAB > (from + 1) / TAB {
            text.push('\t');
            from += TAB - from % TAB;
        } else {
            text.push(' ');
            from += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_are_filled_with_tabs_as_gnu_ls_does() {
        let names = ["7000", "7001", "7002", "7003", "7004", "7005"];
        assert_eq!(super::columns(&names), "7000  7001  7002  7003\t7004  7005\n");
    }

    #[test]
    fn names_stand_in_columns() {
        assert_eq!(super::columns(&["conf", "log", "pid"]), "conf  log  pid\n");
        let names: Vec<String> = (0..30).map(|i| format!("file{i:02}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let text = super::columns(&names);
        assert_eq!(text.lines().next().unwrap().split_whitespace().nth(1), Some("file03"));
        assert!(text.lines().all(|l| l.len() < 80));
    }
}
