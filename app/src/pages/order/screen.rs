//! State that the parts of the screen share.

use domain::{locale::Locale, view::OrderView};
use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::{ApiError, get_order},
    host::{HostContext, use_host},
    state::{DraftStore, StreamState},
};

#[derive(Clone, Copy)]
pub struct Screen {
    pub locale: Locale,
    pub host: Option<HostContext>,
    pub draft: DraftStore,
    pub order: RwSignal<Option<OrderView>>,
    pub stream: RwSignal<StreamState>,
    /// Time that the customer has been waiting here.
    pub waiting: RwSignal<WaitingTime>,
    /// Failure of the last press.
    pub failure: RwSignal<Option<String>>,
    /// «Отменить» was pressed, and not yet confirmed.
    pub is_confirming_cancel: RwSignal<bool>,
}

impl Screen {
    pub fn new(locale: Locale, first: Option<OrderView>) -> Self {
        Self {
            locale,
            host: use_host(),
            draft: DraftStore::from_context(),
            order: RwSignal::new(first),
            stream: RwSignal::new(StreamState::Connecting),
            waiting: RwSignal::new(WaitingTime::Fresh),
            failure: RwSignal::new(None),
            is_confirming_cancel: RwSignal::new(false),
        }
    }

    /// Loads the order once, beside the stream.
    pub fn reload_order(self, id: String) {
        spawn_local(async move {
            match get_order(id, Some(self.locale)).await {
                Ok(fresh) => drop(self.order.try_set(Some(fresh))),
                Err(error) => self.show_error(&error),
            }
        });
    }

    pub fn show_error(self, error: &ApiError) {
        let text = if error.is_network() {
            self.locale
                .pick(
                    "Нет сети. Повторите, когда связь появится.",
                    "No network. Try again when you are back online.",
                )
                .to_owned()
        } else {
            error.message().to_owned()
        };
        self.failure.try_set(Some(text));
    }
}

/// Time that the customer has been waiting on this screen, in steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub enum WaitingTime {
    Fresh,
    Ten,
    Thirty,
    TwoMinutes,
}

impl WaitingTime {
    pub const fn seconds(self) -> u64 {
        match self {
            Self::Fresh => 0,
            Self::Ten => 10,
            Self::Thirty => 30,
            Self::TwoMinutes => 120,
        }
    }
}
