//! `FAILOVER`: a master outside of a cluster hands its place to a replica of its own.
//!
//! It holds writes back until a replica has said that it has all, then becomes that replica's
//! replica with `PSYNC … FAILOVER`, on which the other one becomes a master and lets it go on.

use engine_base::{Mono, Now};

use super::LinkState;
use super::replicas::ip;
use crate::Node;
use crate::api::LogLevel;
use crate::pause::Pauser;

/// How far a `FAILOVER` has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Step {
    /// None is going on.
    #[default]
    No,
    /// Writes are held back until a replica has all.
    WaitForSync,
    /// This node is a replica already, and asks the target to take over.
    InProgress,
}

/// The `FAILOVER` that is going on, if any.
#[derive(Clone, Debug, Default)]
pub(crate) struct Failover {
    step: Step,
    /// The replica that takes over; `None` while any may.
    target: Option<(String, u16)>,
    /// When it is given up, or forced.
    until: Option<Mono>,
    force: bool,
}

/// What `FAILOVER` was asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct FailoverRequest {
    /// `TO host port`
    pub(crate) target: Option<(String, i64)>,
    /// `TIMEOUT ms`
    pub(crate) timeout_ms: Option<u64>,
    /// `FORCE`
    pub(crate) force: bool,
}

impl Failover {
    /// Whether one is going on.
    pub(crate) fn is_active(&self) -> bool {
        self.step != Step::No
    }

    /// Whether the target is being asked to take over.
    pub(super) fn is_in_progress(&self) -> bool {
        self.step == Step::InProgress
    }

    /// `master_failover_state` of INFO.
    pub(super) fn state(&self) -> &'static str {
        match self.step {
            Step::No => "no-failover",
            Step::WaitForSync => "waiting-for-sync",
            Step::InProgress => "failover-in-progress",
        }
    }
}

impl Node {
    /// Begins a failover (`failoverCommand`). On refusal, the error line without its `-`.
    pub(crate) fn start_role_handover(
        &mut self,
        now: Now,
        request: FailoverRequest,
    ) -> Result<(), &'static str> {
        let FailoverRequest { target, timeout_ms, force } = request;
        if self.replication.failover.is_active() {
            return Err("ERR FAILOVER already in progress.");
        }
        if self.replication.is_replica() {
            return Err("ERR FAILOVER is not valid when server is a replica.");
        }
        if self.replication.replicas.is_empty() {
            return Err("ERR FAILOVER requires connected replicas.");
        }
        if force && (timeout_ms.is_none() || target.is_none()) {
            return Err(
                "ERR FAILOVER with force option requires both a timeout and target HOST and IP.",
            );
        }
        let mut place = None;
        if let Some((host, port)) = target {
            let port = u16::try_from(port).ok();
            let found = port.and_then(|port| Some((self.is_online_at(&host, port)?, port)));
            let Some((online, port)) = found else {
                return Err("ERR FAILOVER target HOST and PORT is not a replica.");
            };
            if !online {
                return Err("ERR FAILOVER target replica is not online.");
            }
            self.out.log(LogLevel::Notice, format!("FAILOVER requested to {host}:{port}."));
            place = Some((host, port));
        } else {
            self.out.log(LogLevel::Notice, "FAILOVER requested to any replica.");
        }
        let until = timeout_ms.map(|ms| now.mono.plus_ms(ms));
        let step = Step::WaitForSync;
        self.replication.failover = Failover { step, target: place, until, force };
        self.pause.begin(Pauser::Failover, Mono::NEVER, true, now);
        Ok(())
    }

    /// Whether the replica at this address is online; `None` when there is none.
    fn is_online_at(&self, host: &str, port: u16) -> Option<bool> {
        self.replica_clients()
            .find(|(client, r)| r.port == port && ip(client).eq_ignore_ascii_case(host))
            .map(|(_, replica)| replica.is_online())
    }

    /// Gives the failover up (`abortFailover`); `false` when there is none.
    pub(crate) fn abort_role_handover(&mut self, now: Now, why: &str) -> bool {
        if !self.replication.failover.is_active() {
            return false;
        }
        let whom = match &self.replication.failover.target {
            Some((host, port)) => format!("{host}:{port}"),
            None => "any replica".into(),
        };
        self.out.log(LogLevel::Notice, format!("FAILOVER to {whom} aborted: {why}"));
        if self.replication.failover.is_in_progress() {
            self.stop_following(now);
        }
        self.end_role_handover(now);
        true
    }

    /// The target has taken over, or the failover was given up (`clearFailoverState`).
    pub(super) fn end_role_handover(&mut self, now: Now) {
        self.replication.failover = Failover::default();
        self.end_pause(now, Pauser::Failover);
    }

    /// Goes on with a failover once a replica has all, or time is up (`updateFailoverStatus`).
    pub(super) fn advance_role_handover(&mut self, now: Now) {
        let failover = &self.replication.failover;
        if failover.step != Step::WaitForSync {
            return;
        }
        if failover.until.is_some_and(|until| until <= now.mono) {
            match failover.target.clone() {
                Some((host, port)) if failover.force => {
                    let text =
                        format!("FAILOVER to {host}:{port} time out exceeded, failing over.");
                    self.out.log(LogLevel::Notice, text);
                    self.hand_role_to(now, &host, port);
                }
                _ => {
                    self.abort_role_handover(now, "Replica never caught up before timeout");
                }
            }
            return;
        }
        let offset = self.replication.offset;
        let has_all = self
            .replica_clients()
            .filter(|(_, replica)| replica.ack_offset == offset)
            .map(|(client, replica)| (ip(client), replica.port))
            .find(|(host, port)| {
                let target = self.replication.failover.target.as_ref();
                target.is_none_or(|(h, p)| h.eq_ignore_ascii_case(host) && p == port)
            });
        let Some((host, port)) = has_all else { return };
        let text = format!("Failover target {host}:{port} is synced, failing over.");
        self.out.log(LogLevel::Notice, text);
        self.hand_role_to(now, &host, port);
    }

    fn hand_role_to(&mut self, now: Now, host: &str, port: u16) {
        self.replication.failover.step = Step::InProgress;
        self.replication.failover.target = Some((host.to_owned(), port));
        self.follow(now, host, port);
    }

    /// Ten times a second: a target that could not be reached is tried again sooner than a master
    /// would be. Whether time is up is looked at when the turn ends.
    pub(crate) fn role_handover_tick(&mut self, now: Now) {
        if self.replication.failover.is_in_progress()
            && self.replication.state == LinkState::Connect
            && let Some((host, port)) = self.replication.master.clone()
        {
            self.out.log(LogLevel::Notice, format!("Connecting to MASTER {host}:{port}"));
            self.connect_with_master(now);
        }
    }

    /// The target's answer to `PSYNC … FAILOVER`: whether the link goes on.
    pub(super) fn role_handover_answered(&mut self, now: Now, text: &str) -> bool {
        if !self.replication.failover.is_in_progress() {
            return true;
        }
        let accepted = matches!(text.split(' ').next(), Some("+CONTINUE" | "+FULLRESYNC"));
        if accepted {
            self.end_role_handover(now);
        } else {
            self.abort_role_handover(now, "Failover target rejected psync request");
        }
        accepted
    }
}
