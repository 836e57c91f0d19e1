//! A short fact on a coloured ground.

use leptos::prelude::*;

use super::Icon;

/// Meaning of the ground; the text has it too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TagKind {
    /// «до 23:00».
    #[default]
    Neutral,
    /// «Открыто», «Оплачен».
    Good,
    /// «Временно закрыта».
    Bad,
    /// «Оплатить до 14:35».
    Pay,
}

impl TagKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Pay => "pay",
        }
    }
}

/// A tag, 24 px high.
#[component]
pub fn Tag(
    #[prop(optional, into)] kind: Signal<TagKind>,
    #[prop(optional)] icon: Option<Icon>,
    #[prop(into)] text: Signal<String>,
) -> impl IntoView {
    view! {
        <span class="tag" data-kind=move || kind.get().as_str()>
            {icon.map(Icon::view)}
            {move || text.get()}
        </span>
    }
    .into_any()
}
