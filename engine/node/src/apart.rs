//! Copying what few nodes ever have, by code of its own.
//!
//! A page copies its nodes to go back in time. What a derived `Clone` would do for a part of the state that
//! no node of a first visit has, a load under way, a file being written, would be inlined into the copying
//! of a node, and loaded by everybody.

/// `Clone` for a struct, field by field, never inlined.
macro_rules! cloned_apart {
    ($type:ty { $($field:ident),+ $(,)? }) => {
        impl Clone for $type {
            #[inline(never)]
            fn clone(&self) -> Self {
                Self { $($field: self.$field.clone()),+ }
            }
        }
    };
}

pub(crate) use cloned_apart;
