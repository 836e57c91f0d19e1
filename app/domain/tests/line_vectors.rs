//! Known lines: price and quantity in, total, tax and unit price without tax out.

#![expect(clippy::expect_used, reason = "helpers of tests may stop the test")]

use domain::{
    id::Sku,
    money::{Kopecks, half_up},
    quantity::Centi,
    quote::{Line, LineKind, Quote},
    unit::Unit,
    vat::Vat,
};

/// Kopecks, hundredths of a unit, kopecks; the last is the unit price without tax in 10⁻⁶ roubles.
struct Case {
    name: &'static str,
    price: i64,
    quantity: i64,
    vat: Vat,
    total: i64,
    tax: i64,
    net_2: i64,
    net_6: i64,
}

#[rustfmt::skip]
const CASES: [Case; 22] = [
    Case { name: "B01 fractional litres", price: 6237, quantity: 3741, vat: Vat::Rus22, total: 233_326, tax: 42_075, net_2: 5112, net_6: 51_122_951 },
    Case { name: "B02 one piece, exact", price: 12_200, quantity: 100, vat: Vat::Rus22, total: 12_200, tax: 2200, net_2: 10_000, net_6: 100_000_000 },
    Case { name: "B03 three pieces, exact", price: 12_200, quantity: 300, vat: Vat::Rus22, total: 36_600, tax: 6600, net_2: 10_000, net_6: 100_000_000 },
    Case { name: "B04 published 20 % example", price: 12_396, quantity: 300, vat: Vat::Rus20, total: 37_188, tax: 6198, net_2: 10_330, net_6: 103_300_000 },
    Case { name: "B05 whole litres", price: 5899, quantity: 4000, vat: Vat::Rus22, total: 235_960, tax: 42_550, net_2: 4835, net_6: 48_352_459 },
    Case { name: "B06 diesel", price: 7115, quantity: 1000, vat: Vat::Rus22, total: 71_150, tax: 12_830, net_2: 5832, net_6: 58_319_672 },
    Case { name: "B07 half a kopeck, binary trap", price: 6237, quantity: 250, vat: Vat::Rus22, total: 15_593, tax: 2812, net_2: 5112, net_6: 51_122_951 },
    Case { name: "B08 half a kopeck, other trap", price: 4525, quantity: 138, vat: Vat::Rus22, total: 6245, tax: 1126, net_2: 3709, net_6: 37_090_164 },
    Case { name: "B09 least step", price: 6237, quantity: 1, vat: Vat::Rus22, total: 62, tax: 11, net_2: 5112, net_6: 51_122_951 },
    Case { name: "B10 large delivery", price: 9999, quantity: 99_999, vat: Vat::Rus22, total: 9_998_900, tax: 1_803_080, net_2: 8196, net_6: 81_959_016 },
    Case { name: "B12 gas by weight", price: 5490, quantity: 1875, vat: Vat::Rus22, total: 102_938, tax: 18_563, net_2: 4500, net_6: 45_000_000 },
    Case { name: "B13 for 2000 roubles", price: 6237, quantity: 3206, vat: Vat::Rus22, total: 199_958, tax: 36_058, net_2: 5112, net_6: 51_122_951 },
    Case { name: "B14 coffee", price: 14_900, quantity: 200, vat: Vat::Rus22, total: 29_800, tax: 5374, net_2: 12_213, net_6: 122_131_148 },
    Case { name: "B15 reduced rate", price: 8990, quantity: 300, vat: Vat::Rus10, total: 26_970, tax: 2452, net_2: 8173, net_6: 81_727_273 },
    Case { name: "B16 seller on 5 %", price: 6237, quantity: 3741, vat: Vat::Rus5, total: 233_326, tax: 11_111, net_2: 5940, net_6: 59_400_000 },
    Case { name: "B17 seller on 7 %", price: 6237, quantity: 3741, vat: Vat::Rus7, total: 233_326, tax: 15_264, net_2: 5829, net_6: 58_289_720 },
    Case { name: "B18 not taxed", price: 6237, quantity: 3741, vat: Vat::None, total: 233_326, tax: 0, net_2: 6237, net_6: 62_370_000 },
    Case { name: "B19 zero rate", price: 6237, quantity: 3741, vat: Vat::Rus0, total: 233_326, tax: 0, net_2: 6237, net_6: 62_370_000 },
    Case { name: "B20 former 20 %", price: 6237, quantity: 3741, vat: Vat::Rus20, total: 233_326, tax: 38_888, net_2: 5198, net_6: 51_975_000 },
    Case { name: "B21 exact to a kopeck", price: 1000, quantity: 250, vat: Vat::Rus22, total: 2500, tax: 451, net_2: 820, net_6: 8_196_721 },
    Case { name: "B22 hours", price: 10_000, quantity: 133, vat: Vat::Rus22, total: 13_300, tax: 2398, net_2: 8197, net_6: 81_967_213 },
    Case { name: "B23 code of tax on top", price: 6237, quantity: 3741, vat: Vat::Rus22Added, total: 233_326, tax: 42_075, net_2: 5112, net_6: 51_122_951 },
];

fn priced(case: &Case) -> Line {
    let (quantity, price) = (Centi::new(case.quantity), Kopecks::new(case.price));
    let sku = Sku(case.name.to_owned());
    Line::new(sku, case.name.to_owned(), LineKind::Goods, Unit::Piece, quantity, price, case.vat)
        .expect("in range")
}

#[test]
fn every_known_line_is_priced_to_the_kopeck() {
    for case in &CASES {
        let line = priced(case);
        assert_eq!(line.total.get(), case.total, "{}: total", case.name);
        assert_eq!(line.vat_sum.get(), case.tax, "{}: tax", case.name);
        assert_eq!(case.vat.unit_price_without(line.price, 2), Some(case.net_2), "{}: net, 2", case.name);
        assert_eq!(case.vat.unit_price_without(line.price, 6), Some(case.net_6), "{}: net, 6", case.name);
    }
}

/// B11 measures gas to a thousandth of a cubic metre, finer than our quantities; the rounding rule is the same.
#[test]
fn a_finer_quantity_rounds_by_the_same_rule() {
    let total = half_up(2840 * 12_345, 1000).map(Kopecks::new);
    assert_eq!(total, Some(Kopecks::new(35_060)));
    assert_eq!(total.and_then(|total| Vat::Rus22.included_in(total)), Some(Kopecks::new(6322)));
    assert_eq!(Vat::Rus22.unit_price_without(Kopecks::new(2840), 6), Some(23_278_689));
}

#[test]
fn two_thousand_roubles_buy_the_largest_step_below_them() {
    let volume = Centi::affordable(Kopecks::new(200_000), Kopecks::new(6237));
    assert_eq!(volume, Some(Centi::new(3206)));
}

#[test]
fn an_order_is_the_sum_of_its_lines() {
    let named = |name: &str| priced(CASES.iter().find(|case| case.name.starts_with(name)).expect("a case"));
    let quote = Quote::from_lines(vec![named("B01"), named("B14"), named("B15")]);
    assert_eq!((quote.total, quote.vat), (Kopecks::new(290_096), Kopecks::new(49_901)));
}
