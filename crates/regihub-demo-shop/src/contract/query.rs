use super::problem::Problem;
use axum::extract::Query as Pairs;
use http::Uri;

const MOST_ROWS: usize = 500;
const ROWS_UNLESS_TOLD: usize = 100;

/// The parameters of a list. Unknown ones are ignored.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn of(uri: &Uri) -> Result<Self, Problem> {
        let Pairs(pairs) = Pairs::try_from_uri(uri).map_err(|error| Problem::bad_request(format!("query: {error}")))?;
        Ok(Self(pairs))
    }

    pub(super) fn get(&self, name: &'static str) -> Option<&str> {
        self.all(name).next()
    }

    pub(super) fn all(&self, name: &'static str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn limit(&self) -> Result<usize, Problem> {
        let Some(sent) = self.get("limit") else { return Ok(ROWS_UNLESS_TOLD) };
        match sent.parse() {
            Ok(limit) if (1..=MOST_ROWS).contains(&limit) => Ok(limit),
            _ => Err(Problem::bad_request(format!(
                "limit: got {sent:?}, a whole number from 1 to {MOST_ROWS} is allowed"
            ))),
        }
    }

    /// `after` of the feed; 0, the beginning, unless told.
    pub(super) fn after_sequence(&self) -> Result<u64, Problem> {
        let sent = self.get("after").unwrap_or("0");
        sent.parse()
            .map_err(|_| Problem::bad_request(format!("after: got {sent:?}, a whole number of at least 0 is allowed")))
    }
}
