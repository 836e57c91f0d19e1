//! The server's doors: who may come in by which path, and how answers are dressed.

mod callbacks;
mod errors;
mod events;
mod headers;
mod notifications;
mod operations;
mod pages;
mod router;
mod short;

pub use callbacks::router as station_router;
pub use errors::{fit_api_status, locale_of, refusal_response, status_of};
pub use events::{Reader, order_events};
pub use headers::Policy;
pub use router::{Doors, Rooms, router};
