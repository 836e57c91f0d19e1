//! Placing an order: who pays, what the customer agrees to, and the press that sends it. A second press does nothing.

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

/// What [`Placing::failure`] shows at the end of a page, where a bar that stays in place may hide it. A card shows it above
/// its button.
const LAST_NOTICE: &str = "main > .notice:last-child";

/// What a form shows that places an order.
#[derive(Clone, Copy)]
pub struct Placing {
    store: DraftStore,
    locale: Locale,
    host: Option<HostContext>,
    wrong: RwSignal<Option<PayerMistake>>,
    failure: RwSignal<Option<ApiError>>,
    pub busy: RwSignal<bool>,
}

impl Placing {
    pub fn open(store: DraftStore, locale: Locale) -> Self {
        take_hints(store);
        Self {
            store,
            locale,
            host: use_host(),
            wrong: RwSignal::new(None),
            failure: RwSignal::new(None),
            busy: RwSignal::new(false),
        }
    }

    /// The fields of payer and car; the one that has to be mended shows its sentence.
    pub fn payer_fields(self) -> AnyView {
        payer::fields(self.locale, self.store.payer, self.wrong)
    }

    /// Something about the payer has to be mended.
    pub fn asks_payer(self) -> Signal<bool> {
        Signal::derive(move || self.wrong.with(Option::is_some))
    }

    /// What kept the last try from being an order.
    pub fn failure(self) -> AnyView {
        let error_text = move |error: ApiError| view! { <Notice kind=NoticeKind::Warning text=error_text(self.locale, &error) /> };
        (move || self.failure.get().map(error_text)).into_any()
    }

    /// Sends the draft at the total that the customer has seen; `repriced` hears what the server asks for now.
    pub fn press(self, repriced: Callback<QuoteView>) -> Callback<Kopecks> {
        let navigate = use_navigate();
        Callback::new(move |total| {
            if self.busy.get_untracked() {
                return;
            }
            self.wrong.set(self.store.payer.with_untracked(|payer| payer::mistake(payer, self.locale)));
            if self.wrong.with_untracked(Option::is_some) {
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
                        // The order's page stands behind the payment page: back, reload and a lost return lead there.
                        navigate(&address, NavigateOptions { replace: true, ..NavigateOptions::default() });
                        if let Some(host) = self.host.filter(|_| !placed.payment_url.is_empty()) {
                            let _ = host.pay(&placed.payment_url);
                        }
                    }
                    Err(error) => self.refused(error, repriced),
                }
            });
        })
    }

    /// The page may be gone by now.
    fn refused(self, error: ApiError<QuoteView>, repriced: Callback<QuoteView>) {
        let (error, quote) = error.split();
        if self.busy.try_set(false).is_some() {
            return;
        }
        if error.details().is_some_and(|details| details.order_failed == Some(true)) {
            self.store.forget_key();
        }
        if let (Some(Code::PriceChanged), Some(quote)) = (error.code(), quote) {
            repriced.run(quote);
        }
        match PayerMistake::of_server(&error) {
            Some(mistake) => {
                self.wrong.set(Some(mistake));
                focus_first_error();
            }
            None => {
                self.failure.set(Some(error));
                show_soon(LAST_NOTICE);
            }
        }
    }
}

/// The sentence of a error; without an answer of ours it is the network.
pub fn error_text(locale: Locale, error: &ApiError) -> String {
    if error.is_network() {
        locale.pick("Нет сети. Деньги не списаны. Нажмите ещё раз, когда связь появится: второй заказ не появится.", "No network. Nothing was charged. Press again when you are back online: there will be no second order.").to_owned()
    } else {
        error.message().to_owned()
    }
}

/// What the host says of the payer stands in the fields; the payer may change it.
fn take_hints(store: DraftStore) {
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
