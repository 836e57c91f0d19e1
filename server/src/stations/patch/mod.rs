//! What a source reports of one station – a row of a file, the back office, the stations' automation – and how it is
//! merged into the catalogue.
//!
//! Sources parse into a [`StationPatch`]; [`StationPatch::apply`] holds the rules that a station keeps to, whoever
//! reports it.

mod apply;
mod opening_hours;
mod place;
mod problem;
mod station_patch;
mod trade;

pub use apply::Patched;
pub use problem::{PatchError, PatchNote, PatchProblem};
pub(super) use station_patch::{AMENITIES, UNNAMED};
pub use station_patch::{FuelPatch, FuelsPatch, GoodsPatch, PumpPatch, StationPatch, TradePatch, Update};
