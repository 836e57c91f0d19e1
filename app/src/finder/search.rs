//! Running the search: the first answer of a page, and a newer one whenever the query changes.

use domain::view::{FoundStations, StationQuery};
use leptos::{prelude::*, task::spawn_local};

use super::{Finder, SearchAnswer};
use crate::api::{ApiError, Resource, find_stations};

/// The answer that is in the page.
pub type FirstAnswer = Resource<Result<FoundStations, ApiError>>;

impl Finder {
    /// Requests the first answer, and another one whenever the query changes.
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
                self.run_search(query.clone());
            }
            query
        });
        Effect::new(move |_| self.answer.with(SearchAnswer::remember));
        first
    }

    /// Shows the first answer, unless there is a newer one already.
    pub fn show_first_answer(self, first: Result<FoundStations, ApiError>) {
        if self.answer.with_untracked(|answer| answer.at.is_none()) {
            self.answer.set(SearchAnswer::from_first(first));
        }
    }

    /// Searches again by the same query.
    pub fn retry(self) {
        self.run_search(untrack(move || self.query()));
    }

    fn run_search(self, query: StationQuery) {
        spawn_local(async move {
            let Some(answer) = self.latest.send(find_stations(query)).await else { return };
            self.answer.try_update(|shown| match answer {
                Ok(found) => *shown = SearchAnswer::new(found),
                Err(failure) => shown.failure = Some(failure),
            });
        });
    }
}
