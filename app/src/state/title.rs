//! The name of a page.

/// Names the page: in the HTML on the server, in the document where the page is drawn by the browser, which needs no
/// library for that. The name of a page at another address moves the focus to its heading (`app/src/boot.js`).
pub fn set_title(text: impl Into<String>) {
    let text: String = text.into();
    #[cfg(feature = "ssr")]
    drop(leptos_meta::Title(leptos_meta::TitleProps::builder().text(escaped(&text)).build()));
    #[cfg(not(feature = "ssr"))]
    leptos::prelude::document().set_title(&text);
}

/// The text as it stands in HTML. The library writes it as it is, and a station's name, which may come from a map that
/// everybody edits, must not end the element.
#[cfg(feature = "ssr")]
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
