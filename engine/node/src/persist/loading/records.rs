//! The records of an append-only file, carried out one after the other (`loadSingleAppendOnlyFile`).

use engine_base::{LinkId, Now};
use engine_resp::Reply;
use engine_store::aof::{BadRecord, Records};

use super::super::unreadable::fatal;
use super::{File, Pace, Step};
use crate::Node;
use crate::api::{BootError, DiskOp, LogLevel};
use crate::client::{Client, ClientFlags};
use crate::links::Link;
use crate::propagate::Origin;

/// A file of records that is being read.
#[derive(Clone)]
pub(super) struct RecordsFile {
    name: String,
    path: String,
    /// Whether no file follows: only then may its end be missing.
    is_last: bool,
    /// Bytes that are not carried out yet, and where in the file they begin.
    window: Vec<u8>,
    at: u64,
    /// A record is incomplete: it is looked at again when so many bytes are here.
    retry_at: usize,
    in_multi: bool,
    /// Where the file may be cut so that it ends with a whole record.
    valid: u64,
    /// Who carries the records out.
    client: Option<Box<Client>>,
    /// The same, while it waits for a script.
    waiting: Option<LinkId>,
}

impl RecordsFile {
    /// Records from the byte `at` of a file on.
    pub(super) fn new(file: &File, is_last: bool, at: u64) -> Self {
        let (name, path) = (file.name.clone(), file.path.clone());
        let (window, client, in_multi) = (Vec::new(), None, false);
        let (retry_at, valid, waiting) = (0, at, None);
        Self { name, path, is_last, window, at, retry_at, in_multi, valid, client, waiting }
    }

    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.window.extend_from_slice(bytes);
    }

    /// How many bytes of the file were carried out.
    pub(super) fn consumed(&self) -> u64 {
        self.at
    }
}

impl Node {
    /// Carries out the records that are there; `last` when nothing follows what was fed.
    #[inline(never)]
    pub(super) fn take_records(
        &mut self,
        now: Now,
        file: &mut RecordsFile,
        last: bool,
        pace: &mut Pace,
    ) -> Result<Step, BootError> {
        if self.scripts.put_aside().is_some() {
            return Ok(Step::Script);
        }
        if !last && file.window.len() < file.retry_at {
            return Ok(Step::Hungry);
        }
        let window = std::mem::take(&mut file.window);
        let link = match file.waiting.take() {
            Some(link) => link,
            None => self.insert_loading_client(now, file.client.take()),
        };
        let mut records = Records::resume(&window, file.in_multi);
        let done = self.replay_all(now, link, &file.name, &mut records, last, pace);
        if self.scripts.put_aside().is_some() {
            file.waiting = Some(link);
        } else if let Some(Link::Script(client)) = self.links.remove(link) {
            file.client = Some(client);
        }
        let used = records.consumed();
        if records.valid_up_to() > 0 {
            file.valid = file.at + records.valid_up_to() as u64;
        }
        file.in_multi = records.in_multi();
        file.at += used as u64;
        file.window = window;
        file.window.drain(..used);
        match done? {
            Ok(step) => {
                // A large record is looked at again from its beginning.
                let grown = file.window.len() + file.window.len() / 4;
                file.retry_at = if step == Step::Hungry { grown } else { 0 };
                Ok(step)
            }
            Err(error) => self.ends_badly(file, error).map(|()| Step::End),
        }
    }

    fn replay_all(
        &mut self,
        now: Now,
        link: LinkId,
        name: &str,
        records: &mut Records<'_>,
        last: bool,
        pace: &mut Pace,
    ) -> Result<Result<Step, BadRecord>, BootError> {
        let mut reply = Reply::new();
        while pace.is_due(now) {
            let record = records.read();
            if !last && record == Err(BadRecord::Truncated) {
                return Ok(Ok(Step::Hungry));
            }
            for line in records.take_annotations() {
                self.replay_annotation(now, &String::from_utf8_lossy(line));
            }
            match record {
                Ok(Some(words)) => self.replay(now, link, name, &words, &mut reply)?,
                Ok(None) => return Ok(Ok(if last { Step::End } else { Step::Hungry })),
                Err(error) => return Ok(Err(error)),
            }
            pace.key();
            if self.scripts.put_aside().is_some() {
                return Ok(Ok(Step::Script));
            }
        }
        Ok(Ok(Step::NotDue))
    }

    /// Whether the process starts with a file that ends like this.
    fn ends_badly(&mut self, file: &RecordsFile, error: BadRecord) -> Result<(), BootError> {
        let (name, keep) = (&file.name, file.valid);
        if error == BadRecord::Truncated && file.in_multi && file.window.is_empty() {
            let text = format!("Revert incomplete MULTI/EXEC transaction in AOF file {name}");
            self.out.log(LogLevel::Warning, text);
        }
        match error {
            BadRecord::Truncated if self.config.aof_load_truncated => {
                for line in [
                    format!("!!! Warning: short read while loading the AOF file {name}!!!"),
                    format!("!!! Truncating the AOF {name} at offset {keep} !!!"),
                    format!("AOF {name} loaded anyway because aof-load-truncated is enabled"),
                ] {
                    self.out.log(LogLevel::Warning, line);
                }
                if !file.is_last {
                    let text = "Fatal error: the truncated file is not the last file";
                    return Err(fatal(text.to_owned()));
                }
                let path = file.path.clone();
                self.out.disk(DiskOp::Truncate { path, len: keep }, true);
                Ok(())
            }
            BadRecord::Truncated => Err(fatal(format!(
                "Unexpected end of file reading the append only file {name}. You can: 1) Make a \
                 backup of your AOF file, then use ./redis-check-aof --fix <filename.manifest>. \
                 2) Alternatively you can set the 'aof-load-truncated' configuration option to \
                 yes and restart the server."
            ))),
            BadRecord::Format => Err(fatal(format!(
                "Bad file format reading the append only file {name}: make a backup of your AOF \
                 file, then use ./redis-check-aof --fix <filename.manifest>"
            ))),
        }
    }

    /// The client as which records are carried out: nothing is refused to it, and nothing expires
    /// for it. It is there while records are carried out, and nobody sees it.
    fn insert_loading_client(&mut self, now: Now, before: Option<Box<Client>>) -> LinkId {
        let nowhere = std::net::SocketAddr::from(([0, 0, 0, 0], 0));
        self.links.insert(|link| {
            let mut client = before.unwrap_or_else(|| {
                let mut client = Client::new(link, 0, nowhere, nowhere, now.mono);
                client.authenticated = true;
                client.flags = ClientFlags::MASTER;
                Box::new(client)
            });
            client.link = link;
            Link::Script(client)
        })
    }

    fn replay(
        &mut self,
        now: Now,
        link: LinkId,
        file: &str,
        words: &[&[u8]],
        reply: &mut Reply,
    ) -> Result<(), BootError> {
        let name = words.first().copied().unwrap_or_default();
        if crate::command::find(name).is_none() {
            let name = String::from_utf8_lossy(name);
            let text = format!("Unknown command '{name}' reading the append only file {file}");
            return Err(fatal(text));
        }
        if name.eq_ignore_ascii_case(b"select") {
            let db = words.get(1).and_then(|n| engine_base::number::parse_u64(n));
            let db = db.and_then(|n| usize::try_from(n).ok()).filter(|n| *n < self.dbs.len());
            if let (Some(db), Some(client)) = (db, self.links.client_mut(link)) {
                client.db = db;
            }
            return Ok(());
        }
        reply.truncate(0);
        self.execute(now, link, words, reply);
        if reply.as_bytes().starts_with(b"-")
            && let Some(report) = self.unexpected_error(now, &Origin::FILE, words, reply)
        {
            return Err(BootError { log: report, code: self.panic_code() });
        }
        Ok(())
    }
}
