//! The search for stations: query, place and answer. List, map and filters share it.

mod answer;
mod latest;
mod route;
mod search;
mod search_query;
mod texts;

use std::time::Duration;

use domain::{fuel::FuelId, geo::Point, locale::Locale, view::StationQuery};
use leptos::{leptos_dom::helpers::debounce, prelude::*};
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};

pub use answer::SearchAnswer;
pub use latest::LatestRequest;
pub use route::RouteLink;
pub use search_query::SearchQuery;
pub use texts::{OpenFacts, open_tag, price_of, station_tag};

use crate::state::{Language, PositionStore};

/// Rows of the first answer: more than any screen shows at once, and each adds to the first load.
const FIRST_PAGE_SIZE: u32 = 8;
/// Rows that «Показать ещё» adds.
const PAGE_SIZE: u32 = 20;
const MAX_LISTED_STATIONS: u32 = 100;

/// Pause after a typed letter before it is searched for.
const TYPING_PAUSE: Duration = Duration::from_millis(80);

/// State that the parts of the search share. Copy it freely.
#[derive(Clone, Copy)]
pub struct Finder {
    pub locale: Locale,
    /// The query, as it is in the address.
    pub search: Memo<SearchQuery>,
    /// The text as it is being typed; the address follows.
    pub text: RwSignal<String>,
    pub position: PositionStore,
    /// The place last used, around which a list begins while the position is unknown.
    pub around: RwSignal<Option<Point>>,
    pub limit: RwSignal<u32>,
    /// The filters are on screen.
    pub filtering: RwSignal<bool>,
    pub answer: RwSignal<SearchAnswer>,
    latest: LatestRequest,
    navigate: Callback<SearchQuery>,
}

impl Finder {
    /// Opens the search with the query of the address.
    pub fn open() -> Self {
        let params = use_query_map();
        let search = Memo::new(move |_| params.with(SearchQuery::read));
        let limit = RwSignal::new(FIRST_PAGE_SIZE);
        let open_address = use_navigate();
        let navigate = Callback::new(move |search: SearchQuery| {
            limit.set(FIRST_PAGE_SIZE);
            // No step in the history for every letter.
            let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
            open_address(&search.to_address(), options);
        });
        let finder = Self {
            locale: Language::from_context().current(),
            search,
            text: RwSignal::new(
                search.with_untracked(|search| search.query.text.clone().unwrap_or_default()),
            ),
            position: PositionStore::open(),
            around: RwSignal::new(None),
            limit,
            filtering: RwSignal::new(false),
            answer: RwSignal::default(),
            latest: LatestRequest::new(),
            navigate,
        };
        finder.search_while_typing();
        finder
    }

    /// Writes what is typed into the address, and shows the text of an address that was changed otherwise, as by back.
    fn search_while_typing(self) {
        let in_address = StoredValue::new(self.text.get_untracked());
        let mut write = debounce(TYPING_PAUSE, move |typed: String| {
            if typed == in_address.get_value() {
                return;
            }
            in_address.set_value(typed.clone());
            self.change(|search| search.query.text = Some(typed).filter(|typed| !typed.is_empty()));
        });
        Effect::new(move |first: Option<()>| {
            let typed = self.text.get().trim().to_owned();
            if first.is_some() {
                write(typed);
            }
        });
        Effect::new(move |_| {
            let text = self.search.with(|search| search.query.text.clone().unwrap_or_default());
            if text != in_address.get_value() {
                in_address.set_value(text.clone());
                self.text.set(text);
            }
        });
    }

    /// Searches by another query.
    pub fn navigate(self, search: SearchQuery) {
        self.navigate.run(search);
    }

    /// Searches by the current query with a change.
    pub fn change(self, change: impl FnOnce(&mut SearchQuery)) {
        let mut search = self.search.get_untracked();
        change(&mut search);
        self.navigate(search);
    }

    pub fn toggle(self, fuel: FuelId) {
        self.navigate(self.search.get_untracked().with_fuel_toggled(fuel));
    }

    /// Removes text and filters.
    pub fn reset(self) {
        self.text.set(String::new());
        self.navigate(SearchQuery {
            is_map: self.search.get_untracked().is_map,
            query: StationQuery::default(),
        });
    }

    pub fn show_more(self) {
        self.limit.update(|limit| *limit = (*limit + PAGE_SIZE).min(MAX_LISTED_STATIONS));
    }

    /// Whether the list can grow.
    pub fn has_more(self) -> bool {
        let limit = self.limit.get();
        limit < MAX_LISTED_STATIONS && self.answer.with(|answer| answer.found.total > limit)
    }

    /// The whole query of the list. Reactive.
    pub fn query(self) -> StationQuery {
        let near = self.position.point().or_else(|| self.around.get());
        StationQuery { near, limit: self.limit.get(), ..self.search.get().query }
    }
}
