//! The HTML around every page.

use std::time::UNIX_EPOCH;

use domain::locale::Locale;
use http::request::Parts;
use leptos::{config::LeptosOptions, nonce::use_nonce, prelude::*};
use leptos_meta::{HashedStylesheet, MetaTags};

use crate::App;

/// Script that runs before anything is painted; it works without the WebAssembly, and has fewer bytes than in it:
///
/// - a page without a host may be dark (`data-standalone`);
/// - when script or WebAssembly cannot begin, or has broken down, the page is marked (`data-stuck`), and
///   [`broken_page_notice`] is visible;
/// - when the title changes with the address, the focus moves to its heading: it is read aloud, and
///   the next Tab begins there. Without scrolling, since the way back to a list leads to where it was left.
const BOOT_SCRIPT: &str = include_str!("boot.js");

/// Script that keeps taps and inputs while the WebAssembly is being loaded, and repeats them afterwards: a tap shows at
/// once (a chip as pressed, another button as tapped), typed and chosen values are not lost. Where the WebAssembly does
/// not start, the marks are removed, so that nothing looks as if it had worked. Links and the search form work without it.
const EARLY_TAP_SCRIPT: &str = include_str!("early.js");

/// Both scripts without line breaks and indentation.
fn head_script() -> String {
    [BOOT_SCRIPT, EARLY_TAP_SCRIPT].into_iter().flat_map(str::lines).map(str::trim).collect()
}

/// The whole document. Fonts are preloaded, since text is there before any script.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let locale = crate::api::request_locale();
    let inner = inner_styles(&options.site_root);
    view! {
        <!DOCTYPE html>
        <html lang=locale.tag()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
                <meta name="format-detection" content="telephone=no" />
                <meta name="theme-color" content="#ffffff" media="(prefers-color-scheme: light)" />
                <meta name="theme-color" content="#1b2227" media="(prefers-color-scheme: dark)" />
                <HashedStylesheet options=options.clone() id="leptos" />
                {inner.map(|href| view! { <link rel="stylesheet" href=href /> })}
                <link rel="preload" href="/fonts/roboto-ru.woff2" r#as="font" r#type="font/woff2" crossorigin="" />
                <link rel="preload" href="/fonts/roboto-base.woff2" r#as="font" r#type="font/woff2" crossorigin="" />
                <link rel="icon" href="/favicon.svg" r#type="image/svg+xml" />
                <link rel="manifest" href="/manifest.webmanifest" />
                <script nonce=use_nonce() inner_html=head_script()></script>
                <AutoReload options=options.clone() />
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                <App />
                {broken_page_notice(locale)}
            </body>
        </html>
    }
}

/// The notice of a page that does not react. Hidden until [`BOOT_SCRIPT`] marks the page or the loader of later parts
/// (app/parts.mjs) waits for the network; another one is visible where no script runs. Outside of the application, which
/// may have broken down itself.
fn broken_page_notice(locale: Locale) -> impl IntoView {
    let reload = locale.pick(
        "Страница загрузилась не полностью: кнопки не работают. <a href=\"\" rel=\"external\">Обновить</a>",
        "The page did not load completely: its buttons do not work. <a href=\"\" rel=\"external\">Reload</a>",
    );
    let no_script = locale.pick(
        "<p class=\"stuck\">Заказать здесь можно только с JavaScript. Без него видны АЗС, цены и состояние заказа; оплатить можно на кассе.</p>",
        "<p class=\"stuck\">Ordering here needs JavaScript. Without it you see stations, prices and the state of an order; you can pay at the till.</p>",
    );
    let waits = locale.pick(
        "Нет сети. Экран откроется, когда связь появится.",
        "No network. The screen will open when you are back online.",
    );
    view! {
        <p class="stuck" role="alert" inner_html=reload></p>
        <p class="waits" role="status">{waits}</p>
        <noscript inner_html=no_script></noscript>
    }
}

/// Address of the style sheet that every screen but the first needs (`pages/inner_styles.rs`). Its name has no hash: the
/// time of its making is in the query instead, so that a browser keeps it until an update.
pub fn inner_styles(site_root: &str) -> Option<String> {
    use_context::<Parts>().filter(|parts| parts.uri.path() != "/")?;
    let made = std::fs::metadata(format!("{site_root}/inner.css")).and_then(|file| file.modified()).ok();
    let seconds = made.and_then(|made| Some(made.duration_since(UNIX_EPOCH).ok()?.as_secs()));
    Some(format!("/inner.css?v={:x}", seconds.unwrap_or_default()))
}
