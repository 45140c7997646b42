//! `date`.

use engine_sim::date::Civil;

use super::Context;

pub(crate) async fn run(c: Context) -> i32 {
    let now = c.sys.unix();
    let format = c.args[1..].iter().find_map(|a| a.strip_prefix('+'));
    let other = c.args[1..].iter().find(|a| !a.starts_with('+') && *a != "-u" && *a != "-R");
    if let Some(arg) = other {
        c.io.err(format!("date: invalid date ‘{arg}’\n"));
        return 1;
    }
    let text = strftime(format.unwrap_or("%a %b %e %H:%M:%S UTC %Y"), now.0);
    c.io.out(format!("{text}\n"));
    0
}

fn strftime(format: &str, unix_ms: i64) -> String {
    let d = Civil::of(engine_base::UnixMs(unix_ms));
    let mut out = String::new();
    let mut chars = format.chars();
    while let Some(ch) = chars.next() {
        if ch != '%' {
            out.push(ch);
            continue;
        }
        match chars.next() {
            Some('Y') => out.push_str(&d.year.to_string()),
            Some('m') => out.push_str(&format!("{:02}", d.month)),
            Some('d') => out.push_str(&format!("{:02}", d.day)),
            Some('e') => out.push_str(&format!("{:>2}", d.day)),
            Some('H') => out.push_str(&format!("{:02}", d.hour)),
            Some('M') => out.push_str(&format!("{:02}", d.minute)),
            Some('S') => out.push_str(&format!("{:02}", d.second)),
            Some('N') => out.push_str(&format!("{:03}000000", d.milli)),
            Some('s') => out.push_str(&unix_ms.div_euclid(1000).to_string()),
            Some('a') => out.push_str(d.weekday_name()),
            Some('b' | 'h') => out.push_str(d.month_name()),
            Some('F') => out.push_str(&format!("{}-{:02}-{:02}", d.year, d.month, d.day)),
            Some('T') => {
                out.push_str(&format!("{:02}:{:02}:{:02}", d.hour, d.minute, d.second));
            }
            Some('Z') => out.push_str("UTC"),
            Some('n') => out.push('\n'),
            Some('%') => out.push('%'),
            Some(other) => out.extend(['%', other]),
            None => out.push('%'),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn formats() {
        let of = |f| super::strftime(f, 1_780_304_400_123);
        assert_eq!(of("%F %T"), "2026-06-01 09:00:00");
        assert_eq!(of("%a %b %e"), "Mon Jun  1");
        assert_eq!(of("%s%%"), "1780304400%");
    }
}
