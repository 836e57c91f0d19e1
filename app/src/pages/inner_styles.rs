//! The style sheet of the screens behind the first one. The server links it in the head of those screens; on the way
//! from the first one it is loaded here, before they appear. Called from lazily loaded code only: the first screen has
//! none of this.

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

    /// Loads the style sheet and ends when it applies. Without it the page is plain, which is better than none.
    pub fn load() -> impl Future<Output = ()> + Send {
        SendWrapper::new(async {
            if let Ok(Some(loaded)) = insert_link() {
                let _ = JsFuture::from(loaded).await;
            }
        })
    }

    /// Inserts the link to the style sheet into the head, unless it is there already.
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
