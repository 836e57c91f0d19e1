//! Lines of an order, their totals, and plain "name: value" facts. All are description lists.

use leptos::prelude::*;

/// One line as shown; every string is formatted already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderRow {
    /// «АИ-95».
    pub name: String,
    /// «40,00 л × 61,90 ₽».
    pub note: String,
    /// «2 476,00 ₽».
    pub sum: String,
    /// «В т.ч. НДС: 446,49 ₽», or empty.
    pub vat: String,
}

/// The lines. `label` names the list for screen readers.
#[component]
pub fn OrderList(#[prop(into)] label: String, #[prop(into)] rows: Signal<Vec<OrderRow>>) -> impl IntoView {
    let line = |row: OrderRow| pair(row.name, row.note, row.sum, row.vat);
    view! {
        <dl class="order-list" aria-label=label>
            {move || rows.get().into_iter().map(line).collect_view()}
        </dl>
    }
    .into_any()
}

/// «Итого:» and «В т.ч. НДС:» under the lines.
#[component]
pub fn Totals(
    #[prop(into)] total_label: String,
    #[prop(into)] total: Signal<String>,
    #[prop(into)] vat_label: String,
    /// Empty hides the line.
    #[prop(optional, into)]
    vat: Signal<String>,
) -> impl IntoView {
    let vat_line = move || {
        let sum = vat.get();
        (!sum.is_empty()).then(|| pair(vat_label.clone(), String::new(), sum, String::new()))
    };
    view! {
        <dl class="totals">
            {move || pair(total_label.clone(), String::new(), total.get(), String::new())}
            {vat_line}
        </dl>
    }
    .into_any()
}

/// Facts of an order: («Сумма», «2 926,00 ₽»), («Заказ», «№ 10 482»).
#[component]
pub fn Facts(#[prop(into)] rows: Signal<Vec<(String, String)>>) -> impl IntoView {
    let line = |(name, value): (String, String)| {
        view! {
            <div>
                <dt>{name}</dt>
                <dd>{value}</dd>
            </div>
        }
    };
    view! { <dl class="facts">{move || rows.get().into_iter().map(line).collect_view()}</dl> }.into_any()
}

fn pair(name: String, note: String, sum: String, vat: String) -> AnyView {
    let small = |text: String| (!text.is_empty()).then(|| view! { <small>{text}</small> });
    view! {
        <div class="order-row">
            <dt>{name} {small(note)}</dt>
            <dd>{sum} {small(vat)}</dd>
        </div>
    }
    .into_any()
}
