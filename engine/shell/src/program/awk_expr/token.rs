//! What an awk program is written with: numbers, texts, names, signs.

/// What a piece of an expression is.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Token {
    Number(f64),
    Text(String),
    Pattern(String),
    Name(String),
    Op(&'static str),
}

const OPS: [&str; 33] = [
    "&&", "||", "==", "!=", "<=", ">=", "+=", "-=", "++", "--", "!~", "*=", "/=", "~", "!", "<",
    ">", "+", "-", "*", "/", "%", "=", "(", ")", "{", "}", ",", ";", "$", "?", ":", "\n",
];

/// The tokens of a program; `None` when it is none.
pub(in super::super) fn tokens(text: &str) -> Option<Vec<Token>> {
    let chars: Vec<char> = text.chars().collect();
    let mut all: Vec<Token> = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let rest: String = chars[at..].iter().take(2).collect();
        if c == ' ' || c == '\t' || c == '\r' {
            at += 1;
        } else if c == '#' {
            while chars.get(at).is_some_and(|c| *c != '\n') {
                at += 1;
            }
        } else if c == '"' || c == '/' && pattern_may_stand(all.last()) {
            let (text, end) = quoted(&chars, at + 1, c)?;
            all.push(if c == '"' { Token::Text(text) } else { Token::Pattern(text) });
            at = end;
        } else if c.is_ascii_digit() || c == '.' {
            let number: String =
                chars[at..].iter().take_while(|c| c.is_ascii_digit() || **c == '.').collect();
            at += number.len();
            all.push(Token::Number(number.parse().ok()?));
        } else if c.is_ascii_alphabetic() || c == '_' {
            let name: String = chars[at..]
                .iter()
                .take_while(|c| c.is_ascii_alphanumeric() || **c == '_')
                .collect();
            at += name.len();
            all.push(Token::Name(name));
        } else {
            let op = OPS.iter().find(|op| rest.starts_with(**op))?;
            at += op.len();
            all.push(Token::Op(op));
        }
    }
    Some(all)
}

/// After a value a slash divides; elsewhere it begins a pattern.
fn pattern_may_stand(before: Option<&Token>) -> bool {
    match before {
        None => true,
        Some(Token::Op(op)) => *op != ")",
        Some(Token::Name(name)) => name == "print",
        Some(_) => false,
    }
}

fn quoted(chars: &[char], mut at: usize, end: char) -> Option<(String, usize)> {
    let mut text = String::new();
    loop {
        match *chars.get(at)? {
            c if c == end => return Some((text, at + 1)),
            '\\' => {
                match (*chars.get(at + 1)?, end) {
                    ('n', '"') => text.push('\n'),
                    ('t', '"') => text.push('\t'),
                    ('/', '/') => text.push('/'),
                    (c, '"') => text.push(c),
                    (c, _) => text.extend(['\\', c]),
                }
                at += 2;
            }
            c => {
                text.push(c);
                at += 1;
            }
        }
    }
}
