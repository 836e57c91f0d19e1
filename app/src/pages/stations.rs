//! S1: the list of stations, and the way to the map.

use std::time::Duration;

use domain::{
    fuel::FuelId,
    locale::Locale,
    station::initials,
    view::{FoundStations, StationQuery, StationSummary},
};
use leptos::{leptos_dom::helpers::debounce, prelude::*};
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};

use crate::{
    api::{Fault, Resource, find_stations},
    components::{
        Button, ButtonKind, Chip, ChipStrip, Notice, NoticeKind, RowsSkeleton, SearchField, Segment,
        SegmentedLinks, StationRow, TagKind,
    },
    state::{Language, Position, PositionStore, mark_hydrated, open_shop, set_title},
};

/// Grades offered as chips: the ones that people look for.
const CHIPS: [FuelId; 6] =
    [FuelId::A92, FuelId::A95, FuelId::A100, FuelId::Diesel, FuelId::Propane, FuelId::Metan];
/// Rows of the first answer: more than any screen shows at once, and each is a part of the first load.
const FIRST: u32 = 8;
/// Rows that «Показать ещё» adds.
const PAGE: u32 = 20;
const MOST: u32 = 100;
/// A typed letter is searched for after this pause.
const TYPING: Duration = Duration::from_millis(250);

/// The first screen. What is looked for stands in the address, so that a link, reload and back keep it.
pub fn page() -> AnyView {
    let locale = Language::of_page().now();
    let query = use_query_map();
    let text = RwSignal::new(query.with_untracked(|query| query.get("q").unwrap_or_default()));
    let fuels = Memo::new(move |_| query.with(|query| fuels_of(&query.get("fuel").unwrap_or_default())));
    let searched = Memo::new(move |_| query.with(|query| query.get("q").unwrap_or_default()));
    let is_map = Memo::new(move |_| query.with(|query| query.get("view").as_deref() == Some("map")));
    let position = PositionStore::default();
    let limit = RwSignal::new(FIRST);

    let found = Resource::new_with_options(
        move || (searched.get(), fuels.get(), position.point(), limit.get()),
        |(text, fuels, near, limit)| {
            find_stations(StationQuery {
                text: Some(text).filter(|text| !text.trim().is_empty()),
                fuels,
                near,
                limit,
                ..StationQuery::default()
            })
        },
        false,
    );
    let write_address = address_writer();
    let goto = move |typed: String, fuels: Vec<FuelId>| {
        limit.set(FIRST);
        write_address(&typed, &fuels, is_map.get_untracked());
    };
    let toggle = {
        let goto = goto.clone();
        Callback::new(move |fuel: FuelId| {
            let mut chosen = fuels.get_untracked();
            match chosen.iter().position(|one| *one == fuel) {
                Some(index) => drop(chosen.remove(index)),
                None => chosen.push(fuel),
            }
            goto(text.get_untracked(), chosen);
        })
    };
    let mut search = debounce(TYPING, {
        let goto = goto.clone();
        move |typed: String| goto(typed, fuels.get_untracked())
    });
    Effect::new(move |first: Option<()>| {
        let typed = text.get();
        if first.is_some() && typed != searched.get_untracked() {
            search(typed);
        }
    });
    let reset = Callback::new(move |()| {
        text.set(String::new());
        goto(String::new(), Vec::new());
    });
    open_shop();
    mark_hydrated();
    set_title(locale.pick("АЗС", "Filling stations"));
    view! {
        <main data-screen="stations">
            <h1 class="sr">{locale.pick("Выбор АЗС", "Choose a station")}</h1>
            <div class="finder">
                {view_switch(locale, searched, fuels, is_map)}
                <form role="search" action="/" method="get" on:submit=|event| event.prevent_default()>
                    <SearchField
                        id="q"
                        name="q"
                        label=locale.pick("Поиск АЗС", "Search stations")
                        placeholder=locale.pick("Адрес, сеть или № АЗС", "Address, brand or number")
                        value=text
                        on_input=Callback::new(move |typed| text.set(typed))
                        clear_label=locale.pick("Очистить", "Clear")
                    />
                </form>
                {chips(locale, position, fuels, toggle)}
            </div>
            {move || position_note(locale, position)}
            <Transition fallback=move || view! { <RowsSkeleton label=locale.pick("Загружаем АЗС…", "Loading stations…") count=6 /> }>
                {move || Suspend::new(async move {
                    let found = found.await;
                    results(locale, found, fuels, is_map, limit, reset, position)
                })}
            </Transition>
        </main>
    }
    .into_any()
}

/// Writes what is looked for into the address, without a step in the history for every letter.
fn address_writer() -> impl Fn(&str, &[FuelId], bool) + Clone + Send + Sync + 'static {
    let navigate = use_navigate();
    move |text, fuels, is_map| {
        let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
        navigate(&address(text, fuels, is_map), options);
    }
}

fn address(text: &str, fuels: &[FuelId], is_map: bool) -> String {
    let mut parts = Vec::new();
    if is_map {
        parts.push("view=map".to_owned());
    }
    if !text.trim().is_empty() {
        parts.push(format!("q={}", leptos_router::location::Url::escape(text.trim())));
    }
    if !fuels.is_empty() {
        let ids: Vec<&str> = fuels.iter().map(|fuel| fuel.id()).collect();
        parts.push(format!("fuel={}", ids.join(",")));
    }
    if parts.is_empty() { "/".to_owned() } else { format!("/?{}", parts.join("&")) }
}

fn fuels_of(text: &str) -> Vec<FuelId> {
    text.split(',').filter_map(FuelId::parse).collect()
}

fn view_switch(locale: Locale, text: Memo<String>, fuels: Memo<Vec<FuelId>>, is_map: Memo<bool>) -> AnyView {
    let segments = Signal::derive(move || {
        let (text, fuels) = (text.get(), fuels.get());
        [
            Segment {
                label: locale.pick("Список", "List").to_owned(), href: address(&text, &fuels, false)
            },
            Segment {
                label: locale.pick("Карта", "Map").to_owned(), href: address(&text, &fuels, true)
            },
        ]
    });
    let current = Signal::derive(move || u8::from(is_map.get()));
    view! { <SegmentedLinks label=locale.pick("Вид", "View") segments current /> }.into_any()
}

fn chips(
    locale: Locale,
    position: PositionStore,
    fuels: Memo<Vec<FuelId>>,
    toggle: Callback<FuelId>,
) -> AnyView {
    let near = Signal::derive(move || matches!(position.0.get(), Position::Known(_)));
    let ask = Callback::new(move |()| match position.0.get_untracked() {
        Position::Known(_) => position.0.set(Position::NotAsked),
        _ => position.ask(),
    });
    let chip = move |fuel: FuelId| {
        let pressed = Signal::derive(move || fuels.with(|fuels| fuels.contains(&fuel)));
        let label = fuel.name(locale).to_owned();
        view! { <Chip label pressed on_press=Callback::new(move |()| toggle.run(fuel)) /> }
    };
    view! {
        <ChipStrip legend=locale.pick("Фильтр", "Filter")>
            <Chip label=locale.pick("Рядом", "Nearby").to_owned() pressed=near on_press=ask />
            {CHIPS.map(chip).collect_view()}
        </ChipStrip>
    }
    .into_any()
}

fn position_note(locale: Locale, position: PositionStore) -> Option<AnyView> {
    let text = match position.0.get() {
        Position::Unavailable => locale.pick(
            "Геопозиция недоступна. Включите её для этого сайта или найдите АЗС по адресу.",
            "Your location is unavailable. Allow it for this site or search by address.",
        ),
        Position::Asking => locale.pick("Определяем, где вы…", "Finding where you are…"),
        _ => return None,
    };
    Some(view! { <Notice kind=NoticeKind::Info text=text.to_owned() /> }.into_any())
}

fn results(
    locale: Locale,
    found: Result<FoundStations, Fault>,
    fuels: Memo<Vec<FuelId>>,
    is_map: Memo<bool>,
    limit: RwSignal<u32>,
    reset: Callback<()>,
    position: PositionStore,
) -> AnyView {
    let found = match found {
        Ok(found) => found,
        Err(fault) => return trouble(locale, &fault),
    };
    if found.stations.is_empty() {
        return view! {
            <div class="empty" role="status">
                <p>{locale.pick("Ничего не нашли. Измените фильтр.", "Nothing found. Change the filter.")}</p>
                <Button kind=ButtonKind::Secondary on_press=reset>{locale.pick("Сбросить фильтр", "Reset the filter")}</Button>
            </div>
        }
        .into_any();
    }
    let more = found.total > limit.get_untracked() && limit.get_untracked() < MOST;
    let wanted = fuels.get_untracked();
    let first = found.stations.clone();
    view! {
        {move || is_map.get().then(|| map(locale, fuels, position, first.clone()))}
        <ul class="station-list" hidden=move || is_map.get()>
            {found.stations.into_iter().map(|station| row(locale, station, &wanted)).collect_view()}
        </ul>
        {more.then(|| view! {
            <div hidden=move || is_map.get()>
                <Button
                    kind=ButtonKind::Secondary
                    on_press=Callback::new(move |()| limit.update(|limit| *limit = (*limit + PAGE).min(MOST)))
                >
                    {locale.pick("Показать ещё 20 АЗС", "Show 20 more stations")}
                </Button>
            </div>
        })}
    }
    .into_any()
}

/// The map's code comes when it is first wanted.
fn map(
    locale: Locale,
    fuels: Memo<Vec<FuelId>>,
    position: PositionStore,
    first: Vec<StationSummary>,
) -> AnyView {
    let shown = RwSignal::new(false);
    Effect::new(move |_| shown.set(true));
    view! {
        {move || {
            let first = first.clone();
            shown.get().then(|| view! {
                <Suspense>
                    {Suspend::new(open_map(locale, fuels, position, first))}
                </Suspense>
            })
        }}
    }
    .into_any()
}

#[cfg_attr(feature = "lazy", lazy)]
async fn open_map(
    locale: Locale,
    fuels: Memo<Vec<FuelId>>,
    position: PositionStore,
    first: Vec<StationSummary>,
) -> AnyView {
    super::inner_styles::come().await;
    crate::map::view(locale, fuels, position, first)
}

fn trouble(locale: Locale, fault: &Fault) -> AnyView {
    let text = if fault.is_network() {
        locale
            .pick(
                "Нет сети. Проверьте соединение и повторите поиск.",
                "No network. Check the connection and search again.",
            )
            .to_owned()
    } else {
        fault.message().to_owned()
    };
    view! { <Notice kind=NoticeKind::Offline text /> }.into_any()
}

fn row(locale: Locale, station: StationSummary, wanted: &[FuelId]) -> AnyView {
    let (tag, tag_kind) = tag_of(locale, &station);
    let href = station.closed_reason.is_none().then(|| format!("/stations/{}", station.id));
    let address = if station.address.is_empty() { station.brand.clone() } else { station.address.clone() };
    let row = view! {
        <StationRow
            name=station.name.clone()
            address
            mark=initials(if station.brand.is_empty() { &station.name } else { &station.brand })
            tag
            tag_kind
            price=price_of(locale, &station, wanted)
            distance=station.distance_m.map(|metres| locale.distance(metres)).unwrap_or_default()
            href=href
        />
    };
    row.into_any()
}

/// What the customer has to know first: closed, full, or until when it is open.
pub fn tag_of(locale: Locale, station: &StationSummary) -> (String, TagKind) {
    if station.closed_reason.is_some() {
        (locale.pick("Временно закрыта", "Closed for now").to_owned(), TagKind::Bad)
    } else if !station.open_now {
        (locale.pick("Закрыто", "Closed").to_owned(), TagKind::Bad)
    } else if station.no_free_pumps {
        (locale.pick("Нет свободных колонок", "No free pumps").to_owned(), TagKind::Pay)
    } else if let Some(until) = &station.open_until {
        (format!("{} {until}", locale.pick("до", "till")), TagKind::Neutral)
    } else {
        (locale.pick("Открыто", "Open").to_owned(), TagKind::Good)
    }
}

/// The price of the first wanted grade that is sold here; АИ-95 where nobody wants one in particular.
pub fn price_of(locale: Locale, station: &StationSummary, wanted: &[FuelId]) -> String {
    let preferred = wanted.iter().copied().chain([FuelId::A95]);
    let found = preferred
        .filter_map(|id| station.fuels.iter().find(|fuel| fuel.id == id))
        .chain(&station.fuels)
        .find(|fuel| fuel.price.is_some());
    match found.and_then(|fuel| Some((fuel.id, fuel.price?))) {
        Some((id, price)) => format!("{} {}", id.name(locale), locale.unit_price(price, id.unit())),
        None if station.pay_in_app => "—".to_owned(),
        None => locale.pick("Оплата на кассе", "Pay at the till").to_owned(),
    }
}
