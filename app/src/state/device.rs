//! Data that this device keeps for its owner between visits: favourite stations, and the last order as far as it helps
//! with the next one. No name, no telephone, no driver; the car, and where it was fuelled, for a month.

use std::cell::RefCell;

use domain::{draft::FillBy, fuel::FuelId, geo::Point, view::StationView};
use leptos::prelude::window;
use serde::{Deserialize, Serialize};

use super::{FormDraft, PayerForm};
use crate::api::json;

const STORAGE_KEY: &str = "kolonka.device";
/// Favourites kept: a search may name no more stations.
const MAX_FAVOURITES: usize = 50;
const MAX_LAST_ORDER_AGE_S: i64 = 30 * 24 * 3600;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Device {
    /// Ids of stations, the newest first.
    #[serde(default)]
    pub favourites: Vec<String>,
    #[serde(default)]
    pub last: Option<LastOrder>,
}

/// The last order, without its pump, since people stop at another one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LastOrder {
    pub station: String,
    pub name: String,
    pub point: Option<Point>,
    pub fuel: FuelId,
    pub by: FillBy,
    pub typed: String,
    pub plate: String,
    /// Seconds since 1970.
    at: i64,
}

thread_local! {
    /// The station whose page was opened last, for the order that may follow. Written in the browser only.
    static LAST_STATION: RefCell<Option<(String, String, Point)>> = const { RefCell::new(None) };
}

/// Whether anything is stored. Cheap enough for the first screen.
pub fn has_memory() -> bool {
    stored_text().is_some()
}

impl Device {
    /// Reads what is stored and not too old.
    pub fn read() -> Self {
        let mut device: Self = stored_text().and_then(|text| json::read(&text).ok()).unwrap_or_default();
        device.last = device.last.filter(|last| now() - last.at < MAX_LAST_ORDER_AGE_S);
        device
    }

    pub fn is_favourite(&self, station: &str) -> bool {
        self.favourites.iter().any(|one| one == station)
    }

    /// Adds a station to the favourites or removes it; returns whether it is one now.
    pub fn toggle_favourite(station: &str) -> bool {
        let mut device = Self::read();
        let was = device.is_favourite(station);
        device.favourites.retain(|one| one != station);
        if !was {
            device.favourites.insert(0, station.to_owned());
            device.favourites.truncate(MAX_FAVOURITES);
        }
        device.save();
        !was
    }

    /// Remembers what has been ordered for the next time.
    pub fn remember(form: &FormDraft, payer: &PayerForm) {
        let Some(fuel) = form.fuel else { return };
        let seen = LAST_STATION.with_borrow(Clone::clone).filter(|(id, ..)| *id == form.station);
        let (name, point) = seen.map(|(_, name, point)| (name, point)).unzip();
        let last = LastOrder {
            station: form.station.clone(),
            name: name.unwrap_or_default(),
            point,
            fuel,
            by: form.by,
            typed: form.typed.clone(),
            plate: payer.plate.trim().to_owned(),
            at: now(),
        };
        Self { last: Some(last), ..Self::read() }.save();
    }

    /// Forgets the last order.
    pub fn forget_last() {
        Self { last: None, ..Self::read() }.save();
    }

    fn save(&self) {
        let Some(storage) = storage() else { return };
        if *self == Self::default() {
            let _ = storage.remove_item(STORAGE_KEY);
        } else if let Ok(text) = serde_json::to_string(self) {
            let _ = storage.set_item(STORAGE_KEY, &text);
        }
    }
}

/// Remembers the station whose page is on screen, for the order that may follow.
pub fn remember_station(station: &StationView) {
    LAST_STATION.set(Some((station.id.0.clone(), station.name.clone(), station.point)));
}

/// Absent where the browser forbids it in a foreign frame: then nothing is remembered.
fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

fn stored_text() -> Option<String> {
    storage()?.get_item(STORAGE_KEY).ok()?
}

#[expect(clippy::cast_possible_truncation, reason = "seconds of this millennium")]
fn now() -> i64 {
    (js_sys::Date::now() / 1000.0) as i64
}
