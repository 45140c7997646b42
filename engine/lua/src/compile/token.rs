//! The words of the language.

use crate::StrRef;

macro_rules! tokens {
    ($($name:ident $text:literal)*) => {
        /// A token.
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub(crate) enum Token {
            $(#[doc = $text] $name,)*
            Name(StrRef),
            Str(StrRef),
            Number(f64),
            /// A byte that stands for itself.
            Byte(u8),
            End,
        }

        impl Token {
            /// The reserved word that a name is.
            pub(crate) fn reserved(name: &[u8]) -> Option<Token> {
                match name {
                    $(name if name == $text.as_bytes() && name[0].is_ascii_alphabetic() => Some(Token::$name),)*
                    _ => None,
                }
            }

            /// How the token is called in messages, if its own text is not shown.
            pub(crate) fn text(self) -> Vec<u8> {
                match self {
                    $(Token::$name => $text.into(),)*
                    Token::Name(_) => b"<name>".into(),
                    Token::Str(_) => b"<string>".into(),
                    Token::Number(_) => b"<number>".into(),
                    Token::End => b"<eof>".into(),
                    Token::Byte(byte) if byte.is_ascii_control() => format!("char({byte})").into(),
                    Token::Byte(byte) => vec![byte],
                }
            }
        }
    };
}

tokens! {
    And "and"
    Break "break"
    Do "do"
    Else "else"
    ElseIf "elseif"
    EndWord "end"
    False "false"
    For "for"
    Function "function"
    If "if"
    In "in"
    Local "local"
    Nil "nil"
    Not "not"
    Or "or"
    Repeat "repeat"
    Return "return"
    Then "then"
    True "true"
    Until "until"
    While "while"
    Concat ".."
    Dots "..."
    Equal "=="
    GreaterEqual ">="
    LessEqual "<="
    NotEqual "~="
}
