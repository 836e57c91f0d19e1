use domain::{
    locale::Locale,
    quote::QuoteWarning,
    refusal::OrderRefusal,
    texts::{describe_order_refusal, describe_warning},
    view::StationView,
};
use leptos::prelude::*;

use crate::components::{Notice, NoticeKind};

/// Fuel and goods as they can be ordered here now.
pub struct StationOffer {
    /// Reason why no fuel can be ordered.
    pub refused: Option<OrderRefusal>,
    pub fuel: bool,
    /// A person hands them over: they do not depend on the pumps.
    pub goods: bool,
}

impl StationOffer {
    pub fn from_station(station: &StationView) -> Self {
        let refused = station_refusal(station);
        let open = matches!(refused, None | Some(OrderRefusal::StationSilent));
        Self { fuel: refused.is_none(), goods: open && !station.trade.goods.is_empty(), refused }
    }
}

/// The reason why no fuel can be ordered here now.
pub fn station_refusal(station: &StationView) -> Option<OrderRefusal> {
    let closed = station
        .closed_reason
        .as_ref()
        .map(|reason| OrderRefusal::StationClosed { reason: Some(reason.clone()) });
    closed
        .or_else(|| station.automation.silent.then_some(OrderRefusal::StationSilent))
        .or_else(|| (!station.pay_in_app).then_some(OrderRefusal::NotPayable))
}

/// The notice of a station that is closed by its hours: fuel that is paid now is given once it opens.
pub fn closed_notice(station: &StationView, locale: Locale) -> Option<AnyView> {
    (!station.open_now && station_refusal(station).is_none()).then(|| {
        let text = describe_warning(QuoteWarning::ClosedNow, locale);
        view! { <Notice kind=NoticeKind::Info text /> }.into_any()
    })
}

/// The notice of that reason above the prices, and what can be ordered nevertheless.
pub fn refusal_notice(refusal: &OrderRefusal, has_goods: bool, locale: Locale) -> AnyView {
    let text = match refusal {
        OrderRefusal::StationSilent if has_goods => locale
            .pick(
                "АЗС не на связи: топливо в приложении сейчас не оплатить. Услуги и товары можно.",
                "The station is offline: you cannot pay for fuel in the app now. Services and goods you can.",
            )
            .to_owned(),
        refusal => describe_order_refusal(refusal, locale),
    };
    view! { <Notice kind=NoticeKind::Warning text /> }.into_any()
}
