use serde_json::Value;

use super::{error::ImportError, report::ImportFinding, row::ImportRow};

/// Rows of `[{…}, …]` or `{"stations": [{…}, …]}`.
pub(super) fn rows(text: &str) -> Result<Vec<Result<ImportRow, ImportFinding>>, ImportError> {
    let shape = |problem: String| ImportError::Shape { kind: "JSON", problem };
    let list = match serde_json::from_str(text).map_err(|error| shape(error.to_string()))? {
        Value::Array(list) => list,
        Value::Object(mut object) => match object.remove("stations") {
            Some(Value::Array(list)) => list,
            _ => return Err(shape("an object must have a list named stations".to_owned())),
        },
        _ => return Err(shape("it must be a list of stations".to_owned())),
    };
    Ok((1..).zip(list).map(|(number, value)| row(number, value)).collect())
}

fn row(number: u64, value: Value) -> Result<ImportRow, ImportFinding> {
    match value {
        Value::Object(cells) => Ok(ImportRow { number, cells: cells.into_iter().collect() }),
        _ => Err(ImportFinding { row: number, column: String::new(), reason: "not an object".to_owned() }),
    }
}
