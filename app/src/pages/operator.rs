//! `/operator`: the cashier's desk. A sale is put together, the pre-check with its QR code is shown and printed, and the
//! payment arrives by itself.
//!
//! Everything that changes an order goes through the cashier API, as it would from an ERP: this page has no other way.
//! The server renders an empty desk, since only the browser knows whether somebody is signed in.

mod api;
mod card;
mod clock;
mod desk;
mod keys;
mod orders;
mod sale;
mod sign_in;
mod station;

use domain::{locale::Locale, view::StationView};
use leptos::{prelude::*, task::spawn_local};

use self::api::{ErpError, ListedOrder};
use crate::{
    components::{Notice, NoticeKind, ResultHead, ResultKind},
    state::{Language, mark_hydrated, set_title},
};

/// Who sits at the desk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum DeskSession {
    /// Not asked yet; also what the server renders.
    #[default]
    Unknown,
    SignedOut,
    SignedIn,
    /// This installation has no cashier API.
    Off,
    /// Nobody answers.
    Offline,
}

/// What is on the right of the desk.
#[derive(Clone, Debug, Default, PartialEq)]
enum DeskPanel {
    #[default]
    Sale,
    Order(Box<ListedOrder>),
}

/// What the components of the desk share.
#[derive(Clone, Copy)]
struct DeskContext {
    locale: Locale,
    session: RwSignal<DeskSession>,
    station: RwSignal<Option<StationView>>,
    panel: RwSignal<DeskPanel>,
    orders: RwSignal<Vec<ListedOrder>>,
    /// What is looked for in the list: digits of a number.
    search: RwSignal<String>,
    /// What went wrong last, in a sentence.
    failure: RwSignal<Option<String>>,
    /// The list could not be asked for: what is shown may be old.
    stale: RwSignal<bool>,
}

impl DeskContext {
    /// Tells what went wrong; whoever is no longer signed in is asked to.
    fn tell(self, failure: &ErpError) {
        match failure {
            ErpError::SignedOut => {
                self.session.try_set(DeskSession::SignedOut);
            }
            failure => {
                self.failure.try_set(Some(failure.message(self.locale)));
            }
        }
    }

    /// Asks for the list again.
    fn reload(self) {
        let Some(station) = self.station.with_untracked(|station| Some(station.as_ref()?.id.clone())) else {
            return;
        };
        let search = self.search.get_untracked();
        spawn_local(async move {
            let answer = api::orders(self.locale, &station, &search).await;
            self.stale.try_set(answer == Err(ErpError::Network));
            match answer {
                // Somebody may have typed on meanwhile.
                Ok(list) if self.search.try_get_untracked().is_some_and(|now| now == search) => {
                    self.orders.try_set(list);
                }
                Ok(_) | Err(ErpError::Network) => {}
                Err(failure) => self.tell(&failure),
            }
        });
    }
}

/// The page of `/operator`.
pub fn page() -> AnyView {
    let locale = Language::of_page().now();
    let desk = DeskContext {
        locale,
        session: RwSignal::default(),
        station: RwSignal::new(None),
        panel: RwSignal::default(),
        orders: RwSignal::default(),
        search: RwSignal::default(),
        failure: RwSignal::new(None),
        stale: RwSignal::new(false),
    };
    let stands_somewhere = Memo::new(move |_| desk.station.with(Option::is_some));
    Effect::new(move |_| ask(desk));
    mark_hydrated();
    set_title(locale.pick("Касса", "Till"));
    view! {
        <main data-screen="operator">
            <link rel="stylesheet" href="/desk.css" />
            {move || match desk.session.get() {
                DeskSession::Unknown => waiting(locale),
                DeskSession::SignedOut => sign_in::form(desk),
                DeskSession::SignedIn if !stands_somewhere.get() => station::choice(desk),
                DeskSession::SignedIn => desk::desk(desk),
                DeskSession::Off => off(locale),
                DeskSession::Offline => offline(desk),
            }}
        </main>
    }
    .into_any()
}

/// Is somebody signed in?
fn ask(desk: DeskContext) {
    spawn_local(async move {
        let session = match api::session(desk.locale).await {
            Ok(()) => {
                station::recall(desk).await;
                DeskSession::SignedIn
            }
            Err(ErpError::SignedOut) => DeskSession::SignedOut,
            Err(ErpError::Off) => DeskSession::Off,
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

fn off(locale: Locale) -> AnyView {
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
        ask(desk);
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
