//! Sentences for people: both sums of a changed price, in both languages, and no sum that a line's end tears apart.

use domain::{
    locale::Locale, money::Kopecks, quote::Quote, refusal::Refusal, sentence::of_refusal, view::QuoteView,
};

#[test]
fn a_changed_price_tells_the_old_sum_and_the_new_one() {
    let quote = Quote { total: Kopecks::new(251_600), ..Quote::of(Vec::new()) };
    let quote = Box::new(QuoteView::of(&quote, Locale::Ru, Vec::new()));
    let refusal = Refusal::PriceChanged { was: Kopecks::new(247_600), quote };
    let (ru, en) = (of_refusal(&refusal, Locale::Ru), of_refusal(&refusal, Locale::En));
    assert_eq!(ru, "Цена изменилась. Было\u{a0}2\u{a0}476,00\u{a0}₽, стало\u{a0}2\u{a0}516,00\u{a0}₽.");
    assert_eq!(en, "The price has changed. It was\u{a0}2,476.00\u{a0}₽, now it is\u{a0}2,516.00\u{a0}₽.");
}
