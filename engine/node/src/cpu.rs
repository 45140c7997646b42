//! The processor's time, for `INFO cpu`. The node cannot know it: a driver that runs on a real
//! processor lends a meter. Without one the section is left out.

use std::time::Duration;

use crate::Node;

/// What somebody has used of the processor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CpuTime {
    /// In the operating system.
    pub system: Duration,
    /// In its own code.
    pub user: Duration,
}

/// What this process has used of the processor since it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CpuTimes {
    /// All its threads.
    pub process: CpuTime,
    /// Processes that it started and that have ended.
    pub children: CpuTime,
    /// The thread that carries out commands, where the system counts threads.
    pub main_thread: Option<CpuTime>,
}

/// Reads the processor's time.
pub type CpuMeter = fn() -> CpuTimes;

impl Node {
    /// Lends the node a meter of the processor's time: `INFO` has a section `CPU` from now on.
    pub fn use_cpu_meter(&mut self, meter: CpuMeter) {
        self.cpu_meter = Some(meter);
    }
}
