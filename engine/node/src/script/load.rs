//! Libraries come and go: `FUNCTION LOAD`, `DELETE`, `FLUSH`, `RESTORE`, and what files bring
//! (`functionsCreateWithLibraryCtx`).

use std::collections::BTreeMap;

use engine_base::split::split_args;
use engine_lua::{Lua, Step, Value};

use super::error_table::{error_table, read_error, thrown};
use super::flags::line_end;
use super::libraries::{Function, Library};
use super::library::{Ask, FunctionTables};
use super::register::{is_a_name, registered};
use super::state::keep;
use crate::Node;
use crate::command::{Fail, shown};

/// Milliseconds that a library may take to register its functions (`LOAD_TIMEOUT_MS`).
const TIMEOUT_MS: u64 = 500;
/// Fuel between two looks at the clock, and all of it where there is no clock.
const SLICE: u64 = 20_000;
const FUEL_MAX: u64 = 1_000_000;

const BAD_NAME: &str = "ERR Library names can only contain letters, numbers, or underscores(_) and \
                        must be at least one character long";

/// What `FUNCTION RESTORE` does with libraries that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    Flush,
    Append,
    Replace,
}

/// What a library's first line says, and where its Lua begins.
fn read_first_line(code: &[u8]) -> Result<(Vec<u8>, Vec<u8>, usize), Fail> {
    if !code.starts_with(b"#!") {
        return Err("ERR Missing library metadata".into());
    }
    const INVALID: &str = "ERR Invalid library metadata";
    let Some(end) = line_end(code) else { return Err(INVALID.into()) };
    let parts = split_args(&code[..end]).unwrap_or_default();
    let Some((engine, options)) = parts.split_first() else { return Err(INVALID.into()) };
    let mut name = None;
    for option in options {
        let named = option.split_at_checked(5).filter(|(k, _)| k.eq_ignore_ascii_case(b"name="));
        let Some((_, value)) = named else {
            return Err(Fail::quoting("ERR Invalid metadata value given: ", option, ""));
        };
        if name.replace(value.to_vec()).is_some() {
            return Err("ERR Invalid metadata value, name argument was given multiple times".into());
        }
    }
    let Some(name) = name else { return Err("ERR Library name was not given".into()) };
    Ok((engine.get(2..).unwrap_or_default().to_vec(), name, end))
}

impl Node {
    /// Takes a library in; gives its name. `limited` lets it take no longer than half a second.
    ///
    /// # Errors
    /// It makes no sense, or clashes with one that is there.
    pub(crate) fn load_library(
        &mut self,
        code: &[u8],
        replace: bool,
        limited: bool,
    ) -> Result<Vec<u8>, Fail> {
        let library = self.make_library(code, limited, |libraries, name| {
            replace || libraries.get(name).is_none()
        })?;
        let name = library.name.clone();
        let clash = self.scripts.libraries_mut().clash(&library, &[&name]);
        if let Some(function) = clash {
            self.forget_lua(&[library]);
            return Err(Fail::quoting("ERR Function ", &function, " already exists"));
        }
        self.take_library(library);
        Ok(name)
    }

    fn take_library(&mut self, library: Library) {
        let old = self.scripts.libraries_mut().insert(library);
        if let Some(old) = old {
            self.forget_lua(&[old]);
        }
    }

    /// Reads a library and lets it register its functions; it is not yet there for others.
    fn make_library(
        &mut self,
        code: &[u8],
        limited: bool,
        is_free: impl FnOnce(&super::libraries::Libraries, &[u8]) -> bool,
    ) -> Result<Library, Fail> {
        let (engine, name, from) = read_first_line(code)?;
        if !is_a_name(&name) {
            return Err(BAD_NAME.into());
        }
        if !engine.eq_ignore_ascii_case(b"lua") {
            return Err(Fail::quoting("ERR Engine '", &engine, "' not found"));
        }
        if !is_free(self.scripts.libraries_mut(), &name) {
            return Err(Fail::quoting("ERR Library '", &name, "' already exists"));
        }
        let functions = BTreeMap::new();
        let mut library = Library { name, code: code.into(), functions };
        let (mut lua, tables) = self.scripts.take_functions();
        let done = self.register_all(&mut lua, tables, &code[from..], &mut library, limited);
        tables.switch(&mut lua.heap, false);
        self.scripts.give_functions(lua, tables);
        let done = done.and_then(|()| match library.functions.is_empty() {
            true => Err("ERR No functions registered".into()),
            false => Ok(()),
        });
        match done {
            Ok(()) => Ok(library),
            Err(refusal) => {
                self.forget_lua(&[library]);
                Err(refusal)
            }
        }
    }

    fn register_all(
        &mut self,
        lua: &mut Lua,
        tables: FunctionTables,
        code: &[u8],
        library: &mut Library,
        limited: bool,
    ) -> Result<(), Fail> {
        let function = lua.load(b"@user_function", code).map_err(|error| {
            let text: [&[u8]; 2] = [b"ERR Error compiling function: ", shown(&error.0, usize::MAX)];
            Fail(text.concat().into())
        })?;
        tables.switch(&mut lua.heap, true);
        lua.set_environment(function, tables.globals);
        let run = lua.start(function, &[]);
        let (began, mut used, mut fuel) = (self.tick_count(), 0, SLICE);
        let error = loop {
            match lua.resume(run, &mut fuel) {
                Step::Done(_) => return Ok(()),
                Step::Failed { error, .. } => break error,
                Step::Spent => {
                    (used, fuel) = (used + SLICE, SLICE);
                    let slow = match self.stopwatch {
                        Some(_) => self.micros_since(began) / 1000 > TIMEOUT_MS,
                        None => used >= FUEL_MAX,
                    };
                    if slow && limited {
                        lua.abort(run);
                        break error_table(&mut lua.heap, b"FUNCTION LOAD timeout");
                    }
                }
                Step::Host { id, args } => {
                    let answer = match Ask::from(id) {
                        Ask::Register => self.register_one(lua, library, &args),
                        Ask::Log => self.log_while_loading(lua, &args),
                        _ => Ok(()),
                    };
                    lua.answer(run, answer.map(|()| &[] as &[Value]));
                }
            }
        };
        let text = match error {
            Value::Table(table) => read_error(&mut lua.heap, table).text,
            other => match lua.heap.to_string(other) {
                Some(text) => [b"ERR ", shown(lua.heap.bytes(text), usize::MAX)].concat(),
                None => b"(null)".to_vec(),
            },
        };
        Err(Fail([b"ERR Error registering functions: ", &*text].concat().into()))
    }

    fn register_one(
        &mut self,
        lua: &mut Lua,
        library: &mut Library,
        args: &[Value],
    ) -> Result<(), engine_lua::Error> {
        let new =
            registered(lua, args).map_err(|refusal| thrown(&mut lua.heap, refusal.as_bytes()))?;
        if !is_a_name(&new.name) {
            let text = BAD_NAME.strip_prefix("ERR ").unwrap_or(BAD_NAME);
            return Err(thrown(&mut lua.heap, text.as_bytes()));
        }
        if library.functions.contains_key(&new.name) {
            return Err(thrown(&mut lua.heap, b"Function already exists in the library"));
        }
        let libraries = self.scripts.libraries_mut();
        libraries.last_pin += 1;
        let (name, description, flags) = (new.name, new.description, new.flags);
        let function = Function { name: name.clone(), description, flags, pin: libraries.last_pin };
        keep(lua, &function.pin(), new.callback);
        library.functions.insert(name, function);
        Ok(())
    }

    /// Lets go of the Lua functions of libraries that are gone.
    fn forget_lua(&mut self, libraries: &[Library]) {
        let functions = || libraries.iter().flat_map(|library| library.functions.values());
        if functions().next().is_none() {
            return;
        }
        let (mut lua, tables) = self.scripts.take_functions();
        functions().for_each(|function| keep(&mut lua, &function.pin(), Value::Nil));
        self.scripts.give_functions(lua, tables);
    }

    /// `FUNCTION DELETE`: whether it was there.
    pub(crate) fn delete_library(&mut self, name: &[u8]) -> bool {
        let gone = self.scripts.libraries_mut().remove(name);
        gone.as_slice().iter().for_each(|library| self.forget_lua(std::slice::from_ref(library)));
        gone.is_some()
    }

    /// `FUNCTION FLUSH`, and whenever all data goes for other data.
    pub(crate) fn flush_libraries(&mut self) {
        if self.scripts.libraries().is_none_or(|libraries| libraries.len() == 0) {
            return;
        }
        let names: Vec<Vec<u8>> =
            self.scripts.libraries_mut().iter().map(|library| library.name.clone()).collect();
        let libraries = self.scripts.libraries_mut();
        let gone: Vec<Library> = names.iter().filter_map(|name| libraries.remove(name)).collect();
        self.forget_lua(&gone);
    }

    /// `FUNCTION RESTORE`: takes all these libraries in, or none.
    ///
    /// # Errors
    /// One makes no sense, or clashes with another.
    pub(crate) fn restore_libraries(
        &mut self,
        sources: &[Vec<u8>],
        policy: Policy,
    ) -> Result<(), Fail> {
        let mut new: Vec<Library> = Vec::new();
        let made = self.make_all(sources, policy, &mut new);
        if made.is_err() {
            self.forget_lua(&new);
            return made;
        }
        if policy == Policy::Flush {
            self.flush_libraries();
        }
        new.into_iter().for_each(|library| self.take_library(library));
        Ok(())
    }

    fn make_all(
        &mut self,
        sources: &[Vec<u8>],
        policy: Policy,
        new: &mut Vec<Library>,
    ) -> Result<(), Fail> {
        for code in sources {
            let library = self
                .make_library(code, false, |_, name| new.iter().all(|other| other.name != name))?;
            let twin = library.functions.keys().find(|name| {
                new.iter().any(|other| {
                    other.functions.keys().any(|known| known.eq_ignore_ascii_case(name))
                })
            });
            let twin = twin.cloned();
            new.push(library);
            if let Some(name) = twin {
                return Err(Fail::quoting("ERR Function ", &name, " already exists"));
            }
        }
        if policy == Policy::Flush {
            return Ok(());
        }
        let names: Vec<&[u8]> = new.iter().map(|library| library.name.as_slice()).collect();
        let libraries = self.scripts.libraries_mut();
        if policy == Policy::Append
            && let Some(name) = names.iter().find(|name| libraries.get(name).is_some())
        {
            return Err(Fail::quoting("ERR Library ", name, " already exists"));
        }
        match new.iter().find_map(|library| libraries.clash(library, &names)) {
            Some(name) => Err(Fail::quoting("ERR Function ", &name, " already exists")),
            None => Ok(()),
        }
    }
}
