//! Model traffic as the store has it: providers of models (`providers`, their changes in `change`), and what models cost
//! (`prices`).

mod change;
mod prices;
mod providers;

pub use change::ProviderEdit;
pub use prices::{ModelPrice, PricePage, PricedModel};
pub use providers::{HeldProvider, ModelProvider, NewProvider};
