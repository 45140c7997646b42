//! What is pasted from a page: prompts in front of commands, remarks.

/// A typed line for the shell: without a pasted prompt. `None` for a remark.
pub(crate) fn for_shell(line: &str) -> Option<String> {
    let text = line.trim_start();
    if text.starts_with("//") {
        return None;
    }
    if let Some(rest) = shell_prompt(text) {
        return Some(rest.to_owned());
    }
    // A command pasted with redis-cli's prompt says where it was typed.
    if let Some((host, port, rest)) = redis_prompt(text) {
        let rest = rest.trim();
        return (!rest.is_empty()).then(|| format!("redis-cli -h {host} -p {port} {rest}"));
    }
    Some(line.to_owned())
}

/// Whether a line that is typed at redis-cli's `prompt` was pasted from somewhere else: a shell,
/// or a redis-cli at another node. Such a line is for the shell.
pub(crate) fn leaves_redis_cli(prompt: &str, line: &str) -> bool {
    let text = line.trim_start();
    if shell_prompt(text).is_some() {
        return true;
    }
    match (redis_prompt(prompt), redis_prompt(text)) {
        (Some((host, port, _)), Some((other, other_port, _))) => {
            (host, port) != (other, other_port)
        }
        _ => false,
    }
}

/// A typed line for an interactive redis-cli. `None` for a remark.
pub(crate) fn for_redis_cli(line: &str) -> Option<String> {
    let text = line.trim_start();
    if text.starts_with("//") || text.starts_with('#') {
        return None;
    }
    match redis_prompt(text) {
        Some((_, _, rest)) => Some(rest.trim_start().to_owned()),
        None => Some(line.to_owned()),
    }
}

/// `[root@db01 ~]#`, `shell>`, `root@db01:~#`, `$ `: what follows the prompt.
fn shell_prompt(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_prefix("shell>") {
        return Some(rest.trim_start());
    }
    if let Some(inside) = text.strip_prefix('[') {
        let close = inside.find(']')?;
        let who = &inside[..close];
        let rest = inside[close + 1..].strip_prefix(['#', '$'])?;
        return (who.contains('@')).then(|| rest.trim_start());
    }
    let end = text.find(['#', '$'])?;
    let before = &text[..end];
    let is_prompt = before.contains('@')
        && before.contains(':')
        && !before.contains(char::is_whitespace)
        && !before.contains(['\'', '"', '=']);
    is_prompt.then(|| text[end + 1..].trim_start())
}

/// `192.168.40.5:6380>`, with what may stand between port and `>`.
fn redis_prompt(text: &str) -> Option<(&str, &str, &str)> {
    let end = text.find('>')?;
    let address = &text[..end];
    let address = address.split(['(', '[']).next().unwrap_or(address);
    let (host, port) = address.rsplit_once(':')?;
    let is_host = !host.is_empty()
        && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':'));
    let is_port = port.parse::<u16>().is_ok();
    (is_host && is_port).then(|| (host, port, &text[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_of_the_seeds() {
        let shell = |line| for_shell(line).unwrap();
        assert_eq!(shell("[root@localhost redis_cluster]#mkdir /data/x"), "mkdir /data/x");
        assert_eq!(shell("[root@db01 ~]# ps -ef |grep redis"), "ps -ef |grep redis");
        assert_eq!(shell("shell> cd ./7000"), "cd ./7000");
        assert_eq!(shell("root@db01:~# ls"), "ls");
        assert_eq!(shell("[ -f x ] && echo y"), "[ -f x ] && echo y");
        assert_eq!(shell("echo a@b:c $x"), "echo a@b:c $x");
        assert_eq!(
            shell("192.168.40.5:6380> CLUSTER MEET 192.168.40.1 6381"),
            "redis-cli -h 192.168.40.5 -p 6380 CLUSTER MEET 192.168.40.1 6381"
        );
        assert_eq!(for_shell("//1. 创建redis 实例"), None);
        assert_eq!(for_shell("192.168.40.5:6381>"), None);
    }

    #[test]
    fn inside_redis_cli() {
        assert_eq!(for_redis_cli("192.168.40.5:6380> get k").as_deref(), Some("get k"));
        assert_eq!(for_redis_cli("127.0.0.1:7000(TX)> exec").as_deref(), Some("exec"));
        assert_eq!(for_redis_cli("set a>b 1").as_deref(), Some("set a>b 1"));
        assert_eq!(for_redis_cli("#发现执行的报错的"), None);
        let leaves = |line| leaves_redis_cli("192.168.40.5:6380> ", line);
        assert!(leaves("[root@localhost ~]# ps -ef"));
        assert!(leaves("192.168.40.1:6381> CLUSTER REPLICATE 9ab"));
        assert!(!leaves("192.168.40.5:6380> get k") && !leaves("set a>b 1") && !leaves("get k"));
    }
}
