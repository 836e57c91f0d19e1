//! The `.env` file of the working directory.
//!
//! A line is `NAME=value`, a comment that begins with `#`, or empty; `export` may precede the name. A value ends with
//! its line. Without quotes it may hold spaces, ends before ` #`, and may not hold `$`, `\` or quotes. In single quotes
//! every character means itself; in double quotes `\"`, `\\`, `\$` and `\n` are escapes, and a bare `$` is refused:
//! nothing is substituted. A line that cannot be read so stops the start, because whatever it was meant to set would
//! be missing without notice.

use std::{
    collections::HashMap,
    fmt::Write as _,
    io::{self, ErrorKind},
    path::Path,
};

use super::Finding;

/// The file's name; only the working directory is searched.
pub const ENV_FILE_NAME: &str = ".env";
const QUOTED_LINE_EXAMPLE: &str = "KOLONKA_LOG='info,server=debug'";

/// A line that cannot be read. The problem does not repeat its value, which may be a secret.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {number}: {problem}")]
pub struct LineError {
    /// Counted from 1.
    pub number: usize,
    pub problem: String,
}

/// Sets the variables of the file that the process does not have yet. No file is no error.
///
/// # Errors
/// One finding for each line that cannot be read; then nothing is set.
pub fn load(folder: &Path) -> Result<(), Vec<Finding>> {
    let finding =
        |problem: String| Finding { variable: ENV_FILE_NAME, problem, example: QUOTED_LINE_EXAMPLE };
    let bytes = match std::fs::read(folder.join(ENV_FILE_NAME)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            report_file_above(folder);
            return Ok(());
        }
        Err(error) => return Err(vec![finding(format!("cannot be read: {error}"))]),
    };
    let variables = parse(&bytes)
        .map_err(|errors| errors.iter().map(|error| finding(error.to_string())).collect::<Vec<_>>())?;
    set_missing(&variables).map_err(|error| vec![finding(format!("cannot be applied: {error}"))])
}

/// Reports a file in a folder above. Earlier versions read it: what it sets would be missing without notice. Logs do
/// not run yet.
fn report_file_above(folder: &Path) {
    let Ok(here) = folder.canonicalize() else { return };
    let above = here.ancestors().skip(1).map(|folder| folder.join(ENV_FILE_NAME)).find(|file| file.is_file());
    if let Some(file) = above {
        eprintln!(
            "kolonka: {} is not read, only the {ENV_FILE_NAME} of the working directory is",
            file.display()
        );
    }
}

/// Parses names and values of a file.
///
/// # Errors
/// One [`LineError`] for each line that cannot be read.
pub fn parse(bytes: &[u8]) -> Result<Vec<(String, String)>, Vec<LineError>> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let (mut variables, mut errors) = (Vec::new(), Vec::new());
    let mut line_of: HashMap<String, usize> = HashMap::new();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let number = index + 1;
        match parse_line(line) {
            Ok(None) => {}
            Ok(Some((name, value))) => match line_of.insert(name.clone(), number) {
                Some(before) => {
                    errors.push(LineError {
                        number,
                        problem: format!("{name} is set by line {before} already"),
                    });
                }
                None => variables.push((name, value)),
            },
            Err(problem) => errors.push(LineError { number, problem }),
        }
    }
    if errors.is_empty() { Ok(variables) } else { Err(errors) }
}

/// Formats a line of the file that sets `name` to `value`, in quotes where it needs them.
#[must_use]
pub fn line(name: &str, value: &str) -> String {
    if value.contains(['\'', '\n']) {
        return format!("{name}=\"{}\"", escape(value));
    }
    match parse_value(value) {
        Ok(read) if read == value => format!("{name}={value}"),
        _ => format!("{name}='{value}'"),
    }
}

/// Parses a line; `None` for a comment or an empty line.
fn parse_line(line: &[u8]) -> Result<Option<(String, String)>, String> {
    let line = std::str::from_utf8(line).map_err(|_| "it is not UTF-8".to_owned())?.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    if line.contains(|c: char| c.is_control() && c != '\t') {
        return Err("it holds a control character".to_owned());
    }
    let (name, value) = line.split_once('=').ok_or_else(|| "it is not NAME=value".to_owned())?;
    let name =
        name.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t'])).unwrap_or(name).trim();
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_name {
        return Err("what precedes = is not the name of a variable".to_owned());
    }
    let value = parse_value(value.trim()).map_err(|problem| format!("{name}: {problem}"))?;
    Ok(Some((name.to_owned(), value)))
}

fn parse_value(text: &str) -> Result<String, String> {
    let (value, rest) = match text.chars().next() {
        Some('\'') => {
            let closed = text[1..].split_once('\'');
            closed.map(|(value, rest)| (value.to_owned(), rest)).ok_or_else(unclosed)?
        }
        Some('"') => parse_double_quoted(&text[1..])?,
        _ => return parse_unquoted(text),
    };
    let rest = rest.trim_start();
    if rest.is_empty() || rest.starts_with('#') {
        Ok(value)
    } else {
        Err("something follows the closing quote".to_owned())
    }
}

fn parse_unquoted(text: &str) -> Result<String, String> {
    let comment = text
        .char_indices()
        .find(|(at, c)| *c == '#' && (*at == 0 || text[..*at].ends_with([' ', '\t'])))
        .map_or(text.len(), |(at, _)| at);
    let value = text[..comment].trim_end();
    if value.contains(['$', '\\', '\'', '"']) {
        return Err("a value with $, \\ or quotes in it has to be put in single quotes".to_owned());
    }
    Ok(value.to_owned())
}

/// Parses the value up to the closing quote; returns also what follows.
fn parse_double_quoted(text: &str) -> Result<(String, &str), String> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((value, &text[at + 1..])),
            '$' => return Err("nothing is substituted: write \\$, or use single quotes".to_owned()),
            '\\' => match chars.next() {
                Some((_, escaped @ ('"' | '\\' | '$'))) => value.push(escaped),
                Some((_, 'n')) => value.push('\n'),
                _ => return Err("\\ is allowed before \", \\, $ or n only; use single quotes".to_owned()),
            },
            _ => value.push(c),
        }
    }
    Err(unclosed())
}

fn unclosed() -> String {
    "the quotes are not closed on the same line".to_owned()
}

/// Sets variables that are missing, by `dotenvy`: it may write into the environment of a process, which our own code
/// may not. It gets every value quoted.
fn set_missing(variables: &[(String, String)]) -> Result<(), io::Error> {
    let mut text = String::new();
    for (name, value) in variables {
        // Writing into a String does not fail.
        let _ = writeln!(text, "{name}=\"{}\"", escape(value));
    }
    dotenvy::from_read(text.as_bytes()).map_err(|_| io::Error::other("the environment refused a value"))
}

fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        parse(text.as_bytes()).unwrap_or_else(|errors| panic!("{text:?}: {errors:?}"))
    }

    #[test]
    fn values_are_read_with_and_without_quotes() {
        for (text, value) in [
            ("A=© участники OpenStreetMap", "© участники OpenStreetMap"),
            ("A=a92=1 diesel_winter=diesel_arctic  # as they call them", "a92=1 diesel_winter=diesel_arctic"),
            ("export A = x ", "x"),
            ("A=https://example.ru/#part", "https://example.ru/#part"),
            ("A='p$ss \"word\\' # a comment", "p$ss \"word\\"),
            ("A=\"p\\$ss \\\"word\\\" \\\\ \\n\"", "p$ss \"word\" \\ \n"),
            ("A=", ""),
            ("A= # nothing", ""),
            ("\u{feff}A=x\r\n\r\n# A=y\r\n", "x"),
        ] {
            assert_eq!(read(text), [("A".to_owned(), value.to_owned())], "{text:?}");
        }
    }

    #[test]
    fn trailing_space_does_not_join_lines() {
        assert_eq!(read("A=x \nB=y\t\nC=z").len(), 3);
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named_and_its_value_is_not() {
        for wrong in [
            "just words secret",
            "1A=secret",
            "A B=secret",
            "=secret",
            "A='secret",
            "A=\"secret",
            "A='secret' more",
            "A=sec$ret",
            "A=\"sec${ret}\"",
            "A=\"sec\\ret\"",
            "A=l'secret",
            "A=secret\u{0}",
            "A=first\nA=secret",
        ] {
            let text = format!("# head\n\n{wrong}\nZ=1\n");
            let errors = parse(text.as_bytes()).expect_err(wrong);
            let number = 3 + wrong.matches('\n').count();
            assert_eq!(errors.iter().map(|error| error.number).collect::<Vec<_>>(), [number], "{wrong:?}");
            assert!(!errors[0].to_string().contains("secret"), "{errors:?}");
        }
        assert_eq!(parse(b"A=1\nB=\xff\n").unwrap_err()[0].number, 2);
    }

    #[test]
    fn every_wrong_line_is_reported() {
        let numbers: Vec<usize> =
            parse(b"words\nA=1\nB='\n").unwrap_err().iter().map(|error| error.number).collect();
        assert_eq!(numbers, [1, 3]);
    }

    #[test]
    fn a_written_line_is_read_back() {
        for value in ["", "x", "a b", " a ", "it's", "a #b", "#", "$A", "\\n", "\"", "'\"$\\", "two\nlines"] {
            assert_eq!(read(&line("A", value)), [("A".to_owned(), value.to_owned())], "{value:?}");
        }
    }
}
