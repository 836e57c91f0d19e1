//! The life of a session.

use super::{
    ALONE_AFTER_MS, Channel, HostRefusal, HostSession, Input, Launch, OFFER_AFTER_MS, Output, RETRY_AFTER_MS,
    Wait,
};
use crate::host::{
    delivery::{Delivery, Sender, Target},
    message::{Outgoing, PaymentResult, Unfit},
    settings::HostSettings,
    testing::json,
};

const HOST: &str = "https://app.invoicebox.ru";
const PAY: &str = "https://pay.invoicebox.ru/order/1";
const TERMS: &str = "https://network.example/terms";
const ORDER: &str =
    r#"{"id":"frm-7","action":"init","data":{"public":{"minappType":"order","fullHeight":true}}}"#;
const SUBORDER: &str = r#"{"id":"frm-7","action":"init","data":{"public":{"minappType":"suborder","orderContainerId":"c-1","fullHeight":false}}}"#;

fn session_with(channel: Channel, checkout: bool) -> HostSession {
    let origins = vec!["https://*.invoicebox.ru".to_owned()];
    HostSession::new(
        HostSettings {
            allowed_origins: origins.clone(),
            payment_origins: origins,
            documents: vec![TERMS.to_owned()],
            checkout,
        },
        Launch {
            channel,
            id: Some("frm-7".into()),
            own_origin: "https://azs.example".into(),
            parent_origin: None,
        },
    )
}

fn framed() -> HostSession {
    session_with(Channel::Iframe, true)
}

fn delivery(text: &str) -> Delivery {
    Delivery {
        data: json(text),
        origin: HOST.into(),
        sender: Sender::Parent,
        target: Target::Window,
        at_ms: 100,
    }
}

fn hear(session: &mut HostSession, text: &str) -> Vec<Output> {
    session.step(Input::Delivered(delivery(text)))
}

fn opened(mut session: HostSession, init: &str) -> HostSession {
    session.step(Input::Connect);
    assert!(matches!(hear(&mut session, init).as_slice(), [Output::Opened(_)]));
    session
}

fn result(word: &str) -> String {
    format!(r#"{{"id":"frm-7","action":"paymentResult","data":"{word}"}}"#)
}

fn to_host(message: Outgoing) -> Output {
    Output::Post { message, target: Some(HOST.into()) }
}

#[test]
fn connecting_asks_any_origin_and_only_once() {
    let mut session = framed();
    let asked = session.step(Input::Connect);
    assert_eq!(
        asked,
        [
            Output::Post { message: Outgoing::Init, target: None },
            Output::Wait(Wait::Retry(1), RETRY_AFTER_MS)
        ]
    );
    assert!(session.step(Input::Connect).is_empty());
}

#[test]
fn connecting_asks_only_the_parent_where_the_browser_names_an_allowed_one() {
    for (parent, target) in [(HOST, Some(HOST.to_owned())), ("https://evil.example", None)] {
        let mut session = framed();
        session.launch.parent_origin = Some(parent.into());
        let asked = session.step(Input::Connect);
        assert_eq!(asked.first(), Some(&Output::Post { message: Outgoing::Init, target }));
    }
}

#[test]
fn a_silent_host_is_asked_again_and_then_we_stand_alone() {
    let mut session = framed();
    session.step(Input::Connect);
    let again = session.step(Input::Elapsed(Wait::Retry(1)));
    assert_eq!(
        again,
        [
            Output::Post { message: Outgoing::Init, target: None },
            Output::Wait(Wait::Alone(1), ALONE_AFTER_MS)
        ]
    );
    assert_eq!(session.step(Input::Elapsed(Wait::Alone(1))), [Output::Alone]);
    assert_eq!(session.step(Input::Pay(PAY.into())), [Output::Navigate(PAY.into())]);
}

#[test]
fn waits_that_run_out_after_the_answer_do_nothing() {
    let mut session = opened(framed(), ORDER);
    assert!(session.step(Input::Elapsed(Wait::Retry(1))).is_empty());
    assert!(session.step(Input::Elapsed(Wait::Alone(1))).is_empty());
}

#[test]
fn a_late_answer_and_a_new_attempt_are_taken_after_standing_alone() {
    let alone = || {
        let mut session = framed();
        session.step(Input::Connect);
        session.step(Input::Elapsed(Wait::Alone(1)));
        session
    };
    assert!(matches!(hear(&mut alone(), ORDER).as_slice(), [Output::Opened(_)]));
    let mut retried = alone();
    assert_eq!(retried.step(Input::Connect).len(), 2);
    assert!(retried.step(Input::Elapsed(Wait::Alone(1))).is_empty(), "the old wait is stale");
    assert!(matches!(hear(&mut retried, ORDER).as_slice(), [Output::Opened(_)]));
}

#[test]
fn without_a_host_we_stand_alone_at_once_and_hear_nobody() {
    let mut session = session_with(Channel::Nobody, true);
    assert_eq!(session.step(Input::Connect), [Output::Alone]);
    assert!(session.step(Input::Connect).is_empty(), "there is nobody to ask again");
    assert_eq!(hear(&mut session, ORDER), [Output::Refused(HostRefusal::ForeignSender)]);
    assert_eq!(session.step(Input::Pay(PAY.into())), [Output::Navigate(PAY.into())]);
    assert_eq!(session.step(Input::Error(None)), [Output::Refused(HostRefusal::NotConnected)]);
    let own = "https://azs.example/offer".to_owned();
    assert_eq!(session.step(Input::Link(own.clone())), [Output::OpenTab(own)]);
    assert_eq!(session.step(Input::Link(TERMS.into())), [Output::OpenTab(TERMS.into())]);
    let other = "https://network.example/terms/other".to_owned();
    assert_eq!(session.step(Input::Link(other)), [Output::Refused(HostRefusal::ForbiddenLink)]);
}

#[test]
fn leaving_before_connecting_does_nothing_and_spoils_nothing() {
    let mut session = framed();
    assert!(session.step(Input::Disconnect).is_empty());
    assert!(hear(&mut session, ORDER).is_empty(), "a closed session hears nobody");
    assert_eq!(session.step(Input::Connect).len(), 2);
    assert!(matches!(hear(&mut session, ORDER).as_slice(), [Output::Opened(_)]));
}

#[test]
fn a_second_init_replaces_the_first() {
    let mut session = opened(framed(), ORDER);
    assert!(matches!(hear(&mut session, SUBORDER).as_slice(), [Output::Opened(_)]));
    assert_eq!(session.step(Input::Pay(PAY.into())), [to_host(Outgoing::Done(Some(PAY.into())))]);
}

#[test]
fn messages_of_other_windows_origins_and_ids_are_ignored() {
    let mut session = framed();
    session.step(Input::Connect);
    for (sender, origin) in [
        (Sender::Other, HOST),
        (Sender::Own, HOST),
        (Sender::Nobody, ""),
        (Sender::Parent, "https://evil.example"),
        (Sender::Parent, "null"),
    ] {
        let foreign = Delivery { sender, origin: origin.into(), ..delivery(ORDER) };
        assert_eq!(session.step(Input::Delivered(foreign)), [Output::Refused(HostRefusal::ForeignSender)]);
    }
    let other_id = ORDER.replace("frm-7", "frm-8");
    assert_eq!(hear(&mut session, &other_id), [Output::Refused(HostRefusal::Unfit(Unfit::ForeignId))]);
    assert_eq!(hear(&mut session, "7"), [Output::Refused(HostRefusal::Unfit(Unfit::NotAMessage))]);
    assert!(matches!(hear(&mut session, ORDER).as_slice(), [Output::Opened(_)]));
}

#[test]
fn the_first_good_init_pins_its_origin() {
    let mut session = opened(framed(), ORDER);
    let other = Delivery { origin: "https://pay.invoicebox.ru".into(), ..delivery(&result("completed")) };
    assert_eq!(session.step(Input::Delivered(other)), [Output::Refused(HostRefusal::ForeignSender)]);
    assert_eq!(session.step(Input::Unavailable), [to_host(Outgoing::Unavailable)]);
}

#[test]
fn in_the_app_events_of_our_own_window_are_heard_and_of_frames_are_not() {
    for (sender, heard) in
        [(Sender::Nobody, true), (Sender::Own, true), (Sender::Parent, false), (Sender::Other, false)]
    {
        let mut session = session_with(Channel::WebView, true);
        session.step(Input::Connect);
        let event = Delivery { sender, origin: String::new(), ..delivery(ORDER) };
        let outputs = session.step(Input::Delivered(event));
        assert_eq!(matches!(outputs.as_slice(), [Output::Opened(_)]), heard, "{sender:?}");
    }
}

#[test]
fn a_message_that_arrives_on_window_and_document_counts_once_and_is_heard_again_later() {
    let mut session = session_with(Channel::WebView, true);
    session.step(Input::Connect);
    let mut on = |target, at_ms, text: &str| {
        session.step(Input::Delivered(Delivery { sender: Sender::Nobody, target, at_ms, ..delivery(text) }))
    };
    assert_eq!(on(Target::Document, 0, ORDER).len(), 1);
    assert!(on(Target::Window, 1, ORDER).is_empty());
    let canceled = result("canceled");
    for at in [10, 20, 30] {
        assert_eq!(on(Target::Window, at, &canceled), [Output::Paid(PaymentResult::Canceled)]);
        assert!(on(Target::Document, at + 1, &canceled).is_empty());
    }
    let expired = result("expired");
    assert_eq!(on(Target::Window, 100, &expired).len(), 1);
    assert_eq!(on(Target::Document, 5_000, &expired).len(), 1, "too late for a duplicate");
}

#[test]
fn a_main_order_pays_by_checkout_where_the_host_knows_it() {
    let mut session = opened(framed(), ORDER);
    let paying = session.step(Input::Pay(PAY.into()));
    let Some(Output::Wait(wait, OFFER_AFTER_MS)) = paying.get(1) else { panic!("{paying:?}") };
    assert_eq!(paying.first(), Some(&to_host(Outgoing::Checkout(PAY.into()))));
    assert_eq!(session.step(Input::Elapsed(*wait)), [Output::Offer(true)], "offered, never done by itself");
    let accepted = session.step(Input::AcceptOffer);
    assert_eq!(accepted, [to_host(Outgoing::Done(Some(PAY.into()))), Output::Offer(false)]);
    assert!(session.step(Input::AcceptOffer).is_empty(), "a second press does nothing");
}

#[test]
fn a_payment_result_takes_the_offer_back() {
    let mut session = opened(framed(), ORDER);
    session.step(Input::Pay(PAY.into()));
    let told = hear(&mut session, &result("pending"));
    assert_eq!(told, [Output::Paid(PaymentResult::Pending), Output::Offer(false)]);
    assert!(session.step(Input::Elapsed(Wait::Offer(2))).is_empty());
    assert_eq!(hear(&mut session, &result("paid")), [Output::Paid(PaymentResult::Completed)]);
    assert_eq!(hear(&mut session, &result("refunded")), [Output::Paid(PaymentResult::Unknown)]);
}

#[test]
fn paying_again_waits_anew() {
    let mut session = opened(framed(), ORDER);
    session.step(Input::Pay(PAY.into()));
    session.step(Input::Pay(PAY.into()));
    assert!(session.step(Input::Elapsed(Wait::Offer(2))).is_empty(), "the wait of the first payment");
    assert_eq!(session.step(Input::Elapsed(Wait::Offer(3))), [Output::Offer(true)]);
}

#[test]
fn a_host_without_checkout_and_every_suborder_get_done() {
    let done = [to_host(Outgoing::Done(Some(PAY.into())))];
    let mut plain = opened(session_with(Channel::Iframe, false), ORDER);
    assert_eq!(plain.step(Input::Pay(PAY.into())), done);
    let mut suborder = opened(framed(), SUBORDER);
    assert_eq!(suborder.step(Input::Pay(PAY.into())), done);
    assert_eq!(suborder.step(Input::DoneUnpaid), [to_host(Outgoing::Done(None))]);
}

#[test]
fn a_payment_asked_for_before_the_host_speaks_starts_when_the_mode_is_known() {
    let asking = || {
        let mut session = framed();
        session.step(Input::Connect);
        assert!(session.step(Input::Pay(PAY.into())).is_empty());
        session
    };
    let outputs = hear(&mut asking(), SUBORDER);
    assert_eq!(outputs.get(1), Some(&to_host(Outgoing::Done(Some(PAY.into())))));
    let outputs = asking().step(Input::Elapsed(Wait::Alone(1)));
    assert_eq!(outputs, [Output::Alone, Output::Navigate(PAY.into())]);
}

#[test]
fn foreign_payment_addresses_and_links_never_leave() {
    let mut session = opened(framed(), ORDER);
    for url in ["https://evil.example/pay", "http://pay.invoicebox.ru/", "javascript:alert(1)"] {
        assert_eq!(
            session.step(Input::Pay(url.into())),
            [Output::Refused(HostRefusal::ForbiddenPaymentAddress)]
        );
        assert_eq!(session.step(Input::Link(url.into())), [Output::Refused(HostRefusal::ForbiddenLink)]);
    }
    let own = "https://azs.example/offer".to_owned();
    assert_eq!(session.step(Input::Link(own.clone())), [to_host(Outgoing::Link(own))]);
}

#[test]
fn height_is_told_on_change_and_never_to_a_host_with_its_own_height() {
    let mut session = framed();
    session.step(Input::Connect);
    assert!(session.step(Input::Height(300)).is_empty(), "kept until the host speaks");
    let outputs = hear(&mut session, SUBORDER);
    assert_eq!(outputs.get(1), Some(&to_host(Outgoing::Height(300))));
    assert!(session.step(Input::Height(300)).is_empty());
    assert_eq!(session.step(Input::Height(301)), [to_host(Outgoing::Height(301))]);
    let mut full = opened(framed(), ORDER);
    assert!(full.step(Input::Height(300)).is_empty());
}

#[test]
fn a_result_before_the_session_opens_is_lost() {
    let mut session = framed();
    session.step(Input::Connect);
    assert_eq!(hear(&mut session, &result("completed")), [Output::Refused(HostRefusal::NotConnected)]);
}

#[test]
fn a_closed_session_neither_speaks_nor_hears_and_can_be_opened_again() {
    let mut session = framed();
    assert_eq!(
        session.step(Input::Error(None)),
        [Output::Refused(HostRefusal::NotConnected)],
        "before connect"
    );
    let mut session = opened(session, ORDER);
    session.step(Input::Pay(PAY.into()));
    assert!(session.step(Input::Disconnect).is_empty());
    assert!(hear(&mut session, &result("completed")).is_empty());
    assert!(session.step(Input::Elapsed(Wait::Offer(2))).is_empty());
    assert_eq!(session.step(Input::Unavailable), [Output::Refused(HostRefusal::NotConnected)]);
    assert_eq!(session.step(Input::Connect).len(), 2);
}
