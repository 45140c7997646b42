//! What a Lua variable holds: sixteen bytes, copied freely; the objects themselves live in the [`Heap`](crate::Heap).

/// An interned string: where it lives, and its hash as Lua 5.1 reckons it.
#[derive(Clone, Copy, Debug)]
pub struct StrRef {
    pub(crate) index: u32,
    pub(crate) hash: u32,
}

impl PartialEq for StrRef {
    fn eq(&self, other: &StrRef) -> bool {
        self.index == other.index
    }
}

impl Eq for StrRef {}

macro_rules! handle {
    ($(#[$doc:meta] $name:ident)*) => {$(
        #[$doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(pub(crate) u32);
    )*};
}

handle! {
    /// A table.
    TableRef
    /// A function: a Lua closure, a native function or a host function.
    FnRef
    /// A coroutine.
    ThreadRef
    /// A variable that closures share.
    UpvalRef
    /// The code of a function.
    ProtoRef
}

/// A Lua value. Strings are interned, so two equal strings are the same `StrRef`.
///
/// A value made or got outside a run stays valid until the next [`Lua::resume`](crate::Lua::resume) or
/// [`collect`](crate::Lua::collect): what is kept for longer is pinned.
#[derive(Clone, Copy, Debug, Default)]
pub enum Value {
    /// `nil`.
    #[default]
    Nil,
    /// `true` or `false`.
    Bool(bool),
    /// A number; Lua 5.1 has no other.
    Number(f64),
    /// A string of any bytes.
    Str(StrRef),
    /// A table.
    Table(TableRef),
    /// A function.
    Function(FnRef),
    /// A coroutine.
    Thread(ThreadRef),
    /// A light userdata: `cjson.null` is number 0.
    Light(u32),
    /// The key of an entry that was removed and then collected; never seen by a script.
    #[doc(hidden)]
    Dead,
}

impl Value {
    /// Whether a condition takes it for true: all but `nil` and `false`.
    #[inline]
    pub fn truthy(self) -> bool {
        !matches!(self, Value::Nil | Value::Bool(false))
    }

    /// Whether it is `nil`.
    #[inline]
    pub fn is_nil(self) -> bool {
        matches!(self, Value::Nil)
    }

    /// The name of its type, as `type` gives it.
    pub fn type_name(self) -> &'static str {
        match self {
            Value::Nil | Value::Dead => "nil",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::Str(_) => "string",
            Value::Table(_) => "table",
            Value::Function(_) => "function",
            Value::Thread(_) => "thread",
            Value::Light(_) => "userdata",
        }
    }

    /// Equality without metamethods.
    #[inline]
    pub fn raw_equal(self, other: Value) -> bool {
        match (self, other) {
            (Value::Nil, Value::Nil) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Number(a), Value::Number(b)) => a == b,
            (Value::Str(a), Value::Str(b)) => a == b,
            (Value::Table(a), Value::Table(b)) => a == b,
            (Value::Function(a), Value::Function(b)) => a == b,
            (Value::Thread(a), Value::Thread(b)) => a == b,
            (Value::Light(a), Value::Light(b)) => a == b,
            _ => false,
        }
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Value {
        Value::Number(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Value {
        Value::Bool(flag)
    }
}
