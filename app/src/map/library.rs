//! Leaflet itself: our own copy, fetched once, when a map is first shown.

use futures::channel::oneshot;
use leptos::prelude::document;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};

const LEAFLET_STYLE_URL: &str = "/vendor/leaflet/leaflet.css";
const LEAFLET_SCRIPT_URL: &str = "/vendor/leaflet/leaflet.js";

/// Loads script and style, unless they are loaded already.
///
/// # Errors
/// An exception of the script, or `null` when the script could not be loaded.
pub async fn load() -> Result<(), JsValue> {
    let missing = js_sys::Reflect::get(&js_sys::global(), &"L".into())?.is_undefined();
    if !missing {
        return Ok(());
    }
    let head = document().head().ok_or(JsValue::NULL)?;
    let style: web_sys::HtmlLinkElement = document().create_element("link")?.unchecked_into();
    style.set_rel("stylesheet");
    style.set_href(LEAFLET_STYLE_URL);
    head.append_child(&style)?;

    let script: web_sys::HtmlScriptElement = document().create_element("script")?.unchecked_into();
    script.set_src(LEAFLET_SCRIPT_URL);
    let (done, outcome) = oneshot::channel();
    let done = std::rc::Rc::new(std::cell::RefCell::new(Some(done)));
    let report = |is_loaded: bool| {
        let done = std::rc::Rc::clone(&done);
        Closure::once_into_js(move || {
            if let Some(done) = done.borrow_mut().take() {
                let _ = done.send(is_loaded);
            }
        })
    };
    script.set_onload(Some(report(true).unchecked_ref()));
    script.set_onerror(Some(report(false).unchecked_ref()));
    head.append_child(&script)?;
    match outcome.await {
        Ok(true) => Ok(()),
        _ => Err(JsValue::NULL),
    }
}
