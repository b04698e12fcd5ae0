//! How much input a body can be, before any tokenizer: walks the places where messages have their parts. Called by
//! [`Request`](super::Request) for its bounds.

use super::{
    Ceilings, Endpoint,
    json::{Members, elements, string},
};

/// What a body's input is made of, as far as its tokens can be bounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InputSize {
    /// The bytes of the body, without those of the images in it.
    pub bytes: u64,
    /// How many images there are, in the body or behind a URL.
    pub images: u64,
    /// Whether input comes from elsewhere too: a file, an earlier answer, a stored prompt, a tool that the provider
    /// runs, or a kind of part that is not known here.
    pub elsewhere: bool,
}

/// Parts that are text, and tokens as text is.
const TEXT: [&str; 6] = ["text", "input_text", "output_text", "refusal", "summary_text", "reasoning_text"];
/// Sound in the body: a second of it takes more bytes than tokens, by far.
const SOUND: &str = "input_audio";
/// Items of responses' input that are text through and through.
const TEXT_ITEMS: [&str; 7] = [
    "function_call",
    "function_call_output",
    "custom_tool_call",
    "custom_tool_call_output",
    "reasoning",
    "local_shell_call",
    "local_shell_call_output",
];
/// Tools that the client runs: all they bring stands in the body of a later request.
const OWN_TOOLS: [&str; 4] = ["function", "custom", "local_shell", "apply_patch"];

impl InputSize {
    /// The most tokens it can be. **A token stands for at least one byte of text**: so it is with the byte-level
    /// encodings of OpenAI and nearly everybody else, and no tokenizer that knows all bytes needs more. So the body's
    /// bytes are a bound of its tokens, and its names, quotes and braces (28 bytes a message) one of what a model's
    /// template puts around messages (about 4 tokens each); what a template says once, in front, is
    /// [`TEMPLATE`](super::TEMPLATE). English prose has four bytes a token: the bound is four times the truth, which a
    /// cap can bear, while a guess of a quarter would be passed by any other script.
    ///
    /// Images are the exception, both ways: millions of bytes are some hundred tokens, and a hundred bytes some
    /// thousands. Each counts as [`Ceilings::image`], and its data in the body as nothing. Where input comes from
    /// elsewhere, it is [`Ceilings::context`] at least.
    #[must_use]
    pub fn most_tokens(&self, ceilings: &Ceilings) -> u64 {
        let images = self.images.saturating_mul(ceilings.image);
        let here = self.bytes.saturating_add(super::TEMPLATE).saturating_add(images);
        if self.elsewhere { here.max(ceilings.context) } else { here }
    }
}

/// Measures a body.
pub(super) fn measure(endpoint: Endpoint, body: &str, members: &Members<'_>) -> InputSize {
    let mut size = InputSize { bytes: body.len() as u64, ..InputSize::default() };
    match endpoint {
        Endpoint::ChatCompletions => {
            size.each(members.given("messages"), InputSize::message);
            size.elsewhere |= members.given("web_search_options").is_some();
        }
        Endpoint::Responses => {
            size.each(members.given("input"), InputSize::item);
            let stored = ["previous_response_id", "conversation", "prompt"];
            size.elsewhere |= stored.into_iter().any(|name| members.given(name).is_some());
        }
        // A list of strings, of tokens, or of lists of tokens: all of it in the body, unless an upstream knows more kinds.
        Endpoint::Embeddings => size.each(members.given("input"), |size, _| size.elsewhere = true),
        Endpoint::Completions => {}
    }
    size.each(members.given("tools"), InputSize::tool);
    size
}

impl InputSize {
    /// Looks at every object of a list. Strings and numbers are what they are; a list that can't be read is not known.
    fn each(&mut self, list: Option<&str>, look: impl Fn(&mut Self, &Members<'_>)) {
        let Some(list) = list.filter(|list| list.starts_with(['[', '{'])) else { return };
        let Some(list) = elements(list) else {
            self.elsewhere = true;
            return;
        };
        for element in list.into_iter().filter(|element| element.starts_with('{')) {
            match Members::of(element) {
                Some(members) if !members.repeats() => look(self, &members),
                _ => self.elsewhere = true,
            }
        }
    }

    fn message(&mut self, message: &Members<'_>) {
        self.each(message.given("content"), Self::part);
        // The answer in sound of an earlier request, by its id.
        self.elsewhere |= message.given("audio").is_some();
    }

    fn item(&mut self, item: &Members<'_>) {
        match kind(item).as_deref() {
            None | Some("message") => self.message(item),
            Some(kind) if TEXT_ITEMS.contains(&kind) => self.each(item.given("output"), Self::part),
            Some(_) => self.elsewhere = true,
        }
    }

    fn part(&mut self, part: &Members<'_>) {
        match kind(part).as_deref() {
            Some("image_url" | "input_image") => {
                self.images += 1;
                let image = part.given("image_url").unwrap_or_default();
                let inner = Members::of(image);
                let url = inner.and_then(|image| image.given("url")).unwrap_or(image);
                if url.starts_with("\"data:") {
                    self.bytes = self.bytes.saturating_sub(url.len() as u64);
                }
            }
            Some(kind) if TEXT.contains(&kind) || kind == SOUND => {}
            _ => self.elsewhere = true,
        }
    }

    fn tool(&mut self, tool: &Members<'_>) {
        self.elsewhere |= !kind(tool).is_some_and(|kind| OWN_TOOLS.contains(&kind.as_str()));
    }
}

fn kind(members: &Members<'_>) -> Option<String> {
    Some(string(members.given("type")?)?.into_owned())
}

#[cfg(test)]
mod tests {
    use super::super::{Request, TEMPLATE};
    use super::*;
    use serde_json::{Value, json};

    fn size(endpoint: Endpoint, mut body: Value) -> (InputSize, u64) {
        body["model"] = "m".into();
        let body = body.to_string();
        let size = Request::read(endpoint, body.as_bytes()).map(|request| request.input_size());
        (size.unwrap_or_else(|bad| panic!("{bad:?}")), body.len() as u64)
    }

    #[test]
    fn text_is_bounded_by_its_bytes() {
        for (endpoint, body) in [
            (
                Endpoint::ChatCompletions,
                json!({"messages": [{"role": "user", "content": "data:image/png;base64,AAAA"}]}),
            ),
            (
                Endpoint::ChatCompletions,
                json!({"messages": [
                {"role": "user", "content": [{"type": "text", "text": "data:"}, {"type": "input_audio", "input_audio": {"data": "AA"}}]},
                {"role": "assistant", "content": null, "tool_calls": [{"id": "c", "type": "function"}]},
                {"role": "tool", "content": "x", "tool_call_id": "c"}],
                "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "image_url"}}}]}),
            ),
            (Endpoint::Completions, json!({"prompt": ["a", "b"]})),
            (Endpoint::Embeddings, json!({"input": [[1, 2], [3]]})),
            (Endpoint::Embeddings, json!({"input": "text"})),
            (Endpoint::Responses, json!({"input": "text", "previous_response_id": null})),
            (
                Endpoint::Responses,
                json!({"input": [
                {"role": "user", "content": "a"},
                {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "b"}]},
                {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
                {"type": "function_call_output", "call_id": "c", "output": "d"},
                {"type": "reasoning", "summary": [], "encrypted_content": "e"}],
                "tools": [{"type": "custom", "name": "t"}]}),
            ),
        ] {
            let (size, bytes) = size(endpoint, body.clone());
            assert_eq!(size, InputSize { bytes, images: 0, elsewhere: false }, "{body}");
            assert_eq!(size.most_tokens(&Ceilings::default()), bytes + TEMPLATE);
        }
    }

    #[test]
    fn images_count_as_images() {
        let data = format!("data:image/png;base64,{}", "A".repeat(10_000));
        let chat = |url: &str| {
            json!({"messages": [{"role": "user", "content": [
            {"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": url, "detail": "high"}}]}]})
        };
        let response = |url: &str| {
            json!({"input": [{"role": "user", "content": [{"type": "input_image", "image_url": url}]},
            {"type": "function_call_output", "call_id": "c", "output": [{"type": "input_image", "file_id": "file-1"}]}]})
        };
        for (endpoint, body, images, inline) in [
            (Endpoint::ChatCompletions, chat("https://e.com/a.png"), 1, false),
            (Endpoint::ChatCompletions, chat(&data), 1, true),
            (Endpoint::Responses, response("https://e.com/a.png"), 2, false),
            (Endpoint::Responses, response(&data), 2, true),
        ] {
            let (size, bytes) = size(endpoint, body);
            let bytes = if inline { bytes - data.len() as u64 - 2 } else { bytes };
            assert_eq!(size, InputSize { bytes, images, elsewhere: false });
            let ceilings = Ceilings { image: 7, ..Ceilings::default() };
            assert_eq!(size.most_tokens(&ceilings), bytes + TEMPLATE + 7 * images);
        }
    }

    #[test]
    fn text_that_poses_as_an_image_is_text() {
        let text = format!("data:image/png;base64,{}", "word ".repeat(1_000));
        let image = json!({"type": "image_url", "image_url": {"url": text}});
        for body in [
            json!({"messages": [], "tools": [{"type": "function", "function": {"name": "f", "parameters": image}}]}),
            json!({"messages": [{"role": "user", "content": image.to_string()}]}),
            json!({"messages": [{"role": "user", "content": [{"type": "text", "text": text, "image_url": {"url": text}}]}]}),
            json!({"messages": [{"role": "user", "content": "", "x": [image]}]}),
        ] {
            let (size, bytes) = size(Endpoint::ChatCompletions, body);
            assert_eq!((size.bytes, size.images), (bytes, 0));
        }
    }

    #[test]
    fn what_comes_from_elsewhere() {
        let message = |part: Value| json!({"messages": [{"role": "user", "content": [part]}]});
        for (endpoint, body) in [
            (Endpoint::ChatCompletions, message(json!({"type": "file", "file": {"file_id": "file-1"}}))),
            (Endpoint::ChatCompletions, message(json!({"type": "video_url", "video_url": {"url": "https://e.com"}}))),
            (Endpoint::ChatCompletions, message(json!({"text": "no type"}))),
            (Endpoint::ChatCompletions, json!({"messages": {"role": "user"}})),
            (Endpoint::ChatCompletions, json!({"messages": [{"role": "assistant", "audio": {"id": "audio_1"}}]})),
            (Endpoint::ChatCompletions, json!({"messages": [], "web_search_options": {}})),
            (Endpoint::Embeddings, json!({"input": [{"image": "https://e.com/a.png"}]})),
            (Endpoint::Responses, json!({"input": "a", "previous_response_id": "resp_1"})),
            (Endpoint::Responses, json!({"input": "a", "conversation": {"id": "conv_1"}})),
            (Endpoint::Responses, json!({"prompt": {"id": "pmpt_1"}})),
            (Endpoint::Responses, json!({"input": [{"type": "item_reference", "id": "msg_1"}]})),
            (Endpoint::Responses, json!({"input": "a", "tools": [{"type": "web_search"}]})),
        ] {
            let (size, bytes) = size(endpoint, body.clone());
            assert!(size.elsewhere, "{body}");
            let ceilings = Ceilings { context: 1_000_000, ..Ceilings::default() };
            assert_eq!(size.most_tokens(&ceilings), 1_000_000);
            assert_eq!(size.most_tokens(&Ceilings { context: 0, ..ceilings }), bytes + TEMPLATE);
        }
        let twice = r#"{"model":"m","messages":[{"role":"user","content":[{"type":"image_url"}],"content":"a"}]}"#;
        let request = Request::read(Endpoint::ChatCompletions, twice.as_bytes());
        assert!(request.unwrap_or_else(|bad| panic!("{bad:?}")).input_size().elsewhere, "two readers see two messages");
    }
}
