//! `COMMAND …`: what a client may ask about commands (server.c).

use engine_base::glob_match;

use super::key_use::{keys_with_use, may_have_keys};
use super::macros::{container, keys, specs};
use super::reference::{ARTICLES, ENTRIES, write};
use super::{AclCategory, Answer, Call, CommandFlags, Fail, Spec, all, args, find, help, lookup};

const SUBCOMMANDS: &[Spec] = specs! {
    "count" 2 [LOADING STALE] () [CONNECTION] => count,
    "docs" -2 [LOADING STALE] () [CONNECTION] => docs,
    "getkeys" -4 [LOADING STALE] () [CONNECTION] => |call| getkeys(call, false),
    "getkeysandflags" -4 [LOADING STALE] () [CONNECTION] => |call| getkeys(call, true),
    "help" 2 [LOADING STALE] () [CONNECTION] => help::help,
    "info" -2 [LOADING STALE] () [CONNECTION] => info,
    "list" -2 [LOADING STALE] () [CONNECTION] => list,
};

/// The family's table. `COMMAND` alone answers as `COMMAND INFO`.
pub(crate) const SPECS: &[Spec] = &[Spec {
    arity: -1,
    flags: CommandFlags::LOADING.union(CommandFlags::STALE),
    acl: AclCategory::CONNECTION,
    handler: |call| call.answer(every),
    ..container("command", SUBCOMMANDS)
}];

/// Whether this node has a command, named in full.
fn known(name: &str) -> bool {
    match name.split_once('|') {
        None => find(name.as_bytes()).is_some(),
        Some((container, sub)) => find(container.as_bytes())
            .is_some_and(|spec| spec.subcommands.iter().any(|s| s.name == sub)),
    }
}

/// The full name, in lower case, of a command that this node has.
fn name_of(arg: &[u8]) -> Option<String> {
    let name = String::from_utf8_lossy(arg).to_ascii_lowercase();
    known(&name).then_some(name)
}

fn count(call: &mut Call<'_>) -> Answer {
    call.out.len_int(all().count());
    Ok(())
}

fn every(call: &mut Call<'_>) -> Answer {
    let names: Vec<Option<String>> = all().map(|spec| Some(spec.name.to_owned())).collect();
    entries(call, &names);
    Ok(())
}

fn info(call: &mut Call<'_>) -> Answer {
    if call.args.len() == 2 {
        return every(call);
    }
    let names: Vec<Option<String>> = call.args[2..].iter().map(|arg| name_of(arg)).collect();
    entries(call, &names);
    Ok(())
}

fn entries(call: &mut Call<'_>, names: &[Option<String>]) {
    call.out.array(names.len());
    for name in names {
        match name.as_ref().and_then(|name| ENTRIES.get(name)) {
            Some(entry) => write(call.out, entry, &known),
            None => call.out.null(),
        }
    }
}

fn docs(call: &mut Call<'_>) -> Answer {
    let names: Vec<String> = if call.args.len() == 2 {
        all().map(|spec| spec.name.to_owned()).collect()
    } else {
        call.args[2..].iter().filter_map(|arg| name_of(arg)).collect()
    };
    let found: Vec<_> = names.iter().filter_map(|name| ARTICLES.get_key_value(name)).collect();
    call.out.map(found.len());
    for (name, article) in found {
        call.out.bulk(name.as_bytes());
        write(call.out, article, &known);
    }
    Ok(())
}

/// Whether `COMMAND LIST` shows a command.
type Filter<'a> = dyn Fn(&str, &Spec) -> bool + 'a;

/// `COMMAND LIST [FILTERBY MODULE name|ACLCAT category|PATTERN pattern]`
fn list(call: &mut Call<'_>) -> Answer {
    let names: Vec<(String, &Spec)> = all()
        .flat_map(|spec| {
            let subs = spec.subcommands.iter().map(|s| (format!("{}|{}", spec.name, s.name), s));
            std::iter::once((spec.name.to_owned(), spec)).chain(subs)
        })
        .filter(|(_, spec)| !spec.flags.contains(CommandFlags::BEYOND))
        .collect();
    let wanted: Vec<&String> = match call.args[2..] {
        [] => names.iter().map(|(name, _)| name).collect(),
        [by, what, value] if args::is(by, "filterby") => {
            let keep: Box<Filter<'_>> = if args::is(what, "module") {
                Box::new(|_, _| false)
            } else if args::is(what, "aclcat") {
                let category = String::from_utf8_lossy(value).to_ascii_uppercase();
                let category = AclCategory::from_name(&category);
                Box::new(move |_, spec| category.is_some_and(|c| spec.all_categories().contains(c)))
            } else if args::is(what, "pattern") {
                Box::new(|name, _| glob_match(value, name.as_bytes(), true))
            } else {
                return Err(Fail::SYNTAX);
            };
            names.iter().filter(|(name, spec)| keep(name, spec)).map(|(name, _)| name).collect()
        }
        _ => return Err(Fail::SYNTAX),
    };
    call.out.array(wanted.len());
    wanted.iter().for_each(|name| call.out.bulk(name.as_bytes()));
    Ok(())
}

/// `COMMAND GETKEYS` and `GETKEYSANDFLAGS`
fn getkeys(call: &mut Call<'_>, with_flags: bool) -> Answer {
    let words = &call.args[2..];
    let Ok((_, spec)) = lookup(words) else {
        return Err("ERR Invalid command specified".into());
    };
    if !may_have_keys(spec) {
        return Err("ERR The command has no key arguments".into());
    }
    if !spec.arity_fits(words.len()) {
        return Err("ERR Invalid number of arguments specified for command".into());
    }
    let found = keys_with_use(spec, words);
    if found.is_empty() && !spec.flags.contains(CommandFlags::NO_MANDATORY_KEYS) {
        return Err("ERR Invalid arguments specified for command".into());
    }
    call.out.array(found.len());
    for (at, how) in found {
        if !with_flags {
            call.out.bulk(words[at]);
            continue;
        }
        call.out.array(2);
        call.out.bulk(words[at]);
        let names: Vec<String> = how.names().collect();
        call.out.set(names.len());
        names.iter().for_each(|name| call.out.simple(name));
    }
    Ok(())
}
