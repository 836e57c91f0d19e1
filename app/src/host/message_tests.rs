//! Shapes of the messages, both ways.

use super::{Incoming, Init, InitKind, Outgoing, PaymentResult, UnreadableMessage};
use crate::host::testing::json;

fn init(public: &str) -> Result<Init, UnreadableMessage> {
    let text = format!(
        r#"{{"id":"frm-7","action":"init","data":{{"public":{public},"private":{{"metaData":[]}}}}}}"#
    );
    match Incoming::parse(&json(&text), Some("frm-7"))? {
        Incoming::Init(init) => Ok(*init),
        Incoming::PaymentResult(_) => panic!("an init"),
    }
}

#[test]
fn outgoing_messages_have_the_exact_shapes_of_the_protocol() {
    let pay = "https://pay.invoicebox.ru/order/1";
    let cases = [
        (Outgoing::Init, r#"{"id":"frm-7","action":"init"}"#.to_owned()),
        (Outgoing::Height(612), r#"{"id":"frm-7","action":"height","data":612}"#.to_owned()),
        (Outgoing::Done(Some(pay.into())), format!(r#"{{"id":"frm-7","action":"done","data":"{pay}"}}"#)),
        (Outgoing::Done(None), r#"{"id":"frm-7","action":"done","data":null}"#.to_owned()),
        (Outgoing::Checkout(pay.into()), format!(r#"{{"id":"frm-7","action":"checkout","data":"{pay}"}}"#)),
        (
            Outgoing::Error(Some("Занято".into())),
            r#"{"id":"frm-7","action":"error","data":"Занято"}"#.to_owned(),
        ),
        (Outgoing::Error(Some(String::new())), r#"{"id":"frm-7","action":"error","data":null}"#.to_owned()),
        (Outgoing::Error(None), r#"{"id":"frm-7","action":"error","data":null}"#.to_owned()),
        (Outgoing::Link(pay.into()), format!(r#"{{"id":"frm-7","action":"link","data":"{pay}"}}"#)),
        (Outgoing::Unavailable, r#"{"id":"frm-7","action":"unavailable","data":null}"#.to_owned()),
    ];
    for (message, expected) in cases {
        assert_eq!(message.to_value(Some("frm-7")), json(&expected));
    }
    assert_eq!(Outgoing::Init.to_value(None), json(r#"{"id":null,"action":"init"}"#));
}

#[test]
fn init_of_a_main_order_is_read_whole() {
    let init = init(
        r#"{"minappType":"order","shopId":4711,"userName":" Пётр Орлов ","userEmail":"","userPhone":"+79990001122","locale":"ru","fullHeight":true}"#,
    )
    .expect("init");
    assert_eq!(init.kind, InitKind::Order);
    assert_eq!(init.shop_id, Some(4711));
    assert_eq!(init.payer.name.as_deref(), Some("Пётр Орлов"));
    assert_eq!(init.payer.email, None);
    assert_eq!(init.payer.phone.as_deref(), Some("+79990001122"));
    assert_eq!(init.locale.as_deref(), Some("ru"));
    assert!(init.full_height);
}

#[test]
fn init_of_a_suborder_needs_the_invoice_to_join() {
    let joined =
        init(r#"{"minappType":"suborder","orderContainerId":"c-1","fullHeight":false}"#).expect("init");
    assert_eq!(joined.kind, InitKind::Suborder { order_container_id: "c-1".into() });
    assert!(!joined.full_height);
    assert_eq!(init(r#"{"minappType":"suborder"}"#), Err(UnreadableMessage::BadInit));
    assert_eq!(init(r#"{"minappType":"suborder","orderContainerId":""}"#), Err(UnreadableMessage::BadInit));
}

#[test]
fn fields_of_a_wrong_type_are_left_out_and_a_wrong_kind_is_refused() {
    let init_ok =
        init(r#"{"minappType":"order","shopId":"4711","userName":7,"fullHeight":"yes"}"#).expect("init");
    assert_eq!((init_ok.shop_id, init_ok.payer.name, init_ok.full_height), (None, None, false));
    for shop in ["1.5", "1e300", "null"] {
        let text = format!(r#"{{"minappType":"order","shopId":{shop}}}"#);
        assert_eq!(init(&text).expect("init").shop_id, None);
    }
    assert_eq!(init(r#"{"minappType":"widget"}"#), Err(UnreadableMessage::BadInit));
    assert_eq!(init("{}"), Err(UnreadableMessage::BadInit));
}

#[test]
fn foreign_and_malformed_messages_are_distinguished() {
    let parse = |text: &str, id: Option<&str>| Incoming::parse(&json(text), id);
    for text in ["null", "7", "\"text\"", "[]", "{}", r#"{"id":"frm-7","action":7}"#] {
        assert_eq!(parse(text, Some("frm-7")), Err(UnreadableMessage::NotAMessage), "{text}");
    }
    let result = |id: &str| format!(r#"{{"id":{id},"action":"paymentResult","data":"hold"}}"#);
    assert_eq!(parse(&result("\"frm-8\""), Some("frm-7")), Err(UnreadableMessage::ForeignId));
    assert_eq!(parse(&result("7"), Some("7")), Err(UnreadableMessage::ForeignId));
    assert_eq!(parse(&result("null"), Some("7")), Err(UnreadableMessage::ForeignId));
    assert_eq!(parse(&result("null"), None), Ok(Incoming::PaymentResult(PaymentResult::Hold)));
    assert_eq!(parse(r#"{"action":"paymentResult","data":"hold"}"#, None), Err(UnreadableMessage::ForeignId));
    assert_eq!(
        parse(r#"{"id":"a","action":"resize","data":1}"#, Some("a")),
        Err(UnreadableMessage::UnknownAction)
    );
    assert_eq!(parse(r#"{"id":"a","action":"init"}"#, Some("a")), Err(UnreadableMessage::BadInit));
}

#[test]
fn every_payment_status_is_mapped_and_new_ones_are_unknown() {
    let cases = [
        ("\"pending\"", PaymentResult::Pending),
        ("\"completed\"", PaymentResult::Completed),
        ("\"paid\"", PaymentResult::Completed),
        ("\"hold\"", PaymentResult::Hold),
        ("\"canceled\"", PaymentResult::Canceled),
        ("\"expired\"", PaymentResult::Expired),
        ("\"unknown\"", PaymentResult::Unknown),
        ("\"refunded\"", PaymentResult::Unknown),
        ("7", PaymentResult::Unknown),
        ("null", PaymentResult::Unknown),
    ];
    for (status, expected) in cases {
        let text = format!(r#"{{"id":"a","action":"paymentResult","data":{status}}}"#);
        assert_eq!(
            Incoming::parse(&json(&text), Some("a")),
            Ok(Incoming::PaymentResult(expected)),
            "{status}"
        );
    }
}
