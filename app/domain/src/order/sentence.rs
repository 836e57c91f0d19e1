//! What the customer reads about an order: what happened, how much comes back, from whom, and when.

use super::{
    Discrepancy, Order, Reason, Status,
    machine::Canceller,
    settlement::{Cause, ReturnedBy},
};
use crate::{locale::Locale, money::Kopecks, quantity::Centi};

/// What the customer has to know about an order beside its status; `None` on a good day.
#[must_use]
pub fn of_order(order: &Order, locale: Locale) -> Option<String> {
    let happened = match order.status {
        Status::Completed => completed(order, locale)?,
        Status::Fuelling if order.settlement.is_reversed() => locale.pick(
            "Платёж отозван. Остановите налив и подойдите к кассе.",
            "The payment was reversed. Stop fuelling and go to the till.",
        ),
        Status::Fuelling if order.interrupted().is_some() => {
            return order.interrupted().map(|words| interrupted(words, locale));
        }
        Status::Ready if order.calling_off.is_some_and(|off| off.by == Canceller::Clock) => locale.pick(
            "Налив не начался за полчаса: снимаем колонку с заказа. Деньги вернутся, когда АЗС это подтвердит. \
             Не начинайте налив.",
            "Nobody fuelled for half an hour: taking the pump back. The money returns once the station confirms it. \
             Do not fuel.",
        ),
        Status::Authorising | Status::Ready if order.calling_off.is_some() => locale.pick(
            "Отменяем заказ: ждём подтверждения от АЗС. Не начинайте налив.",
            "Cancelling the order: waiting for the station to confirm. Do not fuel.",
        ),
        _ => return of_ending(order, locale),
    };
    Some(with_money(happened, order, locale))
}

/// What the money does while the station may still tell the end.
fn interrupted(words: &str, locale: Locale) -> String {
    let happened =
        with_words(locale.pick("АЗС прервала налив", "The station interrupted the fuelling"), words);
    let money = locale.pick(
        "Ждём от неё итог. Если его не будет несколько минут, посчитаем по последнему показанию колонки; \
         деньги за неналитое вернутся.",
        "We wait for the final volume. If it does not come within a few minutes, you pay by the last reading of the \
         pump; the money for the rest comes back.",
    );
    format!("{happened} {money}")
}

/// What happened, and why in the station's own words, where it gave any.
fn with_words(happened: &str, words: &str) -> String {
    let words = words.trim().trim_end_matches('.');
    if words.is_empty() { format!("{happened}.") } else { format!("{happened}: {words}.") }
}

/// A completed order has something to say only when money goes back.
fn completed(order: &Order, locale: Locale) -> Option<&'static str> {
    order.refund().filter(|refund| *refund > Kopecks::ZERO)?;
    let by_operator = |cause: &Cause| matches!(cause, Cause::Operator { .. });
    let text = if order.settlement.is_reversed() {
        locale.pick(
            "Платёж отозван после заправки. Подойдите к кассе или позвоните на АЗС.",
            "The payment was reversed after fuelling. Go to the till or call the station.",
        )
    } else if order.settlement.returns.iter().any(|back| by_operator(&back.cause)) {
        locale.pick("АЗС оформила возврат.", "The station has made a refund.")
    } else if order.noted(Discrepancy::SettledAtLastReading).is_some() {
        locale.pick(
            "АЗС прервала налив и не сообщила итог: посчитано по последнему показанию колонки.",
            "The station interrupted the fuelling and told no final volume: you pay by the last reading of the pump.",
        )
    } else if order.dispensed == Some(Centi::ZERO) {
        locale.pick("Топливо не налито.", "No fuel was filled.")
    } else {
        locale.pick("Налито меньше, чем оплачено.", "Less was filled than paid for.")
    };
    Some(text)
}

fn of_ending(order: &Order, locale: Locale) -> Option<String> {
    let paid = order.settlement.payment.is_some();
    let happened = match order.reason.as_ref()? {
        Reason::CanceledByCustomer => locale.pick("Вы отменили заказ.", "You cancelled the order."),
        Reason::CanceledByOperator => {
            locale.pick("Оператор отменил заказ.", "The operator cancelled the order.")
        }
        Reason::PaymentCanceled if paid => {
            locale.pick("Платёж отозван. Не начинайте налив.", "The payment was reversed. Do not fuel.")
        }
        Reason::PaymentCanceled => locale.pick("Платёж отменён.", "The payment was cancelled."),
        Reason::PaymentTimeOver => locale.pick("Время на оплату вышло.", "The time to pay is over."),
        Reason::ProviderRefused => {
            return Some(
                locale
                    .pick(
                        "Инвойсбокс не принял заказ. Деньги не списаны. Оформите заново или оплатите на кассе.",
                        "Invoicebox did not accept the order. Nothing was charged. Order again or pay at the till.",
                    )
                    .to_owned(),
            );
        }
        Reason::StationRefused(words) => {
            let refused = locale.pick("АЗС не смогла отпустить топливо", "The station could not serve you");
            return Some(with_money(&with_words(refused, words), order, locale));
        }
        Reason::StationSilent => locale.pick("АЗС не ответила.", "The station did not answer."),
        Reason::NotBegun => locale.pick(
            "Налив не начался за полчаса, и колонка снята с заказа.",
            "Nobody fuelled for half an hour, and the pump was taken back.",
        ),
        Reason::PaidTooLate => locale.pick(
            "Оплата пришла, когда заказ уже был закрыт.",
            "The payment came after the order was closed.",
        ),
    };
    Some(with_money(happened, order, locale))
}

/// Adds how much comes back, from whom and when.
fn with_money(happened: &str, order: &Order, locale: Locale) -> String {
    let settlement = &order.settlement;
    let nothing_charged = settlement.payment.is_none() && order.status.is_final();
    let owed = settlement.owed();
    let by = |by: ReturnedBy| {
        let returns = settlement.returns.iter().filter(move |back| back.by == Some(by));
        returns.map(|back| back.amount).sum::<Kopecks>()
    };
    let released = by(ReturnedBy::Release);
    let coming = if order.status.is_final() && !settlement.is_reversed() {
        settlement.returned().less(owed).less(released)
    } else {
        Kopecks::ZERO
    };
    let mut text = happened.to_owned();
    let mut add = |sentence: String| {
        text.push(' ');
        text.push_str(&sentence);
    };
    if nothing_charged {
        add(locale.pick("Деньги не списаны.", "Nothing was charged.").to_owned());
    }
    if coming > Kopecks::ZERO {
        add(match locale {
            Locale::Ru => format!(
                "Инвойсбокс вернёт {} плательщику, обычно в течение двух рабочих дней.",
                locale.money(coming)
            ),
            Locale::En => format!(
                "Invoicebox returns {} to the payer, usually within two working days.",
                locale.money(coming)
            ),
        });
    }
    if released > Kopecks::ZERO {
        add(match locale {
            Locale::Ru => format!(
                "{} не списаны: банк снимет резерв с карты плательщика, обычно в течение двух рабочих дней.",
                locale.money(released)
            ),
            Locale::En => format!(
                "{} was not charged: the payer's bank releases the reserve, usually within two working days.",
                locale.money(released)
            ),
        });
    }
    if owed > Kopecks::ZERO {
        add(match locale {
            Locale::Ru => format!(
                "Вернуть {} автоматически не удалось: это сделает оператор АЗС. Назовите ему заказ № {}.",
                locale.money(owed),
                order.number
            ),
            Locale::En => format!(
                "{} could not be returned automatically: the operator of the station will see to it. Tell them order {}.",
                locale.money(owed),
                order.number
            ),
        });
    }
    text
}
