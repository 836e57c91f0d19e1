//! The control call: sets the switches of [`super::switches`] and changes orders.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    api_route::ApiRoute,
    arithmetic::{Profile, RefundVat},
    auth::TestToken,
    emulator::InvoiceboxSandbox,
    faults::CallFault,
    latency::Latency,
    ledger::RefundStatus,
    limits::{Limits, RequestWindows},
    notification::NotificationFault,
    notify::NotificationStart,
    office::OfficeControl,
    order::{Instrument, OrderStatus},
    socket::SocketControl,
    wire::{ErrorShape, JsonObject},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Control {
    latency_ms: Option<u64>,
    latency_jitter_ms: Option<u64>,
    latency_by_route: Option<BTreeMap<ApiRoute, Latency>>,
    hang_ms: Option<u64>,
    error_shape: Option<ErrorShape>,
    profile: Option<Profile>,
    require_user_agent: Option<bool>,
    duplicates_allowed: Option<Vec<String>>,
    merchants: Option<Vec<String>>,
    tokens: Option<Vec<TestToken>>,
    delete_answers_null: Option<bool>,
    unprocessable_merchants: Option<Vec<String>>,
    cancel_needs_shipping_unavailable: Option<bool>,
    shipping_control: Option<bool>,
    hold_minutes: Option<u64>,
    capture_delay_s: Option<u64>,
    shipment_pending_s: Option<u64>,
    shipment_completed_s: Option<u64>,
    refund_minutes: Option<u64>,
    refunds_without_lines: Option<bool>,
    plain_refund_items: Option<bool>,
    whole_guarantees: Option<bool>,
    refund_vat: Option<RefundVat>,
    max_page_size: Option<usize>,
    ignored_filters: Option<Vec<String>>,
    notifications: Option<NotificationControl>,
    limits: Option<Limits>,
    fail_next: Option<Vec<CallFault>>,
    #[serde(default)]
    reset: bool,
    order: Option<OrderControl>,
    office: Option<OfficeControl>,
    refund: Option<RefundControl>,
    test_notification: Option<TestControl>,
    websocket: Option<SocketControl>,
    seed: Option<u8>,
    #[serde(default)]
    log: bool,
    #[serde(default)]
    shops: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NotificationControl {
    delay_ms: Option<u64>,
    timeout_ms: Option<u64>,
    time_factor: Option<u32>,
    webhook: Option<bool>,
    fail_next: Option<Vec<NotificationFault>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct OrderControl {
    id: Option<String>,
    merchant_order_id: Option<String>,
    action: OrderAction,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RefundControl {
    id: Option<String>,
    merchant_order_id: Option<String>,
    status: RefundEnd,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RefundEnd {
    Completed,
    Canceled,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct TestControl {
    merchant_order_id: Option<String>,
    merchant_id: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OrderAction {
    Pay,
    Guarantee,
    Hold,
    Capture,
    Cancel,
    Restore,
    Expire,
}

impl InvoiceboxSandbox {
    /// Sets switches and carries out actions; the keys are described at the head of [`super::switches`].
    /// Answers `{"knobs":{…}}`, with `"order"` after an order action and `"log"` on demand.
    /// Must be called within a Tokio runtime, since notifications are sent in the background.
    ///
    /// # Errors
    /// A sentence about the first key that is wrong. An unknown key changes nothing; a refused action on an order leaves
    /// the switches of the same call set.
    pub fn control(&self, request: Value) -> Result<Value, String> {
        let control: Control = serde_json::from_value(request).map_err(|error| error.to_string())?;
        {
            let mut state = self.state();
            if control.reset {
                state.reset();
            }
            if control.limits.is_some() {
                state.windows = RequestWindows::default();
            }
        }
        let mut answer = JsonObject::new();
        self.set_switches(&control);
        if let Some(count) = control.seed {
            answer.insert("seed".to_owned(), self.seed(count)?);
        }
        if let Some(order) = &control.order {
            answer.insert("order".to_owned(), self.apply_to_order(order)?);
        }
        if let Some(office) = &control.office {
            let id =
                self.target(office.id.as_ref(), office.merchant_order_id.as_ref()).ok_or("no such order")?;
            answer.insert("office".to_owned(), self.act_in_office(&id, office)?);
        }
        if let Some(refund) = &control.refund {
            let id = self.refund_target(refund).ok_or("no such refund")?;
            let status = match refund.status {
                RefundEnd::Completed => RefundStatus::Completed,
                RefundEnd::Canceled => RefundStatus::Canceled,
            };
            answer.insert("refund".to_owned(), self.set_refund(&id, status)?);
        }
        if let Some(test) = control.test_notification {
            let first = self.merchants().into_iter().next();
            let merchant_id = test.merchant_id.or(first).ok_or("no merchant to name")?;
            self.notify_test(&merchant_id, json!(test.merchant_order_id));
        }
        if let Some(sockets) = &control.websocket {
            answer.insert("websocket".to_owned(), self.control_sockets(sockets));
        }
        let state = self.state();
        answer.insert("knobs".to_owned(), json!(state.switches));
        if control.log {
            answer.insert("log".to_owned(), state.log());
        }
        if control.shops {
            answer.insert("shops".to_owned(), state.shops.json());
        }
        Ok(Value::Object(answer))
    }

    fn set_switches(&self, control: &Control) {
        fn set<T: Clone>(switch: &mut T, to: &Option<T>) {
            if let Some(to) = to {
                switch.clone_from(to);
            }
        }
        let mut state = self.state();
        let switches = &mut state.switches;
        set(&mut switches.latency_ms, &control.latency_ms);
        set(&mut switches.latency_jitter_ms, &control.latency_jitter_ms);
        set(&mut switches.latency_by_route, &control.latency_by_route);
        set(&mut switches.hang_ms, &control.hang_ms);
        set(&mut switches.error_shape, &control.error_shape);
        set(&mut switches.profile, &control.profile);
        set(&mut switches.require_user_agent, &control.require_user_agent);
        set(&mut switches.merchants, &control.merchants);
        set(&mut switches.tokens, &control.tokens);
        set(&mut switches.delete_answers_null, &control.delete_answers_null);
        set(&mut switches.duplicates_allowed, &control.duplicates_allowed);
        set(&mut switches.unprocessable_merchants, &control.unprocessable_merchants);
        set(&mut switches.cancel_needs_shipping_unavailable, &control.cancel_needs_shipping_unavailable);
        set(&mut switches.shipping_control, &control.shipping_control);
        set(&mut switches.hold_minutes, &control.hold_minutes);
        set(&mut switches.capture_delay_s, &control.capture_delay_s);
        set(&mut switches.shipment_pending_s, &control.shipment_pending_s);
        set(&mut switches.shipment_completed_s, &control.shipment_completed_s);
        set(&mut switches.refund_minutes, &control.refund_minutes);
        set(&mut switches.refunds_without_lines, &control.refunds_without_lines);
        set(&mut switches.plain_refund_items, &control.plain_refund_items);
        set(&mut switches.whole_guarantees, &control.whole_guarantees);
        set(&mut switches.refund_vat, &control.refund_vat);
        set(&mut switches.max_page_size, &control.max_page_size);
        set(&mut switches.ignored_filters, &control.ignored_filters);
        set(&mut switches.limits, &control.limits);
        append(&mut switches.fail_next, &control.fail_next);
        if let Some(to) = &control.notifications {
            set(&mut switches.notifications.delay_ms, &to.delay_ms);
            set(&mut switches.notifications.timeout_ms, &to.timeout_ms);
            set(&mut switches.notifications.time_factor, &to.time_factor);
            set(&mut switches.notifications.webhook, &to.webhook);
            append(&mut switches.notifications.fail_next, &to.fail_next);
        }
    }

    fn apply_to_order(&self, control: &OrderControl) -> Result<Value, String> {
        let now = self.now();
        let id =
            self.target(control.id.as_ref(), control.merchant_order_id.as_ref()).ok_or("no such order")?;
        let announced = {
            let mut state = self.state();
            let hold_until = state.hold_until(now);
            let container_id =
                state.order(&id, now).map(|order| order.container_id.clone()).unwrap_or_default();
            let paid = |by| OrderStatus::Completed { at: now, by };
            let settled = match control.action {
                OrderAction::Pay => Some(paid(Instrument::Money)),
                OrderAction::Guarantee => Some(paid(Instrument::Guarantee)),
                OrderAction::Hold => Some(OrderStatus::Hold { until: hold_until }),
                OrderAction::Capture | OrderAction::Cancel | OrderAction::Restore | OrderAction::Expire => {
                    None
                }
            };
            match (settled, control.action) {
                (Some(status), _) => {
                    state.settle(&container_id, status, now).map_err(|refusal| refusal.message)?
                }
                (None, OrderAction::Expire) => {
                    state.expire(&container_id, now);
                    Vec::new()
                }
                (None, action) => {
                    let order = state.order(&id, now).ok_or("no such order")?;
                    order.status = match (action, order.status) {
                        (OrderAction::Capture, OrderStatus::Hold { .. })
                        | (OrderAction::Restore, OrderStatus::Canceled) => paid(Instrument::Money),
                        (OrderAction::Cancel, OrderStatus::Expired | OrderStatus::Canceled)
                        | (OrderAction::Capture | OrderAction::Restore, _) => {
                            return Err(format!(
                                "not possible for an order that is {}",
                                order.status.as_str()
                            ));
                        }
                        _ => OrderStatus::Canceled,
                    };
                    vec![id.clone()]
                }
            }
        };
        if matches!(control.action, OrderAction::Hold) {
            self.watch_reserves(&announced);
        }
        for id in &announced {
            self.notify(id, NotificationStart::AfterRedirect);
        }
        let mut state = self.state();
        Ok(state.order(&id, now).map_or(Value::Null, |order| order.json(&self.settings().public_url)))
    }

    fn target(&self, id: Option<&String>, number: Option<&String>) -> Option<String> {
        if let Some(id) = id {
            return Some(id.clone());
        }
        let number = number?;
        let merchants = self.merchants();
        let state = self.state();
        merchants.iter().filter_map(|merchant| state.ids_of_number(merchant, number).pop()).max()
    }
}

impl InvoiceboxSandbox {
    fn refund_target(&self, control: &RefundControl) -> Option<String> {
        if let Some(id) = &control.id {
            return Some(id.clone());
        }
        let number = control.merchant_order_id.as_ref()?;
        let merchants = self.merchants();
        let state = self.state();
        merchants.iter().find_map(|merchant| state.ledger.refund_id(merchant, number))
    }
}

// An empty list clears: otherwise there would be no way back from an endless fault.
fn append<T: Clone>(list: &mut Vec<T>, more: &Option<Vec<T>>) {
    match more.as_deref() {
        Some([]) => list.clear(),
        Some(more) => list.extend_from_slice(more),
        None => {}
    }
}
