//! Asking for stations: the first answer of a page, and a newer one whenever something else is looked for.

use domain::view::{FoundStations, StationQuery};
use leptos::{prelude::*, task::spawn_local};

use super::{Finder, SearchAnswer};
use crate::api::{ApiError, Resource, find_stations};

/// The answer that stands in the page.
pub type FirstAnswer = Resource<Result<FoundStations, ApiError>>;

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
        Effect::new(move |_| self.answer.with(SearchAnswer::remember));
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
