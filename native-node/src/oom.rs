//! The kernel's score of this process: who is ended first when there is no memory left.

use engine_node::OomAccess;

const FILE: &str = "/proc/self/oom_score_adj";

/// How the score is read and set.
pub(crate) const ACCESS: OomAccess = OomAccess { read, write };

fn read() -> Result<i32, String> {
    let text = std::fs::read_to_string(FILE).map_err(|e| e.to_string())?;
    text.trim().parse().map_err(|_| format!("{} is no score", text.trim()))
}

fn write(score: i32) -> Result<(), String> {
    std::fs::write(FILE, format!("{score}\n")).map_err(|e| e.to_string())
}
