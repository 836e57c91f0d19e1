//! The pre-check of one order: its lines, the code to scan, and the state of the payment.

use domain::{locale::Locale, order::Status, view::OrderView};
use leptos::{html, prelude::*};

use super::{
    actions,
    api::{self, ErpError, ListedOrder},
    card_state::{Dialog, PrecheckCard, print},
    clock,
    context::{DeskContext, DeskPanel},
    dialogs,
    keys::{self, DeskKey},
    open_issues,
};
use crate::{
    components::{Icon, Notice, NoticeKind, OrderList, OrderRow, Spinner, Tag, TagKind, Totals},
    state::{StreamState, follow_order},
};

/// Remaining minutes that are announced to screen readers.
const ANNOUNCED_MINUTES: [i64; 2] = [5, 1];

/// The card of an order, which follows it from now on.
pub fn card(desk: DeskContext, listed: ListedOrder) -> AnyView {
    let first = listed.view.clone();
    let (id, number) = (first.id, desk.locale.integer(first.number.parse().unwrap_or_default()));
    let card = PrecheckCard {
        desk,
        view: RwSignal::new(Some(first.clone())),
        details: RwSignal::new(listed),
        busy: RwSignal::new(false),
        dialog: RwSignal::new(None),
        discrepancy: RwSignal::new(None),
        retried: RwSignal::new(false),
        failure: RwSignal::new(None),
    };
    let stream = RwSignal::new(StreamState::Connecting);
    Effect::new(move |_| follow_order(id.to_string(), desk.locale, card.view, stream));
    let status = Memo::new(move |_| card.view.with(|view| view.as_ref().map(|view| view.status)));
    let step = Memo::new(move |_| {
        let last = card.with(|order| order.history.last().map(|step| step.seq));
        // Money may be held, and released, without a step of the order.
        (status.get(), last, card.with(|order| (order.final_total, order.stop)))
    });
    Effect::new(move |before: Option<_>| {
        let now = step.get();
        if before != Some(now) {
            card.reload_details();
        }
        if before.is_some_and(|before| before != now) {
            desk.reload();
        }
        now
    });
    keys::listen(move |key| match key {
        DeskKey::Print => print(card),
        DeskKey::Cancel if card.is_unpaid() => card.dialog.set(Some(Dialog::Cancel)),
        DeskKey::New => desk.panel.set(DeskPanel::Sale),
        DeskKey::Search => keys::focus("#desk-search"),
        DeskKey::Cancel => {}
    });
    keys::focus("#desk-card-title");
    let locale = desk.locale;
    let heading = NodeRef::<html::H2>::new();
    view! {
        <article class="precheck" data-status=move || status.get().map(Status::name) aria-labelledby="desk-card-title">
            <header class="precheck-head">
                <h2 id="desk-card-title" tabindex="-1" node_ref=heading>
                    {format!("{} №\u{a0}{number}", locale.pick("Пречек", "Pre-check"))}
                </h2>
                <p class="second sum">{placed_at(&first)}</p>
                <p class="second">{place(&first, locale)}</p>
            </header>
            {lines(&first, locale)}
            {qr_code_view(card, status, &first)}
            {progress(card, status)}
            {move || (stream.get() == StreamState::Broken).then(|| view! {
                <Notice kind=NoticeKind::Offline text=ErpError::Network.message(locale) />
            })}
            {actions::notes(card)}
            {open_issues::open_issues(card)}
            {actions::actions(card)}
        </article>
        {dialogs::dialogs(card, &number)}
    }
    .into_any()
}

fn placed_at(order: &OrderView) -> String {
    order.history.first().map(|step| clock::date_and_time(step.at.unix_timestamp())).unwrap_or_default()
}

fn place(order: &OrderView, locale: Locale) -> String {
    let pump =
        order.pump.map(|pump| format!(" · {} {pump}", locale.pick("колонка", "pump"))).unwrap_or_default();
    format!("{}{pump}", order.station.name)
}

fn lines(order: &OrderView, locale: Locale) -> AnyView {
    let rows: Vec<OrderRow> = order
        .lines
        .iter()
        .map(|line| OrderRow {
            name: line.name.clone(),
            note: format!("{} × {}", locale.quantity(line.quantity, line.unit), locale.money(line.price)),
            sum: locale.money(line.total),
            vat: String::new(),
        })
        .collect();
    view! {
        <OrderList label=locale.pick("Состав заказа", "Lines of the order") rows=Signal::stored(rows) />
        <Totals
            total_label=locale.pick("Итого:", "Total:")
            total=Signal::stored(locale.money(order.total))
            vat_label=locale.pick("В т.ч. НДС:", "VAT included:")
            vat=Signal::stored(locale.money(order.vat))
        />
    }
    .into_any()
}

/// The QR code, while the order can be paid.
fn qr_code_view(card: PrecheckCard, status: Memo<Option<Status>>, order: &OrderView) -> AnyView {
    let locale = card.desk.locale;
    let (address, url) = (api::qr_address(order.id), order.payment_url.clone().unwrap_or_default());
    // Eight pixels a module are drawn as five: whole pixels stay whole.
    let five_pixels = format!("{address} 1.6x");
    let label = format!(
        "{} {}",
        locale.pick("QR-код для оплаты счёта", "QR code to pay the invoice"),
        locale.money(order.total)
    );
    let waits = Memo::new(move |_| status.get() == Some(Status::AwaitingPayment));
    let expires = order.expires_at.unix_timestamp();
    view! {
        {move || waits.get().then(|| view! {
            <div class="precheck-code">
                <img class="precheck-qr" src=address.clone() srcset=five_pixels.clone() alt=label.clone() />
                <p><strong>{locale.pick("Наведите камеру, чтобы оплатить счёт", "Point your camera here to pay")}</strong></p>
                {countdown(locale, expires)}
                <p class="caption precheck-link">{url.clone()}</p>
            </div>
        })}
    }
    .into_any()
}

fn countdown(locale: Locale, expires: i64) -> AnyView {
    let now = clock::use_seconds_clock();
    let left = move || expires - now.get();
    let until = clock::time_of_day(expires);
    let spoken = Memo::new(move |_| {
        let minutes = (left() + 59) / 60;
        ANNOUNCED_MINUTES.contains(&minutes).then(|| {
            let ru = format!("Осталось минут: {minutes}");
            locale.pick(ru, format!("Minutes left: {minutes}"))
        })
    });
    view! {
        <p class="second">
            {locale.pick("Для организаций и ИП", "For companies and sole traders")} " · "
            {locale.pick("до", "until")} " " {until} " (" <span class="sum">{move || clock::format_countdown(left())}</span> ")"
        </p>
        <output class="sr" aria-live="polite">{move || spoken.get()}</output>
    }
    .into_any()
}

/// The last line of the pre-check: waiting, paid, or over.
fn progress(card: PrecheckCard, status: Memo<Option<Status>>) -> AnyView {
    let locale = card.desk.locale;
    let line = move || {
        let status = status.get()?;
        let paid_at = card.with(|order| {
            let paid = order.history.iter().find(|step| step.status == Status::Paid);
            paid.map(|step| clock::time_of_day(step.at.unix_timestamp()))
        });
        let (kind, text) = status_tag(status, paid_at.as_deref(), locale);
        let icon = (kind == TagKind::Good).then_some(Icon::Check);
        let sign = match icon {
            _ if status == Status::AwaitingPayment => view! { <Spinner /> }.into_any(),
            Some(icon) => view! { <Tag kind icon text /> }.into_any(),
            None => view! { <Tag kind text /> }.into_any(),
        };
        let waiting_text = (status == Status::AwaitingPayment)
            .then(|| locale.pick("Ждём оплату…", "Waiting for the payment…"));
        Some(view! { {sign} {waiting_text.map(|text| view! { <span>{text}</span> })} })
    };
    // Goods that wait are described below.
    let waits_for_goods = move || card.details.with(|details| details.goods_until.is_some());
    let detail = move || match waits_for_goods() {
        true => String::new(),
        false => card.with(|order| next_step(order, locale)),
    };
    view! {
        <p class="precheck-status" role="status">{line}</p>
        {move || {
            let text = detail();
            (!text.is_empty()).then(|| view! { <p class="second precheck-detail">{text}</p> })
        }}
    }
    .into_any()
}

fn status_tag(status: Status, paid_at: Option<&str>, locale: Locale) -> (TagKind, String) {
    let text = |ru: &str, en: &str| locale.pick(ru, en).to_owned();
    match status {
        Status::Placing => (TagKind::Neutral, text("Выпускаем счёт…", "Making the invoice…")),
        Status::AwaitingPayment => (TagKind::Pay, String::new()),
        Status::Paid | Status::Authorising | Status::Ready | Status::Fuelling | Status::Completed => {
            let at = paid_at.map(|at| format!(", {at}")).unwrap_or_default();
            (TagKind::Good, format!("{}{at}", locale.pick("Оплачено", "Paid")))
        }
        Status::Canceled => (TagKind::Bad, text("Отменён", "Cancelled")),
        Status::Expired => (TagKind::Bad, text("Срок вышел", "Expired")),
        Status::Unavailable => {
            (TagKind::Bad, text("Не выдан, деньги возвращаются", "Not served, money goes back"))
        }
        Status::Failed => (TagKind::Bad, text("Счёт не выпущен", "No invoice was made")),
    }
}

/// The step after the payment, or the reason why it did not come.
fn next_step(order: &OrderView, locale: Locale) -> String {
    let text = |ru: &str, en: &str| locale.pick(ru, en).to_owned();
    let fuel = order.lines.iter().any(|line| line.kind == "fuel");
    match order.status {
        // Whatever the status alone would let them do.
        _ if order.stop => order.message.clone().unwrap_or_default(),
        Status::Paid | Status::Ready if order.by_hand && fuel => {
            text("Включите колонку.", "Release the pump.")
        }
        Status::Paid if order.start.as_ref().is_some_and(|start| start.allowed) => {
            text("Колонка ещё не включена.", "No pump is started yet.")
        }
        Status::Authorising => text("Включаем колонку…", "Releasing the pump…"),
        Status::Ready if fuel => text("Можно заправлять.", "Fuelling may begin."),
        Status::Ready => text("Можно выдавать товар.", "The goods may be handed over."),
        Status::Fuelling => text("Идёт налив.", "Fuelling."),
        Status::Completed if order.final_total.is_some_and(|total| total.get() == 0) => {
            text("Ничего не выдано, деньги возвращаются.", "Nothing was handed over, the money goes back.")
        }
        Status::Completed => text("Выдано.", "Handed over."),
        _ => order.message.clone().unwrap_or_default(),
    }
}
