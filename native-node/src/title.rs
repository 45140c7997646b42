//! `set-proc-title` and `proc-title-template`: what `ps` shows of this process (`redisSetProcTitle`
//! in server.c).
//!
//! `ps` shows the memory into which the kernel has copied the command line. So the process begins
//! once more with room behind its name ([`make_room`]), under the same number, and writes its title
//! there through `/proc/self/mem`. Elsewhere than on Linux nothing of this happens.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use engine_node::config::Config;

/// What stands behind the name of a process that has made room.
#[cfg(target_os = "linux")]
const ROOM: &str = match std::str::from_utf8(&[b' '; 256]) {
    Ok(spaces) => spaces,
    Err(_) => "",
};

/// The name under which this program was called.
pub(crate) fn name() -> String {
    let name = std::env::args_os().next().unwrap_or_default();
    name.to_string_lossy().trim_end_matches(' ').to_owned()
}

/// Begins once more with room for a title. Comes back when there is room, or none to be had.
#[cfg(target_os = "linux")]
pub(crate) fn make_room() {
    use std::os::unix::process::CommandExt;

    let mut args = std::env::args_os();
    let Some(mut name) = args.next() else { return };
    if name.as_bytes().ends_with(ROOM.as_bytes()) {
        // The kernel has named it after the file; it keeps the name of a link to it.
        let name = self::name();
        let short = name.rsplit('/').next().unwrap_or_default();
        let _ = std::fs::write("/proc/self/comm", short);
        return;
    }
    let Ok(me) = std::env::current_exe() else { return };
    name.push(ROOM);
    // It ends here, unless the system refuses: then the title gets what room there is.
    let _ = std::process::Command::new(me).arg0(name).args(args).exec();
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn make_room() {}

/// The title that the configuration wants.
fn title(config: &Config, file: Option<&str>, name: &str) -> String {
    let value = |variable: &str| match variable {
        "title" => name.to_owned(),
        "listen-addr" if config.port == 0 => format!("unixsocket:{}", config.unixsocket),
        "listen-addr" => {
            format!("{}:{}", config.bind.0.first().map_or("*", String::as_str), config.port)
        }
        "server-mode" if config.cluster_enabled => "[cluster]".to_owned(),
        "config-file" => file.unwrap_or("-").to_owned(),
        "port" => config.port.to_string(),
        "tls-port" => config.tls_port.to_string(),
        "unixsocket" => config.unixsocket.clone(),
        _ => String::new(),
    };
    let mut text = String::new();
    let mut rest = config.proc_title_template.as_str();
    while let Some((before, inside)) = rest.split_once('{') {
        text.push_str(before);
        // The directive takes no template in which a brace stays open.
        let (variable, after) = inside.split_once('}').unwrap_or((inside, ""));
        text.push_str(&value(variable));
        rest = after;
    }
    text.push_str(rest);
    text.trim_matches(' ').to_owned()
}

/// Shows the title, or the command line as it was typed when none is wanted.
pub(crate) fn show(config: &Config, file: Option<&str>) {
    let bytes = if config.set_proc_title {
        title(config, file, &name()).into_bytes()
    } else {
        let rest = std::env::args_os().skip(1);
        let words: Vec<OsString> = std::iter::once(name().into()).chain(rest).collect();
        words.iter().map(|word| word.as_bytes()).collect::<Vec<_>>().join(&0)
    };
    // As for redis-server: what cannot be shown stops nothing.
    let _ = write(bytes);
}

/// Shows another title: the template has changed.
pub(crate) fn show_changed(config: &Config, file: Option<&str>) {
    NAME.with_borrow(|name| {
        let _ = write(title(config, file, name).into_bytes());
    });
}

thread_local! {
    /// The name, which the title has overwritten.
    static NAME: std::cell::RefCell<String> = std::cell::RefCell::default();
}

/// Remembers the name for titles to come.
pub(crate) fn remember_name() {
    NAME.set(name());
}

/// Writes over the command line. It ends with a zero, whatever it was.
#[cfg(target_os = "linux")]
fn write(mut bytes: Vec<u8>) -> std::io::Result<()> {
    use std::os::unix::fs::FileExt;

    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let Some((from, to)) = place(&stat) else { return Ok(()) };
    let room = usize::try_from(to.saturating_sub(from)).unwrap_or(0);
    bytes.truncate(room.saturating_sub(1));
    bytes.resize(room, 0);
    std::fs::OpenOptions::new().write(true).open("/proc/self/mem")?.write_all_at(&bytes, from)
}

#[cfg(not(target_os = "linux"))]
fn write(_: Vec<u8>) -> std::io::Result<()> {
    Ok(())
}

/// Where the command line is: `arg_start` and `arg_end` of `/proc/PID/stat`, fields 48 and 49. The
/// second field is a name that may hold anything.
#[cfg(target_os = "linux")]
fn place(stat: &str) -> Option<(u64, u64)> {
    let (_, behind_name) = stat.rsplit_once(')')?;
    let mut fields = behind_name.split_ascii_whitespace().skip(45);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_filled_in() {
        let mut config = Config { port: 7000, cluster_enabled: true, ..Config::default() };
        config.bind.0 = vec!["10.0.0.1".into(), "-::1".into()];
        assert_eq!(title(&config, None, "native-node"), "native-node 10.0.0.1:7000 [cluster]");
        config.cluster_enabled = false;
        assert_eq!(title(&config, None, "native-node"), "native-node 10.0.0.1:7000");
        config.proc_title_template = " a{port} {config-file}/{tls-port} } ".into();
        assert_eq!(title(&config, Some("/etc/r.conf"), ""), "a7000 /etc/r.conf/0 }");
        config.port = 0;
        config.unixsocket = "/run/s".into();
        config.proc_title_template = "{title} {listen-addr}".into();
        assert_eq!(title(&config, None, "x"), "x unixsocket:/run/s");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_place_is_found_behind_any_name() {
        let numbers: Vec<String> = (4..=52).map(|n| n.to_string()).collect();
        let stat = format!("12 (a ) b) S {}", numbers.join(" "));
        assert_eq!(place(&stat), Some((48, 49)));
        assert_eq!(place("12 (a) S 1"), None);
    }
}
