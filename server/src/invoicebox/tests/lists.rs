//! Lists that are longer than a page, from servers that page in different ways.

use axum::http::Uri;
use serde_json::{Value, json};

use super::{InvoiceboxStub, canned, client};
use crate::invoicebox::{RefundStatus, Refundable, RefundableLine};
use domain::money::Kopecks;
use time::OffsetDateTime;

const ID: &str = "0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b";

/// How a server pages.
#[derive(Clone, Copy, Debug)]
enum Paging {
    /// As documented, and with fewer rows than asked for.
    Counted,
    /// Without `metaData`.
    Bare,
    /// `_page` is not known: always the whole list.
    None,
    /// Always the first page, and it says that there are more rows.
    Stuck,
}

/// A server whose lists at a path ending in `suffix` are these rows, at most `largest` a page.
async fn paged(rows: Vec<Value>, largest: usize, paging: Paging) -> InvoiceboxStub {
    InvoiceboxStub::with_requests(move |uri| {
        let asked = page_of(uri).unwrap_or(1);
        let page = match paging {
            Paging::Counted | Paging::Bare => asked,
            Paging::None | Paging::Stuck => 1,
        };
        let size = if matches!(paging, Paging::None) { rows.len().max(1) } else { largest };
        let shown: Vec<&Value> = rows.iter().skip((page - 1) * size).take(size).collect();
        let body = match paging {
            Paging::Counted | Paging::Stuck => {
                json!({"data": shown, "metaData": {"totalCount": rows.len(), "pageSize": size, "page": page}})
            }
            Paging::Bare | Paging::None => json!({ "data": shown }),
        };
        canned(200, &body.to_string())
    })
    .await
}

fn page_of(uri: &Uri) -> Option<usize> {
    uri.query()?.split('&').find_map(|pair| pair.strip_prefix("_page="))?.parse().ok()
}

fn refund(number: usize) -> Value {
    json!({"id": format!("r-{number}"), "parentId": ID, "merchantOrderId": format!("AZS12-000451-r{number}"),
           "status": "created", "amount": 1, "createdAt": "2026-11-24T09:15:00+00:00",
           "basketItems": [{"sku": "a92", "totalAmount": 1, "totalVatAmount": 0.18}]})
}

#[tokio::test]
async fn a_refund_on_a_later_page_is_found_and_an_absent_one_is_looked_for_on_all() {
    let rows: Vec<Value> = (1..=71).map(refund).collect();
    for largest in [20, 30, 50] {
        for paging in [Paging::Counted, Paging::Bare, Paging::None] {
            let stub = paged(rows.clone(), largest, paging).await;
            let client = client(&stub.url);
            let found = client.find_refund("AZS12-000451-r70").await.expect("a list").expect("the refund");
            assert_eq!(found.id, "r-70", "{paging:?} {largest}");
            let absent = client.find_refund("AZS12-000451-r99").await.expect("a list");
            assert_eq!(absent, None, "{paging:?} {largest}");
            assert_eq!(client.find_refunds(ID).await.expect("a list").len(), 71, "{paging:?} {largest}");
        }
    }
}

#[tokio::test]
async fn a_list_that_hides_a_part_of_itself_proves_no_absence() {
    let stub = paged((1..=71).map(refund).collect(), 30, Paging::Stuck).await;
    let error = client(&stub.url).find_refund("AZS12-000451-r70").await.expect_err("30 of 71");
    assert!(error.to_string().contains("30 of 71"), "{error}");
    let endless = InvoiceboxStub::with_requests(|uri| {
        let page = page_of(uri).unwrap_or(1);
        let rows: Vec<Value> = (page * 30..page * 30 + 30).map(refund).collect();
        canned(200, &json!({ "data": rows }).to_string())
    })
    .await;
    let mut settings = super::settings(&endless.url);
    settings.limits.requests = 1000;
    let client = super::InvoiceboxClient::new(settings).expect("client");
    assert!(client.find_refunds(ID).await.expect_err("no end").is_outcome_unknown());
}

#[tokio::test]
async fn the_refunds_of_an_order_are_told_apart_by_number_status_and_line() {
    let mut office = refund(2);
    office["merchantOrderId"] = json!("office-7");
    office["status"] = json!("completed");
    let mut gone = refund(3);
    gone["status"] = json!("cancelled");
    let mut foreign = refund(4);
    foreign["parentId"] = json!("another");
    let mut novel = refund(5);
    novel["status"] = json!("on_the_way");
    let stub = paged(vec![refund(1), office, gone, foreign, novel], 30, Paging::Counted).await;
    let found = client(&stub.url).find_refunds(&ID.to_ascii_uppercase()).await.expect("a list");
    let numbers: Vec<Option<&str>> = found.iter().map(|it| it.number.as_deref()).collect();
    let ours = |number: usize| format!("AZS12-000451-r{number}");
    assert_eq!(numbers, [Some(&*ours(1)), Some("office-7"), Some(&*ours(3)), Some(&*ours(5))]);
    let ends: Vec<bool> = found.iter().map(|it| it.status.is_final()).collect();
    assert_eq!(ends, [false, true, true, false]);
    assert_eq!(found[3].status, RefundStatus::Unknown("on_the_way".to_owned()));
    assert!(found[2].is_canceled() && !found[1].is_canceled());
    let at = OffsetDateTime::from_unix_timestamp(1_795_511_700).expect("in range");
    assert_eq!(found[0].created_at, Some(at));
    let line = &found[0].lines[0];
    assert_eq!((line.sku.as_str(), line.amount.get(), line.vat.map(Kopecks::get)), ("a92", 100, Some(18)));
    assert!(stub.received()[0].uri.query().is_some_and(|query| query.contains("parentId=")));
}

#[tokio::test]
async fn all_lines_that_may_be_returned_are_read_and_all_shipments() {
    let item = |n: usize| json!({"sku": format!("s{n}"), "totalAmount": 9, "availableAmount": 2});
    let stub = paged((0..75).map(item).collect(), 30, Paging::Counted).await;
    let left = client(&stub.url).refundable(ID).await.expect("lines");
    assert_eq!((left.lines.len(), left.total.get()), (75, 15_000));
    let shipment =
        |n: usize| json!({"id": n, "orderId": ID, "documentNumber": format!("D-{n}"), "amount": 1});
    let stub = paged((0..61).map(shipment).collect(), 20, Paging::Bare).await;
    assert_eq!(client(&stub.url).shipments(ID).await.expect("a list").len(), 61);
}

#[tokio::test]
async fn orders_beyond_the_first_page_are_read_by_number_and_by_id() {
    let ids: Vec<String> = (0..45).map(|n| format!("AB-{n}")).collect();
    let rows: Vec<Value> =
        ids.iter().map(|id| json!({"id": id, "status": "created", "merchantOrderId": "7"})).collect();
    let stub = paged(rows, 20, Paging::Counted).await;
    let client = client(&stub.url);
    assert_eq!(client.find_by_number("7").await.expect("a list").len(), 45);
    let found = client.orders_by_ids(&ids).await.expect("a list");
    assert_eq!((found.orders.len(), found.is_filter_ignored), (45, false));
    let page = client.canceled_of(OffsetDateTime::UNIX_EPOCH, 1).await.expect("a page");
    assert!(!page.is_last, "20 of 45, though fewer than asked for");
    assert!(client.canceled_of(OffsetDateTime::UNIX_EPOCH, 3).await.expect("a page").is_last);
}

#[tokio::test]
async fn plain_items_are_reduced_by_the_refunds_line_by_line() {
    let item =
        |sku: &str, total: f64, vat: f64| json!({"sku": sku, "totalAmount": total, "totalVatAmount": vat});
    let items = vec![item("a92", 100.0, 18.03), item("MILK", 50.0, 4.55)];
    let part =
        |sku: &str, total: f64, vat: f64| json!({"sku": sku, "totalAmount": total, "totalVatAmount": vat});
    let back = |id: &str, status: &str, amount: f64, lines: Value| json!({"id": id, "parentId": ID, "status": status, "amount": amount, "basketItems": lines});
    let read = |refunds: Vec<Value>| {
        let items = items.clone();
        async move {
            let stub = InvoiceboxStub::with_requests(move |uri| {
                let rows = if uri.path().ends_with("refund-basket-item") { &items } else { &refunds };
                canned(200, &json!({"data": rows, "metaData": {"totalCount": rows.len()}}).to_string())
            })
            .await;
            client(&stub.url).refundable(ID).await.expect("lines")
        }
    };
    let line = |sku: &str, available: i64, vat: i64| RefundableLine {
        sku: sku.to_owned(),
        available: Kopecks::new(available),
        available_vat: Some(Kopecks::new(vat)),
    };
    let whole = Refundable {
        lines: vec![line("a92", 10_000, 1803), line("MILK", 5_000, 455)],
        total: Kopecks::new(15_000),
        is_exact: false,
    };
    assert_eq!(read(vec![]).await, whole);
    assert_eq!(read(vec![back("r-1", "canceled", 50.0, json!([part("MILK", 50.0, 4.55)]))]).await, whole);
    let left = read(vec![
        back("r-1", "completed", 20.0, json!([part("MILK", 20.0, 1.82)])),
        back("r-2", "created", 30.0, json!([part("MILK", 30.0, 2.73)])),
    ])
    .await;
    assert_eq!(left.line("MILK"), Some(&line("MILK", 0, 0)));
    assert_eq!((left.line("a92"), left.total.get()), (Some(&line("a92", 10_000, 1803)), 10_000));
    let unshown = read(vec![back("r-1", "created", 20.0, Value::Null)]).await;
    assert_eq!(unshown.total.get(), 13_000, "a refund that does not show its lines counts in all");
    assert_eq!(left.line("UNKNOWN"), None);
}
