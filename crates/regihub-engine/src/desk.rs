use regihub_storage::{Owner, Result, Storage, Unit};

/// Where a lane works: everything it writes is fenced by the lease of its owner. A lane that was stalled while another node took over can
/// still come to its end, but it books nothing any more.
#[derive(Clone)]
pub(crate) struct Desk {
    storage: Storage,
    owner: Owner,
    token: i64,
}

impl Desk {
    pub(crate) fn new(storage: Storage, owner: Owner, token: i64) -> Self {
        Self { storage, owner, token }
    }

    pub(crate) fn owner(&self) -> Owner {
        self.owner
    }

    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Unit<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.storage.read(work).await
    }

    /// # Errors
    /// `InUse` when another node has taken the lease; then nothing was done.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Unit<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (owner, token) = (self.owner, self.token);
        self.storage
            .write(move |unit| {
                unit.leases().must_hold(owner, token)?;
                work(unit)
            })
            .await
    }
}
