//! A message that stays in the page: an error, no network, a changed price.

use leptos::prelude::*;

use super::Icon;

/// Severity of a notice; errors are read aloud at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NoticeKind {
    /// Good to know.
    #[default]
    Info,
    /// No network, and what is shown is old.
    Offline,
    /// Needs a decision: the price has changed.
    Warning,
    /// It did not work.
    Error,
}

impl NoticeKind {
    const fn parts(self) -> (&'static str, &'static str, Icon) {
        match self {
            Self::Info => ("info", "status", Icon::Info),
            Self::Offline => ("info", "status", Icon::Offline),
            Self::Warning => ("warning", "alert", Icon::Info),
            Self::Error => ("error", "alert", Icon::Info),
        }
    }
}

/// `children` are its actions: one or two medium buttons («Повторить»).
#[component]
pub fn Notice(
    #[prop(optional)] kind: NoticeKind,
    #[prop(optional, into)] title: Signal<String>,
    #[prop(into)] text: Signal<String>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let (name, role, icon) = kind.parts();
    let head = move || {
        let title = title.get();
        (!title.is_empty()).then(|| view! { <strong>{title}</strong> })
    };
    view! {
        <div class="notice" data-kind=name role=role>
            {icon.view()}
            <div class="notice-text">
                {head} <p>{move || text.get()}</p>
            </div>
            {children.map(|slot| view! { <div class="notice-act">{slot()}</div> })}
        </div>
    }
    .into_any()
}
