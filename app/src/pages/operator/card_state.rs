//! What the parts of the card share: its order, the dialog that is open, and a call that changes the order.

use domain::{id::OrderId, locale::Locale, order::Status, view::OrderView};
use leptos::{prelude::*, task::spawn_local};

use super::{
    api::{self, DiscrepancyRow, ErpError, ListedOrder},
    context::DeskContext,
    keys,
};

/// The one window in which pre-checks are printed, one after the other.
const PRINT_WINDOW_NAME: &str = "precheck";

/// State that the parts of the card share.
#[derive(Clone, Copy)]
pub struct PrecheckCard {
    pub desk: DeskContext,
    pub view: RwSignal<Option<OrderView>>,
    /// What only an operator reads of it.
    pub details: RwSignal<ListedOrder>,
    pub busy: RwSignal<bool>,
    pub dialog: RwSignal<Option<Dialog>>,
    /// The discrepancy that the dialog about one is open for.
    pub discrepancy: RwSignal<Option<DiscrepancyRow>>,
    /// What was not done is tried again at this moment.
    pub retried: RwSignal<bool>,
    /// What the open dialog has to say of its last try.
    pub failure: RwSignal<Option<String>>,
}

impl PrecheckCard {
    pub fn with<T: Default>(self, read: impl FnOnce(&OrderView) -> T) -> T {
        self.view.with(|view| view.as_ref().map(read).unwrap_or_default())
    }

    pub fn with_untracked<T: Default>(self, read: impl FnOnce(&OrderView) -> T) -> T {
        self.view.with_untracked(|view| view.as_ref().map(read).unwrap_or_default())
    }

    /// Reads again what only an operator reads.
    pub fn reload_details(self) {
        let number = self.with_untracked(|order| order.number.clone());
        spawn_local(async move {
            if let Ok(Some(fresh)) = api::order(self.desk.locale, &number).await {
                self.details.try_set(fresh);
            }
        });
    }

    pub fn is_unpaid(self) -> bool {
        self.view.with_untracked(|view| view.as_ref().is_some_and(is_unpaid))
    }
}

fn is_unpaid(order: &OrderView) -> bool {
    order.status == Status::AwaitingPayment
}

/// A question that is open over the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialog {
    Cancel,
    /// Which pump to start.
    Start,
    /// How much was dispensed.
    Volume,
    /// What was handed over.
    Goods,
    /// What to return.
    Refund,
    /// What was done about a discrepancy.
    Settle,
}

impl Dialog {
    pub const ALL: [Self; 6] =
        [Self::Cancel, Self::Start, Self::Volume, Self::Goods, Self::Refund, Self::Settle];

    /// The button that opens it.
    #[must_use]
    pub fn label(self, locale: Locale) -> &'static str {
        match self {
            Self::Cancel => locale.pick("Отменить", "Cancel"),
            Self::Start => locale.pick("Включить", "Start the pump"),
            Self::Volume => locale.pick("Налито…", "Dispensed…"),
            Self::Goods => locale.pick("Выдать товар", "Hand over goods"),
            Self::Refund => locale.pick("Вернуть деньги", "Return money"),
            Self::Settle => locale.pick("Отметить решённым", "Mark as settled"),
        }
    }

    pub fn id(self) -> &'static str {
        match self {
            Self::Cancel => "desk-cancel",
            Self::Start => "desk-start",
            Self::Volume => "desk-volume",
            Self::Goods => "desk-goods",
            Self::Refund => "desk-refund",
            Self::Settle => "desk-settle",
        }
    }

    pub fn title(self, locale: Locale, number: &str) -> String {
        let text = match self {
            Self::Cancel => locale.pick("Отменить заказ", "Cancel order"),
            Self::Start => locale.pick("Включить колонку для заказа", "Start a pump for order"),
            Self::Volume => locale.pick("Закрыть заказ", "Close order"),
            Self::Goods => locale.pick("Выдать товар заказа", "Hand over the goods of order"),
            Self::Refund => locale.pick("Вернуть деньги за заказ", "Return money of order"),
            Self::Settle => locale.pick("Отметить решённым: заказ", "Mark as settled: order"),
        };
        format!("{text} №\u{a0}{number}")
    }
}

/// Calls, shows the answer, and closes the dialog once it was answered.
pub fn run(
    card: PrecheckCard,
    call: impl AsyncFnOnce(Locale, OrderId) -> Result<OrderView, ErpError> + 'static,
) {
    run_then(card, call, move |fresh| {
        card.view.try_set(Some(fresh));
    });
}

/// The same for a call of which the answer is not the order: `done` gets it.
pub fn run_then<T: 'static>(
    card: PrecheckCard,
    call: impl AsyncFnOnce(Locale, OrderId) -> Result<T, ErpError> + 'static,
    done: impl FnOnce(T) + 'static,
) {
    let Some(id) = card.view.with_untracked(|view| view.as_ref().map(|view| view.id)) else { return };
    card.busy.set(true);
    card.desk.failure.set(None);
    card.failure.set(None);
    card.retried.set(false);
    spawn_local(async move {
        match call(card.desk.locale, id).await {
            Ok(answer) => {
                card.dialog.try_set(None);
                done(answer);
                card.reload_details();
                keys::focus("#desk-card-title");
            }
            // An open dialog says it itself: what is behind it cannot be read.
            Err(ErpError::SignedOut) => card.desk.show_failure(&ErpError::SignedOut),
            Err(failure) if card.dialog.with_untracked(Option::is_some) => {
                card.failure.try_set(Some(failure.message(card.desk.locale)));
            }
            Err(failure) => card.desk.show_failure(&failure),
        }
        card.busy.try_set(false);
    });
}

/// Opens the pre-check, which prints itself. Only in the moment of a press or a key do browsers allow the window.
pub fn print(card: PrecheckCard) {
    let unpaid =
        card.view.with_untracked(|view| view.as_ref().filter(|view| is_unpaid(view)).map(|view| view.id));
    let Some(id) = unpaid else { return };
    if !matches!(
        window().open_with_url_and_target(&api::precheck_address(id), PRINT_WINDOW_NAME),
        Ok(Some(_))
    ) {
        let text = card.desk.locale.pick(
            "Браузер не открыл окно печати. Разрешите всплывающие окна для этого сайта.",
            "The browser did not open the print window. Allow pop-ups for this site.",
        );
        card.desk.failure.set(Some(text.to_owned()));
    }
}
