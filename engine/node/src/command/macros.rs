//! The notation of a family's table: one row a command.
//!
//! `"name" arity [FLAGS] (keys) [ACL] => handler,` with keys `()` none, `(1)` the first argument,
//! `(first last step)`, or `(find function)`.

use super::{AclCategory, CommandFlags, KeySpec, Spec};

/// Where the keys stand.
macro_rules! keys {
    () => {
        $crate::command::KeySpec::None
    };
    (1) => {
        $crate::command::KeySpec::FIRST
    };
    (find $find:path) => {
        $crate::command::KeySpec::Find($find)
    };
    ($first:literal $last:literal $step:literal) => {
        $crate::command::KeySpec::Range { first: $first, last: $last, step: $step }
    };
}

/// The rows of a family.
macro_rules! specs {
    ($($name:literal $arity:literal [$($flag:ident)*] ($($key:tt)*) [$($acl:ident)*] => $run:expr,)*) => {
        &[$($crate::command::Spec {
            name: $name,
            arity: $arity,
            flags: $crate::command::CommandFlags::empty()
                $(.union($crate::command::CommandFlags::$flag))*,
            keys: keys!($($key)*),
            acl: $crate::command::AclCategory::empty()
                $(.union($crate::command::AclCategory::$acl))*,
            subcommands: &[],
            handler: |call| call.answer($run),
        },)*]
    };
}

/// A command that only has subcommands (`CONFIG`, `CLIENT`, …).
pub(crate) const fn container(name: &'static str, subcommands: &'static [Spec]) -> Spec {
    Spec {
        name,
        arity: -2,
        flags: CommandFlags::empty(),
        keys: KeySpec::None,
        acl: AclCategory::empty(),
        subcommands,
        // Never called: a container without a subcommand has the wrong number of words.
        handler: |_| {},
    }
}

pub(crate) use {keys, specs};
