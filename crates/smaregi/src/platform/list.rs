use super::{Answer, Client, Error, Query, answer, call::Call};
use futures_util::{Stream, stream};
use serde::de::DeserializeOwned;

/// Which page of a list, and how long a page is (platform-common §11.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// 1 to 1000 rows; transactions with details: at most 100.
    pub limit: u32,
    /// From 1.
    pub page: u32,
}

impl PageRequest {
    pub const MAX_LIMIT: u32 = 1000;

    /// The first page of so many rows.
    pub fn first(limit: u32) -> Self {
        Self { limit, page: 1 }
    }

    fn check(self, max_limit: u32) -> Result<(), Error> {
        if !(1..=max_limit).contains(&self.limit) {
            return Err(Error::refused_unsent(format!(
                "limit is {}, Smaregi allows 1 to {max_limit} here",
                self.limit
            )));
        }
        if self.page == 0 {
            return Err(Error::refused_unsent("page is 0, the first page is 1"));
        }
        Ok(())
    }
}

impl Default for PageRequest {
    /// The longest page: calls are the scarcest thing there is.
    fn default() -> Self {
        Self::first(Self::MAX_LIMIT)
    }
}

/// What one list call asks for.
pub trait ListQuery: Clone + Send + Sync + 'static {
    type Row: DeserializeOwned + Send + 'static;
    /// The scope the operation needs.
    const SCOPE: &'static str;

    /// Below `/{contract}/pos`, with a leading slash.
    fn path(&self) -> String;

    /// Adds the filters; an error says which of them Smaregi would refuse.
    fn fill(&self, query: &mut Query) -> Result<(), Error>;

    fn page(&self) -> PageRequest;

    fn page_mut(&mut self) -> &mut PageRequest;

    /// `field`, `field:desc`, several joined by commas; Smaregi's own order (primary key, ascending) when `None`.
    fn sort(&self) -> Option<&str> {
        None
    }

    fn max_limit(&self) -> u32 {
        PageRequest::MAX_LIMIT
    }
}

impl Client {
    /// One page of any list.
    pub async fn list<Q: ListQuery>(&self, list: &Q) -> Result<Answer<Vec<Q::Row>>, Error> {
        let page = list.page();
        page.check(list.max_limit())?;
        let mut query = Query::default();
        list.fill(&mut query)?;
        query.put_some("sort", list.sort());
        query.put("limit", page.limit);
        query.put("page", page.page);
        let record = self.call(&Call::get(list.path(), query, Q::SCOPE)).await?;
        answer::rows(record, page.limit)
    }

    /// All pages of any list from the one in `list` on, read one after the other as the stream is polled. Ends after the page that has fewer rows than
    /// asked for, or after an error.
    pub fn pages<Q: ListQuery>(
        &self,
        list: Q,
    ) -> impl Stream<Item = Result<Answer<Vec<Q::Row>>, Error>> + Send + use<Q> {
        stream::unfold(Some((self.clone(), list)), |state| async move {
            let (client, mut list) = state?;
            let answer = client.list(&list).await;
            let more = answer.as_ref().is_ok_and(|answer| answer.more);
            list.page_mut().page += 1;
            Some((answer, more.then_some((client, list))))
        })
    }
}

/// The parts of [`ListQuery`] that are the same for every query with a `page` (and a `sort`) field.
macro_rules! paged {
    () => {
        fn page(&self) -> crate::platform::PageRequest {
            self.page
        }

        fn page_mut(&mut self) -> &mut crate::platform::PageRequest {
            &mut self.page
        }
    };
    (sorted) => {
        crate::platform::list::paged!();

        fn sort(&self) -> Option<&str> {
            self.sort.as_deref()
        }
    };
}
pub(crate) use paged;
