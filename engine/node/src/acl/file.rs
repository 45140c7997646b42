//! The file of users: `ACL LOAD` and `ACL SAVE`. Both go the way of all files, by the driver's hand.

use std::collections::BTreeMap;

use engine_base::{LinkId, Mono, Now};

use super::{Acl, DEFAULT, RuleError, Setting, User, has_spaces, merge_selectors};
use crate::Node;
use crate::api::{Action, DiskError, DiskId, DiskOp, LogLevel};
use crate::client::Wait;
use crate::command::Fail;

/// A file of users that is read or written, and who waits for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileUse {
    id: DiskId,
    reads: bool,
    /// Nobody when it was a command of a transaction.
    client: Option<LinkId>,
}

/// What is answered when no file is configured.
pub(crate) const NO_FILE: &str = "ERR This Redis instance is not configured to use an ACL file. You \
may want to specify users via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you \
have a Redis configuration file set) in order to store users in the Redis configuration.";

const NOT_SAVED: &str = "ERR There was an error trying to save the ACLs. Please check the server \
logs for more information";

const UNCHANGED: &[u8] =
    b"WARNING: ACL errors detected, no change to the previously active ACL rules was performed";

/// The users that a file holds, by name.
pub(super) type Users = BTreeMap<Vec<u8>, User>;

/// A file that cannot be read.
pub(super) fn broken(name: &str, why: &str) -> String {
    format!("Error loading ACLs, opening file '{name}': {why}")
}

/// Reads a file of users: all of it, or all that is wrong with it (`ACLLoadFromFile`).
pub(super) fn read_users(text: &[u8], file: &str, setting: &mut Setting) -> Result<Users, Vec<u8>> {
    let (mut users, mut errors) = (Users::new(), Vec::new());
    for (i, line) in text.split(|byte| *byte == b'\n').enumerate() {
        let line = trim(super::c_text(line), b" \t\r\n");
        if !line.is_empty()
            && let Err(error) = read_line(line, file, i + 1, &mut users, setting)
        {
            errors.extend(error);
        }
    }
    if errors.is_empty() {
        return Ok(users);
    }
    errors.extend_from_slice(UNCHANGED);
    Err(errors)
}

/// What a file of users holds as `ACL SAVE` would write it; `None` when something is wrong with it.
pub(crate) fn rewritten_file(text: &[u8]) -> Option<Vec<u8>> {
    let users = read_users(text, "users.acl", &mut Setting::new(false)).ok()?;
    let mut acl = Acl::default();
    acl.replace_all(users);
    Some(acl.lines(true).join(&b'\n'))
}

fn read_line(
    line: &[u8],
    file: &str,
    number: usize,
    users: &mut Users,
    setting: &mut Setting,
) -> Result<(), Vec<u8>> {
    let words: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
    let [b"user", name, rules @ ..] = words.as_slice() else {
        let what = "should start with user keyword followed by the username. ";
        return Err(format!("{file}:{number} {what}").into_bytes());
    };
    if has_spaces(name) {
        let head = format!("'{file}:{number}: username '").into_bytes();
        return Err([&head, *name, b"' contains invalid characters. "].concat());
    }
    if users.contains_key(*name) {
        let tail = format!("' found on line {number}. ").into_bytes();
        return Err([b"WARNING: Duplicate user '", *name, &tail].concat());
    }
    let mut user = User::new(setting);
    let mut errors = Vec::new();
    let merged = merge_selectors(rules).unwrap_or_else(|_| {
        let what = "Unmatched parenthesis in selector definition.";
        errors.extend(format!("{file}:{number}: {what}").into_bytes());
        Vec::new()
    });
    let mut told = false;
    for rule in &merged {
        let rule = trim(rule, b"\t\r\n");
        match user.set(rule, setting) {
            Ok(()) => {}
            Err(error @ RuleError::Unknown) => {
                let head = format!("{file}:{number}: Error in applying operation '").into_bytes();
                errors.extend([&head, rule, b"': ", error.text().as_bytes(), b". "].concat());
            }
            // Only the first one: what follows may be wrong because of it.
            Err(error) if !told => {
                errors.extend(format!("{file}:{number}: {}. ", error.text()).into_bytes());
                told = true;
            }
            Err(_) => {}
        }
    }
    users.insert(name.to_vec(), user);
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

fn trim<'a>(text: &'a [u8], of: &[u8]) -> &'a [u8] {
    let inside = |byte: &u8| !of.contains(byte);
    let Some(first) = text.iter().position(inside) else { return &[] };
    let last = text.iter().rposition(inside).unwrap_or(first);
    &text[first..=last]
}

impl Acl {
    /// The users of a file take the place of all that there were.
    pub(super) fn replace_all(&mut self, mut users: Users) {
        let default = users.remove(DEFAULT).unwrap_or_else(User::all_powerful);
        self.users = users;
        self.put(DEFAULT, default);
    }
}

impl Node {
    /// `ACL SAVE`: replaces the file in one step. The client is answered when it is on the disk.
    pub(crate) fn save_users(&mut self, client: LinkId) -> bool {
        let path = self.path_of(&self.config.aclfile.clone());
        let mut text = self.acl.lines(true).join(&b'\n');
        text.push(b'\n');
        let id = self.out.disk(DiskOp::Replace { path, bytes: text.into() }, true);
        self.wait_for_users(id, false, client)
    }

    /// `ACL LOAD`: reads the file and, if nothing in it is wrong, puts its users in the place of
    /// those that are there. `Ok(true)` when it is done; otherwise the client waits for the file.
    pub(crate) fn load_users_anew(&mut self, now: Now, client: LinkId) -> Result<bool, Fail> {
        let path = self.path_of(&self.config.aclfile.clone());
        if let Some(read) = self.file_reader {
            return self.take_users(now, client, read(&path).as_deref()).map(|()| true);
        }
        if self.in_unit() {
            return Err("ERR ACL LOAD cannot wait for its file inside a transaction".into());
        }
        let id = self.out.next_disk_id();
        self.out.push(Action::Read { id, path, from: 0, len: FILE_MAX });
        self.wait_for_users(id, true, client);
        Ok(false)
    }

    /// Whether the client has to be answered at once: a transaction waits for nothing.
    fn wait_for_users(&mut self, id: DiskId, reads: bool, client: LinkId) -> bool {
        let answered = self.in_unit();
        if !answered {
            self.block(client, Mono::NEVER, Wait::Save);
        }
        let client = (!answered).then_some(client);
        self.acl_mut().files.push(FileUse { id, reads, client });
        answered
    }

    fn take_users(&mut self, now: Now, client: LinkId, text: Option<&[u8]>) -> Result<(), Fail> {
        let name = self.config.aclfile.clone();
        let Some(text) = text else {
            return Err(format!("ERR {}", broken(&name, "No such file or directory")).into());
        };
        let mut setting = Setting::of(&self.config);
        let read = read_users(text, &name, &mut setting);
        self.log_warnings(setting);
        let users = read.map_err(|errors| Fail([b"ERR ".as_slice(), &errors].concat().into()))?;
        self.acl_mut().replace_all(users);
        self.dismiss_all_but_default(now, client);
        Ok(())
    }

    /// What rules have to tell the log.
    pub(crate) fn log_warnings(&mut self, setting: Setting) {
        setting.warnings.into_iter().for_each(|line| self.out.log(LogLevel::Warning, line));
    }

    /// The file of users is written, or cannot be; whether this operation was waited for.
    pub(crate) fn users_disk_done(
        &mut self,
        now: Now,
        id: DiskId,
        done: &Result<(), DiskError>,
    ) -> bool {
        let Some(file) = self.end_of_use(id, false) else { return false };
        if let Err(why) = done {
            let line = format!("Writing ACL file for ACL SAVE: {why}");
            self.out.log(LogLevel::Warning, line);
        }
        let answer = done.as_ref().map(|_| ()).map_err(|_| Fail::new(NOT_SAVED));
        self.answer_use(now, file, answer);
        true
    }

    /// The file of users was read; whether it was that.
    pub(crate) fn users_read(
        &mut self,
        now: Now,
        id: DiskId,
        done: &Result<Vec<u8>, DiskError>,
    ) -> bool {
        let Some(file) = self.end_of_use(id, true) else { return false };
        let client = file.client.unwrap_or(NOBODY);
        let answer = match done {
            Ok(text) => self.take_users(now, client, Some(text)),
            Err(why) => {
                let name = self.config.aclfile.clone();
                Err(format!("ERR {}", broken(&name, &why.to_string())).into())
            }
        };
        self.answer_use(now, file, answer);
        true
    }

    fn end_of_use(&mut self, id: DiskId, reads: bool) -> Option<FileUse> {
        let at = self.acl.files.iter().position(|file| file.id == id && file.reads == reads)?;
        Some(self.acl_mut().files.swap_remove(at))
    }

    fn answer_use(&mut self, now: Now, file: FileUse, answer: Result<(), Fail>) {
        let Some(link) = file.client else { return };
        if self.unblock(link).is_none() {
            return;
        }
        if let Err(fail) = &answer {
            self.stats.error_bytes(&fail.0);
        }
        self.tell(link, |reply| match &answer {
            Ok(()) => reply.ok(),
            Err(fail) => reply.error_bytes(&fail.0),
        });
        self.process_client(now, link);
    }
}

/// Who asked is gone.
const NOBODY: LinkId = LinkId(u64::MAX);

/// No file of users is as large.
const FILE_MAX: usize = 1 << 26;
