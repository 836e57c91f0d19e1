//! Calling an order off: asked for, confirmed, and told if it is refused. Until fuelling starts a paid order can be
//! called off too: the station takes its release back, then the money returns.

use domain::{locale::Locale, order::Status, view::OrderView};
use leptos::{prelude::*, task::spawn_local};

use super::screen::Screen;
use crate::{
    api::cancel_order,
    components::{Button, ButtonKind},
    state::focus_soon,
};

/// The button, or the question that it asks.
pub fn way_out(screen: Screen, order: &OrderView) -> AnyView {
    let Screen { locale, calling_off, failure, .. } = screen;
    let id = order.id.to_string();
    let paid = order.status != Status::AwaitingPayment;
    let busy = RwSignal::new(false);
    // What was pressed is replaced: the keyboard goes on where it stood.
    let ask = Callback::new(move |()| {
        failure.set(None);
        calling_off.set(true);
        focus_soon("#call-off");
    });
    let keep = Callback::new(move |()| {
        calling_off.set(false);
        focus_soon(".way-out > button");
    });
    let cancel = Callback::new(move |()| {
        let id = id.clone();
        busy.set(true);
        spawn_local(async move {
            match cancel_order(id, Some(locale)).await {
                Ok(fresh) => drop(screen.order.try_set(Some(fresh))),
                Err(error) => screen.tell(&error),
            }
            busy.try_set(false);
            calling_off.try_set(false);
        });
    });
    let (button, question) = words(locale, paid);
    view! {
        {move || if calling_off.get() {
            view! {
                <div class="question" role="group" aria-labelledby="call-off">
                    <p id="call-off" tabindex="-1">{question}</p>
                    <Button kind=ButtonKind::Secondary busy on_press=cancel>{locale.pick("Да, отменить", "Yes, cancel")}</Button>
                    <Button kind=ButtonKind::Ghost on_press=keep>{locale.pick("Не отменять", "Keep the order")}</Button>
                </div>
            }
            .into_any()
        } else {
            view! { <div class="way-out"><Button kind=ButtonKind::Ghost on_press=ask>{button}</Button></div> }.into_any()
        }}
    }
    .into_any()
}

fn words(locale: Locale, paid: bool) -> (&'static str, &'static str) {
    if paid {
        (
            locale.pick("Отменить и вернуть деньги", "Cancel and get the money back"),
            locale.pick(
                "Отменить заказ? Колонка закроется, деньги вернутся плательщику.",
                "Cancel the order? The pump will be closed and the money goes back to the payer.",
            ),
        )
    } else {
        (
            locale.pick("Отменить заказ", "Cancel the order"),
            locale.pick(
                "Отменить заказ? Если вы уже оплатили его, деньги вернутся.",
                "Cancel the order? If you have paid for it already, the money goes back.",
            ),
        )
    }
}
