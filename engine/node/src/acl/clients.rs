//! Clients and their users: who is who, what each command needs, and what becomes of a client whose
//! user changes or goes.

use std::sync::Arc;

use engine_base::{LinkId, Now};

use super::check::may_hear;
use super::log::Entry;
use super::{Acl, Context, DEFAULT, Denied, User};
use crate::Node;
use crate::client::{Client, ClientFlags};
use crate::command::{Fail, Spec, client_line, full_name};

impl Denied {
    /// What the client is told whose command it was.
    pub(crate) fn refusal(self, spec: &'static Spec) -> Fail {
        match self {
            Self::Command => {
                let name = full_name(spec);
                format!("NOPERM this user has no permissions to run the '{name}' command").into()
            }
            Self::Key(_) => {
                "NOPERM this user has no permissions to access one of the keys used as \
                             arguments"
                    .into()
            }
            Self::Channel(_) => {
                "NOPERM this user has no permissions to access one of the channels \
                                 used as arguments"
                    .into()
            }
        }
    }

    /// What EXEC answers in the place of a command that was queued and is forbidden now.
    pub(crate) fn refusal_in_exec(self) -> Fail {
        let reason = match self {
            Self::Command => "no permission to execute the command or subcommand",
            Self::Key(_) => "no permission to touch the specified keys",
            Self::Channel(_) => "no permission to access one of the channels used as arguments",
        };
        format!(
            "NOPERM ACLs rules changed between the moment the transaction was accumulated and the \
             EXEC call. This command is no longer allowed for the following reason: {reason}"
        )
        .into()
    }

    /// Why a script may not call a command, as its error says it (`getAclErrorMessage`).
    pub(crate) fn reason_in_script(self) -> &'static str {
        match self {
            Self::Command => "can't run this command or subcommand",
            Self::Key(_) => {
                "can't access at least one of the keys mentioned in the command arguments"
            }
            Self::Channel(_) => "can't publish to the channel mentioned in the command",
        }
    }
}

impl Client {
    /// The name of its user. What comes from the master or a file has none that counts.
    pub(crate) fn user_name(&self) -> &[u8] {
        self.user.as_deref().unwrap_or(DEFAULT)
    }

    /// Whether it may do everything whatever users there are: the master's stream, the append-only
    /// file, and slots on their way.
    fn is_above_users(&self) -> bool {
        self.flags.intersects(ClientFlags::MASTER | ClientFlags::IMPORT)
    }
}

impl Node {
    /// The users, to be changed: from then on they are this node's own.
    pub(crate) fn acl_mut(&mut self) -> &mut Acl {
        Arc::make_mut(&mut self.acl)
    }

    /// Whether a client's user may run a command with these words: the one question for what a
    /// client sends, what EXEC runs, and what a script calls (`redis.call`, and
    /// `redis.acl_check_cmd` without any trace). `Err` says what is missing;
    /// [`Node::note_denied`] writes it into the ACL log, [`Denied`] has the words for the client.
    #[inline]
    pub(crate) fn permits(
        &self,
        link: LinkId,
        spec: &'static Spec,
        args: &[&[u8]],
    ) -> Result<(), Denied> {
        match self.links.client(link) {
            Some(client) if client.flags.contains(ClientFlags::RESTRICTED) => {
                self.user_may(client.user_name(), spec, args)
            }
            _ => Ok(()),
        }
    }

    #[cold]
    #[inline(never)]
    fn user_may(&self, name: &[u8], spec: &'static Spec, args: &[&[u8]]) -> Result<(), Denied> {
        self.acl.user(name).map_or(Err(Denied::Command), |user| user.may_run(spec, args))
    }

    /// Whether a client's user may run a command, and besides read whatever keys it likes.
    pub(crate) fn permits_any_key(
        &self,
        link: LinkId,
        spec: &'static Spec,
        args: &[&[u8]],
    ) -> bool {
        let Some(client) = self.links.client(link) else { return true };
        !client.flags.contains(ClientFlags::RESTRICTED)
            || self.acl.user(client.user_name()).is_some_and(|u| u.may_read_any_key(spec, args))
    }

    /// A client's own command that is to run or to be queued; what is refused is noted.
    #[cold]
    #[inline(never)]
    pub(crate) fn check_permission(
        &mut self,
        now: Now,
        link: LinkId,
        spec: &'static Spec,
        args: &[&[u8]],
    ) -> Result<(), Fail> {
        let Err(denied) = self.permits(link, spec, args) else { return Ok(()) };
        let Some(client) = self.links.client_mut(link) else { return Ok(()) };
        // What it tried last, as the log shows it.
        client.last_command = Some(spec);
        let multi = client.flags.contains(ClientFlags::MULTI);
        let context = if multi { Context::Multi } else { Context::Toplevel };
        self.note_denied(now, link, denied, context, spec, args);
        Err(denied.refusal(spec))
    }

    /// Writes into the ACL log what was refused.
    #[cold]
    #[inline(never)]
    pub(crate) fn note_denied(
        &mut self,
        now: Now,
        link: LinkId,
        denied: Denied,
        context: Context,
        spec: &'static Spec,
        args: &[&[u8]],
    ) {
        let (reason, object) = match denied {
            Denied::Command => ("command", full_name(spec).as_bytes()),
            Denied::Key(at) => ("key", args.get(at).copied().unwrap_or_default()),
            Denied::Channel(at) => ("channel", args.get(at).copied().unwrap_or_default()),
        };
        let name = self.links.client(link).map_or(DEFAULT, Client::user_name).to_vec();
        self.note_refused(now, link, (reason, object, name), context);
    }

    fn note_refused(
        &mut self,
        now: Now,
        link: LinkId,
        (reason, object, username): (&'static str, &[u8], Vec<u8>),
        context: Context,
    ) {
        let client = self.links.client(link).map(|client| client_line(client, now));
        let client = client.unwrap_or_default();
        let object = object.to_vec();
        let entry = Entry { count: 1, reason, context, object, username, at: now.unix, client };
        let most = self.config.acllog_max_len;
        self.acl_mut().log.add(entry, most);
    }

    /// A client says who it is (`ACLAuthenticateUser`); `command` is the word by which it says it.
    pub(crate) fn log_in(
        &mut self,
        now: Now,
        link: LinkId,
        command: &[u8],
        (name, password): (&[u8], &[u8]),
    ) -> bool {
        if self.acl.accepts(name, password) {
            self.become_user(link, name, true);
            return true;
        }
        let multi = self.links.client(link).is_some_and(|c| c.flags.contains(ClientFlags::MULTI));
        let context = if multi { Context::Multi } else { Context::Toplevel };
        self.note_refused(now, link, ("auth", command, name.to_vec()), context);
        false
    }

    /// A client that has just come, or wants to begin anew, is `default` if nothing is asked of
    /// that one (`clientSetDefaultAuth`).
    pub(crate) fn become_default_user(&mut self, link: LinkId) {
        self.become_user(link, DEFAULT, !self.acl.is_closed());
    }

    fn become_user(&mut self, link: LinkId, name: &[u8], authenticated: bool) {
        let restricted = self.acl.restricts(name);
        let Some(client) = self.links.client_mut(link) else { return };
        client.authenticated = authenticated;
        client.user = (name != DEFAULT).then(|| Arc::from(name));
        client.flags.set(ClientFlags::RESTRICTED, restricted && !client.is_above_users());
    }

    /// A user has new rules, or is new (`ACLStringSetUser`).
    pub(crate) fn set_user(&mut self, now: Now, asker: LinkId, name: &[u8], user: User) {
        let deaf = match self.acl.user(name) {
            Some(before) => self.subscribers_that_lose(name, &user, before),
            None => Vec::new(),
        };
        self.acl_mut().put(name, user);
        self.user_changed(name);
        for link in deaf {
            self.dismiss(now, link, asker);
        }
    }

    /// `requirepass` was set.
    #[cold]
    #[inline(never)]
    pub(crate) fn requirepass_changed(&mut self) {
        let password = self.config.requirepass.clone();
        self.acl_mut().set_default_password(&password);
        self.user_changed(DEFAULT);
    }

    /// The clients of a user are told apart anew from those who may do everything.
    fn user_changed(&mut self, name: &[u8]) {
        let restricted = self.acl.restricts(name);
        for client in self.links.clients_mut().filter(|client| client.user_name() == name) {
            let restricted = restricted && !client.is_above_users();
            client.flags.set(ClientFlags::RESTRICTED, restricted);
        }
    }

    /// The user's clients that listen to a channel which it may hear no more
    /// (`ACLKillPubsubClientsIfNeeded`).
    fn subscribers_that_lose(&self, name: &[u8], new: &User, old: &User) -> Vec<LinkId> {
        if new.selectors.iter().any(|selector| selector.all_channels) {
            return Vec::new();
        }
        let heard = || new.selectors.iter().flat_map(|selector| &selector.channels);
        let keeps_all = old.selectors.iter().all(|selector| {
            !selector.all_channels
                && selector.channels.iter().all(|old| heard().any(|new| new == old))
        });
        if keeps_all {
            return Vec::new();
        }
        let loses = |client: &&Client| {
            let mut channels = client.channels.iter().chain(&client.shard_channels);
            client.user_name() == name
                && !client.is_above_users()
                && (client.patterns.iter().any(|name| !may_hear(heard(), name, true))
                    || channels.any(|name| !may_hear(heard(), name, false)))
        };
        self.links.clients().filter(loses).map(|client| client.link).collect()
    }

    /// Deletes a user; its clients are let go (`ACLFreeUserAndKillClients`). Whether it was there.
    pub(crate) fn delete_user(&mut self, now: Now, asker: LinkId, name: &[u8]) -> bool {
        if self.acl_mut().users.remove(name).is_none() {
            return false;
        }
        self.dismiss_those(now, asker, |client| client.user_name() == name);
        true
    }

    /// All users but `default` are others now: their clients are let go.
    pub(super) fn dismiss_all_but_default(&mut self, now: Now, asker: LinkId) {
        self.dismiss_those(now, asker, |client| client.user.is_some());
        self.user_changed(DEFAULT);
    }

    fn dismiss_those(&mut self, now: Now, asker: LinkId, who: impl Fn(&Client) -> bool) {
        let theirs = self.links.clients().filter(|client| who(client) && !client.is_above_users());
        let links: Vec<LinkId> = theirs.map(|client| client.link).collect();
        for link in links {
            self.become_user(link, DEFAULT, false);
            self.dismiss(now, link, asker);
        }
    }

    /// Lets a client go; the one that asked for it has its answer first.
    fn dismiss(&mut self, now: Now, link: LinkId, asker: LinkId) {
        if link != asker {
            self.close_client(now, link);
        } else if let Some(client) = self.links.client_mut(link) {
            client.flags.insert(ClientFlags::CLOSE_AFTER_REPLY);
        }
    }
}
