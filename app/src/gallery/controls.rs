//! What is pressed, chosen and typed.

use leptos::prelude::*;

use super::{shelf, silent};
use crate::components::{
    AmountBar, Button, ButtonKind, ButtonLink, ButtonSize, CellGroup, CellLink, Chip, ChipCheckbox, ChipLink,
    ChipRadio, ChipStrip, Field, Icon, IconButton, Item, PumpOption, PumpPicker, RadioCell, SearchField,
    Segment, SegmentedLinks, SegmentedRadios, SelectField, SelectOption, Sheet, Stepper, StepperWords,
};

pub fn shelves() -> AnyView {
    view! { {buttons()} {choices()} {fields()} {cells()} {pumps()} {steppers()} {sheet()} {bar()} }.into_any()
}

fn buttons() -> AnyView {
    let kinds = [ButtonKind::Primary, ButtonKind::Secondary, ButtonKind::Ghost];
    let large = kinds.map(|kind| view! { <Button kind>"Продолжить"</Button> }.into_any());
    let busy = kinds.map(|kind| view! { <Button kind busy=true>"Продолжить"</Button> }.into_any());
    let off = kinds.map(|kind| view! { <Button kind disabled=true>"Продолжить"</Button> }.into_any());
    let medium = kinds.map(|kind| {
        view! { <Button kind size=ButtonSize::Medium icon=Icon::Filter>"Фильтр"</Button> }.into_any()
    });
    shelf(
        "Button, ButtonLink, IconButton",
        view! {
            <div class="tags">{large.into_iter().collect_view()}</div>
            <div class="tags">{busy.into_iter().collect_view()}</div>
            <div class="tags">{off.into_iter().collect_view()}</div>
            <div class="tags">{medium.into_iter().collect_view()}</div>
            <div class="tags"><ButtonLink href="#button".to_owned() kind=ButtonKind::Primary>"Заправиться"</ButtonLink></div>
            <div class="tags">
                <IconButton icon=Icon::Filter label="Фильтр".to_owned() on_press=silent() />
                <IconButton icon=Icon::Filter label="Фильтр, выбрано 2".to_owned() badge=2_u32 on_press=silent() />
                <IconButton icon=Icon::Locate label="Где я".to_owned() size=48 kind=ButtonKind::Secondary on_press=silent() />
            </div>
        }
        .into_any(),
    )
}

fn choices() -> AnyView {
    let segment = |label: &str, href: &str| Segment { label: label.to_owned(), href: href.to_owned() };
    let segments = [segment("Список", "#list"), segment("Карта", "#map")];
    shelf(
        "Chip, Segmented",
        view! {
            <ChipStrip legend="Действия">
                <Chip label="1 000 ₽".to_owned() on_press=silent() />
                <Chip label="2 000 ₽".to_owned() pressed=Signal::stored(true) on_press=silent() />
                <ChipLink href="#chip".to_owned() label="Адрес" current=true />
            </ChipStrip>
            <ChipStrip legend="Выбор" wrap=true>
                <ChipRadio name="chip" value="a" label="Один из" checked=true on_select=silent() />
                <ChipRadio name="chip" value="b" label="многих" checked=false on_select=silent() />
                <ChipRadio name="chip" value="c" label="недоступен" checked=false disabled=true on_select=silent() />
                <ChipCheckbox name="any" value="a" label="Любые" checked=true on_toggle=silent() />
                <ChipCheckbox name="any" value="b" label="из многих" checked=false on_toggle=silent() />
            </ChipStrip>
            <SegmentedLinks label="Вид" segments current=0_u8 />
            <SegmentedRadios legend="Ценник" name="seg" labels=["Сумма".to_owned(), "Литры".to_owned()] current=1_u8 on_change=silent() />
        }
        .into_any(),
    )
}

fn fields() -> AnyView {
    let option = |value: &str, label: &str, disabled| SelectOption {
        value: value.to_owned(),
        label: label.to_owned(),
        disabled,
    };
    let options =
        vec![option("a95", "АИ-95 · 61,90 ₽/л", false), option("a98", "АИ-98 · нет в наличии", true)];
    let wrong = || Some("На этой АЗС не больше 60,00 л за раз".to_owned());
    shelf(
        "Field, SelectField, SearchField",
        view! {
            <div class="pair">
                <Field id="empty" label="Сумма, ₽".to_owned() value=String::new() on_input=silent() />
                <Field id="full" label="Объём, л".to_owned() value="40,00".to_owned() clear_label="Очистить" on_input=silent() />
            </div>
            <Field id="hint" label="E-mail".to_owned() value=String::new() hint="Сюда придёт счёт".to_owned() on_input=silent() />
            <Field id="wrong" label="Объём, л".to_owned() value="61".to_owned() error=wrong() on_input=silent() />
            <Field id="fixed" label="Плательщик".to_owned() value="ООО «Вектор»".to_owned() readonly=true on_input=silent() />
            <SelectField id="select" label="Топливо" options=options.clone() value="a95".to_owned() on_change=silent() />
            <SelectField id="select-wrong" label="Топливо" options value="a95".to_owned() error=wrong() on_change=silent() />
            <form role="search">
                <SearchField
                    id="search"
                    name="q"
                    label="Поиск АЗС"
                    placeholder="Адрес, сеть или № АЗС"
                    value=String::new()
                    clear_label="Очистить"
                    on_input=silent()
                />
            </form>
        }
        .into_any(),
    )
}

fn cells() -> AnyView {
    shelf(
        "CellGroup, RadioCell, CellLink, Item",
        view! {
            <CellGroup legend="Топливо" error=Some("Выберите топливо".to_owned())>
                <RadioCell name="fuel" value="a95" label="АИ-95" detail="61,90 ₽/л".to_owned() checked=true on_select=silent() />
                <RadioCell name="fuel" value="d" label="ДТ зимнее" detail="74,35 ₽/л".to_owned() checked=false on_select=silent() />
                <RadioCell name="fuel" value="a98" label="АИ-98" detail="Нет в наличии".to_owned() checked=false disabled=true on_select=silent() />
            </CellGroup>
            <CellLink href="#cell".to_owned() label="Заказ № 10 482" detail="2 926,00 ₽".to_owned() />
            <ul class="items">
                <Item name="Мойка «Экспресс»" note="590,00 ₽".to_owned()>
                    <Button size=ButtonSize::Medium>"Добавить"</Button>
                </Item>
            </ul>
        }
        .into_any(),
    )
}

fn pumps() -> AnyView {
    let pump = |number: u32, disabled: bool| {
        let label = format!("Колонка {number}{}", if disabled { ", занята" } else { "" });
        PumpOption { number, label, disabled }
    };
    let pumps: Vec<PumpOption> = (1..=8).map(|number| pump(number, number % 3 == 0)).collect();
    shelf(
        "PumpPicker",
        view! {
            <PumpPicker legend="Колонка" name="pump" pumps=pumps.clone() selected=Some(2_u32) on_select=silent() />
            <PumpPicker
                legend="Колонка, не выбрана"
                name="pump-wrong"
                pumps
                selected=None
                error=Some("Выберите колонку".to_owned())
                on_select=silent()
            />
        }
        .into_any(),
    )
}

fn steppers() -> AnyView {
    let words = |name: &str| StepperWords {
        name: name.to_owned(),
        less: "Убрать одну".to_owned(),
        more: "Добавить одну".to_owned(),
        remove: "Удалить".to_owned(),
        limit: "Не больше 99".to_owned(),
    };
    shelf(
        "Stepper",
        view! {
            <div class="tags">
                <Stepper words=words("Одна") value=1_u32 on_change=silent() />
                <Stepper words=words("Сорок две") value=42_u32 on_change=silent() />
                <Stepper words=words("Больше нельзя") value=99_u32 on_change=silent() />
            </div>
        }
        .into_any(),
    )
}

fn bar() -> AnyView {
    shelf(
        "AmountBar",
        view! {
            <AmountBar caption="Итого:" sum="2 926,00 ₽".to_owned() count=2_u32>
                <Button kind=ButtonKind::Primary>"Продолжить"</Button>
            </AmountBar>
        }
        .into_any(),
    )
}

/// Opened by the browser itself, since no script runs here.
fn sheet() -> AnyView {
    shelf(
        "Sheet",
        view! {
            <button class="btn" data-kind="secondary" data-size="m" type="button" command="show-modal" commandfor="sheet">
                "Показать"
            </button>
            <Sheet id="sheet" title="Шторка" close_label="Закрыть" open=false on_close=silent()>
                <div class="sheet-body">
                    <p>"Закрывается крестом, клавишей Esc и нажатием рядом."</p>
                </div>
            </Sheet>
        }
        .into_any(),
    )
}
