//! QR codes: what was written is what a phone reads.

use server::qr::{QUIET_ZONE, QrPicture, QrTextTooLong};

use test_support::{scan_png, scan_svg};

const LINK: &str = "https://payment.invoicebox.ru/order/ffffffff-ffff-ffff-ffff-ffffffffffff?a=1&b=Ы";

#[test]
fn a_picture_and_a_drawing_say_the_same_link() {
    let code = QrPicture::encode(LINK).unwrap();
    let drawn = scan_svg(&code.to_svg("Ссылка на «оплату» & \"прочее\""));
    assert_eq!((drawn.len(), drawn[0].text.as_str()), (1, LINK));
    for scale in [1, 3, 8] {
        assert_eq!(scan_png(&code.to_png(scale).unwrap()).text, LINK, "scale {scale}");
    }
}

#[test]
fn bytes_are_written_as_bytes_at_level_m() {
    // As digits these would fit into version 1; as bytes at level M they need version 3.
    let scanned = scan_svg(&QrPicture::encode(&"7".repeat(30)).unwrap().to_svg("digits")).remove(0);
    assert_eq!((scanned.version, scanned.correction), (3, 0), "{scanned:?}");
    // Capitals alone would be written in the alphanumeric mode, at most 38 characters in version 2.
    let scanned = scan_svg(&QrPicture::encode(&"A".repeat(38)).unwrap().to_svg("capitals")).remove(0);
    assert_eq!((scanned.version, scanned.correction), (3, 0), "{scanned:?}");
}

#[test]
fn the_quiet_zone_is_four_modules() {
    let code = QrPicture::encode(LINK).unwrap();
    let side = code.side();
    let dark: Vec<_> =
        (0..side * side).map(|at| (at % side, at / side)).filter(|(x, y)| code.is_dark(*x, *y)).collect();
    let least = usize::from(QUIET_ZONE);
    let most = side - least - 1;
    assert!(dark.iter().all(|(x, y)| (least..=most).contains(x) && (least..=most).contains(y)));
    for corner in [(least, least), (most, least), (least, most)] {
        assert!(dark.contains(&corner), "{corner:?}");
    }
}

#[test]
fn a_label_cannot_break_out_of_its_attribute() {
    let svg = QrPicture::encode(LINK).unwrap().to_svg("\"><script>alert(1)</script>&");
    assert!(!svg.contains("<script"), "{svg}");
    assert!(svg.contains("aria-label=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;\""), "{svg}");
}

#[test]
fn what_no_symbol_holds_is_refused() {
    assert!(QrPicture::encode(&"x".repeat(2331)).is_ok());
    assert_eq!(QrPicture::encode(&"x".repeat(2332)), Err(QrTextTooLong(2332)));
}
