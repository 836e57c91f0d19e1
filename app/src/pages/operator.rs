//! `/operator`: the cashier's desk. A sale is put together, the pre-check with its QR code is shown and printed, and the
//! payment arrives by itself.
//!
//! Everything that changes an order goes through the cashier API, as it would from an ERP: this page has no other way.
//! The server renders an empty desk, since only the browser knows whether somebody is signed in.

mod actions;
mod api;
mod card;
mod card_state;
mod clock;
mod context;
mod desk;
mod dialogs;
mod keys;
mod open_issues;
mod orders;
mod sale;
mod sign_in;
mod station;

use domain::locale::Locale;
use leptos::{prelude::*, task::spawn_local};

use self::{
    api::ErpError,
    context::{DeskContext, DeskSession},
};
use crate::{
    components::{Notice, NoticeKind, ResultHead, ResultKind},
    state::{Language, mark_hydrated, set_title},
};

/// The page of `/operator`.
pub fn page() -> AnyView {
    let locale = Language::from_context().current();
    let desk = DeskContext::new(locale);
    let has_station = Memo::new(move |_| desk.station.with(Option::is_some));
    Effect::new(move |_| check_session(desk));
    mark_hydrated();
    set_title(locale.pick("Касса", "Till"));
    view! {
        <main data-screen="operator">
            <link rel="stylesheet" href="/desk.css" />
            {move || match desk.session.get() {
                DeskSession::Unknown => waiting(locale),
                DeskSession::SignedOut => sign_in::form(desk),
                DeskSession::SignedIn if !has_station.get() => station::choice(desk),
                DeskSession::SignedIn => desk::desk(desk),
                DeskSession::NotEnabled => not_enabled_view(locale),
                DeskSession::Offline => offline(desk),
            }}
        </main>
    }
    .into_any()
}

/// Finds out whether somebody is signed in.
fn check_session(desk: DeskContext) {
    spawn_local(async move {
        let session = match api::check_session(desk.locale).await {
            Ok(()) => {
                station::restore(desk).await;
                DeskSession::SignedIn
            }
            Err(ErpError::SignedOut) => DeskSession::SignedOut,
            Err(ErpError::NotEnabled) => DeskSession::NotEnabled,
            Err(_) => DeskSession::Offline,
        };
        desk.session.try_set(session);
    });
}

fn waiting(locale: Locale) -> AnyView {
    let title = locale.pick("Открываем кассу…", "Opening the till…").to_owned();
    view! {
        <ResultHead kind=ResultKind::Waiting title />
        // As text: a browser that runs scripts does not look inside, and hydration would find no elements there.
        <noscript inner_html=locale.pick(
            "<p class=\"second\">Касса работает только с JavaScript.</p>",
            "<p class=\"second\">The till needs JavaScript.</p>",
        )></noscript>
    }
    .into_any()
}

fn not_enabled_view(locale: Locale) -> AnyView {
    let text = locale.pick(
        "Касса на этом сервере не включена: не задан KOLONKA_ERP_TOKEN.",
        "The till of this server is not turned on: KOLONKA_ERP_TOKEN is not set.",
    );
    view! {
        <h1>{locale.pick("Касса", "Till")}</h1>
        <Notice kind=NoticeKind::Warning text=text.to_owned() />
    }
    .into_any()
}

fn offline(desk: DeskContext) -> AnyView {
    use crate::components::{Button, ButtonKind, ButtonSize};

    let DeskContext { locale, session, .. } = desk;
    let again = Callback::new(move |()| {
        session.set(DeskSession::Unknown);
        check_session(desk);
    });
    view! {
        <h1>{locale.pick("Касса", "Till")}</h1>
        <Notice kind=NoticeKind::Offline text=ErpError::Network.message(locale)>
            <Button kind=ButtonKind::Secondary size=ButtonSize::Medium on_press=again>
                {locale.pick("Повторить", "Try again")}
            </Button>
        </Notice>
    }
    .into_any()
}
