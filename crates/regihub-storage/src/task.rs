//! A unit of work on its way through a queue: the closure, then its result, then who waits for it.

use crate::{
    error::{Result, StorageError},
    unit::{Unit, run_guarded},
};
use tokio::sync::oneshot;

/// The waiting side of a [`Task`].
pub(crate) type Answer<T> = oneshot::Receiver<Result<T>>;

/// A closure whose result type is forgotten. Run once, answered once.
pub(crate) trait Task: Send {
    /// Runs the closure; tells whether what it did shall be kept.
    fn run(&mut self, unit: &mut Unit<'_>) -> Result<()>;
    /// Sends the result, or `outcome` when that failed. Nobody waiting any more is no error: the work is done all the same.
    fn answer(self: Box<Self>, outcome: Result<()>);
}

pub(crate) fn task<T: Send + 'static>(
    work: impl FnOnce(&mut Unit<'_>) -> Result<T> + Send + 'static,
) -> (Box<dyn Task>, Answer<T>) {
    let (sender, answer) = oneshot::channel();
    (Box::new(Work { work: Some(work), result: None, sender }), answer)
}

struct Work<T, F> {
    work: Option<F>,
    result: Option<T>,
    sender: oneshot::Sender<Result<T>>,
}

impl<T: Send, F: FnOnce(&mut Unit<'_>) -> Result<T> + Send> Task for Work<T, F> {
    fn run(&mut self, unit: &mut Unit<'_>) -> Result<()> {
        let work = self.work.take().ok_or_else(|| StorageError::Backend("a unit of work was run twice".into()))?;
        self.result = Some(run_guarded(|| work(unit))?);
        Ok(())
    }

    fn answer(self: Box<Self>, outcome: Result<()>) {
        let Self { result, sender, .. } = *self;
        let _ = sender.send(outcome.and_then(|()| result.ok_or(StorageError::Closed)));
    }
}
