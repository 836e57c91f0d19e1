//! Failures of calls, and what each proves about the outcome.

use std::time::Duration;

use axum::body::{Body, Bytes};
use domain::order::Invoice;
use tokio::time::Instant;

use super::{CannedAnswer, InvoiceboxStub, canned, client, creating, settings, with_header};
use crate::invoicebox::{
    ApiVersion, CallError, FieldError, InvoiceboxClient, PaymentType, UnitPriceScale,
    settings::InvoiceboxLimits,
};

const UNAUTHORIZED: &str = r#"{"error":{"message":"Unauthorized","code":"unauthorized"}}"#;
const FULL_REFUSAL: &str = r#"{"error":{"message":"Calculation Error","code":"wrong_total_amount",
    "fields":[{"name":"amount","code":"wrong_value","message":""}]}}"#;

async fn create(client: &InvoiceboxClient) -> Result<Invoice, CallError> {
    let order = creating::order();
    let links = creating::links();
    let created = client.create_order(&order, &links, UnitPriceScale::Two, PaymentType::FullPrepayment).await;
    created.map(|created| created.invoice)
}

async fn created_with(answer: CannedAnswer) -> CallError {
    let stub = InvoiceboxStub::answering(vec![answer]).await;
    let error = create(&client(&stub.url)).await.expect_err("a failure");
    assert_eq!(stub.received().len(), 1, "a write is sent once");
    error
}

#[tokio::test]
async fn a_good_token_names_its_user() {
    let body = r#"{"data":{"userId":"u-1","profile":null,"accessToken":null},"extendedData":[]}"#;
    let stub = InvoiceboxStub::answering(vec![canned(200, body)]).await;
    assert_eq!(client(&stub.url).check_auth().await.expect("good").user_id, "u-1");
    assert_eq!(stub.received()[0].uri.path(), "/v3/security/api/auth/auth");
}

#[tokio::test]
async fn a_200_without_a_user_is_no_proof_of_the_token() {
    for body in [r#"{"data":{"userId":null}}"#, r#"{"data":{"userId":""}}"#, r#"{"data":null}"#, "{}"] {
        let stub = InvoiceboxStub::answering(vec![canned(200, body)]).await;
        let error = client(&stub.url).check_auth().await.expect_err(body);
        assert!(matches!(error, CallError::Unauthorized { .. }), "{body}: {error}");
    }
}

#[tokio::test]
async fn bad_tokens_are_reported_in_every_envelope() {
    let flat = r#"{"code":"unauthorized","message":"Unauthorized"}"#;
    let full = r#"{"error":{"message":"Unauthorized","code":"forbidden","fields":[]}}"#;
    for (status, body) in [(401, UNAUTHORIZED), (401, flat), (403, full)] {
        let error = created_with(canned(status, body)).await;
        let CallError::Unauthorized { status: reported, message } = &error else { panic!("{error}") };
        assert_eq!((*reported, message.as_str()), (status, "Unauthorized"));
        assert!(!error.is_outcome_unknown());
    }
    assert!(matches!(created_with(canned(401, "<html>")).await, CallError::Unauthorized { .. }));
}

#[tokio::test]
async fn a_refusal_is_definite_and_keeps_its_fields() {
    let error = created_with(canned(422, FULL_REFUSAL)).await;
    assert!(!error.is_outcome_unknown());
    let CallError::Refused { status, code, message, fields } = error else { panic!("{error}") };
    assert_eq!((status, code.as_str(), message.as_str()), (422, "wrong_total_amount", "Calculation Error"));
    let field =
        FieldError { name: "amount".to_owned(), code: "wrong_value".to_owned(), message: String::new() };
    assert_eq!(fields, [field]);
    let flat = created_with(canned(422, r#"{"code":"merchant_order_id_duplicate","message":"…"}"#)).await;
    assert!(flat.is_duplicate_number() && !flat.is_unit_price_refused());
    let short = canned(422, r#"{"error":{"code":"wrong_basket_item_amount_wo_vat","message":"…"}}"#);
    assert!(created_with(short).await.is_unit_price_refused());
}

#[test]
fn only_400_404_and_422_with_a_documented_error_are_final() {
    let error = |code: &str| format!(r#"{{"error":{{"message":"…","code":"{code}","fields":[]}}}}"#);
    let flat = |code: &str| format!(r#"{{"message":"…","code":"{code}"}}"#);
    let is_final =
        |status, body: &str| CallError::from_answer(status, None, body.as_bytes()).is_final_refusal();
    for (status, code) in
        [(400, "bad_request"), (404, "not_found"), (422, "validation"), (422, "wrong_order_status")]
    {
        assert!(is_final(status, &error(code)) && is_final(status, &flat(code)), "{status} {code}");
        assert!(!is_final(status, "<html>proxy</html>"), "{status} without their JSON");
        assert!(!is_final(status, r#"{"code":"#), "{status}, cut");
        assert!(!is_final(status, &error("quota_of_the_day")), "{status} with a code of no table");
        for other in [401, 402, 403, 405, 408, 409, 410, 418, 423, 425, 429, 451, 500, 502, 503, 504] {
            assert!(!is_final(other, &error(code)), "{other} {code}");
        }
    }
    assert!(
        is_final(400, r#"{"error":{"message":"Unable to decode JSON"}}"#),
        "400 has no code in the table"
    );
    assert!(!is_final(422, r#"{"error":{"message":"…"}}"#));
    assert!(!is_final(422, &error("merchant_order_id_duplicate")), "it proves that the refund exists");
}

#[test]
fn an_answer_of_any_kind_lets_the_order_be_read_at_once() {
    let answered = |status| CallError::from_answer(status, None, UNAUTHORIZED.as_bytes()).is_answered();
    for status in [401, 403, 404, 409, 422, 423, 500, 502] {
        assert!(answered(status), "{status}");
    }
    assert!(!answered(429), "they ask for a pause first");
    assert!(!CallError::TimedOut(Duration::from_secs(30)).is_answered());
    assert!(CallError::from_answer(403, None, b"").is_access_refused());
}

#[tokio::test]
async fn answers_that_prove_nothing_leave_a_write_unknown() {
    let cases = [
        canned(500, r#"{"error":{"message":"Internal","code":"internal"}}"#),
        canned(502, "<html><h1>502 Bad Gateway</h1></html>"),
        canned(503, UNAUTHORIZED),
        canned(408, UNAUTHORIZED),
        canned(404, "<html>proxy</html>"),
        canned(422, r#"{"error":{"message":"cut"#),
        canned(200, "<html>login</html>"),
        canned(200, ""),
        canned(200, r#"{"data":{"id":"AB-1","status":"created","paymentUrl":"https://pay.inv"#),
        canned(200, r#"{"data":{"id":"AB-1","status":"created"}}"#),
        canned(200, r#"{"data":null}"#),
        with_header(canned(307, ""), "location", "/elsewhere"),
    ];
    for answer in cases {
        let (status, _, body) = answer.clone();
        let error = created_with(answer).await;
        assert!(error.is_outcome_unknown(), "{status} {body}: {error}");
        assert!(matches!(error, CallError::Unknown { .. }), "{status} {body}: {error}");
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_a_write_unknown() {
    let stub = InvoiceboxStub::serving(|_| {
        let part = Ok(Bytes::from_static(br#"{"data":{"id":"AB-1","#));
        let broken = Err(std::io::Error::other("cable cut"));
        Some(axum::response::Response::new(Body::from_stream(futures::stream::iter([part, broken]))))
    })
    .await;
    assert!(create(&client(&stub.url)).await.expect_err("cut").is_outcome_unknown());
}

#[tokio::test]
async fn an_endless_body_is_given_up() {
    let stub =
        InvoiceboxStub::serving(|_| Some(axum::response::Response::new(Body::from(vec![b' '; 5 << 20]))))
            .await;
    let error = client(&stub.url).find_by_number("1").await.expect_err("too long");
    assert!(error.to_string().contains("4 MiB"), "{error}");
}

/// The error of a call that arrives and is never answered. Time is passed over once it has arrived; it must cost `budget`.
async fn unanswered<T: std::fmt::Debug>(
    stub: &InvoiceboxStub,
    budget: Duration,
    call: impl Future<Output = Result<T, CallError>>,
) -> CallError {
    let before = stub.received().len();
    let begun = Instant::now();
    let pass_over = async {
        while stub.received().len() == before {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::pause();
    };
    let (result, ()) = tokio::join!(call, pass_over);
    let spent = begun.elapsed();
    tokio::time::resume();
    assert!(spent >= budget && spent < budget + Duration::from_secs(1), "{spent:?} of {budget:?}");
    result.expect_err("silence")
}

#[tokio::test]
async fn a_silent_server_costs_the_budget_and_no_more() {
    let stub = InvoiceboxStub::serving(|_| None).await;
    let InvoiceboxLimits { read, write, .. } = settings(&stub.url).limits;
    let client = client(&stub.url);
    let error = unanswered(&stub, write, create(&client)).await;
    assert!(matches!(error, CallError::TimedOut(_)) && error.is_outcome_unknown(), "{error}");
    let error = unanswered(&stub, read, client.get_order("AB-1")).await;
    assert!(matches!(error, CallError::TimedOut(_)), "{error}");
    assert_eq!(stub.received().len(), 2, "nothing is repeated after a time-out");
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    // Bound, so that nobody else gets the port, and never listening.
    let deaf = tokio::net::TcpSocket::new_v4().expect("socket");
    deaf.bind(([127, 0, 0, 1], 0).into()).expect("port");
    let url = format!("http://{}", deaf.local_addr().expect("address"));
    let error = create(&client(&url)).await.expect_err("nobody listens");
    assert!(matches!(error, CallError::Unreachable { .. }), "{error}");
    assert!(!error.is_outcome_unknown() && !error.to_string().contains("secret-token"));
}

#[tokio::test]
async fn a_read_is_repeated_where_infrastructure_was_in_the_way() {
    for status in [408, 425, 503] {
        let good = canned(200, r#"{"data":{"id":"AB-1","status":"created"}}"#);
        let stub =
            InvoiceboxStub::answering(vec![canned(status, "busy"), canned(status, "busy"), good]).await;
        client(&stub.url).get_order("AB-1").await.expect("the third try");
        assert_eq!(stub.received().len(), 3);
        let stub = InvoiceboxStub::answering(vec![canned(status, "busy")]).await;
        client(&stub.url).get_order("AB-1").await.expect_err("three tries");
        assert_eq!(stub.received().len(), 3);
    }
    let stub = InvoiceboxStub::answering(vec![canned(500, "broken")]).await;
    client(&stub.url).get_order("AB-1").await.expect_err("not a passing failure");
    assert_eq!(stub.received().len(), 1);
}

#[tokio::test]
async fn too_many_requests_are_answered_with_the_pause_they_ask_for() {
    let busy = || canned(429, r#"{"error":{"message":"slow down","code":"limit"}}"#);
    let error = created_with(with_header(busy(), "retry-after", "7")).await;
    assert!(!error.is_outcome_unknown());
    assert!(
        matches!(error, CallError::RateLimited { retry_after: Some(pause) } if pause == Duration::from_secs(7))
    );
    let dated = with_header(busy(), "date", "Tue, 24 Nov 2026 09:15:00 GMT");
    let dated = with_header(dated, "retry-after", "Tue, 24 Nov 2026 09:15:09 GMT");
    let error = created_with(dated).await;
    assert!(
        matches!(error, CallError::RateLimited { retry_after: Some(pause) } if pause == Duration::from_secs(9))
    );
    assert!(matches!(created_with(busy()).await, CallError::RateLimited { retry_after: None }));

    let good = canned(200, r#"{"data":{"id":"AB-1","status":"created"}}"#);
    let stub = InvoiceboxStub::answering(vec![with_header(busy(), "retry-after", "0"), good]).await;
    client(&stub.url).get_order("AB-1").await.expect("the second try");
    let stub = InvoiceboxStub::answering(vec![with_header(busy(), "retry-after", "61")]).await;
    client(&stub.url).get_order("AB-1").await.expect_err("too long a pause");
    assert_eq!(stub.received().len(), 1);
}

#[tokio::test]
async fn a_read_follows_a_redirect() {
    let good = canned(200, r#"{"data":{"id":"AB-1","status":"created"}}"#);
    let stub =
        InvoiceboxStub::answering(vec![with_header(canned(307, ""), "location", "/elsewhere"), good]).await;
    client(&stub.url).get_order("AB-1").await.expect("followed");
    assert_eq!(stub.received()[1].uri.path(), "/elsewhere");
}

#[tokio::test]
async fn a_call_without_a_slot_is_given_up_unsent() {
    let stub = InvoiceboxStub::answering(vec![canned(200, r#"{"data":[]}"#)]).await;
    let mut settings = settings(&stub.url);
    settings.version = ApiVersion::L3;
    settings.limits.requests = 1;
    settings.limits.queue = Duration::from_millis(20);
    let client = InvoiceboxClient::new(settings).expect("client");
    assert_eq!(client.find_by_number("1").await.expect("a slot").len(), 0);
    let error = create(&client).await.expect_err("no slot");
    assert!(matches!(error, CallError::RateLimited { .. }) && !error.is_outcome_unknown());
    assert_eq!(stub.received().len(), 1);
    assert!(stub.received()[0].uri.path().starts_with("/l3/filter/"));
}
