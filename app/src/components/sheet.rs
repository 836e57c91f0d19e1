//! A sheet from below: the browser's own modal dialog, which traps and returns focus and closes on Escape.

use leptos::ev::MouseEvent;
use leptos::html::Dialog;
use leptos::prelude::*;
use leptos::web_sys::HtmlDialogElement;

use super::Icon;

/// Modal sheet over the page. Not for embedded mode: a short frame would cut it off. `on_close` must make `open` false;
/// it runs after Escape, the cross, and a press on the scrim.
#[component]
pub fn Sheet(
    /// Unique on the page; the title becomes `{id}-title`.
    #[prop(into)]
    id: String,
    #[prop(into)] title: String,
    /// «Закрыть».
    #[prop(into)]
    close_label: String,
    #[prop(into)] open: Signal<bool>,
    on_close: Callback<()>,
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = node.get() else { return };
        if !open.get() {
            dialog.close();
        } else if !dialog.open() {
            show(dialog, open);
        }
    });
    let close = move || {
        if let Some(dialog) = node.get_untracked() {
            dialog.close();
        }
    };
    // Whatever is inside covers the dialog, so a press on the dialog itself is one on the scrim.
    let press = move |event: MouseEvent| {
        if event.target() == event.current_target() {
            close();
        }
    };
    let title_id = format!("{id}-title");
    let labelled = title_id.clone();
    view! {
        <dialog
            class="sheet"
            id=id
            node_ref=node
            aria-labelledby=labelled
            on:click=press
            on:close=move |_| on_close.run(())
        >
            <div class="sheet-in">
                <header class="sheet-head">
                    <h2 id=title_id>{title}</h2>
                    <button class="icon-btn" type="button" aria-label=close_label on:click=move |_| close()>
                        {Icon::Close.view()}
                    </button>
                </header>
                {children()}
            </div>
        </dialog>
    }
    .into_any()
}

/// A sheet that has just been drawn may not be in the page yet: then it is shown in the next frame.
fn show(dialog: HtmlDialogElement, open: Signal<bool>) {
    if dialog.show_modal().is_err() && open.try_get_untracked() == Some(true) {
        request_animation_frame(move || show(dialog, open));
    }
}
