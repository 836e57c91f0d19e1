//! Reports of one station by a source – a row of a file, the back office, the stations' automation – and their
//! merge into the catalogue.
//!
//! Sources parse into a [`StationPatch`]; [`StationPatch::apply`] holds the rules for a station, whoever reports it.

mod apply;
mod opening_hours;
mod place;
mod problem;
mod station_patch;
mod trade;

pub use apply::Patched;
pub use problem::{PatchError, PatchNote, PatchProblem};
pub(super) use station_patch::{AMENITIES, DEFAULT_STATION_NAME};
pub use station_patch::{FuelPatch, FuelsPatch, GoodsPatch, PumpPatch, StationPatch, TradePatch, Update};
