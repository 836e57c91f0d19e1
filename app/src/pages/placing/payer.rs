//! The payer, and the car for the waybill.

use domain::{
    checks::{check_customer, check_vehicle},
    locale::Locale,
    refusal::RequestError,
    texts::describe_request_error,
};
use leptos::prelude::*;

use crate::{api::ApiError, components::Field, state::PayerForm};

/// A mistake in one field.
#[derive(Clone, Debug, PartialEq)]
pub struct PayerMistake {
    path: &'static str,
    text: String,
}

impl PayerMistake {
    /// A mistake found in the browser, if it is in a field of this screen.
    fn from_request_error(error: &RequestError, locale: Locale) -> Option<Self> {
        let path = field_path(error.field()?)?;
        Some(Self { path, text: describe_request_error(error, locale) })
    }

    /// The server's refusal, if it is about a field of this screen.
    pub fn from_server_error(refused: &ApiError) -> Option<Self> {
        let path = field_path(refused.details()?.field.as_deref()?)?;
        Some(Self { path, text: refused.message().to_owned() })
    }
}

fn field_path(path: &str) -> Option<&'static str> {
    PAYER_FIELDS.iter().chain(&VEHICLE_FIELDS).map(|spec| spec.path).find(|own| *own == path)
}

/// Finds the first field that has to be corrected before the order is sent.
pub fn find_mistake(payer: &PayerForm, locale: Locale) -> Option<PayerMistake> {
    let checked = check_customer(&payer.customer()).and_then(|()| {
        let vehicle = payer.vehicle()?;
        vehicle.as_ref().map_or(Ok(()), check_vehicle)
    });
    checked.err().and_then(|error| PayerMistake::from_request_error(&error, locale))
}

/// One field of the payer: reading and writing it, its label, and its path in a refusal.
struct FieldSpec {
    id: &'static str,
    path: &'static str,
    label: (&'static str, &'static str),
    get: fn(&PayerForm) -> &String,
    set: fn(&mut PayerForm) -> &mut String,
    input_type: &'static str,
    autocomplete: &'static str,
    maxlength: u16,
}

macro_rules! spec {
    ($id:literal, $path:literal, $ru:literal, $en:literal, $field:ident, $type:literal, $autocomplete:literal, $max:literal) => {
        FieldSpec {
            id: $id,
            path: $path,
            label: ($ru, $en),
            get: |form| &form.$field,
            set: |form| &mut form.$field,
            input_type: $type,
            autocomplete: $autocomplete,
            maxlength: $max,
        }
    };
}

const PAYER_FIELDS: [FieldSpec; 5] = [
    spec!(
        "payer-name",
        "draft.customer.name",
        "Имя или организация",
        "Name or organisation",
        name,
        "text",
        "name",
        300
    ),
    spec!("payer-email", "draft.customer.email", "E-mail", "E-mail", email, "email", "email", 100),
    spec!("payer-phone", "draft.customer.phone", "Телефон", "Phone", phone, "tel", "tel", 40),
    spec!("payer-inn", "draft.customer.inn", "ИНН (необязательно)", "ИНН (optional)", inn, "text", "off", 12),
    spec!("payer-kpp", "draft.customer.kpp", "КПП (необязательно)", "КПП (optional)", kpp, "text", "off", 9),
];

const VEHICLE_FIELDS: [FieldSpec; 4] = [
    spec!("car-plate", "draft.vehicle.plate", "Номер машины", "Plate", plate, "text", "off", 16),
    spec!("car-driver", "draft.vehicle.driver", "Водитель", "Driver", driver, "text", "off", 200),
    spec!(
        "car-odometer",
        "draft.vehicle.odometer_km",
        "Пробег, км",
        "Odometer, km",
        odometer,
        "text",
        "off",
        7
    ),
    spec!(
        "car-cost-centre",
        "draft.vehicle.cost_centre",
        "Рейс или центр затрат",
        "Trip or cost centre",
        cost_centre,
        "text",
        "off",
        100
    ),
];

fn has_field(specs: &[FieldSpec], path: &str) -> bool {
    specs.iter().any(|spec| spec.path == path)
}

/// The fields; the one with the mistake shows its sentence.
pub fn fields(
    locale: Locale,
    payer: RwSignal<PayerForm>,
    mistake: RwSignal<Option<PayerMistake>>,
) -> AnyView {
    let field = move |spec: FieldSpec| {
        let FieldSpec { id, path, label, get, set, input_type, autocomplete, maxlength } = spec;
        let error = Signal::derive(move || {
            mistake.get().filter(|mistake| mistake.path == path).map(|mistake| mistake.text)
        });
        let value = Signal::derive(move || payer.with(|payer| get(payer).clone()));
        let input = Callback::new(move |typed: String| payer.update(|payer| *set(payer) = typed));
        view! {
            <Field
                id
                label=locale.pick(label.0, label.1).to_owned()
                value
                on_input=input
                error
                input_type
                autocomplete
                maxlength
            />
        }
        .into_any()
    };
    view! {
        <section class="payer">
            <h2>{locale.pick("Плательщик", "Payer")}</h2>
            {PAYER_FIELDS.map(field).collect_view()}
            <details open=move || mistake.with(|mistake| mistake.as_ref().is_some_and(|mistake| has_field(&VEHICLE_FIELDS, mistake.path)))>
                <summary>{locale.pick("Данные для путевого листа", "For the waybill")}</summary>
                {VEHICLE_FIELDS.map(field).collect_view()}
            </details>
        </section>
    }
    .into_any()
}
