//! Station automation behind one port: what we ask of a station, whatever its vendor.
//!
//! What a station answers at once is the result of the call, and the caller makes it durable. What it reports later
//! becomes a [`domain::order::machine::StationReport`] by a callback of its own (`/api/order/…` for the tanker contract).
//!
//! To add a vendor: a folder here with its settings and a function that builds a [`StationAdapter`] from them; a kind
//! and the settings in [`settings`]; one line in [`choose_adapter`]. Nothing outside of this folder names a vendor,
//! except the sandbox, whose simulated station implements the tanker contract.

mod adapter;
pub mod callbacks;
mod choice;
mod feed;
mod none;
mod port;
pub mod settings;
pub mod tanker_push;

pub use adapter::{CallbackRoutes, FeedSource, StationAdapter, StationCheck};
pub use choice::choose_adapter;
pub use feed::{
    FeedAnswer, FeedDoubt, FeedDoubts, FeedError, ReportedPrice, ReportedPump, ReportedStation, StationFeed,
};
pub use port::{Capabilities, StationCallError, StationLink, StationRefusal};
