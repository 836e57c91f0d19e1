//! What was found: the newest answer, and what keeps a newer one from coming.

use std::cell::RefCell;

use domain::view::FoundStations;

use crate::{api::ApiError, state::time_now};

/// Without an answer the last one stays on screen: what is shown may be old, and then its time is told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchAnswer {
    pub found: FoundStations,
    /// When it came, by the clock of the device; `None` before the first.
    pub at: Option<String>,
    /// Why there is no newer one.
    pub failure: Option<ApiError>,
}

thread_local! {
    /// The last answer of this visit: whoever comes back to the list without a network sees it again. Written by
    /// effects, so the server's stays empty.
    static LAST_ANSWER: RefCell<SearchAnswer> = RefCell::default();
}

impl SearchAnswer {
    /// The first answer of a page, or what another page has seen.
    pub(super) fn first(first: Result<FoundStations, ApiError>) -> Self {
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
