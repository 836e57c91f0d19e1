//! Confirmation page. Price and total are the server's; a second press does nothing.

use domain::{
    draft::Customer,
    locale::Locale,
    money::Kopecks,
    view::{LineView, QuoteView, StationView},
};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::use_params_map;

use super::{
    draft_form::{describe_start, describe_start_time},
    not_found::no_station,
    placing::{Placing, consent, error_text},
    shared::loading,
};
use crate::{
    api::{ApiError, PageSettings, Resource, get_station, quote_order},
    components::{
        Banner, Button, ButtonKind, ButtonLink, ConfirmSkeleton, NavBar, Notice, NoticeKind, OrderList,
        OrderRow, Totals,
    },
    host::use_host,
    state::{DraftStore, Language, mark_hydrated, set_title},
};

/// State of the quote.
#[derive(Clone, Debug, PartialEq)]
enum Priced {
    Waiting,
    Ready(QuoteView),
    Failed(ApiError),
}

/// The page of `/stations/{id}/confirm`.
pub fn page() -> AnyView {
    let locale = Language::from_context().current();
    let params = use_params_map();
    let id = params.with_untracked(|params| params.get("id").unwrap_or_default());
    let station = Resource::new_with_options(
        {
            let id = id.clone();
            move || id.clone()
        },
        get_station,
        false,
    );
    DraftStore::open();
    mark_hydrated();
    view! {
        <Suspense fallback=move || {
            let label = locale.pick("Загружаем заказ…", "Loading the order…");
            loading("confirm", label, view! { <ConfirmSkeleton label /> }.into_any())
        }>
            {move || Suspend::new(async move {
                match station.await {
                    Ok(station) => confirm(station),
                    Err(error) => no_station(&error, "confirm", Callback::new(move |()| station.refetch())),
                }
            })}
        </Suspense>
    }
    .into_any()
}

fn confirm(station: StationView) -> AnyView {
    let locale = Language::from_context().current();
    let store = DraftStore::from_context();
    let priced = RwSignal::new(Priced::Waiting);
    let empty = Memo::new({
        let id = station.id.0.clone();
        move |_| {
            store.ready.get()
                && store
                    .form
                    .with(|form| form.station != id || (form.fuel.is_none() && form.items.is_empty()))
        }
    });
    request_quote(store, priced, empty, locale);
    // Until the first answer there is nothing to read, and anything shown before would move.
    let waiting = Memo::new(move |_| priced.with(|priced| *priced == Priced::Waiting));
    let back = format!("/stations/{}", station.id);
    set_title(locale.pick("Подтверждение заказа", "Confirm the order"));
    view! {
        <NavBar
            title=locale.pick("Подтверждение заказа", "Confirm the order").to_owned()
            back_href=back.clone()
            back_label=locale.pick("Изменить заказ", "Change the order")
        />
        {move || if empty.get() {
            nothing_chosen(locale, back.clone())
        } else if waiting.get() {
            let label = locale.pick("Считаем заказ…", "Pricing the order…");
            view! { <main data-screen="confirm" aria-busy="true"><ConfirmSkeleton label /></main> }.into_any()
        } else {
            details(locale, &station, store, priced)
        }}
    }
    .into_any()
}

fn nothing_chosen(locale: Locale, back: String) -> AnyView {
    view! {
        <main data-screen="confirm">
            <Notice kind=NoticeKind::Info text=locale.pick("На этом устройстве нет начатого заказа.", "There is no draft on this device.").to_owned() />
        </main>
        <footer class="foot">
            <ButtonLink href=back kind=ButtonKind::Primary>{locale.pick("Выбрать топливо", "Choose fuel")}</ButtonLink>
        </footer>
    }
    .into_any()
}

/// Requests a quote whenever the draft changes; its total is what will be paid.
fn request_quote(store: DraftStore, priced: RwSignal<Priced>, empty: Memo<bool>, locale: Locale) {
    let host = use_host();
    Effect::new(move |_| {
        if !store.ready.get() || empty.get() {
            return;
        }
        store.form.track();
        let mut draft = store.to_draft_without_key(Kopecks::ZERO, host, locale);
        // Pricing needs no payer.
        draft.customer = Customer::default();
        spawn_local(async move {
            let answer = match quote_order(draft).await {
                Ok(quote) => Priced::Ready(quote),
                Err(error) => Priced::Failed(error),
            };
            priced.try_set(answer);
        });
    });
}

fn details(locale: Locale, station: &StationView, store: DraftStore, priced: RwSignal<Priced>) -> AnyView {
    let total = Memo::new(move |_| match priced.get() {
        Priced::Ready(quote) => Some((quote.total, quote.vat)),
        _ => None,
    });
    let sum = Signal::derive(move || total.get().map(|(total, _)| locale.money(total)).unwrap_or_default());
    let vat = Signal::derive(move || total.get().map(|(_, vat)| locale.money(vat)).unwrap_or_default());
    let rows = Signal::derive(move || match priced.get() {
        Priced::Ready(quote) => quote.lines.iter().map(|line| row(locale, line)).collect(),
        _ => Vec::new(),
    });
    let pump = store.form.with_untracked(|form| form.pump.filter(|_| form.fuel.is_some()));
    let mut subtitle = station.address.clone();
    if let Some(pump) = pump {
        subtitle = format!("{subtitle} · {} {pump}", locale.pick("колонка", "pump"));
    }
    // Fuel alone has a pump to start.
    let start = store.form.with_untracked(|form| {
        form.fuel.as_ref()?;
        let settings = use_context::<PageSettings>().unwrap_or_default();
        let mut text = describe_start(form, settings.pump_start, locale);
        if let Some(time) = describe_start_time(form, &settings, locale) {
            text = format!("{text} {time}");
        }
        Some(text)
    });
    let start = start.map(|text| view! { <Notice kind=NoticeKind::Info text /> });
    let placing = Placing::open(store, locale);
    let send = placing.submit(Callback::new(move |quote| priced.set(Priced::Ready(quote))));
    let place = Callback::new(move |()| {
        if let Priced::Ready(quote) = priced.get_untracked() {
            send.run(quote.total);
        }
    });
    let action = move || match sum.get() {
        sum if sum.is_empty() => locale.pick("Перейти к оплате", "Go to payment").to_owned(),
        sum => format!("{} · {sum}", locale.pick("Перейти к оплате", "Go to payment")),
    };
    view! {
        <main data-screen="confirm">
            <Banner title=station.name.clone() subtitle sum />
            {start}
            {move || match priced.get() {
                Priced::Failed(error) => view! { <Notice kind=NoticeKind::Warning text=error_text(locale, &error) /> }.into_any(),
                Priced::Ready(quote) => quote
                    .warnings
                    .into_iter()
                    .map(|text| view! { <Notice kind=NoticeKind::Info text /> })
                    .collect_view()
                    .into_any(),
                Priced::Waiting => ().into_any(),
            }}
            <OrderList label=locale.pick("Состав заказа", "Lines of the order") rows />
            <Totals
                total_label=locale.pick("Итого:", "Total:")
                total=sum
                vat_label=locale.pick("В т.ч. НДС:", "VAT included:")
                vat
            />
            {placing.payer_fields()}
            {consent(locale)}
            {placing.failure()}
        </main>
        <footer class="foot">
            <Button kind=ButtonKind::Primary busy=placing.busy on_press=place>{action}</Button>
        </footer>
    }
    .into_any()
}

fn row(locale: Locale, line: &LineView) -> OrderRow {
    OrderRow {
        name: line.name.clone(),
        note: format!("{} × {}", locale.quantity(line.quantity, line.unit), locale.money(line.price)),
        sum: locale.money(line.total),
        vat: format!("{} {}", locale.pick("В т.ч. НДС:", "VAT included:"), locale.money(line.vat_sum)),
    }
}
