//! Libraries of functions by name, without their Lua.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::flags::ScriptFlags;

/// One function of a library.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    /// Its name as it was registered.
    pub(crate) name: Vec<u8>,
    /// What its author says of it.
    pub(crate) description: Option<Vec<u8>>,
    /// What it may do.
    pub(crate) flags: ScriptFlags,
    /// Under this number its Lua function is kept.
    pub(super) pin: u64,
}

impl Function {
    /// The name under which its Lua function is kept.
    pub(super) fn pin(&self) -> [u8; 8] {
        self.pin.to_le_bytes()
    }
}

/// A library.
#[derive(Clone, Debug)]
pub(crate) struct Library {
    /// Its name.
    pub(crate) name: Vec<u8>,
    /// Its source as it came, with its first line.
    pub(crate) code: Arc<[u8]>,
    /// Its functions by name.
    pub(crate) functions: BTreeMap<Vec<u8>, Function>,
}

/// Bytes that a library and a function take beside their texts.
const LIBRARY: usize = 96;
const FUNCTION: usize = 112;

/// All libraries of a node.
#[derive(Clone, Debug, Default)]
pub(crate) struct Libraries {
    by_name: BTreeMap<Vec<u8>, Library>,
    /// The library of each function; names of functions are found in any case.
    of_function: BTreeMap<Vec<u8>, (Vec<u8>, Vec<u8>)>,
    /// The last number under which a Lua function was kept.
    pub(super) last_pin: u64,
}

impl Libraries {
    /// All, in the order of their names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Library> {
        self.by_name.values()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.by_name.len()
    }

    /// How many functions they have together.
    pub(super) fn functions_len(&self) -> usize {
        self.of_function.len()
    }

    /// A library by its name.
    pub(crate) fn get(&self, name: &[u8]) -> Option<&Library> {
        self.by_name.get(name)
    }

    /// A function by its name, in any case.
    pub(crate) fn function(&self, name: &[u8]) -> Option<&Function> {
        let (library, function) = self.of_function.get(&name.to_ascii_lowercase())?;
        self.by_name.get(library)?.functions.get(function)
    }

    /// A function of this library whose name another one has, those of `except` not looked at.
    pub(super) fn clash(&self, library: &Library, except: &[&[u8]]) -> Option<Vec<u8>> {
        let taken = |name: &&Vec<u8>| {
            let of = self.of_function.get(&name.to_ascii_lowercase());
            of.is_some_and(|(owner, _)| !except.contains(&owner.as_slice()))
        };
        library.functions.keys().find(taken).cloned()
    }

    /// Takes a library in, in place of one of its name; gives that.
    pub(super) fn insert(&mut self, library: Library) -> Option<Library> {
        let old = self.remove(&library.name);
        for name in library.functions.keys() {
            let owner = (library.name.clone(), name.clone());
            self.of_function.insert(name.to_ascii_lowercase(), owner);
        }
        self.by_name.insert(library.name.clone(), library);
        old
    }

    /// Takes a library out.
    pub(super) fn remove(&mut self, name: &[u8]) -> Option<Library> {
        let library = self.by_name.remove(name)?;
        for name in library.functions.keys() {
            self.of_function.remove(&name.to_ascii_lowercase());
        }
        Some(library)
    }

    /// Bytes that they take.
    pub(super) fn bytes(&self) -> usize {
        let function =
            |f: &Function| FUNCTION + f.name.len() + f.description.as_ref().map_or(0, Vec::len);
        let library = |l: &Library| {
            LIBRARY
                + l.name.len()
                + l.code.len()
                + l.functions.values().map(function).sum::<usize>()
        };
        self.iter().map(library).sum()
    }
}
