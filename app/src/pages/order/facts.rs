//! The facts of the order: the pump and the litres, the sums, the lines.

use domain::{locale::Locale, order::Status, quantity::Centi, view::OrderView};
use leptos::prelude::*;

use super::{head::fuel_line, start::start_of};
use crate::{
    components::{Facts, OrderList, OrderRow},
    state::{ClockTime, clock_time},
};

/// The pump, which the driver needs most, in large type; while fuel runs, with the litres. Before a start the pump may
/// be another one, which has a place of its own.
pub fn key_facts(locale: Locale, order: &OrderView) -> Option<AnyView> {
    let line = fuel_line(order)?;
    let pump = order.pump.filter(|_| start_of(order).is_none()).map(|pump| {
        view! {
            <p class="key-pump">
                <span>{locale.pick("Колонка", "Pump")}</span>
                <strong>{pump.to_string()}</strong>
            </p>
        }
    });
    let dispensed = order.dispensed.unwrap_or_default();
    let fuelling = order.status == Status::Fuelling;
    let volume = match order.status {
        Status::Fuelling | Status::Completed => dispensed,
        _ => line.quantity,
    };
    let is_ceiling = order.full_tank && !matches!(order.status, Status::Fuelling | Status::Completed);
    let most = if is_ceiling { locale.pick("до ", "up to ") } else { "" };
    let text = format!("{} · {most}{}", line.name, locale.quantity(volume, line.unit));
    let run = fuelling.then(|| fuelling_bar(locale, dispensed, line.quantity));
    Some(
        view! {
            <div class="key">
                {pump}
                <p>{text}</p>
                {run}
            </div>
        }
        .into_any(),
    )
}

/// The share of the order that has been dispensed. It moves smoothly from one report of the station to the next, never
/// ahead.
fn fuelling_bar(locale: Locale, dispensed: Centi, ordered: Centi) -> AnyView {
    view! {
        <progress
            max=ordered.get().to_string()
            value=dispensed.get().min(ordered.get()).to_string()
            aria-label=locale.pick("Налито", "Filled")
        ></progress>
    }
    .into_any()
}

pub fn facts(locale: Locale, order: &OrderView, number: String) -> AnyView {
    let mut rows = vec![
        (locale.pick("Заказ", "Order").to_owned(), format!("№\u{a0}{number}")),
        (locale.pick("АЗС", "Station").to_owned(), order.station.name.clone()),
        (locale.pick("Сумма", "Sum").to_owned(), locale.money(order.total)),
    ];
    if let Some(final_total) = order.final_total.filter(|sum| *sum != order.total) {
        rows.push((locale.pick("Итог по счётчику", "By the meter").to_owned(), locale.money(final_total)));
    }
    if let Some(refund) = order.refund.filter(|sum| sum.get() > 0) {
        rows.push((locale.pick("Вернётся", "To be returned").to_owned(), locale.money(refund)));
    }
    if order.documents.unwrap_or(order.status == Status::Completed) {
        rows.push((
            locale.pick("Документы", "Documents").to_owned(),
            locale.pick("придут от Инвойсбокса", "will come from Invoicebox").to_owned(),
        ));
    }
    if order.status != Status::AwaitingPayment {
        return view! { <Facts rows=Signal::stored(rows) /> }.into_any();
    }
    let until = clock_time(order.expires_at.unix_timestamp());
    let rows = Signal::derive(move || {
        let ClockTime { time, of_moscow } = until.get();
        // The zone is at the end of the name: when it disappears, nothing moves.
        let zone = if of_moscow { locale.pick(" (по Москве)", " (Moscow time)") } else { "" };
        let pay = (format!("{}{zone}", locale.pick("Оплатить до", "Pay before")), time);
        rows.iter().cloned().chain([pay]).collect()
    });
    view! { <Facts rows /> }.into_any()
}

pub fn lines(locale: Locale, order: &OrderView) -> AnyView {
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
