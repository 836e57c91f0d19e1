//! Every widget in every state on one page, for developers: `/sandbox/components`, in English with `?locale=en`. Rendered by
//! the server alone; how widgets react is seen in the application.

mod controls;
mod facts;
mod map;
mod widget_section;

use leptos::{config::LeptosOptions, prelude::*};
use leptos_meta::{HashedStylesheet, MetaTags, provide_meta_context};

use crate::shell::inner_styles;

/// The whole document, under the same style sheets as the application.
pub fn gallery(options: LeptosOptions) -> impl IntoView {
    provide_meta_context();
    let locale = crate::api::request_locale();
    let inner = inner_styles(&options.site_root);
    view! {
        <!DOCTYPE html>
        <html lang=locale.tag() data-standalone="">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <title>{locale.pick("Компоненты · Колонка", "Components · Kolonka")}</title>
                <HashedStylesheet options id="leptos" />
                {inner.map(|href| view! { <link rel="stylesheet" href=href /> })}
                <link rel="icon" href="/favicon.svg" r#type="image/svg+xml" />
                <MetaTags />
            </head>
            <body>
                <div class="app" data-mode="full">
                    <main data-screen="components">
                        <h1>{locale.pick("Компоненты", "Components")}</h1>
                        {controls::widget_sections(locale)}
                        {facts::widget_sections(locale)}
                        {map::widget_sections(locale)}
                    </main>
                </div>
            </body>
        </html>
    }
}
