//! A script that runs for long: what it lets happen meanwhile, and how it is ended (`scriptKill`,
//! `processEventsWhileBlocked`).

use core::time::Duration;

use engine_base::{LinkId, Now};

use super::drive::{Ended, SLICE_MS};
use super::rules::must_obey;
use super::running::{Kind, RunFlags, Running};
use crate::Node;
use crate::command::{CommandFlags, Fail, Spec};

const BUSY_EVAL: &str =
    "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.";
const BUSY_FUNCTION: &str =
    "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.";

impl Node {
    /// What everybody is told while a script runs too long.
    pub(crate) fn busy_text(&self) -> Option<&'static str> {
        let running = self.scripts.put_aside().filter(|running| running.is_timed_out())?;
        Some(if running.is_eval() { BUSY_EVAL } else { BUSY_FUNCTION })
    }

    /// Refuses a command while a script runs too long.
    pub(crate) fn check_busy(&self, spec: &Spec) -> Result<(), Fail> {
        if !self.scripts.is_running() || spec.flags.contains(CommandFlags::ALLOW_BUSY) {
            return Ok(());
        }
        self.busy_text().map_or(Ok(()), |text| Err(text.into()))
    }

    /// `SCRIPT KILL` (of EVAL) and `FUNCTION KILL`
    pub(crate) fn kill_script(&mut self, of: Kind) -> Result<(), Fail> {
        let Some(running) = &mut self.scripts.running else {
            return Err("NOTBUSY No scripts in execution right now.".into());
        };
        if must_obey(running.cx.caller_flags) {
            return Err(
                "UNKILLABLE The busy script was sent by a master instance in the context of \
                        replication and cannot be killed."
                    .into(),
            );
        }
        if running.cx.flags.contains(RunFlags::WRITE_DIRTY) {
            return Err("UNKILLABLE Sorry the script already executed write commands against the \
                        dataset. You can either wait the script termination or kill the server in a \
                        hard way using the SHUTDOWN NOSAVE command."
                .into());
        }
        match (of, running.cx.kind) {
            (Kind::Eval, Kind::Function) => return Err(BUSY_FUNCTION.into()),
            (Kind::Function, Kind::Eval) => return Err(BUSY_EVAL.into()),
            _ => running.cx.flags.insert(RunFlags::KILLED),
        }
        Ok(())
    }

    /// For how long the script has run that was put aside, in milliseconds.
    pub(crate) fn script_ms(&self, now: Now, running: &Running) -> u64 {
        match self.stopwatch {
            Some(_) => self.micros_since(running.cx.began) / 1000,
            None => now.mono.ms_since(running.cx.snapshot.mono),
        }
    }

    /// When the script that was put aside goes on is decided: at once where its time is measured,
    /// after the time of a slice where it is not. Until it counts as busy, nothing is heard.
    pub(crate) fn schedule_script(&mut self, now: Now) {
        let Some(running) = &self.scripts.running else { return };
        let next = match self.stopwatch {
            Some(_) => now.mono,
            None => now.mono + Duration::from_millis(SLICE_MS),
        };
        if running.is_timed_out() {
            self.timers.script = next;
        } else {
            self.asleep.begin(next);
        }
    }

    /// Goes on with a script that holds all others up; whether it still does.
    pub(crate) fn script_holds(&mut self, now: Now) -> bool {
        let holds = |node: &Self| node.scripts.put_aside().is_some_and(|r| !r.is_timed_out());
        if !holds(self) || self.asleep.is_asleep(now) {
            return false;
        }
        self.go_on_with_script(now);
        holds(self)
    }

    /// The next slice of a script that was put aside.
    pub(crate) fn go_on_with_script(&mut self, now: Now) {
        let Some(mut running) = self.scripts.running.take() else { return };
        let ended = if running.cx.flags.contains(RunFlags::KILLED) {
            let run = running.run;
            Some(Ended::Killed(running.lua.places(run)))
        } else {
            self.drive(now, &mut running)
        };
        match ended {
            Some(ended) => self.end_late(now, running, ended),
            None => self.scripts.running = Some(running),
        }
        self.schedule_script(now);
    }

    /// Whether a client's link has closed while its script runs: the client is kept until the end
    /// (`protectClient`).
    pub(crate) fn outlives_link(&mut self, link: LinkId) -> bool {
        let Some(running) = &mut self.scripts.running else { return false };
        let its = running.cx.caller == link && !running.late.gone;
        running.late.gone |= its;
        its
    }
}
