//! Widgets that are read.

use domain::locale::Locale;
use leptos::prelude::*;

use super::widget_section::{ignored_callback, widget_section};
use crate::components::{
    Banner, Button, ButtonSize, ConfirmSkeleton, Facts, Icon, NavBar, Notice, NoticeKind, OrderList,
    OrderRow, ResultHead, ResultKind, RowsSkeleton, Spinner, StationRow, StationSkeleton, StationsSkeleton,
    Steps, Tag, TagKind, Totals,
};

pub fn widget_sections(locale: Locale) -> AnyView {
    view! { {rows(locale)} {tags(locale)} {notices(locale)} {orders(locale)} {results(locale)} {heads(locale)} {skeletons(locale)} }.into_any()
}

fn rows(locale: Locale) -> AnyView {
    widget_section(
        "StationRow",
        view! {
            <ul class="station-list">
                <StationRow
                    href=Some("#open".to_owned())
                    name="АЗС «Север» № 12"
                    address="Пулковское ш., 42"
                    mark="С"
                    tag=locale.pick("Открыто", "Open")
                    tag_kind=TagKind::Good
                    price=locale.pick("АИ-95 61,90 ₽/л", "AI-95 61.90 ₽/l")
                    distance=locale.pick("1,2 км", "1.2 km")
                />
                <StationRow
                    href=None
                    name="АЗС «Юг» № 7 с очень длинным названием, которое не помещается"
                    address="Витебский пр., 15, корпус 2, за переездом, второй поворот направо"
                    mark="ЮГ"
                    tag=locale.pick("Временно закрыта", "Closed for now")
                    tag_kind=TagKind::Bad
                    price="—"
                    distance=locale.pick("3,4 км", "3.4 km")
                />
            </ul>
        }
        .into_any(),
    )
}

fn tags(locale: Locale) -> AnyView {
    let tag = |(kind, text): (TagKind, &str)| view! { <Tag kind text=text.to_owned() /> }.into_any();
    let tags = [
        (TagKind::Neutral, locale.pick("до 23:00", "till 23:00")),
        (TagKind::Good, locale.pick("Открыто", "Open")),
        (TagKind::Bad, locale.pick("Закрыто", "Closed")),
        (TagKind::Pay, locale.pick("Оплатить до 14:35", "Pay before 14:35")),
    ];
    widget_section(
        "Tag, Spinner, Steps",
        view! {
            <p class="tags">{tags.map(tag).into_iter().collect_view()} <Tag icon=Icon::Check text=locale.pick("Оплачен", "Paid").to_owned() /></p>
            <Spinner />
            <Steps label=locale.pick("Начат", "Begun") names=steps(locale) current=0_usize />
            <Steps label=locale.pick("Идёт", "Under way") names=steps(locale) current=1_usize />
            <Steps label=locale.pick("Окончен", "Finished") names=steps(locale) current=3_usize />
        }
        .into_any(),
    )
}

fn steps(locale: Locale) -> Vec<String> {
    [locale.pick("Заказ", "Order"), locale.pick("Оплата", "Payment"), locale.pick("Налив", "Fuelling")]
        .map(str::to_owned)
        .to_vec()
}

fn notices(locale: Locale) -> AnyView {
    let notice = |(kind, text): (NoticeKind, &str)| view! { <Notice kind text=text.to_owned() /> }.into_any();
    let notices = [
        (
            NoticeKind::Info,
            locale.pick(
                "Скидка 2 ₽ с литра до конца месяца.",
                "2 ₽ off each litre until the end of the month.",
            ),
        ),
        (
            NoticeKind::Offline,
            locale
                .pick("Нет сети. Показаны данные от 14:02.", "No network. This is what was known at 14:02."),
        ),
        (
            NoticeKind::Warning,
            locale.pick(
                "Цена изменилась. Было 2 476,00 ₽, стало 2 516,00 ₽.",
                "The price has changed. It was 2,476.00 ₽, now it is 2,516.00 ₽.",
            ),
        ),
        (
            NoticeKind::Error,
            locale.pick(
                "Заказ не оформлен. Деньги не списаны.",
                "The order was not placed. Nothing was charged.",
            ),
        ),
    ];
    widget_section(
        "Notice",
        view! {
            {notices.map(notice).into_iter().collect_view()}
            <Notice kind=NoticeKind::Offline title=locale.pick("Нет сети", "No network").to_owned() text=locale.pick("Повторите, когда связь появится.", "Try again when you are back online.").to_owned()>
                <Button size=ButtonSize::Medium>{locale.pick("Повторить", "Try again")}</Button>
            </Notice>
        }
        .into_any(),
    )
}

fn orders(locale: Locale) -> AnyView {
    let row = |name: &str, note: &str, sum: &str, vat: &str| OrderRow {
        name: name.to_owned(),
        note: note.to_owned(),
        sum: sum.to_owned(),
        vat: vat.to_owned(),
    };
    let rows = vec![
        row(
            locale.pick("АИ-95", "AI-95"),
            locale.pick("40,00 л × 61,90 ₽", "40.00 l × 61.90 ₽"),
            locale.pick("2 476,00 ₽", "2,476.00 ₽"),
            locale.pick("В т.ч. НДС: 446,49 ₽", "VAT included: 446.49 ₽"),
        ),
        row(
            locale.pick("Омыватель −20 °C, 5 л", "Washer fluid −20 °C, 5 l"),
            locale.pick("1 шт × 450,00 ₽", "1 pc × 450.00 ₽"),
            locale.pick("450,00 ₽", "450.00 ₽"),
            "",
        ),
    ];
    let fact = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let facts = vec![
        fact(locale.pick("Заказ", "Order"), locale.pick("№ 10 482", "№ 10,482")),
        fact(locale.pick("Сумма", "Sum"), locale.pick("2 926,00 ₽", "2,926.00 ₽")),
        fact(
            locale.pick("Документы", "Documents"),
            locale.pick("придут от Инвойсбокса", "will come from Invoicebox"),
        ),
    ];
    widget_section(
        "Banner, OrderList, Totals, Facts",
        view! {
            <Banner title="АЗС «Север» № 12" subtitle=locale.pick("Пулковское ш., 42 · колонка 2", "Пулковское ш., 42 · pump 2") sum=locale.pick("2 926,00 ₽", "2,926.00 ₽").to_owned()>
                <Tag kind=TagKind::Pay text=locale.pick("Оплатить до 14:35", "Pay before 14:35").to_owned() />
            </Banner>
            <OrderList label=locale.pick("Состав заказа", "Lines of the order") rows />
            <Totals total_label=locale.pick("Итого:", "Total:") total=locale.pick("2 926,00 ₽", "2,926.00 ₽").to_owned() vat_label=locale.pick("В т.ч. НДС:", "VAT included:") vat=locale.pick("527,64 ₽", "527.64 ₽").to_owned() />
            <Facts rows=facts />
        }
        .into_any(),
    )
}

fn results(locale: Locale) -> AnyView {
    let result = |(kind, title, text): (ResultKind, &str, &str)| {
        view! { <ResultHead kind title=title.to_owned() text=text.to_owned() detail=locale.pick("Причина или срок.", "A reason or a term.").to_owned() /> }.into_any()
    };
    let results = [
        (
            ResultKind::Waiting,
            locale.pick("Проверяем оплату", "Checking the payment"),
            locale.pick("Не начинайте налив.", "Do not fuel yet."),
        ),
        (
            ResultKind::Success,
            locale.pick("Можно заправляться", "You can fuel now"),
            locale.pick("Снимите пистолет.", "Lift the nozzle."),
        ),
        (
            ResultKind::Failure,
            locale.pick("Оплата не прошла", "Not paid"),
            locale.pick("Деньги не списаны.", "Nothing was charged."),
        ),
    ];
    widget_section("ResultHead", results.map(result).into_iter().collect_view().into_any())
}

fn heads(locale: Locale) -> AnyView {
    let clear = ignored_callback::<()>();
    widget_section(
        "NavBar",
        view! {
            <NavBar
                title="АЗС «Север» № 12".to_owned()
                subtitle="Пулковское ш., 42".to_owned()
                back_href="#back".to_owned()
                back_label=locale.pick("Назад", "Back")
                on_back=clear
            />
        }
        .into_any(),
    )
}

fn skeletons(locale: Locale) -> AnyView {
    widget_section(
        "Skeleton",
        view! {
            <StationsSkeleton label=locale.pick("Загружаем АЗС…", "Loading stations…") />
            <RowsSkeleton label=locale.pick("Загружаем АЗС…", "Loading stations…") count=2 />
            <StationSkeleton label=locale.pick("Загружаем АЗС…", "Loading stations…") />
            <ConfirmSkeleton label=locale.pick("Загружаем заказ…", "Loading the order…") />
        }
        .into_any(),
    )
}
