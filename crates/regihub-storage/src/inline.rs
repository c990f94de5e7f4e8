//! Storage without threads: every unit of work runs at once where it is asked for, so that a simulation with the same seed always does
//! the same. It survives the end of the process, not a power cut.

use crate::{
    backend::{Backend, Role, Source},
    error::Result,
    reader,
    seal::MasterKey,
    task::Task,
    unit::Unit,
    writer::Counters,
};

pub(crate) struct Inline {
    writer: Box<dyn Backend>,
    reader: Box<dyn Backend>,
    keys: MasterKey,
    counters: Counters,
}

impl Inline {
    pub(crate) fn open(source: &Source, keys: MasterKey, counters: Counters) -> Result<Self> {
        let mut writer = source.connect(Role::FastWriter)?;
        writer.migrate()?;
        Ok(Self { writer, reader: source.connect(Role::Reader)?, keys, counters })
    }

    pub(crate) fn write(&mut self, task: &mut dyn Task) -> Result<()> {
        self.writer.begin()?;
        let mut unit = Unit::new(self.writer.as_sql(), &self.keys);
        let mut outcome = task.run(&mut unit);
        let appended = unit.appended();
        if outcome.is_ok() {
            outcome = self.writer.commit();
        }
        match &outcome {
            Ok(()) => self.counters.committed(appended),
            Err(_) if self.writer.in_transaction() => self.writer.rollback()?,
            Err(_) => {}
        }
        outcome
    }

    pub(crate) fn read(&mut self, task: &mut dyn Task) -> Result<()> {
        reader::look(&mut *self.reader, &self.keys, task)
    }
}
