//! The head of the screen: the state of the order, and what it means for the driver. One sentence for each state.

use domain::{
    locale::Locale,
    order::Status,
    quantity::Centi,
    view::{LineView, OrderView},
};
use leptos::prelude::*;

use super::{
    screen::{Screen, WaitingTime},
    start::{choose_pump, start_of},
};
use crate::{components::ResultKind, host::PaymentResult};

pub struct OrderHead {
    pub kind: ResultKind,
    pub title: &'static str,
    pub text: Signal<String>,
}

/// The head of an order's screen. `number` is its number as it is read aloud.
pub fn order_head(screen: Screen, order: &OrderView, number: &str) -> OrderHead {
    let locale = screen.locale;
    if order.status == Status::AwaitingPayment {
        return awaiting_payment_head(screen, number.to_owned());
    }
    if start_of(order).is_some() {
        return start_head(screen, order);
    }
    let (kind, title, text) =
        if order.stop { stopped_head(locale, order) } else { current_head(locale, order) };
    OrderHead { kind, title, text: Signal::stored(text.to_owned()) }
}

/// The head while the payment is not confirmed. It never shows a failure that the server has not reported.
fn awaiting_payment_head(screen: Screen, number: String) -> OrderHead {
    let Screen { locale, host, waiting, .. } = screen;
    let hint = host.and_then(|host| host.payment_result());
    let title = match hint {
        Some(PaymentResult::Canceled) => locale.pick("Оплата не завершена", "The payment was not finished"),
        Some(PaymentResult::Expired) => locale.pick("Время на оплату вышло", "The time to pay is over"),
        Some(PaymentResult::Hold) => locale.pick("Средства зарезервированы", "The money is reserved"),
        _ => locale.pick("Проверяем оплату", "Checking the payment"),
    };
    let text = Signal::derive(move || match (hint, waiting.get()) {
        (Some(PaymentResult::Canceled), _) => locale
            .pick(
                "Заказ ждёт: его ещё можно оплатить. Не начинайте налив.",
                "The order is waiting: you can still pay for it. Do not fuel yet.",
            )
            .to_owned(),
        (Some(PaymentResult::Expired), _) => locale
            .pick(
                "Не начинайте налив. Если оплата прошла, мы это увидим сами.",
                "Do not fuel. If the payment came through, we shall see it.",
            )
            .to_owned(),
        (_, WaitingTime::TwoMinutes) => match locale {
            Locale::Ru => format!("Платёж ещё обрабатывается. Не начинайте налив. Заказ № {number}."),
            Locale::En => format!("The payment is still being processed. Do not fuel yet. Order {number}."),
        },
        (_, WaitingTime::Fresh) => locale.pick("Не начинайте налив.", "Do not fuel yet.").to_owned(),
        _ => locale
            .pick(
                "Обычно это занимает до 30 секунд. Не начинайте налив.",
                "It usually takes up to 30 seconds. Do not fuel yet.",
            )
            .to_owned(),
    });
    OrderHead { kind: ResultKind::Waiting, title, text }
}

/// The head of a paid order that waits for its driver.
fn start_head(screen: Screen, order: &OrderView) -> OrderHead {
    let locale = screen.locale;
    let chosen = screen.chosen_pump(order);
    let text = Signal::derive(move || match (chosen.get(), locale) {
        (Some(pump), Locale::Ru) => format!("Вы у колонки {pump}?"),
        (Some(pump), Locale::En) => format!("Are you at pump {pump}?"),
        (None, _) => choose_pump(locale),
    });
    OrderHead { kind: ResultKind::Success, title: locale.pick("Оплачено", "Paid"), text }
}

/// The head when the driver must not continue. The server's sentence below gives the reason, and what happens to the
/// money.
fn stopped_head(locale: Locale, order: &OrderView) -> (ResultKind, &'static str, &'static str) {
    match order.status {
        Status::Fuelling => (ResultKind::Failure, locale.pick("Остановите налив", "Stop fuelling"), ""),
        Status::Completed => {
            (ResultKind::Failure, locale.pick("Платёж отозван", "The payment was reversed"), "")
        }
        // How much fuel has flowed, or what was paid: the sentence says which.
        Status::Paid => {
            (ResultKind::Waiting, locale.pick("АЗС проверяет заказ", "The station is checking the order"), "")
        }
        // For whatever reason: the order is being cancelled, or nobody has used the pump.
        _ => (ResultKind::Waiting, locale.pick("Закрываем колонку", "Closing the pump"), ""),
    }
}

fn current_head(locale: Locale, order: &OrderView) -> (ResultKind, &'static str, &'static str) {
    let fuel = fuel_line(order).is_some();
    let lifted = order.dispensed.unwrap_or_default() == Centi::ZERO;
    match order.status {
        Status::Placing | Status::AwaitingPayment => (
            ResultKind::Waiting,
            locale.pick("Создаём счёт", "Making the invoice"),
            locale.pick("Обычно это занимает несколько секунд.", "It usually takes a few seconds."),
        ),
        Status::Paid if is_automated(order) => (
            ResultKind::Success,
            locale.pick("Оплата подтверждена", "Payment confirmed"),
            locale.pick("Колонку сейчас включить нельзя.", "The pump cannot be started now."),
        ),
        Status::Authorising if is_automated(order) => (
            ResultKind::Success,
            locale.pick("Оплата подтверждена", "Payment confirmed"),
            locale.pick("Включаем колонку…", "Releasing the pump…"),
        ),
        Status::Ready if is_automated(order) => (
            ResultKind::Success,
            locale.pick("Можно заправляться", "You can fuel now"),
            locale.pick("Оплата подтверждена. Снимите пистолет.", "Payment confirmed. Lift the nozzle."),
        ),
        Status::Paid | Status::Authorising | Status::Ready => (
            ResultKind::Success,
            locale.pick("Оплата подтверждена", "Payment confirmed"),
            if fuel {
                locale.pick(
                    "Назовите номер заказа кассиру: он включит колонку.",
                    "Tell the cashier the order number: they will release the pump.",
                )
            } else {
                locale.pick("Назовите номер заказа кассиру.", "Tell the cashier the order number.")
            },
        ),
        Status::Fuelling => (
            ResultKind::Success,
            locale.pick("Идёт налив", "Fuelling"),
            if lifted {
                locale.pick(
                    "Пистолет снят. Ждём первые литры.",
                    "The nozzle is lifted. Waiting for the first litres.",
                )
            } else {
                locale.pick("Не вынимайте пистолет.", "Keep the nozzle in.")
            },
        ),
        Status::Completed => (
            ResultKind::Success,
            if fuel {
                locale.pick("Налив завершён", "Fuelling finished")
            } else {
                locale.pick("Заказ выдан", "Order handed over")
            },
            locale.pick("Можно ехать.", "You may go now."),
        ),
        Status::Canceled => (ResultKind::Failure, locale.pick("Заказ отменён", "Order cancelled"), ""),
        Status::Expired => (ResultKind::Failure, locale.pick("Оплата не прошла", "Not paid"), ""),
        Status::Unavailable if is_release_requested(order) => {
            (ResultKind::Failure, locale.pick("Не получилось заправить", "Could not be served"), "")
        }
        Status::Unavailable => (ResultKind::Failure, locale.pick("Заказ закрыт", "The order is closed"), ""),
        Status::Failed => (ResultKind::Failure, locale.pick("Заказ не оформлен", "Order not placed"), ""),
    }
}

/// Whether the station's automation releases the pump, and can withdraw that. Everything else the cashier hands over.
pub fn is_automated(order: &OrderView) -> bool {
    fuel_line(order).is_some() && !order.by_hand
}

pub fn fuel_line(order: &OrderView) -> Option<&LineView> {
    order.lines.iter().find(|line| line.kind == "fuel")
}

/// Whether the station was asked to release a pump.
pub fn is_release_requested(order: &OrderView) -> bool {
    order.history.iter().any(|step| step.status == Status::Authorising)
}
