//! Sales that a cashier puts together.

use domain::{
    draft::{Customer, FillBy, FuelChoice, Item},
    fuel::FuelId,
    id::{PumpNumber, Sku},
    money::Kopecks,
    quantity::Centi,
    refusal::{FieldProblem, OrderRefusal, Refusal, RequestError},
    sale::{self, FreeLine, SaleContent, SaleItem, check_payer},
    station::{Automation, ProductKind},
    unit::Unit,
    vat::Vat,
};
use test_support::stations::station;

const PRICE: Kopecks = Kopecks::new(6190);

fn line() -> FreeLine {
    FreeLine {
        name: "Кофе".to_owned(),
        kind: ProductKind::Goods,
        price: Kopecks::new(14_900),
        quantity: Centi::units(2),
        unit: Unit::Piece,
        vat: Vat::Rus22,
    }
}

fn fuel(by: FillBy, volume: Option<i64>, amount: Option<i64>) -> FuelChoice {
    FuelChoice { id: FuelId::A95, by, volume: volume.map(Centi::new), amount: amount.map(Kopecks::new) }
}

fn sold(pump: Option<u16>, fuel: Option<&FuelChoice>, items: &[SaleItem]) -> Result<i64, Refusal> {
    let content = SaleContent { pump: pump.map(PumpNumber), fuel, items };
    sale::price_sale(station(PRICE).offer(Automation::default()), content).map(|quote| quote.total.get())
}

#[test]
fn fuel_needs_no_pump_but_a_pump_that_is_named_must_sell_it() {
    let choice = fuel(FillBy::Volume, Some(1000), None);
    let no_such_pump = Refusal::from(OrderRefusal::PumpUnknown { pump: PumpNumber(2) });
    assert_eq!(sold(None, Some(&choice), &[]), Ok(61_900));
    assert_eq!(sold(Some(1), Some(&choice), &[]), Ok(61_900));
    assert_eq!(sold(Some(2), Some(&choice), &[]), Err(no_such_pump.clone()));
    assert_eq!(sold(Some(2), None, &[SaleItem::Free(line())]), Err(no_such_pump));
}

#[test]
fn volume_and_sum_must_agree_when_both_are_given() {
    let differs =
        RequestError::Field { field: "draft.fuel.amount_kopecks", problem: FieldProblem::SumDiffers };
    let differs = Err(differs.into());
    assert_eq!(sold(None, Some(&fuel(FillBy::Volume, Some(1000), Some(61_900))), &[]), Ok(61_900));
    assert_eq!(sold(None, Some(&fuel(FillBy::Volume, Some(1000), Some(61_899))), &[]), differs);
    assert_eq!(sold(None, Some(&fuel(FillBy::Amount, Some(1615), Some(100_000))), &[]), Ok(99_969));
    assert_eq!(sold(None, Some(&fuel(FillBy::Amount, Some(1616), Some(100_000))), &[]), differs);
}

#[test]
fn a_free_line_is_checked_field_by_field() {
    let refused = |change: fn(&mut FreeLine)| {
        let mut free = line();
        change(&mut free);
        sold(None, None, &[SaleItem::Free(line()), SaleItem::Free(free)])
    };
    assert_eq!(refused(|_| {}), Ok(59_600));
    for (change, field, problem) in [
        ((|it| it.name = " ".to_owned()) as fn(&mut FreeLine), "name", FieldProblem::Missing),
        (|it| it.name = "я".repeat(301), "name", FieldProblem::TooLong),
        (|it| it.price = Kopecks::ZERO, "price_kopecks", FieldProblem::NotPositive),
        (|it| it.price = Kopecks::new(i64::MAX), "price_kopecks", FieldProblem::OutOfRange),
        (|it| it.quantity = Centi::new(-1), "quantity_centi", FieldProblem::NotPositive),
        (|it| it.quantity = Centi::new(i64::MAX), "quantity_centi", FieldProblem::OutOfRange),
        (|it| it.vat = Vat::Rus5, "vat", FieldProblem::VatNotUsed),
        (|it| it.vat = Vat::Rus22Added, "vat", FieldProblem::VatNotUsed),
    ] {
        assert_eq!(refused(change), Err(RequestError::Line { index: 1, field, problem }.into()));
    }
}

#[test]
fn an_order_has_its_limits() {
    assert_eq!(sold(None, None, &[]), Err(OrderRefusal::EmptyDraft.into()));
    let dear =
        SaleItem::Free(FreeLine { price: Kopecks::new(100_000_000), quantity: Centi::units(11), ..line() });
    let too_much = RequestError::Field { field: "draft.items", problem: FieldProblem::OutOfRange };
    assert_eq!(sold(None, None, &[dear]), Err(too_much.into()));
    assert_eq!(sold(None, None, &vec![SaleItem::Free(line()); 101]), Err(OrderRefusal::TooManyLines.into()));
    let unknown = SaleItem::Catalogue(Item { sku: Sku("tea".to_owned()), count: 1 });
    let refusal = OrderRefusal::ProductUnknown { sku: "tea".to_owned() };
    assert_eq!(sold(None, None, &[unknown]), Err(refusal.into()));
}

#[test]
fn a_seller_is_under_one_system_of_tax() {
    let general = [Vat::Rus22, Vat::Rus10];
    for (vat, used, fits) in [
        (Vat::Rus22, &general[..], true),
        (Vat::Rus10, &[Vat::Rus22], true),
        (Vat::None, &general, true),
        (Vat::Rus0, &[Vat::Rus5], true),
        (Vat::Rus5, &general, false),
        (Vat::Rus5, &[Vat::Rus5], true),
        (Vat::Rus7, &[Vat::Rus5], false),
        (Vat::Rus22, &[Vat::Rus7], false),
        (Vat::Rus22, &[Vat::None], false),
        (Vat::Rus22, &[], true),
        (Vat::Rus20, &[Vat::Rus20], false),
        (Vat::Rus10Added, &general, false),
    ] {
        assert_eq!(vat.is_allowed_beside(used.iter().copied()), fits, "{vat:?} with {used:?}");
    }
}

#[test]
fn measures_are_known_by_their_code_alone() {
    for unit in Unit::ALL {
        assert_eq!(Unit::from_okei(unit.okei()), Some(unit));
    }
    for unknown in ["0796", "796 ", "", "006"] {
        assert_eq!(Unit::from_okei(unknown), None, "{unknown}");
    }
}

#[test]
fn payer_fields_are_optional_but_checked_when_given() {
    assert_eq!(check_payer(&Customer::default()), Ok(()));
    let inn = |inn: &str| Customer { inn: Some(inn.to_owned()), ..Customer::default() };
    assert_eq!(check_payer(&inn("7707083893")), Ok(()));
    let wrong = RequestError::Field { field: "draft.customer.inn", problem: FieldProblem::BadInn };
    assert_eq!(check_payer(&inn("7707083894")), Err(wrong));
    let phone = Customer { phone: "12".to_owned(), ..Customer::default() };
    let wrong = RequestError::Field { field: "draft.customer.phone", problem: FieldProblem::BadPhone };
    assert_eq!(check_payer(&phone), Err(wrong));
}
