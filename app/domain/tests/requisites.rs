//! Taxpayer numbers and payers that must be accepted or refused.

use domain::{
    checks::check_customer,
    draft::Customer,
    refusal::{FieldProblem, RequestError},
    requisites::{Inn, Kpp},
};

#[test]
fn a_taxpayer_number_is_accepted_by_its_control_digits() {
    let accepted = [
        ("7707083893", "organisation"),
        ("7736207543", "organisation"),
        ("7701234560", "organisation"),
        ("7710044140", "organisation"),
        ("7804445210", "organisation"),
        ("7810610046", "organisation"),
        ("2323232323", "a placeholder, right by chance"),
        ("500100732259", "sole trader"),
        ("7700000070", "remainder 10 counts as 0"),
        ("770000002700", "both remainders 10"),
    ];
    for (inn, note) in accepted {
        let parsed = Inn::parse(inn);
        assert_eq!(parsed.as_ref().map(Inn::as_str), Some(inn), "{note}");
        assert_eq!(parsed.map(|parsed| parsed.is_person()), Some(inn.len() == 12), "{note}");
    }
    let refused = [
        ("7701234567", "wrong last digit"),
        ("232323232323", "placeholder of 12 digits"),
        ("1233123", "7 digits"),
        ("123321", "6 digits"),
        ("500100732258", "wrong twelfth digit"),
        ("500100732249", "wrong eleventh digit"),
        ("770123456", "9 digits"),
        ("77012345601", "11 digits"),
        ("7707083893 ", "trailing space"),
        ("77070838９3", "full-width digit"),
        ("abcdefghij", "letters"),
        ("", "empty"),
        ("0000000000", "only zeros"),
        ("000000000000", "only zeros"),
    ];
    for (inn, note) in refused {
        assert_eq!(Inn::parse(inn), None, "{inn}: {note}");
    }
}

#[test]
fn a_reason_code_is_accepted_by_its_shape() {
    for kpp in ["770101001", "504701001", "7701AB001", "770201001"] {
        assert_eq!(Kpp::parse(kpp).as_ref().map(Kpp::as_str), Some(kpp));
    }
    for kpp in ["77010100", "7701010011", "abc101001", "7701ab001", "", "77 101001"] {
        assert_eq!(Kpp::parse(kpp), None, "{kpp}");
    }
}

fn payer(inn: Option<&str>, kpp: Option<&str>) -> Customer {
    Customer {
        name: "ООО «Ромашка»".to_owned(),
        email: "buh@firma.example".to_owned(),
        phone: "+7 999 000-11-22".to_owned(),
        inn: inn.map(str::to_owned),
        kpp: kpp.map(str::to_owned),
    }
}

fn problem(customer: &Customer) -> Option<(&'static str, FieldProblem)> {
    match check_customer(customer) {
        Ok(()) => None,
        Err(RequestError::Field { field, problem }) => Some((field, problem)),
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn a_payer_is_refused_for_the_first_impossible_requisite() {
    const INN: &str = "draft.customer.inn";
    const KPP: &str = "draft.customer.kpp";
    let cases = [
        ("U01 organisation", Some("7707083893"), Some("773601001"), None),
        ("U02 sole trader", Some("500100732259"), None, None),
        (
            "U03 sole trader with КПП",
            Some("500100732259"),
            Some("770101001"),
            Some((KPP, FieldProblem::KppWithPerson)),
        ),
        ("U04 organisation without КПП", Some("7707083893"), None, None),
        ("U05, U07 no requisites", None, None, None),
        ("U06 wrong ИНН", Some("7701234567"), Some("770101001"), Some((INN, FieldProblem::BadInn))),
        ("U08 КПП alone", None, Some("770101001"), Some((KPP, FieldProblem::KppWithoutInn))),
        ("U09 short КПП", Some("7707083893"), Some("77360100"), Some((KPP, FieldProblem::BadKpp))),
        ("blank fields are no fields", Some("  "), Some(""), None),
        ("spaces around are forgiven", Some(" 7707083893 "), Some("773601001"), None),
    ];
    for (case, inn, kpp, expected) in cases {
        assert_eq!(problem(&payer(inn, kpp)), expected, "{case}");
    }
}

#[test]
fn a_payer_needs_a_name_a_mailbox_and_a_phone() {
    let with = |change: fn(&mut Customer)| {
        let mut customer = payer(None, None);
        change(&mut customer);
        problem(&customer).map(|(field, _)| field)
    };
    assert_eq!(with(|c| c.name = " ".to_owned()), Some("draft.customer.name"));
    assert_eq!(with(|c| c.name = "ы".repeat(301)), Some("draft.customer.name"));
    assert_eq!(with(|c| c.name = "ы".repeat(300)), None);
    assert_eq!(with(|c| c.email = "buh@firma".to_owned()), Some("draft.customer.email"));
    assert_eq!(with(|c| c.phone = "112".to_owned()), Some("draft.customer.phone"));
}
