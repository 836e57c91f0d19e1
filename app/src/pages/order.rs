//! S4, S5, S6: payment, fuelling, success, failure. Shows what the server knows, and nothing else.

use std::time::Duration;

use domain::{locale::Locale, order::Status, refusal::Code, view::OrderView};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::use_params_map;

use super::not_found::missing;
use crate::{
    api::{Fault, Resource, cancel_order, get_order},
    components::{
        Button, ButtonKind, ButtonLink, Facts, Notice, NoticeKind, OrderList, OrderRow, ResultHead,
        ResultKind, Steps,
    },
    host::use_host,
    state::{Language, StreamState, follow_order, mark_hydrated, set_title},
};

/// After this the customer is told more than a spinner.
const LONG: Duration = Duration::from_secs(30);

/// The page of `/orders/{id}`; success, failure and return addresses all lead here.
pub fn page() -> AnyView {
    let locale = Language::of_page().now();
    let params = use_params_map();
    let id = params.with_untracked(|params| params.get("id").unwrap_or_default());
    let order = Resource::new_with_options(
        {
            let id = id.clone();
            move || id.clone()
        },
        get_order,
        false,
    );
    mark_hydrated();
    view! {
        <Suspense fallback=move || waiting_room(locale)>
            {move || {
                let id = id.clone();
                Suspend::new(async move { loaded(id, order.await) })
            }}
        </Suspense>
    }
    .into_any()
}

fn waiting_room(locale: Locale) -> AnyView {
    view! {
        <main data-screen="order">
            <ResultHead kind=ResultKind::Waiting title=locale.pick("Загружаем заказ…", "Loading the order…").to_owned() />
        </main>
    }
    .into_any()
}

fn loaded(id: String, order: Result<OrderView, Fault>) -> AnyView {
    let locale = Language::of_page().now();
    let (first, trouble) = match order {
        Ok(order) => (Some(order), None),
        Err(fault) if fault.code() == Code::NotFound => {
            return missing(
                locale.pick("Такого заказа нет", "There is no such order"),
                locale.pick("Проверьте ссылку.", "Check the link."),
            );
        }
        Err(fault) => (None, Some(fault)),
    };
    let view = RwSignal::new(first);
    let stream = RwSignal::new(StreamState::Connecting);
    Effect::new({
        let id = id.clone();
        move |_| follow_order(id.clone(), locale.tag(), view, stream)
    });
    let long = RwSignal::new(false);
    Effect::new(move |_| {
        set_timeout(
            move || {
                long.try_set(true);
            },
            LONG,
        );
    });
    let shown = Memo::new(move |_| view.get());
    view! {
        {move || match shown.get() {
            Some(order) => screen(locale, &order, stream, long, view),
            None => match &trouble {
                Some(fault) if !fault.is_network() => {
                    let text = fault.message().to_owned();
                    view! { <main data-screen="order"><Notice kind=NoticeKind::Warning text /></main> }.into_any()
                }
                _ => waiting_room(locale),
            },
        }}
    }
    .into_any()
}

fn screen(
    locale: Locale,
    order: &OrderView,
    stream: RwSignal<StreamState>,
    long: RwSignal<bool>,
    view: RwSignal<Option<OrderView>>,
) -> AnyView {
    let (kind, title, text) = head(locale, order);
    let number = locale.integer(order.number.parse().unwrap_or_default());
    let page_title = format!("{title} · № {number}");
    let current = match order.status {
        Status::Placing | Status::AwaitingPayment => 1_usize,
        Status::Completed => 3,
        _ => 2,
    };
    let good =
        !matches!(order.status, Status::Canceled | Status::Expired | Status::Unavailable | Status::Failed);
    let steps = [locale.pick("Заказ", "Order"), locale.pick("Оплата", "Payment"), last_step(locale, order)];
    let message = order.message.clone().unwrap_or_default();
    let broken = move || {
        (stream.get() == StreamState::Broken).then(|| {
            let text = locale.pick(
                "Связь прервалась. Заказ выполняется без телефона; экран обновится сам.",
                "The connection is lost. The order goes on without the phone; this screen will catch up.",
            );
            view! { <Notice kind=NoticeKind::Offline text=text.to_owned() /> }
        })
    };
    set_title(page_title);
    view! {
        <main data-screen="order" data-status=order.status.name()>
            <ResultHead kind title=title.to_owned() text=text detail=message />
            {good.then(|| view! {
                <Steps
                    label=locale.pick("Ход заказа", "Progress")
                    names=steps.map(str::to_owned).to_vec()
                    current=Signal::stored(current)
                />
            })}
            {key_facts(locale, order)}
            {broken}
            {facts(locale, order, number)}
            {lines(locale, order)}
        </main>
        {foot(locale, order, long, view)}
    }
    .into_any()
}

fn last_step(locale: Locale, order: &OrderView) -> &'static str {
    if order.pump.is_some() {
        locale.pick("Налив", "Fuelling")
    } else {
        locale.pick("Выдача", "Handing over")
    }
}

fn head(locale: Locale, order: &OrderView) -> (ResultKind, &'static str, String) {
    let say = |ru: &str, en: &str| locale.pick(ru, en).to_owned();
    let fuel = order.pump.is_some();
    match order.status {
        Status::Placing => (
            ResultKind::Waiting,
            locale.pick("Создаём счёт", "Making the invoice"),
            say("Обычно это занимает несколько секунд.", "It usually takes a few seconds."),
        ),
        Status::AwaitingPayment => (
            ResultKind::Waiting,
            locale.pick("Проверяем оплату", "Checking the payment"),
            say(
                "Обычно это занимает до 30 секунд. Не начинайте налив.",
                "It usually takes up to 30 seconds. Do not fuel yet.",
            ),
        ),
        Status::Paid | Status::Authorising => (
            ResultKind::Success,
            locale.pick("Оплата подтверждена", "Payment confirmed"),
            say("Включаем колонку…", "Releasing the pump…"),
        ),
        Status::Ready if fuel => (
            ResultKind::Success,
            locale.pick("Можно заправляться", "You can fuel now"),
            say("Оплата подтверждена. Снимите пистолет.", "Payment confirmed. Lift the nozzle."),
        ),
        Status::Ready => (
            ResultKind::Success,
            locale.pick("Оплата подтверждена", "Payment confirmed"),
            say("Назовите номер заказа кассиру.", "Tell the cashier the order number."),
        ),
        Status::Fuelling => (
            ResultKind::Success,
            locale.pick("Идёт налив", "Fuelling"),
            say("Не вынимайте пистолет.", "Keep the nozzle in."),
        ),
        Status::Completed if fuel => (
            ResultKind::Success,
            locale.pick("Налив завершён", "Fuelling finished"),
            say("Можно ехать.", "You may go now."),
        ),
        Status::Completed => (
            ResultKind::Success,
            locale.pick("Заказ выдан", "Order handed over"),
            say("Можно ехать.", "You may go now."),
        ),
        Status::Canceled => {
            (ResultKind::Failure, locale.pick("Заказ отменён", "Order cancelled"), String::new())
        }
        Status::Expired => (ResultKind::Failure, locale.pick("Оплата не прошла", "Not paid"), String::new()),
        Status::Unavailable => (
            ResultKind::Failure,
            locale.pick("Не получилось заправить", "Could not be served"),
            String::new(),
        ),
        Status::Failed => {
            (ResultKind::Failure, locale.pick("Заказ не оформлен", "Order not placed"), String::new())
        }
    }
}

/// The pump is what the driver needs: the biggest thing on the page.
fn key_facts(locale: Locale, order: &OrderView) -> Option<AnyView> {
    let pump = order.pump?;
    let line = order.lines.iter().find(|line| line.kind == "fuel")?;
    let volume = match (order.status, order.dispensed) {
        (Status::Fuelling | Status::Completed, Some(dispensed)) => dispensed,
        (Status::Fuelling, None) => domain::quantity::Centi::ZERO,
        _ => line.quantity,
    };
    let text = format!("{} · {}", line.name, locale.quantity(volume, line.unit));
    Some(
        view! {
            <div class="key">
                <p class="key-pump">
                    <span>{locale.pick("Колонка", "Pump")}</span>
                    <strong>{pump.to_string()}</strong>
                </p>
                <p>{text}</p>
            </div>
        }
        .into_any(),
    )
}

fn facts(locale: Locale, order: &OrderView, number: String) -> AnyView {
    let mut rows = vec![
        (locale.pick("Заказ", "Order").to_owned(), format!("№\u{a0}{number}")),
        (locale.pick("АЗС", "Station").to_owned(), order.station.name.clone()),
        (locale.pick("Сумма", "Sum").to_owned(), locale.money(order.total)),
    ];
    if let Some(final_total) = order.final_total.filter(|sum| *sum != order.total) {
        rows.push((locale.pick("Итог по счётчику", "By the meter").to_owned(), locale.money(final_total)));
    }
    if let Some(refund) = order.refund.filter(|sum| sum.get() > 0) {
        rows.push((locale.pick("Вернётся", "Returned").to_owned(), locale.money(refund)));
    }
    if order.status == Status::Completed {
        rows.push((
            locale.pick("Документы", "Documents").to_owned(),
            locale.pick("придут от Инвойсбокса", "will come from Invoicebox").to_owned(),
        ));
    }
    view! { <Facts rows=Signal::stored(rows) /> }.into_any()
}

fn lines(locale: Locale, order: &OrderView) -> AnyView {
    let rows: Vec<OrderRow> = order
        .lines
        .iter()
        .map(|line| OrderRow {
            name: line.name.clone(),
            note: format!("{} × {}", locale.quantity(line.quantity, line.unit), locale.money(line.price)),
            sum: locale.money(line.total),
            vat: format!("{} {}", locale.pick("В т.ч. НДС:", "VAT included:"), locale.money(line.vat_sum)),
        })
        .collect();
    view! { <OrderList label=locale.pick("Состав заказа", "Lines of the order") rows=Signal::stored(rows) /> }
        .into_any()
}

fn foot(
    locale: Locale,
    order: &OrderView,
    long: RwSignal<bool>,
    view: RwSignal<Option<OrderView>>,
) -> AnyView {
    let again = format!("/stations/{}", order.station.id);
    let actions = match order.status {
        Status::AwaitingPayment => awaiting_actions(locale, order, long, view),
        Status::Placing | Status::Paid | Status::Authorising | Status::Ready | Status::Fuelling => return ().into_any(),
        Status::Completed => view! {
            <ButtonLink href="/".to_owned() kind=ButtonKind::Primary>{locale.pick("Готово", "Done")}</ButtonLink>
        }
        .into_any(),
        Status::Canceled | Status::Expired | Status::Failed | Status::Unavailable => view! {
            <ButtonLink href=again kind=ButtonKind::Primary>{locale.pick("Оформить заново", "Order again")}</ButtonLink>
            <ButtonLink href="/".to_owned()>{locale.pick("На главную", "To the start page")}</ButtonLink>
        }
        .into_any(),
    };
    view! { <footer class="foot">{actions}</footer> }.into_any()
}

fn awaiting_actions(
    locale: Locale,
    order: &OrderView,
    long: RwSignal<bool>,
    view: RwSignal<Option<OrderView>>,
) -> AnyView {
    let host = use_host();
    let url = order.payment_url.clone().unwrap_or_default();
    let (id, id_for_check) = (order.id.to_string(), order.id.to_string());
    let busy = RwSignal::new(false);
    let pay = {
        let url = url.clone();
        Callback::new(move |()| {
            if let Some(host) = host {
                let _ = if host.offers_payment_page() { host.accept_offer() } else { host.pay(&url) };
            }
        })
    };
    let cancel = Callback::new(move |()| {
        let id = id.clone();
        busy.set(true);
        spawn_local(async move {
            if let Ok(fresh) = cancel_order(id).await {
                view.try_set(Some(fresh));
            }
            busy.try_set(false);
        });
    });
    let check = Callback::new(move |()| {
        let id = id_for_check.clone();
        spawn_local(async move {
            if let Ok(fresh) = get_order(id).await {
                view.try_set(Some(fresh));
            }
        });
    });
    view! {
        <Button kind=ButtonKind::Primary on_press=pay>{locale.pick("Перейти к оплате", "Go to payment")}</Button>
        {move || long.get().then(|| view! {
            <Button kind=ButtonKind::Secondary on_press=check>{locale.pick("Проверить ещё раз", "Check again")}</Button>
        })}
        <Button kind=ButtonKind::Ghost busy on_press=cancel>{locale.pick("Отменить заказ", "Cancel the order")}</Button>
    }
    .into_any()
}
