//! Asks a real redis-server (`record PORT FILE.lua …`) what the snippets of a file answer, and writes FILE.out.

#![allow(clippy::disallowed_types, reason = "it talks to a real server")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

const DRIVER: &str = include_str!("../tests/oracle/driver.lua");

fn main() -> std::io::Result<()> {
    let mut args = std::env::args().skip(1);
    let port = args.next().unwrap_or_default();
    let mut link = BufReader::new(TcpStream::connect(format!("127.0.0.1:{port}"))?);
    link.get_ref().set_read_timeout(Some(std::time::Duration::from_secs(10)))?;
    for path in args {
        let text = std::fs::read_to_string(&path)?;
        let answers = text
            .trim_end()
            .split("\n----\n")
            .map(|snippet| ask(&mut link, snippet))
            .collect::<Result<Vec<_>, _>>()?;
        let out = path.replace(".lua", ".out");
        std::fs::write(&out, answers.join("\n----\n") + "\n")?;
        println!("{out}: {} answers", answers.len());
    }
    Ok(())
}

fn ask(link: &mut BufReader<TcpStream>, snippet: &str) -> std::io::Result<String> {
    let mut request = String::from("*4\r\n");
    for part in ["EVAL", DRIVER, "0", snippet] {
        request.push_str(&format!("${}\r\n{part}\r\n", part.len()));
    }
    link.get_mut().write_all(request.as_bytes())?;
    let mut head = String::new();
    link.read_line(&mut head)?;
    let Some(length) = head.strip_prefix('$') else { return Ok(head.trim_end().to_owned()) };
    let mut body = vec![0; length.trim_end().parse::<usize>().unwrap_or(0) + 2];
    link.read_exact(&mut body)?;
    body.truncate(body.len() - 2);
    Ok(escape(&body))
}

/// Bytes as text in one line.
fn escape(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}
