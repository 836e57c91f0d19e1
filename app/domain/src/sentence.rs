//! What people read: one sentence for every refusal and every bad ending, in both languages.
//!
//! A sentence says first what happened to the money, then what to do.

use crate::{
    locale::Locale,
    refusal::{FieldProblem, Refusal},
};

pub use crate::order::sentence::of_order;

/// The sentence of a refusal.
#[must_use]
pub fn of_refusal(refusal: &Refusal, locale: Locale) -> String {
    let say = |ru: &str, en: &str| locale.pick(ru, en).to_owned();
    match refusal {
        Refusal::StationUnknown => say(
            "Такой АЗС нет. Выберите другую в списке.",
            "There is no such station. Choose another one from the list.",
        ),
        Refusal::OrderUnknown => {
            say("Такого заказа нет. Проверьте ссылку.", "There is no such order. Check the link.")
        }
        Refusal::StationClosed { reason } => match reason.as_deref().filter(|reason| !reason.is_empty()) {
            Some(reason) => {
                format!("{}: {reason}", locale.pick("АЗС временно не работает", "The station is closed"))
            }
            None => {
                say("АЗС сейчас закрыта. Выберите другую.", "The station is closed now. Choose another one.")
            }
        },
        Refusal::NotPayable => say(
            "На этой АЗС пока нельзя оплатить в приложении.",
            "You cannot pay in the app at this station yet.",
        ),
        Refusal::StationSilent => say(
            "АЗС не на связи: оплатить в приложении сейчас нельзя. Выберите другую АЗС или оплатите на кассе.",
            "The station is offline: you cannot pay in the app now. Choose another station or pay at the till.",
        ),
        Refusal::EmptyBasket => {
            say("Выберите топливо, товар или услугу.", "Choose fuel, goods or a service.")
        }
        Refusal::PumpRequired => say("Выберите колонку.", "Choose a pump."),
        Refusal::PumpUnknown { pump } => format!(
            "{} {pump} {}",
            locale.pick("Колонки", "There is no pump"),
            locale.pick("на этой АЗС нет. Выберите другую.", "here. Choose another one.")
        ),
        Refusal::PumpBusy { pump } => format!(
            "{} {pump} {}",
            locale.pick("Колонка", "Pump"),
            locale.pick(
                "занята или не работает. Выберите другую.",
                "is busy or out of order. Choose another one."
            )
        ),
        Refusal::PumpLacksFuel { pump, fuel } => match locale {
            Locale::Ru => {
                format!("На колонке {pump} нет топлива {}. Выберите другую колонку.", fuel.name(locale))
            }
            Locale::En => format!("Pump {pump} has no {}. Choose another pump.", fuel.name(locale)),
        },
        Refusal::FuelUnknown { fuel } => match locale {
            Locale::Ru => format!("{} на этой АЗС не продаётся.", fuel.name(locale)),
            Locale::En => format!("{} is not sold at this station.", fuel.name(locale)),
        },
        Refusal::FuelSoldOut { fuel } => match locale {
            Locale::Ru => format!("{} сейчас нет в наличии.", fuel.name(locale)),
            Locale::En => format!("{} is sold out now.", fuel.name(locale)),
        },
        Refusal::FullTankNotOffered => say(
            "Полный бак на этой АЗС не предлагается. Укажите сумму или объём.",
            "A full tank is not offered here. Enter a sum or a volume.",
        ),
        Refusal::VolumeMissing => say("Укажите сумму или объём.", "Enter a sum or a volume."),
        Refusal::VolumeTooSmall { min, unit } => {
            format!("{} {}", locale.pick("Не меньше", "At least"), locale.quantity(*min, *unit))
        }
        Refusal::VolumeTooLarge { max, unit } => match locale {
            Locale::Ru => format!("На этой АЗС не больше {} за раз", locale.quantity(*max, *unit)),
            Locale::En => format!("No more than {} at a time at this station", locale.quantity(*max, *unit)),
        },
        Refusal::ProductUnknown { .. } => say(
            "Товара или услуги больше нет на этой АЗС. Обновите страницу.",
            "The goods or service are no longer sold here. Reload the page.",
        ),
        Refusal::CountOutOfRange { .. } => say(
            "Количество товара — от 1 до 99, каждый товар один раз.",
            "The count is from 1 to 99, each product once.",
        ),
        Refusal::TooManyLines => {
            say("В заказе не больше 100 позиций.", "An order holds no more than 100 lines.")
        }
        Refusal::Field { problem, .. } => of_problem(*problem, locale),
        Refusal::Line { index, problem, .. } => {
            format!(
                "{} {}: {}",
                locale.pick("Позиция", "Line"),
                index.saturating_add(1),
                of_problem(*problem, locale)
            )
        }
        Refusal::Malformed { problem } => match locale {
            Locale::Ru => format!("Запрос составлен неверно: {problem}"),
            Locale::En => format!("The request is malformed: {problem}"),
        },
        Refusal::PriceChanged { was, quote } => {
            let (was, now) = (locale.money(*was), locale.money(quote.total));
            match locale {
                Locale::Ru => format!("Цена изменилась. Было\u{a0}{was}, стало\u{a0}{now}."),
                Locale::En => format!("The price has changed. It was\u{a0}{was}, now it is\u{a0}{now}."),
            }
        }
        Refusal::KeyReused => say(
            "Заказ с этим ключом уже оформлен с другим составом. Обновите страницу.",
            "This key belongs to another order. Reload the page.",
        ),
        Refusal::ExternalIdTaken => say(
            "Этот номер кассовой системы уже занят другим заказом. Для нового состава добавьте суффикс, например -2.",
            "This number of the cashier system belongs to another order. Add a suffix such as -2 for a new one.",
        ),
        Refusal::NotAwaitingPayment => say(
            "Этот заказ больше не ждёт оплаты: он оплачен, отменён или просрочен.",
            "This order does not wait for a payment any more: it is paid, cancelled or expired.",
        ),
        Refusal::NotServable => say(
            "Заказ не оплачен, закрыт или отменяется.",
            "The order is not paid, has ended, or is being cancelled.",
        ),
        Refusal::NotCancelable => {
            say("Заказ уже нельзя отменить.", "The order cannot be cancelled any more.")
        }
        Refusal::NotCompletable => say(
            "Этот заказ нельзя закрыть: он не оплачен или уже завершён иначе.",
            "This order cannot be closed: it is not paid, or it has ended otherwise.",
        ),
        Refusal::VolumeNotPaid { paid, unit } => match locale {
            Locale::Ru => format!("Оплачено только {}. Проверьте объём.", locale.quantity(*paid, *unit)),
            Locale::En => format!("Only {} was paid. Check the volume.", locale.quantity(*paid, *unit)),
        },
        Refusal::NotRefundable => say(
            "По этому заказу возвращать нечего. Неоплаченный или незавершённый заказ отмените.",
            "There is nothing to refund. Cancel an order that is unpaid or not finished.",
        ),
        Refusal::RefundTooLarge { left } => match locale {
            Locale::Ru => format!("Вернуть можно не больше {}.", locale.money(*left)),
            Locale::En => format!("No more than {} can be refunded.", locale.money(*left)),
        },
        Refusal::RateLimited { retry_after_s } => match locale {
            Locale::Ru => format!("Слишком много запросов. Повторите через {retry_after_s} с."),
            Locale::En => format!("Too many requests. Try again in {retry_after_s} s."),
        },
        Refusal::ProviderRefused => say(
            "Деньги не списаны. Инвойсбокс не принял заказ. Попробуйте ещё раз или оплатите на кассе.",
            "Nothing was charged. Invoicebox did not accept the order. Try again or pay at the till.",
        ),
        Refusal::ProviderTimeout => say(
            "Деньги не списаны. Инвойсбокс долго не отвечает. Нажмите «Повторить» — второй заказ не появится.",
            "Nothing was charged. Invoicebox is slow to answer. Press “Retry”: there will be no second order.",
        ),
        Refusal::ProviderDown => say(
            "Деньги не списаны. Инвойсбокс сейчас недоступен. Повторите через минуту или оплатите на кассе.",
            "Nothing was charged. Invoicebox is unavailable now. Retry in a minute or pay at the till.",
        ),
        Refusal::ForecourtSilent => say(
            "АЗС не отвечает. Деньги не списаны. Выберите другую АЗС или оплатите на кассе.",
            "The station does not answer. Nothing was charged. Choose another station or pay at the till.",
        ),
        Refusal::ForecourtRefused { reason } => match locale {
            Locale::Ru => format!("АЗС не приняла заказ: {reason}. Деньги не списаны."),
            Locale::En => format!("The station did not accept the order: {reason}. Nothing was charged."),
        },
        Refusal::Draining => say(
            "Сервис перезапускается. Повторите через несколько секунд.",
            "The service is restarting. Try again in a few seconds.",
        ),
        Refusal::Unauthorized => say("Нет доступа.", "Access denied."),
        Refusal::ForeignOrigin => say(
            "Запрос пришёл с чужой страницы и не выполнен.",
            "The request came from a foreign page and was not carried out.",
        ),
        Refusal::Internal => say(
            "Что-то пошло не так у нас. Повторите; если не поможет — назовите номер запроса поддержке.",
            "Something went wrong on our side. Try again; if it does not help, tell support the request id.",
        ),
    }
}

/// What a full tank means for the money.
#[must_use]
pub fn of_full_tank(locale: Locale) -> String {
    let (ru, en) = (
        "Полный бак: оплачивается указанный объём, заправим, сколько войдёт, остаток денег вернём.",
        "Full tank: the volume below is paid, we fill what fits, and the rest of the money comes back.",
    );
    locale.pick(ru, en).to_owned()
}

fn of_problem(problem: FieldProblem, locale: Locale) -> String {
    let (ru, en) = match problem {
        FieldProblem::Missing => ("Заполните это поле.", "Fill in this field."),
        FieldProblem::TooLong => (
            "Слишком длинное значение или недопустимые знаки.",
            "The value is too long or has characters that are not allowed.",
        ),
        FieldProblem::BadInn => ("В ИНН ошибка: проверьте цифры.", "The ИНН is wrong: check the digits."),
        FieldProblem::BadKpp => {
            ("КПП — девять знаков, например 773601001.", "КПП has nine characters, such as 773601001.")
        }
        FieldProblem::KppWithPerson => (
            "У предпринимателя и физлица нет КПП. Очистите поле.",
            "A sole trader has no КПП. Clear the field.",
        ),
        FieldProblem::KppWithoutInn => {
            ("Укажите ИНН: КПП без него не бывает.", "Enter the ИНН: there is no КПП without it.")
        }
        FieldProblem::BadPhone => {
            ("Телефон с кодом, например +7 999 000-11-22.", "Enter a phone number such as +7 999 000-11-22.")
        }
        FieldProblem::BadEmail => {
            ("Адрес почты, например buh@firma.ru.", "Enter an e-mail address such as office@firm.com.")
        }
        FieldProblem::BadPlate => ("Номер машины, например А123ВС178.", "Enter a plate such as А123ВС178."),
        FieldProblem::OutOfRange => {
            ("Укажите целое число не больше 9 999 999.", "Enter a whole number up to 9,999,999.")
        }
        FieldProblem::ContainerMissing => (
            "Нет счёта, в который добавить заказ. Откройте сервис заново.",
            "There is no invoice to add the order to. Open the service again.",
        ),
        FieldProblem::NotPositive => ("Число должно быть больше нуля.", "The number must be above zero."),
        FieldProblem::SumDiffers => {
            ("Сумма не сходится с объёмом и ценой.", "The sum does not agree with the volume and the price.")
        }
        FieldProblem::UnknownMeasure => (
            "Неизвестный код единицы измерения. Нужен код ОКЕИ, например 796 (шт) или 112 (л).",
            "Unknown unit of measure. Use an ОКЕИ code such as 796 (pieces) or 112 (litres).",
        ),
        FieldProblem::UnknownVat => (
            "Неизвестный код НДС. Например RUS_VAT22 или VATNONE.",
            "Unknown VAT code. Use one such as RUS_VAT22 or VATNONE.",
        ),
        FieldProblem::VatNotUsed => {
            ("Этот продавец не работает с такой ставкой НДС.", "This seller is not under such a VAT rate.")
        }
        FieldProblem::BadExternalId => (
            "Номер кассовой системы — от 1 до 64 печатных знаков.",
            "The number of the cashier system has 1 to 64 printable characters.",
        ),
    };
    locale.pick(ru, en).to_owned()
}
