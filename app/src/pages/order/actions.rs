//! The foot of the screen: the one thing to do next, and the ways out.

use domain::{locale::Locale, order::Status, view::OrderView};
use leptos::{ev::MouseEvent, prelude::*};

use super::{
    call_off,
    head::{is_released, was_asked},
    pay,
    screen::{Screen, WaitingTime},
};
use crate::{
    components::{Button, ButtonKind, ButtonLink},
    host::PaymentResult,
    state::FormDraft,
};

pub fn foot(screen: Screen, order: &OrderView) -> AnyView {
    let locale = screen.locale;
    let actions = match order.status {
        Status::AwaitingPayment => awaiting(screen, order),
        Status::Paid | Status::Authorising | Status::Ready if is_released(order) && !order.stop => {
            view! { {call_off::way_out(screen, order)} {call(locale, order)} }.into_any()
        }
        Status::Placing | Status::Paid | Status::Authorising | Status::Ready | Status::Fuelling => {
            call(locale, order).into_any()
        }
        Status::Completed => {
            let done = locale.pick("Готово", "Done");
            view! { <ButtonLink href="/".to_owned() kind=ButtonKind::Primary>{done}</ButtonLink> }.into_any()
        }
        Status::Canceled | Status::Expired | Status::Failed | Status::Unavailable => ended(screen, order),
    };
    view! { <footer class="foot">{actions} {without_script(locale, order.status)}</footer> }.into_any()
}

fn awaiting(screen: Screen, order: &OrderView) -> AnyView {
    let Screen { locale, waiting, failure, .. } = screen;
    let id = order.id.to_string();
    let check = Callback::new(move |()| {
        failure.set(None);
        screen.ask(id.clone());
    });
    // The host says that it is too late to pay; the server will follow, and neither has been paid.
    let is_late = screen.host.and_then(|host| host.payment_result()) == Some(PaymentResult::Expired);
    let first = if is_late {
        Some(once_more(screen, order, locale.pick("Оформить заново", "Order again"), true))
    } else {
        pay::link(screen, order)
    };
    view! {
        {first}
        {move || (waiting.get() >= WaitingTime::Thirty).then(|| view! {
            <Button kind=ButtonKind::Secondary on_press=check>{locale.pick("Проверить ещё раз", "Check again")}</Button>
        })}
        {call_off::way_out(screen, order)}
        {call(locale, order)}
    }
    .into_any()
}

/// An order that came to nothing is kept as a draft: one press, and it stands in the form again.
fn ended(screen: Screen, order: &OrderView) -> AnyView {
    let locale = screen.locale;
    let refused = order.status == Status::Unavailable && order.pump.is_some() && was_asked(order);
    let again = if refused {
        locale.pick("Выбрать другую колонку", "Choose another pump")
    } else {
        locale.pick("Оформить заново", "Order again")
    };
    view! {
        {once_more(screen, order, again, !refused)}
        <ButtonLink href="/".to_owned()>{locale.pick("На главную", "To the start page")}</ButtonLink>
        {call(locale, order)}
    }
    .into_any()
}

/// Leads to the form with what this order asked for.
fn once_more(screen: Screen, order: &OrderView, label: &'static str, same_pump: bool) -> AnyView {
    let kept = FormDraft::from_order(order, same_pump);
    let refill = Callback::new(move |_: MouseEvent| screen.draft.form.set(kept.clone()));
    let href = format!("/stations/{}", order.station.id);
    view! { <ButtonLink href kind=ButtonKind::Primary on_press=refill>{label}</ButtonLink> }.into_any()
}

/// «Позвонить на АЗС», where the station has a telephone.
fn call(locale: Locale, order: &OrderView) -> Option<AnyView> {
    let phone = order.station.phone.as_deref()?;
    let digits: String = phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    let link = (!digits.is_empty()).then(|| {
        let text = locale.pick("Позвонить на АЗС", "Call the station");
        view! { <ButtonLink href=format!("tel:{digits}") kind=ButtonKind::Ghost external=true>{text}</ButtonLink> }
    });
    Some(link?.into_any())
}

/// Without script nothing on this page moves by itself. As text: hydration would find no elements in there.
fn without_script(locale: Locale, status: Status) -> Option<AnyView> {
    let text = locale.pick(
        "<p class=\"caption\">Без JavaScript страница не обновляется сама. <a href=\"\">Обновить состояние</a></p>",
        "<p class=\"caption\">Without JavaScript this page does not renew itself. <a href=\"\">Renew it</a></p>",
    );
    (!status.is_final()).then(|| view! { <noscript inner_html=text></noscript> }.into_any())
}
