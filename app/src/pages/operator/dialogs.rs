//! Dialogs of the card: each has its own key, which is sent again after a lost answer, so nothing is done twice.

use domain::{
    id::{IdempotencyKey, PumpNumber},
    locale::Locale,
    money::Kopecks,
    numbers::parse_hundredths,
    quantity::Centi,
    view::LineView,
};
use leptos::prelude::*;
use serde_json::{Value, json};

use super::{
    api,
    card_state::{Dialog, PrecheckCard, run, run_then},
};
use crate::{
    components::{Button, ButtonKind, ChipRadio, ChipStrip, Field, Notice, NoticeKind, Sheet},
    state::new_key,
};

/// All dialogs; each is drawn when it opens, with a fresh key.
pub fn dialogs(card: PrecheckCard, number: &str) -> AnyView {
    let locale = card.desk.locale;
    let close = Callback::new(move |()| card.dialog.set(None));
    let sheet = |kind: Dialog| {
        let is_open = Memo::new(move |_| card.dialog.get() == Some(kind));
        view! {
            <Sheet
                id=kind.id()
                title=kind.title(locale, number)
                close_label=locale.pick("Закрыть", "Close")
                open=is_open
                on_close=close
            >
                {move || is_open.get().then(|| body(kind, card))}
            </Sheet>
        }
    };
    Dialog::ALL.map(sheet).collect_view().into_any()
}

/// What a dialog asks.
fn body(dialog: Dialog, card: PrecheckCard) -> AnyView {
    match dialog {
        Dialog::Cancel => cancel(card),
        Dialog::Start => start(card),
        Dialog::Volume => volume(card),
        Dialog::Goods => goods(card),
        Dialog::Refund => refund(card),
        Dialog::Settle => settle(card),
    }
}

/// The form of a dialog: its fields, the last failure, and the one button.
fn form(card: PrecheckCard, fields: AnyView, label: &'static str, send: impl Fn() + 'static) -> AnyView {
    let PrecheckCard { busy, failure, .. } = card;
    failure.set(None);
    let failure = move || failure.get().map(|text| view! { <Notice kind=NoticeKind::Error text /> });
    view! {
        <form
            class="stack"
            on:submit=move |event| {
                event.prevent_default();
                if !busy.get_untracked() {
                    send();
                }
            }
        >
            {fields}
            {failure}
            <Button kind=ButtonKind::Primary submit=true busy>{label}</Button>
        </form>
    }
    .into_any()
}

fn text_field(id: String, label: String, hint: String, value: RwSignal<String>, is_number: bool) -> AnyView {
    let on_input = Callback::new(move |typed| value.set(typed));
    let inputmode = if is_number { "decimal" } else { "text" };
    view! { <Field id label hint value on_input inputmode maxlength=300 /> }.into_any()
}

fn reason_field(locale: Locale, reason: RwSignal<String>) -> AnyView {
    let label = locale.pick("Причина", "Reason").to_owned();
    text_field("desk-reason".to_owned(), label, String::new(), reason, false)
}

fn fail(card: PrecheckCard, ru: &str, en: &str) {
    card.failure.set(Some(card.desk.locale.pick(ru, en).to_owned()));
}

fn cancel(card: PrecheckCard) -> AnyView {
    let locale = card.desk.locale;
    let (key, reason) = (IdempotencyKey(new_key()), RwSignal::new(String::new()));
    let unpaid = card.is_unpaid();
    let text = if unpaid {
        locale.pick(
            "Покупатель больше не сможет оплатить по этому QR-коду.",
            "The customer will no longer be able to pay by this QR code.",
        )
    } else {
        locale.pick("Деньги вернутся плательщику.", "The money goes back to the payer.")
    };
    let fields = view! { <p>{text}</p> {reason_field(locale, reason)} }.into_any();
    let send = move || {
        let reason = reason.get_untracked();
        if !unpaid && reason.trim().is_empty() {
            return fail(card, "Укажите причину.", "Give the reason.");
        }
        let body = json!({ "reason": reason, "idempotency_key": key });
        run(card, async move |locale, id| api::cancel(locale, id, &body).await);
    };
    let label = if unpaid {
        locale.pick("Отменить пречек", "Cancel the pre-check")
    } else {
        locale.pick("Отменить заказ", "Cancel the order")
    };
    form(card, fields, label, send)
}

fn start(card: PrecheckCard) -> AnyView {
    let locale = card.desk.locale;
    let key = IdempotencyKey(new_key());
    let (pumps, ordered) = card
        .view
        .with_untracked(|view| {
            let view = view.as_ref()?;
            let grade = view.lines.iter().find(|line| line.kind == "fuel")?.sku.clone();
            let shown =
                view.start.iter().flat_map(|start| &start.pumps).map(|pump| pump.number).collect::<Vec<_>>();
            let known = card.desk.station.with_untracked(|station| {
                let pumps = station.iter().flat_map(|station| &station.trade.pumps);
                let sells = pumps.filter(|pump| pump.fuels.iter().any(|fuel| fuel.id() == grade.0));
                sells.map(|pump| pump.number).collect::<Vec<_>>()
            });
            Some((if shown.is_empty() { known } else { shown }, view.pump))
        })
        .unwrap_or_default();
    let chosen = RwSignal::new(ordered.or_else(|| pumps.first().copied()));
    let chip = move |pump: PumpNumber| {
        let checked = Signal::derive(move || chosen.get() == Some(pump));
        let select = Callback::new(move |()| chosen.set(Some(pump)));
        view! { <ChipRadio name="desk-start-pump" value=pump.to_string() label=pump.to_string() checked on_select=select /> }
    };
    let chips = pumps.into_iter().map(chip).collect_view();
    let fields = view! {
        <p>{locale.pick("У какой колонки машина?", "At which pump is the car?")}</p>
        <ChipStrip legend=locale.pick("Колонка", "Pump") wrap=true>{chips}</ChipStrip>
    }
    .into_any();
    let send = move || {
        let body = json!({ "pump": chosen.get_untracked(), "idempotency_key": key });
        run(card, async move |locale, id| api::start(locale, id, &body).await);
    };
    form(card, fields, locale.pick("Включить", "Start"), send)
}

fn volume(card: PrecheckCard) -> AnyView {
    let locale = card.desk.locale;
    let key = IdempotencyKey(new_key());
    let metered =
        card.details.with_untracked(|details| details.releases.iter().filter_map(|it| it.metered).max());
    let known = metered.map(|volume: Centi| locale.hundredths(volume.get())).unwrap_or_default();
    let typed = RwSignal::new(known);
    let hint = card.with_untracked(|order| {
        let fuel = order.lines.iter().find(|line| line.kind == "fuel");
        fuel.map(|line| {
            format!("{} {}", locale.pick("Оплачено", "Paid for"), locale.quantity(line.quantity, line.unit))
        })
        .unwrap_or_default()
    });
    let label = locale.pick("Налито, л", "Dispensed, l").to_owned();
    let fields = text_field("desk-dispensed".to_owned(), label, hint, typed, true);
    let send = move || {
        let Some(volume) = parse_hundredths(&typed.get_untracked()) else {
            return fail(
                card,
                "Введите объём с колонки, например 37,41.",
                "Enter the volume, such as 37.41.",
            );
        };
        let body = json!({ "dispensed_centi": volume, "idempotency_key": key });
        run(card, async move |locale, id| api::complete(locale, id, &body).await);
    };
    form(card, fields, locale.pick("Закрыть заказ", "Close the order"), send)
}

/// A line of a dialog with the number that is typed for it.
struct TypedLine {
    line: u32,
    typed: RwSignal<String>,
}

impl TypedLine {
    /// Items of a request: the lines of which something was typed. `None` for a number that cannot be read.
    fn items(lines: &[Self], field: &str) -> Option<Vec<Value>> {
        let typed = lines.iter().filter(|it| it.typed.with_untracked(|typed| !typed.trim().is_empty()));
        let item = |it: &Self| {
            let number = it.typed.with_untracked(|typed| parse_hundredths(typed))?;
            let mut item = json!({ "line": it.line });
            item[field] = json!(number);
            Some(item)
        };
        typed.map(item).collect()
    }
}

fn goods(card: PrecheckCard) -> AnyView {
    let locale = card.desk.locale;
    let key = IdempotencyKey(new_key());
    let goods: Vec<LineView> =
        card.with_untracked(|order| order.lines.iter().filter(|line| line.kind != "fuel").cloned().collect());
    let (lines, fields): (Vec<TypedLine>, Vec<AnyView>) = goods
        .into_iter()
        .map(|line| {
            let typed = RwSignal::new(locale.hundredths(line.quantity.get()));
            let hint = format!("{} {}", locale.pick("из", "of"), locale.quantity(line.quantity, line.unit));
            let field = text_field(format!("desk-goods-{}", line.line), line.name, hint, typed, true);
            (TypedLine { line: line.line, typed }, field)
        })
        .unzip();
    let text = locale.pick(
        "Сколько выдано? За невыданное деньги вернутся.",
        "How much was handed over? The money of the rest goes back.",
    );
    let fields = view! { <p>{text}</p> {fields} }.into_any();
    let send = move || {
        let Some(items) = TypedLine::items(&lines, "quantity_centi") else {
            return fail(card, "Введите количество числом.", "Enter the quantity as a number.");
        };
        let body = json!({ "items": items, "idempotency_key": key });
        run(card, async move |locale, id| api::complete(locale, id, &body).await);
    };
    form(card, fields, locale.pick("Выдано", "Handed over"), send)
}

fn refund(card: PrecheckCard) -> AnyView {
    let locale = card.desk.locale;
    let (key, reason) = (IdempotencyKey(new_key()), RwSignal::new(String::new()));
    // What was decided before the money was held goes as a whole.
    let is_whole = card.details.with_untracked(|details| details.hold.is_some());
    let left = card.details.with_untracked(|details| details.lines_left.clone());
    let names: Vec<LineView> = card.with_untracked(|order| order.lines.clone());
    let (lines, fields): (Vec<TypedLine>, Vec<AnyView>) = names
        .into_iter()
        .zip(left)
        .filter(|(_, left)| *left > Kopecks::ZERO && !is_whole)
        .map(|(line, left)| {
            let typed = RwSignal::new(String::new());
            let hint = format!("{} {}", locale.pick("до", "up to"), locale.money(left));
            let label = format!("{}, ₽", line.name);
            let field = text_field(format!("desk-refund-{}", line.line), label, hint, typed, true);
            (TypedLine { line: line.line, typed }, field)
        })
        .unzip();
    let text = locale.pick(
        "Сколько вернуть за каждую позицию? Пусто везде — вернём всё, что осталось.",
        "How much of each line goes back? All blank: everything that is left.",
    );
    let fields = view! { <p>{text}</p> {fields} {reason_field(locale, reason)} }.into_any();
    let send = move || {
        let reason = reason.get_untracked();
        if reason.trim().is_empty() {
            return fail(card, "Укажите причину.", "Give the reason.");
        }
        let Some(items) = TypedLine::items(&lines, "amount_kopecks") else {
            return fail(
                card,
                "Введите сумму числом, например 450,00.",
                "Enter the sum as a number, such as 450.00.",
            );
        };
        let items = (!items.is_empty()).then_some(items);
        let body = json!({ "idempotency_key": key, "reason": reason, "items": items });
        run(card, async move |locale, id| api::refund(locale, id, &body).await);
    };
    form(card, fields, locale.pick("Вернуть", "Return"), send)
}

fn settle(card: PrecheckCard) -> AnyView {
    let locale = card.desk.locale;
    let Some(meant) = card.discrepancy.get_untracked() else { return ().into_any() };
    let note = RwSignal::new(String::new());
    let text = locale.pick(
        "Запись уйдёт из списка и останется в истории. Деньги это не двигает.",
        "It leaves the list and stays in the history. No money moves by this.",
    );
    let label = locale.pick("Что сделано", "What was done").to_owned();
    let hint = locale.pick("Например, номер акта", "Such as the number of a report").to_owned();
    let fields = view! {
        <p><strong>{meant.text}</strong> " " <span class="issue-detail">{meant.detail}</span></p>
        <p>{text}</p>
        {text_field("desk-note".to_owned(), label, hint, note, false)}
    }
    .into_any();
    let send = move || {
        let (note, id) = (note.get_untracked().trim().to_owned(), meant.id.clone());
        if note.is_empty() {
            return fail(card, "Напишите, что сделано.", "Write what was done.");
        }
        run_then(card, async move |locale, _| api::settle(locale, &id, &note).await, |()| ());
    };
    form(card, fields, Dialog::Settle.label(locale), send)
}
