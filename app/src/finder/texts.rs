//! Short texts about a station: in its row, on the map and on its page.

use domain::{
    fuel::FuelId,
    locale::Locale,
    view::{StationSummary, StationView},
};

use crate::components::TagKind;

/// Whether a station is open, and what comes next.
#[derive(Clone, Copy, Debug)]
pub struct OpenFacts<'a> {
    /// Closed for a while, regardless of its hours.
    pub is_shut: bool,
    pub open_now: bool,
    pub on_break: bool,
    pub open_until: Option<&'a str>,
    pub opens_at: Option<&'a str>,
}

impl<'a> From<&'a StationSummary> for OpenFacts<'a> {
    fn from(station: &'a StationSummary) -> Self {
        Self {
            is_shut: station.closed_reason.is_some(),
            open_now: station.open_now,
            on_break: station.on_break,
            open_until: station.open_until.as_deref(),
            opens_at: station.opens_at.as_deref(),
        }
    }
}

impl<'a> From<&'a StationView> for OpenFacts<'a> {
    fn from(station: &'a StationView) -> Self {
        Self {
            is_shut: station.closed_reason.is_some(),
            open_now: station.open_now,
            on_break: station.on_break,
            open_until: station.open_until.as_deref(),
            opens_at: station.opens_at.as_deref(),
        }
    }
}

/// «Открыто», «до 23:00», «Перерыв до 04:00». Times are those of the clock in the station.
pub fn open_tag(locale: Locale, facts: OpenFacts<'_>) -> (String, TagKind) {
    let (ru, en, time, kind) = match facts {
        OpenFacts { is_shut: true, .. } => ("Временно закрыта", "Closed for now", None, TagKind::Bad),
        OpenFacts { open_now: false, on_break: true, opens_at: Some(time), .. } => {
            ("Перерыв до", "Break till", Some(time), TagKind::Bad)
        }
        OpenFacts { open_now: false, opens_at: Some(time), .. } => {
            ("Закрыто до", "Closed till", Some(time), TagKind::Bad)
        }
        OpenFacts { open_now: false, .. } => ("Закрыто", "Closed", None, TagKind::Bad),
        OpenFacts { open_until: Some(time), .. } => ("до", "till", Some(time), TagKind::Neutral),
        _ => ("Открыто", "Open", None, TagKind::Good),
    };
    let text = locale.pick(ru, en);
    (time.map_or_else(|| text.to_owned(), |time| format!("{text} {time}")), kind)
}

/// The tag of a station's row: closed, no free pump, or until when it is open.
pub fn station_tag(locale: Locale, station: &StationSummary) -> (String, TagKind) {
    if station.no_free_pumps && station.open_now && station.closed_reason.is_none() {
        return (locale.pick("Нет свободных колонок", "No free pumps").to_owned(), TagKind::Pay);
    }
    open_tag(locale, station.into())
}

/// The price of the first wanted grade that is available here; of АИ-95 where no grade is wanted.
pub fn price_of(locale: Locale, station: &StationSummary, wanted: &[FuelId]) -> String {
    let preferred = wanted.iter().copied().chain([FuelId::A95]);
    let found = preferred
        .filter_map(|id| station.fuels.iter().find(|fuel| fuel.id == id))
        .chain(&station.fuels)
        .find(|fuel| fuel.available && fuel.price.is_some());
    match found.and_then(|fuel| Some((fuel.id, fuel.price?))) {
        Some((id, price)) => format!("{} {}", id.name(locale), locale.unit_price(price, id.unit())),
        None if station.pay_in_app => "—".to_owned(),
        None => locale.pick("Оплата на кассе", "Pay at the till").to_owned(),
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use domain::{id::StationId, money::Kopecks, view::FuelPrice};

    use super::*;

    const OPEN: OpenFacts<'_> =
        OpenFacts { is_shut: false, open_now: true, on_break: false, open_until: None, opens_at: None };

    #[test]
    fn hours_are_shown_in_both_languages() {
        let closed = OpenFacts { open_now: false, opens_at: Some("04:00"), ..OPEN };
        for (facts, ru, en) in [
            (OPEN, "Открыто", "Open"),
            (OpenFacts { open_until: Some("23:00"), ..OPEN }, "до 23:00", "till 23:00"),
            (closed, "Закрыто до 04:00", "Closed till 04:00"),
            (OpenFacts { on_break: true, ..closed }, "Перерыв до 04:00", "Break till 04:00"),
            (OpenFacts { opens_at: None, ..closed }, "Закрыто", "Closed"),
            (OpenFacts { is_shut: true, ..OPEN }, "Временно закрыта", "Closed for now"),
        ] {
            assert_eq!(open_tag(Locale::Ru, facts).0, ru);
            assert_eq!(open_tag(Locale::En, facts).0, en);
        }
    }

    #[test]
    fn a_grade_that_is_sold_out_has_no_price_in_the_list() {
        let fuel = |id, price, available| FuelPrice { id, price: Some(Kopecks::new(price)), available };
        let sells = |fuels| StationSummary {
            id: StationId("1".to_owned()),
            name: String::new(),
            brand: String::new(),
            address: String::new(),
            lat: 59.9,
            lon: 30.3,
            distance_m: None,
            open_now: true,
            fuels,
            services: Vec::new(),
            pay_in_app: true,
            open_until: None,
            opens_at: None,
            on_break: false,
            closed_reason: None,
            no_free_pumps: false,
        };
        let both = sells(vec![fuel(FuelId::A92, 6_010, true), fuel(FuelId::A95, 6_590, true)]);
        assert!(price_of(Locale::Ru, &both, &[]).contains("65,90"));
        assert!(price_of(Locale::Ru, &both, &[FuelId::A92]).contains("60,10"));
        let sold_out = sells(vec![fuel(FuelId::A92, 6_010, true), fuel(FuelId::A95, 6_590, false)]);
        assert!(price_of(Locale::Ru, &sold_out, &[FuelId::A95]).contains("60,10"));
        assert_eq!(price_of(Locale::Ru, &sells(vec![fuel(FuelId::A95, 6_590, false)]), &[]), "—");
    }
}
