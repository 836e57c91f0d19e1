//! The `.env` file as an operator meets it, and the page that is written from the table of settings.

use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use server::config::documents;

/// Runs `kolonka check` in a folder, without any variable of this process.
fn check_in(folder: &Path, variables: &[(&str, &str)]) -> Output {
    let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, OsStr::new(value))).collect();
    check_with_bytes(folder, &variables)
}

/// Runs `kolonka check` in a folder, with variables whose values need not be text.
fn check_with_bytes(folder: &Path, variables: &[(&str, &OsStr)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kolonka"))
        .arg("check")
        .current_dir(folder)
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .expect("kolonka check")
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn values_with_spaces_hide_no_line_below_them() {
    let folder = tempfile::tempdir().unwrap();
    let lines = "KOLONKA_TILES_ATTRIBUTION=© участники OpenStreetMap\n\
                 KOLONKA_TANKER_FUELS=a92=1 diesel_winter=diesel_arctic\nKOLONKA_MODE=production\n";
    std::fs::write(folder.path().join(".env"), lines).unwrap();
    let output = check_in(folder.path(), &[]);
    assert!(text(&output).contains("INVOICEBOX_API_TOKEN: is missing"), "not a sandbox: {}", text(&output));
    assert!(!output.status.success());
}

#[test]
fn a_line_that_cannot_be_read_stops_the_start_with_its_number() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".env"), "# ours\nKOLONKA_LOG='info\nKOLONKA_MODE=production\n")
        .unwrap();
    let output = check_in(folder.path(), &[]);
    assert!(
        text(&output).contains(".env: line 2: KOLONKA_LOG: the quotes are not closed"),
        "{}",
        text(&output)
    );
    assert!(!output.status.success());
}

#[test]
fn the_check_lists_what_is_safe_and_what_is_a_risk_and_why() {
    let folder = tempfile::tempdir().unwrap();
    let mut variables = test_support::PRODUCTION.to_vec();
    variables.extend([("KOLONKA_START", "payment"), ("KOLONKA_TANKR_URL", "https://station.example.ru")]);
    let output = check_in(folder.path(), &variables);
    let text = text(&output);
    for line in [
        "risk   KOLONKA_TRUSTED_PROXIES: no proxy is trusted",
        "safe   KOLONKA_ADDR: reached by this machine alone",
        "risk   KOLONKA_START: the payment releases the pump",
        "safe   INVOICEBOX_RELEASE_ON_HOLD: ",
        "safe   INVOICEBOX_NOTIFICATION_KEY: nobody guesses it",
        "KOLONKA_TANKR_URL: there is no such setting; KOLONKA_TANKER_URL is the nearest",
        "wrong  INVOICEBOX_API_TOKEN",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(!text.contains("a-token-of-our-own"), "{text}");
}

#[test]
fn the_file_of_a_parent_folder_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".env"), "KOLONKA_ORDER_TTL_MINUTES=soon\n").unwrap();
    let below = folder.path().join("below");
    std::fs::create_dir(&below).unwrap();
    let wrong = "KOLONKA_ORDER_TTL_MINUTES";
    assert!(text(&check_in(folder.path(), &[])).contains(wrong), "the file is read where it is");
    let variables = [("KOLONKA_LOG_FORMAT", "none")];
    let output = text(&check_in(&below, &variables));
    assert!(output.contains("KOLONKA_LOG_FORMAT") && !output.contains(wrong), "{output}");
}

#[test]
fn a_variable_of_the_process_wins_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".env"), "KOLONKA_LOG_FORMAT=one\nKOLONKA_ORDER_TTL_MINUTES=soon\n")
        .unwrap();
    let output = text(&check_in(folder.path(), &[("KOLONKA_LOG_FORMAT", "two")]));
    assert!(output.contains("«two»") && output.contains("«soon»") && !output.contains("«one»"), "{output}");
}

#[test]
fn a_variable_that_is_not_text_stops_the_start_whatever_the_file_says() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".env"), "KOLONKA_MODE=sandbox\n").unwrap();
    let mode = OsStr::from_bytes(b"production\xff");
    let output = check_with_bytes(folder.path(), &[("KOLONKA_MODE", mode)]);
    assert!(text(&output).contains("KOLONKA_MODE: is not UTF-8"), "{}", text(&output));
    assert!(!output.status.success());
}

#[test]
fn the_page_of_the_settings_is_that_of_the_program() {
    assert_up_to_date("docs/configuration.md", &documents::configuration_page());
}

/// Compares a document with what it should be; `UPDATE_DOCS=1` rewrites it instead.
fn assert_up_to_date(name: &str, expected: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, expected).unwrap();
        return;
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == expected,
        "{name} is not up to date: UPDATE_DOCS=1 cargo test -p server --test it configuration"
    );
}
