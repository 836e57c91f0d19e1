//! The search for stations: what is looked for, where, and what was found. List, map and filters share it.

mod answer;
mod latest;
mod question;
mod route;
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
pub use texts::{OpenFacts, open_tag, price_of, tag_of};

use crate::state::{Language, PositionStore};

/// Rows of the first answer: more than any screen shows at once, and each is a part of the first load.
const FIRST_PAGE_SIZE: u32 = 8;
/// Rows that «Показать ещё» adds.
const PAGE_SIZE: u32 = 20;
const MAX_LISTED_STATIONS: u32 = 100;

/// A typed letter is searched for after this pause.
const TYPING_PAUSE: Duration = Duration::from_millis(80);

/// What the parts of the search share. Copy it freely.
#[derive(Clone, Copy)]
pub struct Finder {
    pub locale: Locale,
    /// What is looked for, as it stands in the address.
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
    go: Callback<SearchQuery>,
}

impl Finder {
    /// Begins with what the address says.
    pub fn open() -> Self {
        let params = use_query_map();
        let search = Memo::new(move |_| params.with(SearchQuery::read));
        let limit = RwSignal::new(FIRST_PAGE_SIZE);
        let navigate = use_navigate();
        let go = Callback::new(move |search: SearchQuery| {
            limit.set(FIRST_PAGE_SIZE);
            // No step in the history for every letter.
            let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
            navigate(&search.address(), options);
        });
        let finder = Self {
            locale: Language::of_page().now(),
            search,
            text: RwSignal::new(
                search.with_untracked(|search| search.query.text.clone().unwrap_or_default()),
            ),
            position: PositionStore::of_page(),
            around: RwSignal::new(None),
            limit,
            filtering: RwSignal::new(false),
            answer: RwSignal::default(),
            latest: LatestRequest::new(),
            go,
        };
        finder.tie_text();
        finder
    }

    /// The address follows what is typed; the text follows an address that something else has changed, as back does.
    fn tie_text(self) {
        let written = StoredValue::new(self.text.get_untracked());
        let mut write = debounce(TYPING_PAUSE, move |typed: String| {
            if typed == written.get_value() {
                return;
            }
            written.set_value(typed.clone());
            self.change(|search| search.query.text = Some(typed).filter(|typed| !typed.is_empty()));
        });
        Effect::new(move |first: Option<()>| {
            let typed = self.text.get().trim().to_owned();
            if first.is_some() {
                write(typed);
            }
        });
        Effect::new(move |_| {
            let said = self.search.with(|search| search.query.text.clone().unwrap_or_default());
            if said != written.get_value() {
                written.set_value(said.clone());
                self.text.set(said);
            }
        });
    }

    /// Looks for something else.
    pub fn go(self, search: SearchQuery) {
        self.go.run(search);
    }

    /// Looks for the same in another way.
    pub fn change(self, change: impl FnOnce(&mut SearchQuery)) {
        let mut search = self.search.get_untracked();
        change(&mut search);
        self.go(search);
    }

    pub fn toggle(self, fuel: FuelId) {
        self.go(self.search.get_untracked().toggled(fuel));
    }

    /// Without text and filters.
    pub fn reset(self) {
        self.text.set(String::new());
        self.go(SearchQuery { is_map: self.search.get_untracked().is_map, query: StationQuery::default() });
    }

    pub fn show_more(self) {
        self.limit.update(|limit| *limit = (*limit + PAGE_SIZE).min(MAX_LISTED_STATIONS));
    }

    /// Can the list grow?
    pub fn has_more(self) -> bool {
        let limit = self.limit.get();
        limit < MAX_LISTED_STATIONS && self.answer.with(|answer| answer.found.total > limit)
    }

    /// The whole question of the list. Reactive.
    pub fn query(self) -> StationQuery {
        let near = self.position.point().or_else(|| self.around.get());
        StationQuery { near, limit: self.limit.get(), ..self.search.get().query }
    }
}
