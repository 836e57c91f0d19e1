//! Cancelling an order: requested, confirmed, and the refusal shown. Until fuelling starts a paid order can be cancelled
//! too: the station withdraws its release, then the money is returned.

use domain::{locale::Locale, order::Status, view::OrderView};
use leptos::{prelude::*, task::spawn_local};

use super::screen::Screen;
use crate::{
    api::cancel_order,
    components::{Button, ButtonKind},
    state::focus_soon,
};

/// The button, or the question after its press.
pub fn cancel_view(screen: Screen, order: &OrderView) -> AnyView {
    let Screen { locale, is_confirming_cancel, failure, .. } = screen;
    let id = order.id.to_string();
    let status = order.status;
    let busy = RwSignal::new(false);
    // The pressed button is replaced: the focus moves to its replacement.
    let ask = Callback::new(move |()| {
        failure.set(None);
        is_confirming_cancel.set(true);
        focus_soon("#call-off");
    });
    let keep = Callback::new(move |()| {
        is_confirming_cancel.set(false);
        focus_soon(".way-out > button");
    });
    let cancel = Callback::new(move |()| {
        let id = id.clone();
        busy.set(true);
        spawn_local(async move {
            match cancel_order(id, Some(locale)).await {
                Ok(fresh) => screen.show_order(fresh),
                Err(error) => screen.show_error(&error),
            }
            busy.try_set(false);
            is_confirming_cancel.try_set(false);
        });
    });
    let (button, question) = cancel_texts(locale, status);
    view! {
        {move || if is_confirming_cancel.get() {
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

fn cancel_texts(locale: Locale, status: Status) -> (&'static str, &'static str) {
    let question = match status {
        Status::AwaitingPayment => {
            return (
                locale.pick("Отменить заказ", "Cancel the order"),
                locale.pick(
                    "Отменить заказ? Если вы уже оплатили его, деньги вернутся.",
                    "Cancel the order? If you have paid for it already, the money goes back.",
                ),
            );
        }
        Status::Paid => locale.pick(
            "Отменить заказ? Деньги вернутся плательщику.",
            "Cancel the order? The money goes back to the payer.",
        ),
        _ => locale.pick(
            "Отменить заказ? Колонка закроется, деньги вернутся плательщику.",
            "Cancel the order? The pump will be closed and the money goes back to the payer.",
        ),
    };
    (locale.pick("Отменить и вернуть деньги", "Cancel and get the money back"), question)
}
