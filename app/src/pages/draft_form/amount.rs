//! Sum ⇄ volume: one is typed, the other follows from the price.

use domain::{
    draft::FillBy, locale::Locale, money::Kopecks, numbers::parse_hundredths, quantity::Centi,
    station::FuelProduct, unit::Unit,
};
use leptos::prelude::*;

use super::DraftForm;
use crate::{components::Field, state::FormDraft};

/// The two fields side by side. `prefix` distinguishes their ids from those of another form.
pub fn amount_fields(draft_form: &DraftForm, chosen: Memo<Option<FuelProduct>>, prefix: &str) -> AnyView {
    let (locale, form) = (draft_form.locale, draft_form.form);
    let shown = move |field: FillBy| {
        Signal::derive(move || {
            form.with(|form| computed_field(form, field, chosen.get().and_then(|fuel| fuel.price), locale))
        })
    };
    let enter_sum =
        Callback::new(move |typed| form.update(|form| (form.by, form.typed) = (FillBy::Amount, typed)));
    // The volume of a full tank is its ceiling, and stays one while it is typed.
    let enter_volume = Callback::new(move |typed| {
        form.update(|form| {
            let by = if form.by == FillBy::FullTank { FillBy::FullTank } else { FillBy::Volume };
            (form.by, form.typed) = (by, typed);
        });
    });
    let volume_label = Signal::derive(move || {
        let label = match form.with(|form| form.by) {
            FillBy::FullTank => locale.pick("Не больше", "At most"),
            _ => locale.pick("Объём", "Volume"),
        };
        format!("{label}, {}", chosen.get().map_or(Unit::Litre, |fuel| fuel.unit).sign(locale))
    });
    let cap = Signal::derive(move || {
        let cap = chosen.get().and_then(|fuel| Some(locale.quantity(fuel.max?, fuel.unit)));
        let text =
            |cap| format!("{} {cap} {}", locale.pick("До", "Up to"), locale.pick("за раз", "at a time"));
        cap.map(text).unwrap_or_default()
    });
    view! {
        <div class="pair">
            <Field
                id=format!("{prefix}sum")
                label=locale.pick("Сумма, ₽", "Sum, ₽").to_owned()
                value=shown(FillBy::Amount)
                on_input=enter_sum
                inputmode="decimal"
                maxlength=12
            />
            <Field
                id=format!("{prefix}volume")
                label=volume_label
                value=shown(FillBy::Volume)
                on_input=enter_volume
                hint=cap
                error=draft_form.field_error(&["draft.fuel.volume_centi", "draft.fuel.by"])
                inputmode="decimal"
                maxlength=12
            />
        </div>
    }
    .into_any()
}

/// The text of a field: that which was typed keeps its digits, the other one follows from the price.
fn computed_field(form: &FormDraft, field: FillBy, price: Option<Kopecks>, locale: Locale) -> String {
    let typed_field = if form.by == FillBy::FullTank { FillBy::Volume } else { form.by };
    if typed_field == field {
        return form.typed.clone();
    }
    let (Some(number), Some(price)) = (parse_hundredths(&form.typed), price) else { return String::new() };
    let followed = match field {
        FillBy::Volume => Centi::affordable(Kopecks::new(number), price).map(Centi::get),
        _ => Centi::new(number).cost(price).map(Kopecks::get),
    };
    followed.map(|value| locale.hundredths(value)).unwrap_or_default()
}
