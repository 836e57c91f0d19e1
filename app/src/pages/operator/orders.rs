//! Orders of the station, newest first: today's, or those that need a person, with a search by the number that the driver
//! reads aloud.

use std::time::Duration;

use domain::{locale::Locale, order::Status, view::OrderView};
use leptos::{leptos_dom::helpers::debounce, prelude::*};

use super::{
    api::ListedOrder,
    clock,
    context::{DeskContext, DeskPanel},
};
use crate::{
    components::{Icon, SearchField, SegmentedRadios, Tag, TagKind},
    state::repeat_every,
};

const TYPING_PAUSE: Duration = Duration::from_millis(250);
/// Pause between two reads of the list while nothing happens here: drivers order by themselves, too.
const POLL_INTERVAL: Duration = Duration::from_secs(10);

pub fn orders(desk: DeskContext) -> AnyView {
    let DeskContext { locale, orders, search, needing_attention, panel, .. } = desk;
    let mut later = debounce(TYPING_PAUSE, move |()| desk.reload());
    Effect::new(move |first: Option<()>| {
        search.track();
        if first.is_some() {
            later(());
        }
    });
    desk.reload();
    repeat_every(POLL_INTERVAL, move || desk.reload());
    let open = Memo::new(move |_| {
        panel.with(|panel| match panel {
            DeskPanel::Order(listed) => Some(listed.view.id),
            DeskPanel::Sale => None,
        })
    });
    let row = move |listed: ListedOrder| {
        let order = listed.view.clone();
        let (kind, status) = status_tag(order.status, locale);
        let attention = listed.needs_attention().then(|| locale.pick("Внимание", "Attention").to_owned());
        let (id, number) = (order.id, locale.integer(order.number.parse().unwrap_or_default()));
        view! {
            <li>
                <button
                    class="desk-row"
                    type="button"
                    aria-current=move || (open.get() == Some(id)).then_some("true")
                    on:click=move |_| panel.set(DeskPanel::Order(Box::new(listed.clone())))
                >
                    <strong class="sum">{format!("№\u{a0}{number}")}</strong>
                    <span class="sum desk-row-sum">{locale.money(order.total)}</span>
                    <span class="second sum">{placed_time(&order, locale)}</span>
                    <span class="desk-row-tags">
                        {attention.map(|text| view! { <Tag kind=TagKind::Bad icon=Icon::Alert text /> })}
                        <Tag kind text=status />
                    </span>
                </button>
            </li>
        }
    };
    let empty = move || {
        orders.with(Vec::is_empty).then(|| {
            let text = search.with(|search| match (search.number.is_empty(), search.needs_attention) {
                (false, _) => {
                    locale.pick("Заказа с таким номером нет.", "There is no order with this number.")
                }
                (true, true) => locale.pick("Всё в порядке.", "Nothing to look at."),
                (true, false) => locale.pick("Сегодня заказов ещё не было.", "No orders yet today."),
            });
            view! { <p class="second">{text}</p> }
        })
    };
    let today = Signal::stored(locale.pick("Сегодня", "Today").to_owned());
    let attention_label = Signal::derive(move || {
        let words = locale.pick("Требуют внимания", "Need attention");
        match needing_attention.get() {
            0 => words.to_owned(),
            count => format!("{words}\u{a0}· {count}"),
        }
    });
    view! {
        <section class="desk-orders" aria-labelledby="desk-orders-title">
            <h2 id="desk-orders-title">{locale.pick("Заказы", "Orders")}</h2>
            <SegmentedRadios
                legend=locale.pick("Какие заказы", "Which orders")
                name="desk-which"
                labels=[today, attention_label]
                current=Signal::derive(move || u8::from(search.with(|search| search.needs_attention)))
                on_change=Callback::new(move |index| search.update(|search| search.needs_attention = index == 1))
            />
            <form role="search" on:submit=|event| event.prevent_default()>
                <SearchField
                    id="desk-search"
                    name="number"
                    label=locale.pick("Поиск по номеру", "Search by number")
                    placeholder=locale.pick("Номер заказа", "Order number")
                    value=Signal::derive(move || search.with(|search| search.number.clone()))
                    on_input=Callback::new(move |typed| search.update(|search| search.number = typed))
                    clear_label=locale.pick("Очистить", "Clear")
                />
            </form>
            <ul class="desk-rows">
                <For each=move || orders.get() key=|listed| (listed.view.id, listed.view.status, listed.needs_attention()) children=row />
            </ul>
            <div role="status">{empty}</div>
        </section>
    }
    .into_any()
}

fn placed_time(order: &OrderView, locale: Locale) -> String {
    let at =
        order.history.first().map(|step| clock::time_of_day(step.at.unix_timestamp())).unwrap_or_default();
    let pump =
        order.pump.map(|pump| format!(" · {} {pump}", locale.pick("колонка", "pump"))).unwrap_or_default();
    format!("{at}{pump}")
}

fn status_tag(status: Status, locale: Locale) -> (TagKind, String) {
    let (kind, ru, en) = match status {
        Status::Placing => (TagKind::Neutral, "Выпускаем", "Being made"),
        Status::AwaitingPayment => (TagKind::Pay, "Ждём оплату", "To be paid"),
        Status::Paid | Status::Authorising => (TagKind::Good, "Оплачен", "Paid"),
        Status::Ready => (TagKind::Good, "К выдаче", "Ready"),
        Status::Fuelling => (TagKind::Good, "Налив", "Fuelling"),
        Status::Completed => (TagKind::Neutral, "Выдан", "Done"),
        Status::Canceled => (TagKind::Bad, "Отменён", "Cancelled"),
        Status::Expired => (TagKind::Bad, "Просрочен", "Expired"),
        Status::Unavailable => (TagKind::Bad, "Не выдан", "Not served"),
        Status::Failed => (TagKind::Bad, "Не выпущен", "Failed"),
    };
    (kind, locale.pick(ru, en).to_owned())
}
