//! What is wrong with a host's cables, and a menu to break and mend them. Each entry is the command
//! that it types.

use std::rc::Rc;

use yew::prelude::*;

use crate::i18n::{Text, use_text};
use crate::world::model::{Way, WorldView};

#[derive(Properties, PartialEq)]
pub(crate) struct CablesProps {
    /// Which host.
    pub host: usize,
    /// The world now.
    pub view: Rc<WorldView>,
    /// Types a line on a host: its number and the line.
    pub type_line: Callback<(usize, String)>,
}

/// The commands: message key and line.
fn deeds(view: &WorldView, host: usize) -> Vec<(&'static str, String)> {
    let Some(here) = view.hosts.get(host) else { return Vec::new() };
    let mut deeds = Vec::new();
    for (_, other) in view.hosts.iter().enumerate().filter(|(ix, _)| *ix != host) {
        let (a, b) = (&here.name, &other.name);
        deeds.push(("net-cut", format!("net cut {a} {b}")));
        deeds.push(("net-cut-oneway", format!("net cut --oneway {a} {b}")));
        deeds.push(("net-slow", format!("net slow {a} {b} 300")));
        deeds.push(("net-lose", format!("net lose {a} {b} 30")));
    }
    deeds.push(("net-heal", "net heal".to_owned()));
    deeds
}

/// `✂ db02`, `db02 +300 ms`: what is wrong with a way.
fn wrong(text: &Text, view: &WorldView, way: &Way) -> String {
    let to = view.hosts.get(way.to).map_or("?", |h| h.name.as_str());
    let mut words = Vec::new();
    if way.cut {
        words.push(text.get("way-cut").to_owned());
    }
    if way.slow_ms > 0 {
        words.push(format!("+{} ms", way.slow_ms));
    }
    if way.lost > 0 {
        words.push(text.fill("way-lost", &[("n", &way.lost.to_string())]));
    }
    format!("→ {to}: {}", words.join(", "))
}

/// The chips and the menu.
#[component]
pub(crate) fn Cables(props: &CablesProps) -> Html {
    let text = use_text();
    let menu = use_node_ref();
    let Some(host) = props.view.hosts.get(props.host) else { return Html::default() };
    let ways = host.ways.iter().map(|way| {
        html! { <span class="way" data-cut={way.cut.then_some("yes")}>{ wrong(&text, &props.view, way) }</span> }
    });
    let entries = deeds(&props.view, props.host).into_iter().map(|(key, line)| {
        let (menu, typed) = (menu.clone(), line.clone());
        let (type_line, host) = (props.type_line.clone(), props.host);
        let onclick = Callback::from(move |_: MouseEvent| {
            if let Some(menu) = menu.cast::<web_sys::Element>() {
                // An open menu is no harm.
                let _ = menu.remove_attribute("open");
            }
            type_line.emit((host, typed.clone()));
        });
        html! { <button type="button" {onclick}><strong>{ text.get(key) }</strong><code>{ line }</code></button> }
    });
    html! {
        <div class="cables">
            <details class="menu" ref={menu.clone()}>
                <summary class="button cable-button">{ text.get("net-menu") }</summary>
                <div class="menu-list">{ for entries }</div>
            </details>
            { for ways }
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;
    use crate::world::model::HostView;

    #[test]
    fn every_other_host_can_be_cut_off_and_what_is_wrong_is_said() {
        let host =
            |name: &str| HostView { name: name.to_owned(), ip: String::new(), ways: Vec::new() };
        let hosts = vec![host("db01"), host("db02"), host("db03")];
        let view = WorldView { hosts, ..WorldView::default() };
        let lines: Vec<_> = deeds(&view, 1).into_iter().map(|d| d.1).collect();
        assert!(lines.contains(&"net cut db02 db01".to_owned()));
        assert!(lines.contains(&"net cut --oneway db02 db03".to_owned()));
        assert!(!lines.iter().any(|l| l.contains("db02 db02")));
        let way = Way { to: 2, cut: true, slow_ms: 300, lost: 0 };
        assert_eq!(wrong(&Text::new(Lang::En), &view, &way), "→ db03: cut, +300 ms");
    }
}
