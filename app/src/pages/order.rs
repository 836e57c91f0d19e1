//! Order page: payment, fuelling, result. Shows only what the server knows: what the host reports of a payment changes
//! texts, never the state.

mod actions;
mod cancel;
mod facts;
mod head;
mod pay;
mod screen;
mod start;
#[cfg(all(test, feature = "ssr"))]
mod tests;

use std::time::Duration;

use domain::{locale::Locale, order::Status, refusal::Code, view::OrderView};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use self::{
    head::{fuel_line, order_head},
    screen::{Screen, WaitingTime},
    start::start_of,
};
use super::not_found::missing;
use crate::{
    api::{ApiError, Resource, get_order},
    components::{Notice, NoticeKind, ResultHead, ResultKind, Steps},
    host::{reconnect_when_seen, report_error_to_host},
    state::{DraftStore, Language, StreamState, follow_order, mark_hydrated, set_title},
};

/// The page of `/orders/{id}`; success, failure and return addresses all lead here.
pub fn page() -> AnyView {
    let locale = Language::from_context().current();
    let params = use_params_map();
    let id = params.with_untracked(|params| params.get("id").unwrap_or_default());
    let order = Resource::new_with_options(
        {
            let id = id.clone();
            move || id.clone()
        },
        move |id| get_order(id, Some(locale)),
        false,
    );
    DraftStore::open();
    mark_hydrated();
    view! {
        <Suspense fallback=move || order_skeleton(locale)>
            {move || {
                let id = id.clone();
                Suspend::new(async move { order_view(id, order.await) })
            }}
        </Suspense>
    }
    .into_any()
}

fn order_skeleton(locale: Locale) -> AnyView {
    view! {
        <main data-screen="order">
            <ResultHead kind=ResultKind::Waiting title=locale.pick("Загружаем заказ…", "Loading the order…").to_owned() />
        </main>
    }
    .into_any()
}

fn order_view(id: String, order: Result<OrderView, ApiError>) -> AnyView {
    let locale = Language::from_context().current();
    let (first, failure) = match order {
        Ok(order) => (Some(order), None),
        Err(error) if error.code() == Some(Code::NotFound) => {
            return missing(
                locale.pick("Такого заказа нет", "There is no such order"),
                locale.pick("Проверьте ссылку.", "Check the link."),
            );
        }
        Err(error) => (None, Some(error)),
    };
    let screen = Screen::new(locale, first);
    start_stream(id, screen);
    if let Some(error) = failure.as_ref().filter(|error| !error.is_network()) {
        report_error_to_host(error.message().to_owned());
    }
    // The states of the pumps change often: only their own part is drawn again.
    let shown = Memo::new(move |_| screen.order.get().map(|order| order.with_pumps(Vec::new())));
    Effect::new(move |before: Option<Option<u32>>| {
        let seq = shown.with(|order| Some(order.as_ref()?.history.last()?.seq));
        if before.is_some_and(|before| before != seq) {
            screen.failure.set(None);
        }
        seq
    });
    view! {
        {move || match shown.get() {
            Some(order) => screen_view(screen, &order),
            None => match &failure {
                Some(error) if !error.is_network() => {
                    let text = error.message().to_owned();
                    view! { <main data-screen="order"><Notice kind=NoticeKind::Warning text /></main> }.into_any()
                }
                _ => view! { {order_skeleton(locale)} {unreachable_view(screen)} }.into_any(),
            },
        }}
    }
    .into_any()
}

/// The notice while the order could not be loaded for lack of network: it appears by itself later.
fn unreachable_view(screen: Screen) -> AnyView {
    let locale = screen.locale;
    let notice = move || {
        (screen.stream.get() == StreamState::Broken).then(|| {
            let text = locale.pick(
                "Нет сети. Заказ выполняется без телефона; экран появится сам, когда связь вернётся.",
                "No network. The order goes on without the phone; this screen will come by itself.",
            );
            view! {
                <div class="foot"><Notice kind=NoticeKind::Offline text=text.to_owned() /></div>
            }
        })
    };
    notice.into_any()
}

/// Keeps the screen up to date: by the stream, by the clock, and by a request when the host reports a payment.
fn start_stream(id: String, screen: Screen) {
    Effect::new({
        let id = id.clone();
        move |_| follow_order(id.clone(), screen.locale, screen.order, screen.stream)
    });
    Effect::new(move |_| {
        for time in [WaitingTime::Ten, WaitingTime::Thirty, WaitingTime::TwoMinutes] {
            let grow = move || {
                screen.waiting.try_set(time);
            };
            set_timeout(grow, Duration::from_secs(time.seconds()));
        }
    });
    reconnect_when_seen();
    let Some(host) = screen.host else { return };
    Effect::new(move |_| {
        if host.payment_result().is_some() {
            screen.reload_order(id.clone());
        }
    });
}

fn screen_view(screen: Screen, order: &OrderView) -> AnyView {
    let Screen { locale, stream, failure, .. } = screen;
    let number = locale.integer(order.number.parse().unwrap_or_default());
    let current = match order.status {
        Status::Placing | Status::AwaitingPayment => 1_usize,
        Status::Completed => 3,
        _ => 2,
    };
    let good =
        !matches!(order.status, Status::Canceled | Status::Expired | Status::Unavailable | Status::Failed);
    let last = match fuel_line(order) {
        Some(_) => locale.pick("Налив", "Fuelling"),
        None => locale.pick("Выдача", "Handing over"),
    };
    let steps = [locale.pick("Заказ", "Order"), locale.pick("Оплата", "Payment"), last];
    let head = order_head(screen, order, &number);
    let (kind, text) = (head.kind, head.text);
    let title = head.title.to_owned();
    let page_title = format!("{} · № {number}", head.title);
    let start = start_of(order);
    let waits_for_driver = start.is_some();
    let broken = move || {
        (stream.get() == StreamState::Broken).then(|| {
            let text = if waits_for_driver {
                locale.pick(
                    "Связь прервалась. Колонку можно включить, когда связь вернётся; без связи её включит кассир.",
                    "The connection is lost. You can start the pump when it is back; without it the cashier can.",
                )
            } else {
                locale.pick(
                    "Связь прервалась. Заказ выполняется без телефона; экран обновится сам.",
                    "The connection is lost. The order goes on without the phone; this screen will catch up.",
                )
            };
            view! { <Notice kind=NoticeKind::Offline text=text.to_owned() /> }
        })
    };
    // The reason of a start has a notice of its own.
    let detail =
        order.message.clone().filter(|text| start.and_then(|start| start.reason.as_ref()) != Some(text));
    set_title(page_title);
    view! {
        <main data-screen="order" data-status=order.status.name()>
            <ResultHead kind title text detail=detail.unwrap_or_default() />
            {start::start_view(screen, order)}
            {good.then(|| view! {
                <Steps
                    label=locale.pick("Ход заказа", "Progress")
                    names=steps.map(str::to_owned).to_vec()
                    current=Signal::stored(current)
                />
            })}
            {facts::key_facts(locale, order)}
            {broken}
            {facts::facts(locale, order, number)}
            {facts::lines(locale, order)}
            {start::start_button(screen, order).unwrap_or_else(|| {
                (move || failure.get().map(|text| view! { <Notice kind=NoticeKind::Warning text /> })).into_any()
            })}
        </main>
        {actions::actions_view(screen, order)}
    }
    .into_any()
}
