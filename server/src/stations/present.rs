//! From a catalogue entry to what customers see.

use domain::{
    geo::Point,
    view::{FuelPrice, FuelView, PumpView, ServiceView, StationSummary, StationView},
};
use time::OffsetDateTime;

use super::{catalogue::Entry, hours::OpenState};

/// A line of the list or a marker of the map.
pub(super) fn summary(entry: &Entry, near: Option<Point>, now: OffsetDateTime) -> StationSummary {
    let station = &entry.station;
    let open = open_state(entry, now);
    StationSummary {
        id: station.id.clone(),
        name: station.name.clone(),
        brand: station.brand.clone(),
        address: station.address.clone(),
        lat: station.point.lat,
        lon: station.point.lon,
        distance_m: near.map(|near| near.distance_m(station.point)),
        open_now: open.open_now,
        fuels: station
            .fuels
            .iter()
            .map(|fuel| FuelPrice { id: fuel.id, price: fuel.price, available: fuel.available })
            .collect(),
        services: station.amenities.clone(),
        pay_in_app: station.pay_in_app(),
        open_until: open.open_until,
        opens_at: open.opens_at,
        on_break: open.on_break,
        closed_reason: station.closed_reason.clone(),
        no_free_pumps: station.no_free_pumps(),
    }
}

/// The page of a station.
pub(super) fn view(entry: &Entry, near: Option<Point>, now: OffsetDateTime) -> StationView {
    let station = &entry.station;
    let open = open_state(entry, now);
    StationView {
        id: station.id.clone(),
        name: station.name.clone(),
        brand: station.brand.clone(),
        address: station.address.clone(),
        lat: station.point.lat,
        lon: station.point.lon,
        distance_m: near.map(|near| near.distance_m(station.point)),
        open_now: open.open_now,
        pay_in_app: station.pay_in_app(),
        pumps: station
            .pumps
            .iter()
            .map(|pump| PumpView { number: pump.number, fuels: pump.fuels.clone(), state: pump.state })
            .collect(),
        fuels: station
            .fuels
            .iter()
            .map(|fuel| FuelView {
                id: fuel.id,
                name: fuel.name.clone(),
                unit: fuel.unit,
                price: fuel.price,
                max: fuel.max,
                available: fuel.available,
                vat: fuel.vat,
            })
            .collect(),
        services: station
            .goods
            .iter()
            .map(|product| ServiceView {
                sku: product.sku.clone(),
                name: product.name.clone(),
                price: product.price,
                kind: product.kind,
                unit: product.unit,
                vat: product.vat,
            })
            .collect(),
        amenities: station.amenities.clone(),
        opening_hours: station.opening_hours.clone(),
        open_until: open.open_until,
        opens_at: open.opens_at,
        on_break: open.on_break,
        closed_reason: station.closed_reason.clone(),
        phone: station.phone.clone(),
        silent: station.sells_fuel() && station.automation.silent,
        full_tank: station.automation.full_tank,
        updated_at: entry.updated_at,
    }
}

/// A station that is closed for a while is closed, whatever its hours say.
pub(super) fn open_state(entry: &Entry, now: OffsetDateTime) -> OpenState {
    match entry.station.closed_reason {
        Some(_) => OpenState::default(),
        None => entry.hours.state(now),
    }
}
