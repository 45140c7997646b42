//! Commands about the process: TIME, MONITOR, SHUTDOWN.

use super::macros::{keys, specs};
use super::{Answer, Call, Spec};

/// The family's table.
pub(crate) const SPECS: &[Spec] = specs! {
    "monitor" 1 [ADMIN NOSCRIPT LOADING STALE] () [] => monitor,
    "time" 1 [LOADING STALE FAST] () [] => time,
};

/// Shows this client every command from now on.
fn monitor(call: &mut Call<'_>) -> Answer {
    call.node.start_monitor(call.client);
    call.out.ok();
    Ok(())
}

/// Seconds since 1970, and the microseconds of that second.
fn time(call: &mut Call<'_>) -> Answer {
    let millis = call.now.unix.as_millis();
    let micros = millis.rem_euclid(1000) * 1000 + (call.now.mono.as_micros() % 1000) as i64;
    call.out.array(2);
    call.out.bulk_int(millis.div_euclid(1000));
    call.out.bulk_int(micros);
    Ok(())
}
