//! An order: what was asked for, at what price, and how far it has come.
//!
//! [`machine::apply`] is the only function that changes one.

mod discrepancy;
mod effect;
mod ending;
mod event;
pub mod lifetime;
pub mod machine;
pub mod notice;
mod owed;
mod record;
mod refund_request;
pub mod release;
mod releases;
pub mod settlement;
pub mod start;
mod status;
mod totals;

pub use discrepancy::{Discrepancy, RecordedDiscrepancy};
pub use ending::{Cancellation, Canceller, Reason};
pub use owed::{MoneyKind, MoneyUnderWay};
pub use record::{HandedItem, Invoice, MoneyHold, Order, Origin, PaidAt, Placement, StationBrief, Step};
pub use release::{Release, ReleaseOutcome, ReleaseStanding};
pub use start::{StartMode, StartReason, StartRules, Starter};
pub use status::Status;
