//! The search for stations: what is looked for, where, and what was found. List, map and filters share it.

mod answer;
mod newest;
mod route;
mod texts;
mod wish;

use std::time::Duration;

use domain::{fuel::FuelId, geo::Point, locale::Locale, view::StationQuery};
use leptos::{leptos_dom::helpers::debounce, prelude::*};
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};

pub use answer::Answer;
pub use newest::Newest;
pub use route::RouteLink;
pub use texts::{OpenFacts, open_tag, price_of, tag_of};
pub use wish::Wish;

use crate::state::{Language, PositionStore};

/// Rows of the first answer: more than any screen shows at once, and each is a part of the first load.
const FIRST: u32 = 8;
/// Rows that «Показать ещё» adds.
const PAGE: u32 = 20;
const MOST: u32 = 100;

/// A typed letter is searched for after this pause.
const TYPING: Duration = Duration::from_millis(80);

/// What the parts of the search share. Copy it freely.
#[derive(Clone, Copy)]
pub struct Finder {
    pub locale: Locale,
    /// What is looked for, as it stands in the address.
    pub wish: Memo<Wish>,
    /// The text as it is being typed; the address follows.
    pub text: RwSignal<String>,
    pub position: PositionStore,
    /// The place last used, around which a list begins while the position is unknown.
    pub around: RwSignal<Option<Point>>,
    pub limit: RwSignal<u32>,
    /// The filters are on screen.
    pub filtering: RwSignal<bool>,
    pub answer: RwSignal<Answer>,
    newest: Newest,
    go: Callback<Wish>,
}

impl Finder {
    /// Begins with what the address says.
    pub fn open() -> Self {
        let params = use_query_map();
        let wish = Memo::new(move |_| params.with(Wish::read));
        let limit = RwSignal::new(FIRST);
        let navigate = use_navigate();
        let go = Callback::new(move |wish: Wish| {
            limit.set(FIRST);
            // No step in the history for every letter.
            let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
            navigate(&wish.address(), options);
        });
        let finder = Self {
            locale: Language::of_page().now(),
            wish,
            text: RwSignal::new(wish.with_untracked(|wish| wish.query.text.clone().unwrap_or_default())),
            position: PositionStore::of_page(),
            around: RwSignal::new(None),
            limit,
            filtering: RwSignal::new(false),
            answer: RwSignal::default(),
            newest: Newest::new(),
            go,
        };
        finder.tie_text();
        finder
    }

    /// The address follows what is typed; the text follows an address that something else has changed, as back does.
    fn tie_text(self) {
        let written = StoredValue::new(self.text.get_untracked());
        let mut write = debounce(TYPING, move |typed: String| {
            if typed == written.get_value() {
                return;
            }
            written.set_value(typed.clone());
            self.change(|wish| wish.query.text = Some(typed).filter(|typed| !typed.is_empty()));
        });
        Effect::new(move |first: Option<()>| {
            let typed = self.text.get().trim().to_owned();
            if first.is_some() {
                write(typed);
            }
        });
        Effect::new(move |_| {
            let said = self.wish.with(|wish| wish.query.text.clone().unwrap_or_default());
            if said != written.get_value() {
                written.set_value(said.clone());
                self.text.set(said);
            }
        });
    }

    /// Looks for something else.
    pub fn go(self, wish: Wish) {
        self.go.run(wish);
    }

    /// Looks for the same in another way.
    pub fn change(self, change: impl FnOnce(&mut Wish)) {
        let mut wish = self.wish.get_untracked();
        change(&mut wish);
        self.go(wish);
    }

    pub fn toggle(self, fuel: FuelId) {
        self.go(self.wish.get_untracked().toggled(fuel));
    }

    /// Without text and filters.
    pub fn reset(self) {
        self.text.set(String::new());
        self.go(Wish { is_map: self.wish.get_untracked().is_map, query: StationQuery::default() });
    }

    pub fn show_more(self) {
        self.limit.update(|limit| *limit = (*limit + PAGE).min(MOST));
    }

    /// Can the list grow?
    pub fn has_more(self) -> bool {
        let limit = self.limit.get();
        limit < MOST && self.answer.with(|answer| answer.found.total > limit)
    }

    /// The whole question of the list. Reactive.
    pub fn query(self) -> StationQuery {
        let near = self.position.point().or_else(|| self.around.get());
        StationQuery { near, limit: self.limit.get(), ..self.wish.get().query }
    }
}
