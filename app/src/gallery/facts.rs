//! What is read.

use leptos::prelude::*;

use super::{shelf, silent};
use crate::components::{
    Banner, Button, ButtonSize, ConfirmSkeleton, Facts, Icon, NavBar, Notice, NoticeKind, OrderList,
    OrderRow, ResultHead, ResultKind, RowsSkeleton, Spinner, StationRow, StationSkeleton, StationsSkeleton,
    Steps, Tag, TagKind, Totals,
};

pub fn shelves() -> AnyView {
    view! { {rows()} {tags()} {notices()} {orders()} {results()} {heads()} {skeletons()} }.into_any()
}

fn rows() -> AnyView {
    shelf(
        "StationRow",
        view! {
            <ul class="station-list">
                <StationRow
                    href=Some("#open".to_owned())
                    name="АЗС «Север» № 12"
                    address="Пулковское ш., 42"
                    mark="С"
                    tag="Открыто"
                    tag_kind=TagKind::Good
                    price="АИ-95 61,90 ₽/л"
                    distance="1,2 км"
                />
                <StationRow
                    href=None
                    name="АЗС «Юг» № 7 с очень длинным названием, которое не помещается"
                    address="Витебский пр., 15, корпус 2, за переездом, второй поворот направо"
                    mark="ЮГ"
                    tag="Временно закрыта"
                    tag_kind=TagKind::Bad
                    price="—"
                    distance="3,4 км"
                />
            </ul>
        }
        .into_any(),
    )
}

fn tags() -> AnyView {
    let tag = |(kind, text): (TagKind, &str)| view! { <Tag kind text=text.to_owned() /> }.into_any();
    let tags = [
        (TagKind::Neutral, "до 23:00"),
        (TagKind::Good, "Открыто"),
        (TagKind::Bad, "Закрыто"),
        (TagKind::Pay, "Оплатить до 14:35"),
    ];
    shelf(
        "Tag, Spinner, Steps",
        view! {
            <p class="tags">{tags.map(tag).into_iter().collect_view()} <Tag icon=Icon::Check text="Оплачен".to_owned() /></p>
            <Spinner />
            <Steps label="Начат" names=steps() current=0_usize />
            <Steps label="Идёт" names=steps() current=1_usize />
            <Steps label="Окончен" names=steps() current=3_usize />
        }
        .into_any(),
    )
}

fn steps() -> Vec<String> {
    ["Заказ", "Оплата", "Налив"].map(str::to_owned).to_vec()
}

fn notices() -> AnyView {
    let notice = |(kind, text): (NoticeKind, &str)| view! { <Notice kind text=text.to_owned() /> }.into_any();
    let notices = [
        (NoticeKind::Info, "Скидка 2 ₽ с литра до конца месяца."),
        (NoticeKind::Offline, "Нет сети. Показаны данные от 14:02."),
        (NoticeKind::Warning, "Цена изменилась. Было 2 476,00 ₽, стало 2 516,00 ₽."),
        (NoticeKind::Error, "Заказ не оформлен. Деньги не списаны."),
    ];
    shelf(
        "Notice",
        view! {
            {notices.map(notice).into_iter().collect_view()}
            <Notice kind=NoticeKind::Offline title="Нет сети".to_owned() text="Повторите, когда связь появится.".to_owned()>
                <Button size=ButtonSize::Medium>"Повторить"</Button>
            </Notice>
        }
        .into_any(),
    )
}

fn orders() -> AnyView {
    let row = |name: &str, note: &str, sum: &str, vat: &str| OrderRow {
        name: name.to_owned(),
        note: note.to_owned(),
        sum: sum.to_owned(),
        vat: vat.to_owned(),
    };
    let rows = vec![
        row("АИ-95", "40,00 л × 61,90 ₽", "2 476,00 ₽", "В т.ч. НДС: 446,49 ₽"),
        row("Омыватель −20 °C, 5 л", "1 шт × 450,00 ₽", "450,00 ₽", ""),
    ];
    let fact = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let facts = vec![
        fact("Заказ", "№ 10 482"),
        fact("Сумма", "2 926,00 ₽"),
        fact("Документы", "придут от Инвойсбокса"),
    ];
    shelf(
        "Banner, OrderList, Totals, Facts",
        view! {
            <Banner title="АЗС «Север» № 12" subtitle="Пулковское ш., 42 · колонка 2" sum="2 926,00 ₽".to_owned()>
                <Tag kind=TagKind::Pay text="Оплатить до 14:35".to_owned() />
            </Banner>
            <OrderList label="Состав заказа" rows />
            <Totals total_label="Итого:" total="2 926,00 ₽".to_owned() vat_label="В т.ч. НДС:" vat="527,64 ₽".to_owned() />
            <Facts rows=facts />
        }
        .into_any(),
    )
}

fn results() -> AnyView {
    let result = |(kind, title, text): (ResultKind, &str, &str)| {
        view! { <ResultHead kind title=title.to_owned() text=text.to_owned() detail="Причина или срок.".to_owned() /> }.into_any()
    };
    let results = [
        (ResultKind::Waiting, "Проверяем оплату", "Не начинайте налив."),
        (ResultKind::Success, "Можно заправляться", "Снимите пистолет."),
        (ResultKind::Failure, "Оплата не прошла", "Деньги не списаны."),
    ];
    shelf("ResultHead", results.map(result).into_iter().collect_view().into_any())
}

fn heads() -> AnyView {
    let clear = silent::<()>();
    shelf(
        "NavBar",
        view! {
            <NavBar
                title="АЗС «Север» № 12".to_owned()
                subtitle="Пулковское ш., 42".to_owned()
                back_href="#back".to_owned()
                back_label="Назад"
                on_back=clear
            />
        }
        .into_any(),
    )
}

fn skeletons() -> AnyView {
    shelf(
        "Skeleton",
        view! {
            <StationsSkeleton label="Загружаем АЗС…" />
            <RowsSkeleton label="Загружаем АЗС…" count=2 />
            <StationSkeleton label="Загружаем АЗС…" />
            <ConfirmSkeleton label="Загружаем заказ…" />
        }
        .into_any(),
    )
}
