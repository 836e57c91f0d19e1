//! Small things that only a browser can do. All are called from effects or events.

use js_sys::{Function, Object, Promise, Reflect};
use leptos::{prelude::*, wasm_bindgen::JsCast};
use uuid::{Builder, Uuid};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// Marks the page as interactive; tests and styles wait for it.
pub fn mark_hydrated() {
    Effect::new(|_| {
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-hydrated", "");
        }
    });
}

/// 122 random bits, from the browser's own source.
#[must_use]
pub fn new_key() -> Uuid {
    let mut bytes = [0_u8; 16];
    if let Ok(crypto) = window().crypto() {
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    Builder::from_random_bytes(bytes).into_uuid()
}

/// Moves focus to the first thing on the page that is marked as wrong, after it has been drawn.
pub fn focus_first_error() {
    focus_soon("main [aria-invalid=true], main [data-error] input");
}

/// Moves focus to the first element of a selector, after it has been drawn.
pub fn focus_soon(selector: &'static str) {
    run_after_render(selector, |element| {
        let _ = element.focus();
    });
}

/// Scrolls the first element of a selector into view from below, after it has been drawn; focus stays where it is.
pub fn show_soon(selector: &'static str) {
    run_after_render(selector, |element| element.scroll_into_view_with_bool(false));
}

fn run_after_render(selector: &'static str, act: fn(&web_sys::HtmlElement)) {
    request_animation_frame(move || {
        let element = document().query_selector(selector).ok().flatten();
        if let Some(element) = element.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
            act(&element);
        }
    });
}

/// What became of an address that its owner wanted to hand on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shared {
    /// By the phone's own choice of apps, or not after all.
    Done,
    Copied,
    /// The browser or the frame allows neither.
    Refused,
}

/// Hands an address on by the phone's own choice of apps; where there is none, copies it.
pub async fn share_address(address: String) -> Shared {
    let navigator = window().navigator();
    let data = Object::new();
    let _ = Reflect::set(&data, &"url".into(), &address.as_str().into());
    if let Some(sent) = call(&navigator, "share", &data) {
        match JsFuture::from(sent).await {
            Ok(_) => return Shared::Done,
            Err(error) if is_abort(&error) => return Shared::Done,
            Err(_) => {}
        }
    }
    let clipboard = Reflect::get(&navigator, &"clipboard".into()).unwrap_or_default();
    let Some(copied) = call(&clipboard, "writeText", &address.into()) else { return Shared::Refused };
    if JsFuture::from(copied).await.is_ok() { Shared::Copied } else { Shared::Refused }
}

fn is_abort(error: &JsValue) -> bool {
    Reflect::get(error, &"name".into()).is_ok_and(|name| name == "AbortError")
}

/// Calls a method that not every browser has.
fn call(object: &JsValue, method: &str, argument: &JsValue) -> Option<Promise> {
    let method: Function = Reflect::get(object, &method.into()).ok()?.dyn_into().ok()?;
    method.call1(object, argument).ok()?.dyn_into().ok()
}
