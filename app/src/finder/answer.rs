//! The newest answer of the search, and the failure of a newer one.

use std::cell::RefCell;

use domain::view::FoundStations;

use crate::{api::ApiError, state::time_now};

/// The answer on screen. It stays when a newer search fails; then it may be old, and its time is shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchAnswer {
    pub found: FoundStations,
    /// Time of its arrival by the clock of the device; `None` before the first.
    pub at: Option<String>,
    /// Failure of the newest search.
    pub failure: Option<ApiError>,
}

thread_local! {
    /// The last answer of this visit: it is shown again when the list is opened without a network. Written by
    /// effects, so the server's stays empty.
    static LAST_ANSWER: RefCell<SearchAnswer> = RefCell::default();
}

impl SearchAnswer {
    /// The first answer of a page; if it failed, the answer of the page before.
    pub(super) fn from_first(first: Result<FoundStations, ApiError>) -> Self {
        match first {
            Ok(found) => Self::new(found),
            Err(failure) => Self { failure: Some(failure), ..LAST_ANSWER.with_borrow(Clone::clone) },
        }
    }

    pub(super) fn new(found: FoundStations) -> Self {
        Self { found, at: Some(time_now()), failure: None }
    }

    /// Keeps it for this visit.
    pub(super) fn remember(&self) {
        LAST_ANSWER.set(self.clone());
    }
}
