//! The usual commands to tap, where there is no keyboard.

use yew::prelude::*;

use crate::i18n::use_text;
use crate::world::screen::Command;

#[derive(Properties, PartialEq)]
pub(crate) struct ChipsProps {
    /// The tab in front.
    pub front: usize,
    /// Its prompt: what is usual depends on who asks.
    pub prompt: String,
    /// Does something to the world.
    pub act: Callback<Command>,
}

/// What is usual at a prompt.
fn usual(prompt: &str) -> &'static [&'static str] {
    if prompt.trim_end().ends_with('#') || prompt.trim_end().ends_with('$') {
        &[
            "ps -ef | grep redis",
            "redis-cli -c -h 192.168.40.5 -p 6380",
            "redis-cli -h 192.168.40.1 -p 6380 cluster nodes",
            "ls /opt/redis_cluster",
        ]
    } else {
        &["cluster nodes", "cluster info", "set foo 1", "get foo", "cluster keyslot foo", "exit"]
    }
}

/// The row.
#[component]
pub(crate) fn Chips(props: &ChipsProps) -> Html {
    let text = use_text();
    let chips = usual(&props.prompt).iter().map(|line| {
        let tab = props.front;
        let onclick =
            props.act.reform(move |_: MouseEvent| Command::Type { tab, line: (*line).to_owned() });
        html! { <button type="button" {onclick}><code>{ *line }</code></button> }
    });
    let tab = props.front;
    let interrupt = props.act.reform(move |_: MouseEvent| Command::Interrupt { tab });
    html! {
        <div class="chips" role="group" aria-label={text.get("chips-name")}>
            { for chips }
            <button type="button" onclick={interrupt}><code>{ "Ctrl-C" }</code></button>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_and_redis_cli_have_other_usual_commands() {
        assert!(usual("[root@db01 ~]# ")[0].starts_with("ps"));
        assert_eq!(usual("192.168.40.5:6380> ")[0], "cluster nodes");
    }
}
