//! HTTP interface of the server: routes, limits, headers.

mod headers;
mod notifications;
mod operations;
mod pages;
mod readiness;
mod router;
mod short_links;
mod state;

pub use headers::Policy;
pub use readiness::Readiness;
pub use router::{Guards, OptionalRouters, router};
pub use state::AppState;
