//! `pkill`, `pgrep`, `killall`.

use engine_sim::{Pid, Signal};

use super::Context;
use super::regexp::{Syntax, compile};

/// A signal option, if any, and the other arguments.
pub(crate) fn signal_of(args: &[String]) -> (Signal, Vec<String>, Option<String>) {
    let mut signal = Signal::Term;
    let mut rest = Vec::new();
    let mut bad = None;
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let name = match arg.as_str() {
            "-s" | "-n" => args.next().map(String::as_str),
            a => a.strip_prefix('-').filter(|n| {
                n.starts_with(|c: char| c.is_ascii_digit())
                    || n.len() > 1 && n.chars().all(|c| c.is_ascii_uppercase())
            }),
        };
        match name {
            Some(name) => match Signal::parse(name) {
                Some(s) => signal = s,
                None => bad = Some(name.to_owned()),
            },
            None => rest.push(arg.clone()),
        }
    }
    (signal, rest, bad)
}

/// The processes of the host whose name (or, with `full`, command line) is meant.
fn matching(c: &Context, full: bool, fits: impl Fn(&str) -> bool) -> Vec<(Pid, String)> {
    let found = c.sys.with(|h| {
        h.processes()
            .filter(|p| p.pid != c.pid)
            .filter(|p| {
                let first = p.title.split(' ').next().unwrap_or("").trim_start_matches('-');
                let name = first.rsplit('/').next().unwrap_or(first);
                fits(if full { &p.title } else { name })
            })
            .map(|p| (p.pid, p.title.clone()))
            .collect()
    });
    found.unwrap_or_default()
}

fn send(c: &Context, pids: &[(Pid, String)], signal: Signal) {
    for (pid, _) in pids {
        let _ = c.sys.world.borrow_mut().kill(c.sys.host, *pid, signal);
    }
}

pub(crate) async fn pkill(c: Context) -> i32 {
    let (signal, rest, _) = signal_of(&c.args[1..]);
    let found = by_pattern(&c, &rest);
    let Some(found) = found else { return 2 };
    send(&c, &found, signal);
    i32::from(found.is_empty())
}

pub(crate) async fn pgrep(c: Context) -> i32 {
    let Some(found) = by_pattern(&c, &c.args[1..]) else { return 2 };
    let with_line = c.args.iter().any(|a| a == "-a" || a == "-af" || a == "-fa");
    for (pid, title) in &found {
        c.io.out(if with_line { format!("{pid} {title}\n") } else { format!("{pid}\n") });
    }
    i32::from(found.is_empty())
}

fn by_pattern(c: &Context, args: &[String]) -> Option<Vec<(Pid, String)>> {
    let full = args.iter().any(|a| a.starts_with('-') && a.contains('f'));
    let pattern = args.iter().find(|a| !a.starts_with('-'));
    let regex = pattern.and_then(|p| compile(p, Syntax::Extended, false));
    let Some(regex) = regex else {
        let name = c.name();
        c.io.err(format!(
            "{name}: no matching criteria specified\nTry `{name} --help' for more information.\n"
        ));
        return None;
    };
    Some(matching(c, full, |text| regex.is_match(text.as_bytes())))
}

pub(crate) async fn killall(c: Context) -> i32 {
    let (signal, rest, _) = signal_of(&c.args[1..]);
    if rest.is_empty() {
        c.io.err("Usage: killall [OPTION]... [--] NAME...\n");
        return 1;
    }
    let mut code = 0;
    for name in &rest {
        let found = matching(&c, false, |text| text == name);
        if found.is_empty() {
            c.io.err(format!("{name}: no process found\n"));
            code = 1;
        }
        send(&c, &found, signal);
    }
    code
}
