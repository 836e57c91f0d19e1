//! What can be done with the order of the card, and what its operator has to know beside the customer's view.

use domain::{
    locale::Locale,
    order::{Discrepancy, Reason, Status},
    view::OrderView,
};
use leptos::prelude::*;

use super::{
    api,
    card_state::{Dialog, PrecheckCard, print, run},
    clock,
    context::DeskPanel,
};
use crate::components::{Button, ButtonKind, Notice, NoticeKind};

/// Everything on which the buttons depend.
#[derive(Clone, PartialEq)]
struct Situation {
    status: Status,
    has_fuel: bool,
    has_goods: bool,
    by_hand: bool,
    can_start: bool,
    is_held: bool,
    waits_for_goods: bool,
    /// The station was asked to withdraw its release, and did not confirm it: only a person may know what has flowed.
    release_stands: bool,
    is_refundable: bool,
    /// It ended since its payment was taken back: what a person gave all the same is charged if the money comes back.
    is_reversed: bool,
}

impl Situation {
    fn of(order: &OrderView, details: &api::ListedOrder) -> Self {
        Self {
            status: order.status,
            has_fuel: order.lines.iter().any(|line| line.kind == "fuel"),
            has_goods: order.lines.iter().any(|line| line.kind != "fuel"),
            by_hand: order.by_hand,
            can_start: order.start.as_ref().is_some_and(|start| start.allowed),
            is_held: details.hold.is_some(),
            waits_for_goods: details.goods_until.is_some(),
            release_stands: details
                .discrepancies
                .iter()
                .any(|row| row.what == Discrepancy::ReleaseNotWithdrawn.name()),
            is_refundable: details.refundable.get() > 0,
            is_reversed: order.status == Status::Unavailable
                && order.reason.as_deref() == Some(Reason::PaymentCanceled.code()),
        }
    }

    /// Goods beside fuel that automation gives are handed over apart from it.
    fn hands_over_apart(&self) -> bool {
        let is_open =
            matches!(self.status, Status::Paid | Status::Authorising | Status::Ready | Status::Fuelling);
        self.waits_for_goods || (is_open && self.has_fuel && self.has_goods && !self.by_hand)
    }

    /// Goods alone, which a person hands over.
    fn hands_over(&self) -> bool {
        !self.has_fuel && (self.status == Status::Ready || self.is_reversed)
    }

    /// Buttons beside the main one.
    fn others(&self) -> Vec<Dialog> {
        let mut dialogs = Vec::new();
        let is_cancelable = matches!(
            self.status,
            Status::AwaitingPayment | Status::Paid | Status::Authorising | Status::Ready
        );
        if self.is_held && self.status.is_final() || !self.waits_for_goods && self.is_refundable {
            dialogs.push(Dialog::Refund);
        }
        if is_cancelable {
            dialogs.push(Dialog::Cancel);
        }
        if self.hands_over_apart() {
            dialogs.push(Dialog::Goods);
        }
        let is_at_pump = matches!(self.status, Status::Ready | Status::Fuelling)
            || (self.status == Status::Authorising && self.release_stands);
        if is_at_pump && self.has_fuel && !self.by_hand {
            dialogs.push(Dialog::Volume);
        }
        dialogs
    }

    fn main(&self) -> Option<Dialog> {
        match self.status {
            _ if self.is_held => Some(Dialog::Volume),
            Status::Paid if self.can_start => Some(Dialog::Start),
            Status::Paid | Status::Ready if self.by_hand && self.has_fuel => Some(Dialog::Volume),
            Status::Unavailable if self.is_reversed && self.by_hand && self.has_fuel => Some(Dialog::Volume),
            _ => None,
        }
    }
}

/// The buttons of the card.
pub fn actions(card: PrecheckCard) -> AnyView {
    let PrecheckCard { desk, view, details, busy, dialog, .. } = card;
    let locale = desk.locale;
    let situation = Memo::new(move |_| {
        view.with(|view| details.with(|details| view.as_ref().map(|view| Situation::of(view, details))))
    });
    let new = Callback::new(move |()| desk.panel.set(DeskPanel::Sale));
    let open = move |kind: Dialog, emphasis: ButtonKind| {
        let press = Callback::new(move |()| dialog.set(Some(kind)));
        view! { <Button kind=emphasis busy on_press=press>{kind.label(locale)}</Button> }.into_any()
    };
    let buttons = move || {
        let situation = situation.get()?;
        let main = match (situation.main(), situation.status) {
            (Some(kind), _) => open(kind, ButtonKind::Primary),
            (None, Status::AwaitingPayment) => view! {
                <Button kind=ButtonKind::Primary on_press=Callback::new(move |()| print(card))>
                    {locale.pick("Напечатать", "Print")}
                </Button>
            }
            .into_any(),
            (None, _) if situation.hands_over() => {
                let press = Callback::new(move |()| hand_over(card));
                let label = locale.pick("Выдано", "Handed over");
                view! { <Button kind=ButtonKind::Primary busy on_press=press>{label}</Button> }.into_any()
            }
            (None, Status::Expired | Status::Canceled | Status::Failed) => view! {
                <Button kind=ButtonKind::Primary on_press=new>{locale.pick("Выпустить новый", "Issue a new one")}</Button>
            }
            .into_any(),
            (None, _) => view! {
                <Button kind=ButtonKind::Secondary on_press=new>{locale.pick("Новая продажа", "New sale")}</Button>
            }
            .into_any(),
        };
        let others: Vec<AnyView> = situation
            .others()
            .into_iter()
            .filter(|kind| Some(*kind) != situation.main())
            .map(|kind| open(kind, ButtonKind::Secondary))
            .collect();
        Some(view! { {others} {main} })
    };
    view! { <div class="row precheck-actions">{buttons}</div> }.into_any()
}

fn hand_over(card: PrecheckCard) {
    run(card, async |locale, id| api::complete(locale, id, &serde_json::json!({})).await);
}

/// Held money, starts that came to nothing, and why it was cancelled.
pub fn notes(card: PrecheckCard) -> AnyView {
    let locale = card.desk.locale;
    let hold = move || {
        card.details.with(|details| {
            let hold = details.hold.as_ref()?;
            let title = locale.pick("Деньги ждут решения", "The money waits for a decision");
            let advice = card.with(|order| held_advice(order.status, locale));
            let text = format!("{} {advice}", hold.text);
            Some(view! { <Notice kind=NoticeKind::Error title=title.to_owned() text /> })
        })
    };
    let lines = move || {
        let mut lines = card.details.with(|details| described(card, details));
        lines.extend(card.with(|order| start_lines(order, locale)));
        lines.into_iter().map(|line| view! { <p class="second">{line}</p> }).collect_view()
    };
    view! { <div class="precheck-notes">{hold} {lines}</div> }.into_any()
}

/// What ends the hold, as far as the card offers it.
fn held_advice(status: Status, locale: Locale) -> &'static str {
    match status {
        Status::Paid => locale.pick(
            "Закройте заказ с налитым объёмом или отмените его.",
            "Close the order with the volume that was dispensed, or cancel it.",
        ),
        status if status.is_final() => locale.pick(
            "Закройте заказ с налитым объёмом или верните деньги.",
            "Close the order with the volume that was dispensed, or return the money.",
        ),
        _ => locale.pick(
            "Закройте заказ с налитым объёмом; 0, если ничего не налито.",
            "Close the order with the volume that was dispensed; 0 if there was none.",
        ),
    }
}

fn described(card: PrecheckCard, details: &api::ListedOrder) -> Vec<String> {
    let locale = card.desk.locale;
    let mut lines = Vec::new();
    if let Some(reason) = &details.cancel_reason {
        lines.push(format!("{}: {reason}", locale.pick("Причина отмены", "Cancelled because")));
    }
    if let Some(until) = details.goods_until {
        let until = clock::date_and_time(until.unix_timestamp());
        let text = locale.pick(
            "Топливо не налито. Товар можно выдать до",
            "No fuel was dispensed. Goods may be handed over until",
        );
        lines.push(format!("{text} {until}"));
    }
    if let Some(handed_over) = &details.handed_over {
        lines.push(handed_over_line(handed_over, &details.view, locale));
    }
    for release in &details.releases {
        let at = clock::time_of_day(release.started_at.unix_timestamp());
        let how = release_outcome(&release.outcome, locale);
        lines.push(format!("{at} · {} {} · {how}", locale.pick("колонка", "pump"), release.pump));
    }
    lines
}

fn handed_over_line(handed_over: &[api::HandedLine], order: &OrderView, locale: Locale) -> String {
    let name = |handed: &api::HandedLine| {
        let line = order.lines.get(handed.line.checked_sub(1)?)?;
        Some(format!("{} {}", line.name, locale.quantity(handed.quantity, line.unit)))
    };
    let names: Vec<String> = handed_over.iter().filter_map(name).collect();
    match names.is_empty() {
        true => locale.pick("Товары не выданы", "No goods were handed over").to_owned(),
        false => format!("{}: {}", locale.pick("Выданы товары", "Goods handed over"), names.join(", ")),
    }
}

fn start_lines(order: &OrderView, locale: Locale) -> Vec<String> {
    let Some(start) = &order.start else { return Vec::new() };
    let until = start.until.filter(|_| start.allowed).map(|until| {
        let until = clock::date_and_time(until.unix_timestamp());
        format!("{} {until}", locale.pick("Колонку можно включить до", "The pump may be started until"))
    });
    start.reason.clone().into_iter().chain(until).collect()
}

fn release_outcome(outcome: &str, locale: Locale) -> &'static str {
    match outcome {
        "open" => locale.pick("включена", "started"),
        "not_sent" => locale.pick("не включалась", "not started"),
        "refused" => locale.pick("АЗС не включила", "refused by the station"),
        "cancelled" => locale.pick("отменена АЗС", "cancelled by the station"),
        "withdrawn" => locale.pick("снята", "withdrawn"),
        "dispensed" => locale.pick("налив завершён", "dispensed"),
        _ => locale.pick("закрыта вручную", "closed by hand"),
    }
}
