//! Filters, sorting and paging.

use serde_json::{Value, json};

use super::{EmulatorFixture, MERCHANT_ID, OTHER_MERCHANT_ID};

async fn numbers(fixture: &EmulatorFixture, query: &str) -> Vec<String> {
    let (status, answer) =
        fixture.call("GET", &format!("v3/filter/api/order/order?{query}"), &Value::Null).await;
    assert_eq!(status, 200, "{query}: {answer}");
    let rows = answer["data"].as_array().unwrap();
    rows.iter().map(|row| row["merchantOrderId"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn orders_are_found_by_filter_in_every_spelling() {
    let fixture = EmulatorFixture::new().await;
    for number in ["A-1", "A-2", "B-3"] {
        fixture.order(&fixture.draft(number)).await;
    }
    fixture.control(json!({"order": {"merchantOrderId": "A-2", "action": "pay"}}));
    for (query, expected) in [
        ("", vec!["A-1", "A-2", "B-3"]),
        ("merchantOrderId=A-2&_pageSize=2", vec!["A-2"]),
        ("merchantOrderId%5B_eq%5D=A-2", vec!["A-2"]),
        ("status=completed", vec!["A-2"]),
        ("status[_ne]=completed", vec!["A-1", "B-3"]),
        ("status[]=created&status[]=completed", vec!["A-1", "A-2", "B-3"]),
        ("status[0]=completed&status[1]=hold", vec!["A-2"]),
        ("status=completed&status=created", vec!["A-1", "B-3"]),
        ("merchantOrderId[_start]=A", vec!["A-1", "A-2"]),
        ("amount[_ge]=2900.96", vec!["A-1", "A-2", "B-3"]),
        ("amount[_gt]=2900.96", vec![]),
        ("createdAt[_ge]=2001-01-01T00:00:00", vec!["A-1", "A-2", "B-3"]),
        ("createdAt[_lt]=2001-01-01T00:00:00%2B03:00", vec![]),
        ("paidAt[_ge]=2001-01-01", vec!["A-2"]),
        ("_order[merchantOrderId]=desc", vec!["B-3", "A-2", "A-1"]),
        ("_page=2&_pageSize=2&page=1&pageSize=30", vec!["B-3"]),
        ("page=2&pageSize=2", vec!["B-3"]),
        ("nonsense=1", vec!["A-1", "A-2", "B-3"]),
    ] {
        assert_eq!(numbers(&fixture, query).await, expected, "{query}");
    }
    let (_, answer) = fixture.call("GET", "v3/filter/api/order/order?_pageSize=2", &Value::Null).await;
    assert_eq!(answer["metaData"], json!({"totalCount": 3, "pageSize": 2, "page": 1}));
}

#[tokio::test]
async fn malformed_filters_are_refused() {
    let fixture = EmulatorFixture::new().await;
    for query in [
        "_page=0",
        "_pageSize=x",
        "_order=createdAt:desc",
        "_order[createdAt]=down",
        "createdAt[_ge]=yesterday",
        "createdAt[_ge]=2026-11-01T00:00:00+03:00",
        "status[eq]=created",
    ] {
        let (status, answer) =
            fixture.call("GET", &format!("v3/filter/api/order/order?{query}"), &Value::Null).await;
        assert_eq!((status, &answer["error"]["code"]), (422, &json!("wrong_filter_format")), "{query}");
    }
    let foreign = format!("v3/filter/api/order/order?merchantId={OTHER_MERCHANT_ID}");
    assert_eq!(fixture.call("GET", &foreign, &Value::Null).await.0, 403);
    let own = format!("v3/filter/api/order/order?merchantId={MERCHANT_ID}");
    assert_eq!(fixture.call("GET", &own, &Value::Null).await.0, 200);
}
