//! Laws of money that hold for every order.

#![expect(clippy::expect_used, reason = "helpers of tests may stop the test")]

use domain::{
    id::Sku,
    locale::Locale,
    money::{Kopecks, half_up},
    numbers::parse_hundredths,
    quantity::Centi,
    quote::{Line, LineKind, Quote},
    unit::Unit,
    vat::Vat,
};
use proptest::prelude::*;

fn any_vat() -> impl Strategy<Value = Vat> {
    proptest::sample::select(Vat::ALL.to_vec())
}

prop_compose! {
    /// Prices up to 1000 roubles, quantities up to 1000 units.
    fn any_line()(price in 1_i64..=100_000, quantity in 1_i64..=100_000, vat in any_vat()) -> Line {
        Line::new(
            Sku("x".to_owned()), "x".to_owned(), LineKind::Goods, Unit::Litre,
            Centi::new(quantity), Kopecks::new(price), vat,
        ).expect("in range")
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_order_is_the_sum_of_its_lines(lines in proptest::collection::vec(any_line(), 1..20)) {
        let total: i64 = lines.iter().map(|line| line.total.get()).sum();
        let tax: i64 = lines.iter().map(|line| line.vat_sum.get()).sum();
        let quote = Quote::from_lines(lines);
        prop_assert_eq!((quote.total.get(), quote.vat.get()), (total, tax));
        prop_assert!(quote.vat <= quote.total);
    }

    #[test]
    fn a_total_is_the_exact_product_to_half_a_kopeck(line in any_line()) {
        let exact = line.price.get() * line.quantity.get();
        prop_assert!((line.total.get() * 100 - exact).abs() <= 50);
        prop_assert!(line.vat_sum >= Kopecks::ZERO && line.vat_sum <= line.total);
    }

    /// |net unit price × quantity + tax − total| ≤ 0.01: the check of the provider's own tools.
    #[test]
    fn six_decimals_of_the_unit_price_agree_with_the_total(line in any_line()) {
        let net = line.vat.unit_price_without(line.price, 6).expect("in range");
        // 10⁻⁶ roubles times hundredths: a kopeck is a million of them.
        let net_sum = half_up(net * line.quantity.get(), 1_000_000).expect("in range");
        prop_assert!((net_sum + line.vat_sum.get() - line.total.get()).abs() <= 1);
    }

    #[test]
    fn what_a_sum_buys_is_the_largest_step_within_it(sum in 0_i64..=10_000_000, price in 1_i64..=100_000) {
        let (sum, price) = (Kopecks::new(sum), Kopecks::new(price));
        let volume = Centi::affordable(sum, price).expect("a price");
        prop_assert!(volume.cost(price).expect("in range") <= sum);
        let next = Centi::new(volume.get() + 1);
        prop_assert!(next.cost(price).expect("in range") > sum);
    }

    /// Somebody who types the price of a volume gets at least that volume.
    #[test]
    fn the_price_of_a_volume_buys_it(volume in 1_i64..=100_000, price in 1_i64..=100_000) {
        let (volume, price) = (Centi::new(volume), Kopecks::new(price));
        let cost = volume.cost(price).expect("in range");
        prop_assert!(Centi::affordable(cost, price).expect("a price") >= volume);
    }

    #[test]
    fn what_is_written_is_read_back(value in 0_i64..1_000_000_000) {
        for locale in [Locale::Ru, Locale::En] {
            prop_assert_eq!(parse_hundredths(&locale.hundredths(value)), Some(value), "{:?}", locale);
        }
        prop_assert_eq!(parse_hundredths(&Kopecks::new(value).to_decimal()), Some(value));
        prop_assert_eq!(parse_hundredths(&Centi::new(value).to_decimal()), Some(value));
    }

    #[test]
    fn reading_never_panics(text in "[0-9 ,.\u{a0}−-]{0,12}", any in ".{0,12}") {
        let _ = (parse_hundredths(&text), parse_hundredths(&any));
    }

    #[test]
    fn arithmetic_at_the_edges_refuses_instead_of_wrapping(a in any::<i64>(), b in any::<i64>()) {
        let _ = half_up(a, b);
        let _ = Centi::new(a).cost(Kopecks::new(b));
        let _ = Centi::affordable(Kopecks::new(a), Kopecks::new(b));
        let _ = (Kopecks::new(a) + Kopecks::new(b), Kopecks::new(a).minus_at_least_zero(Kopecks::new(b)));
        for vat in Vat::ALL {
            let _ = (vat.included_in(Kopecks::new(a)), vat.unit_price_without(Kopecks::new(a), 6));
        }
    }
}

#[test]
fn typed_numbers_are_read_as_people_mean_them() {
    let cases = [
        ("40", Some(4000)),
        ("40,5", Some(4050)),
        ("40.05", Some(4005)),
        (" 2 926,00 ", Some(292_600)),
        ("2\u{a0}926", Some(292_600)),
        ("2,926.00", Some(292_600)),
        ("1,234,567.89", Some(123_456_789)),
        (",5", Some(50)),
        ("5,", Some(500)),
        ("9999999,99", Some(999_999_999)),
        ("10000000", None),
        ("1,234", None),
        ("12,34.50", None),
        ("1234,567.00", None),
        (",234.00", None),
        ("1.234,50", None),
        ("1,2.3", None),
        ("1.234", None),
        ("-5", None),
        (".", None),
        ("", None),
        ("5 л", None),
    ];
    for (text, expected) in cases {
        assert_eq!(parse_hundredths(text), expected, "{text:?}");
    }
}
