//! The JSON that customers' browsers and cashiers' systems see. Made by `From`, never changed by rules.
//!
//! Money fields end in `_kopecks`, volumes in `_centi` (hundredths of the unit), times are RFC 3339 in UTC.

mod error;
mod order;
mod station;
mod station_page;

pub use error::{Details, ErrorBody, ErrorView, NoQuote};
pub use order::{
    LineView, OrderView, PlacedView, QuoteView, StartPump, StartView, StationBriefView, StepView,
};
pub use station::{
    Cluster, FoundStations, FuelCount, FuelPrice, NameCount, StationCounts, StationOrder, StationQuery,
    StationSummary,
};
pub use station_page::StationView;
