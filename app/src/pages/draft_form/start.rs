//! The moment at which the pump starts: the customer's choice where they have shown to be there, else a sentence.

use domain::{locale::Locale, order::StartMode, quote::QuoteWarning, texts::describe_warning};
use leptos::prelude::*;

use super::DraftForm;
use crate::{
    api::{PageSettings, PumpStart},
    components::{CellGroup, RadioCell},
    state::FormDraft,
};

/// The choice, or the sentence, and that the chosen pump is taken.
pub fn start_choice(draft_form: &DraftForm) -> AnyView {
    let DraftForm { station, locale, form, .. } = draft_form.clone();
    let pump_start = pump_start();
    let has_choice =
        Memo::new(move |_| pump_start == PumpStart::Chosen && form.with(FormDraft::can_start_when_paid));
    let cell = move |mode: StartMode, value: &'static str, label: &'static str| {
        let checked = Signal::derive(move || form.with(FormDraft::start) == mode);
        let select =
            Callback::new(move |()| form.update(|form| form.starts_later = mode == StartMode::ByDriver));
        view! { <RadioCell name="start" value label detail=String::new() checked on_select=select /> }
    };
    let taken = move || {
        let pump = form.with(|form| form.pump().filter(|_| form.fuel.is_some()))?;
        station.trade.pump(pump).filter(|pump| !pump.state.is_orderable())?;
        let text = describe_warning(QuoteWarning::PumpBusy { pump }, locale);
        Some(view! { <p class="caption" role="status">{text}</p> })
    };
    let choice = move || {
        if has_choice.get() {
            view! {
                <CellGroup legend=locale.pick("Когда включить колонку", "When to start the pump")>
                    {cell(
                        StartMode::WhenPaid,
                        "when_paid",
                        locale.pick("Колонка включится сразу после оплаты", "The pump starts right after the payment"),
                    )}
                    {cell(
                        StartMode::ByDriver,
                        "by_driver",
                        locale.pick("Включу сам, когда буду у колонки", "I’ll start it when I am at the pump"),
                    )}
                </CellGroup>
            }
            .into_any()
        } else {
            let text = move || {
                form.with(|form| form.fuel.is_some().then(|| describe_start(form, pump_start, locale)))
            };
            view! { <p class="caption">{text}</p> }.into_any()
        }
    };
    view! { {taken} {choice} }.into_any()
}

/// What starts the pumps of this installation.
fn pump_start() -> PumpStart {
    use_context::<PageSettings>().unwrap_or_default().pump_start
}

/// The sentence of how a draft's pump starts.
pub fn describe_start(form: &FormDraft, pump_start: PumpStart, locale: Locale) -> String {
    let by_payment = pump_start == PumpStart::ByPayment || form.start() == StartMode::WhenPaid;
    match (form.pump, locale) {
        _ if pump_start == PumpStart::ByCashier => locale
            .pick(
                "Колонку включит кассир: назовите ему номер заказа.",
                "The cashier starts the pump: tell them the order number.",
            )
            .to_owned(),
        (Some(pump), Locale::Ru) if by_payment => {
            format!("Колонка {pump} включится сразу после оплаты, если оплатить сейчас.")
        }
        (Some(pump), Locale::En) if by_payment => {
            format!("Pump {pump} starts right after the payment, if you pay now.")
        }
        (Some(pump), Locale::Ru) => {
            format!("После оплаты включите сами колонку {pump} или другую свободную, когда будете у неё.")
        }
        (Some(pump), Locale::En) => {
            format!("After the payment you start pump {pump}, or another free one, when you are there.")
        }
        (None, _) => locale
            .pick(
                "После оплаты выберите колонку на месте и включите её сами.",
                "After the payment you choose a pump there and start it.",
            )
            .to_owned(),
    }
}

/// How long a paid pump waits for its driver, where the driver starts it.
pub fn describe_start_time(form: &FormDraft, settings: &PageSettings, locale: Locale) -> Option<String> {
    let is_by_driver = settings.pump_start == PumpStart::Chosen && form.start() == StartMode::ByDriver;
    let time = match settings.start_ttl_minutes {
        0 => return None,
        minutes if minutes % (24 * 60) == 0 => {
            format!("{}\u{a0}{}", minutes / (24 * 60), locale.pick("дн.", "d"))
        }
        minutes if minutes % 60 == 0 => format!("{}\u{a0}{}", minutes / 60, locale.pick("ч", "h")),
        minutes => format!("{minutes}\u{a0}{}", locale.pick("мин", "min")),
    };
    let text = match locale {
        Locale::Ru => format!("На это есть {time} после оплаты, потом деньги вернутся плательщику."),
        Locale::En => format!("You have {time} after the payment; then the money goes back to the payer."),
    };
    is_by_driver.then_some(text)
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use std::sync::Arc;

    use domain::{fuel::FuelId, view::StationView};
    use serde_json::json;

    use super::*;

    #[expect(clippy::expect_used, reason = "a test")]
    fn station() -> Arc<StationView> {
        let station = json!({
            "id": "azs-12", "name": "АЗС № 12", "brand": "", "address": "", "lat": 54.6, "lon": 39.7, "distance_m": null,
            "open_now": true, "pay_in_app": true, "opening_hours": null, "updated_at": "2026-11-28T12:00:00Z",
            "pumps": [{ "number": 4, "fuels": ["a95"], "state": "free" }, { "number": 6, "fuels": ["a95"], "state": "busy" }],
            "fuels": [{
                "id": "a95", "name": "", "unit": "litre", "price_kopecks": 6190, "max_centi": null, "available": true,
                "vat": "RUS_VAT22",
            }],
            "services": [],
        });
        Arc::new(serde_json::from_value(station).expect("a station"))
    }

    fn choice(form: FormDraft, pump_start: PumpStart) -> String {
        Owner::new().with(|| {
            provide_context(PageSettings { pump_start, ..PageSettings::default() });
            start_choice(&DraftForm::open(station(), Locale::Ru, RwSignal::new(form))).to_html()
        })
    }

    #[test]
    fn the_payment_is_offered_as_the_start_only_to_somebody_who_is_there() {
        let here = choice(form(Some(4), true, false), PumpStart::Chosen);
        assert!(here.contains("Колонка включится сразу после оплаты"), "{here}");
        let [_, when_paid, by_driver] = here.split("<input").collect::<Vec<_>>()[..] else {
            panic!("{here}")
        };
        assert!(when_paid.contains(r#"value="when_paid""#) && when_paid.contains("checked"), "{here}");
        assert!(by_driver.contains(r#"value="by_driver""#) && !by_driver.contains("checked"), "{here}");
        for (form, by) in [
            (form(Some(4), false, false), PumpStart::Chosen),
            (form(None, true, false), PumpStart::Chosen),
            (form(Some(4), true, false), PumpStart::ByPayment),
            (form(Some(4), true, false), PumpStart::ByCashier),
        ] {
            let text = choice(form, by);
            assert!(!text.contains("<input") && text.contains("caption"), "{text}");
        }
    }

    #[test]
    fn a_busy_pump_may_be_chosen_and_is_not_started_by_the_payment_unasked() {
        let station = station();
        let mut busy = form(None, true, false);
        super::super::choose_pump(&mut busy, &station.trade, Some(domain::id::PumpNumber(6)));
        assert_eq!((busy.pump, busy.start()), (Some(6), StartMode::ByDriver));
        assert!(busy.can_start_when_paid(), "but its owner may say so");
        let text = choice(busy.clone(), PumpStart::Chosen);
        assert!(text.contains("Колонка 6 сейчас занята"), "{text}");
        super::super::choose_pump(&mut busy, &station.trade, Some(domain::id::PumpNumber(4)));
        assert_eq!(busy.start(), StartMode::WhenPaid);
    }

    fn form(pump: Option<u16>, is_here: bool, starts_later: bool) -> FormDraft {
        FormDraft { pump, is_here, starts_later, fuel: Some(FuelId::A95), ..FormDraft::default() }
    }

    #[test]
    fn the_payment_starts_a_pump_only_for_somebody_who_is_there_and_names_it() {
        assert_eq!(form(Some(4), true, false).start(), StartMode::WhenPaid);
        for by_driver in [form(Some(4), false, false), form(None, true, false), form(Some(4), true, true)] {
            assert_eq!(by_driver.start(), StartMode::ByDriver);
        }
        let goods = FormDraft { fuel: None, ..form(Some(4), true, false) };
        assert_eq!(goods.start(), StartMode::ByDriver);
    }

    #[test]
    fn the_sentence_says_who_starts_which_pump() {
        let ru = |form: &FormDraft, by| describe_start(form, by, Locale::Ru);
        let (here, away) = (form(Some(4), true, false), form(Some(4), false, false));
        assert!(ru(&here, PumpStart::Chosen).starts_with("Колонка 4 включится сразу после оплаты"));
        assert!(ru(&away, PumpStart::Chosen).starts_with("После оплаты включите сами колонку 4"));
        assert!(ru(&away, PumpStart::ByPayment).starts_with("Колонка 4 включится сразу после оплаты"));
        assert!(ru(&here, PumpStart::ByCashier).starts_with("Колонку включит кассир"));
        for by in [PumpStart::Chosen, PumpStart::ByPayment] {
            assert!(ru(&form(None, true, false), by).starts_with("После оплаты выберите колонку"));
        }
    }

    #[test]
    fn the_time_for_a_start_is_said_to_whoever_starts_the_pump() {
        let settings = |pump_start, start_ttl_minutes| PageSettings {
            pump_start,
            start_ttl_minutes,
            ..PageSettings::default()
        };
        let (here, away) = (form(Some(4), true, false), form(Some(4), false, false));
        for (minutes, time) in
            [(120, "2\u{a0}ч"), (90, "90\u{a0}мин"), (1440, "1\u{a0}дн."), (10_080, "7\u{a0}дн.")]
        {
            let text = describe_start_time(&away, &settings(PumpStart::Chosen, minutes), Locale::Ru);
            assert!(text.is_some_and(|text| text.contains(&format!("есть {time} после"))), "{minutes}");
        }
        let en = describe_start_time(&away, &settings(PumpStart::Chosen, 120), Locale::En);
        assert!(en.is_some_and(|text| text.starts_with("You have 2\u{a0}h after")));
        for (form, settings) in [
            (&here, settings(PumpStart::Chosen, 120)),
            (&away, settings(PumpStart::ByCashier, 120)),
            (&away, settings(PumpStart::ByPayment, 120)),
            (&away, settings(PumpStart::Chosen, 0)),
        ] {
            assert_eq!(describe_start_time(form, &settings, Locale::Ru), None);
        }
    }
}
