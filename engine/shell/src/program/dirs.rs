//! `mkdir`, `rmdir`, `rm`, `touch`, `chmod`.

use engine_sim::FsOp;
use engine_sim::fs::{FsError, resolve};

use super::Context;

pub(crate) async fn mkdir(c: Context) -> i32 {
    let Some(flags) = c.flags("pv", &[("parents", 'p'), ("verbose", 'v')]) else { return 1 };
    if flags.operands.is_empty() {
        return c.missing_operand();
    }
    let mut code = 0;
    for name in &flags.operands {
        let path = resolve(&c.cwd, name);
        let done = if flags.has('p') {
            c.sys.fs(FsOp::MakeDirs(path))
        } else {
            c.sys.fs(FsOp::MakeDir(path))
        };
        if let Err(why) = done {
            c.io.err(format!("mkdir: cannot create directory ‘{name}’: {why}\n"));
            code = 1;
        } else if flags.has('v') {
            c.io.out(format!("mkdir: created directory '{name}'\n"));
        }
    }
    code
}

pub(crate) async fn rmdir(c: Context) -> i32 {
    let Some(flags) = c.flags("pv", &[]) else { return 1 };
    if flags.operands.is_empty() {
        return c.missing_operand();
    }
    let mut code = 0;
    for name in &flags.operands {
        if let Err(why) = c.sys.fs(FsOp::RemoveDir(resolve(&c.cwd, name))) {
            c.io.err(format!("rmdir: failed to remove '{name}': {why}\n"));
            code = 1;
        }
    }
    code
}

pub(crate) async fn rm(c: Context) -> i32 {
    let long = [("recursive", 'r'), ("force", 'f'), ("verbose", 'v')];
    let Some(flags) = c.flags("rRfiv", &long) else { return 1 };
    if flags.operands.is_empty() {
        return if flags.has('f') { 0 } else { c.missing_operand() };
    }
    let recursive = flags.has('r') || flags.has('R');
    let mut code = 0;
    for name in &flags.operands {
        let path = resolve(&c.cwd, name);
        if path == "/" {
            c.io.err(
                "rm: it is dangerous to operate recursively on '/'\n\
                 rm: use --no-preserve-root to override this failsafe\n",
            );
            code = 1;
            continue;
        }
        let done = if recursive {
            c.sys.fs(FsOp::RemoveAll(path))
        } else {
            c.sys.fs(FsOp::RemoveFile(path))
        };
        match done {
            Ok(()) => {}
            Err(FsError::NotFound | FsError::NotDir) if flags.has('f') => {}
            Err(why) => {
                c.io.err(format!("rm: cannot remove '{name}': {why}\n"));
                code = 1;
            }
        }
    }
    code
}

pub(crate) async fn touch(c: Context) -> i32 {
    let Some(flags) = c.flags("acm", &[]) else { return 1 };
    if flags.operands.is_empty() {
        c.io.err("touch: missing file operand\nTry 'touch --help' for more information.\n");
        return 1;
    }
    let mut code = 0;
    for name in &flags.operands {
        if let Err(why) = c.sys.fs(FsOp::Touch(resolve(&c.cwd, name))) {
            c.io.err(format!("touch: cannot touch '{name}': {why}\n"));
            code = 1;
        }
    }
    code
}

pub(crate) async fn chmod(c: Context) -> i32 {
    let operands: Vec<&String> = c.args[1..].iter().filter(|a| *a != "-R").collect();
    let Some((mode, files)) = operands.split_first() else { return c.missing_operand() };
    if files.is_empty() {
        c.io.err(format!("chmod: missing operand after ‘{mode}’\n"));
        return 1;
    }
    let mut code = 0;
    for file in files {
        let Some(stat) = c.sys.stat(&c.cwd, file) else {
            c.io.err(format!("chmod: cannot access '{file}': No such file or directory\n"));
            code = 1;
            continue;
        };
        let Some(bits) = new_mode(mode, stat.mode) else {
            c.io.err(format!("chmod: invalid mode: ‘{mode}’\n"));
            return 1;
        };
        if c.sys.fs(FsOp::SetMode(resolve(&c.cwd, file), bits)).is_err() {
            code = 1;
        }
    }
    code
}

/// `755`, `+x`, `u+x`, `go-w`.
fn new_mode(text: &str, old: u16) -> Option<u16> {
    if let Ok(bits) = u16::from_str_radix(text, 8) {
        return (bits <= 0o7777).then_some(bits);
    }
    let at = text.find(['+', '-', '='])?;
    let who = if at == 0 { "a" } else { &text[..at] };
    let mut mask = 0;
    for c in who.chars() {
        mask |= match c {
            'u' => 0o700,
            'g' => 0o070,
            'o' => 0o007,
            'a' => 0o777,
            _ => return None,
        };
    }
    let mut bits = 0;
    for c in text[at + 1..].chars() {
        bits |= match c {
            'r' => 0o444,
            'w' => 0o222,
            'x' => 0o111,
            _ => return None,
        };
    }
    Some(match text.as_bytes()[at] {
        b'+' => old | (bits & mask),
        b'-' => old & !(bits & mask),
        _ => (old & !mask) | (bits & mask),
    })
}
