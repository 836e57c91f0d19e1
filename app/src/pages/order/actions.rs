//! The foot of the screen: the next action, and the ways to leave.

use domain::{locale::Locale, order::Status, view::OrderView};
use leptos::{ev::MouseEvent, prelude::*};

use super::{
    cancel,
    head::{is_automated, is_release_requested},
    pay,
    screen::{Screen, WaitingTime},
    start::start_of,
};
use crate::{
    components::{Button, ButtonKind, ButtonLink},
    host::PaymentResult,
    state::FormDraft,
};

pub fn actions_view(screen: Screen, order: &OrderView) -> AnyView {
    let locale = screen.locale;
    let actions = match order.status {
        Status::AwaitingPayment => payment_actions(screen, order),
        Status::Paid | Status::Authorising | Status::Ready
            if is_automated(order) && order.cancelable.unwrap_or(!order.stop) =>
        {
            view! { {cancel::cancel_view(screen, order)} {station_phone_button(locale, order)} }.into_any()
        }
        Status::Placing | Status::Paid | Status::Authorising | Status::Ready | Status::Fuelling => {
            station_phone_button(locale, order).into_any()
        }
        Status::Completed => {
            let done = locale.pick("Готово", "Done");
            view! { <ButtonLink href="/".to_owned() kind=ButtonKind::Primary>{done}</ButtonLink> }.into_any()
        }
        Status::Canceled | Status::Expired | Status::Failed | Status::Unavailable => {
            ended_actions(screen, order)
        }
    };
    view! { <footer class="foot">{actions} {without_script(locale, order)}</footer> }.into_any()
}

fn payment_actions(screen: Screen, order: &OrderView) -> AnyView {
    let Screen { locale, waiting, failure, .. } = screen;
    let id = order.id.to_string();
    let check = Callback::new(move |()| {
        failure.set(None);
        screen.reload_order(id.clone());
    });
    // The host reports that it is too late to pay; the server will follow, and nothing has been paid.
    let is_late = screen.host.and_then(|host| host.payment_result()) == Some(PaymentResult::Expired);
    let first = if is_late {
        Some(order_again_link(screen, order, locale.pick("Оформить заново", "Order again"), true))
    } else {
        pay::payment_link(screen, order)
    };
    view! {
        {first}
        {move || (waiting.get() >= WaitingTime::Thirty).then(|| view! {
            <Button kind=ButtonKind::Secondary on_press=check>{locale.pick("Проверить ещё раз", "Check again")}</Button>
        })}
        {cancel::cancel_view(screen, order)}
        {station_phone_button(locale, order)}
    }
    .into_any()
}

/// The actions after a bad end: one press puts the content of the order into the form again. No other pump can be started
/// for this order; a new one begins without the pump that was refused.
fn ended_actions(screen: Screen, order: &OrderView) -> AnyView {
    let locale = screen.locale;
    let is_refused = order.status == Status::Unavailable && is_release_requested(order);
    view! {
        {order_again_link(screen, order, locale.pick("Оформить заново", "Order again"), !is_refused)}
        <ButtonLink href="/".to_owned()>{locale.pick("На главную", "To the start page")}</ButtonLink>
        {station_phone_button(locale, order)}
    }
    .into_any()
}

/// A link to the form, filled with the content of this order.
fn order_again_link(screen: Screen, order: &OrderView, label: &'static str, same_pump: bool) -> AnyView {
    let kept = FormDraft::from_order(order, same_pump);
    let refill = Callback::new(move |_: MouseEvent| screen.draft.form.set(kept.clone()));
    let href = format!("/stations/{}", order.station.id);
    view! { <ButtonLink href kind=ButtonKind::Primary on_press=refill>{label}</ButtonLink> }.into_any()
}

/// «Позвонить на АЗС», where the station has a telephone.
fn station_phone_button(locale: Locale, order: &OrderView) -> Option<AnyView> {
    let phone = order.station.phone.as_deref()?;
    let digits: String = phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    let link = (!digits.is_empty()).then(|| {
        let text = locale.pick("Позвонить на АЗС", "Call the station");
        view! { <ButtonLink href=format!("tel:{digits}") kind=ButtonKind::Ghost external=true>{text}</ButtonLink> }
    });
    Some(link?.into_any())
}

/// The notice that this page does not renew itself without script, nor starts a pump. As text: hydration would find no
/// elements in there.
fn without_script(locale: Locale, order: &OrderView) -> Option<AnyView> {
    let text = if start_of(order).is_some() {
        locale.pick(
            "<p class=\"caption\">Без JavaScript колонку включает кассир: назовите ему номер заказа. <a href=\"\">Обновить состояние</a></p>",
            "<p class=\"caption\">Without JavaScript the cashier starts the pump: tell them the order number. <a href=\"\">Renew this page</a></p>",
        )
    } else {
        locale.pick(
            "<p class=\"caption\">Без JavaScript страница не обновляется сама. <a href=\"\">Обновить состояние</a></p>",
            "<p class=\"caption\">Without JavaScript this page does not renew itself. <a href=\"\">Renew it</a></p>",
        )
    };
    (!order.status.is_final()).then(|| view! { <noscript inner_html=text></noscript> }.into_any())
}
