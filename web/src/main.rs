//! The page: hosts, slots, packets, time and a console over one simulated world.
//!
//! No rule of the protocol stands here, and no lesson text.

mod app;
mod console;
mod dropdown;
mod events;
#[cfg(test)]
mod fixture;
mod focus;
mod frames;
mod header;
mod i18n;
mod icon;
mod lesson;
mod prefs;
mod side;
mod stage;
mod timebar;
mod twin;
mod ui;
mod world;

fn main() {
    let root = web_sys::window().and_then(|w| w.document()?.get_element_by_id("app"));
    if let Some(root) = root {
        yew::Renderer::<app::App>::with_root(root).render();
    }
}
