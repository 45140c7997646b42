//! What the shell does itself.

mod read;

use engine_sim::Pid;

use crate::io::Io;
use crate::program::{by_name, names};
use crate::shell::Shell;

/// Runs a builtin; `None` when `name` is none.
pub(crate) async fn run(shell: &mut Shell, name: &str, args: &[String], io: &Io) -> Option<i32> {
    Some(match name {
        ":" | "true" | "wait" | "jobs" | "bg" | "disown" | "set" | "alias" | "ulimit" | "umask"
        | "shopt" => 0,
        "false" => 1,
        "cd" => cd(shell, args, io),
        "pwd" => {
            io.out(format!("{}\n", shell.state.cwd));
            0
        }
        "echo" => echo(args, io),
        "printf" => printf(args, io),
        "export" | "declare" | "local" | "readonly" => export(shell, args),
        "unset" => {
            for name in args {
                shell.state.vars.remove(name);
            }
            0
        }
        "exit" | "logout" => {
            let code = args.first().and_then(|a| a.parse().ok()).unwrap_or(shell.state.status);
            shell.state.exiting = Some(code & 255);
            code
        }
        "history" => {
            for (i, line) in shell.state.history.iter().enumerate() {
                io.out(format!("{:>5}  {line}\n", i + 1));
            }
            0
        }
        "kill" => kill(shell, args, io),
        "type" | "command" => type_of(args, io),
        "read" => read::run(shell, args, io).await,
        "test" | "[" => test(shell, name, args, io),
        "source" | "." => Box::pin(source(shell, args, io)).await,
        "bash" | "sh" => Box::pin(bash(shell, args, io)).await,
        "xargs" => Box::pin(xargs(shell, args, io)).await,
        "env" | "printenv" => {
            for (name, value) in &shell.state.vars {
                io.out(format!("{name}={value}\n"));
            }
            0
        }
        "time" | "sudo" | "nohup" if !args.is_empty() => {
            Box::pin(again(shell, args.to_vec(), io)).await
        }
        "help" => {
            io.out(
                "This is a simulated host: a small bash and these programs.\n\
                 Builtins: cd echo exit export history kill printf pwd read test type unset xargs\n",
            );
            let all: Vec<&str> = names().collect();
            io.out(format!("Programs: {}\n", all.join(" ")));
            io.out("`net` cuts and slows cables between hosts; `redis-cli --cluster help` knows more.\n");
            0
        }
        _ => return None,
    })
}

/// Runs words as a command.
async fn again(shell: &mut Shell, words: Vec<String>, io: &Io) -> i32 {
    let word = |w: &String| w.chars().map(crate::lang::ast::Atom::Quoted).collect();
    let command = crate::lang::ast::Command::Simple {
        assigns: Vec::new(),
        words: words.iter().map(word).collect(),
        redirects: Vec::new(),
    };
    shell.run_command(&command, io).await
}

fn cd(shell: &mut Shell, args: &[String], io: &Io) -> i32 {
    if args.len() > 1 {
        io.err("-bash: cd: too many arguments\n");
        return 1;
    }
    let target = match args.first().map(String::as_str) {
        None | Some("~") => shell.variable("HOME"),
        Some("-") => {
            let old = shell.variable("OLDPWD");
            if old.is_empty() {
                io.err("-bash: cd: OLDPWD not set\n");
                return 1;
            }
            io.out(format!("{old}\n"));
            old
        }
        Some(path) => path.to_owned(),
    };
    match shell.sys.stat(&shell.state.cwd, &target) {
        Some(stat) if stat.is_dir => {
            let new = engine_sim::fs::resolve(&shell.state.cwd, &target);
            let old = std::mem::replace(&mut shell.state.cwd, new);
            shell.state.vars.insert("OLDPWD".to_owned(), old);
            0
        }
        Some(_) => {
            io.err(format!("-bash: cd: {target}: Not a directory\n"));
            1
        }
        None => {
            io.err(format!("-bash: cd: {target}: No such file or directory\n"));
            1
        }
    }
}

fn echo(args: &[String], io: &Io) -> i32 {
    let mut args = args;
    let (mut newline, mut escapes) = (true, false);
    while let Some((first, rest)) = args.split_first() {
        let flags = first
            .strip_prefix('-')
            .filter(|f| !f.is_empty() && f.chars().all(|c| "neE".contains(c)));
        let Some(flags) = flags else { break };
        newline &= !flags.contains('n');
        escapes |= flags.contains('e');
        args = rest;
    }
    let mut text = args.join(" ");
    if escapes {
        text = unescape(&text);
    }
    if newline {
        text.push('\n');
    }
    io.out(text);
    0
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('\\') => out.push('\\'),
            Some(c) => out.extend(['\\', c]),
            None => out.push('\\'),
        }
    }
    out
}

/// `%s`, `%d`, `%%`; the format is used again while there are arguments.
fn printf(args: &[String], io: &Io) -> i32 {
    let Some((format, values)) = args.split_first() else {
        io.err("printf: usage: printf [-v var] format [arguments]\n");
        return 2;
    };
    let format = unescape(format);
    let mut values = values.iter();
    let mut out = String::new();
    loop {
        let before = values.len();
        let mut chars = format.chars();
        while let Some(c) = chars.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            let mut spec = String::new();
            for c in chars.by_ref() {
                if c.is_ascii_alphabetic() || c == '%' {
                    let value =
                        if c == '%' { "%" } else { values.next().map_or("", String::as_str) };
                    let width: i64 = spec.parse().unwrap_or(0);
                    let pad = usize::try_from(width.unsigned_abs()).unwrap_or(0).min(200);
                    let zero = spec.starts_with('0');
                    out.push_str(&match (width < 0, zero) {
                        (true, _) => format!("{value:<pad$}"),
                        (false, true) => format!("{value:0>pad$}"),
                        (false, false) => format!("{value:>pad$}"),
                    });
                    break;
                }
                spec.push(c);
            }
        }
        if values.len() == 0 || values.len() == before {
            break;
        }
    }
    io.out(out);
    0
}

fn export(shell: &mut Shell, args: &[String]) -> i32 {
    for arg in args {
        if let Some((name, value)) = arg.split_once('=') {
            shell.state.vars.insert(name.to_owned(), value.to_owned());
        }
    }
    0
}

fn kill(shell: &Shell, args: &[String], io: &Io) -> i32 {
    if args.first().is_some_and(|a| a == "-l") {
        io.out(" 1) SIGHUP\t 2) SIGINT\t 9) SIGKILL\t15) SIGTERM\t18) SIGCONT\t19) SIGSTOP\n");
        return 0;
    }
    let (signal, rest, bad) = crate::program::signal_of(args);
    if let Some(name) = bad {
        io.err(format!("-bash: kill: {name}: invalid signal specification\n"));
        return 1;
    }
    if rest.is_empty() {
        io.err(
            "kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]\n",
        );
        return 2;
    }
    let mut code = 0;
    for word in &rest {
        let Ok(pid) = word.parse::<u32>() else {
            io.err(format!("-bash: kill: {word}: arguments must be process or job IDs\n"));
            code = 1;
            continue;
        };
        let done = shell.sys.world.borrow_mut().kill(shell.sys.host, Pid(pid), signal);
        if let Err(why) = done {
            io.err(format!("-bash: kill: ({pid}) - {why}\n"));
            code = 1;
        }
    }
    shell.sys.bump();
    code
}

fn type_of(args: &[String], io: &Io) -> i32 {
    let mut code = 0;
    for name in args.iter().filter(|a| !a.starts_with('-')) {
        if by_name(name).is_some() {
            io.out(format!("{name} is /usr/bin/{name}\n"));
        } else {
            io.err(format!("-bash: type: {name}: not found\n"));
            code = 1;
        }
    }
    code
}

fn test(shell: &Shell, name: &str, args: &[String], io: &Io) -> i32 {
    let args: Vec<&str> = match (name, args.split_last()) {
        ("[", Some((last, rest))) if last == "]" => rest.iter().map(String::as_str).collect(),
        ("[", _) => {
            io.err("-bash: [: missing `]'\n");
            return 2;
        }
        _ => args.iter().map(String::as_str).collect(),
    };
    let stat = |path: &str| shell.sys.stat(&shell.state.cwd, path);
    let number = |t: &str| t.trim().parse::<i64>().ok();
    let (not, args) = match args.as_slice() {
        ["!", rest @ ..] => (true, rest.to_vec()),
        _ => (false, args),
    };
    let so = match args.as_slice() {
        [] => false,
        [one] => !one.is_empty(),
        ["-z", t] => t.is_empty(),
        ["-n", t] => !t.is_empty(),
        ["-e", p] => stat(p).is_some(),
        ["-f", p] => stat(p).is_some_and(|s| !s.is_dir),
        ["-d", p] => stat(p).is_some_and(|s| s.is_dir),
        ["-s", p] => stat(p).is_some_and(|s| s.len > 0),
        [a, "=" | "==", b] => a == b,
        [a, "!=", b] => a != b,
        [a, op, b] => match (number(a), number(b)) {
            (Some(a), Some(b)) => match *op {
                "-eq" => a == b,
                "-ne" => a != b,
                "-lt" => a < b,
                "-le" => a <= b,
                "-gt" => a > b,
                "-ge" => a >= b,
                _ => return 2,
            },
            _ => {
                io.err(format!("-bash: {name}: {a}: integer expression expected\n"));
                return 2;
            }
        },
        _ => {
            io.err(format!("-bash: {name}: too many arguments\n"));
            return 2;
        }
    };
    i32::from(so == not)
}

async fn source(shell: &mut Shell, args: &[String], io: &Io) -> i32 {
    let Some(file) = args.first() else {
        io.err("-bash: .: filename argument required\n");
        return 2;
    };
    match shell.sys.read(&shell.state.cwd, file) {
        Ok(text) => script(shell, &String::from_utf8_lossy(&text), file, io).await,
        Err(why) => {
            io.err(format!("-bash: {file}: {why}\n"));
            1
        }
    }
}

async fn script(shell: &mut Shell, text: &str, name: &str, io: &Io) -> i32 {
    match shell.run_text(text, io).await {
        Ok(status) => status,
        Err(_) => {
            io.err(format!("{name}: syntax error: unexpected end of file\n"));
            2
        }
    }
}

/// `bash FILE` and `bash -c TEXT` in a subshell.
async fn bash(shell: &Shell, args: &[String], io: &Io) -> i32 {
    let mut copy = shell.clone();
    match args {
        [flag, text, ..] if flag == "-c" => script(&mut copy, text, "bash", io).await,
        [_, ..] => source(&mut copy, args, io).await,
        [] => {
            let text = io.read_all().await;
            script(&mut copy, &String::from_utf8_lossy(&text), "bash", io).await
        }
    }
}

/// `xargs [-n N] [-I{}] COMMAND…`
async fn xargs(shell: &mut Shell, args: &[String], io: &Io) -> i32 {
    let mut per = usize::MAX;
    let mut place = None;
    let mut rest = args;
    loop {
        match rest {
            [flag, n, more @ ..] if flag == "-n" => {
                per = n.parse().unwrap_or(1).max(1);
                rest = more;
            }
            [flag, mark, more @ ..] if flag == "-I" || flag == "-i" => {
                place = Some(mark.clone());
                per = 1;
                rest = more;
            }
            [flag, more @ ..] if flag.starts_with("-I") => {
                place = Some(flag[2..].to_owned());
                per = 1;
                rest = more;
            }
            [flag, more @ ..] if flag == "-r" || flag == "-t" => rest = more,
            _ => break,
        }
    }
    let command = if rest.is_empty() { vec!["echo".to_owned()] } else { rest.to_vec() };
    let text = String::from_utf8_lossy(&io.read_all().await).into_owned();
    let items: Vec<String> = if place.is_some() {
        text.lines().map(str::to_owned).collect()
    } else {
        text.split_whitespace().map(str::to_owned).collect()
    };
    let mut status = 0;
    let groups: Vec<&[String]> =
        if per == usize::MAX { vec![&items] } else { items.chunks(per).collect() };
    for group in groups {
        let words = match &place {
            Some(mark) => command.iter().map(|w| w.replace(mark, &group.join(" "))).collect(),
            None => [command.as_slice(), group].concat(),
        };
        if again(shell, words, io).await != 0 {
            status = 123;
        }
    }
    status
}
