//! What the relay must know of a request's body: the model, whether the answer is streamed, how much it may be. The
//! body is read where it stands, and goes to the upstream as it came.

use super::{
    BadBody, Bounds, Ceilings, Edit, Endpoint, Failure, InputSize, ModelName,
    ask::{INCLUDE_USAGE, STREAM_OPTIONS, ask_for_usage},
    content,
    elsewhere::{names_other_models, not_with_cap},
    json::{Members, elements, string},
    refused::unambiguous,
};

/// What is read of a body. A decision that hangs on one of these must see what the upstream will see.
const READ: [&str; 26] = [
    "background",
    "best_of",
    "content_policy_fallbacks",
    "context_window_fallbacks",
    "conversation",
    "extra_body",
    "fallbacks",
    "input",
    "max_completion_tokens",
    "max_output_tokens",
    "max_tokens",
    "messages",
    "model",
    "models",
    "n",
    "plugins",
    "preset",
    "previous_response_id",
    "prompt",
    "provider",
    "route",
    "service_tier",
    "stream",
    "stream_options",
    "tools",
    "web_search_options",
];
/// What is read of its `stream_options`.
const READ_OF_OPTIONS: [&str; 1] = [INCLUDE_USAGE];
/// A request, read from its body.
pub struct Request<'a> {
    endpoint: Endpoint,
    body: &'a str,
    members: Members<'a>,
    model: ModelName,
    stream: bool,
    not_with_cap: Option<Failure>,
    asks_for_usage: bool,
    /// The most output of one answer, if the request names it.
    most: Option<u64>,
    /// How many answers the upstream makes.
    answers: u64,
}

impl<'a> Request<'a> {
    /// Reads a body. Refused are those that two readers may understand differently: a member that comes twice, and one
    /// that differs from a member read here by case or underscores alone (servers in Go take `Model` for `model`,
    /// servers with Protocol Buffers `maxTokens` for `max_tokens`); and those that name other models beside it. So no
    /// request shows Latchkey one model and the upstream another. All that is not read here may be anything.
    pub fn read(endpoint: Endpoint, body: &'a [u8]) -> Result<Self, BadBody> {
        let text = std::str::from_utf8(body).ok();
        let Some((body, members)) = text.and_then(|body| Some((body, Members::of(body)?))) else {
            return Err(BadBody::new(None, "The request's body is not a JSON object."));
        };
        unambiguous(&members, &READ)?;
        if let Some(name) = names_other_models(&members) {
            let message = format!("{name} may lead to another model than the one that is named. Leave {name} out.");
            return Err(BadBody::new(name, message));
        }
        let model =
            members.given("model").ok_or_else(|| BadBody::new("model", "The request's body names no model."))?;
        let model = string(model).ok_or_else(|| BadBody::new("model", "The model is a string."))?;
        // Not trimmed: what stands here goes to the upstream as it is.
        let model = ModelName::try_from(model.into_owned());
        let model = model.map_err(|why| BadBody::new("model", format!("The model is not one: {why}")))?;
        let stream = truth(&members, "stream")?.unwrap_or(false);
        let asks_for_usage = match members.given(STREAM_OPTIONS) {
            None => false,
            Some(options) => {
                let options =
                    Members::of(options).ok_or_else(|| BadBody::new(STREAM_OPTIONS, "stream_options is an object."))?;
                unambiguous(&options, &READ_OF_OPTIONS)?;
                truth(&options, INCLUDE_USAGE)?.unwrap_or(false)
            }
        };
        let not_with_cap = not_with_cap(&members)?;
        let (most, answers) = output(endpoint, &members)?;
        Ok(Self { endpoint, body, members, model, stream, not_with_cap, asks_for_usage, most, answers })
    }

    /// The call it is.
    #[must_use]
    pub fn endpoint(&self) -> Endpoint {
        self.endpoint
    }

    /// The model it names, letter for letter.
    #[must_use]
    pub fn model(&self) -> &ModelName {
        &self.model
    }

    /// Whether the answer comes as a stream of events.
    #[must_use]
    pub fn streams(&self) -> bool {
        self.stream
    }

    /// Whether the client itself asks for the usage at the end of the stream.
    #[must_use]
    pub fn asks_for_usage(&self) -> bool {
        self.asks_for_usage
    }

    /// Why it is not for a key with a cap. A response in the background is answered before the work is done, and says no
    /// usage: what it costs never passes through here. Of a tier of service, or with what a provider adds, the model's price may
    /// not be the price.
    #[must_use]
    pub fn not_with_cap(&self) -> Option<Failure> {
        self.not_with_cap.clone()
    }

    /// The change that makes a streamed answer of chat or completions say its usage, if the client did not ask for it:
    /// adds `"stream_options":{"include_usage":true}`, or only the part of it that is missing. Everything else stays
    /// byte for byte. `None` where there is nothing to change. Responses say it unasked, and embeddings are not
    /// streamed.
    #[must_use]
    pub fn add_usage(&self) -> Option<Edit> {
        let takes_options = matches!(self.endpoint, Endpoint::ChatCompletions | Endpoint::Completions);
        if !takes_options || !self.stream || self.asks_for_usage {
            return None;
        }
        ask_for_usage(self.body, &self.members)
    }

    /// How much its input can be. Walks through the messages: a body of many megabytes is worth a thread of its own.
    #[must_use]
    pub fn input_size(&self) -> InputSize {
        content::measure(self.endpoint, self.body, &self.members)
    }

    /// The most tokens it can take, for what it does not say itself by `ceilings`.
    #[must_use]
    pub fn bounds(&self, ceilings: &Ceilings) -> Bounds {
        let output = match self.endpoint {
            Endpoint::Embeddings => 0,
            _ => self.most.unwrap_or(ceilings.output).saturating_mul(self.answers),
        };
        let size = self.input_size();
        Bounds { input: size.most_tokens(ceilings), output, elsewhere: size.elsewhere }
    }
}

/// The most output of one answer, if it is named, and how many answers the upstream makes.
fn output(endpoint: Endpoint, members: &Members<'_>) -> Result<(Option<u64>, u64), BadBody> {
    let most = match endpoint {
        // Which of the two an upstream knows is not ours to guess.
        Endpoint::ChatCompletions => limit(members, "max_completion_tokens")?.max(limit(members, "max_tokens")?),
        Endpoint::Completions => limit(members, "max_tokens")?,
        Endpoint::Responses => limit(members, "max_output_tokens")?,
        Endpoint::Embeddings => None,
    };
    let answers = match endpoint {
        Endpoint::ChatCompletions => limit(members, "n")?.filter(|n| *n < NO_LIMIT).unwrap_or(1),
        // Of every prompt that many are made, also where only the best are shown.
        Endpoint::Completions => {
            let named = [limit(members, "n")?, limit(members, "best_of")?];
            let each = named.into_iter().flatten().filter(|n| *n < NO_LIMIT).max();
            each.unwrap_or(1).saturating_mul(prompts(members))
        }
        Endpoint::Embeddings | Endpoint::Responses => 1,
    };
    Ok((most.filter(|most| *most < NO_LIMIT), answers))
}

/// How many prompts: a list of strings or of token lists has several, a list of tokens is one.
fn prompts(members: &Members<'_>) -> u64 {
    let prompt = members.given("prompt").filter(|prompt| prompt.starts_with('['));
    let list = prompt.and_then(elements).unwrap_or_default();
    if list.iter().any(|prompt| prompt.starts_with(['"', '['])) { list.len() as u64 } else { 1 }
}

/// As much as the upstream can.
const NO_LIMIT: u64 = u64::MAX;

/// A whole number above nothing. Nothing and less is [`NO_LIMIT`]: some upstreams take `-1` for as much as they can.
fn limit(members: &Members<'_>, name: &'static str) -> Result<Option<u64>, BadBody> {
    let Some(value) = members.given(name) else { return Ok(None) };
    let digits = value.strip_prefix('-').unwrap_or(value);
    let number = digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse::<u64>().ok()).flatten();
    let number = number.ok_or_else(|| BadBody::new(name, format!("{name} is a whole number.")))?;
    Ok(Some(if number == 0 || digits != value { NO_LIMIT } else { number }))
}

pub(super) fn truth(members: &Members<'_>, name: &'static str) -> Result<Option<bool>, BadBody> {
    match members.given(name) {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(BadBody::new(name, format!("{name} is true or false."))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(endpoint: Endpoint, body: &str) -> Request<'_> {
        Request::read(endpoint, body.as_bytes()).unwrap_or_else(|bad| panic!("{bad:?}"))
    }

    fn refused(body: &str) -> (Option<&'static str>, String) {
        let bad = Request::read(Endpoint::ChatCompletions, body.as_bytes()).err().unwrap();
        (bad.param, bad.message.into_owned())
    }

    #[test]
    fn what_a_body_says() {
        let body = r#"{"messages":[{"role":"user","content":"model, stream"}],"model":"ft:gpt-4o\u002dmini:a::1","stream":true,
          "stream_options":{"include_usage":true},"seed":1e400}"#;
        let request = read(Endpoint::ChatCompletions, body);
        assert_eq!(request.model().as_str(), "ft:gpt-4o-mini:a::1");
        assert!(request.streams() && request.asks_for_usage() && request.not_with_cap().is_none());
        let plain =
            read(Endpoint::Responses, r#"{"model":"o3","stream":null,"stream_options":null,"background":true}"#);
        assert!(!plain.streams() && !plain.asks_for_usage());
        assert_eq!(plain.not_with_cap(), Some(Failure::BackgroundWithCap));
    }

    #[test]
    fn what_is_refused() {
        for (body, param) in [
            ("", None),
            ("[]", None),
            (r#"{"model":"o3"} x"#, None),
            (r#"{"model":"o3",}"#, None),
            ("{}", Some("model")),
            (r#"{"model":null}"#, Some("model")),
            (r#"{"model":["o3"]}"#, Some("model")),
            (r#"{"model":" o3"}"#, Some("model")),
            (r#"{"model":"gpt*"}"#, Some("model")),
            (r#"{"model":"a","model":"b"}"#, Some("model")),
            (r#"{"model":"a","mod\u0065l":"b"}"#, Some("model")),
            (r#"{"model":"a","Model":"b"}"#, Some("model")),
            (r#"{"model":"a","ſtream":true}"#, Some("stream")),
            (r#"{"model":"a","max_toKens":9}"#, Some("max_tokens")),
            (r#"{"model":"a","maxCompletionTokens":9}"#, Some("max_completion_tokens")),
            (r#"{"model":"a","x":1,"x":1}"#, None),
            (r#"{"model":"a","models":["b"]}"#, Some("models")),
            (r#"{"model":"a","models":[]}"#, Some("models")),
            (r#"{"model":"a","m\u006fdels":["b"]}"#, Some("models")),
            (r#"{"model":"a","Models":null}"#, Some("models")),
            (r#"{"model":"a","route":"fallback"}"#, Some("route")),
            (r#"{"model":"a","preset":"dear"}"#, Some("preset")),
            (r#"{"model":"a","plugins":[{"id":"fusion","model":"b"}]}"#, Some("plugins")),
            (r#"{"model":"a","Plugins":[]}"#, Some("plugins")),
            (r#"{"model":"a","tools":[{"type":"function"},{"type":"openrouter:advisor"}]}"#, Some("tools")),
            (r#"{"model":"a","tools":[{"type":"openr\u006futer:advisor"}]}"#, Some("tools")),
            (r#"{"model":"a","fallbacks":["b"]}"#, Some("fallbacks")),
            (r#"{"model":"a","context_window_fallbacks":[]}"#, Some("context_window_fallbacks")),
            (r#"{"model":"a","contentPolicyFallbacks":[]}"#, Some("content_policy_fallbacks")),
            (r#"{"model":"a","extra_body":{"models":["b"]}}"#, Some("extra_body")),
            (r#"{"model":"a","serviceTier":"priority"}"#, Some("service_tier")),
            (r#"{"model":"a","stream":"true"}"#, Some("stream")),
            (r#"{"model":"a","stream":1}"#, Some("stream")),
            (r#"{"model":"a","stream_options":true}"#, Some("stream_options")),
            (r#"{"model":"a","stream_options":{"include_usage":1}}"#, Some("include_usage")),
            (r#"{"model":"a","stream_options":{"include_usage":true,"include_usage":false}}"#, Some("include_usage")),
            (r#"{"model":"a","max_tokens":"9"}"#, Some("max_tokens")),
            (r#"{"model":"a","max_tokens":9.5}"#, Some("max_tokens")),
            (r#"{"model":"a","max_completion_tokens":1e9}"#, Some("max_completion_tokens")),
            (r#"{"model":"a","max_tokens":18446744073709551616}"#, Some("max_tokens")),
            (r#"{"model":"a","n":{}}"#, Some("n")),
        ] {
            assert_eq!(refused(body).0, param, "{body}");
        }
        assert!(Request::read(Endpoint::ChatCompletions, b"{\"model\":\"\xff\"}").is_err());
        assert!(!refused(r#"{"model":"my secret"}"#).1.contains("secret"));
        assert!(!refused(r#"{"model":"a","secret":1,"secret":2}"#).1.contains("secret"));
    }

    #[test]
    fn the_most_output() {
        let ceilings = Ceilings { output: 1_000, ..Ceilings::default() };
        for (endpoint, rest, most) in [
            (Endpoint::ChatCompletions, "", 1_000),
            (Endpoint::ChatCompletions, r#","max_tokens":50"#, 50),
            (Endpoint::ChatCompletions, r#","max_completion_tokens":70,"max_tokens":50"#, 70),
            (Endpoint::ChatCompletions, r#","max_completion_tokens":null,"max_tokens":50,"n":3"#, 150),
            (Endpoint::ChatCompletions, r#","max_output_tokens":5"#, 1_000),
            (Endpoint::ChatCompletions, r#","n":3"#, 3_000),
            (Endpoint::ChatCompletions, r#","max_tokens":-1,"n":0"#, 1_000),
            (Endpoint::ChatCompletions, r#","max_tokens":0,"n":-7"#, 1_000),
            (Endpoint::ChatCompletions, r#","max_completion_tokens":70,"max_tokens":-1"#, 1_000),
            (Endpoint::ChatCompletions, r#","max_tokens":18446744073709551614,"n":9"#, u64::MAX),
            (Endpoint::Completions, r#","max_tokens":5,"n":-1,"best_of":3"#, 15),
            (Endpoint::Completions, r#","prompt":"a","max_tokens":50"#, 50),
            (Endpoint::Completions, r#","prompt":"a","max_tokens":50,"n":2,"best_of":4"#, 200),
            (Endpoint::Completions, r#","prompt":["a","b"],"max_tokens":50,"n":2"#, 200),
            (Endpoint::Completions, r#","prompt":[[1,2],[3]],"max_tokens":50"#, 100),
            (Endpoint::Completions, r#","prompt":[1,2,3],"max_tokens":50"#, 50),
            (Endpoint::Completions, r#","prompt":[],"max_tokens":50"#, 50),
            (Endpoint::Responses, r#","max_output_tokens":50,"n":9"#, 50),
            (Endpoint::Responses, r#","max_tokens":50"#, 1_000),
            (Endpoint::Embeddings, r#","input":"a","max_tokens":50"#, 0),
        ] {
            let body = format!(r#"{{"model":"m"{rest}}}"#);
            assert_eq!(read(endpoint, &body).bounds(&ceilings).output, most, "{endpoint:?} {body}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>, text in "\\{\"model\":\"m\",[{}\\[\\]\":,a-z0-9 ]{0,40}\\}") {
            for endpoint in Endpoint::ALL {
                for body in [&bytes[..], text.as_bytes()] {
                    if let Ok(request) = Request::read(endpoint, body) {
                        let _ = (request.add_usage(), request.bounds(&Ceilings::default()));
                    }
                }
            }
        }
    }
}
