//! `vi`, `vim`, `nano`: the page opens a small editing pane; without a page there is no screen to
//! draw on.

use engine_sim::fs::resolve;

use super::Context;
use crate::sys::Ask;

pub(crate) async fn run(c: Context) -> i32 {
    let file = c.args[1..].iter().find(|a| !a.starts_with(['-', '+']));
    match file {
        Some(file) if c.sys.has_page.get() => {
            let path = resolve(&c.cwd, file);
            c.sys.asks.borrow_mut().push(Ask::Edit { host: c.sys.host, path });
            0
        }
        _ if c.name() == "nano" => {
            c.io.err("Error opening terminal: dumb.\n");
            1
        }
        _ => {
            c.io.err(format!("{}: Output is not to a terminal\n", c.name()));
            1
        }
    }
}
