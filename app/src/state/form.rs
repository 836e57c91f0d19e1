//! The form's values as chosen and typed, and their conversion to a draft.

use std::collections::BTreeMap;

use domain::{
    draft::{Customer, DraftContent, FillBy, FuelChoice, Item, Vehicle},
    fuel::FuelId,
    id::{PumpNumber, Sku},
    locale::Locale,
    money::Kopecks,
    numbers::parse_hundredths,
    order::StartMode,
    quantity::Centi,
    refusal::{FieldProblem, RequestError},
    view::{LineView, OrderView},
};
use serde::{Deserialize, Serialize};

/// The choice of the customer at one station, as typed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FormDraft {
    pub station: String,
    pub pump: Option<u16>,
    pub fuel: Option<FuelId>,
    /// The number that was typed; the other is computed.
    pub by: FillBy,
    /// The digits of that number, exactly as typed.
    pub typed: String,
    pub items: BTreeMap<String, u32>,
    /// Distance of the phone from the station when its owner confirmed to be there.
    #[serde(default)]
    pub away_m: Option<u32>,
    /// The customer has shown to be at the station: by the sticker of a pump, by the place of the phone, or by saying so.
    /// Not stored: it has to be shown again.
    #[serde(skip)]
    pub is_here: bool,
    /// The customer starts the pump, though the payment could start it.
    #[serde(skip)]
    pub starts_later: bool,
    /// The sticker that has brought the customer here. Whoever comes back to its address keeps what they have chosen since.
    #[serde(skip)]
    pub sticker: Option<u16>,
}

/// The payer and the car, as typed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PayerForm {
    pub name: String,
    pub email: String,
    pub phone: String,
    pub inn: String,
    pub kpp: String,
    pub plate: String,
    pub driver: String,
    pub odometer: String,
    #[serde(default)]
    pub cost_centre: String,
}

impl FormDraft {
    /// A new draft with the content of an order; with its pump only where that may be used again.
    #[must_use]
    pub fn from_order(order: &OrderView, same_pump: bool) -> Self {
        let fuel = order.lines.iter().find(|line| line.kind == "fuel");
        let others = order.lines.iter().filter(|line| line.kind != "fuel");
        let count = |line: &LineView| u32::try_from(line.quantity.get() / 100).ok();
        Self {
            station: order.station.id.0.clone(),
            pump: order.pump.filter(|_| same_pump).map(|pump| pump.0),
            fuel: fuel.and_then(|line| FuelId::parse(&line.sku.0)),
            by: FillBy::Volume,
            typed: fuel.map(|line| Locale::Ru.hundredths(line.quantity.get())).unwrap_or_default(),
            items: others.filter_map(|line| Some((line.sku.0.clone(), count(line)?))).collect(),
            away_m: None,
            is_here: false,
            starts_later: false,
            sticker: None,
        }
    }

    /// Moment at which the pump is to be started. A hurried driver who stands at the pump wants fuel at once: whoever is
    /// there and names a pump has it started by the payment, unless they choose otherwise.
    #[must_use]
    pub fn start(&self) -> StartMode {
        if self.can_start_when_paid() && !self.starts_later {
            StartMode::WhenPaid
        } else {
            StartMode::ByDriver
        }
    }

    /// Whether the payment may start the pump: it is known which, and that the customer is there.
    #[must_use]
    pub fn can_start_when_paid(&self) -> bool {
        self.is_here && self.fuel.is_some() && self.pump.is_some()
    }

    #[must_use]
    pub fn pump(&self) -> Option<PumpNumber> {
        self.pump.map(PumpNumber)
    }

    #[must_use]
    pub fn fuel_choice(&self) -> Option<FuelChoice> {
        let id = self.fuel?;
        let number = parse_hundredths(&self.typed);
        Some(FuelChoice {
            id,
            by: self.by,
            volume: number.filter(|_| self.by != FillBy::Amount).map(Centi::new),
            amount: number.filter(|_| self.by == FillBy::Amount).map(Kopecks::new),
        })
    }

    #[must_use]
    pub fn items(&self) -> Vec<Item> {
        self.items.iter().map(|(sku, count)| Item { sku: Sku(sku.clone()), count: *count }).collect()
    }

    /// Prices with `use_content`, which gets the priced part.
    pub fn with_content<T>(&self, use_content: impl FnOnce(DraftContent<'_>) -> T) -> T {
        let (fuel, items) = (self.fuel_choice(), self.items());
        use_content(DraftContent {
            pump: self.pump(),
            start: self.start(),
            fuel: fuel.as_ref(),
            items: &items,
        })
    }
}

impl PayerForm {
    /// Replaces the host's earlier hints by its new ones, never what was typed by hand or deleted.
    pub(super) fn update_hints(&mut self, before: &Self, now: &Self) {
        for (field, before, now) in [
            (&mut self.name, &before.name, &now.name),
            (&mut self.email, &before.email, &now.email),
            (&mut self.phone, &before.phone, &now.phone),
        ] {
            if field == before {
                field.clone_from(now);
            }
        }
    }

    #[must_use]
    pub fn customer(&self) -> Customer {
        Customer {
            name: self.name.trim().to_owned(),
            email: self.email.trim().to_owned(),
            phone: self.phone.trim().to_owned(),
            inn: non_blank(&self.inn),
            kpp: non_blank(&self.kpp),
        }
    }

    /// The car; `None` where nothing was typed.
    ///
    /// # Errors
    /// [`RequestError::Field`] if the odometer is not a number of kilometres: a mistyped one is never dropped silently.
    pub fn vehicle(&self) -> Result<Option<Vehicle>, RequestError> {
        let odometer: String = self.odometer.chars().filter(|c| !c.is_whitespace()).collect();
        let wrong =
            RequestError::Field { field: "draft.vehicle.odometer_km", problem: FieldProblem::OutOfRange };
        let vehicle = Vehicle {
            plate: non_blank(&self.plate),
            driver: non_blank(&self.driver),
            odometer_km: non_blank(&odometer).map(|km| km.parse().map_err(|_| wrong)).transpose()?,
            cost_centre: non_blank(&self.cost_centre),
        };
        Ok((vehicle != Vehicle::default()).then_some(vehicle))
    }
}

fn non_blank(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payer(name: &str, email: &str, phone: &str) -> PayerForm {
        let [name, email, phone] = [name, email, phone].map(str::to_owned);
        PayerForm { name, email, phone, ..PayerForm::default() }
    }

    #[test]
    fn another_payer_replaces_what_nobody_typed() {
        let (before, now) = (payer("Орлов", "orlov@firma.example", "1"), payer("Синица", "", "2"));
        let mut form = PayerForm { inn: "7707083893".to_owned(), ..before.clone() };
        form.update_hints(&before, &now);
        assert_eq!(
            form,
            PayerForm { inn: "7707083893".to_owned(), ..now },
            "an unknown address is not the old one"
        );
    }

    #[test]
    fn another_payer_leaves_what_was_typed_and_what_was_deleted() {
        let (before, now) =
            (payer("Орлов", "orlov@firma.example", "1"), payer("Синица", "s@firma.example", "2"));
        let mut form = payer("ООО «Вектор»", "", "1");
        form.update_hints(&before, &now);
        assert_eq!(form, payer("ООО «Вектор»", "", "2"));
    }
}
