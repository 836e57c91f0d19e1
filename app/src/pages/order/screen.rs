//! State that the parts of the screen share.

use domain::{
    locale::Locale,
    view::{OrderView, StartPump},
};
use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::{ApiError, get_order},
    host::{HostContext, use_host},
    state::{DraftStore, StreamState, show_newer},
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
    /// The pump that the driver has chosen here, instead of the one that was ordered.
    pub pump: RwSignal<Option<u32>>,
    /// The pumps as the station has reported them last.
    pub pumps: Memo<Vec<StartPump>>,
    /// A start has been sent, and is not answered yet.
    pub is_starting: RwSignal<bool>,
}

impl Screen {
    pub fn new(locale: Locale, first: Option<OrderView>) -> Self {
        let order = RwSignal::new(first);
        Self {
            locale,
            host: use_host(),
            draft: DraftStore::from_context(),
            order,
            stream: RwSignal::new(StreamState::Connecting),
            waiting: RwSignal::new(WaitingTime::Fresh),
            failure: RwSignal::new(None),
            is_confirming_cancel: RwSignal::new(false),
            pump: RwSignal::new(None),
            pumps: Memo::new(move |_| {
                order.with(|order| Some(order.as_ref()?.start.as_ref()?.pumps.clone())).unwrap_or_default()
            }),
            is_starting: RwSignal::new(false),
        }
    }

    /// Loads the order once, beside the stream, and shows the failure.
    pub fn reload_order(self, id: String) {
        spawn_local(async move {
            if let Err(error) = self.read_order(id).await {
                self.show_error(&error);
            }
        });
    }

    /// Loads the order once, beside the stream.
    pub async fn read_order(self, id: String) -> Result<(), ApiError> {
        self.show_order(get_order(id, Some(self.locale)).await?);
        Ok(())
    }

    /// Shows a view, unless it is older than the one on screen.
    pub fn show_order(self, fresh: OrderView) {
        show_newer(fresh, self.order);
    }

    /// Whether the order on screen has gone on since this history entry, or has left with its page.
    pub fn has_moved_on(self, seq: u32) -> bool {
        self.order
            .try_with_untracked(|order| {
                order.as_ref().and_then(|order| order.history.last()).map(|step| step.seq)
            })
            .is_none_or(|shown| shown != Some(seq))
    }

    /// The pump that would be started: the driver's choice, else the one that was ordered.
    pub fn chosen_pump(self, order: &OrderView) -> Signal<Option<u32>> {
        let ordered = order.pump.map(|pump| u32::from(pump.0));
        Signal::derive(move || self.pump.get().or(ordered))
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
