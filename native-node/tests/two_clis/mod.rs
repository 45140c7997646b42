//! The real redis-cli and `native-node cli`, side by side: in a pipe, and on a pseudo-terminal where
//! keys are pressed when something has been shown.
#![allow(missing_docs, unreachable_pub, reason = "a part of each test binary")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(dead_code, reason = "each test binary uses its part")]

use std::io::Write as _;
use std::process::{Command, Stdio};

pub const REAL: &[&str] = &["redis-cli"];
pub const OURS: &[&str] = &[env!("CARGO_BIN_EXE_native-node"), "cli"];

/// What happens on the terminal, one after the other.
#[derive(Clone, Copy)]
pub enum Step<'a> {
    /// Until this has been shown so many times, counted from the step before.
    Wait(&'a str, usize),
    /// A command of somebody else, to its end.
    Run(&'a str),
    /// What is typed.
    Type(&'a str),
    /// The signal that Ctrl-C sends to a program which does not read key by key.
    Interrupt,
}

const TERMINAL: &str = r#"
import fcntl, os, pty, select, signal, struct, subprocess, sys, termios, time
steps = [step.split('\x1f') for step in sys.argv[1].split('\x1e') if step]
kind, command = sys.argv[2], sys.argv[3:]
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 100, 0, 0))
    attributes = termios.tcgetattr(0)
    attributes[3] &= ~termios.ECHO
    termios.tcsetattr(0, termios.TCSANOW, attributes)
    os.environ['TERM'] = kind
    # A shell's background jobs ignore it, and what they start.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.environ.setdefault('REDISCLI_HISTFILE', '/dev/null')
    os.environ['REDISCLI_RCFILE'] = '/dev/null'
    os.execvp(command[0], command)
shown, start, end = b'', 0, time.time() + 60
def read():
    global shown
    if time.time() > end:
        os.kill(pid, signal.SIGKILL)
        raise SystemExit('waited in vain after %r' % shown[-600:])
    if not select.select([fd], [], [], 0.1)[0]:
        return True
    try:
        data = os.read(fd, 65536)
    except OSError:
        return False
    shown += data
    return bool(data)
for name, text, count in steps:
    if name == 'wait':
        wanted = text.encode()
        while shown[start:].count(wanted) < int(count):
            if not read():
                raise SystemExit('ended before %r: %r' % (text, shown[-600:]))
        continue
    start = len(shown)
    if name == 'run':
        subprocess.run(text, shell=True, stdout=subprocess.DEVNULL)
    elif name == 'type':
        os.write(fd, text.encode())
    else:
        os.kill(pid, signal.SIGINT)
while read():
    pass
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.stdout.buffer.write(shown + b'\n[exit %d]\n' % code)
"#;

/// All that a terminal of this kind (`dumb`, `xterm`) showed, and the exit code: negative when a
/// signal ended the program.
pub fn on_terminal(program: &[&str], args: &str, kind: &str, steps: &[Step<'_>]) -> String {
    let step = |step: &Step<'_>| match step {
        Step::Wait(text, count) => format!("wait\x1f{text}\x1f{count}\x1e"),
        Step::Run(command) => format!("run\x1f{command}\x1f\x1e"),
        Step::Type(text) => format!("type\x1f{text}\x1f\x1e"),
        Step::Interrupt => "interrupt\x1f\x1f\x1e".to_owned(),
    };
    let steps: String = steps.iter().map(step).collect();
    let out = Command::new("python3")
        .args(["-c", TERMINAL, &steps, kind])
        .args(program)
        .args(args.split_whitespace())
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{program:?} {args}: {error}");
    String::from_utf8_lossy(&out.stdout).into_owned()
}

/// What is printed on both streams, and the exit code, when there is no terminal.
pub fn in_pipe(program: &[&str], args: &str, input: &str) -> String {
    let mut command = Command::new("timeout");
    command.arg("60").args(program).args(args.split_whitespace());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Who ends at once may have closed it.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let out = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let code = out.status.code();
    format!("{}[stderr]\n{}[exit {code:?}]\n", text(&out.stdout), text(&out.stderr))
}

/// Both on a terminal; `mask` takes away what differs between any two runs. What it left.
pub fn same(args: &str, steps: &[Step<'_>], mask: fn(&str) -> String) -> String {
    let theirs = mask(&on_terminal(REAL, args, "dumb", steps));
    let ours = mask(&on_terminal(OURS, args, "dumb", steps));
    assert_eq!(theirs, ours, "{args}\n--- real\n{theirs}\n--- ours\n{ours}");
    ours
}

/// Both in a pipe.
pub fn same_in_pipe(args: &str, input: &str, mask: fn(&str) -> String) -> String {
    let theirs = mask(&in_pipe(REAL, args, input));
    let ours = mask(&in_pipe(OURS, args, input));
    assert_eq!(theirs, ours, "{args}\n--- real\n{theirs}\n--- ours\n{ours}");
    ours
}

/// Nothing differs.
pub fn plain(text: &str) -> String {
    text.to_owned()
}

/// Every figure is an `N`, every blank is one, and what is repeated on and on is there once: lines,
/// and samples that are written over each other. The exit code stays.
pub fn figures(text: &str) -> String {
    const SAMPLE: &str = "\x1b[NG\x1b[NKmin: N, max: N, avg: N (N samples)";
    let (text, exit) = text.split_at(text.rfind("[exit ").unwrap_or(text.len()));
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '0'..='9' if out.ends_with('N') => {}
            '0'..='9' => out.push('N'),
            ' ' if out.ends_with(' ') => {}
            c => out.push(c),
        }
    }
    let mut out = out.replace("N.N", "N").replace("\r\n", "\n");
    while out.contains(&SAMPLE.repeat(2)) {
        out = out.replace(&SAMPLE.repeat(2), SAMPLE);
    }
    let mut lines: Vec<&str> = out.split_inclusive(['\n', '\r']).collect();
    lines.dedup();
    lines.concat() + exit
}
