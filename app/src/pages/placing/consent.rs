//! The consent that the customer gives by placing the order.

use domain::locale::Locale;
use leptos::{ev::MouseEvent, prelude::*};

use crate::{api::PageSettings, host::use_host};

/// The line that names the action, then the network's documents as far as it has published any. The host opens them
/// beside us; a browser opens them in a tab of their own, so that the order stays where it is.
pub fn line(locale: Locale) -> AnyView {
    let PageSettings { terms_url, privacy_url, .. } = use_context().unwrap_or_default();
    let terms = terms_url.map(|url| document(url, locale.pick("соглашение", "the agreement")));
    let privacy = privacy_url
        .map(|url| document(url, locale.pick("правила обработки данных", "the rules of data processing")));
    let and = (terms.is_some() && privacy.is_some()).then(|| locale.pick(" и ", " and "));
    let accepting = (terms.is_some() || privacy.is_some()).then(|| locale.pick(", принимаете ", ", accept "));
    view! {
        <p class="caption">
            {locale.pick("Нажимая кнопку, вы оформляете заказ", "By pressing the button you place the order")}
            {accepting} {terms} {and} {privacy}
            {locale.pick(
                " и передаёте данные плательщика Инвойсбоксу для счёта и закрывающих документов.",
                " and pass the payer's data to Invoicebox for the invoice and closing documents.",
            )}
        </p>
    }
    .into_any()
}

fn document(url: String, name: &'static str) -> AnyView {
    let host = use_host();
    let address = url.clone();
    let press = move |event: MouseEvent| {
        if host.is_some_and(|host| host.is_framed() && host.open_link(&address).is_ok()) {
            event.prevent_default();
        }
    };
    view! { <a href=url target="_blank" rel="external noopener" on:click=press>{name}</a> }.into_any()
}
