//! Small programs about the host and the session.

use super::{Context, by_name};

pub(crate) async fn clear(c: Context) -> i32 {
    c.io.tty.0.borrow_mut().clear = true;
    0
}

pub(crate) async fn hostname(c: Context) -> i32 {
    let flag = c.args.get(1).map(String::as_str);
    let text = c.sys.with(|h| match flag {
        Some("-i" | "-I") => h.ip.to_string(),
        _ => h.name.clone(),
    });
    c.io.out(format!("{}\n", text.unwrap_or_default()));
    0
}

pub(crate) async fn whoami(c: Context) -> i32 {
    c.io.out("root\n");
    0
}

pub(crate) async fn id(c: Context) -> i32 {
    c.io.out("uid=0(root) gid=0(root) groups=0(root)\n");
    0
}

pub(crate) async fn uname(c: Context) -> i32 {
    let host = c.sys.with(|h| h.name.clone()).unwrap_or_default();
    match c.args.get(1).map(String::as_str) {
        None | Some("-s") => c.io.out("Linux\n"),
        Some("-n") => c.io.out(format!("{host}\n")),
        Some("-r") => c.io.out("5.10.0\n"),
        Some("-m") => c.io.out("x86_64\n"),
        _ => c.io.out(format!("Linux {host} 5.10.0 #1 SMP x86_64 x86_64 x86_64 GNU/Linux\n")),
    }
    0
}

pub(crate) async fn uptime(c: Context) -> i32 {
    let d = engine_sim::date::Civil::of(c.sys.unix());
    let minutes = c.sys.now().as_millis() / 60_000;
    let up = if minutes < 60 {
        format!("{minutes} min")
    } else {
        format!("{:>2}:{:02}", minutes / 60, minutes % 60)
    };
    c.io.out(format!(
        " {:02}:{:02}:{:02} up {up},  1 user,  load average: 0.00, 0.01, 0.05\n",
        d.hour, d.minute, d.second
    ));
    0
}

pub(crate) async fn sleep(c: Context) -> i32 {
    if c.args.len() < 2 {
        return c.missing_operand();
    }
    let mut us = 0.0;
    for arg in &c.args[1..] {
        let (number, unit) = match arg.strip_suffix(['s', 'm', 'h', 'd']) {
            Some(number) => (number, arg.chars().last()),
            None => (arg.as_str(), None),
        };
        let factor = match unit {
            Some('m') => 60.0,
            Some('h') => 3600.0,
            Some('d') => 86_400.0,
            _ => 1.0,
        };
        match number.parse::<f64>() {
            Ok(n) if n >= 0.0 && n.is_finite() => us += n * factor * 1e6,
            _ => {
                c.io.err(format!(
                    "sleep: invalid time interval ‘{arg}’\nTry 'sleep --help' for more information.\n"
                ));
                return 1;
            }
        }
    }
    c.sys.sleep_us(us as u64).await;
    0
}

pub(crate) async fn which(c: Context) -> i32 {
    let mut code = 0;
    for name in &c.args[1..] {
        let local = name.starts_with("redis-");
        if by_name(name).is_some() && name != "net" {
            c.io.out(format!("{}/{name}\n", if local { "/usr/local/bin" } else { "/usr/bin" }));
        } else {
            c.io.err(format!(
                "/usr/bin/which: no {name} in (/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/root/bin)\n"
            ));
            code = 1;
        }
    }
    code
}
