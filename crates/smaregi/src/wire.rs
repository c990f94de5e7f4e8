//! How Smaregi writes single values: practically every number is a JSON string in reads, some are JSON numbers in answers to writes,
//! "no value" is null, a missing key or an empty string (platform-common §12, platform-pos G1). Whatever comes, a field reads the same.

use crate::time;
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, de};
use std::{fmt, marker::PhantomData, str::FromStr};

/// A value that Smaregi may send as text or as a number.
pub(crate) trait FromText: Sized {
    /// What the value should look like, for the error message.
    const EXPECTED: &'static str;

    fn from_text(text: &str) -> Option<Self>;

    /// Texts that mean "no value".
    fn is_none(text: &str) -> bool {
        text.trim_ascii().is_empty()
    }
}

impl FromText for String {
    const EXPECTED: &'static str = "a text or a number";

    fn from_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }

    fn is_none(text: &str) -> bool {
        text.is_empty()
    }
}

impl FromText for Decimal {
    const EXPECTED: &'static str = "a decimal number";

    fn from_text(text: &str) -> Option<Self> {
        Decimal::from_str_exact(text.trim_ascii()).ok()
    }
}

impl FromText for i64 {
    const EXPECTED: &'static str = "a whole number";

    fn from_text(text: &str) -> Option<Self> {
        let text = text.trim_ascii();
        i64::from_str(text).ok().or_else(|| whole(Decimal::from_text(text)?))
    }
}

fn whole(number: Decimal) -> Option<i64> {
    if number.fract().is_zero() { i64::try_from(number.trunc()).ok() } else { None }
}

impl FromText for Timestamp {
    const EXPECTED: &'static str = "a date-time such as 2022-10-26T15:22:35+09:00";

    fn from_text(text: &str) -> Option<Self> {
        time::parse_date_time(text.trim_ascii())
    }

    fn is_none(text: &str) -> bool {
        time::is_blank(text)
    }
}

impl FromText for Date {
    const EXPECTED: &'static str = "a date such as 2022-10-26";

    fn from_text(text: &str) -> Option<Self> {
        time::parse_date(text.trim_ascii())
    }

    fn is_none(text: &str) -> bool {
        time::is_blank(text)
    }
}

/// For `deserialize_with`: a value that may be null or empty. Pair it with `default` so that it may be missing too.
pub(crate) fn optional<'de, D: Deserializer<'de>, T: FromText>(deserializer: D) -> Result<Option<T>, D::Error> {
    deserializer.deserialize_any(ScalarVisitor(PhantomData))
}

/// For `deserialize_with`: a value without which the row means nothing, such as its id.
pub(crate) fn required<'de, D: Deserializer<'de>, T: FromText>(deserializer: D) -> Result<T, D::Error> {
    optional(deserializer)?.ok_or_else(|| de::Error::custom(format_args!("is empty, expected {}", T::EXPECTED)))
}

/// For `deserialize_with`: a list that may be null.
pub(crate) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

struct ScalarVisitor<T>(PhantomData<T>);

impl<'de, T: FromText> de::Visitor<'de> for ScalarVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(T::EXPECTED)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        if T::is_none(text) {
            return Ok(None);
        }
        T::from_text(text).map(Some).ok_or_else(|| E::invalid_value(de::Unexpected::Str(&shortened(text)), &self))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Self::Value, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_bool<E: de::Error>(self, yes: bool) -> Result<Self::Value, E> {
        self.visit_str(if yes { "1" } else { "0" })
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_none<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// Error messages name the value they met, but stay one line however long it is.
fn shortened(text: &str) -> String {
    if text.chars().nth(40).is_none() { text.to_owned() } else { text.chars().take(40).chain(['…']).collect() }
}

/// A row of an answer, in Smaregi's own names (camelCase on the wire).
///
/// `keys` must be there, `values` may be missing, null or empty, `nested` is one further row, `parts` are lists of further rows (empty when not asked
/// for), and `rest` keeps what the struct does not name. Rows that come by the thousand per second have no `rest`: their raw answer is in the exchange.
macro_rules! row {
    (
        $(#[$meta:meta])*
        $name:ident {
            $(keys { $($(#[$key_meta:meta])* $key:ident: $key_type:ty,)* })?
            $(values { $($(#[$value_meta:meta])* $value:ident: $value_type:ty,)* })?
            $(nested { $($(#[$nested_meta:meta])* $nested:ident: $nested_type:ty,)* })?
            $(parts { $($(#[$part_meta:meta])* $part:ident: $part_type:ty,)* })?
            $(rest { $rest:ident })?
        }
    ) => {
        $(#[$meta])*
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            $($($(#[$key_meta])* #[serde(deserialize_with = "crate::wire::required")] pub $key: $key_type,)*)?
            $($($(#[$value_meta])* #[serde(default, deserialize_with = "crate::wire::optional")] pub $value: Option<$value_type>,)*)?
            $($($(#[$nested_meta])* pub $nested: $nested_type,)*)?
            $($($(#[$part_meta])* #[serde(default, deserialize_with = "crate::wire::list")] pub $part: Vec<$part_type>,)*)?
            $(
                /// Members of the answer that have no field here.
                #[serde(flatten)]
                pub $rest: serde_json::Map<String, serde_json::Value>,
            )?
        }
    };
}
pub(crate) use row;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::{Flag, StockDivision};
    use proptest::prelude::*;

    row! {
        #[derive(Debug, PartialEq)]
        Sample {
            keys { row_id: String, }
            values {
                pieces: i64,
                price: Decimal,
                flag: Flag,
                division: StockDivision,
                day: Date,
                moment: Timestamp,
            }
            parts { lines: Line, }
        }
    }

    row! {
        #[derive(Debug, PartialEq)]
        Line {
            keys { no: i64, }
        }
    }

    fn read(json: &str) -> Result<Sample, String> {
        serde_json::from_str(json).map_err(|e| e.to_string())
    }

    #[test]
    fn numbers_read_the_same_as_strings_and_as_numbers() {
        let text = read(r#"{"rowId":"7","pieces":"5","price":"1.50","flag":"1","division":"02","lines":[{"no":"1"}]}"#);
        let number = read(r#"{"rowId":7,"pieces":5.0,"price":1.50,"flag":1,"division":2,"lines":[{"no":1}]}"#);
        assert_eq!(text.as_ref().unwrap().price.unwrap().to_string(), "1.50");
        assert_eq!(text.unwrap(), number.unwrap());
    }

    #[test]
    fn null_missing_and_empty_are_all_no_value() {
        let null = r#"{"rowId":"7","pieces":null,"price":null,"flag":null,"division":null,"day":null,"moment":null,"lines":null}"#;
        let empty = r#"{"rowId":"7","pieces":"","price":" ","flag":"","division":"","day":"0000-00-00","moment":"","lines":[]}"#;
        let missing = read(r#"{"rowId":"7"}"#).unwrap();
        assert_eq!(read(null).unwrap(), missing);
        assert_eq!(read(empty).unwrap(), missing);
        assert_eq!(missing.pieces, None);
    }

    #[test]
    fn a_row_without_its_key_is_refused() {
        for json in [r#"{}"#, r#"{"rowId":null}"#, r#"{"rowId":""}"#] {
            assert!(
                read(json).unwrap_err().contains("rowId") || read(json).unwrap_err().contains("is empty"),
                "{json}"
            );
        }
    }

    #[test]
    fn a_value_that_does_not_fit_is_named_with_what_was_expected() {
        let error = read(r#"{"rowId":"7","pieces":"five"}"#).unwrap_err();
        assert!(error.contains("five") && error.contains("a whole number"), "{error}");
        let error = read(r#"{"rowId":"7","pieces":"1.5"}"#).unwrap_err();
        assert!(error.contains("1.5"), "{error}");
    }

    #[test]
    fn a_code_nobody_knew_is_kept() {
        assert_eq!(read(r#"{"rowId":"7","flag":"9"}"#).unwrap().flag, Some(Flag::Other("9".to_owned())));
        assert_eq!(StockDivision::from_code("77").code(), "77");
    }

    proptest! {
        #[test]
        fn no_scalar_breaks_the_reader(text in ".{0,60}") {
            let quoted = serde_json::to_string(&text).unwrap();
            for member in ["pieces", "price", "flag", "division", "day", "moment"] {
                let _ = read(&format!(r#"{{"rowId":"7","{member}":{quoted}}}"#));
            }
        }

        #[test]
        fn every_whole_number_reads_as_itself(number: i64) {
            let both = [format!(r#"{{"rowId":1,"pieces":{number}}}"#), format!(r#"{{"rowId":1,"pieces":"{number}"}}"#)];
            for json in both {
                prop_assert_eq!(read(&json).unwrap().pieces, Some(number));
            }
        }
    }
}
