//! Sums of orders in both profiles, and rounding policies.

use serde_json::{Value, json};

use super::super::arithmetic::round;
use super::{EmulatorFixture, ORDERS_PATH, line, money};

/// Sums and lines of an order, and the code and path of its refusal; `None` if it is accepted.
struct Case {
    name: &'static str,
    profile: &'static str,
    sums: [&'static str; 2],
    lines: Vec<Value>,
    policy: Option<&'static str>,
    refusal: Option<(&'static str, &'static str)>,
}

fn fuel(sums: [&str; 3]) -> Vec<Value> {
    vec![line("AI92", "37.41", "62.37", sums, "RUS_VAT22")]
}

fn basket() -> Vec<Value> {
    let mut lines = fuel(["51.12", "2333.26", "420.75"]);
    lines.push(line("COFFEE", "2", "149", ["122.13", "298", "53.74"], "RUS_VAT22"));
    lines.push(line("FOOD", "3", "89.9", ["81.73", "269.7", "24.52"], "RUS_VAT10"));
    lines
}

fn cases() -> Vec<Case> {
    let case =
        |name, sums, lines, refusal| Case { name, profile: "lenient", sums, lines, policy: None, refusal };
    let strict =
        |name, sums, lines, refusal| Case { profile: "strict-line", ..case(name, sums, lines, refusal) };
    let rounded = |name, amount, policy, refusal| Case {
        policy: Some(policy),
        ..case(name, [amount, "420.75"], fuel(["51.12", "2333.26", "420.75"]), refusal)
    };
    let wrong_net = Some(("wrong_basket_item_amount_wo_vat", "basketItems[0].amountWoVat"));
    let wrong_vat = Some(("wrong_basket_item_total_vat_amount", "basketItems[0].totalVatAmount"));
    let by_price = || fuel(["51.12", "2333.26", "420.86"]);
    let zero = vec![line("AI92", "0", "62.37", ["51.12", "0", "0"], "RUS_VAT22")];
    let dead_code = vec![line("AI92", "37.41", "62.37", ["51.12", "2333.26", "420.75"], "RUS_VAT18")];
    let untaxed = vec![line("AI92", "37.41", "62.37", ["62.37", "2333.26", "1"], "VATNONE")];
    vec![
        case("O01 all sums agree", ["2900.96", "499.01"], basket(), None),
        case(
            "O02 order a kopeck high",
            ["2900.97", "499.01"],
            basket(),
            Some(("wrong_total_amount", "amount")),
        ),
        case(
            "O03 order tax a kopeck low",
            ["2900.96", "499"],
            basket(),
            Some(("wrong_total_vat_amount", "vatAmount")),
        ),
        case(
            "O04 line total is not the product",
            ["2333.36", "420.75"],
            fuel(["51.12", "2333.36", "420.75"]),
            Some(("wrong_basket_item_total_amount", "basketItems[0].totalAmount")),
        ),
        case(
            "O05 tax of another rate",
            ["2333.26", "388.88"],
            fuel(["51.12", "2333.26", "388.88"]),
            wrong_vat,
        ),
        case(
            "O06 net of the line as price",
            ["2333.26", "420.75"],
            fuel(["1912.51", "2333.26", "420.75"]),
            wrong_net,
        ),
        case("O07 tax by unit price", ["2333.26", "420.86"], by_price(), None),
        strict(
            "O08 kopeck price, strict",
            ["2333.26", "420.75"],
            fuel(["51.12", "2333.26", "420.75"]),
            wrong_net,
        ),
        strict(
            "O09 six decimals, strict",
            ["2333.26", "420.75"],
            fuel(["51.122951", "2333.26", "420.75"]),
            None,
        ),
        strict("O10 tax by unit price, strict", ["2333.26", "420.86"], by_price(), None),
        case("O11 tax above the total", ["2333.26", "2400"], fuel(["51.12", "2333.26", "2400"]), wrong_vat),
        case("O12 empty basket", ["0", "0"], vec![], Some(("validation", "basketItems"))),
        case("O13 nothing of it", ["0", "0"], zero, Some(("validation", "basketItems[0].quantity"))),
        case(
            "O14 dead code",
            ["2333.26", "420.75"],
            dead_code,
            Some(("validation", "basketItems[0].vatCode")),
        ),
        rounded("O15 floor", "2333", "floor", None),
        rounded("O16 ceil", "2334", "ceil", None),
        rounded("O17 floor, not floored", "2333.26", "floor", Some(("wrong_total_amount", "amount"))),
        case("O18 tax where there is none", ["2333.26", "1"], untaxed, wrong_vat),
    ]
}

#[tokio::test]
async fn sums_are_checked_line_by_line_and_then_the_order() {
    let fixture = EmulatorFixture::new().await;
    for case in cases() {
        fixture.control(json!({"profile": case.profile}));
        let mut body = fixture.draft(case.name);
        body["amount"] = money(case.sums[0]);
        body["vatAmount"] = money(case.sums[1]);
        body["basketItems"] = Value::Array(case.lines);
        if let Some(policy) = case.policy {
            body["orderSetting"] = json!({"roundPolicy": policy});
        }
        let (status, answer) = fixture.call("POST", ORDERS_PATH, &body).await;
        match case.refusal {
            None => assert_eq!(status, 200, "{}: {answer}", case.name),
            Some((code, field)) => {
                assert_eq!(status, 422, "{}: {answer}", case.name);
                assert_eq!(answer["error"]["code"], code, "{}", case.name);
                assert_eq!(answer["error"]["fields"][0]["name"], field, "{}", case.name);
                assert_eq!(answer["error"]["fields"].as_array().unwrap().len(), 1, "{}", case.name);
            }
        }
    }
}

#[test]
fn policies_round_the_order_and_not_the_lines() {
    let policies = ["strict", "none", "floor", "ceil", "halfUp", "halfDown"];
    for (sum, expected) in [
        ("2333.26", ["2333.26", "2333.26", "2333", "2334", "2333", "2333"]),
        ("2333.49", ["2333.49", "2333.49", "2333", "2334", "2333", "2333"]),
        ("2333.50", ["2333.50", "2333.50", "2333", "2334", "2334", "2333"]),
        ("2333.51", ["2333.51", "2333.51", "2333", "2334", "2334", "2334"]),
        ("2333.00", ["2333", "2333", "2333", "2333", "2333", "2333"]),
        ("0.50", ["0.50", "0.50", "0", "1", "1", "0"]),
    ] {
        for (policy, expected) in policies.iter().zip(expected) {
            assert_eq!(round(sum.parse().unwrap(), policy), expected.parse().unwrap(), "{sum} {policy}");
        }
    }
}
