//! Texts of others that are written to be code: on every page and print-out they are texts.

use reqwest::Method;
use serde_json::{Value, json};
use test_support::{TestServer, draft, fuel_sale, on_both_databases};

on_both_databases! {
    a_hostile_name_is_a_text_on_every_page,
    characters_that_are_not_seen_stay_outside,
}

/// Leads customers away wherever it is not escaped, and ends a title, an attribute and a script.
const HOSTILE: &str = "</title></script>\"'><meta http-equiv=refresh content=0;url=//evil.example>&lt;";

async fn a_hostile_name_is_a_text_on_every_page(server: TestServer) {
    let (status, mut station) = server.erp_get("stations/sever-12").await;
    assert_eq!(status, 200, "{station}");
    for field in ["name", "brand", "address"] {
        station[field] = json!(HOSTILE);
    }
    for goods in station["goods"].as_array_mut().into_iter().flatten() {
        goods["name"] = json!(HOSTILE);
    }
    let (status, answer) = server.erp(Method::PUT, "stations/sever-12", &station).await;
    assert_eq!(status, 200, "{answer}");
    let mut draft = draft();
    draft["customer"]["name"] = json!(HOSTILE);
    let placed = server.place_order(&draft).await;
    let sold = server.sell(&fuel_sale()).await;
    let pages = [
        "/".to_owned(),
        "/?view=map".to_owned(),
        format!("/?q={HOSTILE}"),
        "/stations/sever-12".to_owned(),
        "/stations/sever-12?pump=4".to_owned(),
        format!("/stations/{}", HOSTILE.replace('/', "%2F")),
        "/stations/sever-12/confirm".to_owned(),
        format!("/orders/{}", placed.order_id),
        "/operator".to_owned(),
        format!("/api/erp/v1/orders/{}/precheck", sold.order_id),
    ];
    let mut shown = 0;
    for page in &pages {
        let bearer = format!("Bearer {}", test_support::ERP_TOKEN);
        let headers = [("authorization", bearer.as_str())];
        let html = server.send(Method::GET, page, &headers, "").await.text().await.unwrap();
        assert!(!html.contains("<meta http-equiv=refresh"), "{page}: {html}");
        assert!(!html.contains("\"'><"), "{page}");
        shown += usize::from(html.contains("evil.example"));
    }
    assert!(shown >= 5, "the texts are shown on {shown} of {} pages", pages.len());
    let (_, list) = server.erp_get(&format!("orders?number={}", sold.view.number)).await;
    assert_eq!(list["orders"][0]["view"]["station"]["name"], Value::from(HOSTILE), "nothing of it is lost");
}

async fn characters_that_are_not_seen_stay_outside(server: TestServer) {
    let (_, mut station) = server.erp_get("stations/sever-12").await;
    station["name"] = json!("АЗС\u{200b} Север\u{202e} 12\r\n");
    station["goods"][0]["name"] = json!("Кофе\u{2066}");
    let (status, answer) = server.erp(Method::PUT, "stations/sever-12", &station).await;
    assert_eq!(status, 200, "{answer}");
    let (_, stored) = server.erp_get("stations/sever-12").await;
    assert_eq!((&stored["name"], &stored["goods"][0]["name"]), (&json!("АЗС Север 12"), &json!("Кофе")));
    for (field, path) in
        [("/customer/name", "draft.customer.name"), ("/vehicle/driver", "draft.vehicle.driver")]
    {
        let mut draft = draft();
        draft["vehicle"] =
            json!({ "plate": null, "driver": "Иванов", "odometer_km": null, "cost_centre": null });
        *draft.pointer_mut(field).unwrap() = json!("ООО \u{202e}Ромашка");
        let (status, refused) = server.try_place(&draft).await;
        assert_eq!((status, &refused["error"]["details"]["field"]), (400, &json!(path)), "{refused}");
    }
}
