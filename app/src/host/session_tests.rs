//! The life of a session.

use super::{
    Channel, HostRefusal, HostSession, Input, Launch, OFFER_PAYMENT_PAGE_AFTER_MS, Output, RETRY_AFTER_MS,
    STANDALONE_AFTER_MS, SessionTimer,
};
use crate::host::{
    delivery::{Delivery, Sender, Target},
    message::{Outgoing, PaymentResult, UnreadableMessage},
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

fn receive(session: &mut HostSession, text: &str) -> Vec<Output> {
    session.step(Input::Delivered(delivery(text)))
}

fn opened(mut session: HostSession, init: &str) -> HostSession {
    session.step(Input::Connect);
    assert!(matches!(receive(&mut session, init).as_slice(), [Output::Opened(_)]));
    session
}

fn result(status: &str) -> String {
    format!(r#"{{"id":"frm-7","action":"paymentResult","data":"{status}"}}"#)
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
            Output::StartTimer(SessionTimer::Retry(1), RETRY_AFTER_MS)
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
fn a_silent_host_is_asked_again_then_the_session_is_standalone() {
    let mut session = framed();
    session.step(Input::Connect);
    let again = session.step(Input::Elapsed(SessionTimer::Retry(1)));
    assert_eq!(
        again,
        [
            Output::Post { message: Outgoing::Init, target: None },
            Output::StartTimer(SessionTimer::Standalone(1), STANDALONE_AFTER_MS)
        ]
    );
    assert_eq!(session.step(Input::Elapsed(SessionTimer::Standalone(1))), [Output::Standalone]);
    assert_eq!(session.step(Input::Pay(PAY.into())), [Output::Navigate(PAY.into())]);
}

#[test]
fn timers_that_run_out_after_the_answer_do_nothing() {
    let mut session = opened(framed(), ORDER);
    assert!(session.step(Input::Elapsed(SessionTimer::Retry(1))).is_empty());
    assert!(session.step(Input::Elapsed(SessionTimer::Standalone(1))).is_empty());
}

#[test]
fn a_late_answer_and_a_new_attempt_are_accepted_while_standalone() {
    let standalone = || {
        let mut session = framed();
        session.step(Input::Connect);
        session.step(Input::Elapsed(SessionTimer::Standalone(1)));
        session
    };
    assert!(matches!(receive(&mut standalone(), ORDER).as_slice(), [Output::Opened(_)]));
    let mut retried = standalone();
    assert_eq!(retried.step(Input::Connect).len(), 2);
    assert!(retried.step(Input::Elapsed(SessionTimer::Standalone(1))).is_empty(), "the old timer is stale");
    assert!(matches!(receive(&mut retried, ORDER).as_slice(), [Output::Opened(_)]));
}

#[test]
fn without_a_host_the_session_is_standalone_and_ignores_messages() {
    let mut session = session_with(Channel::Nobody, true);
    assert_eq!(session.step(Input::Connect), [Output::Standalone]);
    assert!(session.step(Input::Connect).is_empty(), "there is nobody to ask again");
    assert_eq!(receive(&mut session, ORDER), [Output::Refused(HostRefusal::ForeignSender)]);
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
    assert!(receive(&mut session, ORDER).is_empty(), "a closed session reads no message");
    assert_eq!(session.step(Input::Connect).len(), 2);
    assert!(matches!(receive(&mut session, ORDER).as_slice(), [Output::Opened(_)]));
}

#[test]
fn a_second_init_replaces_the_first() {
    let mut session = opened(framed(), ORDER);
    assert!(matches!(receive(&mut session, SUBORDER).as_slice(), [Output::Opened(_)]));
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
    assert_eq!(
        receive(&mut session, &other_id),
        [Output::Refused(HostRefusal::UnreadableMessage(UnreadableMessage::ForeignId))]
    );
    assert_eq!(
        receive(&mut session, "7"),
        [Output::Refused(HostRefusal::UnreadableMessage(UnreadableMessage::NotAMessage))]
    );
    assert!(matches!(receive(&mut session, ORDER).as_slice(), [Output::Opened(_)]));
}

#[test]
fn the_first_good_init_pins_its_origin() {
    let mut session = opened(framed(), ORDER);
    let other = Delivery { origin: "https://pay.invoicebox.ru".into(), ..delivery(&result("completed")) };
    assert_eq!(session.step(Input::Delivered(other)), [Output::Refused(HostRefusal::ForeignSender)]);
    assert_eq!(session.step(Input::Unavailable), [to_host(Outgoing::Unavailable)]);
}

#[test]
fn in_the_app_messages_of_our_window_are_read_and_of_frames_are_not() {
    for (sender, expected) in
        [(Sender::Nobody, true), (Sender::Own, true), (Sender::Parent, false), (Sender::Other, false)]
    {
        let mut session = session_with(Channel::WebView, true);
        session.step(Input::Connect);
        let event = Delivery { sender, origin: String::new(), ..delivery(ORDER) };
        let outputs = session.step(Input::Delivered(event));
        assert_eq!(matches!(outputs.as_slice(), [Output::Opened(_)]), expected, "{sender:?}");
    }
}

#[test]
fn a_message_on_window_and_document_counts_once_and_can_repeat_later() {
    let mut session = session_with(Channel::WebView, true);
    session.step(Input::Connect);
    let mut on = |target, at_ms, text: &str| {
        session.step(Input::Delivered(Delivery { sender: Sender::Nobody, target, at_ms, ..delivery(text) }))
    };
    assert_eq!(on(Target::Document, 0, ORDER).len(), 1);
    assert!(on(Target::Window, 1, ORDER).is_empty());
    let canceled = result("canceled");
    for at in [10, 20, 30] {
        assert_eq!(on(Target::Window, at, &canceled), [Output::PaymentReported(PaymentResult::Canceled)]);
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
    let Some(Output::StartTimer(timer, OFFER_PAYMENT_PAGE_AFTER_MS)) = paying.get(1) else {
        panic!("{paying:?}")
    };
    assert_eq!(paying.first(), Some(&to_host(Outgoing::Checkout(PAY.into()))));
    assert_eq!(session.step(Input::Elapsed(*timer)), [Output::Offer(true)], "offered, never done by itself");
    let accepted = session.step(Input::AcceptOffer);
    assert_eq!(accepted, [to_host(Outgoing::Done(Some(PAY.into()))), Output::Offer(false)]);
    assert!(session.step(Input::AcceptOffer).is_empty(), "a second press does nothing");
}

#[test]
fn a_payment_result_takes_the_offer_back() {
    let mut session = opened(framed(), ORDER);
    session.step(Input::Pay(PAY.into()));
    let outputs = receive(&mut session, &result("pending"));
    assert_eq!(outputs, [Output::PaymentReported(PaymentResult::Pending), Output::Offer(false)]);
    assert!(session.step(Input::Elapsed(SessionTimer::Offer(2))).is_empty());
    assert_eq!(receive(&mut session, &result("paid")), [Output::PaymentReported(PaymentResult::Completed)]);
    assert_eq!(receive(&mut session, &result("refunded")), [Output::PaymentReported(PaymentResult::Unknown)]);
}

#[test]
fn paying_again_restarts_the_timer() {
    let mut session = opened(framed(), ORDER);
    session.step(Input::Pay(PAY.into()));
    session.step(Input::Pay(PAY.into()));
    assert!(
        session.step(Input::Elapsed(SessionTimer::Offer(2))).is_empty(),
        "the timer of the first payment"
    );
    assert_eq!(session.step(Input::Elapsed(SessionTimer::Offer(3))), [Output::Offer(true)]);
}

#[test]
fn a_host_without_checkout_and_every_suborder_get_done() {
    let done = [to_host(Outgoing::Done(Some(PAY.into())))];
    let mut plain = opened(session_with(Channel::Iframe, false), ORDER);
    assert_eq!(plain.step(Input::Pay(PAY.into())), done);
    let mut suborder = opened(framed(), SUBORDER);
    assert_eq!(suborder.step(Input::Pay(PAY.into())), done);
}

#[test]
fn a_payment_requested_before_the_host_answers_starts_when_the_mode_is_known() {
    let asking = || {
        let mut session = framed();
        session.step(Input::Connect);
        assert!(session.step(Input::Pay(PAY.into())).is_empty());
        session
    };
    let outputs = receive(&mut asking(), SUBORDER);
    assert_eq!(outputs.get(1), Some(&to_host(Outgoing::Done(Some(PAY.into())))));
    let outputs = asking().step(Input::Elapsed(SessionTimer::Standalone(1)));
    assert_eq!(outputs, [Output::Standalone, Output::Navigate(PAY.into())]);
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
fn height_is_posted_on_change_unless_the_host_has_its_own() {
    let mut session = framed();
    session.step(Input::Connect);
    assert!(session.step(Input::Height(300)).is_empty(), "kept until the host answers");
    let outputs = receive(&mut session, SUBORDER);
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
    assert_eq!(receive(&mut session, &result("completed")), [Output::Refused(HostRefusal::NotConnected)]);
}

#[test]
fn a_closed_session_posts_and_reads_nothing_and_can_be_reopened() {
    let mut session = framed();
    assert_eq!(
        session.step(Input::Error(None)),
        [Output::Refused(HostRefusal::NotConnected)],
        "before connect"
    );
    let mut session = opened(session, ORDER);
    session.step(Input::Pay(PAY.into()));
    assert!(session.step(Input::Disconnect).is_empty());
    assert!(receive(&mut session, &result("completed")).is_empty());
    assert!(session.step(Input::Elapsed(SessionTimer::Offer(2))).is_empty());
    assert_eq!(session.step(Input::Unavailable), [Output::Refused(HostRefusal::NotConnected)]);
    assert_eq!(session.step(Input::Connect).len(), 2);
}
