//! The marketplace: accepted and refused shops, and their owners.

use serde_json::{Value, json};

use super::{API_TOKEN, EmulatorFixture, MERCHANT_ID, OTHER_MERCHANT_ID};

const SHOPS_PATH: &str = "v3/marketplace/api/shop";

async fn created(fixture: &EmulatorFixture, body: Value) -> i64 {
    let (status, answer) = fixture.call("POST", SHOPS_PATH, &body).await;
    assert_eq!(status, 200, "{answer}");
    answer["data"]["id"].as_i64().expect("an id")
}

fn failing(answer: &Value) -> Vec<&str> {
    let fields = answer["error"]["fields"].as_array().expect("fields");
    fields.iter().map(|field| field["name"].as_str().expect("a name")).collect()
}

#[tokio::test]
async fn a_shop_is_opened_and_then_placed() {
    let fixture = EmulatorFixture::new().await;
    let brand = created(&fixture, json!({ "title": "Север" })).await;
    let brand_path = format!("{SHOPS_PATH}/{brand}");
    assert_eq!(fixture.call("POST", &brand_path, &json!({ "type": "brand" })).await.0, 200);
    let id =
        created(&fixture, json!({ "title": "я".repeat(50), "brandId": brand, "merchantId": MERCHANT_ID }))
            .await;
    let place = json!({
        "type": "offline", "lat": 59.8267, "lon": -180, "shopUrl": "x".repeat(64), "registrationAddress": "Рязань",
    });
    let (status, answer) = fixture.call("POST", &format!("{SHOPS_PATH}/{id}"), &place).await;
    assert_eq!(status, 200, "{answer}");
    let shop = &answer["data"];
    assert_eq!(
        (&shop["id"], &shop["type"], &shop["brandId"]),
        (&json!(id), &json!("offline"), &json!(brand))
    );
    assert_eq!((&shop["lat"], &shop["lon"]), (&json!(59.8267), &json!(-180)));
    assert_eq!(shop["token"].as_str().map(str::len), Some(64));
    let shown = fixture.control(json!({ "shops": true }));
    assert_eq!(shown["shops"].as_array().map(Vec::len), Some(2));
    assert!(
        !shown.to_string().contains(shop["token"].as_str().expect("a token")),
        "a token is shown to its owner only"
    );
}

#[tokio::test]
async fn limits_are_those_of_the_service() {
    let fixture = EmulatorFixture::new().await;
    let too_long = json!({ "title": "я".repeat(51), "description": "я".repeat(2001), "merchantId": "short" });
    let (status, answer) = fixture.call("POST", SHOPS_PATH, &too_long).await;
    assert_eq!((status, failing(&answer)), (422, vec!["title", "description", "merchantId"]));
    assert_eq!(failing(&fixture.call("POST", SHOPS_PATH, &json!({})).await.1), ["title"]);
    let path = format!("{SHOPS_PATH}/{}", created(&fixture, json!({ "title": "АЗС" })).await);
    let wrong = json!({
        "shopUrl": "x".repeat(65), "type": "station", "registrationAddress": "я".repeat(201),
        "lat": 90.1, "lon": "-180.5",
    });
    let (status, answer) = fixture.call("POST", &path, &wrong).await;
    assert_eq!(status, 422);
    assert_eq!(failing(&answer), ["shopUrl", "type", "registrationAddress", "lat", "lon"]);
    let (status, answer) = fixture.call("POST", &path, &json!({ "brandId": 1 })).await;
    assert_eq!((status, failing(&answer)), (422, vec!["brandId"]));
    assert_eq!(fixture.call("PUT", &path, &json!({})).await.0, 405);
    assert_eq!(fixture.call("GET", SHOPS_PATH, &Value::Null).await.0, 405);
}

#[tokio::test]
async fn a_shop_belongs_to_who_made_it() {
    let fixture = EmulatorFixture::new().await;
    let path = format!("{SHOPS_PATH}/{}", created(&fixture, json!({ "title": "АЗС" })).await);
    let by = async |token, path: &str, body: &str| fixture.call_as(token, "POST", path, body).await.0;
    assert_eq!(by(Some("other"), &path, "{}").await, 403);
    assert_eq!(by(None, &path, "{}").await, 401);
    assert_eq!(by(Some(API_TOKEN), &format!("{SHOPS_PATH}/1"), "{}").await, 404);
    let foreign = json!({ "title": "АЗС", "merchantId": OTHER_MERCHANT_ID }).to_string();
    assert_eq!(by(Some(API_TOKEN), SHOPS_PATH, &foreign).await, 403);
}
