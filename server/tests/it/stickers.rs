//! Stickers: what a phone reads from them, and what people do.

use std::process::{Command, Output};

use domain::{
    fuel::FuelId,
    id::{PumpNumber, StationId},
    money::Kopecks,
    station::{Pump, PumpState, Station, Trade},
};
use server::stickers::{STICKER_SENTENCE, sheet, sticker};

use test_support::{scan_svg, stations};

const URL: &str = "https://azs.example.ru/";

fn station(pumps: u16) -> Station {
    let pump =
        |number| Pump { number: PumpNumber(number), fuels: vec![FuelId::A95], state: PumpState::Unknown };
    Station {
        id: StationId("sever-12".to_owned()),
        name: "АЗС «Север» № 12 <у моста> & рядом с очень длинным посёлком имени Карла Маркса и Энгельса"
            .to_owned(),
        brand: "Север".to_owned(),
        trade: Trade { pumps: (1..=pumps).rev().map(pump).collect(), ..Trade::default() },
        ..stations::station(Kopecks::new(5000))
    }
}

/// Lines of text on a sticker.
fn lines(drawing: &str) -> Vec<&str> {
    drawing
        .split("<text ")
        .skip(1)
        .map(|part| part.split_once('>').unwrap().1.split_once("</text>").unwrap().0)
        .collect()
}

#[test]
fn a_sticker_links_and_names_its_pump() {
    let drawing = sticker(URL, &station(6), Some(PumpNumber(3))).unwrap();
    let scanned = scan_svg(&drawing);
    assert_eq!(scanned.len(), 1);
    assert_eq!(scanned[0].text, "https://azs.example.ru/stations/sever-12?pump=3");
    assert_eq!(scanned[0].correction, 0, "level M");
    assert!(drawing.contains("width=\"105mm\" height=\"148mm\""), "A6");
    let lines = lines(&drawing);
    assert!(lines.contains(&"Колонка") && lines.contains(&"3"), "{lines:?}");
    assert!(lines.join(" ").contains(STICKER_SENTENCE), "{lines:?}");
    assert!(lines.join(" ").contains("АЗС «Север» № 12 &lt;у моста&gt; &amp; рядом"), "{lines:?}");
    assert!(lines.contains(&scanned[0].text.as_str()), "the address can be typed: {lines:?}");
}

#[test]
fn a_sticker_without_a_pump_opens_the_station() {
    let drawing = sticker(URL, &station(6), None).unwrap();
    assert_eq!(scan_svg(&drawing)[0].text, "https://azs.example.ru/stations/sever-12");
    assert!(!lines(&drawing).contains(&"Колонка"));
}

#[test]
fn a_sheet_has_every_pump_four_on_a_page() {
    let page = sheet(URL, &station(6)).unwrap();
    let read: Vec<String> = scan_svg(&page).into_iter().map(|scanned| scanned.text).collect();
    let expected: Vec<String> =
        (1..=6).map(|pump| format!("https://azs.example.ru/stations/sever-12?pump={pump}")).collect();
    assert_eq!(read, expected);
    assert_eq!(page.matches("<section>").count(), 2);
}

fn kolonka(folder: &std::path::Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kolonka"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("DATABASE_URL", format!("sqlite://{}", folder.join("k.db").display()))
        .env("KOLONKA_PUBLIC_URL", "https://azs.example.ru")
        .env("KOLONKA_SANDBOX_PUBLIC", "yes")
        .output()
        .unwrap()
}

#[test]
fn the_command_writes_the_named_file() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| kolonka(folder.path(), arguments);
    let output = run(&["qr", "--station", "sever-12", "--pump", "2", "-o", "pump.svg"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "pump.svg: opens https://azs.example.ru/stations/sever-12?pump=2\n"
    );
    let drawing = std::fs::read_to_string(folder.path().join("pump.svg")).unwrap();
    assert_eq!(scan_svg(&drawing)[0].text, "https://azs.example.ru/stations/sever-12?pump=2");

    let output = run(&["qr", "--station", "sever-12", "--sheet", "-o", "all.html"]);
    assert!(output.status.success(), "{output:?}");
    let page = std::fs::read_to_string(folder.path().join("all.html")).unwrap();
    assert_eq!(scan_svg(&page).len(), 6);

    for (wrong, says) in [
        (vec!["qr", "--station", "nowhere", "-o", "x.svg"], "there is no such station"),
        (vec!["qr", "--station", "sever-12", "--pump", "99", "-o", "x.svg"], "pumps 1, 2, 3, 4, 5, 6"),
        (vec!["qr", "--station", "sever-12", "--sheet", "-o", "x.svg"], "for example -o sever-12.html"),
        (vec!["qr", "--station", "sever-12", "-o", "no/such/folder/x.svg"], "no/such/folder/x.svg"),
    ] {
        let output = run(&wrong);
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && text.contains(says), "{wrong:?}: {text}");
        assert!(!folder.path().join("x.svg").exists());
    }
}
