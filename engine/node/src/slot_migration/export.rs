//! The source opens a migration: a job for each target, a link, a password if one is set, and
//! the request to take the slots.

use std::net::{IpAddr, SocketAddr};

use engine_base::{LinkId, NodeId, Now};

use super::job::Ends;
use super::{ExportLink, Job, JobName, Kind, Ranges, State};
use crate::Node;
use crate::api::{DialError, LogLevel, Purpose};
use crate::links::Link;

impl Node {
    /// Begins to move slots that were checked to be this node's.
    pub(crate) fn start_slot_export(&mut self, now: Now, target: NodeId, ranges: Ranges) {
        let Some(source) = self.cluster.as_ref().map(|cluster| cluster.me().id) else { return };
        let name = self.rng.hex40();
        let secs = now.unix.as_secs();
        let mut job = Job::new(name, Kind::Export, ranges, State::Connecting, secs);
        job.nodes = Some(Ends { target, source });
        let text = format!(
            "Slot migration initiated through CLUSTER MIGRATESLOTS command: {}",
            job.describe()
        );
        self.out.log(LogLevel::Notice, text);
        self.slot_migrations.jobs.insert(0, job);
        self.tell_slot_migration(now, &name);
        self.dial_export(now, &name, target);
    }

    fn dial_export(&mut self, now: Now, name: &JobName, target: NodeId) {
        let Some(to) = self.client_address(&target) else {
            let why = "Unable to connect to target node: target node not found";
            return self.fail_slot_migration(now, name, why);
        };
        let link = Link::Export(Box::new(ExportLink::new(*name)));
        let link = self.dial(link, &to.into(), Purpose::Migrate);
        if let Some(job) = self.slot_migrations.find_mut(name) {
            job.link = Some(link);
            let text = format!(
                "Connecting slot migration {} (ip: {}, port {})",
                job.describe(),
                to.ip(),
                to.port()
            );
            self.out.log(LogLevel::Notice, text);
        }
    }

    /// Where a node's clients go.
    fn client_address(&self, id: &NodeId) -> Option<SocketAddr> {
        let cluster = self.cluster.as_deref()?;
        let node = &cluster.nodes[cluster.nodes.find(id)?];
        let ip: IpAddr = node.ip.to_string().parse().ok()?;
        Some(SocketAddr::new(ip, node.port))
    }

    /// The link to the target is there, or cannot be had.
    pub(crate) fn export_dialed(
        &mut self,
        now: Now,
        link: LinkId,
        done: Result<SocketAddr, DialError>,
    ) {
        let Some(name) = self.export_link(link).map(|export| export.job) else { return };
        if let Err(error) = done {
            self.links.remove(link);
            if let Some(job) = self.slot_migrations.find_mut(&name) {
                job.link = None;
            }
            let why = format!("Unable to connect to target node: {error}");
            return self.fail_slot_migration(now, &name, &why);
        }
        if self.config.masterauth.is_empty() {
            return self.establish_export(now, &name, link);
        }
        let (user, password) = (self.config.masteruser.clone(), self.config.masterauth.clone());
        if user.is_empty() {
            self.say_export(link, &[b"AUTH", &password]);
        } else {
            self.say_export(link, &[b"AUTH", user.as_bytes(), &password]);
        }
        self.set_migration_state(now, &name, State::ReadAuth);
    }

    /// The target answered AUTH.
    pub(super) fn export_authenticated(&mut self, now: Now, name: &JobName, line: &str) {
        if line.starts_with('-') {
            let why = format!("Failed to AUTH to target node: {line}");
            return self.fail_slot_migration(now, name, &why);
        }
        let link = self.slot_migrations.find(name).and_then(|job| job.link);
        if let Some(link) = link {
            self.establish_export(now, name, link);
        }
    }

    /// Asks the target to take the slots.
    fn establish_export(&mut self, now: Now, name: &JobName, link: LinkId) {
        let Some(job) = self.slot_migrations.find(name) else { return };
        let words = establish_words(job);
        let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        self.say_export(link, &words);
        self.set_migration_state(now, name, State::ReadEstablish);
    }

    /// The target answered: it is ready, or says why not.
    pub(super) fn export_established(&mut self, now: Now, name: &JobName, line: &str) {
        if line.starts_with('-') {
            let why = format!("Received error during handshake to target: {line}");
            return self.fail_slot_migration(now, name, &why);
        }
        self.set_migration_state(now, name, State::WaitToSnapshot);
        let link = self.slot_migrations.find(name).and_then(|job| job.link);
        if let Some(link) = link {
            // From the first acknowledgement on, the target watches over the link.
            self.sync_slots_word(link, "ACK");
        }
        self.start_snapshot(now, name);
    }
}

/// `CLUSTER SYNCSLOTS ESTABLISH SOURCE id NAME name SLOTSRANGE first last …`
fn establish_words(job: &Job) -> Vec<Vec<u8>> {
    let source = job.nodes.map(|nodes| nodes.source.to_string()).unwrap_or_default();
    let mut words: Vec<Vec<u8>> = vec![
        b"CLUSTER".to_vec(),
        b"SYNCSLOTS".to_vec(),
        b"ESTABLISH".to_vec(),
        b"SOURCE".to_vec(),
        source.into_bytes(),
        b"NAME".to_vec(),
        job.name.to_vec(),
        b"SLOTSRANGE".to_vec(),
    ];
    for (first, last) in &job.ranges.0 {
        words.push(first.to_string().into_bytes());
        words.push(last.to_string().into_bytes());
    }
    words
}
