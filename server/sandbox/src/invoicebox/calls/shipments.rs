//! The calls on shipments. A shipment starts the closing documents and captures reserved money.

use std::time::Duration;

use serde_json::Value;

use super::orders::find;
use crate::invoicebox::{
    arithmetic::RefundVat,
    auth::Account,
    emulator::InvoiceboxSandbox,
    ledger::Shipment,
    notify::NotificationStart,
    order::OrderStatus,
    validate,
    wire::{self, ApiRefusal, JsonObject, text_of},
};

impl InvoiceboxSandbox {
    /// Ships a part of an order. Several shipments are allowed while their sum stays within it; `final` closes it.
    pub(crate) fn ship(&self, account: &Account, body: &JsonObject) -> Result<Value, ApiRefusal> {
        let request = validate::check(validate::SHIPMENT_FIELDS, body).map_err(ApiRefusal::validation)?;
        let now = self.now();
        let (answer, captured) = {
            let mut state = self.state();
            let order = find(&mut state, account, &text_of(&request, "orderId"), now)?;
            let reserved_until = match order.status {
                OrderStatus::Hold { until } => Some(until),
                OrderStatus::Completed { .. } => None,
                _ => return Err(ApiRefusal::wrong_status()),
            };
            if order.closed {
                return Err(ApiRefusal::wrong_status());
            }
            state.ledger.shippable(&order).check_part(
                &request,
                state.switches.profile,
                RefundVat::Available,
            )?;
            let is_final = request.get("final") == Some(&Value::Bool(true));
            let document_id = state.new_id(now);
            let answer = state
                .ledger
                .ship(Shipment {
                    id: 0,
                    order_id: order.id.clone(),
                    merchant_id: order.merchant_id.clone(),
                    created_at: now,
                    document_id,
                    request,
                    status: "draft",
                })
                .json();
            let capture_delay = Duration::from_secs(state.switches.capture_delay_s);
            let stored = state.order(&order.id, now).ok_or_else(ApiRefusal::not_found)?;
            stored.closed = is_final;
            if let Some(until) = reserved_until {
                stored.captured_at = Some(now + capture_delay);
                stored.refresh(now);
                stored.reserved_until = (!is_final).then_some(until);
            } else if is_final {
                stored.reserved_until = None;
            }
            (answer, reserved_until.filter(|_| capture_delay.is_zero()).map(|_| order.id))
        };
        if let Some(id) = captured {
            self.notify(&id, NotificationStart::AfterRedirect);
        }
        Ok(wire::single(answer))
    }

    /// The shipment of a finished document.
    pub(crate) fn shipment_of(&self, document_id: &str) -> Option<Value> {
        let now = self.now();
        let mut state = self.state();
        let switches = state.switches.clone();
        let made =
            |shipment: &&Shipment| shipment.document_id == document_id && shipment.status == "completed";
        state.ledger.shipments(&switches, now).find(made).map(Shipment::json)
    }

    pub(crate) fn shipments(&self, account: &Account, raw_query: &str) -> Result<Value, ApiRefusal> {
        let query = self.list_query::<Shipment>(raw_query)?;
        for merchant_id in query.merchant_ids() {
            account.require(merchant_id)?;
        }
        let now = self.now();
        let mut state = self.state();
        let switches = state.switches.clone();
        let rows = state.ledger.shipments(&switches, now).filter(|row| account.owns(&row.merchant_id));
        let (page, total) = query.page_of(rows.collect());
        let page = page.into_iter().map(Shipment::json).collect();
        Ok(wire::list(page, total, query.page, query.page_size))
    }
}
