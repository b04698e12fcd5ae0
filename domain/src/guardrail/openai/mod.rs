//! A guardrail before OpenAI's API: its rules on the texts of a request, of an answer, and of the events of a streamed answer.
//! Called by the model relay.
//!
//! What is no text stays as it is, byte for byte, and is not looked at: pictures, sound and files, numbers, the names of models,
//! functions and most members, and all that only says how the rest is meant. What could carry a text past the rules is refused:
//! prompts that are tokens already, an answer's tokens and how likely they were, which repeat it one by one, and what is nested too
//! deeply to be looked at.

mod alike;
mod body;
mod events;
mod held;
mod names;
mod places;
mod streamed;
mod strings;
mod which;
mod within;

pub use events::{Passing, Said, Stop};
pub use streamed::AnswerScan;
pub use strings::Unreadable;
