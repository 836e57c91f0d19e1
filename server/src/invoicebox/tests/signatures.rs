//! Known pairs of body and signature, what headers are accepted, and how a proven body is read.

use bytes::Bytes;
use domain::money::Kopecks;
use hmac::{Hmac, Mac};
use secrecy::SecretString;
use sha2::Sha256;

use crate::invoicebox::{
    Algorithm, EmptyKey, MalformedNotification, Notification, NotificationAnswer, NotificationAnswerCode,
    ProviderStatus, SignatureError, Verifier,
};

const KEY: &str = "azs-demo-signing-key";
const BODY: &str = r#"{"id":"0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b","merchantId":"ffffffff-ffff-ffff-ffff-ffffffffffff","merchantOrderId":"AZS12-000451","status":"completed","amount":2333.26,"vatAmount":420.75,"currencyId":"RUB","createdAt":"2026-11-24T09:15:00+00:00"}"#;
const SIGNATURE: &str = "b184c140f561626e2ae5635b146cf92bd8c9409d";
/// The shape that the service really sends: raw Cyrillic, escaped slashes.
const RAW: &str = r#"{"id":"0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b","description":"Топливо, колонка 4","merchantOrderId":"AZS12-000451","status":"completed","amount":2333.26,"paymentUrl":"https:\/\/pay.invoicebox.ru\/order\/0199f0a1-5c3e-7a00-b111-000000000001"}"#;
const TEST_CALL: &str = r#"{"id":"ffffffff-ffff-ffff-ffff-ffffffffffff","merchantId":"ffffffff-ffff-ffff-ffff-ffffffffffff","merchantOrderId":"","status":"completed","amount":0,"currencyId":"RUB","createdAt":"2026-11-24T09:15:00+00:00"}"#;

fn verifier(key: &str) -> Verifier {
    Verifier::new(&SecretString::from(key), Algorithm::Sha1).expect("a key")
}

fn accepts(key: &str, header: &str, body: &str) -> bool {
    verifier(key).verify(Some(header.as_bytes()), Bytes::copy_from_slice(body.as_bytes())).is_ok()
}

/// Signs any body, so that its reading can be tested.
fn read(body: &str) -> Result<Notification, MalformedNotification> {
    read_bytes(body.as_bytes())
}

fn read_bytes(body: &[u8]) -> Result<Notification, MalformedNotification> {
    let mac = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).expect("key").chain_update(body);
    let header = hex::encode(mac.finalize().into_bytes());
    let verifier = Verifier::new(&SecretString::from(KEY), Algorithm::Sha256).expect("a key");
    let verified = verifier.verify(Some(header.as_bytes()), Bytes::copy_from_slice(body));
    Notification::parse(verified.expect("signed"))
}

#[test]
fn known_signatures_are_accepted_over_the_exact_bytes_only() {
    let escaped = RAW.replace(
        "Топливо, колонка",
        r"\u0422\u043e\u043f\u043b\u0438\u0432\u043e, \u043a\u043e\u043b\u043e\u043d\u043a\u0430",
    );
    let cases: [(&str, &str, String, &str); 11] = [
        ("S01 compact", KEY, BODY.to_owned(), SIGNATURE),
        (
            "S02 raw Cyrillic, escaped slashes",
            KEY,
            RAW.to_owned(),
            "d9c823243b242fd457428212f67ad7b7df7ee34d",
        ),
        ("S03 plain slashes", KEY, RAW.replace(r"\/", "/"), "8267a723f8e4617facc6f2607be716fdee57d749"),
        ("S04 escaped Cyrillic", KEY, escaped, "ef622f2466459a6f298a365ce779a84e60134d3f"),
        ("S05 line feed", KEY, format!("{BODY}\n"), "e1cadbf058ae5417c681b6c5de913e38d7a26146"),
        (
            "S06 2333.260",
            KEY,
            BODY.replace("2333.26", "2333.260"),
            "3a50a968ac85aedef9066c946e2b63e7baec4680",
        ),
        ("S07 other key", "another-key", BODY.to_owned(), "acdb313c81a5ce6aabe9c5953318c29a56dc8a74"),
        ("S08 empty body", KEY, String::new(), "72c6b0cebd313bf5f5d545f5deeec204ac2e578b"),
        ("S09 key in Cyrillic", "ключ-подписи", BODY.to_owned(), "26cf1ff82e61d152c72bbe2ec3efe987a0f08693"),
        ("S10 test call", KEY, TEST_CALL.to_owned(), "5bd60995a7f7486a82ff805448d1aa6b7f30a80a"),
        (
            "S11 textbook",
            "Jefe",
            "what do ya want for nothing?".to_owned(),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
        ),
    ];
    for (case, key, body, signature) in cases {
        assert!(accepts(key, signature, &body), "{case}");
        assert!(!accepts(key, signature, &format!("{body} ")), "{case}, one byte more");
    }
}

#[test]
fn only_forty_hex_digits_of_either_case_are_a_signature() {
    assert!(accepts(KEY, SIGNATURE, BODY), "V01 exact");
    assert!(accepts(KEY, &SIGNATURE.to_uppercase(), BODY), "V02 capitals");
    let refused = [
        ("V03 one digit changed", "0184c140f561626e2ae5635b146cf92bd8c9409d"),
        ("V04 truncated by a digit", "b184c140f561626e2ae5635b146cf92bd8c9409"),
        ("truncated by a byte", "b184c140f561626e2ae5635b146cf92bd8c940"),
        ("V05 with a prefix", "sha1=b184c140f561626e2ae5635b146cf92bd8c9409d"),
        ("V08 of another body", "e1cadbf058ae5417c681b6c5de913e38d7a26146"),
    ];
    for (case, header) in refused {
        let result = verifier(KEY).verify(Some(header.as_bytes()), Bytes::from_static(BODY.as_bytes()));
        assert_eq!(result, Err(SignatureError::Wrong), "{case}");
    }
    for (case, header) in [("V06 missing", None), ("V07 empty", Some(&b""[..]))] {
        let result = verifier(KEY).verify(header, Bytes::from_static(BODY.as_bytes()));
        assert_eq!(result, Err(SignatureError::Missing), "{case}");
    }
}

#[test]
fn a_signature_of_one_algorithm_is_nothing_under_the_other() {
    let sha256 = Verifier::new(&SecretString::from(KEY), Algorithm::Sha256).expect("a key");
    let result = sha256.verify(Some(SIGNATURE.as_bytes()), Bytes::from_static(BODY.as_bytes()));
    assert_eq!(result, Err(SignatureError::Wrong));
}

#[test]
fn there_is_no_empty_key_and_none_is_printed() {
    assert_eq!(Verifier::new(&SecretString::from(""), Algorithm::Sha1).err(), Some(EmptyKey));
    assert!(!format!("{:?}", verifier(KEY)).contains(KEY));
}

#[test]
fn a_notification_is_read_to_the_kopeck() {
    let notification = read(BODY).expect("well-formed");
    assert_eq!(notification.status, ProviderStatus::Completed);
    assert_eq!(notification.merchant_order_id.as_deref(), Some("AZS12-000451"));
    assert_eq!(notification.amount, Some(Kopecks::new(233_326)));
    assert!(notification.is_for(Kopecks::new(233_326)) && !notification.is_test());
    assert!(!notification.is_for(Kopecks::new(233_325)), "N04 a kopeck less");
    let dollars = read(&BODY.replace("RUB", "USD")).expect("well-formed");
    assert!(!dollars.is_for(Kopecks::new(233_326)), "N14 another currency");
    let longer = read(&BODY.replace("2333.26", "2333.260")).expect("well-formed");
    assert!(longer.is_for(Kopecks::new(233_326)), "S06 the same sum, written longer");
    let text = read(&BODY.replace("2333.26", "\"2333.26\"")).expect("well-formed");
    assert!(text.is_for(Kopecks::new(233_326)), "the same sum as text");
    assert!(!read(&BODY.replace(r#""amount":2333.26,"#, "")).expect("well-formed").is_for(Kopecks::ZERO));
}

#[test]
fn broken_notifications_are_named_not_guessed() {
    assert_eq!(read(&BODY.replace("2333.26", "2333.261")), Err(MalformedNotification::Field("amount")));
    assert_eq!(read(&BODY.replace(r#""status""#, r#""state""#)), Err(MalformedNotification::Field("status")));
    assert_eq!(read(&BODY.replacen(r#""id""#, r#""key""#, 1)), Err(MalformedNotification::Field("id")));
    for body in ["", "[]", "null", "<html></html>", "{\"id\":"] {
        assert_eq!(read(body), Err(MalformedNotification::NotJson), "{body}");
    }
}

#[test]
fn what_is_wrong_with_an_unused_property_leaves_a_signed_body_readable() {
    let expected = read(BODY).expect("well-formed");
    let with =
        |property: &[u8]| [&b"{"[..], property, b",", BODY.get(1..).expect("a rest").as_bytes()].concat();
    let bodies = [
        [b"\xef\xbb\xbf", BODY.as_bytes()].concat(),
        with(br#""description":"\ud83d""#),
        with(br#""weight":NaN"#),
        with(b"\"description\":\"\xc0\xc7\xd1 12\""),
        with(b"\"\xd6\xe5\xed\xe0\":1"),
        with(b"\"description\":\"a\nb\""),
        BODY.replace("2333.26", "2333.2600000000002").into_bytes(),
    ];
    for body in bodies {
        assert_eq!(read_bytes(&body).as_ref(), Ok(&expected), "{}", String::from_utf8_lossy(&body));
    }
    let used = [
        (BODY.replace("2333.26", "NaN").into_bytes(), "amount"),
        (BODY.replace("AZS12-000451", r"AZS12-\ud83d").into_bytes(), "merchantOrderId"),
        ([&BODY.as_bytes()[..10], b"\xc0", &BODY.as_bytes()[10..]].concat(), "id"),
    ];
    for (body, field) in used {
        assert_eq!(read_bytes(&body), Err(MalformedNotification::Field(field)));
    }
}

#[test]
fn the_signature_is_over_the_bytes_with_their_faults() {
    let body = [b"\xef\xbb\xbf", BODY.as_bytes()].concat();
    let result = verifier(KEY).verify(Some(SIGNATURE.as_bytes()), Bytes::from(body));
    assert_eq!(result, Err(SignatureError::Wrong), "signed without the mark, sent with it");
}

#[test]
fn every_status_is_read_and_an_unknown_one_is_kept() {
    let status = |text: &str| read(&BODY.replace("completed", text)).expect("well-formed").status;
    assert_eq!(status("canceled"), ProviderStatus::Canceled);
    assert_eq!(status("cancelled"), ProviderStatus::Canceled);
    assert_eq!(status("expired"), ProviderStatus::Expired);
    assert_eq!(status("hold"), ProviderStatus::Hold);
    assert_eq!(status("success"), ProviderStatus::Unknown("success".to_owned()));
}

#[test]
fn the_monitoring_call_is_known_by_its_order_id() {
    assert!(read(TEST_CALL).expect("well-formed").is_test());
    let null = TEST_CALL.replace(r#""merchantOrderId":"""#, r#""merchantOrderId":null"#);
    assert!(read(&null).expect("well-formed").is_test());
    assert!(read(&TEST_CALL.replace(r#""merchantOrderId":"","#, "")).expect("well-formed").is_test());
    // The demo merchant has the same digits.
    assert!(!read(BODY).expect("well-formed").is_test());
}

#[test]
fn answers_look_as_documented() {
    let json = |answer: &NotificationAnswer| serde_json::to_string(answer).expect("json");
    assert_eq!(json(&NotificationAnswer::Success), r#"{"status":"success"}"#);
    let codes = [
        (NotificationAnswerCode::OutOfService, "out_of_service"),
        (NotificationAnswerCode::OrderWrongAmount, "order_wrong_amount"),
        (NotificationAnswerCode::OrderAlreadyPaid, "order_already_paid"),
        (NotificationAnswerCode::OrderNotFound, "order_not_found"),
        (NotificationAnswerCode::ShippingUnavailable, "shipping_unavailable"),
        (NotificationAnswerCode::SignatureError, "signature_error"),
    ];
    for (code, name) in codes {
        let expected = format!(r#"{{"status":"error","code":"{name}","message":"нет"}}"#);
        assert_eq!(json(&NotificationAnswer::error(code, "нет")), expected);
    }
    assert!(
        json(&NotificationAnswer::error(NotificationAnswerCode::OutOfService, "ы".repeat(900)))
            .chars()
            .count()
            < 600
    );
}
