//! A small static web server for one's own machine.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::args::ServeOptions;
use crate::{shell, site};

/// A request line or header longer than this is not answered.
const LONGEST_LINE: u64 = 8 * 1024;

/// Builds the site, says where it is, and serves it until interrupted.
///
/// # Errors
/// The build failed or the port is taken.
pub(crate) fn serve(options: &ServeOptions) -> Result<()> {
    // Before the build: a taken port should be known now, not minutes later.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))
        .with_context(|| format!("cannot listen on 127.0.0.1:{}", options.port))?;
    let dist = site::build(options.dev)?;
    let url = format!("http://{}/", listener.local_addr()?);
    println!("Slotlab is at {url}");
    println!("(Ctrl-C ends it)");
    if options.open {
        open_browser(&url);
    }
    accept(&listener, &dist);
    Ok(())
}

/// Serves a finished site from a thread of its own, for as long as this program runs, and gives its
/// address.
///
/// # Errors
/// No port is free.
pub(crate) fn in_background(dist: PathBuf) -> Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    let url = format!("http://{}/", listener.local_addr()?);
    std::thread::spawn(move || accept(&listener, &dist));
    Ok(url)
}

fn accept(listener: &TcpListener, dist: &Path) {
    for stream in listener.incoming().flatten() {
        let dist = dist.to_path_buf();
        std::thread::spawn(move || {
            // Whatever a browser does to its connection is its own affair.
            let _ = answer(&stream, &dist);
        });
    }
}

/// Only where there is a screen; a machine without one has the printed address.
fn open_browser(url: &str) {
    let screen = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|v| std::env::var_os(v).is_some());
    let program = match std::env::consts::OS {
        "macos" => "open",
        "windows" => "explorer",
        _ if screen => "xdg-open",
        _ => return,
    };
    let mut command = shell::command(program, [url]);
    let _ = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
}

/// Answers requests on one connection until it is closed.
fn answer(stream: &TcpStream, dist: &Path) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            let read = std::io::Read::take(&mut reader, LONGEST_LINE).read_line(&mut line)?;
            if read == 0 {
                return Ok(());
            }
            if line.trim().is_empty() {
                break;
            }
            lines.push(line);
            if lines.len() > 100 {
                return Ok(());
            }
        }
        let Some(request) = lines.first() else { continue };
        let (head, body) = respond(request, dist);
        let mut stream = stream;
        stream.write_all(head.as_bytes())?;
        if !request.starts_with("HEAD ") {
            stream.write_all(&body)?;
        }
    }
}

/// The answer to one request line.
fn respond(request: &str, dist: &Path) -> (String, Vec<u8>) {
    let mut words = request.split_whitespace();
    let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or("/"));
    let (status, kind, body) = if matches!(method, "GET" | "HEAD") {
        match file(target, dist) {
            Some((path, bytes)) => ("200 OK", mime(&path), bytes),
            None => ("404 Not Found", "text/plain; charset=utf-8", b"no such file\n".to_vec()),
        }
    } else {
        ("405 Method Not Allowed", "text/plain; charset=utf-8", b"GET or HEAD\n".to_vec())
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\
         Cache-Control: no-cache\r\nX-Content-Type-Options: nosniff\r\n\r\n",
        body.len()
    );
    (head, body)
}

/// The file a target names. Read at every request: a rebuilt site shows at the next reload.
fn file(target: &str, dist: &Path) -> Option<(PathBuf, Vec<u8>)> {
    let path = target.split(['?', '#']).next().unwrap_or("/").trim_start_matches('/');
    let mut file = dist.to_path_buf();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        // Nothing above the folder, and no encoded way round that: our names need no escapes.
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if part.starts_with('.') || !part.chars().all(plain) {
            return None;
        }
        file.push(part);
    }
    if file.is_dir() {
        file.push("index.html");
    }
    let bytes = fs::read(&file).ok()?;
    Some((file, bytes))
}

fn mime(path: &Path) -> &'static str {
    match path.extension().and_then(|ending| ending.to_str()).unwrap_or("") {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "webmanifest" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "md" | "toml" | "txt" | "ftl" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_served_with_their_type_and_nothing_else_is() {
        let outer = std::env::temp_dir().join(format!("slotlab-server-{}", std::process::id()));
        let dist = outer.join("dist");
        fs::create_dir_all(&dist).expect("a folder");
        fs::write(outer.join("secret.txt"), "no").expect("a file");
        fs::write(dist.join("index.html"), "<p>hello").expect("a file");
        fs::write(dist.join("web_bg.wasm"), [0, 97, 115, 109]).expect("a file");

        let status = |request: &str| respond(request, &dist).0.lines().next().map(str::to_owned);
        let (head, body) = respond("GET / HTTP/1.1", &dist);
        assert!(head.contains("text/html") && body == b"<p>hello", "{head}");
        let (head, _) = respond("GET /web_bg.wasm?v=1 HTTP/1.1", &dist);
        assert!(head.contains("application/wasm") && head.contains("Content-Length: 4"), "{head}");
        for bad in ["/../secret.txt", "/%2e%2e/secret.txt", "/none", "//../secret.txt"] {
            let line = status(&format!("GET {bad} HTTP/1.1"));
            assert_eq!(line.as_deref(), Some("HTTP/1.1 404 Not Found"), "{bad}");
        }
        assert_eq!(status("POST / HTTP/1.1").as_deref(), Some("HTTP/1.1 405 Method Not Allowed"));
        fs::remove_dir_all(&outer).expect("cleaned up");
    }
}
