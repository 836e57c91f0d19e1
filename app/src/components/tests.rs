//! Widgets as the server renders them: names, states, escaping. Interaction is tested by the journeys in end2end.

use leptos::prelude::*;

use super::*;

fn html<V: IntoView + 'static>(widget: impl FnOnce() -> V) -> String {
    Owner::new().with(|| widget().into_view().to_html())
}

fn ignored_callback<T: 'static>() -> Callback<T> {
    Callback::new(|_| ())
}

#[test]
fn a_busy_button_keeps_its_name_and_is_not_disabled() {
    let out =
        html(|| view! { <Button kind=ButtonKind::Primary busy=true submit=true>"Перейти к оплате"</Button> });
    assert!(out.contains(r#"aria-busy="true""#), "{out}");
    assert!(out.contains(r#"type="submit""#), "{out}");
    assert!(out.contains("Перейти к оплате"), "{out}");
    assert!(out.contains("<svg") && out.contains(r#"class="face""#), "{out}");
    assert!(!out.contains("disabled"), "{out}");
}

#[test]
fn an_idle_button_has_no_busy_state() {
    let out = html(|| view! { <Button>"Маршрут"</Button> });
    assert!(!out.contains("aria-busy") && !out.contains("face"), "{out}");
    assert!(out.contains(r#"type="button""#) && out.contains(r#"data-kind="secondary""#), "{out}");
}

#[test]
fn an_icon_button_has_a_name_and_hides_a_zero_badge() {
    let none = html(|| view! { <IconButton icon=Icon::Filter label="Фильтр" on_press=ignored_callback() /> });
    assert!(none.contains(r#"aria-label="Фильтр""#) && !none.contains("badge"), "{none}");
    let two = html(
        || view! { <IconButton icon=Icon::Filter label="Фильтр, выбрано 2" badge=2u32 on_press=ignored_callback() /> },
    );
    assert!(two.contains(r#"<span aria-hidden="true" class="badge">2"#), "{two}");
}

#[test]
fn a_field_is_linked_to_its_label_and_hint() {
    let out = html(|| {
        view! { <Field id="sum" label="Сумма, ₽" value="2 476,00" hint="От 100 ₽" inputmode="decimal" clear_label="Очистить" on_input=ignored_callback() /> }
    });
    assert!(out.contains(r#"<label for="sum""#), "{out}");
    assert!(out.contains(r#"aria-describedby="sum-note""#) && out.contains(r#"id="sum-note""#), "{out}");
    assert!(out.contains(r#"value="2 476,00""#), "{out}");
    assert!(out.contains(r#"aria-label="Очистить""#), "{out}");
    assert!(!out.contains("aria-invalid"), "{out}");
}

#[test]
fn an_error_replaces_the_hint_and_is_announced() {
    let error = Some("Не меньше 2 л".to_owned());
    let out = html(
        || view! { <Field id="v" label="Объём, л" value="1" hint="До 60 л" error=error on_input=ignored_callback() /> },
    );
    assert!(out.contains(r#"aria-invalid="true""#) && out.contains(r#"role="alert""#), "{out}");
    assert!(out.contains("Не меньше 2 л") && !out.contains("До 60 л"), "{out}");
}

#[test]
fn what_people_typed_is_escaped() {
    let out = html(|| view! { <Field id="x" label="<b>" value="\"><script>" on_input=ignored_callback() /> });
    assert!(!out.contains("<script>") && !out.contains("<b>"), "{out}");
    let out = html(
        || view! { <StationRow href=None name="<i>АЗС</i>" address="a & b" mark="С" tag="Открыто" price="—" /> },
    );
    assert!(out.contains("&lt;i&gt;АЗС") && out.contains("a &amp; b"), "{out}");
}

#[test]
fn a_closed_station_is_not_a_link() {
    let closed = html(
        || view! { <StationRow href=None name="АЗС" address="ул." mark="С" tag="Временно закрыта" tag_kind=TagKind::Bad price="—" /> },
    );
    assert!(!closed.contains("<a") && !closed.contains("href"), "{closed}");
    let open = html(
        || view! { <StationRow href=Some("/stations/1".to_owned()) name="АЗС" address="ул." mark="С" tag="Открыто" price="—" /> },
    );
    assert!(open.contains(r#"<a href="/stations/1" class="station-in""#), "{open}");
}

#[test]
fn a_broken_pump_is_disabled_and_a_busy_one_only_named_so() {
    let pumps = vec![
        PumpOption { number: 2, label: "Колонка 2".to_owned(), is_busy: false, disabled: false },
        PumpOption {
            number: 5, label: "Колонка 5, занята".to_owned(), is_busy: true, disabled: false
        },
        PumpOption {
            number: 6, label: "Колонка 6, не работает".to_owned(), is_busy: false, disabled: true
        },
    ];
    let out = html(
        || view! { <PumpPicker legend="Колонка" pumps=pumps selected=Some(2) on_select=ignored_callback() /> },
    );
    let inputs: Vec<&str> = out.split("<input").skip(1).collect();
    let [two, five, six] = inputs.as_slice() else { panic!("{out}") };
    assert!(two.contains("checked") && !two.contains("disabled"), "{two}");
    assert!(five.contains(r#"aria-label="Колонка 5, занята""#) && !five.contains("disabled"), "{five}");
    assert_eq!(out.matches("data-busy").count(), 1, "{out}");
    assert!(six.contains("disabled") && !six.contains("checked"), "{six}");
    assert!(six.contains(r#"aria-label="Колонка 6, не работает""#), "{six}");
    assert!(out.contains("<legend"), "{out}");
}

#[test]
fn a_stepper_offers_the_bin_at_one_and_shows_the_limit() {
    let texts = || StepperTexts {
        name: "Омыватель".to_owned(),
        less: "Убрать".to_owned(),
        more: "Ещё".to_owned(),
        remove: "Удалить".to_owned(),
        limit: "Не больше 3".to_owned(),
    };
    let one = html(|| view! { <Stepper texts=texts() value=1u32 max=3 on_change=ignored_callback() /> });
    assert!(one.contains(r#"aria-label="Удалить""#) && !one.contains("aria-disabled"), "{one}");
    let three = html(|| view! { <Stepper texts=texts() value=3u32 max=3 on_change=ignored_callback() /> });
    assert!(three.contains(r#"aria-disabled="true""#) && three.contains("Не больше 3"), "{three}");
    assert!(three.contains(r#"role="group" aria-label="Омыватель""#), "{three}");
}

#[test]
fn the_current_segment_and_step_are_marked_for_everyone() {
    let segment = |label: &str, href: &str| Segment { label: label.to_owned(), href: href.to_owned() };
    let segments = [segment("Список", "/"), segment("Карта", "/?view=map")];
    let out = html(|| view! { <SegmentedLinks label="Вид" segments=segments current=1u8 /> });
    assert!(out.contains(r#"href="/?view=map" aria-current="page""#), "{out}");
    assert_eq!(out.matches("aria-current").count(), 1, "{out}");

    let names = ["Заказ", "Оплата", "Налив"].map(str::to_owned).to_vec();
    let out = html(|| view! { <Steps label="Ход заказа" names=names current=1usize /> });
    assert_eq!(out.matches("data-done").count(), 1, "{out}");
    assert_eq!(out.matches(r#"aria-current="step""#).count(), 1, "{out}");
}

#[test]
fn a_failure_is_an_alert_and_a_wait_is_a_status() {
    let out = html(|| view! { <ResultHead kind=ResultKind::Failure title="Оплата не прошла" /> });
    assert!(out.contains(r#"role="alert""#) && out.contains(r#"<h1 tabindex="-1""#), "{out}");
    let out = html(|| view! { <ResultHead kind=ResultKind::Waiting title="Проверяем оплату" /> });
    assert!(out.contains(r#"role="status""#) && out.contains("face"), "{out}");
}

#[test]
fn a_sheet_starts_closed_and_is_named_by_its_title() {
    let out = html(
        || view! { <Sheet id="filter" title="Фильтр" close_label="Закрыть" open=true on_close=ignored_callback()>"…"</Sheet> },
    );
    assert!(
        out.contains(r#"aria-labelledby="filter-title""#) && out.contains(r#"id="filter-title""#),
        "{out}"
    );
    assert!(!out.contains(" open"), "{out}");
}

#[test]
fn a_skeleton_is_announced_once_and_hides_its_boxes() {
    let out = html(|| view! { <StationsSkeleton label="Загружаем АЗС…" /> });
    assert_eq!(out.matches(r#"role="status""#).count(), 1, "{out}");
    assert!(out.contains(r#"<div aria-hidden="true" class="skel">"#), "{out}");
    assert_eq!(out.matches(r#"class="station""#).count(), 4, "{out}");
}

#[test]
fn the_bar_is_silent_until_the_sum_changes() {
    let out = html(|| view! { <AmountBar caption="Итого:" sum="2 926,00 ₽" count=2u32>"…"</AmountBar> });
    let spoken = out.split("<output").nth(1).and_then(|rest| rest.split("</output>").next()).unwrap();
    assert!(!spoken.contains("2 926"), "{out}");
    assert!(out.contains("2 926,00 ₽"), "{out}");
}

#[test]
fn no_widget_writes_an_inline_style() {
    let sources = [
        html(|| view! { <Spinner /> }),
        html(|| view! { <StationSkeleton label="…" /> }),
        html(|| view! { <Notice kind=NoticeKind::Offline text="Нет сети" /> }),
        html(
            || view! { <ChipStrip legend="Быстро"><Chip label="500 ₽" on_press=ignored_callback() /></ChipStrip> },
        ),
    ];
    for out in sources {
        assert!(!out.contains("style="), "{out}");
    }
}
