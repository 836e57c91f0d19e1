//! Head of a result screen: a sign, the result, its meaning for the driver.

use leptos::html::H1;
use leptos::prelude::*;

use super::{Icon, Spinner};

/// Kind of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultKind {
    /// Not known yet: the waiting face. Never shown as failure.
    Waiting,
    /// A tick.
    Success,
    /// An exclamation mark; read aloud at once.
    Failure,
}

impl ResultKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Success => "success",
            Self::Failure => "failure",
        }
    }

    const fn role(self) -> &'static str {
        match self {
            Self::Failure => "alert",
            Self::Waiting | Self::Success => "status",
        }
    }

    fn sign(self) -> AnyView {
        match self {
            Self::Waiting => view! { <Spinner /> }.into_any(),
            Self::Success => view! { <span class="result-mark">{Icon::Check.view()}</span> }.into_any(),
            Self::Failure => view! { <span class="result-mark">{Icon::Alert.view()}</span> }.into_any(),
        }
    }
}

/// The heading can take focus from script (`heading`), so that a changed screen is read from its start.
#[component]
pub fn ResultHead(
    #[prop(into)] kind: Signal<ResultKind>,
    #[prop(into)] title: Signal<String>,
    #[prop(optional, into)] text: Signal<String>,
    /// Smaller line: a reason, or how long it usually takes.
    #[prop(optional, into)]
    detail: Signal<String>,
    #[prop(optional)] heading: NodeRef<H1>,
) -> impl IntoView {
    let line = |class: &'static str, text: Signal<String>| {
        move || {
            let text = text.get();
            (!text.is_empty()).then(|| view! { <p class=class>{text}</p> })
        }
    };
    view! {
        <section class="result" data-kind=move || kind.get().as_str() role=move || kind.get().role()>
            {move || kind.get().sign()}
            <h1 tabindex="-1" node_ref=heading>
                {move || title.get()}
            </h1>
            {line("lead", text)}
            {line("second", detail)}
        </section>
    }
    .into_any()
}
