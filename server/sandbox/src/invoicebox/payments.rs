//! The payer's actions on an invoice, which the payment page offers.

use serde_json::Value;

use super::{
    emulator::InvoiceboxSandbox,
    notification::NotificationVerdict,
    notify::NotificationStart,
    order::{Instrument, Order, OrderStatus},
    state::Shipping,
    wire::{ApiRefusal, JsonObject},
};

/// Means by which the payer pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentMeans {
    /// Money.
    Money,
    /// A guarantee instrument: confirmed before money arrives, reversible.
    Guarantee,
    /// A reserve that is captured by the delivery.
    Hold,
}

/// Properties of the customer that the payer may see and change, with their longest values.
pub const CUSTOMER_FIELDS: [(&str, usize); 7] = [
    ("type", 10),
    ("name", 500),
    ("vatNumber", 20),
    ("taxRegistrationReasonCode", 9),
    ("registrationAddress", 1000),
    ("email", 100),
    ("phone", 100),
];

/// Access of the payer to one property of the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldAccess {
    /// May be changed.
    Open,
    /// Shown only.
    Locked,
    /// Not even shown.
    Hidden,
}

/// Access to a customer property by `customerLocked`, `customerLockedFields`, `customerHiddenFields`.
pub fn field_access(request: &JsonObject, field: &str) -> FieldAccess {
    let setting = request.get("invoiceSetting");
    let lists = |name: &str| {
        let names = setting.and_then(|setting| setting.get(name)).and_then(Value::as_array);
        names.is_some_and(|names| names.iter().any(|name| name == field))
    };
    let all = setting.and_then(|setting| setting.get("customerLocked")) == Some(&Value::Bool(true));
    match (lists("customerHiddenFields"), all || lists("customerLockedFields")) {
        (true, _) => FieldAccess::Hidden,
        (false, true) => FieldAccess::Locked,
        (false, false) => FieldAccess::Open,
    }
}

impl InvoiceboxSandbox {
    /// The orders of an invoice, the one that opened it first; none if there is no such invoice.
    pub(crate) fn invoice(&self, container_id: &str) -> Vec<Order> {
        let now = self.now();
        self.state().orders_in(container_id, now)
    }

    /// Pays everything in the invoice; one notification for each order.
    /// `Ok(true)`: the page has to wait until the merchants have answered whether they can deliver.
    pub(crate) fn pay(
        &self,
        container_id: &str,
        means: PaymentMeans,
        customer: &[(String, String)],
    ) -> Result<bool, ApiRefusal> {
        let now = self.now();
        let (ids, asks) = {
            let mut state = self.state();
            let status = match means {
                PaymentMeans::Money => OrderStatus::Completed { at: now, by: Instrument::Money },
                PaymentMeans::Guarantee => OrderStatus::Completed { at: now, by: Instrument::Guarantee },
                PaymentMeans::Hold => OrderStatus::Hold { until: state.hold_until(now) },
            };
            let ids = state.settle(container_id, status, now)?;
            for id in &ids {
                if let Some(order) = state.order(id, now) {
                    apply_payer_fields(order, customer);
                }
            }
            let asks = state.switches.shipping_control;
            if let Some(container) = state.container(container_id).filter(|_| asks) {
                container.shipping = Some(Shipping { waiting: ids.len(), refused: false });
            }
            (ids, asks)
        };
        if means == PaymentMeans::Hold {
            self.watch_reserves(&ids);
        }
        for id in ids {
            let verdict = self
                .notify(&id, if asks { NotificationStart::Now } else { NotificationStart::AfterRedirect });
            if asks {
                let (sandbox, container_id) = (self.clone(), container_id.to_owned());
                tokio::spawn(async move {
                    let verdict = verdict.await;
                    let refused =
                        verdict == Ok(NotificationVerdict::Refused("shipping_unavailable".to_owned()));
                    if let Some(shipping) =
                        sandbox.state().container(&container_id).and_then(|found| found.shipping.as_mut())
                    {
                        shipping.waiting = shipping.waiting.saturating_sub(1);
                        shipping.refused |= refused;
                    }
                });
            }
        }
        Ok(asks)
    }

    /// Notifies the merchants when the clock releases the reserves that have just been made.
    pub(super) fn watch_reserves(&self, ids: &[String]) {
        let now = self.now();
        for id in ids {
            let Some(OrderStatus::Hold { until }) = self.state().order(id, now).map(|order| order.status)
            else {
                continue;
            };
            let (sandbox, id) = (self.clone(), id.clone());
            tokio::spawn(async move {
                sandbox.sleep_until(until).await;
                let now = sandbox.now();
                let released = sandbox
                    .state()
                    .order(&id, now)
                    .is_some_and(|order| std::mem::take(&mut order.released_silently));
                if released {
                    sandbox.notify(&id, NotificationStart::AfterRedirect);
                }
            });
        }
    }

    /// Ends the lifetime of an invoice now.
    pub(crate) fn expire_invoice(&self, container_id: &str) {
        let now = self.now();
        self.state().expire(container_id, now);
    }

    /// State of the question whether the merchants can deliver; `None` if it was not asked.
    pub(crate) fn shipping(&self, container_id: &str) -> Option<Shipping> {
        self.state().container(container_id)?.shipping
    }
}

fn apply_payer_fields(order: &mut Order, customer: &[(String, String)]) {
    let mut request = order.request();
    let open: Vec<(String, String)> = customer
        .iter()
        .filter_map(|(name, value)| {
            let (field, limit) = CUSTOMER_FIELDS.iter().find(|(field, _)| field == name)?;
            let fits = value.chars().count() <= *limit
                && (*field != "type" || matches!(value.as_str(), "legal" | "private"));
            (fits && field_access(&request, field) == FieldAccess::Open)
                .then(|| (name.clone(), value.trim().to_owned()))
        })
        .collect();
    let Some(fields) = request.get_mut("customer").and_then(Value::as_object_mut) else { return };
    for (name, value) in open {
        if value.is_empty() {
            fields.remove(&name);
        } else {
            fields.insert(name, Value::from(value));
        }
    }
    order.replace_request(&request);
}
