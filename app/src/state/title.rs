//! The name of a page.

/// Names the page: in the HTML on the server, in the document where the page is drawn by the browser, which needs no
/// library for that. The name of a page at another address moves the focus to its heading (`app/src/boot.js`).
pub fn set_title(text: impl Into<String>) {
    let text: String = text.into();
    #[cfg(feature = "ssr")]
    drop(leptos_meta::Title(leptos_meta::TitleProps::builder().text(text).build()));
    #[cfg(not(feature = "ssr"))]
    leptos::prelude::document().set_title(&text);
}
