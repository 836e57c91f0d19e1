//! The name of a page, and the moment in which a page has come.

/// Names the page: in the HTML on the server, in the document where the page is drawn by the browser, which needs no
/// library for that.
pub fn set_title(text: impl Into<String>) {
    let text: String = text.into();
    #[cfg(feature = "ssr")]
    drop(leptos_meta::Title(leptos_meta::TitleProps::builder().text(text).build()));
    #[cfg(not(feature = "ssr"))]
    leptos::prelude::document().set_title(&text);
}

/// Names a page that has just come. Where it has replaced another one the focus moves to its heading, so that the new
/// page is read aloud and the next Tab begins there; the first page of a visit is the browser's own affair.
pub fn arrive(text: impl Into<String>) {
    set_title(text);
    #[cfg(not(feature = "ssr"))]
    leptos::prelude::Effect::new(|_| browser::focus_heading());
}

#[cfg(not(feature = "ssr"))]
mod browser {
    use std::cell::Cell;

    use js_sys::{Function, Object, Reflect};
    use leptos::prelude::{document, request_animation_frame, window};
    use wasm_bindgen::{JsCast, JsValue};
    use web_sys::Element;

    thread_local! {
        /// The address whose page has come last; none before the first.
        static SEEN: Cell<Option<String>> = const { Cell::new(None) };
    }

    pub fn focus_heading() {
        let here = window().location().pathname().ok();
        let before = SEEN.replace(here.clone());
        // A page that is drawn anew in another language has not come again.
        if before.is_none() || before == here {
            return;
        }
        request_animation_frame(|| {
            if let Ok(Some(heading)) = document().query_selector("h1") {
                _ = focus(&heading);
            }
        });
    }

    /// Without scrolling: the way back to a list leads to where it was left.
    fn focus(heading: &Element) -> Result<(), JsValue> {
        heading.set_attribute("tabindex", "-1")?;
        let still = Object::new();
        Reflect::set(&still, &"preventScroll".into(), &true.into())?;
        let focus: Function = Reflect::get(heading, &"focus".into())?.unchecked_into();
        focus.call1(heading, &still).map(drop)
    }
}
