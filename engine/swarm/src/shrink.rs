//! A failing plan is made smaller: faults that are not needed for the failure go.

use crate::plan::Plan;
use crate::run::run;

/// The smallest plan found that still breaks a rule, with at most `tries` runs.
#[must_use]
pub fn shrink(plan: &Plan, tries: usize) -> Plan {
    let mut best = plan.clone();
    let mut left = tries;
    let mut at = 0;
    while at < best.faults.len() && left > 0 {
        let mut smaller = best.clone();
        smaller.faults.remove(at);
        left -= 1;
        if run(&smaller).violation.is_some() {
            best = smaller;
        } else {
            at += 1;
        }
    }
    best
}
