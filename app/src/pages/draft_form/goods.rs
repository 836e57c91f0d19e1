//! Services and goods, each with its count.

use domain::{locale::Locale, station::Product};
use leptos::prelude::*;

use super::DraftForm;
use crate::{
    components::{Button, ButtonKind, ButtonSize, Item, Stepper, StepperTexts},
    state::FormDraft,
};

/// Level of the heading above the form.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum HeadingLevel {
    /// The title of the page.
    Page,
    /// The title of a part of it, as at the cashier's desk.
    Part,
}

/// The list with its title; `None` where the station sells no goods.
pub fn goods(draft_form: &DraftForm, heading: HeadingLevel) -> Option<AnyView> {
    let (locale, form) = (draft_form.locale, draft_form.form);
    let goods = &draft_form.station.trade.goods;
    if goods.is_empty() {
        return None;
    }
    let title_text = locale.pick("Услуги и товары", "Services and goods");
    let title = match heading {
        HeadingLevel::Page => view! { <h2>{title_text}</h2> }.into_any(),
        HeadingLevel::Part => view! { <h3 class="legend">{title_text}</h3> }.into_any(),
    };
    let rows = goods.iter().map(|product| row(product, locale, form)).collect_view();
    Some(view! { <section class="section">{title} <ul class="items">{rows}</ul></section> }.into_any())
}

fn row(product: &Product, locale: Locale, form: RwSignal<FormDraft>) -> AnyView {
    let sku = product.sku.0.clone();
    let count = {
        let sku = sku.clone();
        Memo::new(move |_| form.with(|form| form.items.get(&sku).copied().unwrap_or_default()))
    };
    let change = Callback::new(move |count: u32| {
        form.update(|form| {
            if count == 0 {
                form.items.remove(&sku);
            } else {
                form.items.insert(sku.clone(), count);
            }
        });
    });
    let none = Memo::new(move |_| count.get() == 0);
    let name = product.name.clone();
    let texts = StepperTexts {
        name: name.clone(),
        less: locale.pick("Убрать одну", "One less").to_owned(),
        more: locale.pick("Добавить одну", "One more").to_owned(),
        remove: locale.pick("Удалить", "Remove").to_owned(),
        limit: locale.pick("Не больше 99", "No more than 99").to_owned(),
    };
    let add = format!("{} {name}", locale.pick("Добавить", "Add"));
    view! {
        <Item name note=locale.money(product.price)>
            {move || if none.get() {
                let press = Callback::new(move |()| change.run(1));
                view! {
                    <Button kind=ButtonKind::Secondary size=ButtonSize::Medium label=add.clone() on_press=press>
                        {locale.pick("Добавить", "Add")}
                    </Button>
                }
                .into_any()
            } else {
                view! { <Stepper texts=texts.clone() value=count on_change=change /> }.into_any()
            }}
        </Item>
    }
    .into_any()
}
