//! Whether a command may run here, and where its client is sent otherwise: `getNodeByQuery` and
//! `clusterRedirectClient` of cluster.c, in the same order of decisions.

use engine_base::{LinkId, Now, Slot, planted};

use crate::Node;
use crate::admission::Refusal;
use crate::client::{ClientFlags, Wait};
use crate::cluster::{ClusterState, NodeIx};
use crate::command::{CommandFlags, KeySpec, Spec, lookup};
use crate::event::EventKind;

/// Why a command does not run here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Redirect {
    /// The keys are in several slots.
    CrossSlot,
    /// Several keys of a slot on the move, and not all of them are here.
    TryAgain,
    /// This one command is for another node.
    Ask(Slot, NodeIx),
    /// The slot is another node's.
    Moved(Slot, NodeIx),
    /// The cluster is down.
    Down,
    /// The cluster is down, and only reads are served.
    DownReadOnly,
    /// Nobody serves the slot.
    Unbound(Slot),
}

/// What the keys of a command say together.
#[derive(Clone, Copy, Debug, Default)]
struct Keys {
    slot: Option<Slot>,
    several: bool,
    missing: bool,
    existing: bool,
}

/// What matters of the command and its client besides the keys.
#[derive(Clone, Copy)]
struct Asker {
    asking: bool,
    read_only: bool,
    writes: bool,
    sharded_pubsub: bool,
    migrate: bool,
}

impl Node {
    /// Refuses a command whose keys are served elsewhere, or nowhere.
    pub(crate) fn check_routing(
        &mut self,
        now: Now,
        link: LinkId,
        spec: &'static Spec,
        args: &[&[u8]],
    ) -> Result<(), Refusal> {
        if self.cluster.is_none() || (matches!(spec.keys, KeySpec::None) && spec.name != "exec") {
            return Ok(());
        }
        let Some(client) = self.links.client(link) else { return Ok(()) };
        if client.flags.contains(ClientFlags::MASTER) {
            return Ok(());
        }
        let flags = client.flags;
        if flags.contains(ClientFlags::IMPORT) {
            return self.check_import(link, spec, args);
        }
        let verdict = if spec.name == "exec" {
            self.route_transaction(now, link, flags)
        } else {
            self.route(now, flags, &[(spec, args)])
        };
        verdict.map_err(|redirect| self.redirect_text(now, spec, redirect))
    }

    /// Slots that come from another node are written by its commands before this node owns them;
    /// no others.
    fn check_import(&self, link: LinkId, spec: &Spec, args: &[&[u8]]) -> Result<(), Refusal> {
        let mut inside = true;
        spec.keys.for_each(args, |key| inside &= self.import_may_touch(link, Slot::of_key(key)));
        let refusal = "ERR The key is in none of the slots of this migration";
        if inside { Ok(()) } else { Err(refusal.into()) }
    }

    /// EXEC goes where all its queued commands may go together.
    fn route_transaction(
        &self,
        now: Now,
        link: LinkId,
        flags: ClientFlags,
    ) -> Result<(), Redirect> {
        let Some(queue) = self.links.client(link).and_then(|c| c.transaction.as_ref()) else {
            return Ok(());
        };
        let words: Vec<(&'static Spec, Vec<&[u8]>)> = queue
            .queued
            .iter()
            .map(|q| (q.spec, q.words.iter().map(Vec::as_slice).collect()))
            .collect();
        let commands: Vec<(&'static Spec, &[&[u8]])> =
            words.iter().map(|(spec, args)| (*spec, args.as_slice())).collect();
        self.route(now, flags, &commands)
    }

    /// Whether a script may use the keys of a command here; gives their slot.
    #[inline(never)]
    pub(crate) fn route_of_script(
        &self,
        now: Now,
        flags: ClientFlags,
        spec: &'static Spec,
        args: &[&[u8]],
    ) -> Result<Option<Slot>, Refusal> {
        match self.route(now, flags, &[(spec, args)]) {
            Ok(()) => {
                let mut slot = None;
                spec.keys.for_each(args, |key| slot = Some(Slot::of_key(key)));
                Ok(slot)
            }
            Err(Redirect::DownReadOnly) => Err("ERR Script attempted to execute a write command \
                                                while the cluster is down and readonly"
                .into()),
            Err(Redirect::Down) => {
                Err("ERR Script attempted to execute a command while the cluster is down".into())
            }
            Err(_) => {
                Err("ERR Script attempted to access a non local key in a cluster node".into())
            }
        }
    }

    fn route(
        &self,
        now: Now,
        flags: ClientFlags,
        commands: &[(&'static Spec, &[&[u8]])],
    ) -> Result<(), Redirect> {
        let Some(cluster) = self.cluster.as_deref() else { return Ok(()) };
        let any =
            |flag| commands.iter().any(|(spec, args)| self.flags_of(spec, args).contains(flag));
        let first = commands.first().map_or("", |(spec, _)| spec.name);
        let asker = Asker {
            asking: flags.contains(ClientFlags::ASKING) || any(CommandFlags::ASKING),
            read_only: flags.contains(ClientFlags::READONLY),
            writes: any(CommandFlags::WRITE),
            sharded_pubsub: matches!(first, "ssubscribe" | "sunsubscribe" | "spublish"),
            migrate: first == "migrate",
        };
        let keys = self.collect_keys(now, cluster, commands, asker)?;
        let Some(slot) = keys.slot else { return Ok(()) };
        let owner = cluster.owner(slot).ok_or(Redirect::Unbound(slot))?;
        self.check_state(cluster, asker)?;
        decide(cluster, slot, owner, keys, asker)
    }

    /// The slot of all keys, and, when it is on the move, which of them are here.
    fn collect_keys(
        &self,
        now: Now,
        cluster: &ClusterState,
        commands: &[(&'static Spec, &[&[u8]])],
        asker: Asker,
    ) -> Result<Keys, Redirect> {
        let mut keys = Keys::default();
        let mut first_key: &[u8] = b"";
        let mut problem = None;
        for (spec, args) in commands {
            spec.keys.for_each(args, |key| {
                if problem.is_some() {
                    return;
                }
                let slot = Slot::of_key(key);
                match keys.slot {
                    None => {
                        if cluster.owner(slot).is_none() {
                            problem = Some(Redirect::Unbound(slot));
                            return;
                        }
                        keys.slot = Some(slot);
                        first_key = key;
                    }
                    Some(known) if known != slot => {
                        problem = Some(Redirect::CrossSlot);
                        return;
                    }
                    Some(_) => keys.several |= key != first_key,
                }
                if !asker.sharded_pubsub && on_the_move(cluster, slot) {
                    let here = self.dbs.first().is_some_and(|db| db.contains(key, now.unix));
                    keys.existing |= here;
                    keys.missing |= !here;
                }
            });
        }
        problem.map_or(Ok(keys), Err)
    }

    /// A cluster that is down serves nothing, or only what the directives allow.
    fn check_state(&self, cluster: &ClusterState, asker: Asker) -> Result<(), Redirect> {
        if cluster.ok {
            return Ok(());
        }
        if asker.sharded_pubsub {
            let allowed = self.config.cluster_allow_pubsubshard_when_down;
            return if allowed { Ok(()) } else { Err(Redirect::Down) };
        }
        match (self.config.cluster_allow_reads_when_down, asker.writes) {
            (false, _) => Err(Redirect::Down),
            (true, true) => Err(Redirect::DownReadOnly),
            (true, false) => Ok(()),
        }
    }

    /// The error line for a redirect, and its event.
    fn redirect_text(&mut self, now: Now, spec: &'static Spec, redirect: Redirect) -> Refusal {
        let (kind, slot) = match redirect {
            Redirect::CrossSlot => ("CROSSSLOT", None),
            Redirect::TryAgain => ("TRYAGAIN", None),
            Redirect::Ask(slot, _) => ("ASK", Some(slot)),
            Redirect::Moved(slot, _) => ("MOVED", Some(slot)),
            Redirect::Down | Redirect::DownReadOnly => ("CLUSTERDOWN", None),
            Redirect::Unbound(slot) => ("CLUSTERDOWN", Some(slot)),
        };
        self.out.event(now, EventKind::Redirected { kind, slot, command: spec.name });
        match redirect {
            Redirect::CrossSlot => "CROSSSLOT Keys in request don't hash to the same slot".into(),
            Redirect::TryAgain => "TRYAGAIN Multiple keys request during rehashing of slot".into(),
            Redirect::Down => "CLUSTERDOWN The cluster is down".into(),
            Redirect::DownReadOnly => {
                "CLUSTERDOWN The cluster is down and only accepts read commands".into()
            }
            Redirect::Unbound(_) => "CLUSTERDOWN Hash slot not served".into(),
            Redirect::Ask(slot, to) => format!("ASK {slot} {}", self.endpoint_text(to)).into(),
            Redirect::Moved(slot, to) => format!("MOVED {slot} {}", self.endpoint_text(to)).into(),
        }
    }

    /// `host:port` of a node as clients are told it (`cluster-preferred-endpoint-type`).
    fn endpoint_text(&self, ix: NodeIx) -> String {
        let Some(cluster) = self.cluster.as_deref() else { return String::new() };
        let node = &cluster.nodes[ix];
        let host = crate::endpoint::preferred(&self.config, node).unwrap_or_default();
        format!("{host}:{}", node.port)
    }

    /// Clients that wait for keys which are now served elsewhere are sent there
    /// (`clusterRedirectBlockedClientIfNeeded`).
    pub(crate) fn redirect_waiting(&mut self, now: Now) {
        if self.wake.anyone_waits() {
            self.redirect_those_who_wait(now);
        }
    }

    #[inline(never)]
    fn redirect_those_who_wait(&mut self, now: Now) {
        let Some(cluster) = self.cluster.as_deref() else { return };
        let mut gone = Vec::new();
        for client in self.links.clients() {
            let Some(Wait::Keys(wait)) = client.blocked.as_deref().map(|b| &b.wait) else {
                continue;
            };
            let Some(slot) = wait.keys.first().map(|key| Slot::of_key(key)) else { continue };
            let args: Vec<&[u8]> = wait.args.iter().map(Vec::as_slice).collect();
            let Ok((_, spec)) = lookup(&args) else { continue };
            let reads = client.flags.contains(ClientFlags::READONLY) && !spec.is_write();
            let me = cluster.me();
            let redirect = match cluster.owner(slot) {
                _ if !cluster.ok => Redirect::Down,
                // A replica may let it wait for what it only reads.
                owner @ Some(_) if reads && me.is_replica() && me.master == owner => continue,
                None => Redirect::Unbound(slot),
                Some(owner)
                    if owner != cluster.myself && !cluster.importing.contains_key(&slot) =>
                {
                    Redirect::Moved(slot, owner)
                }
                Some(_) => continue,
            };
            gone.push((client.link, spec, redirect));
        }
        for (link, spec, redirect) in gone {
            let text = self.redirect_text(now, spec, redirect);
            self.unblock(link);
            self.stats.error_bytes(&text.0);
            self.tell(link, |reply| reply.error_bytes(&text.0));
            self.process_client(now, link);
        }
    }
}

fn on_the_move(cluster: &ClusterState, slot: Slot) -> bool {
    if cluster.owner(slot) == Some(cluster.myself) {
        cluster.migrating.contains_key(&slot)
    } else {
        cluster.importing.contains_key(&slot)
    }
}

/// The last decisions, for keys of one slot that somebody serves in a cluster that is up.
fn decide(
    cluster: &ClusterState,
    slot: Slot,
    owner: NodeIx,
    keys: Keys,
    asker: Asker,
) -> Result<(), Redirect> {
    let mine = owner == cluster.myself;
    let target = if mine { cluster.migrating.get(&slot).copied() } else { None };
    let importing = !mine && cluster.importing.contains_key(&slot);
    if asker.migrate && (target.is_some() || importing) {
        return Ok(());
    }
    let bug = planted("ask-for-present-key");
    if let Some(target) = target
        && (keys.missing || bug)
    {
        return match keys.existing && !bug {
            true => Err(Redirect::TryAgain),
            // A slot that migrates to its own node is served there: Redis asks nobody to go away.
            false if target == cluster.myself => Ok(()),
            false => Err(Redirect::Ask(slot, target)),
        };
    }
    if importing && asker.asking {
        return if keys.several && keys.missing { Err(Redirect::TryAgain) } else { Ok(()) };
    }
    let me = cluster.me();
    let read_only = asker.read_only || planted("replica-answers");
    let may_read = (read_only || asker.sharded_pubsub) && !asker.writes;
    if mine || (may_read && me.is_replica() && me.master == Some(owner)) {
        return Ok(());
    }
    Err(Redirect::Moved(slot, owner))
}
