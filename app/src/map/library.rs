//! Leaflet itself: our own copy, fetched once, when a map is first shown.

use futures::channel::oneshot;
use leptos::prelude::document;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};

const STYLE: &str = "/vendor/leaflet/leaflet.css";
const SCRIPT: &str = "/vendor/leaflet/leaflet.js";

/// Loads script and style, unless they are there.
///
/// # Errors
/// The file did not arrive.
pub async fn load() -> Result<(), JsValue> {
    let missing = js_sys::Reflect::get(&js_sys::global(), &"L".into())?.is_undefined();
    if !missing {
        return Ok(());
    }
    let head = document().head().ok_or(JsValue::NULL)?;
    let style: web_sys::HtmlLinkElement = document().create_element("link")?.unchecked_into();
    style.set_rel("stylesheet");
    style.set_href(STYLE);
    head.append_child(&style)?;

    let script: web_sys::HtmlScriptElement = document().create_element("script")?.unchecked_into();
    script.set_src(SCRIPT);
    let (done, waits) = oneshot::channel();
    let done = std::rc::Rc::new(std::cell::RefCell::new(Some(done)));
    let tell = |well: bool| {
        let done = std::rc::Rc::clone(&done);
        Closure::once_into_js(move || {
            if let Some(done) = done.borrow_mut().take() {
                let _ = done.send(well);
            }
        })
    };
    script.set_onload(Some(tell(true).unchecked_ref()));
    script.set_onerror(Some(tell(false).unchecked_ref()));
    head.append_child(&script)?;
    match waits.await {
        Ok(true) => Ok(()),
        _ => Err(JsValue::NULL),
    }
}
