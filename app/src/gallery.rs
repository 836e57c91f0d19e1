//! Every widget in every state on one page, for developers: `/sandbox/components`. Rendered by the server alone; how
//! widgets answer to touch is seen in the application.

mod controls;
mod facts;

use leptos::{config::LeptosOptions, prelude::*};
use leptos_meta::{HashedStylesheet, MetaTags, provide_meta_context};

use crate::shell::inner_styles;

/// The whole document, under the same style sheets as the application.
pub fn gallery(options: LeptosOptions) -> impl IntoView {
    provide_meta_context();
    let inner = inner_styles(&options.site_root);
    view! {
        <!DOCTYPE html>
        <html lang="ru" data-standalone="">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <title>"Компоненты · Колонка"</title>
                <HashedStylesheet options id="leptos" />
                {inner.map(|href| view! { <link rel="stylesheet" href=href /> })}
                <link rel="icon" href="/favicon.svg" r#type="image/svg+xml" />
                <MetaTags />
            </head>
            <body>
                <div class="app" data-mode="full">
                    <main data-screen="components">
                        <h1>"Компоненты"</h1>
                        {controls::shelves()}
                        {facts::shelves()}
                    </main>
                </div>
            </body>
        </html>
    }
}

/// One widget with its states, under its name.
fn shelf(name: &'static str, states: AnyView) -> AnyView {
    view! {
        <section class="section" aria-label=name>
            <h2>{name}</h2>
            {states}
        </section>
    }
    .into_any()
}

/// What the widgets of a page without script tell their owner: nobody hears it.
fn silent<T: 'static>() -> Callback<T> {
    Callback::new(|_| ())
}
