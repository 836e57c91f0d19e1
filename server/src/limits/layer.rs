//! Limits of customers' requests, as a layer over the routes of the mini-app.

use std::{ops::ControlFlow, sync::Arc, time::Duration};

use axum::{
    extract::{Request, State},
    http::Method,
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::refusal::RequestError;

use super::{ClientAddress, Limits, Rates};
use crate::{api_error::ErrorResponse, workers::WorkerContext};

/// Time between two removals of clients that are gone.
const FORGET_INTERVAL: Duration = Duration::from_secs(60);

/// The limits of what customers ask for.
pub struct CustomerLimits {
    quote: Rates,
    read: Rates,
    act: Rates,
}

/// Kind of a request that is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    /// Pricing a draft; placing one is also that.
    Quote,
    Read,
    /// Starting a pump, cancelling.
    Act,
}

impl CustomerLimits {
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            quote: Rates::new(&limits.quote),
            read: Rates::new(&limits.read),
            act: Rates::new(&limits.act),
        }
    }

    fn count(&self, action: Action, client: ClientAddress) -> Result<(), RequestError> {
        let rates = match action {
            Action::Quote => &self.quote,
            Action::Read => &self.read,
            Action::Act => &self.act,
        };
        rates.count(client).map_err(|retry_after_s| RequestError::RateLimited { retry_after_s })
    }

    /// Keeps the memory bounded.
    pub async fn forget_absent_clients(self: Arc<Self>, worker: WorkerContext) {
        while let ControlFlow::Continue(()) = worker.pause(FORGET_INTERVAL).await {
            for rates in [&self.quote, &self.read, &self.act] {
                rates.forget_absent();
            }
        }
    }
}

/// Beginnings of the addresses of pages.
const PAGES: [&str; 4] = ["/stations/", "/orders/", "/s/", "/shop/"];

/// Whether a path that is no page's names a file: files have an extension.
pub fn names_file(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.contains('.'))
}

/// What a request does; `None` for files, which cost nothing.
fn action_of(method: &Method, path: &str) -> Option<Action> {
    match path {
        "/api/orders/quote" | "/api/orders/place" => Some(Action::Quote),
        "/api/orders/cancel" | "/api/orders/start" => Some(Action::Act),
        _ if path.starts_with("/api/") => Some(Action::Read),
        _ if method != Method::GET => Some(Action::Read),
        // A page has no extension, but for the id of a station, which may have a point, and what is taken for one.
        _ if PAGES.iter().any(|start| path.starts_with(start)) => Some(Action::Read),
        _ => (!names_file(path)).then_some(Action::Read),
    }
}

/// Passes a request on, or refuses it before any of it is read.
pub async fn limit_customers(
    State(limits): State<Arc<CustomerLimits>>,
    client: ClientAddress,
    request: Request,
    next: Next,
) -> Response {
    let action = action_of(request.method(), request.uri().path());
    match action.map_or(Ok(()), |action| limits.count(action, client)) {
        Ok(()) => next.run(request).await,
        Err(refusal) => ErrorResponse(refusal.into()).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_and_calls_are_limited_and_files_are_not() {
        for (method, path, action) in [
            (Method::POST, "/api/orders/place", Some(Action::Quote)),
            (Method::POST, "/api/orders/start", Some(Action::Act)),
            (Method::POST, "/api/stations/find", Some(Action::Read)),
            (Method::GET, "/", Some(Action::Read)),
            (Method::GET, "/stations/sever.12", Some(Action::Read)),
            (Method::GET, "/operator", Some(Action::Read)),
            (Method::GET, "/s/~.x", Some(Action::Read)),
            (Method::GET, "/shop/a.b", Some(Action::Read)),
            (Method::POST, "/x.css", Some(Action::Read)),
            (Method::GET, "/pkg/kolonka.abc.js", None),
            (Method::GET, "/fonts/roboto-ru.woff2", None),
        ] {
            assert_eq!(action_of(&method, path), action, "{method} {path}");
        }
    }
}
