//! First screen: the list of stations, and the way to the map.
//!
//! Everything that is not visible at once is in a file of its own, loaded when it is first wanted: [`parts`].

mod filters;
mod nearby;
mod parts;
mod remembered;

use domain::{fuel::FuelId, locale::Locale, station::initials, view::StationSummary};
use leptos::prelude::*;

use self::parts::{Part, lazy_part};
use super::shared::is_on_card;
use crate::{
    components::{
        Button, ButtonKind, ButtonSize, Chip, ChipStrip, Icon, IconButton, Notice, NoticeKind, RowsSkeleton,
        SearchField, Segment, SegmentedLinks, StationRow,
    },
    finder::{Finder, SearchQuery, price_of, station_tag},
    state::{Position, has_memory, mark_hydrated, open_shop, set_title},
};

/// Grades offered as chips: those that are searched for most.
const CHIP_FUEL_IDS: [FuelId; 6] =
    [FuelId::A92, FuelId::A95, FuelId::A100, FuelId::Diesel, FuelId::Propane, FuelId::Metan];

/// The first screen. The search query is in the address, so that a link, reload and back keep it.
pub fn page() -> AnyView {
    let finder = Finder::open();
    let locale = finder.locale;
    let first = finder.search();
    let is_map = Memo::new(move |_| finder.search.with(|search| search.is_map));
    open_shop();
    mark_hydrated();
    set_title(locale.pick("АЗС", "Filling stations"));
    view! {
        <main data-screen="stations">
            <h1 class="sr">{locale.pick("Выбор АЗС", "Choose a station")}</h1>
            <div class="finder">
                {view_switch(finder, is_map)}
                <form role="search" action="/" method="get" on:submit=|event| event.prevent_default()>
                    <SearchField
                        id="q"
                        name="q"
                        label=locale.pick("Поиск АЗС", "Search stations")
                        placeholder=locale.pick("Адрес, сеть или № АЗС", "Address, brand or number")
                        value=finder.text
                        on_input=Callback::new(move |typed| finder.text.set(typed))
                        clear_label=locale.pick("Очистить", "Clear")
                    >
                        {filter_button(finder)}
                    </SearchField>
                </form>
                {chips(finder)}
            </div>
            {lazy_part(finder, Part::Filters, finder.filtering.into())}
            {lazy_part(finder, Part::Nearby, Signal::derive(move || finder.position.0.get() != Position::NotAsked))}
            {lazy_part(finder, Part::Remembered, Signal::derive(move || has_memory() || is_on_card()))}
            {lazy_part(finder, Part::Map, is_map.into())}
            <Suspense fallback=move || view! { <RowsSkeleton label=locale.pick("Загружаем АЗС…", "Loading stations…") count=6 /> }>
                {move || Suspend::new(async move {
                    finder.show_first_answer(first.await);
                    results(finder, is_map)
                })}
            </Suspense>
        </main>
    }
    .into_any()
}

fn view_switch(finder: Finder, is_map: Memo<bool>) -> AnyView {
    let locale = finder.locale;
    let segments = Signal::derive(move || {
        let search = finder.search.get();
        let segment = |is_map: bool, label: &str| Segment {
            label: label.to_owned(),
            href: SearchQuery { is_map, ..search.clone() }.to_address(),
        };
        [segment(false, locale.pick("Список", "List")), segment(true, locale.pick("Карта", "Map"))]
    });
    let current = Signal::derive(move || u8::from(is_map.get()));
    view! { <SegmentedLinks label=locale.pick("Вид", "View") segments current /> }.into_any()
}

fn filter_button(finder: Finder) -> AnyView {
    let locale = finder.locale;
    let badge = Signal::derive(move || {
        u32::try_from(finder.search.with(SearchQuery::active_filter_count)).unwrap_or_default()
    });
    let label = Signal::derive(move || match badge.get() {
        0 => locale.pick("Фильтры", "Filters").to_owned(),
        count => format!("{} {count}", locale.pick("Фильтры, выбрано", "Filters, chosen:")),
    });
    let open = Callback::new(move |()| finder.filtering.set(true));
    view! { <IconButton icon=Icon::Filter label badge size=48 on_press=open /> }.into_any()
}

fn chips(finder: Finder) -> AnyView {
    let (locale, position) = (finder.locale, finder.position);
    let near = Signal::derive(move || matches!(position.0.get(), Position::Known(_)));
    let ask = Callback::new(move |()| match position.0.get_untracked() {
        Position::Known(_) => position.forget(),
        _ => position.ask(),
    });
    let chip = move |fuel: FuelId| {
        let pressed = Signal::derive(move || finder.search.with(|search| search.query.fuels.contains(&fuel)));
        let toggle = Callback::new(move |()| finder.toggle(fuel));
        view! { <Chip label=fuel.name(locale).to_owned() pressed on_press=toggle /> }
    };
    view! {
        <ChipStrip legend=locale.pick("Фильтр", "Filter")>
            <Chip label=locale.pick("Рядом", "Nearby").to_owned() pressed=near on_press=ask />
            {CHIP_FUEL_IDS.map(chip).collect_view()}
        </ChipStrip>
    }
    .into_any()
}

/// The found stations. Rows stay while a newer answer is awaited, and if none comes.
fn results(finder: Finder, is_map: Memo<bool>) -> AnyView {
    let locale = finder.locale;
    let stations = Memo::new(move |_| finder.answer.with(|answer| answer.found.stations.clone()));
    let is_empty =
        move || stations.with(Vec::is_empty) && finder.answer.with(|answer| answer.failure.is_none());
    let rows = move || {
        let wanted = finder.search.with_untracked(|search| search.query.fuels.clone());
        let is_near = finder.position.point().is_some();
        stations.get().into_iter().map(|station| row(locale, station, &wanted, is_near)).collect_view()
    };
    view! {
        {move || failure(finder)}
        {move || is_empty().then(|| nothing_found(finder))}
        <div class="found" hidden=move || is_map.get()>
            <ul class="station-list">{rows}</ul>
            {move || finder.has_more().then(|| view! {
                <Button kind=ButtonKind::Secondary on_press=Callback::new(move |()| finder.show_more())>
                    {locale.pick("Показать ещё 20 АЗС", "Show 20 more stations")}
                </Button>
            })}
        </div>
    }
    .into_any()
}

fn nothing_found(finder: Finder) -> AnyView {
    let locale = finder.locale;
    view! {
        <div class="empty" role="status">
            <p>{locale.pick("Ничего не нашли. Измените фильтр.", "Nothing found. Change the filter.")}</p>
            <Button kind=ButtonKind::Secondary on_press=Callback::new(move |()| finder.reset())>
                {locale.pick("Сбросить фильтр", "Reset the filter")}
            </Button>
        </div>
    }
    .into_any()
}

/// The failure of the newest search, and the time of the answer that is shown.
fn failure(finder: Finder) -> Option<AnyView> {
    let locale = finder.locale;
    let (error, at) =
        finder.answer.with(|answer| answer.failure.clone().map(|failure| (failure, answer.at.clone())))?;
    let text = match at {
        _ if !error.is_network() => error.message().to_owned(),
        Some(time) => {
            format!(
                "{} {time}.",
                locale.pick("Нет сети. Показаны данные от", "No network. This is what was known at")
            )
        }
        None => {
            locale.pick("Нет сети. Проверьте соединение.", "No network. Check the connection.").to_owned()
        }
    };
    let view = view! {
        <Notice kind=NoticeKind::Offline text>
            <Button
                kind=ButtonKind::Secondary
                size=ButtonSize::Medium
                on_press=Callback::new(move |()| finder.retry())
            >
                {locale.pick("Повторить", "Try again")}
            </Button>
        </Notice>
    };
    Some(view.into_any())
}

fn row(locale: Locale, station: StationSummary, wanted: &[FuelId], is_near: bool) -> AnyView {
    let (tag, tag_kind) = station_tag(locale, &station);
    let href = station.closed_reason.is_none().then(|| format!("/stations/{}", station.id));
    let address = if station.address.is_empty() { station.brand.clone() } else { station.address.clone() };
    let distance = station.distance_m.filter(|_| is_near).map(|metres| locale.distance(metres));
    let row = view! {
        <StationRow
            name=station.name.clone()
            address
            mark=initials(if station.brand.is_empty() { &station.name } else { &station.brand })
            tag
            tag_kind
            price=price_of(locale, &station, wanted)
            distance=distance.unwrap_or_default()
            href=href
        />
    };
    row.into_any()
}
