//! The command line of redis-server as directives (`main` in server.c).

use engine_base::split::split_args;

use super::value::quoted;

/// What the arguments after the program's name and configuration file say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandLine {
    /// Lines as of a redis.conf, to be read after the file.
    pub directives: String,
    /// Whether `-` asks for more lines from standard input, before `directives`.
    pub from_stdin: bool,
}

/// Turns `--port 7000 --bind a b` into lines of a redis.conf. `-` counts when it stands first or
/// last.
#[must_use]
pub fn command_line<S: AsRef<str>>(args: &[S]) -> CommandLine {
    options(args, true)
}

/// [`command_line`] of what stands behind the name of a file: there `-` counts at the end only.
#[must_use]
pub fn command_line_behind_file<S: AsRef<str>>(args: &[S]) -> CommandLine {
    options(args, false)
}

fn options<S: AsRef<str>>(args: &[S], first_counts: bool) -> CommandLine {
    let mut out = CommandLine::default();
    // An option's name must be followed by a value, even when that begins with two dashes.
    let mut complete = true;
    let last = args.len().saturating_sub(1);
    for (i, arg) in args.iter().map(AsRef::as_ref).enumerate() {
        if arg == "-" && (i == 0 && first_counts || i == last) {
            out.from_stdin = true;
        } else if complete && let Some(name) = arg.strip_prefix("--") {
            if !out.directives.is_empty() {
                out.directives.push('\n');
            }
            out.directives.push_str(name);
            out.directives.push(' ');
            let words = split_args(arg.as_bytes()).map_or(0, |words| words.len());
            let next_is_option =
                args.get(i + 1).is_some_and(|next| next.as_ref().starts_with("--"));
            let empty_save = arg.eq_ignore_ascii_case("--save") && (next_is_option || i == last);
            if empty_save {
                out.directives.push_str("\"\"");
            }
            complete = words != 1 || (empty_save && i != last);
        } else {
            out.directives.push_str(&String::from_utf8_lossy(&quoted(arg.as_bytes())));
            out.directives.push(' ');
            complete = true;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_become_lines() {
        let lines = |args: &[&str]| command_line(args).directives;
        assert_eq!(
            lines(&["--port", "7000", "--bind", "a", "b"]),
            "port \"7000\" \nbind \"a\" \"b\" "
        );
        assert_eq!(lines(&["--save", "--port", "1"]), "save \"\"\nport \"1\" ");
        assert_eq!(lines(&["--port 7000"]), "port 7000 ");
        assert_eq!(lines(&["--requirepass", "--x"]), "requirepass \"--x\" ");
    }

    #[test]
    fn a_dash_reads_standard_input() {
        assert!(command_line(&["-"]).from_stdin);
        assert!(command_line(&["--port", "1", "-"]).from_stdin);
        assert!(!command_line(&["--requirepass", "-", "--port", "1"]).from_stdin);
        let behind = command_line_behind_file(&["-", "--port", "1"]);
        assert_eq!((behind.from_stdin, behind.directives), (false, "\"-\" \nport \"1\" ".into()));
        assert!(command_line_behind_file(&["--port", "1", "-"]).from_stdin);
    }
}
