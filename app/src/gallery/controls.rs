//! Widgets that are pressed, chosen and typed into.

use domain::locale::Locale;
use leptos::prelude::*;

use super::widget_section::{ignored_callback, widget_section};
use crate::components::{
    AmountBar, Button, ButtonKind, ButtonLink, ButtonSize, CellGroup, CellLink, Chip, ChipCheckbox, ChipLink,
    ChipRadio, ChipStrip, Field, Icon, IconButton, Item, PumpOption, PumpPicker, RadioCell, SearchField,
    Segment, SegmentedLinks, SegmentedRadios, SelectField, SelectOption, Sheet, Stepper, StepperTexts,
};

pub fn widget_sections(locale: Locale) -> AnyView {
    view! { {buttons(locale)} {choices(locale)} {fields(locale)} {cells(locale)} {pumps(locale)} {steppers(locale)} {sheet(locale)} {bar(locale)} }.into_any()
}

fn buttons(locale: Locale) -> AnyView {
    let kinds = [ButtonKind::Primary, ButtonKind::Secondary, ButtonKind::Ghost];
    let large =
        kinds.map(|kind| view! { <Button kind>{locale.pick("Продолжить", "Continue")}</Button> }.into_any());
    let busy = kinds.map(|kind| {
        view! { <Button kind busy=true>{locale.pick("Продолжить", "Continue")}</Button> }.into_any()
    });
    let off = kinds.map(|kind| {
        view! { <Button kind disabled=true>{locale.pick("Продолжить", "Continue")}</Button> }.into_any()
    });
    let medium = kinds.map(|kind| {
        view! { <Button kind size=ButtonSize::Medium icon=Icon::Filter>{locale.pick("Фильтр", "Filters")}</Button> }.into_any()
    });
    widget_section(
        "Button, ButtonLink, IconButton",
        view! {
            <div class="tags">{large.into_iter().collect_view()}</div>
            <div class="tags">{busy.into_iter().collect_view()}</div>
            <div class="tags">{off.into_iter().collect_view()}</div>
            <div class="tags">{medium.into_iter().collect_view()}</div>
            <div class="tags"><ButtonLink href="#button".to_owned() kind=ButtonKind::Primary>{locale.pick("Заправиться", "Fuel here")}</ButtonLink></div>
            <div class="tags">
                <IconButton icon=Icon::Filter label=locale.pick("Фильтр", "Filters").to_owned() on_press=ignored_callback() />
                <IconButton icon=Icon::Filter label=locale.pick("Фильтр, выбрано 2", "Filters, chosen: 2").to_owned() badge=2_u32 on_press=ignored_callback() />
                <IconButton icon=Icon::Locate label=locale.pick("Где я", "My location").to_owned() size=48 kind=ButtonKind::Secondary on_press=ignored_callback() />
            </div>
        }
        .into_any(),
    )
}

fn choices(locale: Locale) -> AnyView {
    let segment = |label: &str, href: &str| Segment { label: label.to_owned(), href: href.to_owned() };
    let segments =
        [segment(locale.pick("Список", "List"), "#list"), segment(locale.pick("Карта", "Map"), "#map")];
    widget_section(
        "Chip, Segmented",
        view! {
            <ChipStrip legend=locale.pick("Действия", "Actions")>
                <Chip label=locale.pick("1 000 ₽", "1,000 ₽").to_owned() on_press=ignored_callback() />
                <Chip label=locale.pick("2 000 ₽", "2,000 ₽").to_owned() pressed=Signal::stored(true) on_press=ignored_callback() />
                <ChipLink href="#chip".to_owned() label=locale.pick("Адрес", "Address") current=true />
            </ChipStrip>
            <ChipStrip legend=locale.pick("Выбор", "Choice") wrap=true>
                <ChipRadio name="chip" value="a" label=locale.pick("Один из", "One") checked=true on_select=ignored_callback() />
                <ChipRadio name="chip" value="b" label=locale.pick("многих", "of many") checked=false on_select=ignored_callback() />
                <ChipRadio name="chip" value="c" label=locale.pick("недоступен", "disabled") checked=false disabled=true on_select=ignored_callback() />
                <ChipCheckbox name="any" value="a" label=locale.pick("Любые", "Any") checked=true on_toggle=ignored_callback() />
                <ChipCheckbox name="any" value="b" label=locale.pick("из многих", "of many") checked=false on_toggle=ignored_callback() />
            </ChipStrip>
            <SegmentedLinks label=locale.pick("Вид", "View") segments current=0_u8 />
            <SegmentedRadios legend=locale.pick("Ценник", "Price tag") name="seg" labels=[Signal::stored(locale.pick("Сумма", "Sum").to_owned()), Signal::stored(locale.pick("Литры", "Litres").to_owned())] current=1_u8 on_change=ignored_callback() />
        }
        .into_any(),
    )
}

fn fields(locale: Locale) -> AnyView {
    let option = |value: &str, label: &str, disabled| SelectOption {
        value: value.to_owned(),
        label: label.to_owned(),
        disabled,
    };
    let options = vec![
        option("a95", locale.pick("АИ-95 · 61,90 ₽/л", "AI-95 · 61.90 ₽/l"), false),
        option("a98", locale.pick("АИ-98 · нет в наличии", "AI-98 · none"), true),
    ];
    let wrong = || {
        Some(
            locale
                .pick(
                    "На этой АЗС не больше 60,00 л за раз",
                    "No more than 60.00 l at a time at this station",
                )
                .to_owned(),
        )
    };
    widget_section(
        "Field, SelectField, SearchField",
        view! {
            <div class="pair">
                <Field id="empty" label=locale.pick("Сумма, ₽", "Sum, ₽").to_owned() value=String::new() on_input=ignored_callback() />
                <Field id="full" label=locale.pick("Объём, л", "Volume, l").to_owned() value="40,00".to_owned() clear_label=locale.pick("Очистить", "Clear") on_input=ignored_callback() />
            </div>
            <Field id="hint" label="E-mail".to_owned() value=String::new() hint=locale.pick("Сюда придёт счёт", "The invoice comes here").to_owned() on_input=ignored_callback() />
            <Field id="wrong" label=locale.pick("Объём, л", "Volume, l").to_owned() value="61".to_owned() error=wrong() on_input=ignored_callback() />
            <Field id="fixed" label=locale.pick("Плательщик", "Payer").to_owned() value="ООО «Вектор»".to_owned() readonly=true on_input=ignored_callback() />
            <SelectField id="select" label=locale.pick("Топливо", "Fuel") options=options.clone() value="a95".to_owned() on_change=ignored_callback() />
            <SelectField id="select-wrong" label=locale.pick("Топливо", "Fuel") options value="a95".to_owned() error=wrong() on_change=ignored_callback() />
            <form role="search">
                <SearchField
                    id="search"
                    name="q"
                    label=locale.pick("Поиск АЗС", "Search stations")
                    placeholder=locale.pick("Адрес, сеть или № АЗС", "Address, brand or number")
                    value=String::new()
                    clear_label=locale.pick("Очистить", "Clear")
                    on_input=ignored_callback()
                />
            </form>
        }
        .into_any(),
    )
}

fn cells(locale: Locale) -> AnyView {
    widget_section(
        "CellGroup, RadioCell, CellLink, Item",
        view! {
            <CellGroup legend=locale.pick("Топливо", "Fuel") error=Some(locale.pick("Выберите топливо", "Choose fuel").to_owned())>
                <RadioCell name="fuel" value="a95" label=locale.pick("АИ-95", "AI-95") detail=locale.pick("61,90 ₽/л", "61.90 ₽/l").to_owned() checked=true on_select=ignored_callback() />
                <RadioCell name="fuel" value="d" label=locale.pick("ДТ зимнее", "Winter diesel") detail=locale.pick("74,35 ₽/л", "74.35 ₽/l").to_owned() checked=false on_select=ignored_callback() />
                <RadioCell name="fuel" value="a98" label=locale.pick("АИ-98", "AI-98") detail=locale.pick("Нет в наличии", "Sold out").to_owned() checked=false disabled=true on_select=ignored_callback() />
            </CellGroup>
            <CellLink href="#cell".to_owned() label=locale.pick("Заказ № 10 482", "Order № 10,482") detail=locale.pick("2 926,00 ₽", "2,926.00 ₽").to_owned() />
            <ul class="items">
                <Item name=locale.pick("Мойка «Экспресс»", "Car wash “Express”") note=locale.pick("590,00 ₽", "590.00 ₽").to_owned()>
                    <Button size=ButtonSize::Medium>{locale.pick("Добавить", "Add")}</Button>
                </Item>
            </ul>
        }
        .into_any(),
    )
}

fn pumps(locale: Locale) -> AnyView {
    let pump = |number: u32| {
        let (is_busy, disabled) = (number.is_multiple_of(3), number.is_multiple_of(4));
        let why = match (is_busy, disabled) {
            (true, _) => locale.pick(", занята", ", busy"),
            (_, true) => locale.pick(", не работает", ", out of order"),
            _ => "",
        };
        let label = format!("{} {number}{why}", locale.pick("Колонка", "Pump"));
        PumpOption { number, label, is_busy, disabled }
    };
    let pumps: Vec<PumpOption> = (1..=8).map(pump).collect();
    widget_section(
        "PumpPicker",
        view! {
            <PumpPicker legend=locale.pick("Колонка", "Pump") name="pump" pumps=pumps.clone() selected=Some(2_u32) on_select=ignored_callback() />
            <PumpPicker
                legend=locale.pick("Колонка, не выбрана", "Pump, not chosen")
                name="pump-wrong"
                pumps
                selected=None
                error=Some(locale.pick("Выберите колонку", "Choose a pump").to_owned())
                on_select=ignored_callback()
            />
        }
        .into_any(),
    )
}

fn steppers(locale: Locale) -> AnyView {
    let texts = |name: &str| StepperTexts {
        name: name.to_owned(),
        less: locale.pick("Убрать одну", "One less").to_owned(),
        more: locale.pick("Добавить одну", "One more").to_owned(),
        remove: locale.pick("Удалить", "Remove").to_owned(),
        limit: locale.pick("Не больше 99", "No more than 99").to_owned(),
    };
    widget_section(
        "Stepper",
        view! {
            <div class="tags">
                <Stepper texts=texts(locale.pick("Одна", "One")) value=1_u32 on_change=ignored_callback() />
                <Stepper texts=texts(locale.pick("Сорок две", "Forty-two")) value=42_u32 on_change=ignored_callback() />
                <Stepper texts=texts(locale.pick("Больше нельзя", "No more")) value=99_u32 on_change=ignored_callback() />
            </div>
        }
        .into_any(),
    )
}

fn bar(locale: Locale) -> AnyView {
    widget_section(
        "AmountBar",
        view! {
            <AmountBar caption=locale.pick("Итого:", "Total:") sum=locale.pick("2 926,00 ₽", "2,926.00 ₽").to_owned() count=2_u32>
                <Button kind=ButtonKind::Primary>{locale.pick("Продолжить", "Continue")}</Button>
            </AmountBar>
        }
        .into_any(),
    )
}

/// Opened by the browser itself, since no script runs here.
fn sheet(locale: Locale) -> AnyView {
    widget_section(
        "Sheet",
        view! {
            <button class="btn" data-kind="secondary" data-size="m" type="button" command="show-modal" commandfor="sheet">
                {locale.pick("Показать", "Show")}
            </button>
            <Sheet id="sheet" title=locale.pick("Шторка", "Sheet") close_label=locale.pick("Закрыть", "Close") open=false on_close=ignored_callback()>
                <div class="sheet-body">
                    <p>{locale.pick("Закрывается крестом, клавишей Esc и нажатием рядом.", "Closed by the cross, by Esc and by a press beside it.")}</p>
                </div>
            </Sheet>
        }
        .into_any(),
    )
}
