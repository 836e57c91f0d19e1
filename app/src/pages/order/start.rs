//! Starting the pump of a paid order: which one, until when, the press, and handing the page on to whoever drives.

use std::pin::pin;

use domain::{
    id::PumpNumber,
    locale::Locale,
    order::start::MAX_START_TRIES,
    refusal::Code,
    station::PumpState,
    view::{OrderView, StartPump, StartView},
};
use futures::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};

use super::screen::Screen;
use crate::{
    api::{ApiError, start_order},
    components::{Button, ButtonKind, ButtonSize, Notice, NoticeKind, PumpPicker},
    pages::draft_form::pump_option,
    state::{Shared, focus_soon, share_address, start_deadline},
};

/// Longest wait for the answer to a start. Sent again it is the same start.
const START_TIMEOUT_MS: u32 = 15_000;

/// The part above the facts: what became of the last start, the pump, the time left, and another driver.
pub fn start_view(screen: Screen, order: &OrderView) -> Option<AnyView> {
    let start = start_of(order)?;
    let locale = screen.locale;
    let reason = start.reason.clone().map(|text| view! { <Notice kind=NoticeKind::Warning text /> });
    let deadline = start_deadline(start, locale);
    Some(
        view! {
            <section class="start">
                {reason}
                {pump_choice(screen, order)}
                <p class="caption">{move || deadline.get()}</p>
                {tries(start, locale).map(|text| view! { <p class="caption">{text}</p> })}
                {hand_on(locale, order)}
            </section>
        }
        .into_any(),
    )
}

/// The pumps that sell the grade. A busy one may be chosen: its nozzle may be in the driver's hand, and the station is
/// asked before anything starts.
fn pump_choice(screen: Screen, order: &OrderView) -> AnyView {
    let Screen { locale, pumps, .. } = screen;
    let chosen = screen.chosen_pump(order);
    let options = Signal::derive(move || {
        let option = |pump: &StartPump| pump_option(pump.number, pump.state, false, locale);
        pumps.with(|pumps| pumps.iter().map(option).collect::<Vec<_>>())
    });
    let select = Callback::new(move |number| screen.pump.set(Some(number)));
    let warning = move || {
        let number = chosen.get()?;
        let state =
            pumps.with(|pumps| Some(pumps.iter().find(|pump| u32::from(pump.number.0) == number)?.state))?;
        let text = match state {
            PumpState::Busy => locale.pick(
                "Эта колонка занята. Выберите другую или дождитесь, пока она освободится.",
                "This pump is taken. Choose another one, or wait until it is free.",
            ),
            PumpState::OutOfOrder => locale.pick(
                "Эта колонка не работает. Выберите другую.",
                "This pump is out of order. Choose another one.",
            ),
            _ => return None,
        };
        Some(view! { <p class="caption" role="status">{text}</p> })
    };
    let legend = locale.pick("Колонка", "Pump");
    let has_pumps = Memo::new(move |_| pumps.with(|pumps| !pumps.is_empty()));
    view! {
        <div data-start-pump=move || chosen.get().map(|number| number.to_string()).unwrap_or_default()>
            {move || has_pumps.get().then(|| view! {
                <PumpPicker legend name="start-pump" pumps=options selected=chosen on_select=select />
            })}
            {warning}
        </div>
    }
    .into_any()
}

fn tries(start: &StartView, locale: Locale) -> Option<String> {
    let left = start.tries_left;
    (usize::try_from(left).is_ok_and(|left| left < MAX_START_TRIES))
        .then(|| format!("{}\u{a0}{left}.", locale.pick("Осталось попыток:", "Tries left:")))
}

/// Whoever pays is often not whoever drives: the driver gets the address of this very page.
fn hand_on(locale: Locale, order: &OrderView) -> AnyView {
    let path = format!("/orders/{}", order.id);
    let result = RwSignal::new(None::<(Shared, String)>);
    let share = Callback::new(move |()| {
        let address = format!("{}{path}", location().origin().unwrap_or_default());
        spawn_local(async move {
            let shared = share_address(address.clone()).await;
            result.try_set(Some((shared, address)));
        });
    });
    let note = move || match result.get()? {
        (Shared::Done, _) => None,
        (Shared::Copied, _) => Some(locale.pick("Ссылка скопирована.", "The link is copied.").to_owned()),
        (Shared::Refused, address) => Some(address),
    };
    view! {
        <details class="hand-on">
            <summary>{locale.pick("Заправляется другой водитель?", "Is somebody else fuelling?")}</summary>
            <p>
                {locale.pick(
                    "Отправьте ему ссылку на эту страницу, и он сам включит колонку. Ссылка – как талон: начать налив может любой, у кого она есть.",
                    "Send them the link to this page, and they start the pump. The link is a voucher: whoever has it can start the pump.",
                )}
            </p>
            <Button size=ButtonSize::Medium on_press=share>{locale.pick("Отправить ссылку", "Send the link")}</Button>
            <p class="caption" role="status">{note}</p>
        </details>
    }
    .into_any()
}

/// The press, at the foot of the screen under the thumb, with what became of the last one.
pub fn start_button(screen: Screen, order: &OrderView) -> Option<AnyView> {
    start_of(order)?;
    let Screen { locale, failure, is_starting, .. } = screen;
    let chosen = screen.chosen_pump(order);
    let id = order.id.to_string();
    let seq = order.history.last().map_or(0, |step| step.seq);
    let press = Callback::new(move |()| {
        let Some(pump) = chosen.get_untracked().and_then(|number| number.try_into().ok()) else {
            failure.set(Some(choose_pump(locale)));
            return focus_soon(".pumps input:enabled");
        };
        failure.set(None);
        is_starting.set(true);
        let id = id.clone();
        spawn_local(async move {
            send_start(screen, id, PumpNumber(pump), seq).await;
            is_starting.try_set(false);
        });
    });
    let label = move || {
        let start = locale.pick("Начать налив", "Start fuelling");
        match chosen.get() {
            Some(pump) => format!("{start} · {} {pump}", locale.pick("колонка", "pump")),
            None => start.to_owned(),
        }
    };
    Some(
        view! {
            <div class="start-act">
                {move || failure.get().map(|text| view! { <Notice kind=NoticeKind::Warning text /> })}
                <Button kind=ButtonKind::Primary busy=is_starting on_press=press attr:data-start="">{label}</Button>
            </div>
        }
        .into_any(),
    )
}

/// The request to choose a pump.
pub fn choose_pump(locale: Locale) -> String {
    locale.pick("Выберите колонку, у которой стоите.", "Choose the pump that you are at.").to_owned()
}

/// Sends a start. Until the page shows another history, a repeated press is the same start for the server.
async fn send_start(screen: Screen, id: String, pump: PumpNumber, seq: u32) {
    let locale = screen.locale;
    let sent = pin!(start_order(id.clone(), pump, seq, Some(locale)));
    let answer = match select(sent, TimeoutFuture::new(START_TIMEOUT_MS)).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => Err(ApiError::Network),
    };
    let error = match answer {
        Ok(fresh) => return screen.show_order(fresh),
        Err(error) => error,
    };
    if error.is_network() {
        let text = locale.pick(
            "Нет связи: команда могла не дойти. Нажмите ещё раз, дважды колонка не включится. Без связи колонку включит кассир.",
            "No connection: the command may be lost. Press again, the pump will not start twice. Without a connection the cashier can start it.",
        );
        screen.failure.try_set(Some(text.to_owned()));
        return;
    }
    // What the page shows is old: that of the order, or that of its pumps.
    let is_reread = matches!(error.code(), Some(Code::OrderNotStartable | Code::PumpUnavailable))
        && screen.read_order(id).await.is_ok();
    if !(is_reread && screen.has_moved_on(seq)) {
        screen.show_error(&error);
    }
}

/// The start of an order whose driver may start a pump now.
pub fn start_of(order: &OrderView) -> Option<&StartView> {
    order.start.as_ref().filter(|start| start.allowed && !order.stop)
}
