//! The server's outside over HTTP: routes, limits, headers, errors.

mod errors;
mod events;
mod headers;
mod locale;
mod notifications;
mod operations;
mod pages;
mod router;
mod short_links;
mod state;

pub use errors::{ErrorForm, ErrorResponse, render_errors};
pub use events::{StreamQuery, order_events};
pub use headers::Policy;
pub use locale::RequestLocale;
pub use router::{OptionalRouters, router};
pub use state::AppState;
