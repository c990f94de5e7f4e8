//! Read models of the pages, each for one workspace.
//!
//! A page asks for everything it shows in one read. Every function takes a [`Scope`], which knows what the workspace owns; what is not in
//! it cannot be reached (I10). Lists are paged by key, so that page one thousand costs what page one costs.

pub mod dashboard;
pub mod events;
pub mod exchanges;
pub mod health;
pub mod lag;
pub mod orders;
pub mod parked;
mod raw;
pub mod sales;
mod scope;
pub mod settings;
pub mod stock;
pub mod why;

pub use scope::{ConnectionInfo, LinkInfo, Scope, ShopInfo};

use crate::{error::Result, owner::Owner};

/// The newest `limit` rows of several owners: each owner's newest (one seek in the index by owner), merged by number.
fn newest_first<T>(
    owners: &[Owner],
    limit: usize,
    number: impl Fn(&T) -> i64,
    mut fetch: impl FnMut(Owner) -> Result<Vec<T>>,
) -> Result<Vec<T>> {
    let mut rows = Vec::new();
    for owner in owners {
        rows.extend(fetch(*owner)?);
    }
    rows.sort_by_key(|row| std::cmp::Reverse(number(row)));
    rows.truncate(limit);
    Ok(rows)
}

/// A `like` pattern that finds `text` anywhere; to be used with `escape '\'` on a lower-case column.
fn anywhere(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.to_ascii_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_with_a_meaning_in_patterns_are_looked_for_as_themselves() {
        assert_eq!(anywhere("50%_A\\"), "%50\\%\\_a\\\\%");
    }
}
