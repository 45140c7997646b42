//! Reading a file as it comes, in pieces of any size.

use engine_base::UnixMs;

use super::input::{Input, Stop};
use super::{CRC64, RdbError, VERSION, VERSION_OF_MASTER, functions, kind, load, opcode};
use crate::Limits;
use crate::value::Value;

/// One thing that the file says.
#[derive(Clone, Debug)]
pub enum Item {
    /// A note about the file: name and text (`redis-ver`, `repl-id`, …).
    Aux(Vec<u8>, Vec<u8>),
    /// The pairs that follow belong to this database.
    SelectDb(u64),
    /// How many keys it will have, and how many of them expire.
    ResizeDb(u64, u64),
    /// The source of a function library.
    Function(Vec<u8>),
    /// A key.
    Pair {
        /// The key.
        key: Vec<u8>,
        /// Its value.
        value: Value,
        /// When it expires.
        expire: Option<UnixMs>,
        /// Seconds since it was last used, when the file says so.
        idle: Option<u64>,
        /// How often it was used (LFU counter), when the file says so.
        freq: Option<u8>,
    },
    /// A key whose collection was empty: it is left out.
    EmptyKey(Vec<u8>),
    /// The end; the checksum was right.
    End,
}

/// Reads one RDB file from pieces.
#[derive(Clone)]
pub struct Reader {
    pending: Vec<u8>,
    at: usize,
    /// Do not try again before so many bytes are there.
    retry_at: usize,
    version: u32,
    newest: u16,
    sum: crc::Digest<'static, u64, crc::Table<16>>,
    ended: bool,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("version", &self.version).finish_non_exhaustive()
    }
}

impl Default for Reader {
    fn default() -> Self {
        Self::new()
    }
}

impl Reader {
    /// At the beginning of a file.
    #[must_use]
    pub fn new() -> Self {
        Self {
            pending: Vec::new(),
            at: 0,
            retry_at: 0,
            version: 0,
            newest: VERSION,
            sum: CRC64.digest(),
            ended: false,
        }
    }

    /// At the beginning of what a master sends, who may be of a later version.
    #[must_use]
    pub fn from_master() -> Self {
        Self { newest: VERSION_OF_MASTER, ..Self::new() }
    }

    /// Takes the next piece.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.at > self.pending.len() / 2 {
            self.pending.drain(..self.at);
            self.at = 0;
        }
        self.pending.extend_from_slice(bytes);
    }

    /// Bytes that were fed and not used: after [`Item::End`], what follows the file.
    #[must_use]
    pub fn rest(&self) -> &[u8] {
        &self.pending[self.at..]
    }

    /// The next item; `None` when it is not complete yet.
    ///
    /// # Errors
    /// When the file is not one that this server reads; with `last` also when it is incomplete.
    pub fn read(&mut self, limits: &Limits, last: bool) -> Result<Option<Item>, RdbError> {
        let ready = self.pending.len() - self.at;
        if self.ended || (!last && ready < self.retry_at) {
            return Ok(None);
        }
        match self.item(limits) {
            Ok(item) => {
                self.retry_at = 0;
                Ok(Some(item))
            }
            Err(Stop::More) if last => Err(RdbError::Truncated),
            Err(Stop::More) => {
                // A large value is read again from its beginning: wait until much more is there.
                self.retry_at = ready + ready / 4;
                Ok(None)
            }
            Err(Stop::Bad(error)) => Err(error),
        }
    }

    fn item(&mut self, limits: &Limits) -> Result<Item, Stop> {
        if self.version == 0 {
            let mut input = Input::new(&self.pending[self.at..]);
            self.version = version(&mut input, self.newest)?;
            self.consume(9);
        }
        let mut input = Input::new(&self.pending[self.at..]);
        let (version, so_far) = (self.version, &self.sum);
        let later = version > u32::from(VERSION);
        let item = read_item(&mut input, limits, later, |marked| {
            let mut sum = so_far.clone();
            sum.update(marked);
            (version >= 5).then(|| sum.finalize())
        })?;
        let used = input.consumed();
        self.ended = matches!(item, Item::End);
        self.consume(used);
        Ok(item)
    }

    fn consume(&mut self, used: usize) {
        let end = self.at + used;
        self.sum.update(&self.pending[self.at..end]);
        self.at = end;
    }
}

fn version(input: &mut Input<'_>, newest: u16) -> Result<u32, Stop> {
    let head = input.array::<9>()?;
    let digits = head.strip_prefix(b"REDIS").ok_or(Stop::Bad(RdbError::Signature))?;
    let digits = core::str::from_utf8(digits).map_err(|_| Stop::Bad(RdbError::Signature))?;
    let version: u32 = digits.parse().map_err(|_| Stop::Bad(RdbError::Signature))?;
    if version < 1 || version > u32::from(newest) {
        return Err(Stop::Bad(RdbError::Version(version)));
    }
    Ok(version)
}

/// Reads one item, of a file of version 11 when `later`. `sum_with` gives the checksum of all before and these bytes, when the file has
/// one.
fn read_item(
    input: &mut Input<'_>,
    limits: &Limits,
    later: bool,
    sum_with: impl Fn(&[u8]) -> Option<u64>,
) -> Result<Item, Stop> {
    let (mut expire, mut idle, mut freq) = (None, None, None);
    loop {
        match input.byte()? {
            opcode::EXPIRE_MS => expire = Some(UnixMs(i64::from_le_bytes(input.array()?))),
            opcode::EXPIRE_S => {
                let secs = i64::from(i32::from_le_bytes(input.array()?));
                expire = Some(UnixMs(secs * 1000));
            }
            opcode::IDLE => idle = Some(input.length()?),
            opcode::FREQ => freq = Some(input.byte()?),
            opcode::AUX => {
                let name = input.string()?.into_owned();
                return Ok(Item::Aux(name, input.string()?.into_owned()));
            }
            opcode::SELECT_DB => return Ok(Item::SelectDb(input.length()?)),
            opcode::RESIZE_DB => return Ok(Item::ResizeDb(input.length()?, input.length()?)),
            // How many keys a slot will have: room for them is made as they come.
            opcode::SLOT_INFO if later => {
                for _ in 0..3 {
                    input.length()?;
                }
            }
            opcode::FUNCTION => return Ok(Item::Function(functions::read_old(input)?)),
            opcode::FUNCTION2 => return Ok(Item::Function(input.string()?.into_owned())),
            opcode::MODULE_AUX => return Err(Stop::Bad(RdbError::Module)),
            opcode::EOF => {
                if let Some(expected) = sum_with(&[opcode::EOF]) {
                    let got = u64::from_le_bytes(input.array()?);
                    if got != 0 && got != expected && !limits.skip_checksums {
                        return Err(Stop::Bad(RdbError::Checksum { expected, got }));
                    }
                }
                return Ok(Item::End);
            }
            type_byte => {
                let key = input.string()?.into_owned();
                let value = match type_byte {
                    kind::SET_LISTPACK if later => load::compact_set(input, limits)?,
                    kind::STREAM_LISTPACKS_3 if later => load::later_stream(input)?,
                    _ => load::load(input, type_byte, limits)?,
                };
                return Ok(match value {
                    Some(value) => Item::Pair { key, value, expire, idle, freq },
                    None => Item::EmptyKey(key),
                });
            }
        }
    }
}
