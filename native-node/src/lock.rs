//! The lock on nodes.conf: two nodes must not share one (`clusterLockConfig` in cluster.c).

use std::fs::{File, OpenOptions, TryLockError};

use crate::configuration::words;

/// Held while the process lives.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// From a file that is locked already.
    pub(crate) fn held(file: File) -> Self {
        Self { _file: file }
    }
}

/// Locks the file, which is made when missing; else the words for the log.
pub(crate) fn lock(path: &str, shown: &str) -> Result<Lock, String> {
    let open = OpenOptions::new().read(true).append(true).create(true).open(path);
    let file =
        open.map_err(|e| format!("Can't open {shown} in order to acquire a lock: {}", words(&e)))?;
    match file.try_lock() {
        Ok(()) => Ok(Lock { _file: file }),
        Err(TryLockError::WouldBlock) => Err(format!(
            "Sorry, the cluster configuration file {shown} is already used by a different Redis \
             Cluster node. Please make sure that different nodes use different cluster \
             configuration files."
        )),
        Err(TryLockError::Error(e)) => Err(format!("Impossible to lock {shown}: {}", words(&e))),
    }
}
