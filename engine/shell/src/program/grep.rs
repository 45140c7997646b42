//! `grep`, `egrep`, `fgrep`.

use super::regexp::{Pattern, Syntax, compile};
use super::{Context, Flags, lines_of};

pub(crate) async fn run(c: Context) -> i32 {
    grep(c, Syntax::Basic).await
}

pub(crate) async fn egrep(c: Context) -> i32 {
    grep(c, Syntax::Extended).await
}

pub(crate) async fn fgrep(c: Context) -> i32 {
    grep(c, Syntax::Fixed).await
}

const USAGE: &str = "Usage: grep [OPTION]... PATTERN [FILE]...\n\
                     Try 'grep --help' for more information.\n";

/// Options with a value, taken out of the arguments first.
struct Valued {
    patterns: Vec<String>,
    after: usize,
    before: usize,
    rest: Vec<String>,
}

fn valued(args: &[String]) -> Valued {
    let mut out = Valued { patterns: Vec::new(), after: 0, before: 0, rest: Vec::new() };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let (flag, inline) = arg.split_at_checked(2).unwrap_or((arg, ""));
        if !matches!(flag, "-e" | "-A" | "-B" | "-C") {
            out.rest.push(arg.clone());
            continue;
        }
        let value = if inline.is_empty() {
            args.next().cloned().unwrap_or_default()
        } else {
            inline.to_owned()
        };
        let number = value.parse().unwrap_or(0);
        match flag {
            "-e" => out.patterns.push(value),
            "-A" => out.after = number,
            "-B" => out.before = number,
            _ => (out.after, out.before) = (number, number),
        }
    }
    out
}

async fn grep(c: Context, mut syntax: Syntax) -> i32 {
    let Valued { mut patterns, after, before, rest } = valued(&c.args[1..]);
    let long = [("color", 'a'), ("ignore-case", 'i'), ("invert-match", 'v'), ("count", 'c')];
    let flags = match Flags::of(&rest, "ivcnoEFGwxqlrRhHsa", &long) {
        Ok(flags) => flags,
        Err(why) => {
            c.io.err(format!("grep: {why}\n{USAGE}"));
            return 2;
        }
    };
    let mut files = flags.operands.clone();
    if patterns.is_empty() {
        if files.is_empty() {
            c.io.err(USAGE);
            return 2;
        }
        patterns.push(files.remove(0));
    }
    if flags.has('E') {
        syntax = Syntax::Extended;
    } else if flags.has('F') {
        syntax = Syntax::Fixed;
    }
    let Some(regexes) = patterns
        .iter()
        .map(|p| whole(&flags, compile(p, syntax, flags.has('i'))?))
        .collect::<Option<Vec<Pattern>>>()
    else {
        c.io.err("grep: Invalid regular expression\n");
        return 2;
    };
    if flags.has('r') || flags.has('R') {
        files = tree(&c, if files.is_empty() { vec![".".to_owned()] } else { files });
    }
    let search = Search { regexes, flags: &flags, after, before };
    let mut found = false;
    let mut failed = false;
    if files.is_empty() {
        found = search.stream(&c).await;
    }
    let named = files.len() > 1 && !flags.has('h') || flags.has('H') || flags.has('r');
    for file in &files {
        match c.sys.read(&c.cwd, file) {
            Ok(bytes) => found |= search.text(&c, &bytes, named.then_some(file.as_str())),
            Err(why) => {
                failed = true;
                if !flags.has('s') {
                    c.io.err(format!("grep: {file}: {why}\n"));
                }
            }
        }
    }
    match (failed, found) {
        (true, _) => 2,
        (false, true) => 0,
        (false, false) => 1,
    }
}

/// `-w` and `-x`.
fn whole(flags: &Flags, regex: Pattern) -> Option<Pattern> {
    if flags.has('x') {
        regex.framed(("^", "$"), flags.has('i'))
    } else if flags.has('w') {
        regex.framed(("\\b", "\\b"), flags.has('i'))
    } else {
        Some(regex)
    }
}

fn tree(c: &Context, roots: Vec<String>) -> Vec<String> {
    let mut all = Vec::new();
    let mut open = roots;
    open.reverse();
    while let Some(path) = open.pop() {
        if c.sys.stat(&c.cwd, &path).is_some_and(|s| s.is_dir) {
            let names = c.sys.list(&c.cwd, &path).unwrap_or_default();
            open.extend(names.iter().rev().map(|n| format!("{path}/{n}")));
        } else {
            all.push(path);
        }
    }
    all
}

struct Search<'a> {
    regexes: Vec<Pattern>,
    flags: &'a Flags,
    after: usize,
    before: usize,
}

impl Search<'_> {
    fn selects(&self, line: &[u8]) -> bool {
        self.regexes.iter().any(|r| r.is_match(line)) != self.flags.has('v')
    }

    /// Standard input line by line, so that `tail -f | grep` shows what comes.
    async fn stream(&self, c: &Context) -> bool {
        if self.after + self.before > 0 || self.flags.has('c') || self.flags.has('l') {
            return self.text(c, &c.io.read_all().await, None);
        }
        let mut found = false;
        let mut number = 0;
        while let Some(line) = c.io.read_line().await {
            number += 1;
            let line = line.strip_suffix(b"\n").unwrap_or(&line);
            if self.selects(line) {
                found = true;
                if self.flags.has('q') {
                    break;
                }
                self.print(c, line, number, None, ':');
            }
            if c.io.is_broken() {
                break;
            }
        }
        found
    }

    fn text(&self, c: &Context, text: &[u8], name: Option<&str>) -> bool {
        let lines: Vec<&[u8]> = lines_of(text).collect();
        let hits: Vec<usize> = (0..lines.len()).filter(|i| self.selects(lines[*i])).collect();
        let prefix = name.map(|n| format!("{n}:")).unwrap_or_default();
        if self.flags.has('c') {
            c.io.out(format!("{prefix}{}\n", hits.len()));
        } else if self.flags.has('l') {
            if !hits.is_empty() {
                c.io.out(format!("{}\n", name.unwrap_or("(standard input)")));
            }
        } else if !self.flags.has('q') {
            let mut shown_to = 0;
            for &hit in &hits {
                let from = hit.saturating_sub(self.before).max(shown_to);
                if from > shown_to && shown_to > 0 && self.after + self.before > 0 {
                    c.io.out("--\n");
                }
                let to = (hit + self.after + 1).min(lines.len());
                for (i, line) in lines.iter().enumerate().take(to).skip(from) {
                    let mark = if hits.binary_search(&i).is_ok() { ':' } else { '-' };
                    self.print(c, line, i + 1, name, mark);
                }
                shown_to = shown_to.max(to);
            }
        }
        !hits.is_empty()
    }

    fn print(&self, c: &Context, line: &[u8], number: usize, name: Option<&str>, mark: char) {
        let mut prefix = name.map(|n| format!("{n}{mark}")).unwrap_or_default();
        if self.flags.has('n') {
            prefix.push_str(&format!("{number}{mark}"));
        }
        if !self.flags.has('o') {
            c.io.out([prefix.as_bytes(), line, b"\n"].concat());
            return;
        }
        for regex in &self.regexes {
            for found in regex.found(line) {
                c.io.out([prefix.as_bytes(), found.as_bytes(), b"\n"].concat());
            }
        }
    }
}
