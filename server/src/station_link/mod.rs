//! Station automation behind one port: what we ask of a station, whatever its vendor.
//!
//! What a station answers at once is the result of the call, and the caller makes it durable. What it reports later
//! becomes a [`domain::order::machine::Event`] by a callback of its own (`/api/order/…` for the tanker contract). To add a
//! vendor: a folder here, and one line in `app/pumps.rs`.

pub mod callbacks;
mod feed;
mod none;
mod port;
pub mod settings;
pub mod tanker_push;

pub use feed::{Answer, Doubt, Doubts, FeedError, ReportedPrice, ReportedPump, ReportedStation, StationFeed};
pub use none::NoLink;
pub use port::{Capabilities, Release, StationCallError, StationLink, StationRefusal};
pub use tanker_push::TankerPush;
