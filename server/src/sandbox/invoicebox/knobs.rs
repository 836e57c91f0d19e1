//! Switches of the emulator and the control call that turns them.
//!
//! The object under `"invoicebox"` of the control call may hold any of these keys; others are refused
//! and nothing is changed then.
//!
//! Switches, kept until changed or reset:
//!
//! | key | default | meaning |
//! |---|---|---|
//! | `latency_ms` | 0 | pause before each call is carried out |
//! | `latency_jitter_ms` | 0 | up to so much more, by chance |
//! | `latency_by_route` | `{}` | replaces `latency_ms` for one route: `{"create":500}`, or a distribution, `{"create":{"min":40,"p50":90,"p99":900,"max":3000}}` |
//! | `hang_ms` | 60000 | how long `hang` and `executed_but_lost` stay silent |
//! | `error_shape` | `full` | `full`, `short`, `flat` |
//! | `profile` | `lenient` | `lenient`, `strict-line`: checks of sums |
//! | `require_user_agent` | false | a call without `User-Agent` is 422 `validation` |
//! | `merchants` | `[]` | merchants that the first token may act for beside its own |
//! | `tokens` | `[]` | more tokens, `{"token":"…","merchant_ids":["…"]}`; one without merchants has no rights (403) |
//! | `delete_answers_null` | false | cancelling answers `{"data":null}` instead of the order |
//! | `duplicates_allowed` | `[]` | merchants whose order numbers may repeat |
//! | `unprocessable_merchants` | `[]` | merchants without a contract: orders get `processable: false` |
//! | `cancel_needs_shipping_unavailable` | false | a paid order can be cancelled only after that answer |
//! | `shipping_control` | false | the payment page waits for the merchant's answer («контроль отгрузки») |
//! | `hold_minutes` | 10080 | after so long a reserve is released by itself |
//! | `shipment_pending_s`, `shipment_completed_s` | 5, 60 | age at which a shipment stops being a draft, and at which its documents are made |
//! | `refund_minutes` | 2880 | after so long refunded money is with the payer |
//! | `plain_refund_items` | false | refundable lines come without `availableAmount`, as in older recordings |
//! | `notifications` | | `{"delay_ms":2000,"timeout_ms":20000,"time_factor":1,"webhook":true,"fail_next":[…]}`; an entry of `fail_next` is `{"kind","ms","times"}`, kinds `delay duplicate reordered lost wrong_signature changed_amount wrong_merchant unknown_status`; absent keys stay as they are |
//! | `limits` | | `{"enabled":true,"per_account":100,"per_ip":500,"window_seconds":30,"headers":"standard"∣"x"∣"date"∣"none"}`; absent keys return to these defaults |
//!
//! `fail_next` appends `{"route","kind","times":1,"probability":100}`; `[]` clears the list. Routes:
//! `any auth create list get update cancel status move ship shipments refund_items refund refunds correct lookup offer
//! guarantee shop_create shop_update`. Kinds: `500 502_html 503 hang cut_body wrong_type 307 429 401 422 flat_error executed_but_lost`.
//!
//! Actions, done once, in this order: `reset` (true: forget orders, logs and switches before anything else);
//! `order` `{"merchantOrderId" or "id","action"}` with `pay`, `guarantee`, `hold`, `capture`, `cancel`,
//! `expire` on the newest order of that number; `refund` `{"merchantOrderId" or "id","status"}` with `completed`,
//! `canceled`; `test_notification` `{"merchantOrderId":"" or null}`; `seed` (1 to 50: so many orders `SEED-…` of the first
//! merchant, in every status by turns);
//! `websocket` `{"push":{order},"get_status":40,"drop":true}` for the open sockets, each part optional;
//! `log` (true: the answer holds all requests and tries); `shops` (true: the answer holds the marketplace).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::InvoiceboxSandbox;
use super::arithmetic::Profile;
use super::auth::TestToken;
use super::faults::{Fault, Route};
use super::latency::Latency;
use super::ledger::RefundStatus;
use super::limits::{Limits, Windows};
use super::notify::{Accident, Start};
use super::order::{Instrument, Status};
use super::socket::SocketControl;
use super::wire::{ErrorShape, Object};

/// Where the switches stand.
#[derive(Clone, Debug, Serialize)]
pub struct Knobs {
    pub latency_ms: u64,
    pub latency_jitter_ms: u64,
    pub latency_by_route: BTreeMap<Route, Latency>,
    pub hang_ms: u64,
    pub error_shape: ErrorShape,
    pub profile: Profile,
    pub require_user_agent: bool,
    pub duplicates_allowed: Vec<String>,
    pub unprocessable_merchants: Vec<String>,
    pub cancel_needs_shipping_unavailable: bool,
    pub shipping_control: bool,
    pub hold_minutes: u64,
    pub shipment_pending_s: u64,
    pub shipment_completed_s: u64,
    pub refund_minutes: u64,
    pub plain_refund_items: bool,
    pub notifications: Notifications,
    pub limits: Limits,
    pub merchants: Vec<String>,
    pub tokens: Vec<TestToken>,
    pub delete_answers_null: bool,
    pub fail_next: Vec<Fault>,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            latency_ms: 0,
            latency_jitter_ms: 0,
            latency_by_route: BTreeMap::new(),
            hang_ms: 60_000,
            error_shape: ErrorShape::default(),
            profile: Profile::default(),
            require_user_agent: false,
            duplicates_allowed: Vec::new(),
            unprocessable_merchants: Vec::new(),
            cancel_needs_shipping_unavailable: false,
            shipping_control: false,
            hold_minutes: 7 * 24 * 60,
            shipment_pending_s: 5,
            shipment_completed_s: 60,
            refund_minutes: 2 * 24 * 60,
            plain_refund_items: false,
            notifications: Notifications::default(),
            limits: Limits::default(),
            merchants: Vec::new(),
            tokens: Vec::new(),
            delete_answers_null: false,
            fail_next: Vec::new(),
        }
    }
}

/// How notifications go out.
#[derive(Clone, Debug, Serialize)]
pub struct Notifications {
    pub delay_ms: u64,
    pub timeout_ms: u64,
    pub time_factor: u32,
    pub webhook: bool,
    pub fail_next: Vec<Accident>,
}

impl Default for Notifications {
    fn default() -> Self {
        // The payer is back before the notification, so that the shop's loader is seen.
        Self { delay_ms: 2_000, timeout_ms: 20_000, time_factor: 1, webhook: true, fail_next: Vec::new() }
    }
}

impl Notifications {
    /// Takes the accident of the next notification.
    pub fn take_accident(&mut self) -> Option<Accident> {
        self.fail_next.retain(|accident| accident.times > 0);
        let accident = self.fail_next.first_mut()?;
        accident.times -= 1;
        Some(accident.clone())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Control {
    latency_ms: Option<u64>,
    latency_jitter_ms: Option<u64>,
    latency_by_route: Option<BTreeMap<Route, Latency>>,
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
    shipment_pending_s: Option<u64>,
    shipment_completed_s: Option<u64>,
    refund_minutes: Option<u64>,
    plain_refund_items: Option<bool>,
    notifications: Option<NotificationControl>,
    limits: Option<Limits>,
    fail_next: Option<Vec<Fault>>,
    #[serde(default)]
    reset: bool,
    order: Option<OrderControl>,
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
    fail_next: Option<Vec<Accident>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct OrderControl {
    id: Option<String>,
    merchant_order_id: Option<String>,
    action: Action,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RefundControl {
    id: Option<String>,
    merchant_order_id: Option<String>,
    status: RefundTurn,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RefundTurn {
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
enum Action {
    Pay,
    Guarantee,
    Hold,
    Capture,
    Cancel,
    Expire,
}

impl InvoiceboxSandbox {
    /// Turns switches and carries out actions; the keys are described at the head of this module.
    /// Answers `{"knobs":{…}}`, with `"order"` after an order action and `"log"` on demand.
    /// Must be called within a Tokio runtime, since notifications are sent in the background.
    ///
    /// # Errors
    /// A sentence about the first thing that is wrong. A key that does not exist changes nothing; an
    /// order action that is refused leaves the switches of the same call turned.
    pub fn control(&self, knobs: Value) -> Result<Value, String> {
        let control: Control = serde_json::from_value(knobs).map_err(|error| error.to_string())?;
        {
            let mut state = self.state();
            if control.reset {
                state.reset();
            }
            if control.limits.is_some() {
                state.windows = Windows::default();
            }
        }
        let mut answer = Object::new();
        self.turn(&control);
        if let Some(count) = control.seed {
            answer.insert("seed".to_owned(), self.seed(count)?);
        }
        if let Some(order) = &control.order {
            answer.insert("order".to_owned(), self.act(order)?);
        }
        if let Some(refund) = &control.refund {
            let id = self.refund_target(refund).ok_or("no such refund")?;
            let status = match refund.status {
                RefundTurn::Completed => RefundStatus::Completed,
                RefundTurn::Canceled => RefundStatus::Canceled,
            };
            answer.insert("refund".to_owned(), self.set_refund(&id, status)?);
        }
        if let Some(test) = control.test_notification {
            let first = self.merchants().into_iter().next();
            let merchant_id = test.merchant_id.or(first).ok_or("no merchant to name")?;
            self.announce_test(&merchant_id, json!(test.merchant_order_id));
        }
        if let Some(sockets) = &control.websocket {
            answer.insert("websocket".to_owned(), self.control_sockets(sockets));
        }
        let state = self.state();
        answer.insert("knobs".to_owned(), json!(state.knobs));
        if control.log {
            answer.insert("log".to_owned(), state.log());
        }
        if control.shops {
            answer.insert("shops".to_owned(), state.shops.json());
        }
        Ok(Value::Object(answer))
    }

    fn turn(&self, control: &Control) {
        fn set<T: Clone>(knob: &mut T, to: &Option<T>) {
            if let Some(to) = to {
                knob.clone_from(to);
            }
        }
        let mut state = self.state();
        let knobs = &mut state.knobs;
        set(&mut knobs.latency_ms, &control.latency_ms);
        set(&mut knobs.latency_jitter_ms, &control.latency_jitter_ms);
        set(&mut knobs.latency_by_route, &control.latency_by_route);
        set(&mut knobs.hang_ms, &control.hang_ms);
        set(&mut knobs.error_shape, &control.error_shape);
        set(&mut knobs.profile, &control.profile);
        set(&mut knobs.require_user_agent, &control.require_user_agent);
        set(&mut knobs.merchants, &control.merchants);
        set(&mut knobs.tokens, &control.tokens);
        set(&mut knobs.delete_answers_null, &control.delete_answers_null);
        set(&mut knobs.duplicates_allowed, &control.duplicates_allowed);
        set(&mut knobs.unprocessable_merchants, &control.unprocessable_merchants);
        set(&mut knobs.cancel_needs_shipping_unavailable, &control.cancel_needs_shipping_unavailable);
        set(&mut knobs.shipping_control, &control.shipping_control);
        set(&mut knobs.hold_minutes, &control.hold_minutes);
        set(&mut knobs.shipment_pending_s, &control.shipment_pending_s);
        set(&mut knobs.shipment_completed_s, &control.shipment_completed_s);
        set(&mut knobs.refund_minutes, &control.refund_minutes);
        set(&mut knobs.plain_refund_items, &control.plain_refund_items);
        set(&mut knobs.limits, &control.limits);
        append(&mut knobs.fail_next, &control.fail_next);
        if let Some(to) = &control.notifications {
            set(&mut knobs.notifications.delay_ms, &to.delay_ms);
            set(&mut knobs.notifications.timeout_ms, &to.timeout_ms);
            set(&mut knobs.notifications.time_factor, &to.time_factor);
            set(&mut knobs.notifications.webhook, &to.webhook);
            append(&mut knobs.notifications.fail_next, &to.fail_next);
        }
    }

    fn act(&self, control: &OrderControl) -> Result<Value, String> {
        let now = self.now();
        let id = self.target(control).ok_or("no such order")?;
        let announced = {
            let mut state = self.state();
            let hold_until = state.hold_until(now);
            let container_id =
                state.order(&id, now).map(|order| order.container_id.clone()).unwrap_or_default();
            let paid = |by| Status::Completed { at: now, by };
            let settled = match control.action {
                Action::Pay => Some(paid(Instrument::Money)),
                Action::Guarantee => Some(paid(Instrument::Guarantee)),
                Action::Hold => Some(Status::Hold { until: hold_until }),
                Action::Capture | Action::Cancel | Action::Expire => None,
            };
            match (settled, control.action) {
                (Some(status), _) => {
                    state.settle(&container_id, status, now).map_err(|refusal| refusal.message)?
                }
                (None, Action::Expire) => {
                    state.expire(&container_id, now);
                    Vec::new()
                }
                (None, action) => {
                    let order = state.order(&id, now).ok_or("no such order")?;
                    order.status = match (action, order.status) {
                        (Action::Capture, Status::Hold { .. }) => paid(Instrument::Money),
                        (Action::Cancel, Status::Expired | Status::Canceled) | (Action::Capture, _) => {
                            return Err(format!("not possible for an order that is {}", order.status.word()));
                        }
                        _ => Status::Canceled,
                    };
                    vec![id.clone()]
                }
            }
        };
        if matches!(control.action, Action::Hold) {
            self.watch_reserves(&announced);
        }
        for id in &announced {
            self.announce(id, Start::AfterRedirect);
        }
        let mut state = self.state();
        Ok(state.order(&id, now).map_or(Value::Null, |order| order.json(&self.inner.settings.public_url)))
    }

    fn target(&self, control: &OrderControl) -> Option<String> {
        if let Some(id) = &control.id {
            return Some(id.clone());
        }
        let number = control.merchant_order_id.as_ref()?;
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
