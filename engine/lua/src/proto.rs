//! The code of a function, as the compiler leaves it: never changed afterwards, shared by clones.

use std::sync::Arc;

use crate::op::Ins;
use crate::{StrRef, Value};

/// Where a new closure finds one of its upvalues.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Capture {
    /// In a register of the enclosing function, or among its upvalues.
    pub(crate) in_register: bool,
    pub(crate) index: u8,
}

/// A local variable's name and where it is alive: from `start` to before `end`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LocalName {
    pub(crate) name: StrRef,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Proto {
    pub(crate) code: Vec<Ins>,
    /// The line of each instruction.
    pub(crate) lines: Vec<u32>,
    pub(crate) constants: Vec<Value>,
    /// Numbers of prototypes of the functions inside.
    pub(crate) children: Vec<crate::ProtoRef>,
    pub(crate) captures: Vec<Capture>,
    pub(crate) upvalue_names: Vec<StrRef>,
    pub(crate) locals: Vec<LocalName>,
    pub(crate) params: u8,
    pub(crate) is_vararg: bool,
    /// Its local `arg` is a table of the arguments beyond: it has `...` but does not use it.
    pub(crate) needs_arg: bool,
    /// Registers it uses.
    pub(crate) registers: u8,
    /// The chunk's name as given to `load`.
    pub(crate) source: Arc<[u8]>,
    /// Line where it is defined; 0 for a chunk.
    pub(crate) line: u32,
}

impl Proto {
    /// Bytes it uses, about.
    pub(crate) fn bytes(&self) -> usize {
        200 + self.code.len() * (size_of::<Ins>() + 4)
            + self.constants.len() * size_of::<Value>()
            + self.locals.len() * size_of::<LocalName>()
    }

    /// The name of the local variable in a register at an instruction.
    pub(crate) fn local_name(&self, register: u8, pc: usize) -> Option<StrRef> {
        let alive = self.locals.iter().take_while(|local| local.start as usize <= pc);
        alive.filter(|local| pc < local.end as usize).nth(register as usize).map(|local| local.name)
    }
}

/// Room for a chunk's name in messages of a run.
pub(crate) const RUN_ROOM: usize = 60;
/// Room for it in messages of the compiler.
pub(crate) const COMPILER_ROOM: usize = 80;

/// A chunk's name as it stands in messages (luaO_chunkid).
pub(crate) fn chunk_id(source: &[u8], room: usize) -> Vec<u8> {
    match source.first() {
        Some(b'=') => source[1..].iter().copied().take(room - 1).collect(),
        Some(b'@') => {
            let name = &source[1..];
            let most = room - " '...' ".len() - 1;
            if name.len() > most {
                [b"...", &name[name.len() - most..]].concat()
            } else {
                name.to_vec()
            }
        }
        _ => {
            let line = source.split(|b| *b == b'\n' || *b == b'\r').next().unwrap_or(&[]);
            let most = room - " [string \"...\"] ".len() - 1;
            let cut = line.len() > most || line.len() < source.len();
            let shown = &line[..line.len().min(most)];
            let end: &[u8] = if cut { b"..." } else { b"" };
            [b"[string \"", shown, end, b"\"]"].concat()
        }
    }
}
