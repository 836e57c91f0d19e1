//! The way to the payment page.

use domain::view::OrderView;
use leptos::{ev::MouseEvent, prelude::*};

use super::screen::Screen;
use crate::{
    components::{ButtonKind, ButtonLink},
    host::{HostRefusal, PaymentResult},
};

/// The link to the payment page, which works without script too. With script the host is asked first: it may show the
/// page itself.
pub fn payment_link(screen: Screen, order: &OrderView) -> Option<AnyView> {
    let Screen { locale, host, .. } = screen;
    let url = order.payment_url.clone().filter(|url| url.starts_with("http"))?;
    let is_canceled = host.is_some_and(|host| host.payment_result() == Some(PaymentResult::Canceled));
    let label = if is_canceled {
        locale.pick("Повторить оплату", "Pay again")
    } else {
        locale.pick("Перейти к оплате", "Go to payment")
    };
    let press = Callback::new({
        let url = url.clone();
        move |event: MouseEvent| {
            if host.is_some() {
                event.prevent_default();
                open_payment_page(screen, &url);
            }
        }
    });
    Some(
        view! {
            <ButtonLink href=url kind=ButtonKind::Primary external=true on_press=press>{label}</ButtonLink>
        }
        .into_any(),
    )
}

/// Opens the payment page by the host, and shows an error for an address that is not allowed.
fn open_payment_page(screen: Screen, url: &str) {
    let Some(host) = screen.host else { return };
    screen.failure.set(None);
    let asked = if host.offers_payment_page() { host.accept_offer() } else { host.pay(url) };
    if let Err(HostRefusal::ForbiddenPaymentAddress) = asked {
        let text = screen.locale.pick(
            "Страница оплаты не открывается: её адрес не из разрешённых. Деньги не списаны, оплатите на кассе.",
            "The payment page cannot be opened: its address is not an allowed one. Nothing was charged, pay at the till.",
        );
        screen.failure.set(Some(text.to_owned()));
        _ = host.report_error(Some(text));
    }
}
