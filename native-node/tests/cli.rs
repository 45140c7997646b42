//! `native-node cli` beside the real redis-cli, on a terminal, against the same real server that
//! comes, goes, and is interrupted.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::process::Command;

/// Plays a session on a pseudo-terminal: lines are typed, the server is started and killed, and
/// Ctrl-C is pressed.
const SESSION: &str = r#"
import os, pty, signal, subprocess, sys, termios, time, socket
port = sys.argv[1]
folder = sys.argv[2]
command = sys.argv[3:] + ['-p', port]
def start():
    server = subprocess.Popen(['redis-server', '--port', port, '--save', '', '--dir', folder],
                              stdout=subprocess.DEVNULL)
    for _ in range(200):
        try:
            socket.create_connection(('127.0.0.1', int(port))).close()
            return server
        except OSError:
            time.sleep(0.02)
server = start()
pid, fd = pty.fork()
if pid == 0:
    attributes = termios.tcgetattr(0)
    attributes[3] &= ~termios.ECHO
    termios.tcsetattr(0, termios.TCSANOW, attributes)
    os.environ['TERM'] = 'dumb'
    os.environ['HOME'] = '/nonexistent'
    os.execvp(command[0], command)
shown = b''
def wait(text):
    global shown
    end = time.time() + 10
    while not shown.endswith(text):
        if time.time() > end:
            raise SystemExit('waited in vain for %r in %r' % (text, shown))
        shown += os.read(fd, 65536).replace(b'\r\n', b'\n')
prompt = b'127.0.0.1:%s> ' % port.encode()
def line(text, until=prompt):
    os.write(fd, text.encode() + b'\n')
    time.sleep(0.05)
    wait(until)
wait(prompt)
line('set k v')
line('get k')
server.kill(); server.wait()
line('ping', b'not connected> ')
line('ping', b'not connected> ')
server = start()
line('ping')
line('subscribe news', b'(integer) 1\n')
subprocess.run(['redis-cli', '-p', port, 'publish', 'news', 'hello'], stdout=subprocess.DEVNULL)
wait(b'"hello"\n')
os.kill(pid, signal.SIGINT)
wait(prompt)
line('monitor', b'OK\n')
os.kill(pid, signal.SIGINT)
wait(prompt)
line('multi', b'(TX)> ')
line('get k', b'(TX)> ')
line('exec')
line('shutdown nosave', b'not connected> ')
line('ping', b'not connected> ')
os.write(fd, b'quit\n')
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.stdout.write(shown.decode() + '\n[exit %d]\n' % code)
"#;

fn session(port: u16, command: &[&str]) -> String {
    let folder = std::env::temp_dir().join(format!("native-cli-{port}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let output = Command::new("python3")
        .args(["-c", SESSION, &port.to_string()])
        .arg(&folder)
        .args(command)
        .output()
        .expect("python3, redis-server and redis-cli 7.0.15 are needed for the comparison");
    let _ = std::fs::remove_dir_all(&folder);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {error}");
    String::from_utf8_lossy(&output.stdout).replace(&port.to_string(), "PORT")
}

#[test]
fn a_session_reads_as_with_the_real_client() {
    let program = env!("CARGO_BIN_EXE_native-node");
    for option in ["-2", "-3"] {
        let theirs = session(21480, &["redis-cli", option]);
        let ours = session(21481, &[program, "cli", option]);
        assert_eq!(theirs, ours, "--- real\n{theirs}\n--- ours\n{ours}");
        assert!(ours.contains("3) \"hello\""), "{ours}");
    }
}

/// Types keys on a terminal that understands escape sequences, one read of the program at a time,
/// and prints all that came back, escapes included.
const KEYS: &str = r#"
import fcntl, os, pty, struct, subprocess, sys, termios, time, socket
port, folder, columns = sys.argv[1], sys.argv[2], int(sys.argv[3])
command = sys.argv[4:]
server = subprocess.Popen(['redis-server', '--port', port, '--save', '', '--dir', folder],
                          stdout=subprocess.DEVNULL)
end = time.time() + 10
while time.time() < end:
    try:
        socket.create_connection(('127.0.0.1', int(port))).close()
        break
    except OSError:
        time.sleep(0.02)
with open(folder + '/.rediscli_history', 'w') as file:
    file.write('get old\nset old 1\n')
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 24, columns, 0, 0))
    os.environ['TERM'] = 'xterm'
    os.environ['HOME'] = folder
    os.environ.pop('REDISCLI_HISTFILE', None)
    os.execvp(command[0], command + ['-p', port])
shown = b''
def wait(done):
    global shown
    end = time.time() + 10
    start = len(shown)
    while not done(shown[start:]):
        if time.time() > end:
            raise SystemExit('waited in vain after %r' % shown[-300:])
        shown += os.read(fd, 65536)
prompt = b'127.0.0.1:%s> ' % port.encode()
def key(bytes):
    # Every key is answered by a line that is drawn anew, or by a bell.
    os.write(fd, bytes)
    wait(lambda new: new.endswith(b'C') or new.endswith(b'\r') or new.endswith(b'\x07'))
def enter():
    os.write(fd, b'\r')
    wait(lambda new: new.endswith(prompt))
try:
    wait(lambda new: new.endswith(prompt))
    for c in b'set k v ex 100': key(bytes([c]))
    enter()
    for c in b'GETEX k ': key(bytes([c]))
    key(b'\x1b[D'); key(b'\x02'); key(b'\x05'); key(b'\x17'); key(b'k')
    enter()
    for c in b'clu': key(bytes([c]))
    for c in b'\t\t\t': key(bytes([c]))
    for c in b' k': key(bytes([c]))
    key(b'\x01'); key(b'\x0b')
    for c in b'object enc': key(bytes([c]))
    key(b'\t')
    for c in b' k': key(bytes([c]))
    enter()
    key(b'\x1b[A'); key(b'\x1b[A'); key(b'\x1b[A'); key(b'\x1b[B')
    enter()
    key(b'\x10'); key(b'\x10'); key(b'\x10'); key(b'\x10'); key(b'\x10'); key(b'\x10')
    key(b'\x15')
    for c in b'config set requirepass ""': key(bytes([c]))
    enter()
    for c in b'echo ' + b'x' * (2 * columns): key(bytes([c]))
    for i in range(columns + 3): key(b'\x7f')
    enter()
    for c in b':set nohints': key(bytes([c]))
    enter()
    for c in b'get k': key(bytes([c]))
    key(b'\x1b[H'); key(b'\x1b[3~'); key(b'g'); key(b'\x1b[F'); key(b'\x02'); key(b'\x14')
    key(b'\x0c')
    os.write(fd, b'\x03')
    while True:
        try:
            data = os.read(fd, 65536)
        except OSError:
            break
        if not data:
            break
        shown += data
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    history = open(folder + '/.rediscli_history').read()
    mode = oct(os.stat(folder + '/.rediscli_history').st_mode)
    print(repr(shown).replace('\\r\\x1b[0K', '\n'), code, history, mode)
finally:
    server.kill()
    server.wait()
"#;

fn keys(port: u16, columns: u16, command: &[&str]) -> String {
    let folder = std::env::temp_dir().join(format!("native-keys-{port}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let output = Command::new("python3")
        .args(["-c", KEYS, &port.to_string()])
        .arg(&folder)
        .arg(columns.to_string())
        .args(command)
        .output()
        .expect("python3, redis-server and redis-cli 7.0.15 are needed for the comparison");
    let _ = std::fs::remove_dir_all(&folder);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {error}");
    String::from_utf8_lossy(&output.stdout).replace(&port.to_string(), "PORT")
}

/// Hints, completion, history and every editing key, byte for byte.
#[test]
fn the_line_editor_draws_what_the_real_one_draws() {
    let program = env!("CARGO_BIN_EXE_native-node");
    for columns in [100, 31] {
        let theirs = keys(24901, columns, &["redis-cli"]);
        let ours = keys(24902, columns, &[program, "cli"]);
        assert_eq!(theirs, ours, "--- real\n{theirs}\n--- ours\n{ours}");
        assert!(columns < 50 || ours.contains("[NX|XX]"), "hints are shown: {ours}");
    }
}

/// One command, one answer, in a pipe: what is printed on both streams, and the exit code.
#[test]
fn one_shot_commands_print_and_end_alike() {
    let folder = std::env::temp_dir().join(format!("native-shot-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut server = Command::new("redis-server")
        .args(["--port", "24905", "--save", "", "--dir"])
        .arg(&folder)
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("redis-server 7.0.15 is needed for the comparison");
    let run = |program: &[&str], line: &str, stdin: &str| {
        let script = format!("printf '{stdin}' | \"$@\" {line} 2>&1; printf '[exit %d]' $?");
        let out = Command::new("sh").args(["-c", &script, "sh"]).args(program).output().unwrap();
        String::from_utf8_lossy(&out.stdout).into_owned()
    };
    let ping = || run(&["redis-cli"], "-p 24905 ping", "");
    for _ in 0..200 {
        if ping().starts_with("PONG") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let ours = [env!("CARGO_BIN_EXE_native-node"), "cli"];
    let mut differences = Vec::new();
    for (line, stdin) in [
        ("-p 24905 set k v", ""),
        ("-p 24905 get k", ""),
        ("-p 24905 --no-raw get k", ""),
        ("-p 24905 --csv mget k missing", ""),
        ("-p 24905 --json mget k missing", ""),
        ("-p 24905 -3 --no-raw hgetall missing", ""),
        ("-p 24905 -x set big", "from standard input"),
        ("-p 24905 -r 3 echo again", ""),
        ("-p 24905 -n 2 set other 1", ""),
        ("-p 24905 -e nosuch", ""),
        ("-p 24905 nosuch", ""),
        ("-p 24905 -n 99 ping", ""),
        ("-p 24905 --scan --pattern 'k*'", ""),
        ("-p 24905 --pipe", "SET a 1\\r\\nSET b 2\\r\\n"),
        ("-p 24905", "get k\\nmulti\\nset k v\\nexec\\nget \\\"k\\n"),
        ("-p 24905 -a wrong ping", ""),
        ("-p 1 ping", ""),
        ("-h nowhere.invalid ping", ""),
        ("--cluster help", ""),
        ("--cluster nosuch", ""),
        ("--help", ""),
        ("--version", ""),
    ] {
        let (theirs, mine) = (run(&["redis-cli"], line, stdin), run(&ours, line, stdin));
        if theirs != mine {
            differences.push(format!("{line}\n--- real\n{theirs}\n--- ours\n{mine}"));
        }
    }
    let _ = server.kill();
    let _ = server.wait();
    let _ = std::fs::remove_dir_all(&folder);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
