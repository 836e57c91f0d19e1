//! The draft: one store, kept on this device for this tab, so that reload and back lose nothing. Payer and car
//! go with the order: once that is placed, the tab keeps nothing of them.

use std::cell::RefCell;

use domain::{
    draft::{Draft, Host, MinappType},
    id::{IdempotencyKey, StationId},
    locale::Locale,
    money::Kopecks,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Device, FormDraft, PayerForm};
use crate::{
    api::json,
    host::{HostContext, Mode, Payer},
};

/// The key of the last request, and its content: the same content keeps its key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct LastKey {
    key: Uuid,
    content: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct StoredDraft {
    form: FormDraft,
    payer: PayerForm,
    #[serde(default)]
    hinted: PayerForm,
    last: LastKey,
}

/// The draft as signals. Reading is reactive; on the server it is always empty.
#[derive(Clone, Copy)]
pub struct DraftStore {
    pub form: RwSignal<FormDraft>,
    pub payer: RwSignal<PayerForm>,
    /// The payer as the host has described it.
    hinted: RwSignal<PayerForm>,
    last: RwSignal<LastKey>,
    /// Whether the stored draft has been read.
    pub ready: RwSignal<bool>,
}

const STORAGE_KEY: &str = "kolonka.draft";

thread_local! {
    /// The draft as the last page left it: a foreign frame may have no storage. Written by effects, so the server's
    /// stays empty.
    static LAST_DRAFT: RefCell<Option<StoredDraft>> = const { RefCell::new(None) };
}

impl DraftStore {
    /// Opens the store of a page with the stored draft, and saves it while the page is there. Each page with a draft
    /// calls it; between two of them the draft is kept outside of both.
    pub fn open() {
        let store = Self::empty();
        provide_context(store);
        Effect::new(move |_| {
            if !store.ready.get_untracked() {
                store.restore();
                store.ready.set(true);
            }
        });
        Effect::new(move |_| {
            let saved = StoredDraft {
                form: store.form.get(),
                payer: store.payer.get(),
                hinted: store.hinted.get(),
                last: store.last.get(),
            };
            if store.ready.get() {
                save(saved);
            }
        });
    }

    fn empty() -> Self {
        Self {
            form: RwSignal::default(),
            payer: RwSignal::default(),
            hinted: RwSignal::default(),
            last: RwSignal::default(),
            ready: RwSignal::new(false),
        }
    }

    /// The store of this page.
    #[must_use]
    pub fn from_context() -> Self {
        use_context().unwrap_or_else(Self::empty)
    }

    fn restore(self) {
        if let Some(saved) = LAST_DRAFT.with_borrow(Clone::clone).or_else(load) {
            self.form.set(saved.form);
            self.payer.set(saved.payer);
            self.hinted.set(saved.hinted);
            self.last.set(saved.last);
        }
    }

    /// Starts an empty draft, unless the current one is of this station.
    pub fn start_draft(self, station: &str) {
        if self.form.with_untracked(|form| form.station != station) {
            self.form.set(FormDraft { station: station.to_owned(), ..FormDraft::default() });
        }
    }

    /// The request, with the key of its content.
    #[must_use]
    pub fn to_draft(self, expected_total: Kopecks, host: Option<HostContext>, locale: Locale) -> Draft {
        let mut draft = self.to_draft_without_key(expected_total, host, locale);
        draft.idempotency_key = IdempotencyKey(self.key_for(&draft));
        draft
    }

    /// The content of the request. Pricing must not change the key: that of an order whose answer was lost has to stay.
    #[must_use]
    pub fn to_draft_without_key(
        self,
        expected_total: Kopecks,
        host: Option<HostContext>,
        locale: Locale,
    ) -> Draft {
        let form = self.form.get_untracked();
        Draft {
            idempotency_key: IdempotencyKey(Uuid::nil()),
            station_id: StationId(form.station.clone()),
            pump: form.pump().filter(|_| form.fuel.is_some()),
            fuel: form.fuel_choice(),
            items: form.items(),
            customer: self.payer.get_untracked().customer(),
            // The screen has shown the error of a mistyped car before anything is sent.
            vehicle: self.payer.get_untracked().vehicle().ok().flatten(),
            start: form.start(),
            host: host_facts(host, locale),
            expected_total,
            away_m: form.away_m,
        }
    }

    fn key_for(self, draft: &Draft) -> Uuid {
        let content = serde_json::to_string(draft).unwrap_or_default();
        let last = self.last.get_untracked();
        if last.content == content {
            return last.key;
        }
        let key = super::new_key();
        self.last.set(LastKey { key, content });
        key
    }

    /// Drops the last key, whose order has ended badly: the next try is a new order.
    pub fn forget_key(self) {
        self.last.set(LastKey::default());
    }

    /// Fills in the host's hints about the payer, also when they change.
    pub fn fill_hints(self, hints: &Payer) {
        let text = |hint: &Option<String>| hint.clone().unwrap_or_default();
        let now = PayerForm {
            name: text(&hints.name),
            email: text(&hints.email),
            phone: text(&hints.phone),
            ..PayerForm::default()
        };
        let before = self.hinted.get_untracked();
        if now != before {
            self.payer.update(|payer| payer.update_hints(&before, &now));
            self.hinted.set(now);
        }
    }

    /// Removes the draft of a placed order from the tab; the device remembers what helps with the next one.
    pub fn forget(self) {
        self.form.with_untracked(|form| self.payer.with_untracked(|payer| Device::remember(form, payer)));
        self.form.set(FormDraft::default());
        self.payer.set(PayerForm::default());
        self.hinted.set(PayerForm::default());
        self.forget_key();
    }
}

fn host_facts(host: Option<HostContext>, locale: Locale) -> Host {
    let Some(host) = host else { return Host { locale, ..Host::default() } };
    untrack(|| Host {
        minapp_type: if host.mode() == Mode::Suborder { MinappType::Suborder } else { MinappType::Order },
        order_container_id: host.order_container_id(),
        shop_id: host.shop_id(),
        locale,
    })
}

/// The tab's storage; absent where the browser forbids it in a foreign frame. Then the draft lives in memory.
fn storage() -> Option<web_sys::Storage> {
    window().session_storage().ok().flatten()
}

fn load() -> Option<StoredDraft> {
    let text = storage()?.get_item(STORAGE_KEY).ok()??;
    json::read(&text).ok()
}

fn save(saved: StoredDraft) {
    if let Some(storage) = storage() {
        if saved == StoredDraft::default() {
            let _ = storage.remove_item(STORAGE_KEY);
        } else if let Ok(text) = serde_json::to_string(&saved) {
            let _ = storage.set_item(STORAGE_KEY, &text);
        }
    }
    LAST_DRAFT.set(Some(saved));
}
