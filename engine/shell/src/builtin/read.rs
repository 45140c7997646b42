//! `read`: a line of the input into variables.

use crate::io::Io;
use crate::shell::Shell;

/// `read [-r] [NAME…]`: a word each, the rest for the last; without a name the line is `REPLY`. 1 at the end.
pub(super) async fn run(shell: &mut Shell, args: &[String], io: &Io) -> i32 {
    let names: Vec<&str> = args.iter().map(String::as_str).filter(|a| *a != "-r").collect();
    if let Some(flag) = names.iter().find(|name| name.starts_with('-')) {
        io.err(format!("-bash: read: {flag}: invalid option\nread: usage: read [-r] [name ...]\n"));
        return 2;
    }
    let line = io.read_line().await;
    let text = line.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
    let blank = |c: char| matches!(c, ' ' | '\t' | '\n');
    let Some((last, firsts)) = names.split_last() else {
        let reply = text.strip_suffix('\n').unwrap_or(&text).to_owned();
        shell.state.vars.insert("REPLY".to_owned(), reply);
        return i32::from(line.is_none_or(|l| !l.ends_with(b"\n")));
    };
    let mut rest = text.trim_matches(blank);
    for name in firsts {
        let (word, after) = rest.split_once(blank).unwrap_or((rest, ""));
        shell.state.vars.insert((*name).to_owned(), word.to_owned());
        rest = after.trim_start_matches(blank);
    }
    shell.state.vars.insert((*last).to_owned(), rest.to_owned());
    i32::from(line.is_none_or(|l| !l.ends_with(b"\n")))
}
