//! The merge of a patch into a station.

use domain::{
    geo::Point,
    hidden::without_hidden,
    id::StationId,
    station::{Station, Trade},
};

use super::{
    opening_hours, place,
    problem::{MAX_TEXT_CHARS, PatchError, PatchNote, PatchProblem},
    station_patch::{AMENITIES, DEFAULT_STATION_NAME, StationPatch, Update},
};
use crate::stations::hours::{Hours, HoursError};

/// A station after a patch.
#[derive(Clone, Debug, PartialEq)]
pub struct Patched {
    pub station: Station,
    /// Repairs, and values that were not understood.
    pub notes: Vec<PatchNote>,
}

impl StationPatch {
    /// Merges the report into the known station, or makes a new one.
    ///
    /// # Errors
    /// [`PatchError`] with the first field whose value no station may have.
    pub fn apply(self, id: &StationId, known: Option<&Station>) -> Result<Patched, PatchError> {
        let mut notes = Vec::new();
        let mut station = known.cloned().unwrap_or_else(|| empty_station(id.clone()));
        self.apply_place(&mut station, known.is_none(), &mut notes)?;
        let concerns_hours =
            self.point.is_some() || self.time_zone.is_some() || self.opening_hours != Update::Keep;
        set_text("brand", self.brand, &mut station.brand)?;
        set_text("city", self.city, &mut station.city)?;
        set_text("address", self.address, &mut station.address)?;
        set("closed_reason", self.closed_reason, &mut station.closed_reason)?;
        set("merchant_id", self.merchant_id, &mut station.merchant_id)?;
        station.shop_id = self.shop_id.apply_to(station.shop_id);
        set("number", self.number, &mut station.number)?;
        set("phone", self.phone, &mut station.phone)?;
        station.phone = station.phone.as_deref().and_then(first_phone);
        station.enabled = self.enabled.unwrap_or(station.enabled);
        if self.name != Update::Keep || station.name.is_empty() {
            station.name = composed_name(&station, self.name, self.is_own_name, self.operator)?;
        }
        station.time_zone = self.time_zone.unwrap_or(station.time_zone);
        set("opening_hours", self.opening_hours, &mut station.opening_hours)?;
        if concerns_hours {
            check_hours(&mut station, &mut notes)?;
        }
        if let Some(names) = self.amenities {
            station.amenities = known_amenities(names, &mut notes);
        }
        self.trade.apply(&mut station.trade)?;
        Ok(Patched { station, notes })
    }

    /// Sets the place and, where it has changed, its time zone.
    fn apply_place(
        &self,
        station: &mut Station,
        is_new: bool,
        notes: &mut Vec<PatchNote>,
    ) -> Result<(), PatchError> {
        let Some(point) = self.point else {
            return if is_new { Err(PatchProblem::Missing.of("lat")) } else { Ok(()) };
        };
        let city = if let Update::Set(city) = &self.city { city } else { "" };
        let place = place::check(point, city)?;
        if place.was_swapped {
            notes.push(PatchNote::CoordinatesSwapped);
        }
        if is_new || station.point != place.point {
            place::time_zone(place.point).clone_into(&mut station.time_zone);
        }
        station.point = place.point;
        Ok(())
    }
}

fn empty_station(id: StationId) -> Station {
    Station {
        id,
        name: String::new(),
        brand: String::new(),
        number: None,
        address: String::new(),
        city: String::new(),
        point: Point { lat: 0.0, lon: 0.0 },
        opening_hours: None,
        time_zone: String::new(),
        phone: None,
        enabled: true,
        closed_reason: None,
        merchant_id: None,
        shop_id: None,
        amenities: Vec::new(),
        trade: Trade::default(),
    }
}

fn set(field: &'static str, update: Update<String>, value: &mut Option<String>) -> Result<(), PatchError> {
    let update = update.shown();
    if let Update::Set(text) = &update {
        check_length(field, text)?;
    }
    *value = update.apply_to(value.take());
    Ok(())
}

fn set_text(field: &'static str, update: Update<String>, value: &mut String) -> Result<(), PatchError> {
    let mut optional = Some(std::mem::take(value));
    set(field, update, &mut optional)?;
    *value = optional.unwrap_or_default();
    Ok(())
}

fn check_length(field: &'static str, text: &str) -> Result<(), PatchError> {
    if text.chars().count() > MAX_TEXT_CHARS { Err(PatchProblem::TooLong.of(field)) } else { Ok(()) }
}

/// The first of several phones, as in OpenStreetMap: the button calls one.
fn first_phone(phones: &str) -> Option<String> {
    phones.split(';').map(str::trim).find(|phone| !phone.is_empty()).map(str::to_owned)
}

/// Composes the name. A network's own name counts. OpenStreetMap's mostly repeats the brand, which would give a city
/// thirty stations of one name: there the brand and the network's number are the name, as far as they are known.
fn composed_name(
    station: &Station,
    name: Update<String>,
    is_own_name: bool,
    operator: Option<String>,
) -> Result<String, PatchError> {
    let name = name.shown().apply_to(None);
    let operator = operator.map(|operator| without_hidden(&operator)).filter(|operator| !operator.is_empty());
    for (field, text) in [("name", &name), ("operator", &operator)] {
        if let Some(text) = text {
            check_length(field, text)?;
        }
    }
    let brand = Some(station.brand.clone()).filter(|brand| !brand.is_empty());
    let composed = match (&brand, &station.number) {
        (Some(brand), Some(number)) => Some(format!("{brand} № {number}")),
        _ => None,
    };
    let names_the_number =
        |name: &String| station.number.as_ref().is_some_and(|number| name.contains(number.as_str()));
    Ok(match name {
        Some(name) if is_own_name || names_the_number(&name) => name,
        name => composed.or(name).or(brand).or(operator).unwrap_or_else(|| DEFAULT_STATION_NAME.to_owned()),
    })
}

/// Hours that cannot be read are kept with a note; a time zone that cannot be read is refused.
fn check_hours(station: &mut Station, notes: &mut Vec<PatchNote>) -> Result<(), PatchError> {
    if let Some(from) = &station.opening_hours
        && let Some(to) = opening_hours::repair(from)
    {
        notes.push(PatchNote::HoursRepaired { from: from.clone(), to: to.clone() });
        station.opening_hours = Some(to);
    }
    match Hours::parse(station.opening_hours.as_deref(), &station.time_zone, station.point) {
        Ok(_) => Ok(()),
        Err(HoursError::Zone(zone)) => Err(PatchProblem::UnknownTimeZone(zone).of("time_zone")),
        Err(error @ HoursError::Syntax(_)) => {
            notes.push(PatchNote::HoursUnreadable(error.to_string()));
            Ok(())
        }
    }
}

/// Facilities that the catalogue knows, in its order.
fn known_amenities(names: Vec<String>, notes: &mut Vec<PatchNote>) -> Vec<String> {
    let (known, unknown): (Vec<String>, Vec<String>) =
        names.into_iter().partition(|name| AMENITIES.contains(&name.as_str()));
    if !unknown.is_empty() {
        notes.push(PatchNote::UnknownServices(unknown));
    }
    let is_known = |name: &&&str| known.iter().any(|known| known == **name);
    AMENITIES.iter().filter(is_known).map(|name| (*name).to_owned()).collect()
}
