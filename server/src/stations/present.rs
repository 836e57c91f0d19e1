//! Views of catalogue entries for customers.

use domain::{
    geo::Point,
    station::Automation,
    view::{FuelPrice, StationSummary, StationView},
};
use time::OffsetDateTime;

use super::snapshot::StationEntry;

/// A line of the list or a marker of the map.
pub(super) fn summary(
    entry: &StationEntry,
    automation: Automation,
    near: Option<Point>,
    now: OffsetDateTime,
) -> StationSummary {
    let station = &entry.station;
    let open = entry.open_state(now);
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
            .trade
            .fuels
            .iter()
            .map(|fuel| FuelPrice { id: fuel.id, price: fuel.price, available: fuel.available })
            .collect(),
        services: station.amenities.clone(),
        pay_in_app: station.offer(automation).can_order_fuel(),
        open_until: open.open_until,
        opens_at: open.opens_at,
        on_break: open.on_break,
        closed_reason: station.closed_reason.clone(),
        no_free_pumps: station.trade.has_no_free_pumps(),
    }
}

/// The page of a station.
pub(super) fn view(
    entry: &StationEntry,
    automation: Automation,
    near: Option<Point>,
    now: OffsetDateTime,
) -> StationView {
    let station = &entry.station;
    let open = entry.open_state(now);
    StationView {
        id: station.id.clone(),
        name: station.name.clone(),
        brand: station.brand.clone(),
        address: station.address.clone(),
        point: station.point,
        distance_m: near.map(|near| near.distance_m(station.point)),
        open_now: open.open_now,
        pay_in_app: station.offer(automation).can_order_fuel(),
        trade: station.trade.clone(),
        amenities: station.amenities.clone(),
        opening_hours: station.opening_hours.clone(),
        open_until: open.open_until,
        opens_at: open.opens_at,
        on_break: open.on_break,
        closed_reason: station.closed_reason.clone(),
        phone: station.phone.clone(),
        automation: Automation { silent: station.trade.sells_fuel() && automation.silent, ..automation },
        updated_at: entry.updated_at,
    }
}
