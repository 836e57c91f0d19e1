//! The draft: one store, kept on this device for this tab, so that reload and back lose nothing. What it says of the payer
//! and the car goes with the order: once that is placed, the tab keeps nothing of it.

use std::{cell::RefCell, collections::BTreeMap};

use domain::{
    draft::{Customer, Draft, DraftContent, FillBy, FuelChoice, Host, Item, MinappType, Vehicle},
    fuel::FuelId,
    id::{IdempotencyKey, PumpNumber, Sku, StationId},
    locale::Locale,
    money::Kopecks,
    numbers::parse_hundredths,
    quantity::Centi,
    refusal::{FieldProblem, RequestError},
    view::{LineView, OrderView},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Device;
use crate::{
    api::json,
    host::{HostContext, Mode, Payer},
};

/// What the customer has chosen at one station, as typed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FormDraft {
    pub station: String,
    pub pump: Option<u16>,
    pub fuel: Option<FuelId>,
    /// The master of the two numbers.
    pub by: FillBy,
    /// The master's digits, exactly as typed.
    pub typed: String,
    pub items: BTreeMap<String, u32>,
    /// How far the phone was from the station when its owner said to be there.
    #[serde(default)]
    pub away_m: Option<u32>,
}

/// The payer and the car, as typed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PayerForm {
    pub name: String,
    pub email: String,
    pub phone: String,
    pub inn: String,
    pub kpp: String,
    pub plate: String,
    pub driver: String,
    pub odometer: String,
    #[serde(default)]
    pub cost_centre: String,
}

/// The key of the last request, and what it was made of: the same content keeps its key.
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

/// The store. Reading is reactive; the server's is always empty.
#[derive(Clone, Copy)]
pub struct DraftStore {
    pub form: RwSignal<FormDraft>,
    pub payer: RwSignal<PayerForm>,
    /// What the host has said of the payer.
    hinted: RwSignal<PayerForm>,
    last: RwSignal<LastKey>,
    /// What was kept on this device has been read.
    pub ready: RwSignal<bool>,
}

const STORAGE_KEY: &str = "kolonka.draft";

thread_local! {
    /// The draft as the last page left it: a foreign frame may have no storage. Written by effects, so the server's
    /// stays empty.
    static LAST_DRAFT: RefCell<Option<StoredDraft>> = const { RefCell::new(None) };
}

impl DraftStore {
    /// Begins the store of a page, with what was chosen before, and keeps it while the page is there. Each page that
    /// drafts begins with it; what happens to a draft between two of them is remembered outside of both.
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
                keep(saved);
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
    pub fn of_page() -> Self {
        use_context().unwrap_or_else(Self::empty)
    }

    fn restore(self) {
        if let Some(saved) = LAST_DRAFT.with_borrow(Clone::clone).or_else(stored) {
            self.form.set(saved.form);
            self.payer.set(saved.payer);
            self.hinted.set(saved.hinted);
            self.last.set(saved.last);
        }
    }

    /// A draft belongs to one station: another one begins anew.
    pub fn begin(self, station: &str) {
        if self.form.with_untracked(|form| form.station != station) {
            self.form.set(FormDraft { station: station.to_owned(), ..FormDraft::default() });
        }
    }

    /// The request, with the key of its content.
    #[must_use]
    pub fn to_draft(self, expected_total: Kopecks, host: Option<HostContext>, locale: Locale) -> Draft {
        let mut draft = self.unkeyed(expected_total, host, locale);
        draft.idempotency_key = IdempotencyKey(self.key_for(&draft));
        draft
    }

    /// The content of the request. To price it touches no key: that of an order whose answer was lost has to stay.
    #[must_use]
    pub fn unkeyed(self, expected_total: Kopecks, host: Option<HostContext>, locale: Locale) -> Draft {
        let form = self.form.get_untracked();
        Draft {
            idempotency_key: IdempotencyKey(Uuid::nil()),
            station_id: StationId(form.station.clone()),
            pump: form.pump().filter(|_| form.fuel.is_some()),
            fuel: form.fuel_choice(),
            items: form.items(),
            customer: self.payer.get_untracked().customer(),
            // The screen has told of a mistyped car before anything is sent.
            vehicle: self.payer.get_untracked().vehicle().ok().flatten(),
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

    /// The order of the last key has ended badly: the next try is a new order.
    pub fn forget_key(self) {
        self.last.set(LastKey::default());
    }

    /// The host says who pays, again when that changes.
    pub fn hint(self, said: &Payer) {
        let told = |hint: &Option<String>| hint.clone().unwrap_or_default();
        let now = PayerForm {
            name: told(&said.name),
            email: told(&said.email),
            phone: told(&said.phone),
            ..PayerForm::default()
        };
        let before = self.hinted.get_untracked();
        if now != before {
            self.payer.update(|payer| payer.follow(&before, &now));
            self.hinted.set(now);
        }
    }

    /// The order is placed: the tab forgets it, and the device remembers what helps with the next one.
    pub fn forget(self) {
        self.form.with_untracked(|form| self.payer.with_untracked(|payer| Device::remember(form, payer)));
        self.form.set(FormDraft::default());
        self.payer.set(PayerForm::default());
        self.hinted.set(PayerForm::default());
        self.forget_key();
    }
}

impl FormDraft {
    /// What an order asked for, as a new draft; its pump only where it may be asked again.
    #[must_use]
    pub fn again(order: &OrderView, same_pump: bool) -> Self {
        let fuel = order.lines.iter().find(|line| line.kind == "fuel");
        let others = order.lines.iter().filter(|line| line.kind != "fuel");
        let count = |line: &LineView| u32::try_from(line.quantity.get() / 100).ok();
        Self {
            station: order.station.id.0.clone(),
            pump: order.pump.filter(|_| same_pump).map(|pump| pump.0),
            fuel: fuel.and_then(|line| FuelId::parse(&line.sku.0)),
            by: FillBy::Volume,
            typed: fuel.map(|line| Locale::Ru.hundredths(line.quantity.get())).unwrap_or_default(),
            items: others.filter_map(|line| Some((line.sku.0.clone(), count(line)?))).collect(),
            away_m: None,
        }
    }

    #[must_use]
    pub fn pump(&self) -> Option<PumpNumber> {
        self.pump.map(PumpNumber)
    }

    #[must_use]
    pub fn fuel_choice(&self) -> Option<FuelChoice> {
        let id = self.fuel?;
        let number = parse_hundredths(&self.typed);
        Some(FuelChoice {
            id,
            by: self.by,
            volume: number.filter(|_| self.by != FillBy::Amount).map(Centi::new),
            amount: number.filter(|_| self.by == FillBy::Amount).map(Kopecks::new),
        })
    }

    #[must_use]
    pub fn items(&self) -> Vec<Item> {
        self.items.iter().map(|(sku, count)| Item { sku: Sku(sku.clone()), count: *count }).collect()
    }

    /// Prices with `use_content`, which gets the priced part.
    pub fn with_content<T>(&self, use_content: impl FnOnce(DraftContent<'_>) -> T) -> T {
        let (fuel, items) = (self.fuel_choice(), self.items());
        use_content(DraftContent { pump: self.pump(), fuel: fuel.as_ref(), items: &items })
    }
}

impl PayerForm {
    /// The host's word takes the place of its word before, never of what was typed by hand or deleted.
    fn follow(&mut self, before: &Self, now: &Self) {
        for (field, before, now) in [
            (&mut self.name, &before.name, &now.name),
            (&mut self.email, &before.email, &now.email),
            (&mut self.phone, &before.phone, &now.phone),
        ] {
            if field == before {
                field.clone_from(now);
            }
        }
    }

    #[must_use]
    pub fn customer(&self) -> Customer {
        Customer {
            name: self.name.trim().to_owned(),
            email: self.email.trim().to_owned(),
            phone: self.phone.trim().to_owned(),
            inn: given(&self.inn),
            kpp: given(&self.kpp),
        }
    }

    /// The car; `None` where nothing was typed.
    ///
    /// # Errors
    /// The odometer is no number of kilometres: a mistyped one is never dropped in silence.
    pub fn vehicle(&self) -> Result<Option<Vehicle>, RequestError> {
        let odometer: String = self.odometer.chars().filter(|c| !c.is_whitespace()).collect();
        let wrong =
            RequestError::Field { field: "draft.vehicle.odometer_km", problem: FieldProblem::OutOfRange };
        let vehicle = Vehicle {
            plate: given(&self.plate),
            driver: given(&self.driver),
            odometer_km: given(&odometer).map(|km| km.parse().map_err(|_| wrong)).transpose()?,
            cost_centre: given(&self.cost_centre),
        };
        Ok((vehicle != Vehicle::default()).then_some(vehicle))
    }
}

fn given(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
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

fn stored() -> Option<StoredDraft> {
    let text = storage()?.get_item(STORAGE_KEY).ok()??;
    json::read(&text).ok()
}

fn keep(saved: StoredDraft) {
    if let Some(storage) = storage() {
        if saved == StoredDraft::default() {
            let _ = storage.remove_item(STORAGE_KEY);
        } else if let Ok(text) = serde_json::to_string(&saved) {
            let _ = storage.set_item(STORAGE_KEY, &text);
        }
    }
    LAST_DRAFT.set(Some(saved));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payer(name: &str, email: &str, phone: &str) -> PayerForm {
        let [name, email, phone] = [name, email, phone].map(str::to_owned);
        PayerForm { name, email, phone, ..PayerForm::default() }
    }

    #[test]
    fn another_payer_replaces_what_nobody_typed() {
        let (before, now) = (payer("Орлов", "orlov@firma.example", "1"), payer("Синица", "", "2"));
        let mut form = PayerForm { inn: "7707083893".to_owned(), ..before.clone() };
        form.follow(&before, &now);
        assert_eq!(
            form,
            PayerForm { inn: "7707083893".to_owned(), ..now },
            "an unknown address is not the old one"
        );
    }

    #[test]
    fn another_payer_leaves_what_was_typed_and_what_was_deleted() {
        let (before, now) =
            (payer("Орлов", "orlov@firma.example", "1"), payer("Синица", "s@firma.example", "2"));
        let mut form = payer("ООО «Вектор»", "", "1");
        form.follow(&before, &now);
        assert_eq!(form, payer("ООО «Вектор»", "", "2"));
    }
}
