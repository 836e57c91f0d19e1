//! The pre-check: what a phone reads from it, and what it shows when there is nothing to pay any more.

use reqwest::Method;
use serde_json::{Value, json};

use test_support::{
    ERP_TOKEN, ErrorBody, TestServer, fuel_sale, lines_sale, on_both_databases, sale, scan_png, scan_svg,
    until,
};

on_both_databases! {
    phones_read_exactly_the_payment_link,
    the_page_lists_everything_that_is_sold,
    a_paid_order_has_no_code_any_more,
    a_changed_or_cancelled_order_says_so,
    an_expired_order_says_so,
}

async fn precheck(server: &TestServer, id: &str) -> String {
    let (status, html) = server.erp_text(Method::GET, &format!("orders/{id}/precheck"), &Value::Null).await;
    assert_eq!(status, 200, "{html}");
    html
}

async fn phones_read_exactly_the_payment_link(server: TestServer) {
    let placed = server.sell(&fuel_sale()).await;
    let (id, link) = (placed.order_id.as_str(), placed.payment_url.as_str());
    let shown = scan_svg(&precheck(&server, id).await);
    assert_eq!(shown.len(), 1);
    // 0 are the format bits of level M.
    assert_eq!((shown[0].text.as_str(), shown[0].correction), (link, 0));
    let bearer = format!("Bearer {ERP_TOKEN}");
    let headers = [("authorization", bearer.as_str())];
    let svg = server.send(Method::GET, placed.json["qr_svg_url"].as_str().unwrap(), &headers, "").await;
    assert_eq!(svg.headers()["content-type"], "image/svg+xml");
    assert_eq!(scan_svg(&svg.text().await.unwrap())[0].text, link);
    let png = server.send(Method::GET, &format!("/api/erp/v1/orders/{id}/qr.png"), &headers, "").await;
    assert_eq!(png.headers()["content-type"], "image/png");
    assert_eq!(scan_png(&png.bytes().await.unwrap()).text, link);
    for path in ["precheck", "qr.svg", "qr.png"] {
        let refused = server.get(&format!("/api/erp/v1/orders/{id}/{path}")).await;
        assert_eq!(refused.status(), 401, "{path} is not for everybody");
    }
}

async fn the_page_lists_everything_that_is_sold(server: TestServer) {
    let mut order = fuel_sale();
    order["items"] = json!([{
        "name": "Щётка <b>\"5 л\"</b>", "kind": "goods", "price_kopecks": 45_000, "quantity_centi": 100,
        "measure_code": "796", "vat": "RUS_VAT22"
    }]);
    let placed = server.sell(&order).await;
    let id = placed.order_id.as_str();
    let bearer = format!("Bearer {ERP_TOKEN}");
    let path = format!("/api/erp/v1/orders/{id}/precheck");
    let answer = server.send(Method::GET, &path, &[("authorization", &bearer)], "").await;
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    let html = answer.text().await.unwrap();
    let number = placed.view.number.as_str();
    let spoken = format!("№\u{a0}{}\u{a0}{}", &number[..number.len() - 3], &number[number.len() - 3..]);
    for part in [
        spoken.as_str(),
        "АЗС «Север» № 12 · колонка 4",
        "37,41\u{a0}л × 74,35\u{a0}₽",
        "2\u{a0}781,43\u{a0}₽",
        "Щётка &lt;b&gt;&quot;5 л&quot;&lt;/b&gt;",
        "3\u{a0}231,43\u{a0}₽",
        "В т.ч. НДС",
        "582,72\u{a0}₽",
        "Ждём оплату…",
        "size:80mm",
        "data-print=\"yes\"",
        "window.print()",
    ] {
        assert!(html.contains(part), "{part:?} in {html}");
    }
    let nonce = policy.split("script-src 'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    for tag in ["<script", "<style"] {
        assert_eq!(
            html.matches(tag).count(),
            html.matches(&format!("{tag} nonce=\"{nonce}\"")).count(),
            "{tag}"
        );
    }
    assert!(!html.contains("style=\"") && !html.contains("http://cdn"), "nothing that the policy forbids");
    let again = server.send(Method::GET, &path, &[("authorization", &bearer)], "").await;
    assert!(
        !again.headers()["content-security-policy"].to_str().unwrap().contains(nonce),
        "a nonce is used once"
    );
    let (_, quiet) =
        server.erp_text(Method::GET, &format!("orders/{id}/precheck?print=no"), &Value::Null).await;
    assert!(quiet.contains("data-print=\"no\""));
}

async fn a_paid_order_has_no_code_any_more(server: TestServer) {
    let id = &server.paid_sale(&lines_sale()).await.order_id;
    let html = precheck(&server, id).await;
    assert!(html.contains("Оплачено, ") && scan_svg(&html).is_empty(), "{html}");
    assert!(html.contains("data-print=\"no\""), "what is paid is not printed by itself");
    for path in ["qr.svg", "qr.png"] {
        let (status, answer) = server.erp_get(&format!("orders/{id}/{path}")).await;
        assert_eq!((status, ErrorBody::of(&answer).code), (409, "conflict"), "{answer}");
    }
}

async fn a_changed_or_cancelled_order_says_so(server: TestServer) {
    let order = fuel_sale();
    let placed = server.sell(&order).await;
    let id = placed.order_id.as_str();
    assert_eq!(server.erp_post(&format!("orders/{id}/cancel"), &Value::Null).await.0, 200);
    let html = precheck(&server, id).await;
    assert!(html.contains("Отменён") && scan_svg(&html).is_empty(), "{html}");

    let base = order["external_id"].as_str().unwrap();
    let suffixed = format!("{base}-2");
    let changed = sale(json!({ "external_id": suffixed, "items": [{ "sku": "washer-20" }] }));
    let second = server.sell(&changed).await;
    let html = precheck(&server, id).await;
    let number: i64 = second.view.number.parse().unwrap();
    let spoken = format!("№\u{a0}{}\u{a0}{:03}", number / 1000, number % 1000);
    assert!(html.contains("Состав изменён") && html.contains(&spoken), "{html}");

    let id = second.order_id.as_str();
    assert_eq!(server.erp_post(&format!("orders/{id}/cancel"), &Value::Null).await.0, 200);
    server
        .sell(&sale(json!({ "external_id": format!("{base}-3"), "items": [{ "sku": "washer-20" }] })))
        .await;
    assert!(precheck(&server, id).await.contains("Состав изменён"));
}

async fn an_expired_order_says_so(server: TestServer) {
    let placed = server.sell(&lines_sale()).await;
    let id = placed.order_id.as_str();
    server.control(json!({ "clock": { "advance_s": 1860 } })).await;
    server.wait_for_status(id, "expired").await;
    let html = until("the page", || async { Some(precheck(&server, id).await) }).await;
    assert!(html.contains("Срок вышел") && scan_svg(&html).is_empty(), "{html}");
}
