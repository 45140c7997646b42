//! `sed`: `s/a/b/flags`, `Np`, `N,Mp`, `/re/p`, `/re/d`, `-n`, `-i`, `-e`, `-r`.

use engine_sim::FsOp;
use engine_sim::fs::resolve;
use regex_lite::Captures;

use super::regexp::{Pattern, Syntax, compile};
use super::{Context, lines_of};

/// Which lines a command is for.
enum Address {
    All,
    Line(usize),
    Last,
    Lines(usize, usize),
    Matching(Pattern),
}

enum Action {
    Substitute { regex: Pattern, with: String, all: bool, print: bool },
    Print,
    Delete,
}

pub(crate) async fn run(c: Context) -> i32 {
    let (mut quiet, mut in_place, mut syntax) = (false, false, Syntax::Basic);
    let mut scripts = Vec::new();
    let mut operands = Vec::new();
    let mut args = c.args[1..].iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "-n" => quiet = true,
            "-i" => in_place = true,
            "-r" | "-E" => syntax = Syntax::Extended,
            "-e" => scripts.extend(args.next().cloned()),
            other => operands.push(other.to_owned()),
        }
    }
    if scripts.is_empty() {
        if operands.is_empty() {
            c.io.err("Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...\n");
            return 1;
        }
        scripts.push(operands.remove(0));
    }
    let mut commands = Vec::new();
    for script in scripts.iter().flat_map(|s| split(s)) {
        match command(&script, syntax) {
            Some(command) => commands.push(command),
            None => {
                c.io.err(format!(
                    "sed: -e expression #1, char {}: unknown command\n",
                    script.len()
                ));
                return 1;
            }
        }
    }
    if !in_place {
        let (text, code) = c.input(&operands).await;
        c.io.out(edit(&text, &commands, quiet));
        return code;
    }
    let mut code = 0;
    for file in &operands {
        match c.sys.read(&c.cwd, file) {
            Ok(text) => {
                let new = edit(&text, &commands, quiet);
                if c.sys.fs(FsOp::Write(resolve(&c.cwd, file), new)).is_err() {
                    code = 4;
                }
            }
            Err(why) => {
                c.io.err(format!("sed: can't read {file}: {why}\n"));
                code = 2;
            }
        }
    }
    code
}

/// Commands of a script, split at `;` outside of `s///`.
fn split(script: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut delimiter = None;
    let mut seen = 0;
    let mut chars = script.chars();
    while let Some(ch) = chars.next() {
        let Some(part) = parts.last_mut() else { break };
        if ch == '\\' {
            part.push(ch);
            part.extend(chars.next());
            continue;
        }
        match delimiter {
            None if ch == 's' && part.trim_end().chars().all(|c| !c.is_alphabetic()) => {
                part.push(ch);
                delimiter = chars.next();
                part.extend(delimiter);
                seen = 1;
                continue;
            }
            Some(d) if ch == d => {
                seen += 1;
                if seen == 3 {
                    delimiter = None;
                }
            }
            None if ch == ';' || ch == '\n' => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        part.push(ch);
    }
    parts.into_iter().map(|p| p.trim().to_owned()).filter(|p| !p.is_empty()).collect()
}

fn command(text: &str, syntax: Syntax) -> Option<(Address, Action)> {
    let (address, rest) = address(text, syntax)?;
    let rest = rest.trim();
    let action = match rest.chars().next()? {
        'p' => Action::Print,
        'd' => Action::Delete,
        's' => substitute(&rest[1..], syntax)?,
        _ => return None,
    };
    Some((address, action))
}

fn address(text: &str, syntax: Syntax) -> Option<(Address, &str)> {
    if let Some(rest) = text.strip_prefix('$') {
        return Some((Address::Last, rest));
    }
    if let Some(rest) = text.strip_prefix('/') {
        let end = rest.find('/')?;
        return Some((Address::Matching(compile(&rest[..end], syntax, false)?), &rest[end + 1..]));
    }
    let digits = |t: &str| t.chars().take_while(char::is_ascii_digit).count();
    let n = digits(text);
    if n == 0 {
        return Some((Address::All, text));
    }
    let from: usize = text[..n].parse().ok()?;
    let Some(rest) = text[n..].strip_prefix(',') else {
        return Some((Address::Line(from), &text[n..]));
    };
    if let Some(rest) = rest.strip_prefix('$') {
        return Some((Address::Lines(from, usize::MAX), rest));
    }
    let m = digits(rest);
    Some((Address::Lines(from, rest[..m].parse().ok()?), &rest[m..]))
}

fn substitute(text: &str, syntax: Syntax) -> Option<Action> {
    let mut chars = text.chars();
    let delimiter = chars.next()?;
    let mut parts = vec![String::new()];
    while let Some(ch) = chars.next() {
        if ch == delimiter {
            parts.push(String::new());
            continue;
        }
        let part = parts.last_mut()?;
        if ch == '\\' {
            let next = chars.next()?;
            if next != delimiter {
                part.push('\\');
            }
            part.push(next);
        } else {
            part.push(ch);
        }
    }
    let [pattern, with, flags] = parts.as_slice() else { return None };
    let regex = compile(pattern, syntax, flags.contains(['i', 'I']))?;
    let (all, print) = (flags.contains('g'), flags.contains('p'));
    Some(Action::Substitute { regex, with: with.clone(), all, print })
}

fn edit(text: &[u8], commands: &[(Address, Action)], quiet: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let lines: Vec<&[u8]> = lines_of(text).collect();
    let count = lines.len();
    'lines: for (i, line) in lines.into_iter().enumerate() {
        let number = i + 1;
        let mut line = line.to_vec();
        for (address, action) in commands {
            let meant = match address {
                Address::All => true,
                Address::Line(n) => number == *n,
                Address::Last => number == count,
                Address::Lines(from, to) => (*from..=*to).contains(&number),
                Address::Matching(regex) => regex.is_match(&line),
            };
            if !meant {
                continue;
            }
            match action {
                Action::Delete => continue 'lines,
                Action::Print => out.extend([line.as_slice(), b"\n"].concat()),
                Action::Substitute { regex, with, all, print } => {
                    if let Some(new) = regex.replace(&line, *all, |caps| fill(with, caps)) {
                        line = new;
                        if *print {
                            out.extend([line.as_slice(), b"\n"].concat());
                        }
                    }
                }
            }
        }
        if !quiet {
            out.extend([line.as_slice(), b"\n"].concat());
        }
    }
    out
}

/// `&`, `\1`, `\n` in a replacement.
fn fill(with: &str, caps: &Captures<'_>) -> String {
    let mut out = String::new();
    let group = |i: usize| caps.get(i).map_or("", |m| m.as_str());
    let mut chars = with.chars();
    while let Some(ch) = chars.next() {
        match ch {
            '&' => out.push_str(group(0)),
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some(d) if d.is_ascii_digit() => {
                    out.push_str(group(d.to_digit(10).unwrap_or(0) as usize));
                }
                Some(c) => out.push(c),
                None => {}
            },
            c => out.push(c),
        }
    }
    out
}
