//! The HTML around every page.

use leptos::{config::LeptosOptions, prelude::*};
use leptos_meta::{HashedStylesheet, MetaTags};

use crate::App;

/// The whole document. Fonts are preloaded, since text is there before any script.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let language = crate::api::request_locale().tag();
    view! {
        <!DOCTYPE html>
        <html lang=language>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
                <meta name="format-detection" content="telephone=no" />
                <meta name="theme-color" content="#ffffff" />
                <HashedStylesheet options=options.clone() id="leptos" />
                <link rel="preload" href="/fonts/roboto-ru.woff2" r#as="font" r#type="font/woff2" crossorigin="" />
                <link rel="preload" href="/fonts/roboto-base.woff2" r#as="font" r#type="font/woff2" crossorigin="" />
                <link rel="icon" href="/favicon.svg" r#type="image/svg+xml" />
                <link rel="manifest" href="/manifest.webmanifest" />
                <AutoReload options=options.clone() />
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}
