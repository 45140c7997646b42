//! `ACL …`: who may do what (acl.c). The users themselves are in [`crate::acl`].

use super::macros::{container, keys, specs};
use super::{AclCategory, Answer, Call, Fail, Spec, all, args, full_name, help, lookup};
use crate::acl::{Denied, NO_FILE, Selector, Setting, category, has_spaces, merge_selectors};

/// Commands with subcommands.
pub(crate) const CONTAINERS: &[Spec] = &[container(
    "acl",
    specs! {
        "cat" -2 [NOSCRIPT LOADING STALE] () [] => cat,
        "deluser" -3 [ADMIN NOSCRIPT LOADING STALE] () [] => deluser,
        "dryrun" -4 [ADMIN NOSCRIPT LOADING STALE] () [] => dryrun,
        "genpass" -2 [NOSCRIPT LOADING STALE] () [] => genpass,
        "getuser" 3 [ADMIN NOSCRIPT LOADING STALE] () [] => getuser,
        "help" 2 [LOADING STALE] () [] => help::help,
        "list" 2 [ADMIN NOSCRIPT LOADING STALE] () [] => list,
        "load" 2 [ADMIN NOSCRIPT LOADING STALE] () [] => load,
        "log" -2 [ADMIN NOSCRIPT LOADING STALE] () [] => log,
        "save" 2 [ADMIN NOSCRIPT LOADING STALE] () [] => save,
        "setuser" -3 [ADMIN NOSCRIPT LOADING STALE] () [] => setuser,
        "users" 2 [ADMIN NOSCRIPT LOADING STALE] () [] => users,
        "whoami" 2 [NOSCRIPT LOADING STALE] () [] => whoami,
    },
)];

fn whoami(call: &mut Call<'_>) -> Answer {
    let name = call.session_ref().map(|client| client.user_name().to_vec());
    call.out.bulk_or_null(name.as_deref());
    Ok(())
}

fn users(call: &mut Call<'_>) -> Answer {
    let names = call.node.acl.names();
    call.out.array(names.len());
    names.for_each(|name| call.out.bulk(name));
    Ok(())
}

fn list(call: &mut Call<'_>) -> Answer {
    let lines = call.node.acl.lines(false);
    call.out.array(lines.len());
    lines.iter().for_each(|line| call.out.bulk(line));
    Ok(())
}

/// `ACL SETUSER username [rule …]`: all rules or none.
fn setuser(call: &mut Call<'_>) -> Answer {
    let (name, rules) = (call.args[2], &call.args[3..]);
    if has_spaces(name) {
        return Err("ERR Usernames can't contain spaces or null characters".into());
    }
    let rules = merge_selectors(rules).map_err(|at| {
        let before = "ERR Unmatched parenthesis in acl selector starting at '";
        Fail::quoting(before, rules[at], "'.")
    })?;
    let mut setting = Setting::of(&call.node.config);
    let made = call.node.acl.with_rules(name, &rules, &mut setting);
    call.node.log_warnings(setting);
    let user = made.map_err(|(rule, error)| {
        let after = format!("': {}", error.text());
        Fail::quoting("ERR Error in ACL SETUSER modifier '", &rule, &after)
    })?;
    call.node.set_user(call.now, call.client, name, user);
    call.out.ok();
    Ok(())
}

/// `ACL DELUSER username …`
fn deluser(call: &mut Call<'_>) -> Answer {
    let names = &call.args[2..];
    if names.contains(&crate::acl::DEFAULT) {
        return Err("ERR The 'default' user cannot be removed".into());
    }
    let mut deleted = 0;
    for name in names {
        deleted += usize::from(call.node.delete_user(call.now, call.client, name));
    }
    call.out.len_int(deleted);
    Ok(())
}

/// `ACL GETUSER username`
fn getuser(call: &mut Call<'_>) -> Answer {
    let Some(user) = call.node.acl.user(call.args[2]) else {
        call.out.null();
        return Ok(());
    };
    let out = &mut *call.out;
    out.map(6);
    out.bulk(b"flags");
    let flags = user.flags();
    out.set(flags.len());
    flags.iter().for_each(|flag| out.bulk(flag.as_bytes()));
    out.bulk(b"passwords");
    out.array(user.passwords().len());
    user.passwords().iter().for_each(|hash| out.bulk(hash));
    let describe = |out: &mut engine_resp::Reply, selector: &Selector| {
        out.bulk(b"commands");
        out.bulk(&selector.describe_commands());
        out.bulk(b"keys");
        out.bulk(&selector.describe_keys());
        out.bulk(b"channels");
        out.bulk(&selector.describe_channels());
    };
    let (root, others) = user.selectors();
    describe(out, root);
    out.bulk(b"selectors");
    out.array(others.len());
    for selector in others {
        out.map(3);
        describe(out, selector);
    }
    Ok(())
}

/// `ACL LOAD`
fn load(call: &mut Call<'_>) -> Answer {
    if call.node.config.aclfile.is_empty() {
        return Err(NO_FILE.into());
    }
    if call.node.load_users_anew(call.now, call.client)? {
        call.out.ok();
    }
    Ok(())
}

/// `ACL SAVE`
fn save(call: &mut Call<'_>) -> Answer {
    if call.node.config.aclfile.is_empty() {
        return Err(NO_FILE.into());
    }
    if call.node.save_users(call.client) {
        call.out.ok();
    }
    Ok(())
}

/// `ACL LOG [count|RESET]`
fn log(call: &mut Call<'_>) -> Answer {
    let count = match call.args[2..] {
        [] => 10,
        [word] if args::is(word, "reset") => {
            call.node.acl_mut().log.clear();
            call.out.ok();
            return Ok(());
        }
        [count] => args::int(count)?,
        _ => return Err(super::wrong_subcommand(call.args)),
    };
    let count = usize::try_from(count).unwrap_or(0);
    call.node.acl.log.write(call.out, count, call.now.unix);
    Ok(())
}

/// `ACL DRYRUN username command [arg …]`: whether the user might, without doing it.
fn dryrun(call: &mut Call<'_>) -> Answer {
    let (name, words) = (call.args[2], &call.args[3..]);
    let Some(user) = call.node.acl.user(name) else {
        return Err(Fail::quoting("ERR User '", name, "' not found"));
    };
    let Ok((_, spec)) = lookup(words) else {
        return Err(Fail::quoting("ERR Command '", words[0], "' not found"));
    };
    if !spec.arity_fits(words.len()) {
        let name = full_name(spec);
        return Err(format!("ERR wrong number of arguments for '{name}' command").into());
    }
    let told = |what: &str, at: usize| Fail::quoting(NO_ACCESS, words[at], what).0;
    match user.may_run(spec, words) {
        Ok(()) => call.out.ok(),
        Err(Denied::Command) => {
            let name = full_name(spec);
            let text = format!("This user has no permissions to run the '{name}' command");
            call.out.bulk(text.as_bytes());
        }
        Err(Denied::Key(at)) => call.out.bulk(&told("' key", at)),
        Err(Denied::Channel(at)) => call.out.bulk(&told("' channel", at)),
    }
    Ok(())
}

const NO_ACCESS: &str = "This user has no permissions to access the '";

/// `ACL CAT [category]`
fn cat(call: &mut Call<'_>) -> Answer {
    let names: Vec<String> = match call.args[2..] {
        [] => AclCategory::all().iter_names().map(|(name, _)| name.to_ascii_lowercase()).collect(),
        [name] => {
            let before = "ERR Unknown category '";
            let category = category(name)
                .ok_or_else(|| Fail::quoting(before, super::shown(name, 128), "'"))?;
            let subs = all().flat_map(|spec| {
                let subs = spec.subcommands.iter();
                subs.map(|sub| (format!("{}|{}", spec.name, sub.name), sub))
            });
            all()
                .map(|spec| (spec.name.to_owned(), spec))
                .chain(subs)
                .filter(|(_, spec)| spec.all_categories().contains(category))
                .map(|(name, _)| name)
                .collect()
        }
        _ => return Err(super::wrong_subcommand(call.args)),
    };
    call.out.array(names.len());
    names.iter().for_each(|name| call.out.bulk(name.as_bytes()));
    Ok(())
}

/// `ACL GENPASS [bits]`: random hexadecimal digits, four bits each.
fn genpass(call: &mut Call<'_>) -> Answer {
    let bits = match call.args[2..] {
        [] => 256,
        [bits] => Some(args::int(bits)?).filter(|n| (1..=4096).contains(n)).ok_or(
            "ERR ACL GENPASS argument must be the number of bits for the output password, a \
             positive number up to 4096",
        )?,
        _ => return Err(super::wrong_subcommand(call.args)),
    };
    let digits = usize::try_from((bits + 3) / 4).unwrap_or(0);
    let mut text = Vec::new();
    while text.len() < digits {
        text.extend_from_slice(&call.node.rng.hex40());
    }
    text.truncate(digits);
    call.out.bulk(&text);
    Ok(())
}
