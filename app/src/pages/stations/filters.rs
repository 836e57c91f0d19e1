//! The filters, each with the number of stations that it would leave. They apply once «Показать» is pressed.

use domain::{
    fuel::FuelId,
    locale::Locale,
    station::amenity_name,
    view::{NameCount, StationCounts, StationOrder, StationQuery},
};
use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::{ApiError, count_stations},
    components::{Button, ButtonKind, Chip, ChipCheckbox, ChipRadio, ChipStrip, Notice, NoticeKind, Sheet},
    finder::{Finder, LatestRequest},
    host::use_host,
};

/// Brands that are shown before all are requested.
const MAX_LISTED_BRANDS: usize = 12;

/// State that the parts of the sheet share.
#[derive(Clone, Copy)]
struct Filters {
    finder: Finder,
    locale: Locale,
    /// The query that is being put together.
    draft: RwSignal<StationQuery>,
    counts: RwSignal<StationCounts>,
    /// The values that are offered: the chosen first, then as they were counted first.
    fuels: RwSignal<Vec<FuelId>>,
    brands: RwSignal<Vec<String>>,
    services: RwSignal<Vec<String>>,
    failure: RwSignal<Option<ApiError>>,
    all_brands: RwSignal<bool>,
}

/// The sheet; in a frame that is sized by its content, where a sheet would be cut off, a section of the page.
pub(super) fn view(finder: Finder) -> AnyView {
    let chosen = finder.search.with_untracked(|search| search.query.clone());
    let filters = Filters {
        finder,
        locale: finder.locale,
        fuels: RwSignal::new(chosen.fuels.clone()),
        brands: RwSignal::new(chosen.brands.clone()),
        services: RwSignal::new(chosen.services.clone()),
        draft: RwSignal::new(chosen),
        counts: RwSignal::default(),
        failure: RwSignal::new(None),
        all_brands: RwSignal::new(false),
    };
    filters.count();
    let title = filters.locale.pick("Фильтры", "Filters");
    if use_host().is_some_and(|host| untrack(|| host.sizes_by_content())) {
        return view! {
            <section class="filters" aria-label=title>
                <h2>{title}</h2>
                {filters.groups()}
                {filters.filter_actions(Callback::new(move |()| finder.filtering.set(false)))}
            </section>
        }
        .into_any();
    }
    let open = RwSignal::new(true);
    view! {
        <Sheet
            id="filters"
            title
            close_label=filters.locale.pick("Закрыть", "Close")
            open
            on_close=Callback::new(move |()| finder.filtering.set(false))
        >
            <div class="filters">
                {filters.groups()}
                {filters.filter_actions(Callback::new(move |()| open.set(false)))}
            </div>
        </Sheet>
    }
    .into_any()
}

impl Filters {
    /// Counts again whenever the draft changes.
    fn count(self) {
        let newest = LatestRequest::new();
        Effect::new(move |_| {
            let query = self.draft.get();
            spawn_local(async move {
                match newest.send(count_stations(query)).await {
                    Some(Ok(counts)) => self.show_counts(counts),
                    Some(Err(error)) => drop(self.failure.try_set(Some(error))),
                    None => {}
                }
            });
        });
    }

    /// Shows new counts. Values keep their places, so that nothing moves under a finger.
    fn show_counts(self, counts: StationCounts) {
        add_missing(self.fuels, counts.fuels.iter().map(|one| one.id));
        add_missing(self.brands, counts.brands.iter().map(|one| one.name.clone()));
        add_missing(self.services, counts.services.iter().map(|one| one.name.clone()));
        self.counts.try_set(counts);
        self.failure.try_set(None);
    }

    fn groups(self) -> AnyView {
        let locale = self.locale;
        let [fuels, brands, services] = self.chips();
        let order = view! {
            {self.order(StationOrder::Distance, locale.pick("Ближайшие", "The nearest"))}
            {self.order(StationOrder::Price, locale.pick("Дешёвые", "The cheapest"))}
        };
        let brands = view! { {brands} {move || self.more_brands()} };
        view! {
            {move || self.failure.get().map(|error| self.not_counted(&error))}
            {group(locale.pick("Сначала", "First"), order.into_any())}
            {group(locale.pick("Топливо", "Fuel"), fuels)}
            {group(locale.pick("Сети", "Brands"), brands.into_any())}
            {group(locale.pick("Услуги", "Services"), services)}
            {group(locale.pick("Только", "Only"), self.flags())}
        }
        .into_any()
    }

    fn not_counted(self, error: &ApiError) -> AnyView {
        let text = match error.is_network() {
            true => self.locale.pick(
                "Нет сети: сколько АЗС найдётся, неизвестно.",
                "No network: it is not known how many stations there are.",
            ),
            false => error.message(),
        };
        view! { <Notice kind=NoticeKind::Offline text=text.to_owned() /> }.into_any()
    }

    fn order(self, order: StationOrder, label: &'static str) -> AnyView {
        let checked = Signal::derive(move || self.draft.with(|draft| draft.order == order));
        let select = Callback::new(move |()| self.draft.update(|draft| draft.order = order));
        view! { <ChipRadio name="order" value=format!("{order:?}") label checked on_select=select /> }
            .into_any()
    }

    fn chips(self) -> [AnyView; 3] {
        let fuel = move |id: FuelId| {
            self.chip(
                "fuel",
                id.id().to_owned(),
                id.name(self.locale).to_owned(),
                move |counts| counts.fuels.iter().find(|one| one.id == id).map_or(0, |one| one.count),
                move |draft| draft.fuels.contains(&id),
                move |draft, on| {
                    draft.fuels.retain(|one| *one != id);
                    draft.fuels.extend(on.then_some(id));
                },
            )
        };
        let brand = move |name: String| {
            let [counted, chosen, put] = [name.clone(), name.clone(), name.clone()];
            self.chip(
                "brand",
                name.clone(),
                name,
                move |counts| count_of(&counts.brands, &counted),
                move |draft| is_among(&draft.brands, &chosen),
                move |draft, on| {
                    draft.brands.retain(|one| !is_same_name(one, &put));
                    draft.brands.extend(on.then(|| put.clone()));
                },
            )
        };
        let service = move |name: String| {
            let label = amenity_name(&name, self.locale).unwrap_or(&name).to_owned();
            let [counted, chosen, put] = [name.clone(), name.clone(), name.clone()];
            self.chip(
                "service",
                name,
                label,
                move |counts| count_of(&counts.services, &counted),
                move |draft| is_among(&draft.services, &chosen),
                move |draft, on| {
                    draft.services.retain(|one| *one != put);
                    draft.services.extend(on.then(|| put.clone()));
                },
            )
        };
        let brands = move || {
            let all = self.brands.get();
            let shown = if self.all_brands.get() { all.len() } else { MAX_LISTED_BRANDS };
            all.into_iter().take(shown).collect::<Vec<_>>()
        };
        [
            view! { <For each=move || self.fuels.get() key=|id| *id children=fuel /> }.into_any(),
            view! { <For each=brands key=String::clone children=brand /> }.into_any(),
            view! { <For each=move || self.services.get() key=String::clone children=service /> }.into_any(),
        ]
    }

    fn more_brands(self) -> Option<AnyView> {
        let hidden = self.brands.with(Vec::len).saturating_sub(MAX_LISTED_BRANDS);
        let label = format!("{} {hidden}", self.locale.pick("Ещё", "More:"));
        (hidden > 0 && !self.all_brands.get()).then(|| {
            view! { <Chip label on_press=Callback::new(move |()| self.all_brands.set(true)) /> }.into_any()
        })
    }

    fn flags(self) -> AnyView {
        let now = self.locale.pick("Открыто сейчас", "Open now").to_owned();
        let pay = self.locale.pick("Оплата в приложении", "Payable in the app").to_owned();
        let on = "1".to_owned();
        view! {
            {self.chip("open", on.clone(), now, |counts| counts.open_now, |draft| draft.open_now, |draft, on| draft.open_now = on)}
            {self.chip("pay", on, pay, |counts| counts.pay_in_app, |draft| draft.pay_in_app, |draft, on| draft.pay_in_app = on)}
        }
        .into_any()
    }

    /// The chip of a value, with the number of stations that it would leave. It stays in its place while the counts change.
    fn chip(
        self,
        name: &'static str,
        value: String,
        label: String,
        count: impl Fn(&StationCounts) -> u32 + Send + Sync + 'static,
        is_chosen: impl Fn(&StationQuery) -> bool + Send + Sync + 'static,
        change: impl Fn(&mut StationQuery, bool) + Send + Sync + 'static,
    ) -> AnyView {
        let label = Signal::derive(move || {
            let count = self.counts.with(&count);
            format!("{label}\u{a0}·\u{a0}{}", self.locale.integer(i64::from(count)))
        });
        let checked = Signal::derive(move || self.draft.with(&is_chosen));
        let toggle = Callback::new(move |on: bool| self.draft.update(|draft| change(draft, on)));
        view! { <ChipCheckbox name value label checked on_toggle=toggle /> }.into_any()
    }

    /// The buttons: «Сбросить» empties the draft, «Показать» searches by it.
    fn filter_actions(self, close: Callback<()>) -> AnyView {
        let locale = self.locale;
        let reset = Callback::new(move |()| {
            self.draft.update(|draft| {
                *draft = StationQuery { text: draft.text.take(), ..StationQuery::default() };
            });
        });
        let show = Callback::new(move |()| {
            let draft = self.draft.get_untracked();
            self.finder
                .change(|search| search.query = StationQuery { text: search.query.text.take(), ..draft });
            close.run(());
        });
        let total = move || match self.counts.get().total {
            0 => locale.pick("Показать", "Show").to_owned(),
            total => format!(
                "{} {}{}",
                locale.pick("Показать", "Show"),
                locale.integer(i64::from(total)),
                locale.pick("\u{a0}АЗС", if total == 1 { " station" } else { " stations" })
            ),
        };
        view! {
            <div class="filters-foot">
                <Button kind=ButtonKind::Secondary on_press=reset>{locale.pick("Сбросить", "Reset")}</Button>
                <Button kind=ButtonKind::Primary on_press=show>{total}</Button>
            </div>
        }
        .into_any()
    }
}

/// Whether two names are of the same brand: letter case does not matter, as the server counts them.
fn is_same_name(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

fn is_among(names: &[String], name: &str) -> bool {
    names.iter().any(|one| is_same_name(one, name))
}

fn count_of(counts: &[NameCount], name: &str) -> u32 {
    counts.iter().find(|one| is_same_name(&one.name, name)).map_or(0, |one| one.count)
}

fn add_missing<T: PartialEq + Send + Sync + 'static>(
    list: RwSignal<Vec<T>>,
    values: impl Iterator<Item = T>,
) {
    list.try_update(|list| {
        for value in values {
            if !list.contains(&value) {
                list.push(value);
            }
        }
    });
}

fn group(title: &'static str, chips: AnyView) -> AnyView {
    view! {
        <h3 aria-hidden="true">{title}</h3>
        <ChipStrip legend=title wrap=true>{chips}</ChipStrip>
    }
    .into_any()
}
