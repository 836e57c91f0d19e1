//! Placing an order: the payer, the consent, and the press that sends it. A second press does nothing.

mod consent;
mod payer;

use domain::{locale::Locale, money::Kopecks, refusal::Code, view::QuoteView};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};

pub use consent::line as consent;

use crate::{
    api::{ApiError, place_order},
    components::{Notice, NoticeKind},
    host::{HostContext, use_host},
    state::{DraftStore, PayerForm, focus_first_error, show_soon},
};
use payer::PayerMistake;

/// The notice of [`Placing::failure`] at the end of a page, where a sticky bar may hide it. A card shows it above its
/// button.
const LAST_NOTICE_SELECTOR: &str = "main > .notice:last-child";

/// State of a form that places an order.
#[derive(Clone, Copy)]
pub struct Placing {
    store: DraftStore,
    locale: Locale,
    host: Option<HostContext>,
    mistake: RwSignal<Option<PayerMistake>>,
    failure: RwSignal<Option<ApiError>>,
    pub busy: RwSignal<bool>,
}

impl Placing {
    pub fn open(store: DraftStore, locale: Locale) -> Self {
        follow_hints(store);
        Self {
            store,
            locale,
            host: use_host(),
            mistake: RwSignal::new(None),
            failure: RwSignal::new(None),
            busy: RwSignal::new(false),
        }
    }

    /// The fields of payer and car; the one with a mistake shows its sentence.
    pub fn payer_fields(self) -> AnyView {
        payer::fields(self.locale, self.store.payer, self.mistake)
    }

    /// Whether a field of the payer has a mistake.
    pub fn has_payer_mistake(self) -> Signal<bool> {
        Signal::derive(move || self.mistake.with(Option::is_some))
    }

    /// The notice why the last try did not place an order.
    pub fn failure(self) -> AnyView {
        let error_text = move |error: ApiError| view! { <Notice kind=NoticeKind::Warning text=error_text(self.locale, &error) /> };
        (move || self.failure.get().map(error_text)).into_any()
    }

    /// Sends the draft at the total that the customer has seen; `on_repriced` gets the new quote when the
    /// price has changed.
    pub fn submit(self, on_repriced: Callback<QuoteView>) -> Callback<Kopecks> {
        let navigate = use_navigate();
        Callback::new(move |total| {
            if self.busy.get_untracked() {
                return;
            }
            self.mistake
                .set(self.store.payer.with_untracked(|payer| payer::find_mistake(payer, self.locale)));
            if self.mistake.with_untracked(Option::is_some) {
                focus_first_error();
                return;
            }
            self.failure.set(None);
            self.busy.set(true);
            let draft = self.store.to_draft(total, self.host, self.locale);
            let navigate = navigate.clone();
            spawn_local(async move {
                match place_order(draft).await {
                    Ok(placed) => {
                        let address = format!("/orders/{}", placed.order_id);
                        self.store.forget();
                        // The order's page is before the payment page: back, reload and a lost return lead there.
                        navigate(&address, NavigateOptions { replace: true, ..NavigateOptions::default() });
                        if let Some(host) = self.host.filter(|_| !placed.payment_url.is_empty()) {
                            let _ = host.pay(&placed.payment_url);
                        }
                    }
                    Err(error) => self.handle_refusal(error, on_repriced),
                }
            });
        })
    }

    /// Shows why no order was placed, unless the page is gone by now.
    fn handle_refusal(self, error: ApiError<QuoteView>, on_repriced: Callback<QuoteView>) {
        let (error, quote) = error.split();
        if self.busy.try_set(false).is_some() {
            return;
        }
        if error.details().is_some_and(|details| details.order_failed == Some(true)) {
            self.store.forget_key();
        }
        if let (Some(Code::PriceChanged), Some(quote)) = (error.code(), quote) {
            on_repriced.run(quote);
        }
        match PayerMistake::from_server_error(&error) {
            Some(mistake) => {
                self.mistake.set(Some(mistake));
                focus_first_error();
            }
            None => {
                self.failure.set(Some(error));
                show_soon(LAST_NOTICE_SELECTOR);
            }
        }
    }
}

/// The sentence of an error; without an answer of ours, about the network.
pub fn error_text(locale: Locale, error: &ApiError) -> String {
    if error.is_network() {
        locale.pick("Нет сети. Деньги не списаны. Нажмите ещё раз, когда связь появится: второй заказ не появится.", "No network. Nothing was charged. Press again when you are back online: there will be no second order.").to_owned()
    } else {
        error.message().to_owned()
    }
}

/// Fills the host's hints about the payer into the fields; the payer may change them.
fn follow_hints(store: DraftStore) {
    let Some(host) = use_host() else { return };
    Effect::new(move |_| {
        if let (true, Some(details)) = (store.ready.get(), host.details()) {
            store.fill_hints(&details.payer);
        }
    });
}

/// «П. Орлов · p.orlov@firma.example», as far as it is known.
pub fn payer_line(payer: &PayerForm) -> String {
    let known = [payer.name.trim(), payer.email.trim()];
    known.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}
