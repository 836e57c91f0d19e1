//! What was found: the newest answer, and what keeps a newer one from coming.

use std::cell::RefCell;

use domain::view::{FoundStations, StationQuery};
use leptos::{prelude::*, task::spawn_local};

use super::Finder;
use crate::{
    api::{ApiError, Resource, find_stations},
    state::time_now,
};

/// Without an answer the last one stays on screen: what is shown may be old, and then its time is told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchAnswer {
    pub found: FoundStations,
    /// When it came, by the clock of the device; `None` before the first.
    pub at: Option<String>,
    /// Why there is no newer one.
    pub failure: Option<ApiError>,
}

/// The answer that stands in the page.
pub type FirstAnswer = Resource<Result<FoundStations, ApiError>>;

thread_local! {
    /// The last answer of this visit: whoever comes back to the list without a network sees it again. Written by
    /// effects, so the server's stays empty.
    static LAST_ANSWER: RefCell<SearchAnswer> = RefCell::default();
}

impl SearchAnswer {
    /// The first answer of a page, or what another page has seen.
    fn first(first: Result<FoundStations, ApiError>) -> Self {
        match first {
            Ok(found) => Self::new(found),
            Err(failure) => Self { failure: Some(failure), ..LAST_ANSWER.with_borrow(Clone::clone) },
        }
    }

    fn new(found: FoundStations) -> Self {
        Self { found, at: Some(time_now()), failure: None }
    }
}

impl Finder {
    /// Asks for the first answer, and again whenever something else is looked for.
    pub fn search(self) -> FirstAnswer {
        let first = Resource::new_with_options(
            || (),
            move |()| {
                let query = untrack(move || self.query());
                find_stations(query)
            },
            false,
        );
        Effect::new(move |before: Option<StationQuery>| {
            let query = self.query();
            if before.is_some_and(|before| before != query) {
                self.ask(query.clone());
            }
            query
        });
        Effect::new(move |_| self.answer.with(|answer| LAST_ANSWER.set(answer.clone())));
        first
    }

    /// Shows the first answer, unless there is a newer one already.
    pub fn begin(self, first: Result<FoundStations, ApiError>) {
        if self.answer.with_untracked(|answer| answer.at.is_none()) {
            self.answer.set(SearchAnswer::first(first));
        }
    }

    /// Asks once more.
    pub fn retry(self) {
        self.ask(untrack(move || self.query()));
    }

    fn ask(self, query: StationQuery) {
        spawn_local(async move {
            let Some(answer) = self.latest.ask(find_stations(query)).await else { return };
            self.answer.try_update(|shown| match answer {
                Ok(found) => *shown = SearchAnswer::new(found),
                Err(failure) => shown.failure = Some(failure),
            });
        });
    }
}
