//! How much `latchkey serve` holds of a spend cap for model calls that do not say how much they may be.

use crate::failure::Failure;
use clap::Args;
use domain::model::{Ceilings, MOST_TOKENS};

/// The settings, as text.
#[derive(Args)]
pub struct CeilingSettings {
    /// Output tokens that are held of a spend cap for a model call that names no largest output
    #[arg(
        long,
        env = "LATCHKEY_HELD_OUTPUT_TOKENS",
        hide_env_values = true,
        value_name = "TOKENS",
        default_value = "16384"
    )]
    held_output_tokens: String,
    /// Input tokens that are held at least for a model call with input from elsewhere than its body
    #[arg(
        long,
        env = "LATCHKEY_HELD_CONTEXT_TOKENS",
        hide_env_values = true,
        value_name = "TOKENS",
        default_value = "200000"
    )]
    held_context_tokens: String,
}

impl CeilingSettings {
    /// What they say.
    pub fn read(&self) -> Result<Ceilings, Failure> {
        let output = tokens(&self.held_output_tokens, "--held-output-tokens", "LATCHKEY_HELD_OUTPUT_TOKENS")?;
        let context = tokens(&self.held_context_tokens, "--held-context-tokens", "LATCHKEY_HELD_CONTEXT_TOKENS")?;
        Ok(Ceilings { context, output, ..Ceilings::default() })
    }
}

fn tokens(text: &str, flag: &'static str, variable: &'static str) -> Result<u64, Failure> {
    let read = text.parse().ok().filter(|tokens| (1..=MOST_TOKENS).contains(tokens));
    read.ok_or_else(|| Failure::setting(flag, variable, "give a number of tokens from 1 to 1000000000"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Args, Command, FromArgMatches};

    #[test]
    fn what_is_held_unless_set() {
        let given = CeilingSettings::augment_args(Command::new("serve")).get_matches_from(["serve"]);
        let settings = CeilingSettings::from_arg_matches(&given).unwrap();
        assert_eq!(settings.read().unwrap(), Ceilings::default());
    }
}
