use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};
use std::sync::{Arc, Mutex};

/// A shared source of random numbers. From a seed it always gives the same row.
#[derive(Clone)]
pub struct Dice(Arc<Mutex<StdRng>>);

impl Dice {
    pub fn from_seed(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// Seeded by the operating system: for keys, tokens and salts in the real program.
    pub fn from_os() -> Self {
        Self(Arc::new(Mutex::new(rand::make_rng())))
    }

    /// A number in `0..below` (`below` must not be 0).
    pub fn below(&self, below: u64) -> u64 {
        self.lock().random_range(0..below)
    }

    /// True in `percent` of 100 throws.
    pub fn chance(&self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub fn fill(&self, bytes: &mut [u8]) {
        self.lock().fill_bytes(bytes);
    }

    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// Another source with its own row of numbers, so that two users of one seed do not disturb each other.
    pub fn fork(&self) -> Self {
        Self::from_seed(self.lock().next_u64())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, StdRng> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
