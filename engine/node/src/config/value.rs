//! How the plain kinds of values are read, printed and rewritten.

use engine_base::split::write_quoted;

use super::spec::Spec;

/// The text in double quotes, as redis.conf takes it.
pub(super) fn quoted(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    write_quoted(&mut out, text);
    out
}

/// What CONFIG REWRITE does with one directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rewrite {
    /// It stands in no line of the file: lines that name it are blanked.
    Absent,
    /// Its values, one line each; forced lines are appended when the file has none for them.
    Lines(Vec<(Vec<u8>, bool)>),
}

/// A value of a directive: its text in CONFIG GET, CONFIG SET and redis.conf.
pub(super) trait Value: Sized + PartialEq {
    /// Takes the arguments of a line of redis.conf or of CONFIG SET. On an error, in Redis's
    /// words, the value may be half changed: the caller restores it.
    fn assign(&mut self, args: &[Vec<u8>], spec: &Spec) -> Result<(), String>;
    /// As CONFIG GET prints it.
    fn print(&self, spec: &Spec) -> Vec<u8>;
    /// As CONFIG REWRITE writes it.
    fn rewrite(&self, default: &Self, spec: &Spec) -> Rewrite {
        Rewrite::Lines(vec![(self.print(spec), self != default)])
    }
}

/// The one argument of a directive that takes one.
pub(super) fn single(args: &[Vec<u8>]) -> Result<&[u8], String> {
    match args {
        [one] => Ok(one),
        _ => Err("wrong number of arguments".into()),
    }
}

impl Value for bool {
    fn assign(&mut self, args: &[Vec<u8>], _: &Spec) -> Result<(), String> {
        let text = single(args)?;
        *self = if text.eq_ignore_ascii_case(b"yes") {
            true
        } else if text.eq_ignore_ascii_case(b"no") {
            false
        } else {
            return Err("argument must be 'yes' or 'no'".into());
        };
        Ok(())
    }

    fn print(&self, _: &Spec) -> Vec<u8> {
        if *self { b"yes".to_vec() } else { b"no".to_vec() }
    }
}

fn rewrite_text(text: &[u8], default: &[u8], spec: &Spec) -> Rewrite {
    if text.is_empty() && spec.nullable() {
        return Rewrite::Absent;
    }
    Rewrite::Lines(vec![(quoted(text), text != default)])
}

impl Value for String {
    fn assign(&mut self, args: &[Vec<u8>], spec: &Spec) -> Result<(), String> {
        let text = String::from_utf8_lossy(single(args)?).into_owned();
        spec.check(&text)?;
        *self = text;
        Ok(())
    }

    fn print(&self, _: &Spec) -> Vec<u8> {
        self.clone().into_bytes()
    }

    fn rewrite(&self, default: &Self, spec: &Spec) -> Rewrite {
        rewrite_text(self.as_bytes(), default.as_bytes(), spec)
    }
}

impl Value for Vec<u8> {
    fn assign(&mut self, args: &[Vec<u8>], _: &Spec) -> Result<(), String> {
        *self = single(args)?.to_vec();
        Ok(())
    }

    fn print(&self, _: &Spec) -> Vec<u8> {
        self.clone()
    }

    fn rewrite(&self, default: &Self, spec: &Spec) -> Rewrite {
        rewrite_text(self, default, spec)
    }
}

/// The numbers that directives are kept in.
macro_rules! numbers {
    ($($ty:ty),*) => {$(
        impl Value for $ty {
            fn assign(&mut self, args: &[Vec<u8>], spec: &Spec) -> Result<(), String> {
                let n = spec.parse_number(single(args)?)?;
                *self = Self::try_from(n).map_err(|_| NOT_A_NUMBER.to_owned())?;
                Ok(())
            }

            fn print(&self, spec: &Spec) -> Vec<u8> {
                spec.print_number(*self as i128).into_bytes()
            }

            fn rewrite(&self, default: &Self, spec: &Spec) -> Rewrite {
                let text = spec.rewrite_number(*self as i128);
                Rewrite::Lines(vec![(text.into_bytes(), self != default)])
            }
        }
    )*};
}
numbers!(u16, u64, i64, usize);

/// What is said of a text that is no number.
pub(super) const NOT_A_NUMBER: &str = "argument couldn't be parsed into an integer";
