//! Where to begin, until a lesson is opened: things worth trying, each a click.

use yew::prelude::*;

use crate::i18n::use_text;
use crate::world::screen::Scenario;

#[derive(Properties, PartialEq)]
pub(crate) struct GuideProps {
    /// How the world began: other things are worth trying on bare hosts.
    pub scenario: Scenario,
    /// Types lines on a host: its number and the lines.
    pub type_lines: Callback<(usize, Vec<String>)>,
}

/// Something worth trying: message keys of title and text, host, lines.
struct Try {
    title: &'static str,
    words: &'static str,
    host: usize,
    lines: &'static [&'static str],
}

const FORMED: [Try; 4] = [
    Try {
        title: "try-nodes",
        words: "try-nodes-text",
        host: 0,
        lines: &["redis-cli -h 192.168.40.5 -p 6380 cluster nodes"],
    },
    Try {
        title: "try-moved",
        words: "try-moved-text",
        host: 0,
        lines: &[
            "redis-cli -h 192.168.40.5 -p 6380 set foo bar",
            "redis-cli -c -h 192.168.40.5 -p 6380 set foo bar",
        ],
    },
    Try {
        title: "try-kill",
        words: "try-kill-text",
        host: 0,
        lines: &[
            "ps -ef | grep redis",
            "kill -9 $(cat /opt/redis_cluster/redis_6380/pid/redis_6380.pid)",
        ],
    },
    Try {
        title: "try-return",
        words: "try-return-text",
        host: 0,
        lines: &["redis-server /opt/redis_cluster/redis_6380/conf/redis_6380.conf"],
    },
];

const BARE: [Try; 3] = [
    Try {
        title: "try-start",
        words: "try-start-text",
        host: 0,
        lines: &[
            "mkdir -p ~/7000 ~/7001 ~/7002",
            "redis-server --port 7000 --dir ~/7000 --cluster-enabled yes --daemonize yes",
            "redis-server --port 7001 --dir ~/7001 --cluster-enabled yes --daemonize yes",
            "redis-server --port 7002 --dir ~/7002 --cluster-enabled yes --daemonize yes",
        ],
    },
    Try {
        title: "try-create",
        words: "try-create-text",
        host: 0,
        lines: &[
            "redis-cli --cluster create 127.0.0.1:7000 127.0.0.1:7001 127.0.0.1:7002 --cluster-yes",
        ],
    },
    Try {
        title: "try-check",
        words: "try-check-text",
        host: 0,
        lines: &["redis-cli --cluster check 127.0.0.1:7000"],
    },
];

/// The guide.
#[component]
pub(crate) fn Guide(props: &GuideProps) -> Html {
    let text = use_text();
    let (title, lead, tries): (_, _, &'static [Try]) = match &props.scenario {
        Scenario::Formed => ("guide-formed", "guide-formed-text", &FORMED),
        Scenario::Bare => ("guide-bare", "guide-bare-text", &BARE),
        _ => ("guide-other", "guide-other-text", &[]),
    };
    let steps = tries.iter().map(|t| {
        let onclick = props.type_lines.reform(move |_: MouseEvent| {
            (t.host, t.lines.iter().map(|l| (*l).to_owned()).collect())
        });
        html! {
            <li>
                <h3>{ text.get(t.title) }</h3>
                <p>{ text.get(t.words) }</p>
                <button type="button" class="typed-line" {onclick}>
                    { for t.lines.iter().map(|line| html! { <code>{ *line }</code> }) }
                    <span class="run">{ text.get("try-run") }</span>
                </button>
            </li>
        }
    });
    html! {
        <section class="guide">
            <h2>{ text.get(title) }</h2>
            <p>{ text.get(lead) }</p>
            <ol class="tries">{ for steps }</ol>
        </section>
    }
}
