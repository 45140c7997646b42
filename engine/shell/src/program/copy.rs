//! `cp` and `mv`.

use engine_sim::FsOp;
use engine_sim::fs::resolve;

use super::{Context, Flags};

/// The last part of a path.
fn base(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path)
}

/// Sources and goal: what every form of `cp` and `mv` has.
fn operands<'a>(c: &Context, flags: &'a Flags) -> Option<(&'a [String], &'a String)> {
    let name = c.name();
    let help = format!("Try '{name} --help' for more information.\n");
    match flags.operands.split_last() {
        None => c.io.err(format!("{name}: missing file operand\n{help}")),
        Some((only, [])) => {
            c.io.err(format!("{name}: missing destination file operand after '{only}'\n{help}"));
        }
        Some((goal, sources)) => return Some((sources, goal)),
    }
    None
}

pub(crate) async fn cp(c: Context) -> i32 {
    let Some(flags) = c.flags("raRpfiv", &[("recursive", 'r'), ("archive", 'a')]) else { return 1 };
    let Some((sources, goal)) = operands(&c, &flags) else { return 1 };
    let recursive = ['r', 'R', 'a'].iter().any(|l| flags.has(*l));
    let to_dir = c.sys.stat(&c.cwd, goal).is_some_and(|s| s.is_dir);
    if sources.len() > 1 && !to_dir {
        c.io.err(format!("cp: target '{goal}' is not a directory\n"));
        return 1;
    }
    let mut code = 0;
    for source in sources {
        let target = if to_dir { format!("{goal}/{}", base(source)) } else { goal.clone() };
        let done = match c.sys.stat(&c.cwd, source) {
            None => Err(format!("cp: cannot stat '{source}': No such file or directory")),
            Some(stat) if stat.is_dir && !recursive => {
                Err(format!("cp: -r not specified; omitting directory '{source}'"))
            }
            Some(_) if resolve(&c.cwd, source) == resolve(&c.cwd, &target) => {
                Err(format!("cp: '{source}' and '{target}' are the same file"))
            }
            Some(_) => copy(&c, source, &target),
        };
        if let Err(words) = done {
            c.io.err(format!("{words}\n"));
            code = 1;
        }
    }
    code
}

fn copy(c: &Context, source: &str, target: &str) -> Result<(), String> {
    let from = resolve(&c.cwd, source);
    let to = resolve(&c.cwd, target);
    if to.starts_with(&format!("{from}/")) {
        return Err(format!("cp: cannot copy a directory, '{source}', into itself, '{target}'"));
    }
    let Some(stat) = c.sys.stat("/", &from) else { return Ok(()) };
    if !stat.is_dir {
        let bytes = c.sys.read("/", &from).unwrap_or_default();
        if target.ends_with('/') {
            return Err(format!("cp: cannot create regular file '{target}': Not a directory"));
        }
        return c
            .sys
            .fs(FsOp::Write(to.clone(), bytes))
            .and_then(|()| c.sys.fs(FsOp::SetMode(to, stat.mode)))
            .map_err(|why| format!("cp: cannot create regular file '{target}': {why}"));
    }
    if c.sys.stat("/", &to).is_none() {
        c.sys
            .fs(FsOp::MakeDir(to))
            .map_err(|why| format!("cp: cannot create directory '{target}': {why}"))?;
    }
    for name in c.sys.list("/", &from).unwrap_or_default() {
        copy(c, &format!("{source}/{name}"), &format!("{target}/{name}"))?;
    }
    Ok(())
}

pub(crate) async fn mv(c: Context) -> i32 {
    let Some(flags) = c.flags("finv", &[]) else { return 1 };
    let Some((sources, goal)) = operands(&c, &flags) else { return 1 };
    let to_dir = c.sys.stat(&c.cwd, goal).is_some_and(|s| s.is_dir);
    if sources.len() > 1 && !to_dir {
        c.io.err(format!("mv: target '{goal}' is not a directory\n"));
        return 1;
    }
    let mut code = 0;
    for source in sources {
        let target = if to_dir { format!("{goal}/{}", base(source)) } else { goal.clone() };
        let (from, to) = (resolve(&c.cwd, source), resolve(&c.cwd, &target));
        let words = if c.sys.stat(&c.cwd, source).is_none() {
            format!("mv: cannot stat '{source}': No such file or directory\n")
        } else if from == to {
            format!("mv: '{source}' and '{target}' are the same file\n")
        } else {
            match c.sys.fs(FsOp::Rename(from, to)) {
                Ok(()) => continue,
                Err(why) => format!("mv: cannot move '{source}' to '{target}': {why}\n"),
            }
        };
        c.io.err(words);
        code = 1;
    }
    code
}
