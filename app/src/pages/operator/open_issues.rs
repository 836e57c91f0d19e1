//! What does not add up of the order of the card, and what was given up: each as it is, with what may be done about it.

use std::time::Duration;

use domain::{locale::Locale, order::Discrepancy};
use leptos::prelude::*;
use time::OffsetDateTime;

use super::{
    api::{self, DiscrepancyRow, GivenUpRow, ListedOrder},
    card_state::{Dialog, PrecheckCard, run, run_then},
    clock,
};
use crate::{
    components::{Button, ButtonKind, ButtonSize},
    state::repeat_every,
};

/// Pause between two reads: it comes and ends by itself, without a step of the order.
const POLL_INTERVAL: Duration = Duration::from_secs(5);

/// A way to try again what does not move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Retry {
    /// What waits in the outbox.
    Effects,
    Shipment,
    /// A refund that was refused for good is a new decision.
    Refund,
}

/// One line: what is open, since when, the words of the other side.
#[derive(Clone, Debug, PartialEq)]
struct OpenIssue {
    title: String,
    since: OffsetDateTime,
    detail: String,
    retry: Option<Retry>,
    /// What a person may settle with a note.
    discrepancy: Option<DiscrepancyRow>,
}

impl OpenIssue {
    fn of_order(details: &ListedOrder, locale: Locale) -> Vec<Self> {
        let discrepancies = details.discrepancies.iter().map(|row| Self::of_discrepancy(row, details));
        discrepancies.chain(details.given_up.iter().map(|row| Self::of_given_up(row, locale))).collect()
    }

    fn of_discrepancy(row: &DiscrepancyRow, details: &ListedOrder) -> Self {
        let retry = match Discrepancy::parse(&row.what) {
            Some(Discrepancy::MoneyOwed | Discrepancy::InvoiceNotWithdrawn) => Some(Retry::Effects),
            Some(Discrepancy::ShipmentRefused) => Some(Retry::Shipment),
            Some(Discrepancy::RefundRefused) if details.refundable.get() > 0 => Some(Retry::Refund),
            _ => None,
        };
        // It ends with the decision about the money, or when the money is back.
        let holds_money = details.hold.as_ref().is_some_and(|hold| hold.cause == row.what)
            || row.what == Discrepancy::RefundRefused.name();
        Self {
            title: row.text.clone(),
            since: row.at,
            detail: row.detail.clone(),
            retry,
            discrepancy: (!holds_money && !row.id.is_empty()).then(|| row.clone()),
        }
    }

    fn of_given_up(row: &GivenUpRow, locale: Locale) -> Self {
        Self {
            title: given_up_title(&row.effect, locale).to_owned(),
            since: row.since,
            detail: row.error.clone().unwrap_or_default(),
            retry: Some(Retry::Effects),
            discrepancy: None,
        }
    }
}

fn given_up_title(effect: &str, locale: Locale) -> &'static str {
    match effect {
        "create_invoice" => locale.pick("Счёт выпустить не удалось.", "The invoice could not be made."),
        "cancel_invoice" | "cancel_twins" | "find_duplicates" => {
            locale.pick("Счёт отозвать не удалось.", "An invoice could not be withdrawn.")
        }
        "authorise" | "withdraw_authorisation" | "announce" | "report_end" => {
            locale.pick("АЗС не отвечает.", "The station does not answer.")
        }
        "ship" => locale.pick("Документы отправить не удалось.", "The documents could not be sent."),
        _ => locale.pick("Деньги вернуть не удалось.", "Money could not be returned."),
    }
}

/// The list; nothing while nothing is open.
pub fn open_issues(card: PrecheckCard) -> AnyView {
    let locale = card.desk.locale;
    let issues = Memo::new(move |_| card.details.with(|details| OpenIssue::of_order(details, locale)));
    repeat_every(POLL_INTERVAL, move || card.reload_details());
    let list = move || {
        let rows = issues.get();
        (!rows.is_empty()).then(|| {
            view! {
                <section class="precheck-issues" aria-labelledby="desk-issues-title">
                    <h3 id="desk-issues-title">{locale.pick("Требует внимания", "Needs attention")}</h3>
                    <ul>{rows.into_iter().map(|issue| row(card, issue)).collect_view()}</ul>
                </section>
            }
        })
    };
    let retried = move || {
        let text = locale.pick(
            "Пробуем ещё раз. Что получилось, из списка уйдёт само.",
            "Trying again. What works out leaves the list by itself.",
        );
        (card.retried.get() && issues.with(|issues| !issues.is_empty())).then_some(text)
    };
    view! {
        {list}
        <p class="second precheck-retried" role="status">{retried}</p>
    }
    .into_any()
}

fn row(card: PrecheckCard, issue: OpenIssue) -> AnyView {
    let locale = card.desk.locale;
    let since = clock::date_and_time(issue.since.unix_timestamp());
    let since = format!("{} {since}", locale.pick("с", "since"));
    let about = issue.title.clone();
    let button = move |text: &'static str, press: Callback<()>| {
        let label = format!("{text}: {about}");
        view! {
            <Button kind=ButtonKind::Secondary size=ButtonSize::Medium busy=card.busy label on_press=press>{text}</Button>
        }
    };
    let retry = issue.retry.map(|kind| {
        let press = Callback::new(move |()| retry(card, kind));
        button(locale.pick("Попробовать ещё раз", "Try again"), press)
    });
    let settle = issue.discrepancy.map(|discrepancy| {
        let press = Callback::new(move |()| {
            card.discrepancy.set(Some(discrepancy.clone()));
            card.dialog.set(Some(Dialog::Settle));
        });
        button(Dialog::Settle.label(locale), press)
    });
    view! {
        <li class="issue">
            <p><strong>{issue.title}</strong> " " <span class="second sum">{since}</span></p>
            {(!issue.detail.is_empty()).then(|| view! { <p class="second issue-detail">{issue.detail}</p> })}
            <div class="row issue-actions">{retry} {settle}</div>
        </li>
    }
    .into_any()
}

fn retry(card: PrecheckCard, kind: Retry) {
    match kind {
        Retry::Effects => run_then(card, api::retry_effects, move |()| {
            card.retried.try_set(true);
        }),
        Retry::Shipment => run(card, api::retry_shipment),
        Retry::Refund => card.dialog.set(Some(Dialog::Refund)),
    }
}
