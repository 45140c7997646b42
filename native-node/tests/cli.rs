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
