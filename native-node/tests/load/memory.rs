//! What the processes hold before and after.

use crate::common::Server;

/// Resident kilobytes and open files of a server's process.
pub fn of(server: &Server) -> (u64, usize) {
    let pid = server.field(&["INFO", "server"], "process_id");
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = text.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    let kb = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    (kb, std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count())
}

/// What a node may have grown by: buffers of a full sync under way, allocator's reserves.
const SLACK_KB: u64 = 24 * 1024;
const SLACK_FILES: usize = 64;

/// The data is the same few keys all the time: nobody has grown.
pub fn compare(before: &[(u64, usize)], after: &[(u64, usize)]) {
    println!("KB and open files after the first round: {before:?}");
    println!("KB and open files in the end:            {after:?}");
    let most = before.iter().map(|(kb, _)| *kb).max().unwrap_or(0);
    let files = before.iter().map(|(_, files)| *files).max().unwrap_or(0);
    for (kb, open) in after {
        assert!(*kb < most + SLACK_KB, "{kb} KB after {most}");
        assert!(*open < files + SLACK_FILES, "{open} files after {files}");
    }
}
