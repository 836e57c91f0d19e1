//! A payment link that leads elsewhere than to Invoicebox reaches nobody: no answer, no page, no QR code.

use domain::order::{Reason, Status};
use test_support::{
    DatabaseKind, ErrorBody, InvoiceboxDouble, RecordedWrite, TestServer, goods_draft, until,
};

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_whose_link_leads_elsewhere_is_withdrawn_and_shown_to_nobody() {
    // Its links lead to pay.invoicebox.ru, which this network does not name.
    let invoicebox = InvoiceboxDouble::open().await;
    let variables = [
        ("INVOICEBOX_API_URL", invoicebox.url.as_str()),
        ("KOLONKA_PAYMENT_ORIGINS", "https://pay.example.ru"),
    ];
    let server = TestServer::start_with(DatabaseKind::Sqlite, &variables).await;
    let (status, refused) = server.try_place(&goods_draft()).await;
    assert_eq!((status, ErrorBody::of(&refused).code), (502, "payment_provider_error"), "{refused}");
    assert!(refused["error"]["message"].as_str().unwrap().contains("ведёт не в Инвойсбокс"), "{refused}");
    assert_eq!(refused["error"]["details"]["order_failed"], true);
    let (_, listed) = server.erp_get("orders").await;
    let id = listed["orders"][0]["view"]["id"].as_str().unwrap().to_owned();
    let order = server.stored(&id).await;
    assert_eq!((order.status, order.reason), (Status::Failed, Some(Reason::LinkRefused)));
    assert_eq!(order.invoice.unwrap().payment_url, "");
    let shown = server.order(&id).await.json;
    assert_eq!(
        (&shown["payment_url"], &shown["reason"]),
        (&serde_json::Value::Null, &"payment_link_refused".into())
    );
    until("the invoice is withdrawn", || async {
        invoicebox
            .recorded_writes()
            .iter()
            .any(|write| matches!(write, RecordedWrite::Canceled(_)))
            .then_some(())
    })
    .await;
}
