//! How many tokens a call took: what the provider said, and where it was silent what a tokenizer counts.

use super::{
    reading,
    texts::{self, Texts},
};
use axum::body::Bytes;
use domain::model::{Counted, Endpoint, Reported, Usage, is_finished, is_last_word, usage_of_answer, usage_of_event};
use std::sync::OnceLock;
use tiktoken_rs::{CoreBPE, o200k_base};
use tokio::task::spawn_blocking;

/// The most text of an answer that is kept for a count; of what is longer, the rest counts by its length.
const KEPT: usize = 1024 * 1024;
/// Bytes of a token, where there is nothing to count with.
const BYTES_PER_TOKEN: u64 = 4;

/// What is known of a call's tokens.
#[derive(Debug, Default)]
pub(super) struct Tally {
    reported: Option<Reported>,
    output: Texts,
    beyond: u64,
    /// The provider has said that its answer is finished.
    pub is_finished: bool,
    /// The provider has said all that it says.
    pub is_whole: bool,
}

impl Tally {
    /// Of an answer that is not streamed.
    pub async fn of_answer(endpoint: Endpoint, body: &Bytes) -> Self {
        let read = reading::read(body, move |body| {
            let reported = usage_of_answer(body);
            let known = reported.is_some_and(|said| said.output.is_some());
            let output = if known { Texts::default() } else { Texts::of_answer(endpoint, body) };
            Self { reported, output, beyond: 0, is_finished: true, is_whole: true }
        });
        read.await.unwrap_or_default()
    }

    /// An event of a stream passes.
    pub fn event(&mut self, endpoint: Endpoint, data: &str) {
        if let Some(said) = usage_of_event(data) {
            self.reported = Some(said);
        }
        self.is_finished |= is_finished(data);
        self.is_whole |= is_last_word(data);
        if self.output.text.len() < KEPT {
            texts::add_event(endpoint, data, &mut self.output.text);
        } else {
            self.beyond += data.len() as u64;
        }
    }

    /// Whether they are known, or can be counted: not where a provider was kept from saying them, for what it thought beside
    /// what it wrote is not seen here; and not what comes from `elsewhere`, unless the provider says it.
    pub fn is_known(&self, endpoint: Endpoint, elsewhere: bool) -> bool {
        self.is_whole && (self.said_all(endpoint) || !elsewhere)
    }

    fn said_all(&self, endpoint: Endpoint) -> bool {
        let output = |said: Reported| said.output.is_some() || endpoint == Endpoint::Embeddings;
        self.reported.is_some_and(|said| said.input.is_some() && output(said))
    }

    /// The tokens, given the request's body.
    pub async fn counted(self, endpoint: Endpoint, body: Bytes) -> Counted {
        if self.said_all(endpoint) {
            return Reported::or_estimated(self.reported, Usage::default());
        }
        let Self { reported, output, beyond, .. } = self;
        let counting = spawn_blocking(move || {
            let input = Texts::of_request(&body);
            let output = tokens(&output.text) + output.tokens + beyond / BYTES_PER_TOKEN;
            Usage::new(tokens(&input.text) + input.tokens, 0, output)
        });
        Reported::or_estimated(reported, counting.await.unwrap_or_default())
    }
}

/// The tokens of a text by the vocabulary of OpenAI's present models, which is near enough for others. The vocabulary is
/// read at its first use: most providers are never silent.
fn tokens(text: &str) -> u64 {
    static VOCABULARY: OnceLock<Option<CoreBPE>> = OnceLock::new();
    if text.is_empty() {
        return 0;
    }
    let vocabulary = VOCABULARY.get_or_init(|| {
        o200k_base().inspect_err(|error| tracing::error!(%error, "the tokenizer's vocabulary can't be read")).ok()
    });
    match vocabulary {
        Some(vocabulary) => vocabulary.encode_ordinary(text).len() as u64,
        None => text.len() as u64 / BYTES_PER_TOKEN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_tokens() {
        assert_eq!(tokens(""), 0);
        assert_eq!(tokens("Hello, world!"), 4);
    }

    #[tokio::test]
    async fn what_is_said_counts_and_what_is_not_is_estimated() {
        let body = Bytes::from_static(br#"{"model":"m","messages":[{"role":"user","content":"Hello, world!"}]}"#);
        let endpoint = Endpoint::ChatCompletions;
        let said = br#"{"choices":[{"message":{"content":"Hi"}}],"usage":{"prompt_tokens":19,"completion_tokens":10}}"#;
        let of = async |answer: &'static [u8]| Tally::of_answer(endpoint, &Bytes::from_static(answer)).await;
        let counted = of(said).await.counted(endpoint, body.clone()).await;
        assert_eq!((counted.usage, counted.estimated), (Usage::new(19, 0, 10), false));
        let silent = br#"{"choices":[{"message":{"content":"Hello, world!"}}]}"#;
        let counted = of(silent).await.counted(endpoint, body.clone()).await;
        assert!(counted.estimated && counted.usage.output() >= 4 && counted.usage.input() >= 5, "{counted:?}");
        let mut tally = Tally::default();
        tally.event(endpoint, r#"{"choices":[{"delta":{"content":"Hello, world!"}}]}"#);
        tally.event(endpoint, "[DONE]");
        let counted = tally.counted(endpoint, body).await;
        assert!(counted.estimated && counted.usage.output() == 4, "{counted:?}");
    }
}
