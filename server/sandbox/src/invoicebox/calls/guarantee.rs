//! Payment without the payment page, for payers with a guarantee instrument:
//! `POST billing/api/order/{id}/payment-method-action/{validate|send-code|pay}`.
//!
//! The payer is found by the ИНН of `customer` in the register of [`super::lookup`]. The right code is 1234;
//! three wrong ones use a code up, and a new one may be sent a minute after the last.

use std::time::Duration;

use serde_json::{Value, json};

use super::{orders::find, register::Organisation};
use crate::invoicebox::{
    api_call::GuaranteeStep,
    auth::Account,
    emulator::InvoiceboxSandbox,
    order::{Order, OrderStatus},
    payment_codes::SentCode,
    payments::PaymentMeans,
    validate,
    wire::{self, ApiRefusal, JsonObject, text_of},
};

const CONFIRMATION_CODE: &str = "1234";
const MAX_CODE_ATTEMPTS: u32 = 3;
const MIN_RESEND_PAUSE: Duration = Duration::from_secs(60);

impl InvoiceboxSandbox {
    pub(crate) fn guarantee(
        &self,
        account: &Account,
        id: &str,
        step: GuaranteeStep,
        body: &JsonObject,
    ) -> Result<Value, ApiRefusal> {
        let order = find(&mut self.state(), account, id, self.now())?;
        let rules = if step == GuaranteeStep::Pay {
            validate::GUARANTEE_PAY_FIELDS
        } else {
            validate::GUARANTEE_FIELDS
        };
        let request = validate::check(rules, body).map_err(ApiRefusal::validation)?;
        let coverage = coverage(&order, &request);
        Ok(match step {
            GuaranteeStep::Validate => result(coverage, json!({})),
            GuaranteeStep::SendCode if coverage != "available" => result("error", json!({})),
            GuaranteeStep::SendCode => self.send_code(&order),
            GuaranteeStep::Pay => self.pay_by_code(&order, coverage, &request),
        })
    }

    fn send_code(&self, order: &Order) -> Value {
        let now = self.now();
        let mut state = self.state();
        if let Some(code) = state.codes.get(&order.id).filter(|code| now < code.sent_at + MIN_RESEND_PAUSE) {
            return result(
                "codeAlreadySent",
                json!({"publicCode": code.public, "leftAttempt": code.attempts_left}),
            );
        }
        let public = state.new_id(now);
        let code = SentCode { public: public.clone(), sent_at: now, attempts_left: MAX_CODE_ATTEMPTS };
        state.codes.insert(order.id.clone(), code);
        result("success", json!({"publicCode": public, "leftAttempt": MAX_CODE_ATTEMPTS}))
    }

    fn pay_by_code(&self, order: &Order, coverage: &str, request: &JsonObject) -> Value {
        match order.status {
            OrderStatus::Completed { .. } | OrderStatus::Hold { .. } => {
                return result("alreadyPaid", json!({}));
            }
            OrderStatus::Expired | OrderStatus::Canceled => {
                return message("Счёт закрыт", "Срок оплаты истёк или заказ отменён.");
            }
            OrderStatus::Created => {}
        }
        match coverage {
            "available" => {}
            "notEnoughMoney" => return result("notEnoughMoney", json!({})),
            _ => return message("Оплата недоступна", "Для этого плательщика нет гарантии оплаты."),
        }
        let given =
            request.get("customerPaymentData").and_then(Value::as_object).cloned().unwrap_or_default();
        {
            let mut state = self.state();
            let Some(code) = state.codes.get_mut(&order.id) else { return result("error", json!({})) };
            if code.attempts_left == 0 {
                return result("limitReached", json!({"leftAttempt": 0}));
            }
            if text_of(&given, "publicCode") != code.public || text_of(&given, "code") != CONFIRMATION_CODE {
                code.attempts_left -= 1;
                let outcome = if code.attempts_left == 0 { "limitReached" } else { "wrongCode" };
                return result(outcome, json!({"leftAttempt": code.attempts_left}));
            }
            state.codes.remove(&order.id);
        }
        match self.pay(&order.container_id, PaymentMeans::Guarantee, &[]) {
            Ok(_) => result("success", json!({})),
            Err(_) => result("error", json!({})),
        }
    }
}

/// Result of the check whether the payer's guarantee covers the order.
fn coverage(order: &Order, request: &JsonObject) -> &'static str {
    let customer = request.get("customer").and_then(Value::as_object).cloned().unwrap_or_default();
    let limit =
        Organisation::by_vat_number(&text_of(&customer, "vatNumber")).and_then(Organisation::guarantee_limit);
    match limit {
        None => "notRegistered",
        Some(limit) if limit < order.amount => "notEnoughMoney",
        Some(_) => "available",
    }
}

fn result(outcome: &str, data: Value) -> Value {
    wire::single(json!({"type": "none", "result": outcome, "resultData": data}))
}

fn message(title: &str, text: &str) -> Value {
    let shown = json!({"message": {"title": title, "message": text}});
    wire::single(json!({"type": "message", "result": "error", "resultData": shown}))
}
