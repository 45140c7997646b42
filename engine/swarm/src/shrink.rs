//! A failing plan is made smaller: faults that are not needed for the failure go.

use crate::plan::Plan;
use crate::run::run;

/// The smallest plan found that still breaks the same rule, with at most `tries` runs.
#[must_use]
pub fn shrink(plan: &Plan, rule: &str, tries: usize) -> Plan {
    let mut best = plan.clone();
    let mut left = tries;
    let mut part = best.faults.len().div_ceil(2);
    while part > 0 {
        let mut at = 0;
        while at < best.faults.len() && left > 0 {
            let mut smaller = best.clone();
            smaller.faults.drain(at..(at + part).min(best.faults.len()));
            left -= 1;
            if run(&smaller).violation.is_some_and(|violation| violation.rule == rule) {
                best = smaller;
            } else {
                at += part;
            }
        }
        part /= 2;
    }
    best
}
