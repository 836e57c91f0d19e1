//! The marketplace: what it takes, what it refuses, whose a shop is.

use serde_json::{Value, json};

use super::{MERCHANT, OTHER, TOKEN, World};

const SHOPS: &str = "v3/marketplace/api/shop";

async fn created(world: &World, body: Value) -> i64 {
    let (status, answer) = world.call("POST", SHOPS, &body).await;
    assert_eq!(status, 200, "{answer}");
    answer["data"]["id"].as_i64().expect("an id")
}

fn failing(answer: &Value) -> Vec<&str> {
    let fields = answer["error"]["fields"].as_array().expect("fields");
    fields.iter().map(|field| field["name"].as_str().expect("a name")).collect()
}

#[tokio::test]
async fn a_shop_is_opened_and_then_placed() {
    let world = World::new().await;
    let brand = created(&world, json!({ "title": "Север" })).await;
    let brand_path = format!("{SHOPS}/{brand}");
    assert_eq!(world.call("POST", &brand_path, &json!({ "type": "brand" })).await.0, 200);
    let id =
        created(&world, json!({ "title": "я".repeat(50), "brandId": brand, "merchantId": MERCHANT })).await;
    let place = json!({
        "type": "offline", "lat": 59.8267, "lon": -180, "shopUrl": "x".repeat(64), "registrationAddress": "Рязань",
    });
    let (status, answer) = world.call("POST", &format!("{SHOPS}/{id}"), &place).await;
    assert_eq!(status, 200, "{answer}");
    let shop = &answer["data"];
    assert_eq!(
        (&shop["id"], &shop["type"], &shop["brandId"]),
        (&json!(id), &json!("offline"), &json!(brand))
    );
    assert_eq!((&shop["lat"], &shop["lon"]), (&json!(59.8267), &json!(-180)));
    assert_eq!(shop["token"].as_str().map(str::len), Some(64));
    let shown = world.control(json!({ "shops": true }));
    assert_eq!(shown["shops"].as_array().map(Vec::len), Some(2));
    assert!(
        !shown.to_string().contains(shop["token"].as_str().expect("a token")),
        "a token is nobody else's"
    );
}

#[tokio::test]
async fn limits_are_those_of_the_service() {
    let world = World::new().await;
    let too_long = json!({ "title": "я".repeat(51), "description": "я".repeat(2001), "merchantId": "short" });
    let (status, answer) = world.call("POST", SHOPS, &too_long).await;
    assert_eq!((status, failing(&answer)), (422, vec!["title", "description", "merchantId"]));
    assert_eq!(failing(&world.call("POST", SHOPS, &json!({})).await.1), ["title"]);
    let path = format!("{SHOPS}/{}", created(&world, json!({ "title": "АЗС" })).await);
    let wrong = json!({
        "shopUrl": "x".repeat(65), "type": "station", "registrationAddress": "я".repeat(201),
        "lat": 90.1, "lon": "-180.5",
    });
    let (status, answer) = world.call("POST", &path, &wrong).await;
    assert_eq!(status, 422);
    assert_eq!(failing(&answer), ["shopUrl", "type", "registrationAddress", "lat", "lon"]);
    let (status, answer) = world.call("POST", &path, &json!({ "brandId": 1 })).await;
    assert_eq!((status, failing(&answer)), (422, vec!["brandId"]));
    assert_eq!(world.call("PUT", &path, &json!({})).await.0, 405);
    assert_eq!(world.call("GET", SHOPS, &Value::Null).await.0, 405);
}

#[tokio::test]
async fn a_shop_belongs_to_who_made_it() {
    let world = World::new().await;
    let path = format!("{SHOPS}/{}", created(&world, json!({ "title": "АЗС" })).await);
    let by = async |token, path: &str, body: &str| world.call_as(token, "POST", path, body).await.0;
    assert_eq!(by(Some("other"), &path, "{}").await, 403);
    assert_eq!(by(None, &path, "{}").await, 401);
    assert_eq!(by(Some(TOKEN), &format!("{SHOPS}/1"), "{}").await, 404);
    let foreign = json!({ "title": "АЗС", "merchantId": OTHER }).to_string();
    assert_eq!(by(Some(TOKEN), SHOPS, &foreign).await, 403);
}
