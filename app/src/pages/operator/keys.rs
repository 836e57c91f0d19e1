//! The keyboard of the desk. Keys are taken by their place, so that the layout does not matter.

use leptos::{ev, prelude::*, wasm_bindgen::JsCast};
use web_sys::{HtmlElement, KeyboardEvent};

/// A key of the desk, pressed where nothing else takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeskKey {
    /// Enter: print.
    Print,
    /// Escape: ask whether to cancel.
    Cancel,
    /// N: a new sale.
    New,
    /// The slash: search.
    Search,
}

/// Listens for as long as the owner lives.
pub fn listen(on_key: impl Fn(DeskKey) + 'static) {
    let handle = window_event_listener(ev::keydown, move |event| {
        if let Some(key) = desk_key(&event) {
            event.prevent_default();
            on_key(key);
        }
    });
    on_cleanup(move || handle.remove());
}

fn desk_key(event: &KeyboardEvent) -> Option<DeskKey> {
    let held = event.ctrl_key() || event.alt_key() || event.meta_key();
    if held || event.repeat() || event.default_prevented() || is_dialog_open() {
        return None;
    }
    let element = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
    let tag = element.as_ref().map(|element| element.tag_name()).unwrap_or_default();
    let kind = element.and_then(|element| element.get_attribute("type")).unwrap_or_default();
    // A pump or a grade takes no letters.
    let choosing = matches!(kind.as_str(), "radio" | "checkbox");
    let typing = matches!(tag.as_str(), "INPUT" | "SELECT" | "TEXTAREA") && !choosing;
    let pressing = matches!(tag.as_str(), "BUTTON" | "A" | "SUMMARY");
    match event.code().as_str() {
        "Enter" | "NumpadEnter" if !typing && !choosing && !pressing => Some(DeskKey::Print),
        "Escape" if !typing => Some(DeskKey::Cancel),
        "KeyN" if !typing => Some(DeskKey::New),
        "Slash" if !typing => Some(DeskKey::Search),
        _ => None,
    }
}

fn is_dialog_open() -> bool {
    document().query_selector("dialog[open]").is_ok_and(|found| found.is_some())
}

/// Moves the focus to the first element of a selector after the next frame.
pub fn focus(selector: impl Into<String>) {
    let selector = selector.into();
    request_animation_frame(move || {
        let found = document().query_selector(&selector).ok().flatten();
        if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
            let _ = element.focus();
        }
    });
}

/// Restores the focus after a part of the page was drawn again, where an element of it had the focus.
pub fn keep_focus(within: &str) {
    let Some(element) = document().active_element() else { return };
    if !element.closest(within).is_ok_and(|found| found.is_some()) {
        return;
    }
    let attribute = |name: &str| element.get_attribute(name).filter(|value| !value.contains('"'));
    if let Some(id) = attribute("id") {
        focus(format!("{within} [id=\"{id}\"]"));
    } else if let (Some(name), Some(value)) = (attribute("name"), attribute("value")) {
        focus(format!("{within} [name=\"{name}\"][value=\"{value}\"]"));
    } else {
        focus(format!("{within} input:not(:disabled)"));
    }
}
