//! The notation of a family's table: one row a command.
//!
//! `"name" arity [FLAGS] (keys) [ACL] => handler,` with keys `()` none, `(1)` the first argument,
//! `(first last step)`, or `(find function)`.

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

pub(crate) use {keys, specs};
