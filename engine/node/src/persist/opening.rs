//! Before the append-only file is begun anew, its folder must be there, and a file for what follows.
//! Who asked is answered when they are, or told that they cannot be had.

use engine_base::{LinkId, Mono, Now};
use engine_store::aof::{Manifest, Part};

use super::aof::AppendOnly;
use crate::Node;
use crate::api::{DiskError, DiskId, DiskOp, LogLevel};
use crate::client::Wait;
use crate::config::{Config, SetError};

/// What is being opened.
#[derive(Clone, Debug)]
pub(super) struct Opening {
    /// Operations that the disk has not told back, and what is said when one fails.
    under_way: Vec<(DiskId, String)>,
    failed: bool,
    /// The file for what follows, unless the file is off and stays so.
    incr: Option<Part>,
    asked: Asked,
}

/// Who wants the file to begin anew.
#[derive(Clone, Debug)]
pub(crate) enum Asked {
    /// `BGREWRITEAOF`
    Client(LinkId),
    /// `CONFIG SET appendonly yes`, and the configuration before it.
    Switch(LinkId, Box<Config>),
    /// What was scheduled, or has grown.
    Clock,
}

impl Node {
    /// Whether a rewrite is being opened: who asks for one then is not waited for.
    pub(crate) fn opens_for_rewrite(&self) -> bool {
        self.persist.opening.is_some()
    }

    /// Opens what a rewrite needs, and begins it then. A client that asked waits.
    #[inline(never)]
    pub(crate) fn open_for_rewrite(&mut self, asked: Asked) {
        if self.opens_for_rewrite() {
            return;
        }
        if let Asked::Client(link) | Asked::Switch(link, _) = asked {
            self.block(link, Mono::NEVER, Wait::Save);
        }
        let folder = self.config.appenddirname.clone();
        let id = self.out.disk(DiskOp::MakeDir { path: self.path_of(&folder) }, true);
        let mut under_way = vec![(id, format!("Can't open or create append-only dir {folder}"))];
        let incr = (self.persist.aof.is_some() || self.config.appendonly).then(|| {
            let last = self.aof_set().and_then(|set| set.manifest.incr.last());
            let seq = last.map_or(1, |part| part.seq + 1);
            let name = self.incr_name(seq);
            let op = DiskOp::Append { path: self.aof_path(&name), bytes: bytes::Bytes::new() };
            let what = format!("Can't open the append-only file {name}");
            under_way.push((self.out.disk(op, true), what));
            Part { name, seq }
        });
        let opening = Opening { under_way, failed: false, incr, asked };
        self.persist.opening = Some(Box::new(opening));
    }

    /// Whether an operation was of this kind.
    pub(super) fn opening_disk_done(
        &mut self,
        now: Now,
        id: DiskId,
        done: &Result<(), DiskError>,
    ) -> bool {
        let Some(opening) = &mut self.persist.opening else { return false };
        let Some(at) = opening.under_way.iter().position(|(of, _)| *of == id) else { return false };
        let (_, what) = opening.under_way.remove(at);
        if let Err(error) = done
            && !std::mem::replace(&mut opening.failed, true)
        {
            self.out.log(LogLevel::Warning, format!("{what}: {error}"));
        }
        if opening.under_way.is_empty()
            && let Some(opening) = self.persist.opening.take()
        {
            self.opened(now, *opening);
        }
        true
    }

    #[inline(never)]
    fn opened(&mut self, now: Now, opening: Opening) {
        let Opening { failed, incr, asked, .. } = opening;
        if failed {
            self.persist.rewrite_ok = false;
        } else {
            if incr.is_some() && self.persist.aof.is_none() && self.config.appendonly {
                self.take_up_append_only();
            }
            self.begin_rewrite(now, incr.filter(|_| self.persist.aof.is_some()));
        }
        match asked {
            Asked::Client(link) => self.answer_opened(now, link, failed),
            Asked::Switch(link, before) => self.answer_switched(now, link, failed, *before),
            Asked::Clock => self.persist.rewrite_scheduled = failed,
        }
    }

    /// It is on from now on, without a base.
    fn take_up_append_only(&mut self) {
        if self.stop_rewrite() {
            let text = "AOF was enabled but there is already an AOF rewriting in background. \
                        Stopping background AOF and starting a rewrite now.";
            self.out.log(LogLevel::Warning, text);
        }
        let manifest = self.persist.idle.take().map_or_else(Manifest::default, |set| set.manifest);
        let mut aof = AppendOnly::new(manifest, 0);
        aof.initial = true;
        self.persist.aof = Some(aof);
    }

    fn answer_opened(&mut self, now: Now, link: LinkId, failed: bool) {
        if self.unblock(link).is_none() {
            return;
        }
        self.tell(link, |reply| {
            if failed {
                reply.error(
                    "ERR Can't execute an AOF background rewriting. Please check the server logs \
                     for more information.",
                );
            } else {
                reply.simple("Background append only file rewriting started");
            }
        });
        self.process_client(now, link);
    }

    fn answer_switched(&mut self, now: Now, link: LinkId, failed: bool, before: Config) {
        if failed {
            for text in [
                "Redis needs to enable the AOF but can't trigger a background AOF rewrite \
                 operation. Check the above logs for more info about the error.",
                "Failed applying new configuration. Possibly related to new appendonly setting. \
                 Restoring previous settings.",
            ] {
                self.out.log(LogLevel::Warning, text);
            }
            self.config = before;
            // The log says if it cannot be set.
            let _ = self.set_oom_score();
        }
        if self.unblock(link).is_none() {
            return;
        }
        let reason = "Unable to turn on AOF. Check server logs.".into();
        let refused = SetError::Refused { name: "appendonly".into(), reason };
        self.tell(
            link,
            |reply| {
                if failed { reply.error(&format!("ERR {refused}")) } else { reply.ok() }
            },
        );
        self.process_client(now, link);
    }
}
