//! What a draft says of its payer, vehicle and host, refused field by field.

use crate::{
    draft::{Customer, Host, MinappType, Vehicle},
    hidden::is_plain,
    refusal::{FieldProblem, RequestError},
    requisites::{Email, Inn, Kpp, Phone, Plate},
};

/// Refuses a payer that no closing document could name: name, e-mail and phone are needed, ИНН and КПП only when
/// they are given, and then they must be real.
///
/// # Errors
/// The first field that is wrong, in the order of the form.
pub fn check_customer(customer: &Customer) -> Result<(), RequestError> {
    let wrong = |field, problem| Err(RequestError::Field { field, problem });
    let name = customer.name.trim();
    if name.is_empty() {
        return wrong("draft.customer.name", FieldProblem::Missing);
    }
    if !is_plain(name, 300) {
        return wrong("draft.customer.name", FieldProblem::TooLong);
    }
    if Email::parse(customer.email.trim()).is_none() {
        return wrong("draft.customer.email", FieldProblem::BadEmail);
    }
    if Phone::parse(customer.phone.trim()).is_none() {
        return wrong("draft.customer.phone", FieldProblem::BadPhone);
    }
    check_taxpayer(customer)
}

/// Refuses an ИНН or a КПП that cannot be, where they are given.
pub(crate) fn check_taxpayer(customer: &Customer) -> Result<(), RequestError> {
    let wrong = |field, problem| Err(RequestError::Field { field, problem });
    let inn = match non_blank(customer.inn.as_deref()) {
        None => None,
        Some(text) => match Inn::parse(text) {
            None => return wrong("draft.customer.inn", FieldProblem::BadInn),
            inn => inn,
        },
    };
    match (non_blank(customer.kpp.as_deref()), inn) {
        (None, _) => Ok(()),
        (Some(_), None) => wrong("draft.customer.kpp", FieldProblem::KppWithoutInn),
        (Some(_), Some(inn)) if inn.is_person() => wrong("draft.customer.kpp", FieldProblem::KppWithPerson),
        (Some(kpp), _) if Kpp::parse(kpp).is_none() => wrong("draft.customer.kpp", FieldProblem::BadKpp),
        _ => Ok(()),
    }
}

/// Refuses a malformed plate, an odometer beyond ten million kilometres, and texts that are too long or not plain.
///
/// # Errors
/// The first field that is wrong.
pub fn check_vehicle(vehicle: &Vehicle) -> Result<(), RequestError> {
    let wrong = |field, problem| Err(RequestError::Field { field, problem });
    if non_blank(vehicle.plate.as_deref()).is_some_and(|plate| Plate::parse(plate).is_none()) {
        return wrong("draft.vehicle.plate", FieldProblem::BadPlate);
    }
    if vehicle.driver.as_ref().is_some_and(|driver| !is_plain(driver, 200)) {
        return wrong("draft.vehicle.driver", FieldProblem::TooLong);
    }
    if vehicle.odometer_km.is_some_and(|km| km > 9_999_999) {
        return wrong("draft.vehicle.odometer_km", FieldProblem::OutOfRange);
    }
    if vehicle.cost_centre.as_ref().is_some_and(|text| !is_plain(text, 100)) {
        return wrong("draft.vehicle.cost_centre", FieldProblem::TooLong);
    }
    Ok(())
}

/// Checks that a suborder names the container it joins, and that nobody else names one.
///
/// # Errors
/// The field that is missing or too long.
pub fn check_host(host: &Host) -> Result<(), RequestError> {
    const CONTAINER_ID_FIELD: &str = "draft.host.order_container_id";
    match (host.minapp_type, non_blank(host.order_container_id.as_deref())) {
        (MinappType::Suborder, None) => {
            Err(RequestError::Field { field: CONTAINER_ID_FIELD, problem: FieldProblem::ContainerMissing })
        }
        (_, Some(id)) if id.len() > 36 || !id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-') => {
            Err(RequestError::Field { field: CONTAINER_ID_FIELD, problem: FieldProblem::TooLong })
        }
        _ => Ok(()),
    }
}

/// The text, unless it is missing or blank.
#[must_use]
pub fn non_blank(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}
