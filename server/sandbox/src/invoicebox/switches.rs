//! Switches of the emulator. `control.rs` sets them.
//!
//! The object under `"invoicebox"` of the control call may hold any of these keys; others are refused
//! and nothing is changed then.
//!
//! Switches, kept until changed or reset:
//!
//! | key | default | meaning |
//! |---|---|---|
//! | `latency_ms` | 0 | pause before each call is carried out |
//! | `latency_jitter_ms` | 0 | upper bound of a random addition |
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
//! | `hold_minutes` | 10080 | age at which a reserve is released |
//! | `shipment_pending_s`, `shipment_completed_s` | 5, 60 | age at which a shipment stops being a draft, and at which its documents are made |
//! | `capture_delay_s` | 0 | time after a shipment for which its reserve is shown as not taken yet |
//! | `refund_minutes` | 2880 | age at which refunded money is with the payer |
//! | `refunds_without_lines` | false | the list of refunds does not show their lines |
//! | `plain_refund_items` | false | refundable lines come without `availableAmount`, as in older recordings |
//! | `whole_guarantees` | false | a guarantee of which nothing was shipped is not refunded in part |
//! | `refund_vat` | `available` | tax of the last part of a line: `available`, what the others have left or by formula; `formula`, by formula only, less where less is left |
//! | `max_page_size` | 30 | rows on a page of every list, whatever is asked for |
//! | `ignored_filters` | `[]` | documented filters that lists ignore, `["merchantOrderId"]` |
//! | `notifications` | | `{"delay_ms":2000,"timeout_ms":20000,"time_factor":1,"webhook":true,"fail_next":[…]}`; an entry of `fail_next` is `{"kind","ms","times"}`, kinds `delay duplicate reordered lost wrong_signature changed_amount wrong_merchant unknown_status`; absent keys stay as they are |
//! | `limits` | | `{"enabled":true,"per_account":100,"per_ip":500,"window_seconds":30,"headers":"standard"∣"x"∣"date"∣"none"}`; absent keys return to these defaults |
//!
//! `fail_next` appends `{"route","kind","times":1,"probability":100}`; `[]` clears the list. Routes:
//! `any auth create list get update cancel status move ship shipments refund_items refund refunds correct lookup offer
//! guarantee shop_create shop_update`. Kinds: `500 502_html 503 504 hang cut_body wrong_type 307 429 400 401 403 404 409 423 422 unknown_code flat_error
//! executed_but_lost not_done other_amount`. `unknown_code` is 422 with a code of no table; `not_done` answers a write
//! with 200 (a cancellation with the cancelled order) and does nothing; `other_amount` lets `create` make an order that
//! costs a kopeck less, in the answer and ever after.
//!
//! Actions, done once, in this order:
//!
//! - `reset` (true): forget orders, logs and switches, before anything else;
//! - `seed` (1 to 50): this many orders of the first merchant, `SEED-…`, in every status by turns;
//! - `order` `{"merchantOrderId" or "id","action"}` with `pay`, `guarantee`, `hold`, `capture`, `cancel`, `restore`
//!   (a cancelled order is paid after all), `expire`, on the newest order of that number;
//! - `office` `{"merchantOrderId" or "id","action"}` of an order: what the merchant does in its office, `refund` or `ship`,
//!   with `"number"` (a new one by default), `"sku"` (one line), `"amount"` (of each document; all that is left by
//!   default), `"count"` (documents), `"final"` (of a shipment);
//! - `refund` `{"merchantOrderId" or "id","status"}` with `completed`, `canceled`, also after it was completed;
//! - `test_notification` `{"merchantOrderId":"" or null}`;
//! - `websocket` `{"push":{order},"get_status":40,"drop":true}` for the open sockets, each part optional;
//! - `log` (true): the answer holds all requests and tries;
//! - `shops` (true): the answer holds the marketplace.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    api_route::ApiRoute,
    arithmetic::{Profile, RefundVat},
    auth::TestToken,
    faults::CallFault,
    latency::Latency,
    limits::Limits,
    notification::NotificationFault,
    wire::ErrorShape,
};

/// Positions of the switches.
#[derive(Clone, Debug, Serialize)]
pub struct EmulatorSwitches {
    pub latency_ms: u64,
    pub latency_jitter_ms: u64,
    pub latency_by_route: BTreeMap<ApiRoute, Latency>,
    pub hang_ms: u64,
    pub error_shape: ErrorShape,
    pub profile: Profile,
    pub require_user_agent: bool,
    pub duplicates_allowed: Vec<String>,
    pub unprocessable_merchants: Vec<String>,
    pub cancel_needs_shipping_unavailable: bool,
    pub shipping_control: bool,
    pub hold_minutes: u64,
    pub capture_delay_s: u64,
    pub shipment_pending_s: u64,
    pub shipment_completed_s: u64,
    pub refund_minutes: u64,
    pub refunds_without_lines: bool,
    pub plain_refund_items: bool,
    pub whole_guarantees: bool,
    pub refund_vat: RefundVat,
    pub max_page_size: usize,
    pub ignored_filters: Vec<String>,
    pub notifications: NotificationSwitches,
    pub limits: Limits,
    pub merchants: Vec<String>,
    pub tokens: Vec<TestToken>,
    pub delete_answers_null: bool,
    pub fail_next: Vec<CallFault>,
}

impl Default for EmulatorSwitches {
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
            capture_delay_s: 0,
            shipment_pending_s: 5,
            shipment_completed_s: 60,
            refund_minutes: 2 * 24 * 60,
            refunds_without_lines: false,
            plain_refund_items: false,
            whole_guarantees: false,
            refund_vat: RefundVat::default(),
            max_page_size: 30,
            ignored_filters: Vec::new(),
            notifications: NotificationSwitches::default(),
            limits: Limits::default(),
            merchants: Vec::new(),
            tokens: Vec::new(),
            delete_answers_null: false,
            fail_next: Vec::new(),
        }
    }
}

/// Switches of notifications.
#[derive(Clone, Debug, Serialize)]
pub struct NotificationSwitches {
    pub delay_ms: u64,
    pub timeout_ms: u64,
    pub time_factor: u32,
    pub webhook: bool,
    pub fail_next: Vec<NotificationFault>,
}

impl Default for NotificationSwitches {
    fn default() -> Self {
        // The payer is back before the notification, so that the shop's loader is seen.
        Self { delay_ms: 2_000, timeout_ms: 20_000, time_factor: 1, webhook: true, fail_next: Vec::new() }
    }
}

impl NotificationSwitches {
    /// Takes the fault of the next notification.
    pub fn take_fault(&mut self) -> Option<NotificationFault> {
        self.fail_next.retain(|fault| fault.times > 0);
        let fault = self.fail_next.first_mut()?;
        fault.times -= 1;
        Some(fault.clone())
    }
}
