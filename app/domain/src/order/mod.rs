//! An order: what was asked for, at what price, and how far it has come.
//!
//! [`machine::apply`] is the only function that changes one.

mod discrepancy;
mod effect;
mod ending;
mod event;
pub mod machine;
pub mod notice;
mod record;
pub mod settlement;
mod status;
mod totals;

pub use discrepancy::{Discrepancy, RecordedDiscrepancy};
pub use ending::{Cancellation, Canceller, Reason};
pub use record::{Invoice, Order, Origin, Placement, StationBrief, Step};
pub use status::Status;
