//! What is said of files that cannot be read at start, in redis-server's words.

use engine_store::aof::ManifestError;
use engine_store::rdb::RdbError;

use crate::api::{BootError, LogLevel};

/// The process ends, and says this.
pub(super) fn fatal(text: String) -> BootError {
    BootError { log: vec![(LogLevel::Warning, text)], code: 1 }
}

/// A file that the manifest names is not there.
pub(super) fn missing(name: &str) -> BootError {
    fatal(format!("Unable to obtain the AOF file {name} length. stat: No such file or directory"))
}

/// A file that the manifest names is there, and must not be read.
pub(super) fn locked(name: &str, why: &str) -> BootError {
    fatal(format!("Fatal error: can't open the append log file {name} for reading: {why}"))
}

/// What redis-server says of an RDB file that it cannot read, at the byte `at` behind so many
/// keys. The places in its source are part of the text.
pub(super) fn rdb_error(error: &RdbError, at: u64, keys: usize) -> BootError {
    let inside = |place: &str, what: String| {
        format!("Internal error in RDB reading offset 0, function at rdb.c{place} -> {what}")
    };
    let mut lines = match error {
        RdbError::Signature | RdbError::Version(_) => vec![
            error.to_string(),
            "Fatal error loading the DB: Invalid argument. Exiting.".to_owned(),
        ],
        RdbError::Checksum { .. } => {
            vec![error.to_string(), inside(":3225", "RDB CRC error".to_owned())]
        }
        RdbError::Truncated => vec![
            "Short read or OOM loading DB. Unrecoverable error, aborting now.".to_owned(),
            inside(":3249", error.to_string()),
        ],
        RdbError::Type(_) => vec![inside(":2681", error.to_string())],
        RdbError::Module | RdbError::Corrupt(_) => vec![inside("", error.to_string())],
    };
    // With any other damage redis-server ends before it comes to say so.
    if matches!(error, RdbError::Module | RdbError::Corrupt(_)) {
        // What `redis-check-rdb` finds, which it runs then.
        lines.push("--- RDB ERROR DETECTED ---".to_owned());
        lines.push(format!("[offset {at}] {}", inside("", error.to_string())));
        lines.push(format!("[info] {keys} keys read"));
        lines.push("Terminating server after rdb file reading failure.".to_owned());
    }
    BootError { log: lines.into_iter().map(|line| (LogLevel::Warning, line)).collect(), code: 1 }
}

/// The list of the files makes no sense.
pub(super) fn manifest_error(error: &ManifestError) -> BootError {
    let mut lines = vec!["\n*** FATAL AOF MANIFEST FILE ERROR ***\n".to_owned()];
    if error.line > 0 {
        lines.push(format!("Reading the manifest file, at line {}\n", error.line));
        lines.push(format!(">>> '{}'\n", error.text));
    }
    lines.push(format!("{}\n", error.reason));
    BootError { log: lines.into_iter().map(|line| (LogLevel::Warning, line)).collect(), code: 1 }
}
