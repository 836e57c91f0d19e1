//! Payment without the payment page, for payers with a guarantee instrument:
//! `POST billing/api/order/{id}/payment-method-action/{validate|send-code|pay}`.
//!
//! The payer is found by the ИНН of `customer` in the register of [`super::lookup`]. The right code is 1234;
//! three wrong ones use a code up, and a new one may be sent a minute after the last.

use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::auth::Account;
use super::lookup::Organisation;
use super::order::{Order, Status};
use super::orders::{find, text};
use super::payments::Means;
use super::wire::{self, Object, Refusal};
use super::{InvoiceboxSandbox, validate};

const CODE: &str = "1234";
const ATTEMPTS: u32 = 3;
const RESEND_AFTER: Duration = Duration::from_secs(60);

/// The step that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Could this payer pay so?
    Validate,
    /// Send the payer a code.
    SendCode,
    /// Pay with the code.
    Pay,
}

/// A code that was sent for an order.
#[derive(Clone, Debug)]
pub struct SentCode {
    public: String,
    at: OffsetDateTime,
    left: u32,
}

impl Step {
    /// Reads the last part of the path.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "validate" => Some(Self::Validate),
            "send-code" => Some(Self::SendCode),
            "pay" => Some(Self::Pay),
            _ => None,
        }
    }
}

impl InvoiceboxSandbox {
    pub(super) fn guarantee(
        &self,
        account: &Account,
        id: &str,
        step: Step,
        body: &Object,
    ) -> Result<Value, Refusal> {
        let order = find(&mut self.state(), account, id, self.now())?;
        let rules = if step == Step::Pay { validate::GUARANTEE_PAY } else { validate::GUARANTEE };
        let request = validate::check(rules, body).map_err(Refusal::validation)?;
        let standing = standing(&order, &request);
        Ok(match step {
            Step::Validate => result(standing, json!({})),
            Step::SendCode if standing != "available" => result("error", json!({})),
            Step::SendCode => self.send_code(&order),
            Step::Pay => self.pay_by_code(&order, standing, &request),
        })
    }

    fn send_code(&self, order: &Order) -> Value {
        let now = self.now();
        let mut state = self.state();
        if let Some(code) = state.codes.get(&order.id).filter(|code| now < code.at + RESEND_AFTER) {
            return result("codeAlreadySent", json!({"publicCode": code.public, "leftAttempt": code.left}));
        }
        let public = state.new_id(now);
        let code = SentCode { public: public.clone(), at: now, left: ATTEMPTS };
        state.codes.insert(order.id.clone(), code);
        result("success", json!({"publicCode": public, "leftAttempt": ATTEMPTS}))
    }

    fn pay_by_code(&self, order: &Order, standing: &str, request: &Object) -> Value {
        match order.status {
            Status::Completed { .. } | Status::Hold { .. } => return result("alreadyPaid", json!({})),
            Status::Expired | Status::Canceled => {
                return message("Счёт закрыт", "Срок оплаты истёк или заказ отменён.");
            }
            Status::Created => {}
        }
        match standing {
            "available" => {}
            "notEnoughMoney" => return result("notEnoughMoney", json!({})),
            _ => return message("Оплата недоступна", "Для этого плательщика нет гарантии оплаты."),
        }
        let given =
            request.get("customerPaymentData").and_then(Value::as_object).cloned().unwrap_or_default();
        {
            let mut state = self.state();
            let Some(code) = state.codes.get_mut(&order.id) else { return result("error", json!({})) };
            if code.left == 0 {
                return result("limitReached", json!({"leftAttempt": 0}));
            }
            if text(&given, "publicCode") != code.public || text(&given, "code") != CODE {
                code.left -= 1;
                let word = if code.left == 0 { "limitReached" } else { "wrongCode" };
                return result(word, json!({"leftAttempt": code.left}));
            }
            state.codes.remove(&order.id);
        }
        match self.pay(&order.container_id, Means::Guarantee, &[]) {
            Ok(_) => result("success", json!({})),
            Err(_) => result("error", json!({})),
        }
    }
}

/// Whether the payer's guarantee covers the order.
fn standing(order: &Order, request: &Object) -> &'static str {
    let customer = request.get("customer").and_then(Value::as_object).cloned().unwrap_or_default();
    let limit = Organisation::of(&text(&customer, "vatNumber")).and_then(Organisation::guarantee_limit);
    match limit {
        None => "notRegistered",
        Some(limit) if limit < order.amount => "notEnoughMoney",
        Some(_) => "available",
    }
}

fn result(word: &str, data: Value) -> Value {
    wire::single(json!({"type": "none", "result": word, "resultData": data}))
}

fn message(title: &str, text: &str) -> Value {
    let shown = json!({"message": {"title": title, "message": text}});
    wire::single(json!({"type": "message", "result": "error", "resultData": shown}))
}
