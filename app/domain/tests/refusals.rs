//! Every refusal as it is on the wire: code, field, both sentences, details. Clients and translators hold on to each.

use domain::{
    fuel::FuelId,
    id::{PumpNumber, Sku},
    locale::Locale,
    money::Kopecks,
    quantity::Centi,
    quote::{Line, LineKind, Quote, QuoteWarning},
    refusal::{FieldProblem, OrderRefusal, PaymentRefusal, Refusal, RequestError},
    texts::describe_left_to_cashier,
    unit::Unit,
    vat::Vat,
    view::ErrorBody,
};
use serde_json::{Value, json};

/// A refusal, its code, its field, its sentence in Russian and in English, and its details as JSON.
type Row = (Refusal, &'static str, Option<&'static str>, &'static str, &'static str, &'static str);

#[rustfmt::skip]
fn rows() -> Vec<Row> {
    vec![
        (OrderRefusal::StationUnknown.into(), "not_found", None, "Такой АЗС нет. Выберите другую в списке.", "There is no such station. Choose another one from the list.", r#"{}"#),
        (OrderRefusal::OrderUnknown.into(), "not_found", None, "Такого заказа нет. Проверьте ссылку.", "There is no such order. Check the link.", r#"{}"#),
        (OrderRefusal::StationClosed { reason: None }.into(), "station_closed", None, "АЗС сейчас закрыта. Выберите другую.", "The station is closed now. Choose another one.", r#"{}"#),
        (OrderRefusal::StationClosed { reason: Some(String::new()) }.into(), "station_closed", None, "АЗС сейчас закрыта. Выберите другую.", "The station is closed now. Choose another one.", r#"{"reason":""}"#),
        (OrderRefusal::StationClosed { reason: Some("ремонт".to_owned()) }.into(), "station_closed", None, "АЗС временно не работает: ремонт", "The station is closed: ремонт", r#"{"reason":"ремонт"}"#),
        (OrderRefusal::NotPayable.into(), "station_closed", None, "На этой АЗС пока нельзя оплатить в приложении.", "You cannot pay in the app at this station yet.", r#"{}"#),
        (OrderRefusal::StationSilent.into(), "forecourt_error", None, "АЗС не на связи: оплатить в приложении сейчас нельзя. Выберите другую АЗС или оплатите на кассе.", "The station is offline: you cannot pay in the app now. Choose another station or pay at the till.", r#"{}"#),
        (OrderRefusal::EmptyDraft.into(), "bad_request", None, "Выберите топливо, товар или услугу.", "Choose fuel, goods or a service.", r#"{}"#),
        (OrderRefusal::PumpRequired.into(), "bad_request", Some("draft.pump"), "Выберите колонку.", "Choose a pump.", r#"{"field":"draft.pump"}"#),
        (OrderRefusal::PumpUnknown { pump: PumpNumber(3) }.into(), "pump_unavailable", Some("draft.pump"), "Колонки 3 на этой АЗС нет. Выберите другую.", "There is no pump 3 here. Choose another one.", r#"{"field":"draft.pump"}"#),
        (OrderRefusal::PumpBusy { pump: PumpNumber(3) }.into(), "pump_unavailable", Some("draft.pump"), "Колонка 3 занята или не работает. Выберите другую.", "Pump 3 is busy or out of order. Choose another one.", r#"{"field":"draft.pump"}"#),
        (OrderRefusal::PumpLacksFuel { pump: PumpNumber(3), fuel: FuelId::A95 }.into(), "pump_unavailable", Some("draft.pump"), "На колонке 3 нет топлива АИ-95. Выберите другую колонку.", "Pump 3 has no AI-95. Choose another pump.", r#"{"field":"draft.pump"}"#),
        (OrderRefusal::FuelUnknown { fuel: FuelId::Diesel }.into(), "fuel_unavailable", Some("draft.fuel.id"), "ДТ на этой АЗС не продаётся.", "Diesel is not sold at this station.", r#"{"field":"draft.fuel.id"}"#),
        (OrderRefusal::FuelSoldOut { fuel: FuelId::Adblue }.into(), "fuel_unavailable", Some("draft.fuel.id"), "AdBlue сейчас нет в наличии.", "AdBlue is sold out now.", r#"{"field":"draft.fuel.id"}"#),
        (OrderRefusal::FullTankNotOffered.into(), "bad_request", Some("draft.fuel.by"), "Полный бак на этой АЗС не предлагается. Укажите сумму или объём.", "A full tank is not offered here. Enter a sum or a volume.", r#"{"field":"draft.fuel.by"}"#),
        (OrderRefusal::VolumeMissing.into(), "bad_request", Some("draft.fuel.volume_centi"), "Укажите сумму или объём.", "Enter a sum or a volume.", r#"{"field":"draft.fuel.volume_centi"}"#),
        (OrderRefusal::VolumeTooSmall { min: Centi::new(200), unit: Unit::Litre }.into(), "limit_exceeded", Some("draft.fuel.volume_centi"), "Не меньше 2,00\u{a0}л", "At least 2.00\u{a0}l", r#"{"field":"draft.fuel.volume_centi","min_centi":200}"#),
        (OrderRefusal::VolumeTooLarge { max: Centi::new(100_000), unit: Unit::CubicMetre }.into(), "limit_exceeded", Some("draft.fuel.volume_centi"), "На этой АЗС не больше 1\u{a0}000,00\u{a0}м³ за раз", "No more than 1,000.00\u{a0}m³ at a time at this station", r#"{"field":"draft.fuel.volume_centi","max_centi":100000}"#),
        (OrderRefusal::ProductUnknown { sku: "tea".to_owned() }.into(), "bad_request", Some("draft.items"), "Товара или услуги больше нет на этой АЗС. Обновите страницу.", "The goods or service are no longer sold here. Reload the page.", r#"{"field":"draft.items","sku":"tea"}"#),
        (OrderRefusal::CountOutOfRange { sku: "tea".to_owned() }.into(), "limit_exceeded", Some("draft.items"), "Количество товара — от 1 до 99, каждый товар один раз.", "The count is from 1 to 99, each product once.", r#"{"field":"draft.items","sku":"tea"}"#),
        (OrderRefusal::TooManyLines.into(), "limit_exceeded", Some("draft.items"), "В заказе не больше 100 позиций.", "An order holds no more than 100 lines.", r#"{"field":"draft.items"}"#),
        (OrderRefusal::PriceChanged { was: Kopecks::new(247_600), quote: quote() }.into(), "price_changed", None, "Цена изменилась. Было\u{a0}2\u{a0}476,00\u{a0}₽, стало\u{a0}2\u{a0}476,00\u{a0}₽.", "The price has changed. It was\u{a0}2,476.00\u{a0}₽, now it is\u{a0}2,476.00\u{a0}₽.", r#"{}"#),
        (OrderRefusal::KeyReused.into(), "conflict", None, "Заказ с этим ключом уже оформлен с другим составом. Обновите страницу.", "This key belongs to another order. Reload the page.", r#"{}"#),
        (OrderRefusal::RequestKeyReused.into(), "conflict", Some("idempotency_key"), "С этим ключом по заказу уже было другое действие или другое содержание. Возьмите новый ключ.", "This key was used for another action on this order, or with other content. Take a new one.", r#"{"field":"idempotency_key"}"#),
        (OrderRefusal::ExternalIdTaken.into(), "conflict", None, "Этот номер кассовой системы уже занят другим заказом. Для нового состава добавьте суффикс, например -2.", "This number of the cashier system belongs to another order. Add a suffix such as -2 for a new one.", r#"{}"#),
        (OrderRefusal::NotStartable.into(), "order_not_startable", None, "Колонку сейчас нельзя включить: заказ не оплачен, закрыт, отменяется или колонка уже включается.", "The pump cannot be started now: the order is not paid, has ended, is being cancelled, or a pump is being started.", r#"{}"#),
        (OrderRefusal::NotServable.into(), "conflict", None, "Заказ не оплачен, закрыт или отменяется.", "The order is not paid, has ended, or is being cancelled.", r#"{}"#),
        (OrderRefusal::StationUnanswered.into(), "forecourt_error", None, "АЗС не отвечает. Деньги не списаны. Выберите другую АЗС или оплатите на кассе.", "The station does not answer. Nothing was charged. Choose another station or pay at the till.", r#"{}"#),
        (PaymentRefusal::NotAwaitingPayment.into(), "conflict", None, "Этот заказ больше не ждёт оплаты: он оплачен, отменён или просрочен.", "This order does not wait for a payment any more: it is paid, cancelled or expired.", r#"{}"#),
        (PaymentRefusal::NotCancelable.into(), "order_not_cancelable", None, "Заказ уже нельзя отменить.", "The order cannot be cancelled any more.", r#"{}"#),
        (PaymentRefusal::NotCompletable.into(), "conflict", None, "Этот заказ нельзя закрыть: он не оплачен или уже завершён иначе.", "This order cannot be closed: it is not paid, or it has ended otherwise.", r#"{}"#),
        (PaymentRefusal::VolumeNotPaid { paid: Centi::new(3741), unit: Unit::Litre }.into(), "conflict", None, "Оплачено только 37,41\u{a0}л. Проверьте объём.", "Only 37.41\u{a0}l was paid. Check the volume.", r#"{"field":"dispensed_centi"}"#),
        (PaymentRefusal::Undecided.into(), "conflict", None, "Деньги ждут решения: закройте заказ с тем, что выдано, или верните всю сумму.", "The money waits for a decision: close the order with what was given, or refund all of it.", r#"{}"#),
        (PaymentRefusal::PumpStillReleased.into(), "conflict", None, "АЗС не подтвердила, что колонка закрыта. Повторите позже или закройте заказ с отпущенным объёмом.", "The station has not confirmed that the pump is closed. Try again later, or close the order with the volume that was dispensed.", r#"{}"#),
        (PaymentRefusal::ReserveUnshipped.into(), "conflict", None, "Деньги зарезервированы, а отгрузка не принята. Отправьте её ещё раз или верните всю сумму.", "The money is reserved, and its shipment was refused. Send it again, or refund all of it.", r#"{}"#),
        (PaymentRefusal::NotRefundable.into(), "conflict", None, "По этому заказу возвращать нечего. Неоплаченный или незавершённый заказ отмените.", "There is nothing to refund. Cancel an order that is unpaid or not finished.", r#"{}"#),
        (PaymentRefusal::RefundTooLarge { left: Kopecks::new(1_234_500) }.into(), "conflict", None, "Вернуть можно не больше 12\u{a0}345,00\u{a0}₽.", "No more than 12,345.00\u{a0}₽ can be refunded.", r#"{"field":"amount_kopecks"}"#),
        (PaymentRefusal::ItemTooLarge { index: 1, field: "amount_kopecks", left: Kopecks::new(14_900) }.into(), "conflict", None, "Позиция 2: вернуть можно не больше 149,00\u{a0}₽.", "Item 2: no more than 149.00\u{a0}₽ can be refunded.", r#"{"field":"items[1].amount_kopecks"}"#),
        (PaymentRefusal::HandedTooMuch { index: 0, ordered: Centi::new(200), unit: Unit::Piece }.into(), "conflict", None, "Позиция 1: в заказе только 2\u{a0}шт.", "Item 1: the order has only 2\u{a0}pcs.", r#"{"field":"items[0].quantity_centi"}"#),
        (PaymentRefusal::LinesRequired.into(), "bad_request", None, "В заказе несколько позиций. Укажите, за какие вернуть деньги.", "The order has several lines. Name those for which to return money.", r#"{"field":"items"}"#),
        (PaymentRefusal::LinkRefused.into(), "payment_provider_error", None, "Деньги не списаны. Ссылка на оплату ведёт не в Инвойсбокс, и заказ закрыт. Сообщите об этом АЗС и оплатите на кассе.", "Nothing was charged. The payment link leads elsewhere than to Invoicebox, and the order is closed. Tell the station, and pay at the till.", r#"{"order_failed":true}"#),
        (PaymentRefusal::ProviderRefused.into(), "payment_provider_error", None, "Деньги не списаны. Инвойсбокс не принял заказ. Попробуйте ещё раз или оплатите на кассе.", "Nothing was charged. Invoicebox did not accept the order. Try again or pay at the till.", r#"{"order_failed":true}"#),
        (PaymentRefusal::ProviderTimeout.into(), "payment_provider_timeout", None, "Деньги не списаны. Инвойсбокс долго не отвечает. Нажмите «Повторить» — второй заказ не появится.", "Nothing was charged. Invoicebox is slow to answer. Press “Retry”: there will be no second order.", r#"{}"#),
        (PaymentRefusal::ProviderDown.into(), "payment_provider_error", None, "Деньги не списаны. Инвойсбокс сейчас недоступен. Повторите через минуту или оплатите на кассе.", "Nothing was charged. Invoicebox is unavailable now. Retry in a minute or pay at the till.", r#"{}"#),
        (RequestError::Field { field: "draft.customer.inn", problem: FieldProblem::Missing }.into(), "bad_request", Some("draft.customer.inn"), "Заполните это поле.", "Fill in this field.", r#"{"field":"draft.customer.inn"}"#),
        (RequestError::Field { field: "draft.customer.inn", problem: FieldProblem::TooLong }.into(), "bad_request", Some("draft.customer.inn"), "Слишком длинное значение или недопустимые знаки.", "The value is too long or has characters that are not allowed.", r#"{"field":"draft.customer.inn"}"#),
        (RequestError::Field { field: "draft.customer.inn", problem: FieldProblem::BadInn }.into(), "bad_request", Some("draft.customer.inn"), "В ИНН ошибка: проверьте цифры.", "The ИНН is wrong: check the digits.", r#"{"field":"draft.customer.inn"}"#),
        (RequestError::Field { field: "draft.customer.inn", problem: FieldProblem::BadKpp }.into(), "bad_request", Some("draft.customer.inn"), "КПП — девять знаков, например 773601001.", "КПП has nine characters, such as 773601001.", r#"{"field":"draft.customer.inn"}"#),
        (RequestError::Field { field: "draft.customer.inn", problem: FieldProblem::KppWithPerson }.into(), "bad_request", Some("draft.customer.inn"), "У предпринимателя и физлица нет КПП. Очистите поле.", "A sole trader has no КПП. Clear the field.", r#"{"field":"draft.customer.inn"}"#),
        (RequestError::Field { field: "draft.customer.inn", problem: FieldProblem::KppWithoutInn }.into(), "bad_request", Some("draft.customer.inn"), "Укажите ИНН: КПП без него не бывает.", "Enter the ИНН: there is no КПП without it.", r#"{"field":"draft.customer.inn"}"#),
        (RequestError::Field { field: "draft.customer.inn", problem: FieldProblem::BadPhone }.into(), "bad_request", Some("draft.customer.inn"), "Телефон с кодом, например +7 999 000-11-22.", "Enter a phone number such as +7 999 000-11-22.", r#"{"field":"draft.customer.inn"}"#),
        (RequestError::Field { field: "draft.customer.inn", problem: FieldProblem::BadEmail }.into(), "bad_request", Some("draft.customer.inn"), "Адрес почты, например buh@firma.ru.", "Enter an e-mail address such as office@firm.com.", r#"{"field":"draft.customer.inn"}"#),
        (RequestError::Field { field: "draft.customer.inn", problem: FieldProblem::BadPlate }.into(), "bad_request", Some("draft.customer.inn"), "Номер машины, например А123ВС178.", "Enter a plate such as А123ВС178.", r#"{"field":"draft.customer.inn"}"#),
        (RequestError::Field { field: "draft.customer.inn", problem: FieldProblem::OutOfRange }.into(), "bad_request", Some("draft.customer.inn"), "Укажите целое число не больше 9 999 999.", "Enter a whole number up to 9,999,999.", r#"{"field":"draft.customer.inn"}"#),
        (RequestError::Field { field: "draft.customer.inn", problem: FieldProblem::ContainerMissing }.into(), "bad_request", Some("draft.customer.inn"), "Нет счёта, в который добавить заказ. Откройте сервис заново.", "There is no invoice to add the order to. Open the service again.", r#"{"field":"draft.customer.inn"}"#),
        (RequestError::Field { field: "draft.customer.inn", problem: FieldProblem::NotPositive }.into(), "bad_request", Some("draft.customer.inn"), "Число должно быть больше нуля.", "The number must be above zero.", r#"{"field":"draft.customer.inn"}"#),
        (RequestError::Field { field: "draft.customer.inn", problem: FieldProblem::SumDiffers }.into(), "bad_request", Some("draft.customer.inn"), "Сумма не сходится с объёмом и ценой.", "The sum does not agree with the volume and the price.", r#"{"field":"draft.customer.inn"}"#),
        (RequestError::Field { field: "draft.customer.inn", problem: FieldProblem::UnknownMeasure }.into(), "bad_request", Some("draft.customer.inn"), "Неизвестный код единицы измерения. Нужен код ОКЕИ, например 796 (шт) или 112 (л).", "Unknown unit of measure. Use an ОКЕИ code such as 796 (pieces) or 112 (litres).", r#"{"field":"draft.customer.inn"}"#),
        (RequestError::Field { field: "draft.customer.inn", problem: FieldProblem::UnknownVat }.into(), "bad_request", Some("draft.customer.inn"), "Неизвестный код НДС. Например RUS_VAT22 или VATNONE.", "Unknown VAT code. Use one such as RUS_VAT22 or VATNONE.", r#"{"field":"draft.customer.inn"}"#),
        (RequestError::Field { field: "draft.customer.inn", problem: FieldProblem::VatNotUsed }.into(), "bad_request", Some("draft.customer.inn"), "Этот продавец не работает с такой ставкой НДС.", "This seller is not under such a VAT rate.", r#"{"field":"draft.customer.inn"}"#),
        (RequestError::Field { field: "draft.customer.inn", problem: FieldProblem::BadExternalId }.into(), "bad_request", Some("draft.customer.inn"), "Номер кассовой системы — от 1 до 64 печатных знаков.", "The number of the cashier system has 1 to 64 printable characters.", r#"{"field":"draft.customer.inn"}"#),
        (RequestError::Line { index: 0, field: "line", problem: FieldProblem::UnknownLine }.into(), "bad_request", None, "Позиция 1: Такой позиции в заказе нет.", "Line 1: The order has no such line.", r#"{"field":"items[0].line"}"#),
        (RequestError::Line { index: 0, field: "line", problem: FieldProblem::RepeatedLine }.into(), "bad_request", None, "Позиция 1: Эта позиция уже указана.", "Line 1: This line is named twice.", r#"{"field":"items[0].line"}"#),
        (RequestError::Line { index: 0, field: "line", problem: FieldProblem::FuelLine }.into(), "bad_request", None, "Позиция 1: Это топливо. Укажите товар или услугу.", "Line 1: This is fuel. Name goods or services.", r#"{"field":"items[0].line"}"#),
        (RequestError::Line { index: 0, field: "quantity_centi", problem: FieldProblem::QuantityOrAmount }.into(), "bad_request", None, "Позиция 1: Укажите количество или сумму, что-то одно.", "Line 1: Give a quantity or a sum, one of them.", r#"{"field":"items[0].quantity_centi"}"#),
        (RequestError::Field { field: "amount_kopecks", problem: FieldProblem::ItemsOrAmount }.into(), "bad_request", Some("amount_kopecks"), "Укажите позиции или сумму, что-то одно.", "Give lines or a sum, one of them.", r#"{"field":"amount_kopecks"}"#),
        (RequestError::Line { index: 1, field: "vat", problem: FieldProblem::VatNotUsed }.into(), "bad_request", None, "Позиция 2: Этот продавец не работает с такой ставкой НДС.", "Line 2: This seller is not under such a VAT rate.", r#"{"field":"items[1].vat"}"#),
        (RequestError::Malformed { problem: "unknown field `x`".to_owned() }.into(), "bad_request", None, "Запрос составлен неверно: unknown field `x`", "The request is malformed: unknown field `x`", r#"{"problem":"unknown field `x`"}"#),
        (RequestError::TooManyUnpaid { retry_after_s: 60 }.into(), "rate_limited", None, "Слишком много неоплаченных заказов. Оплатите или отмените прежние, затем повторите.", "Too many unpaid orders. Pay or cancel the earlier ones, then try again.", r#"{"retry_after_s":60}"#),
        (RequestError::RateLimited { retry_after_s: 7 }.into(), "rate_limited", None, "Слишком много запросов. Повторите через 7 с.", "Too many requests. Try again in 7 s.", r#"{"retry_after_s":7}"#),
        (RequestError::Busy { retry_after_s: 7 }.into(), "busy", None, "Сейчас слишком много заказов. Деньги не списаны. Повторите через минуту.", "Too many orders at the moment. Nothing was charged. Try again in a minute.", r#"{}"#),
        (RequestError::Draining.into(), "internal", None, "Сервис перезапускается. Повторите через несколько секунд.", "The service is restarting. Try again in a few seconds.", r#"{}"#),
        (RequestError::Unauthorized.into(), "unauthorized", None, "Нет доступа.", "Access denied.", r#"{}"#),
        (RequestError::ForeignNetwork.into(), "forbidden", None, "Вызовы с этого адреса не принимаются.", "Calls from this address are not accepted.", r#"{}"#),
        (RequestError::ForeignOrigin.into(), "forbidden", None, "Запрос пришёл с чужой страницы и не выполнен.", "The request came from a foreign page and was not carried out.", r#"{}"#),
        (RequestError::Internal.into(), "internal", None, "Что-то пошло не так у нас. Повторите; если не поможет — назовите номер запроса поддержке.", "Something went wrong on our side. Try again; if it does not help, tell support the request id.", r#"{}"#),
    ]
}

/// Forty litres that cost 2476 roubles, as a full tank.
fn quote() -> Box<Quote> {
    let (sku, name) = (Sku("a95".to_owned()), "АИ-95".to_owned());
    let (quantity, price) = (Centi::new(4000), Kopecks::new(6190));
    let line = Line::new(sku, name, LineKind::Fuel(FuelId::A95), Unit::Litre, quantity, price, Vat::Rus22);
    let lines = line.into_iter().collect();
    Box::new(Quote { warnings: vec![QuoteWarning::FullTank], ..Quote::from_lines(lines) })
}

fn body(refusal: &Refusal, locale: Locale) -> Value {
    serde_json::to_value(ErrorBody::from_refusal(refusal, locale)).unwrap_or_default()
}

#[test]
fn every_refusal_keeps_its_code_field_sentences_and_details() {
    for (refusal, code, field, ru, en, details) in rows() {
        assert_eq!(refusal.field(), field, "{refusal:?}");
        let details: Value = serde_json::from_str(details).unwrap_or_default();
        for (locale, message) in [(Locale::Ru, ru), (Locale::En, en)] {
            let mut body = body(&refusal, locale);
            if let Some(details) = body.pointer_mut("/error/details").and_then(Value::as_object_mut) {
                details.remove("quote");
            }
            let expected = json!({ "error": { "code": code, "message": message, "details": details } });
            assert_eq!(body, expected, "{refusal:?}");
        }
    }
}

/// A new refusal needs a row above.
#[test]
fn no_refusal_is_missing_above() {
    let name = |refusal: &Refusal| {
        let text = match refusal {
            Refusal::Order(refusal) => format!("{refusal:?}"),
            Refusal::Payment(refusal) => format!("{refusal:?}"),
            Refusal::Request(RequestError::Field { problem, .. }) => format!("Field {problem:?}"),
            Refusal::Request(error) => format!("{error:?}"),
        };
        text.split([' ', '{', '(']).take(if text.starts_with("Field ") { 2 } else { 1 }).collect::<String>()
    };
    let names: std::collections::BTreeSet<String> = rows().iter().map(|row| name(&row.0)).collect();
    assert_eq!(names.len(), 70, "{names:?}");
}

#[test]
fn a_changed_price_brings_the_new_quote_in_the_readers_language() {
    let refusal: Refusal = OrderRefusal::PriceChanged { was: Kopecks::new(1), quote: quote() }.into();
    for (locale, name, warning) in [
        (
            Locale::Ru,
            "АИ-95",
            "Полный бак: оплачивается указанный объём, заправим, сколько войдёт, остаток денег вернём.",
        ),
        (
            Locale::En,
            "AI-95",
            "Full tank: the volume below is paid, we fill what fits, and the rest of the money comes back.",
        ),
    ] {
        let line = json!({
            "line": 1, "sku": "a95", "name": name, "kind": "fuel", "unit": "litre", "quantity_centi": 4000,
            "price_kopecks": 6190, "total_kopecks": 247_600, "vat_kopecks": 44_649, "vat": "RUS_VAT22",
        });
        let expected = json!({ "lines": [line], "total_kopecks": 247_600, "vat_kopecks": 44_649, "warnings": [warning] });
        assert_eq!(body(&refusal, locale).pointer("/error/details/quote"), Some(&expected));
    }
}

/// No sum is torn apart by a line's end.
#[test]
fn a_changed_price_shows_the_old_and_the_new_sum() {
    let quote = Box::new(Quote { total: Kopecks::new(251_600), ..Quote::from_lines(Vec::new()) });
    let refusal: Refusal = OrderRefusal::PriceChanged { was: Kopecks::new(247_600), quote }.into();
    let message = |locale| ErrorBody::from_refusal(&refusal, locale).error.message;
    let (ru, en) = (message(Locale::Ru), message(Locale::En));
    assert_eq!(ru, "Цена изменилась. Было\u{a0}2\u{a0}476,00\u{a0}₽, стало\u{a0}2\u{a0}516,00\u{a0}₽.");
    assert_eq!(en, "The price has changed. It was\u{a0}2,476.00\u{a0}₽, now it is\u{a0}2,516.00\u{a0}₽.");
}

#[test]
fn where_no_automation_answers_the_cashier_decides_in_both_languages() {
    let texts = [Locale::Ru, Locale::En].map(describe_left_to_cashier);
    assert_eq!(texts, ["заказ отменяет кассир", "the cashier cancels the order"]);
}
