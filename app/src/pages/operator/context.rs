//! State that the components of the desk share.

use domain::{locale::Locale, view::StationView};
use leptos::{prelude::*, task::spawn_local};

use super::api::{self, ErpError, ListedOrder, OrderSearch};

/// State of the cashier's session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeskSession {
    /// Not asked yet; also what the server renders.
    #[default]
    Unknown,
    SignedOut,
    SignedIn,
    /// This installation has no cashier API.
    NotEnabled,
    /// The server does not answer.
    Offline,
}

/// The right side of the desk.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum DeskPanel {
    #[default]
    Sale,
    Order(Box<ListedOrder>),
}

/// State that the components of the desk share. Copy it freely.
#[derive(Clone, Copy)]
pub struct DeskContext {
    pub locale: Locale,
    pub session: RwSignal<DeskSession>,
    pub station: RwSignal<Option<StationView>>,
    pub panel: RwSignal<DeskPanel>,
    pub orders: RwSignal<Vec<ListedOrder>>,
    /// How many orders of the station need a person, of all days.
    pub needing_attention: RwSignal<u32>,
    pub search: RwSignal<OrderSearch>,
    /// The last failure, as a sentence.
    pub failure: RwSignal<Option<String>>,
    /// The list could not be loaded: what is shown may be old.
    pub stale: RwSignal<bool>,
}

impl DeskContext {
    pub fn new(locale: Locale) -> Self {
        Self {
            locale,
            session: RwSignal::default(),
            station: RwSignal::new(None),
            panel: RwSignal::default(),
            orders: RwSignal::default(),
            needing_attention: RwSignal::default(),
            search: RwSignal::default(),
            failure: RwSignal::new(None),
            stale: RwSignal::new(false),
        }
    }

    /// Shows a failure; after the end of the session, the form to sign in.
    pub fn show_failure(self, failure: &ErpError) {
        match failure {
            ErpError::SignedOut => {
                self.session.try_set(DeskSession::SignedOut);
            }
            failure => {
                self.failure.try_set(Some(failure.message(self.locale)));
            }
        }
    }

    /// Loads the list again.
    pub fn reload(self) {
        let Some(station) = self.station.with_untracked(|station| Some(station.as_ref()?.id.clone())) else {
            return;
        };
        let search = self.search.get_untracked();
        spawn_local(async move {
            let answer = api::orders(self.locale, &station, &search).await;
            self.stale.try_set(matches!(answer, Err(ErpError::Network)));
            match answer {
                // The search may have changed meanwhile.
                Ok(list) if self.search.try_get_untracked().is_some_and(|now| now == search) => {
                    self.orders.try_set(list.orders);
                    self.needing_attention.try_set(list.needing_attention);
                }
                Ok(_) | Err(ErpError::Network) => {}
                Err(failure) => self.show_failure(&failure),
            }
        });
    }
}
