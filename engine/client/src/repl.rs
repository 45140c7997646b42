//! The interactive mode (`repl` in redis-cli.c).

use engine_base::split::split_args;

use crate::number::leading_int;
use crate::platform::Platform;
use crate::print::Output;
use crate::session::{Exit, Session, Tell};

/// Reads and runs lines until the user leaves; the exit code is in the error.
pub(crate) async fn run<P: Platform>(session: &mut Session<'_, P>) -> Result<(), Exit> {
    session.connect(false, Tell::Errors).await;
    session.load_help().await;
    session.interactive = true;
    if session.platform.stdin_is_tty() {
        load_preferences(session);
    }
    loop {
        let prompt = session.prompt();
        let line = session.platform.read_line(&prompt, session.help.as_ref()).await;
        let Some(line) = line else { return Err(Exit(0)) };
        if !line.is_empty() {
            run_line(session, &line).await?;
        }
    }
}

async fn run_line<P: Platform>(session: &mut Session<'_, P>, line: &str) -> Result<(), Exit> {
    let Some(words) = split_args(line.as_bytes()) else {
        session.out("Invalid argument(s)\n");
        return Ok(());
    };
    let Some(first) = words.first() else { return Ok(()) };
    let mut repeat = 1;
    let mut command = words.as_slice();
    if words.len() > 1
        && let Some(times) = repeat_prefix(first)
    {
        if times <= 0 {
            session.out("Invalid redis-cli repeat command option value.\n");
            return Ok(());
        }
        repeat = times;
        command = words.get(1..).unwrap_or_default();
    }
    let is = |name: &str| first.eq_ignore_ascii_case(name.as_bytes());
    if is("quit") || is("exit") {
        return Err(Exit(0));
    } else if first.first() == Some(&b':') {
        preference(session, &words, "");
    } else if is("restart") {
        session.out("Use 'restart' only in Lua debugging mode.\n");
    } else if let ([_, host, port], true) = (words.as_slice(), is("connect")) {
        let port = leading_int(&String::from_utf8_lossy(port)) as u16;
        session.connect_to(String::from_utf8_lossy(host).into_owned(), port).await;
    } else if words.len() == 1 && is("clear") {
        session.platform.clear_screen();
    } else {
        let begin = session.platform.unix_ms();
        session.issue(command, repeat).await?;
        let elapsed = session.platform.unix_ms() - begin;
        if elapsed >= 500 && session.format.output == Output::Standard {
            session.out(&format!("({:.2}s)\n", elapsed as f64 / 1000.0));
        }
    }
    Ok(())
}

/// A word that is a number from its first to its last byte, as `strtol` reads it.
fn repeat_prefix(word: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(word).ok()?.trim_start();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if text.is_empty() {
        return Some(0);
    }
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().unwrap_or(0))
}

/// `:set hints`, `:set nohints` (`cliSetPreferences`).
fn preference<P: Platform>(session: &Session<'_, P>, words: &[Vec<u8>], source: &str) {
    let word = |i: usize| words.get(i).map(|w| String::from_utf8_lossy(w)).unwrap_or_default();
    if !word(0).eq_ignore_ascii_case(":set") || words.len() < 2 {
        session.out(&format!("{source}unknown redis-cli internal command '{}'\n", word(0)));
        return;
    }
    let wanted = match word(1).to_ascii_lowercase().as_str() {
        "hints" => true,
        "nohints" => false,
        _ => {
            session.out(&format!("{source}unknown redis-cli preference '{}'\n", word(1)));
            return;
        }
    };
    if let Some(help) = &session.help {
        help.want_hints(wanted);
    }
}

fn load_preferences<P: Platform>(session: &Session<'_, P>) {
    let path = match session.platform.env("REDISCLI_RCFILE") {
        Some(path) if !path.is_empty() => path,
        _ => match session.platform.env("HOME") {
            Some(home) if !home.is_empty() => format!("{home}/.redisclirc"),
            _ => return,
        },
    };
    for line in session.platform.read_file(&path).unwrap_or_default().split(|&b| b == b'\n') {
        if let Some(words) = split_args(line)
            && !words.is_empty()
        {
            preference(session, &words, ".redisclirc: ");
        }
    }
}

/// Whether a line is kept in the history: one that says something, and no secret.
#[must_use]
pub fn is_kept(line: &str) -> bool {
    let words = split_args(line.as_bytes());
    let refused = match words.as_deref() {
        Some([]) => true,
        Some([first, _, ..]) => repeat_prefix(first).is_some_and(|times| times <= 0),
        _ => false,
    };
    !refused && !is_sensitive(line)
}

/// Whether a line must not be kept in the history because it may hold a password
/// (`isSensitiveCommand`).
fn is_sensitive(line: &str) -> bool {
    let words: Vec<String> = line.split_whitespace().map(str::to_ascii_lowercase).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let words = match words.as_slice() {
        [first, rest @ ..] if !rest.is_empty() && first.bytes().all(|b| b.is_ascii_digit()) => rest,
        all => all,
    };
    match words {
        ["auth", ..] | ["acl", "setuser", ..] => true,
        ["config", "set", what, ..] => matches!(*what, "masterauth" | "masteruser" | "requirepass"),
        ["hello", _, rest @ ..] => {
            rest.iter().skip_while(|w| **w == "setname").any(|w| *w == "auth")
        }
        ["migrate", rest @ ..] => {
            rest.iter().take_while(|w| **w != "keys").any(|w| *w == "auth" || *w == "auth2")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_stay_out_of_the_history() {
        assert!(is_sensitive("AUTH secret"));
        assert!(is_sensitive("3 auth x"));
        assert!(is_sensitive("config set requirepass x"));
        assert!(is_sensitive("hello 3 auth me pw"));
        assert!(is_sensitive("migrate h 1 k 0 10 AUTH pw"));
        assert!(!is_kept("  ") && !is_kept("0 ping") && is_kept("2 ping") && is_kept("\"open"));
        assert!(!is_sensitive("get auth"));
        assert!(!is_sensitive("migrate h 1 \"\" 0 10 keys auth"));
    }

    #[test]
    fn a_number_before_a_command_repeats_it() {
        assert_eq!(repeat_prefix(b"5"), Some(5));
        assert_eq!(repeat_prefix(b"-1"), Some(-1));
        assert_eq!(repeat_prefix(b"5x"), None);
        assert_eq!(repeat_prefix(b"get"), None);
    }
}
