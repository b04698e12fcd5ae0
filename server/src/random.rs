//! The generator that everything in `server` is given: the operating system's, or a test's seeded one.

use rand::{
    CryptoRng, SeedableRng,
    rand_core::UnwrapErr,
    rngs::{StdRng, SysRng},
};
use std::sync::{Arc, Mutex, PoisonError};

/// Hands out randomness. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Random(Option<Arc<Mutex<StdRng>>>);

impl Random {
    /// The operating system's generator.
    #[must_use]
    pub fn system() -> Self {
        Self(None)
    }

    /// The same sequence for the same seed. For tests alone.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Some(Arc::new(Mutex::new(StdRng::seed_from_u64(seed)))))
    }

    /// Runs `draw` with the generator. An operating system without randomness cannot make keys: that ends the request.
    pub fn with<T>(&self, draw: impl FnOnce(&mut dyn CryptoRng) -> T) -> T {
        match &self.0 {
            None => draw(&mut UnwrapErr(SysRng)),
            Some(seeded) => draw(&mut *seeded.lock().unwrap_or_else(PoisonError::into_inner)),
        }
    }
}
