//! Filters of a query, and counts of stations for each value of a filter.

use std::collections::HashMap;

use domain::{
    fuel::FuelId,
    view::{FuelCount, NameCount, StationCounts, StationQuery},
};
use time::OffsetDateTime;

use crate::stations::{
    served::ServedCatalogue,
    snapshot::{FilterRow, Snapshot, StationEntry, fuel_bit},
};

/// Brands that an answer counts, as many as the filter's sheet shows.
const MAX_BRANDS: usize = 100;

/// Filters of a query, prepared for one snapshot and one moment.
///
/// `fuels`: at least one of them is on sale and not sold out. `brands`: one of them, in any letter case. `services`:
/// all of them. `open_now`: open by its hours and not closed for a while. `pay_in_app`: fuel can be ordered now.
/// `ids`: one of these. `shop_id`: the one that is this shop of the marketplace.
pub(super) struct Filter<'a> {
    served: &'a ServedCatalogue,
    query: &'a StationQuery,
    fuels: u16,
    brands: Vec<u32>,
    /// By the hours of the snapshot; empty where `open_now` is not requested.
    open: Vec<bool>,
}

/// The filters that a station fails, a bit each.
type FailedFilters = u8;
const FUEL_FILTER_BIT: FailedFilters = 1;
const BRAND_FILTER_BIT: FailedFilters = 2;
const SERVICE_FILTER_BIT: FailedFilters = 4;
const OPEN_FILTER_BIT: FailedFilters = 8;
const PAY_FILTER_BIT: FailedFilters = 16;
const SHOP_FILTER_BIT: FailedFilters = 32;
const ID_FILTER_BIT: FailedFilters = 64;

impl<'a> Filter<'a> {
    pub(super) fn new(served: &'a ServedCatalogue, query: &'a StationQuery, now: OffsetDateTime) -> Self {
        let snapshot = served.snapshot.as_ref();
        let open = if query.open_now { open_hours(snapshot, now) } else { Vec::new() };
        Self {
            served,
            query,
            fuels: query.fuels.iter().fold(0, |all, fuel| all | fuel_bit(*fuel)),
            brands: query.brands.iter().filter_map(|brand| snapshot.table.brand_id(brand)).collect(),
            open,
        }
    }

    /// Returns the row of a station if it passes every filter.
    pub(super) fn matching_row(&self, at: usize) -> Option<&'a FilterRow> {
        let row = self.served.snapshot.table.rows.get(at)?;
        (self.failed(at, row) == 0).then_some(row)
    }

    fn failed(&self, at: usize, row: &FilterRow) -> FailedFilters {
        let fails = |fails: bool, bit: FailedFilters| if fails { bit } else { 0 };
        fails(self.fuels != 0 && row.fuels & self.fuels == 0, FUEL_FILTER_BIT)
            | fails(!self.query.brands.is_empty() && !self.brands.contains(&row.brand), BRAND_FILTER_BIT)
            | fails(!self.has_services(at), SERVICE_FILTER_BIT)
            | fails(self.query.open_now && !is_open(&self.open, row), OPEN_FILTER_BIT)
            | fails(self.query.pay_in_app && !self.can_order_fuel(at, row), PAY_FILTER_BIT)
            | fails(!self.is_shop(at), SHOP_FILTER_BIT)
            | fails(!self.is_named(at), ID_FILTER_BIT)
    }

    fn can_order_fuel(&self, at: usize, row: &FilterRow) -> bool {
        row.sells_fuel && !self.served.is_silent_at(at)
    }

    fn is_shop(&self, at: usize) -> bool {
        self.query
            .shop_id
            .is_none_or(|shop| self.entry(at).is_some_and(|entry| entry.station.shop_id == Some(shop)))
    }

    fn is_named(&self, at: usize) -> bool {
        self.query.ids.is_empty()
            || self.entry(at).is_some_and(|entry| self.query.ids.contains(&entry.station.id))
    }

    fn has_services(&self, at: usize) -> bool {
        self.query.services.is_empty()
            || self.entry(at).is_some_and(|entry| {
                self.query.services.iter().all(|name| entry.station.amenities.contains(name))
            })
    }

    fn entry(&self, at: usize) -> Option<&'a StationEntry> {
        self.served.snapshot.shown().get(at).map(AsRef::as_ref)
    }

    /// Counts `candidates` for each value of each filter. Within a filter of which one value is enough, a value is
    /// counted as if it alone was chosen; where all are needed, as if it was added.
    pub(super) fn count(
        &self,
        candidates: impl Iterator<Item = usize>,
        now: OffsetDateTime,
    ) -> StationCounts {
        let worked_out;
        let open = if self.query.open_now {
            &self.open
        } else {
            worked_out = open_hours(&self.served.snapshot, now);
            &worked_out
        };
        let mut fuels = [0_u32; FuelId::ALL.len()];
        let mut brands = vec![0_u32; self.served.snapshot.table.brands.len()];
        let mut services: HashMap<&str, u32> = HashMap::new();
        let mut counts = StationCounts::default();
        for at in candidates {
            let Some(row) = self.served.snapshot.table.rows.get(at) else { continue };
            let failed = self.failed(at, row);
            let only = |bit: FailedFilters| failed & !bit == 0;
            counts.total += u32::from(failed == 0);
            counts.pay_in_app += u32::from(only(PAY_FILTER_BIT) && self.can_order_fuel(at, row));
            counts.open_now += u32::from(only(OPEN_FILTER_BIT) && is_open(open, row));
            if only(FUEL_FILTER_BIT) {
                for (count, fuel) in fuels.iter_mut().zip(FuelId::ALL) {
                    *count += u32::from(row.fuels & fuel_bit(fuel) != 0);
                }
            }
            if only(BRAND_FILTER_BIT)
                && let Some(count) = brands.get_mut(row.brand as usize)
            {
                *count += 1;
            }
            if failed == 0
                && let Some(entry) = self.entry(at)
            {
                for name in &entry.station.amenities {
                    *services.entry(name).or_default() += 1;
                }
            }
        }
        counts.fuels = FuelId::ALL
            .into_iter()
            .zip(fuels)
            .filter(|(_, count)| *count > 0)
            .map(|(id, count)| FuelCount { id, count })
            .collect();
        counts.brands = by_count(self.served.snapshot.table.brands.iter().map(String::as_str).zip(brands));
        counts.brands.truncate(MAX_BRANDS);
        counts.services = by_count(services.into_iter());
        counts
    }
}

/// Names with something to count, the most frequent first, then by name.
fn by_count<'a>(counts: impl Iterator<Item = (&'a str, u32)>) -> Vec<NameCount> {
    let mut counts: Vec<_> = counts
        .filter(|(name, count)| !name.is_empty() && *count > 0)
        .map(|(name, count)| NameCount { name: name.to_owned(), count })
        .collect();
    counts.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
    counts
}

/// Open states of the hours of a snapshot: hundreds, for thirty thousand stations.
fn open_hours(snapshot: &Snapshot, now: OffsetDateTime) -> Vec<bool> {
    snapshot.table.hours.iter().map(|hours| hours.is_open_at(now)).collect()
}

/// Whether a station is open by its hours (`open` has the state of each) and not closed for a while.
fn is_open(open: &[bool], row: &FilterRow) -> bool {
    !row.is_shut && open.get(row.hours as usize).is_some_and(|open| *open)
}
