//! `cat` and `tee`.

use engine_sim::FsOp;
use engine_sim::fs::resolve;

use super::{Context, lines_of};

pub(crate) async fn run(c: Context) -> i32 {
    let Some(flags) = c.flags("nAbeEstTuv", &[("number", 'n')]) else { return 1 };
    let mut code = 0;
    let mut number = 0;
    let mut print = |bytes: &[u8]| {
        if !flags.has('n') {
            c.io.out(bytes);
            return;
        }
        for line in lines_of(bytes) {
            number += 1;
            c.io.out(format!("{number:>6}\t"));
            c.io.out([line, b"\n"].concat());
        }
    };
    let files =
        if flags.operands.is_empty() { vec!["-".to_owned()] } else { flags.operands.clone() };
    for file in &files {
        if file == "-" {
            while let Some(line) = c.io.read_line().await {
                print(&line);
            }
            continue;
        }
        match c.sys.read(&c.cwd, file) {
            Ok(bytes) => print(&bytes),
            Err(why) => {
                c.io.err(format!("cat: {file}: {why}\n"));
                code = 1;
            }
        }
    }
    code
}

pub(crate) async fn tee(c: Context) -> i32 {
    let Some(flags) = c.flags("ai", &[("append", 'a')]) else { return 1 };
    let text = c.io.read_all().await;
    c.io.out(&text);
    let mut code = 0;
    for file in &flags.operands {
        let path = resolve(&c.cwd, file);
        let op = if flags.has('a') {
            FsOp::Append(path, text.clone())
        } else {
            FsOp::Write(path, text.clone())
        };
        if let Err(why) = c.sys.fs(op) {
            c.io.err(format!("tee: {file}: {why}\n"));
            code = 1;
        }
    }
    code
}
