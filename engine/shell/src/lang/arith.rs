//! `$((…))`: whole numbers, `+ - * / %`, brackets, variables.

/// The value of an expression; `None` when it is none, or divides by zero.
pub(crate) fn eval(text: &str, variable: &dyn Fn(&str) -> String) -> Option<i64> {
    let chars: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    let mut at = 0;
    let value = sum(&chars, &mut at, variable, 0)?;
    (at == chars.len()).then_some(value)
}

/// Brackets may nest so deep.
const DEPTH_MAX: usize = 40;

type Lookup<'a> = &'a dyn Fn(&str) -> String;

fn sum(text: &[char], at: &mut usize, variable: Lookup<'_>, depth: usize) -> Option<i64> {
    let mut left = product(text, at, variable, depth)?;
    while let Some(op @ ('+' | '-')) = text.get(*at) {
        *at += 1;
        let right = product(text, at, variable, depth)?;
        left = if *op == '+' { left.wrapping_add(right) } else { left.wrapping_sub(right) };
    }
    Some(left)
}

fn product(text: &[char], at: &mut usize, variable: Lookup<'_>, depth: usize) -> Option<i64> {
    let mut left = atom(text, at, variable, depth)?;
    while let Some(op @ ('*' | '/' | '%')) = text.get(*at) {
        *at += 1;
        let right = atom(text, at, variable, depth)?;
        left = match op {
            '*' => left.wrapping_mul(right),
            '/' => left.checked_div(right)?,
            _ => left.checked_rem(right)?,
        };
    }
    Some(left)
}

fn atom(text: &[char], at: &mut usize, variable: Lookup<'_>, depth: usize) -> Option<i64> {
    if depth > DEPTH_MAX {
        return None;
    }
    match text.get(*at)? {
        '(' => {
            *at += 1;
            let value = sum(text, at, variable, depth + 1)?;
            (text.get(*at) == Some(&')')).then(|| *at += 1)?;
            Some(value)
        }
        '-' => {
            *at += 1;
            Some(atom(text, at, variable, depth + 1)?.wrapping_neg())
        }
        c if c.is_ascii_digit() => {
            let digits: String = text[*at..].iter().take_while(|c| c.is_ascii_digit()).collect();
            *at += digits.len();
            digits.parse().ok()
        }
        c if c.is_ascii_alphabetic() || *c == '_' || *c == '$' => {
            *at += usize::from(*c == '$');
            let name: String = text[*at..]
                .iter()
                .take_while(|c| c.is_ascii_alphanumeric() || **c == '_')
                .collect();
            *at += name.len();
            let value = variable(&name);
            if value.is_empty() { Some(0) } else { value.trim().parse().ok() }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums() {
        let of =
            |text| eval(text, &|name| if name == "p" { "7000".to_owned() } else { String::new() });
        assert_eq!(of("1 + 2 * (3 - 1)"), Some(5));
        assert_eq!(of("$p + 10000"), Some(17000));
        assert_eq!(of("unset"), Some(0));
        assert_eq!(of("1 / 0"), None);
        assert_eq!(of("1 +"), None);
    }
}
