//! Small programs over lines: `head`, `tail`, `wc`, `sort`, `uniq`, `cut`, `tr`, `seq`.

use super::{Context, Flags, lines_of};
use crate::sys::until_true;

/// How often `tail -f` looks at its file.
const FOLLOW_US: u64 = 100_000;

/// `-n 5`, `-n5`, `-5`, `-n +5`: the number with its sign, and the other arguments.
fn count(args: &[String], default: &str) -> (String, Vec<String>) {
    let mut number = default.to_owned();
    let mut rest = Vec::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let digits = arg.strip_prefix('-').filter(|d| d.starts_with(|c: char| c.is_ascii_digit()));
        if let Some(digits) = digits {
            number = digits.to_owned();
        } else if arg == "-n" || arg == "-c" {
            number = args.next().cloned().unwrap_or_default();
        } else if let Some(n) = arg.strip_prefix("-n").or_else(|| arg.strip_prefix("--lines=")) {
            number = n.to_owned();
        } else {
            rest.push(arg.clone());
        }
    }
    (number, rest)
}

fn bad_number(c: &Context, number: &str) -> i32 {
    c.io.err(format!("{}: invalid number of lines: ‘{number}’\n", c.name()));
    1
}

fn joined(lines: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in lines {
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    out
}

pub(crate) async fn head(c: Context) -> i32 {
    let (number, files) = count(&c.args[1..], "10");
    let Ok(n) = number.parse::<i64>() else { return bad_number(&c, &number) };
    if files.is_empty() && n >= 0 {
        for _ in 0..n {
            let Some(line) = c.io.read_line().await else { break };
            c.io.out(line);
        }
        return 0;
    }
    let mut code = 0;
    for (i, file) in files.iter().enumerate() {
        match c.sys.read(&c.cwd, file) {
            Ok(bytes) => {
                if files.len() > 1 {
                    c.io.out(format!("{}==> {file} <==\n", if i > 0 { "\n" } else { "" }));
                }
                let lines: Vec<&[u8]> = lines_of(&bytes).collect();
                let all = lines.len();
                let take = usize::try_from(n).unwrap_or(
                    all.saturating_sub(usize::try_from(n.unsigned_abs()).unwrap_or(all)),
                );
                c.io.out(joined(&lines[..take.min(all)]));
            }
            Err(why) => {
                c.io.err(format!("head: cannot open '{file}' for reading: {why}\n"));
                code = 1;
            }
        }
    }
    code
}

pub(crate) async fn tail(c: Context) -> i32 {
    let (number, rest) = count(&c.args[1..], "10");
    let follow = rest.iter().any(|a| a == "-f" || a == "-F");
    let files: Vec<&String> = rest.iter().filter(|a| !a.starts_with('-')).collect();
    let from_start = number.starts_with('+');
    let Ok(n) = number.trim_start_matches(['+', '-']).parse::<usize>() else {
        return bad_number(&c, &number);
    };
    let part = |text: &[u8]| {
        let lines: Vec<&[u8]> = lines_of(text).collect();
        let from = if from_start { n.saturating_sub(1) } else { lines.len().saturating_sub(n) };
        joined(&lines[from.min(lines.len())..])
    };
    if files.is_empty() {
        let text = c.io.read_all().await;
        c.io.out(part(&text));
        return 0;
    }
    let mut code = 0;
    let mut seen = Vec::new();
    for (i, file) in files.iter().enumerate() {
        match c.sys.read(&c.cwd, file) {
            Ok(bytes) => {
                if files.len() > 1 {
                    c.io.out(format!("{}==> {file} <==\n", if i > 0 { "\n" } else { "" }));
                }
                c.io.out(part(&bytes));
                seen.push(bytes.len());
            }
            Err(why) => {
                c.io.err(format!("tail: cannot open '{file}' for reading: {why}\n"));
                seen.push(0);
                code = 1;
            }
        }
    }
    while follow && code == 0 && !c.io.is_broken() {
        c.sys.sleep_us(FOLLOW_US).await;
        for (file, seen) in files.iter().zip(&mut seen) {
            let bytes = c.sys.read(&c.cwd, file).unwrap_or_default();
            if bytes.len() < *seen {
                c.io.err(format!("tail: {file}: file truncated\n"));
                *seen = 0;
            }
            c.io.out(&bytes[*seen..]);
            *seen = bytes.len();
        }
    }
    code
}

pub(crate) async fn wc(c: Context) -> i32 {
    let long = [("lines", 'l'), ("words", 'w'), ("bytes", 'c'), ("chars", 'm')];
    let Some(flags) = c.flags("lwcm", &long) else { return 1 };
    let measure = |text: &[u8]| {
        let lines = text.iter().filter(|b| **b == b'\n').count();
        let words = text.split(u8::is_ascii_whitespace).filter(|w| !w.is_empty()).count();
        [('l', lines), ('w', words), ('c', text.len())]
    };
    let chosen = |of: [(char, usize); 3]| -> Vec<usize> {
        let all = flags.letters.is_empty();
        let wanted = |l: char| all || flags.has(l) || l == 'c' && flags.has('m');
        of.into_iter().filter(|(l, _)| wanted(*l)).map(|(_, n)| n).collect()
    };
    let print = |numbers: &[usize], width: usize, name: &str| {
        let cells: Vec<String> = numbers.iter().map(|n| format!("{n:>width$}")).collect();
        let name = if name.is_empty() { String::new() } else { format!(" {name}") };
        c.io.out(format!("{}{name}\n", cells.join(" ")));
    };
    if flags.operands.is_empty() {
        let numbers = chosen(measure(&c.io.read_all().await));
        print(&numbers, if numbers.len() > 1 { 7 } else { 1 }, "");
        return 0;
    }
    let mut code = 0;
    let mut rows = Vec::new();
    let mut total = [('l', 0), ('w', 0), ('c', 0)];
    for file in &flags.operands {
        match c.sys.read(&c.cwd, file) {
            Ok(bytes) => {
                let of = measure(&bytes);
                total.iter_mut().zip(of).for_each(|(t, n)| t.1 += n.1);
                rows.push((chosen(of), file.as_str()));
            }
            Err(why) => {
                c.io.err(format!("wc: {file}: {why}\n"));
                code = 1;
            }
        }
    }
    if flags.operands.len() > 1 {
        rows.push((chosen(total), "total"));
    }
    let width = total.iter().map(|(_, n)| n.to_string().len()).max().unwrap_or(1);
    for (numbers, name) in rows {
        let width = if numbers.len() == 1 && flags.operands.len() == 1 { 1 } else { width };
        print(&numbers, width, name);
    }
    code
}

/// The number a line begins with, for `sort -n`.
fn leading_number(text: &[u8]) -> f64 {
    let text = String::from_utf8_lossy(text);
    let text = text.trim_start();
    let end = text
        .char_indices()
        .find(|(i, c)| !(c.is_ascii_digit() || *c == '.' || *i == 0 && *c == '-'))
        .map_or(text.len(), |(i, _)| i);
    text[..end].parse().unwrap_or(0.0)
}

/// Options that have a value (`-k2`, `-t :`), and the other arguments.
fn with_values(args: &[String], letters: &str) -> (Vec<(char, String)>, Vec<String>) {
    let mut found = Vec::new();
    let mut rest = Vec::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let letter = arg.strip_prefix('-').and_then(|a| a.chars().next());
        match letter.filter(|l| letters.contains(*l)) {
            Some(l) if arg.len() > 2 => found.push((l, arg[2..].to_owned())),
            Some(l) => found.push((l, args.next().cloned().unwrap_or_default())),
            None => rest.push(arg.clone()),
        }
    }
    (found, rest)
}

pub(crate) async fn sort(c: Context) -> i32 {
    let (values, rest) = with_values(&c.args[1..], "kt");
    let Ok(flags) = Flags::of(&rest, "nruVfbs", &[("reverse", 'r'), ("unique", 'u')]) else {
        c.io.err("sort: invalid option\nTry 'sort --help' for more information.\n");
        return 2;
    };
    let value = |l| values.iter().find(|(k, _)| *k == l).map(|(_, v)| v.as_str());
    let key = value('k').unwrap_or("");
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
    let field: usize = digits(key).parse().unwrap_or(0);
    let numeric = flags.has('n') || flags.has('V') || key.contains('n');
    let reverse = flags.has('r') || key.contains('r');
    let separator = value('t').and_then(|t| t.bytes().next());
    let (text, code) = c.input(&flags.operands).await;
    let mut lines: Vec<&[u8]> = lines_of(&text).collect();
    let part = |line: &'_ [u8]| -> Vec<u8> {
        if field == 0 {
            return line.to_vec();
        }
        let fields: Vec<&[u8]> = match separator {
            Some(s) => line.split(|b| *b == s).collect(),
            None => line.split(u8::is_ascii_whitespace).filter(|f| !f.is_empty()).collect(),
        };
        fields.get(field - 1..).map(|f| f.join(&b' ')).unwrap_or_default()
    };
    lines.sort_by(|a, b| {
        let (x, y) = (part(a), part(b));
        let order =
            if numeric { leading_number(&x).total_cmp(&leading_number(&y)) } else { x.cmp(&y) };
        let order = order.then_with(|| a.cmp(b));
        if reverse { order.reverse() } else { order }
    });
    if flags.has('u') {
        lines.dedup();
    }
    c.io.out(joined(&lines));
    code
}

pub(crate) async fn uniq(c: Context) -> i32 {
    let Some(flags) = c.flags("cdui", &[("count", 'c')]) else { return 1 };
    let (text, code) = c.input(&flags.operands).await;
    let mut groups: Vec<(usize, &[u8])> = Vec::new();
    for line in lines_of(&text) {
        match groups.last_mut() {
            Some((n, last)) if *last == line => *n += 1,
            _ => groups.push((1, line)),
        }
    }
    for (n, line) in groups {
        if flags.has('d') && n < 2 || flags.has('u') && n > 1 {
            continue;
        }
        let count = if flags.has('c') { format!("{n:>7} ") } else { String::new() };
        c.io.out([count.as_bytes(), line, b"\n"].concat());
    }
    code
}

/// `1,3-5,7-`: whether a position (from 1) is chosen.
fn chosen(list: &str, at: usize) -> bool {
    list.split(',').any(|part| match part.split_once('-') {
        Some((from, to)) => {
            at >= from.parse().unwrap_or(1) && at <= to.parse().unwrap_or(usize::MAX)
        }
        None => part.parse() == Ok(at),
    })
}

pub(crate) async fn cut(c: Context) -> i32 {
    let (values, rest) = with_values(&c.args[1..], "dfcb");
    let value = |l| values.iter().find(|(k, _)| *k == l).map(|(_, v)| v.clone());
    let delimiter = value('d').unwrap_or_else(|| "\t".to_owned());
    let only_delimited = rest.iter().any(|a| a == "-s");
    let files: Vec<String> = rest.iter().filter(|a| *a != "-s").cloned().collect();
    let (text, code) = c.input(&files).await;
    if let Some(list) = value('f') {
        if delimiter.chars().count() != 1 {
            c.io.err("cut: the delimiter must be a single character\nTry 'cut --help' for more information.\n");
            return 1;
        }
        for line in lines_of(&text) {
            let line = String::from_utf8_lossy(line);
            if !line.contains(&delimiter) {
                if !only_delimited {
                    c.io.out(format!("{line}\n"));
                }
                continue;
            }
            let fields: Vec<&str> = line
                .split(&delimiter)
                .enumerate()
                .filter(|(i, _)| chosen(&list, i + 1))
                .map(|(_, f)| f)
                .collect();
            c.io.out(format!("{}\n", fields.join(&delimiter)));
        }
        return code;
    }
    let Some(list) = value('c').or_else(|| value('b')) else {
        c.io.err("cut: you must specify a list of bytes, characters, or fields\nTry 'cut --help' for more information.\n");
        return 1;
    };
    for line in lines_of(&text) {
        let line = String::from_utf8_lossy(line);
        let part: String = line
            .chars()
            .enumerate()
            .filter(|(i, _)| chosen(&list, i + 1))
            .map(|(_, c)| c)
            .collect();
        c.io.out(format!("{part}\n"));
    }
    code
}

/// A set of `tr`: ranges and escapes.
fn set(text: &str) -> Vec<char> {
    let chars: Vec<char> = text
        .replace("\\n", "\n")
        .replace("\\t", "\t")
        .replace("[:upper:]", "A-Z")
        .replace("[:lower:]", "a-z")
        .replace("[:space:]", " \t\n")
        .chars()
        .collect();
    let mut out = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        if i + 2 < chars.len() && chars[i + 1] == '-' && chars[i] <= chars[i + 2] {
            out.extend(chars[i]..=chars[i + 2]);
            i += 3;
        } else {
            out.push(chars[i]);
            i += 1;
        }
    }
    out
}

pub(crate) async fn tr(c: Context) -> i32 {
    let Some(flags) = c.flags("ds", &[("delete", 'd'), ("squeeze-repeats", 's')]) else { return 1 };
    let Some(from) = flags.operands.first() else { return c.missing_operand() };
    let from = set(from);
    let to = flags.operands.get(1).map(|t| set(t)).unwrap_or_default();
    let text = c.io.read_all().await;
    let mut out = String::new();
    for ch in String::from_utf8_lossy(&text).chars() {
        let at = from.iter().position(|f| *f == ch);
        let new = match at {
            None => ch,
            Some(_) if flags.has('d') => continue,
            Some(i) => to.get(i).or(to.last()).copied().unwrap_or(ch),
        };
        if flags.has('s') && at.is_some() && out.ends_with(new) {
            continue;
        }
        out.push(new);
    }
    c.io.out(out);
    0
}

pub(crate) async fn seq(c: Context) -> i32 {
    let numbers: Option<Vec<i64>> = c.args[1..].iter().map(|a| a.parse().ok()).collect();
    let (first, step, last) = match numbers.as_deref() {
        Some([last]) => (1, 1, *last),
        Some([first, last]) => (*first, 1, *last),
        Some([first, step, last]) if *step != 0 => (*first, *step, *last),
        _ => return c.missing_operand(),
    };
    let mut text = String::new();
    let mut n = first;
    while (step > 0 && n <= last || step < 0 && n >= last) && text.len() < 1 << 20 {
        text.push_str(&format!("{n}\n"));
        n = n.saturating_add(step);
    }
    c.io.out(text);
    // Somebody may wait for what was printed before this program ends.
    until_true(|| true).await;
    0
}
