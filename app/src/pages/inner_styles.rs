//! The style sheet of the screens behind the first one. The server names it in the head of those screens; whoever comes
//! to them from the first one brings it here, before they appear. Called from lazily loaded code only: the first screen
//! carries none of this.

#[cfg(feature = "ssr")]
pub async fn load() {}

#[cfg(not(feature = "ssr"))]
pub use browser::load;

#[cfg(not(feature = "ssr"))]
mod browser {
    use js_sys::Promise;
    use leptos::prelude::document;
    use send_wrapper::SendWrapper;
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::JsFuture;

    const STYLESHEET: &str = "/inner.css";

    /// Ends when the style sheet applies. One that does not arrive leaves a plain page, which is better than none.
    pub fn load() -> impl Future<Output = ()> + Send {
        SendWrapper::new(async {
            if let Ok(Some(loaded)) = insert_link() {
                let _ = JsFuture::from(loaded).await;
            }
        })
    }

    /// Inserts the link to the style sheet into the head, unless it is there.
    fn insert_link() -> Result<Option<Promise>, JsValue> {
        let document = document();
        if document.query_selector("link[href^='/inner.css']")?.is_some() {
            return Ok(None);
        }
        let head = document.head().ok_or(JsValue::NULL)?;
        let link: web_sys::HtmlLinkElement = document.create_element("link")?.unchecked_into();
        link.set_rel("stylesheet");
        link.set_href(STYLESHEET);
        let loaded = Promise::new(&mut |done, _| {
            link.set_onload(Some(&done));
            link.set_onerror(Some(&done));
        });
        head.append_child(&link)?;
        Ok(Some(loaded))
    }
}
