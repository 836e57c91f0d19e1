//! What the components of the desk share, and what they tell each other by it.

use domain::{locale::Locale, view::StationView};
use leptos::{prelude::*, task::spawn_local};

use super::api::{self, ErpError, ListedOrder};

/// Who sits at the desk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeskSession {
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
pub enum DeskPanel {
    #[default]
    Sale,
    Order(Box<ListedOrder>),
}

/// What the components of the desk share.
#[derive(Clone, Copy)]
pub struct DeskContext {
    pub locale: Locale,
    pub session: RwSignal<DeskSession>,
    pub station: RwSignal<Option<StationView>>,
    pub panel: RwSignal<DeskPanel>,
    pub orders: RwSignal<Vec<ListedOrder>>,
    /// What is looked for in the list: digits of a number.
    pub search: RwSignal<String>,
    /// What went wrong last, in a sentence.
    pub failure: RwSignal<Option<String>>,
    /// The list could not be asked for: what is shown may be old.
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
            search: RwSignal::default(),
            failure: RwSignal::new(None),
            stale: RwSignal::new(false),
        }
    }

    /// Tells what went wrong; whoever is no longer signed in is asked to.
    pub fn tell(self, failure: &ErpError) {
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
    pub fn reload(self) {
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
