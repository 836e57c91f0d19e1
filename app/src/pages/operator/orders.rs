//! Today's orders of the station, newest first, with a search by the number that the driver reads aloud.

use std::time::Duration;

use domain::{locale::Locale, order::Status, view::OrderView};
use leptos::{leptos_dom::helpers::debounce, prelude::*};

use super::{
    api::ListedOrder,
    clock,
    context::{DeskContext, DeskPanel},
};
use crate::{
    components::{SearchField, Tag, TagKind},
    state::repeat_every,
};

const TYPING_PAUSE: Duration = Duration::from_millis(250);
/// Pause between two reads of the list while nothing happens here: drivers order by themselves, too.
const POLL_INTERVAL: Duration = Duration::from_secs(10);

pub fn orders(desk: DeskContext) -> AnyView {
    let DeskContext { locale, orders, search, panel, .. } = desk;
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
                    <Tag kind text=status />
                </button>
            </li>
        }
    };
    let empty = move || {
        orders.with(Vec::is_empty).then(|| {
            let text = if search.with(String::is_empty) {
                locale.pick("Сегодня заказов ещё не было.", "No orders yet today.")
            } else {
                locale.pick("Заказа с таким номером нет.", "There is no order with this number.")
            };
            view! { <p class="second">{text}</p> }
        })
    };
    view! {
        <section class="desk-orders" aria-labelledby="desk-orders-title">
            <h2 id="desk-orders-title">{locale.pick("Заказы за сегодня", "Today's orders")}</h2>
            <form role="search" on:submit=|event| event.prevent_default()>
                <SearchField
                    id="desk-search"
                    name="number"
                    label=locale.pick("Поиск по номеру", "Search by number")
                    placeholder=locale.pick("Номер заказа", "Order number")
                    value=search
                    on_input=Callback::new(move |typed| search.set(typed))
                    clear_label=locale.pick("Очистить", "Clear")
                />
            </form>
            <ul class="desk-rows">
                <For each=move || orders.get() key=|listed| (listed.view.id, listed.view.status) children=row />
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
