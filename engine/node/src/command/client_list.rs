//! `CLIENT LIST`, `INFO` and `KILL`: who is connected (`catClientInfoString` and
//! `clientKillCommand` in networking.c).

use engine_base::number::parse_i64;
use engine_base::{LinkId, Now};

use super::{Answer, Call, Fail, args};
use crate::acl::Acl;
use crate::client::{Client, ClientFlags, Wait};
use crate::output_limits::{counted_output, waiting};

/// What `multi-mem=` counts a word of a queued command, beside its bytes.
const POINTER: usize = 8;

/// What a client is, as `TYPE` names it.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Normal,
    Master,
    Replica,
    PubSub,
}

impl Kind {
    fn parse(word: &[u8]) -> Result<Self, Fail> {
        Ok(match word.to_ascii_lowercase().as_slice() {
            b"normal" => Self::Normal,
            b"master" => Self::Master,
            b"slave" | b"replica" => Self::Replica,
            b"pubsub" => Self::PubSub,
            _ => {
                return Err(Fail::quoting("ERR Unknown client type '", word, "'"));
            }
        })
    }

    fn of(client: &Client) -> Self {
        if client.flags.contains(ClientFlags::MASTER) {
            Self::Master
        } else if client.flags.contains(ClientFlags::REPLICA)
            && !client.flags.contains(ClientFlags::MONITOR)
        {
            Self::Replica
        } else if client.subscriptions() + client.shard_channels.len() > 0 {
            Self::PubSub
        } else {
            Self::Normal
        }
    }
}

/// The letters of `flags=`.
fn letters(client: &Client) -> String {
    let flag = |flag, letter| client.flags.contains(flag).then_some(letter);
    let text: String = [
        flag(ClientFlags::REPLICA, 'S'),
        flag(ClientFlags::MASTER, 'M'),
        flag(ClientFlags::IMPORT, 'i'),
        (Kind::of(client) == Kind::PubSub).then_some('P'),
        flag(ClientFlags::MULTI, 'x'),
        is_blocked(client).then_some('b'),
        client.tracking.as_ref().map(|_| 't'),
        client.tracking.as_ref().filter(|t| t.broken).map(|_| 'R'),
        client.tracking.as_ref().filter(|t| t.broadcast).map(|_| 'B'),
        flag(ClientFlags::DIRTY_CAS, 'd'),
        flag(ClientFlags::CLOSE_AFTER_REPLY, 'c'),
        client.socket.is_some().then_some('U'),
        flag(ClientFlags::READONLY, 'r'),
        flag(ClientFlags::MONITOR, 'O'),
        flag(ClientFlags::NO_EVICT, 'e'),
    ]
    .into_iter()
    .flatten()
    .collect();
    if text.is_empty() { "N".into() } else { text }
}

/// What comes from the master is nobody's.
fn user_shown(client: &Client) -> std::borrow::Cow<'_, str> {
    if client.flags.contains(ClientFlags::MASTER) {
        return "(superuser)".into();
    }
    String::from_utf8_lossy(client.user_name())
}

/// Whose script runs has its answer still to come, but waits for nobody.
pub(super) fn is_blocked(client: &Client) -> bool {
    client.blocked.as_ref().is_some_and(|blocked| !matches!(blocked.wait, Wait::Script))
}

/// One line of `CLIENT LIST` for the log.
pub(crate) fn client_line(client: &Client, now: Now) -> String {
    line(client, now, false)
}

/// One line of `CLIENT LIST`, without its end.
pub(super) fn line(client: &Client, now: Now, me: bool) -> String {
    let multi = client.transaction.as_ref().map_or(-1, |t| t.queued.len() as i64);
    let in_multi = client.flags.contains(ClientFlags::MULTI);
    let unread = client.query.len() - client.parser.position().min(client.query.len());
    let query = unread + client.in_work;
    let room = client.query.capacity().max(client.work_room).max(query);
    let arguments = client.argument_bytes;
    let queued = client.transaction.as_ref().map_or(0, |t| t.bytes + t.words * POINTER);
    let waiting = waiting(client);
    let command = client.last_command.map_or("NULL", super::full_name);
    let (reply_room, reply_peak) = (client.reply_room.size(), client.reply_room.peak());
    let listed = counted_output(waiting);
    let fixed = waiting - listed.min(waiting);
    let user = user_shown(client);
    format!(
        "id={} addr={} laddr={} fd={} name={} age={} idle={} flags={} db={} sub={} psub={} ssub={} \
         multi={} qbuf={query} qbuf-free={} argv-mem={arguments} multi-mem={queued} rbs={reply_room} rbp={reply_peak} \
         obl={fixed} oll={} omem={listed} tot-mem={} events={} cmd={command} user={user} redir={} \
         resp={}",
        client.id,
        client.peer_name(),
        client.local_name(),
        client.link.0 & 0xffff_ffff,
        String::from_utf8_lossy(&client.name),
        now.mono.ms_since(client.since) / 1000,
        now.mono.ms_since(client.last_input) / 1000,
        letters(client),
        client.db,
        client.channels.len(),
        client.patterns.len(),
        client.shard_channels.len(),
        if in_multi { multi.max(0) } else { -1 },
        room - query,
        usize::from(listed > 0),
        client.memory_shown(),
        if client.unsent().is_empty() || me { "r" } else { "rw" },
        super::client_tracking::redirected_to(client.tracking.as_deref()),
        if client.reply.is_resp3() { 3 } else { 2 },
    )
}

fn lines(call: &Call<'_>, wanted: impl Fn(&Client) -> bool) -> String {
    let mut clients: Vec<&Client> =
        call.node.links.clients_and_master().filter(|c| wanted(c)).collect();
    clients.sort_by_key(|client| client.id);
    let mut text = String::new();
    for client in clients {
        let me = client.link == call.client;
        text.push_str(&line(client, call.now, me));
        text.push('\n');
    }
    text
}

/// `CLIENT INFO`
pub(super) fn info(call: &mut Call<'_>) -> Answer {
    let link = call.client;
    let text = lines(call, |client| client.link == link);
    call.out.verbatim("txt", text.as_bytes());
    Ok(())
}

/// `CLIENT LIST [TYPE type] [ID id …]`
pub(super) fn list(call: &mut Call<'_>) -> Answer {
    let words = &call.args[2..];
    let text = match words {
        [] => lines(call, |_| true),
        [word, kind] if args::is(word, "type") => {
            let kind = Kind::parse(kind)?;
            lines(call, |client| Kind::of(client) == kind)
        }
        [word, ids @ ..] if args::is(word, "id") && !ids.is_empty() => {
            let ids = ids
                .iter()
                .map(|id| args::int_or(id, "ERR Invalid client ID"))
                .collect::<Result<Vec<i64>, Fail>>()?;
            lines(call, |client| ids.contains(&(client.id as i64)))
        }
        _ => return Err(Fail::SYNTAX),
    };
    call.out.verbatim("txt", text.as_bytes());
    Ok(())
}

/// Whom `CLIENT KILL` means.
struct Wanted {
    addr: Option<Vec<u8>>,
    laddr: Option<Vec<u8>>,
    id: Option<i64>,
    kind: Option<Kind>,
    user: Option<Vec<u8>>,
    skip_me: bool,
}

impl Wanted {
    fn parse(words: &[&[u8]], acl: &Acl) -> Result<Self, Fail> {
        let (addr, laddr, id) = (None, None, None);
        let mut wanted = Self { addr, laddr, id, kind: None, user: None, skip_me: true };
        for pair in words.chunks(2) {
            let [word, value] = *pair else { return Err(Fail::SYNTAX) };
            match word.to_ascii_lowercase().as_slice() {
                b"id" => {
                    let id = parse_i64(value).filter(|id| *id > 0);
                    wanted.id = Some(id.ok_or("ERR client-id should be greater than 0")?);
                }
                b"type" => wanted.kind = Some(Kind::parse(value)?),
                b"addr" => wanted.addr = Some(value.to_vec()),
                b"laddr" => wanted.laddr = Some(value.to_vec()),
                b"user" if acl.user(value).is_some() => wanted.user = Some(value.to_vec()),
                b"user" => {
                    return Err(Fail::quoting("ERR No such user '", value, "'"));
                }
                b"skipme" if args::is(value, "yes") => wanted.skip_me = true,
                b"skipme" if args::is(value, "no") => wanted.skip_me = false,
                _ => return Err(Fail::SYNTAX),
            }
        }
        Ok(wanted)
    }

    fn means(&self, client: &Client, me: LinkId) -> bool {
        let is = |text: &Option<Vec<u8>>, name: String| {
            text.as_ref().is_none_or(|text| *text == name.into_bytes())
        };
        is(&self.addr, client.peer_name())
            && is(&self.laddr, client.local_name())
            && self.id.is_none_or(|id| id == client.id as i64)
            && self.kind.is_none_or(|kind| kind == Kind::of(client))
            && self.user.as_ref().is_none_or(|user| {
                user == client.user_name() && !client.flags.contains(ClientFlags::MASTER)
            })
            && !(self.skip_me && client.link == me)
    }
}

/// `CLIENT KILL addr:port`, or by filters.
pub(super) fn kill(call: &mut Call<'_>) -> Answer {
    let words = &call.args[2..];
    let old_form = words.len() == 1;
    let wanted = if let [addr] = words {
        Wanted { skip_me: false, addr: Some(addr.to_vec()), ..Wanted::parse(&[], &call.node.acl)? }
    } else {
        Wanted::parse(words, &call.node.acl)?
    };
    let me = call.client;
    let doomed: Vec<LinkId> = call
        .node
        .links
        .clients_and_master()
        .filter(|client| wanted.means(client, me))
        .map(|client| client.link)
        .collect();
    for link in &doomed {
        if *link == me {
            if let Some(client) = call.session() {
                client.flags.insert(ClientFlags::CLOSE_AFTER_REPLY);
            }
        } else if !call.node.cut_master_link(call.now, *link) {
            call.node.close_client(call.now, *link);
        }
    }
    match (old_form, doomed.is_empty()) {
        (true, true) => return Err("ERR No such client".into()),
        (true, false) => call.out.ok(),
        (false, _) => call.out.len_int(doomed.len()),
    }
    Ok(())
}
