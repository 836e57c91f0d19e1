//! Russian.

use super::sentence::with_reason;
use crate::{
    locale::Locale::Ru,
    order::{
        Discrepancy, StartReason,
        notice::{Happened, MoneyNotice},
    },
    quote::QuoteWarning,
    refusal::{FieldProblem, OrderRefusal, PaymentRefusal, RequestError},
};

pub(super) fn order_refusal(refusal: &OrderRefusal) -> String {
    let text = match refusal {
        OrderRefusal::StationUnknown => "Такой АЗС нет. Выберите другую в списке.",
        OrderRefusal::OrderUnknown => "Такого заказа нет. Проверьте ссылку.",
        OrderRefusal::StationClosed { reason } => match reason.as_deref().filter(|reason| !reason.is_empty())
        {
            Some(reason) => return format!("АЗС временно не работает: {reason}"),
            None => "АЗС сейчас закрыта. Выберите другую.",
        },
        OrderRefusal::NotPayable => "На этой АЗС пока нельзя оплатить в приложении.",
        OrderRefusal::StationSilent => {
            "АЗС не на связи: оплатить в приложении сейчас нельзя. Выберите другую АЗС или оплатите на кассе."
        }
        OrderRefusal::EmptyDraft => "Выберите топливо, товар или услугу.",
        OrderRefusal::PumpRequired => "Выберите колонку.",
        OrderRefusal::PumpUnknown { pump } => {
            return format!("Колонки {pump} на этой АЗС нет. Выберите другую.");
        }
        OrderRefusal::PumpBusy { pump } => {
            return format!("Колонка {pump} занята или не работает. Выберите другую.");
        }
        OrderRefusal::PumpLacksFuel { pump, fuel } => {
            return format!("На колонке {pump} нет топлива {}. Выберите другую колонку.", fuel.name(Ru));
        }
        OrderRefusal::FuelUnknown { fuel } => return format!("{} на этой АЗС не продаётся.", fuel.name(Ru)),
        OrderRefusal::FuelSoldOut { fuel } => return format!("{} сейчас нет в наличии.", fuel.name(Ru)),
        OrderRefusal::FullTankNotOffered => {
            "Полный бак на этой АЗС не предлагается. Укажите сумму или объём."
        }
        OrderRefusal::VolumeMissing => "Укажите сумму или объём.",
        OrderRefusal::VolumeTooSmall { min, unit } => {
            return format!("Не меньше {}", Ru.quantity(*min, *unit));
        }
        OrderRefusal::VolumeTooLarge { max, unit } => {
            return format!("На этой АЗС не больше {} за раз", Ru.quantity(*max, *unit));
        }
        OrderRefusal::ProductUnknown { .. } => "Товара или услуги больше нет на этой АЗС. Обновите страницу.",
        OrderRefusal::CountOutOfRange { .. } => "Количество товара — от 1 до 99, каждый товар один раз.",
        OrderRefusal::TooManyLines => "В заказе не больше 100 позиций.",
        OrderRefusal::PriceChanged { was, quote } => {
            let (was, now) = (Ru.money(*was), Ru.money(quote.total));
            return format!("Цена изменилась. Было\u{a0}{was}, стало\u{a0}{now}.");
        }
        OrderRefusal::RequestKeyReused => {
            "С этим ключом по заказу уже было другое действие или другое содержание. Возьмите новый ключ."
        }
        OrderRefusal::DiscrepancyUnknown => "Такого расхождения нет. Обновите список.",
        OrderRefusal::NoShipment => "У этого заказа нет отгрузки, которую можно отправить.",
        OrderRefusal::DiscrepancyClosed => "Это расхождение уже закрыто. Обновите список.",
        OrderRefusal::DiscrepancyHoldsMoney => {
            "Из-за этого расхождения деньги заказа ждут решения: завершите заказ с отпущенным объёмом, отправьте документы ещё раз или верните деньги."
        }
        OrderRefusal::EffectUnknown => "Этой операции в очереди нет: она уже выполнена. Обновите список.",
        OrderRefusal::KeyReused => "Заказ с этим ключом уже оформлен с другим составом. Обновите страницу.",
        OrderRefusal::ExternalIdTaken => {
            "Этот номер кассовой системы уже занят другим заказом. Для нового состава добавьте суффикс, например -2."
        }
        OrderRefusal::NotStartable => {
            "Колонку сейчас нельзя включить: заказ не оплачен, закрыт, отменяется или колонка уже включается."
        }
        OrderRefusal::NotServable => "Заказ не оплачен, закрыт или отменяется.",
        OrderRefusal::StartUnanswered => {
            "АЗС не отвечает, колонка не включена. Попробуйте ещё раз или обратитесь на кассу."
        }
        OrderRefusal::StationUnanswered => {
            "АЗС не отвечает. Деньги не списаны. Выберите другую АЗС или оплатите на кассе."
        }
    };
    text.to_owned()
}

pub(super) fn payment_refusal(refusal: &PaymentRefusal) -> String {
    let text = match refusal {
        PaymentRefusal::NotAwaitingPayment => {
            "Этот заказ больше не ждёт оплаты: он оплачен, отменён или просрочен."
        }
        PaymentRefusal::NotCancelable => "Заказ уже нельзя отменить.",
        PaymentRefusal::NotCompletable => "Этот заказ нельзя закрыть: он не оплачен или уже завершён иначе.",
        PaymentRefusal::VolumeNotPaid { paid, unit } => {
            return format!("Оплачено только {}. Проверьте объём.", Ru.quantity(*paid, *unit));
        }
        PaymentRefusal::NotRefundable => {
            "По этому заказу возвращать нечего. Неоплаченный или незавершённый заказ отмените."
        }
        PaymentRefusal::Undecided => {
            "Деньги ждут решения: закройте заказ с тем, что выдано, или верните всю сумму."
        }
        PaymentRefusal::PumpStillReleased => {
            "АЗС не подтвердила, что колонка закрыта. Повторите позже или закройте заказ с отпущенным объёмом."
        }
        PaymentRefusal::ReserveUnshipped => {
            "Деньги зарезервированы, а отгрузка не принята. Отправьте её ещё раз или верните всю сумму."
        }
        PaymentRefusal::RefundTooLarge { left } => {
            return format!("Вернуть можно не больше {}.", Ru.money(*left));
        }
        PaymentRefusal::ItemTooLarge { index, left, .. } => {
            let line = index.saturating_add(1);
            return format!("Позиция {line}: вернуть можно не больше {}.", Ru.money(*left));
        }
        PaymentRefusal::HandedTooMuch { index, ordered, unit } => {
            let line = index.saturating_add(1);
            return format!("Позиция {line}: в заказе только {}.", Ru.quantity(*ordered, *unit));
        }
        PaymentRefusal::LinesRequired => "В заказе несколько позиций. Укажите, за какие вернуть деньги.",
        PaymentRefusal::ProviderRefused => {
            "Деньги не списаны. Инвойсбокс не принял заказ. Попробуйте ещё раз или оплатите на кассе."
        }
        PaymentRefusal::LinkRefused => {
            "Деньги не списаны. Ссылка на оплату ведёт не в Инвойсбокс, и заказ закрыт. Сообщите об этом АЗС и оплатите на кассе."
        }
        PaymentRefusal::ProviderTimeout => {
            "Деньги не списаны. Инвойсбокс долго не отвечает. Нажмите «Повторить» — второй заказ не появится."
        }
        PaymentRefusal::ProviderDown => {
            "Деньги не списаны. Инвойсбокс сейчас недоступен. Повторите через минуту или оплатите на кассе."
        }
    };
    text.to_owned()
}

pub(super) fn request_error(error: &RequestError) -> String {
    let text = match error {
        RequestError::Field { problem, .. } => field_problem(*problem),
        RequestError::Line { index, problem, .. } => {
            return format!("Позиция {}: {}", index.saturating_add(1), field_problem(*problem));
        }
        RequestError::Malformed { problem } => return format!("Запрос составлен неверно: {problem}"),
        RequestError::RateLimited { retry_after_s } => {
            return format!("Слишком много запросов. Повторите через {retry_after_s} с.");
        }
        RequestError::TooManyUnpaid { .. } => {
            "Слишком много неоплаченных заказов. Оплатите или отмените прежние, затем повторите."
        }
        RequestError::Busy { .. } => {
            "Сейчас слишком много заказов. Деньги не списаны. Повторите через минуту."
        }
        RequestError::Draining => "Сервис перезапускается. Повторите через несколько секунд.",
        RequestError::Unauthorized => "Нет доступа.",
        RequestError::ForeignOrigin => "Запрос пришёл с чужой страницы и не выполнен.",
        RequestError::ForeignNetwork => "Вызовы с этого адреса не принимаются.",
        RequestError::Internal => {
            "Что-то пошло не так у нас. Повторите; если не поможет — назовите номер запроса поддержке."
        }
    };
    text.to_owned()
}

fn field_problem(problem: FieldProblem) -> &'static str {
    match problem {
        FieldProblem::Missing => "Заполните это поле.",
        FieldProblem::TooLong => "Слишком длинное значение или недопустимые знаки.",
        FieldProblem::BadInn => "В ИНН ошибка: проверьте цифры.",
        FieldProblem::BadKpp => "КПП — девять знаков, например 773601001.",
        FieldProblem::KppWithPerson => "У предпринимателя и физлица нет КПП. Очистите поле.",
        FieldProblem::KppWithoutInn => "Укажите ИНН: КПП без него не бывает.",
        FieldProblem::BadPhone => "Телефон с кодом, например +7 999 000-11-22.",
        FieldProblem::BadEmail => "Адрес почты, например buh@firma.ru.",
        FieldProblem::BadPlate => "Номер машины, например А123ВС178.",
        FieldProblem::OutOfRange => "Укажите целое число не больше 9 999 999.",
        FieldProblem::ContainerMissing => "Нет счёта, в который добавить заказ. Откройте сервис заново.",
        FieldProblem::NotPositive => "Число должно быть больше нуля.",
        FieldProblem::SumDiffers => "Сумма не сходится с объёмом и ценой.",
        FieldProblem::UnknownMeasure => {
            "Неизвестный код единицы измерения. Нужен код ОКЕИ, например 796 (шт) или 112 (л)."
        }
        FieldProblem::UnknownVat => "Неизвестный код НДС. Например RUS_VAT22 или VATNONE.",
        FieldProblem::VatNotUsed => "Этот продавец не работает с такой ставкой НДС.",
        FieldProblem::BadExternalId => "Номер кассовой системы — от 1 до 64 печатных знаков.",
        FieldProblem::UnknownLine => "Такой позиции в заказе нет.",
        FieldProblem::RepeatedLine => "Эта позиция уже указана.",
        FieldProblem::QuantityOrAmount => "Укажите количество или сумму, что-то одно.",
        FieldProblem::ItemsOrAmount => "Укажите позиции или сумму, что-то одно.",
        FieldProblem::FuelLine => "Это топливо. Укажите товар или услугу.",
    }
}

pub(super) const LEFT_TO_CASHIER: &str = "заказ отменяет кассир";

pub(super) fn quote_warning(warning: QuoteWarning) -> String {
    let text = match warning {
        QuoteWarning::FullTank => {
            "Полный бак: оплачивается указанный объём, заправим, сколько войдёт, остаток денег вернём."
        }
        QuoteWarning::PumpBusy { pump } => {
            return format!(
                "Колонка {pump} сейчас занята или не работает. Включить можно будет её или другую."
            );
        }
        QuoteWarning::ClosedNow => "АЗС сейчас закрыта. Заправиться можно будет, когда она откроется.",
    };
    text.to_owned()
}

pub(super) fn happened(happened: Happened<'_>) -> String {
    let text = match happened {
        Happened::PaymentReversedInFuelling => "Платёж отозван. Остановите налив и подойдите к кассе.",
        Happened::FuellingInterrupted { reason } => {
            return format!(
                "{} Ждём от неё итог. Если он не придёт, сколько налито, определит сотрудник АЗС. Деньги за неналитое вернутся.",
                with_reason("АЗС прервала налив", reason)
            );
        }
        Happened::WithdrawingRelease => {
            "Полчаса от колонки нет вестей: снимаем её с заказа. Заказ можно будет включить снова, когда АЗС это подтвердит. \
             Не начинайте налив."
        }
        Happened::Cancelling => "Отменяем заказ: ждём подтверждения от АЗС. Не начинайте налив.",
        Happened::PaymentReversedAfterFuelling => {
            "Платёж отозван после заправки. Подойдите к кассе или позвоните на АЗС."
        }
        Happened::RefundedByOperator => "АЗС оформила возврат.",
        Happened::SettledAtLastReading => {
            "АЗС прервала налив и не сообщила итог: посчитано по последнему показанию колонки."
        }
        Happened::NothingDispensed => "Топливо не налито.",
        Happened::LessDispensed => "Налито меньше, чем оплачено.",
        Happened::CanceledByCustomer => "Вы отменили заказ.",
        Happened::CanceledByOperator => "Оператор отменил заказ.",
        Happened::PaymentReversed => "Платёж отозван. Не начинайте налив.",
        Happened::PaymentCanceled => "Платёж отменён.",
        Happened::PaymentTimeOver => "Время на оплату вышло.",
        Happened::ProviderRefused => {
            "Инвойсбокс не принял заказ. Деньги не списаны. Оформите заново или оплатите на кассе."
        }
        Happened::LinkRefused => {
            "Ссылка на оплату ведёт не в Инвойсбокс, и заказ закрыт. Деньги не списаны. Сообщите об этом АЗС и оплатите на кассе."
        }
        Happened::SoldOut => "АЗС не смогла отпустить топливо: оно закончилось.",
        Happened::StationRefused { reason } => return with_reason("АЗС не смогла отпустить топливо", reason),
        Happened::StationSilent => "АЗС не ответила.",
        Happened::NotBegun => "Топливо не забрали в отведённое время.",
        Happened::TriesUsedUp { reason } => {
            return with_reason("Ни одна попытка включить колонку не удалась", reason);
        }
        Happened::PaidOtherSum => "Оплачена другая сумма, чем в заказе.",
        Happened::StartFailed(reason) => return start_failure(reason),
        Happened::FuelUncertain => {
            "Сколько топлива налито, пока неизвестно: это проверяет АЗС. Деньги никуда не уйдут, пока она не решит."
        }
        Happened::PaymentUncertain => {
            "В Инвойсбоксе по этой оплате другая сумма, поэтому колонку по заказу включить нельзя. Обратитесь к оператору: он вернёт деньги или отпустит топливо сам."
        }
        Happened::PaidTooLate => "Оплата пришла, когда заказ уже был закрыт.",
    };
    text.to_owned()
}

/// Why the last start came to nothing.
pub(super) fn start_failure(reason: &StartReason) -> String {
    let text = match reason {
        StartReason::PumpRefused(reason) => return with_reason("АЗС не включила колонку", reason),
        StartReason::PumpUnavailable => "АЗС не включила колонку: она занята или отключена.",
        StartReason::CancelledByStation(reason) => return with_reason("АЗС отменила налив", reason),
        StartReason::NotUsed => "Пистолет не сняли за полчаса, и колонка снята с заказа.",
        StartReason::NotAnswered => "АЗС не ответила, колонка не включена.",
        StartReason::TooLate => "Включить колонку за минуту не удалось. Вы у колонки? Включите ещё раз.",
        StartReason::ProviderUnreachable => {
            "Инвойсбокс не подтвердил оплату, колонка не включена. Попробуйте ещё раз через минуту."
        }
    };
    text.to_owned()
}

/// What does not add up, for operators.
pub(super) fn discrepancy(what: Discrepancy) -> &'static str {
    match what {
        Discrepancy::PaidAfterEnd => "Оплачен после отмены или срока.",
        Discrepancy::PaidTwice => "Оплачен второй раз, по другому счёту.",
        Discrepancy::DuplicateInvoices => "Под одним номером было несколько счетов.",
        Discrepancy::NumberTaken => "Номер заказа в Инвойсбоксе был занят.",
        Discrepancy::PaymentReversed => "Инвойсбокс отозвал платёж.",
        Discrepancy::DispensedMoreThanPaid => "Налито больше, чем оплачено.",
        Discrepancy::DispensedLessThanMetered => "АЗС сообщила итог меньше, чем показывала колонка.",
        Discrepancy::DispensedAfterEnd => {
            "АЗС сообщила о наливе, хотя колонка уже не была включена для заказа или заказ закрыт."
        }
        Discrepancy::DispensedUnpaid => "АЗС сообщила о наливе по неоплаченному заказу.",
        Discrepancy::VolumeUnreadable => "АЗС сообщила итог, который нельзя прочитать.",
        Discrepancy::FuellingCancelledByStation => "АЗС прервала налив и не сообщила, сколько налито.",
        Discrepancy::SettledAtLastReading => "Итог не пришёл: посчитано по последнему показанию.",
        Discrepancy::ReleaseNotWithdrawn => "АЗС не подтвердила, что колонка снята с заказа.",
        Discrepancy::EndNotReported => "Колонка включена давно, а итога нет.",
        Discrepancy::ShipmentRefused => "Инвойсбокс не принял отгрузку: закрывающих документов не будет.",
        Discrepancy::RefundRefused => "Инвойсбокс не вернул деньги.",
        Discrepancy::FuelAfterRelease => "АЗС сообщила о наливе по завершённому включению колонки.",
        Discrepancy::RefundedElsewhere => "Часть денег вернули в кабинете Инвойсбокса.",
        Discrepancy::SumDiffers => "Сумма в Инвойсбоксе отличается от суммы заказа.",
        Discrepancy::MoneyOwed => "Деньги должны были уйти и не ушли.",
        Discrepancy::InvoiceNotWithdrawn => "Счёт не удалось отозвать: его ещё могут оплатить.",
    }
}

pub(super) fn money_notice(notice: MoneyNotice) -> String {
    match notice {
        MoneyNotice::NothingCharged => "Деньги не списаны.".to_owned(),
        MoneyNotice::Coming(sum) => {
            format!("Инвойсбокс вернёт {} плательщику, обычно в течение двух рабочих дней.", Ru.money(sum))
        }
        MoneyNotice::Delayed { sum, order_number } => format!(
            "Возврат {} задерживается, АЗС об этом знает. Если деньги не придут, назовите ей заказ №\u{a0}{order_number}.",
            Ru.money(sum)
        ),
        MoneyNotice::Released(sum) => format!(
            "{} не списаны: банк снимет резерв с карты плательщика, обычно в течение двух рабочих дней.",
            Ru.money(sum)
        ),
        MoneyNotice::Owed { sum, order_number } => format!(
            "Вернуть {} автоматически не удалось: это сделает оператор АЗС. Назовите ему заказ №\u{a0}{order_number}.",
            Ru.money(sum)
        ),
    }
}
