//! The model relay over real listening servers: providers that answer, dawdle, fail and babble behind it, bare requests before
//! it. What the clients of OpenAI do with it is tested in `end2end`.

mod beginnings;
mod books;
mod calls;
mod ceilings;
mod fake;
mod faults;
mod guardrails;
mod left;
mod members;
mod recovery;
mod refusals;
mod room;
mod said;
mod samples;
mod spend;
mod streams;
mod uncounted;
mod usage;

use crate::{
    ask::{Answer, answer},
    world::{Made, World, grant, serve},
};
use fake::{ANSWER, ARGUMENTS, FAULT, Fake};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use server::{
    Config, Latchkey,
    http::data_plane,
    models::{self, RawPrice, RawProvider},
};

/// What providers are asked with.
pub const KEY: &str = "sk-7a30c1e94b527a30c1e94b527a30c1e9";
/// What stands in a prompt: no log may hold it.
pub const PROMPT: &str = "prompt-5be1f7c20d945be1f7c20d945be1f7c2";

/// An instance that may connect to this machine.
pub struct House {
    pub latchkey: Latchkey,
    pub base: String,
    pub http: Client,
}

impl House {
    pub async fn open(world: &World) -> Self {
        Self::configured(world, |_| ()).await
    }

    /// The same with its configuration changed.
    pub async fn configured(world: &World, change: impl FnOnce(&mut Config)) -> Self {
        for secret in [KEY, PROMPT, ANSWER, ARGUMENTS, FAULT] {
            world.secret(secret);
        }
        let changed = |config: &mut Config| {
            config.allow_private_upstreams = true;
            change(config);
        };
        let latchkey = world.instance(changed).await;
        let base = serve(data_plane(&latchkey)).await;
        Self { latchkey, base, http: Client::new() }
    }

    /// Registers a provider that may be silent for longer than a story takes.
    pub async fn register(&self, slug: &str, url: &str, priority: u32, models: &str) {
        self.register_raw(RawProvider { timeout: "60".into(), ..provider(slug, url, priority, models) }).await;
    }

    /// Registers one that may be silent for a second, for the stories that wait for that.
    pub async fn register_hasty(&self, slug: &str, url: &str, models: &str) {
        self.register_raw(RawProvider { timeout: "1".into(), ..provider(slug, url, 1, models) }).await;
    }

    /// The same for one that says something before: five seconds, within which a busy machine has brought that here.
    pub async fn register_briefly(&self, slug: &str, url: &str, models: &str) {
        self.register_raw(RawProvider { timeout: "5".into(), ..provider(slug, url, 1, models) }).await;
    }

    async fn register_raw(&self, raw: RawProvider) {
        models::register(&grant(&self.latchkey, "acme").await, &raw).await.unwrap();
    }

    /// The only provider of `small`.
    pub async fn with(world: &World, fake: &Fake) -> Self {
        let house = Self::open(world).await;
        house.register("one", &fake.url, 100, "small, large").await;
        house
    }

    /// Sets what a model costs, in dollars a million tokens: 2.50 in, 1.25 cached, 10 out.
    pub async fn price(&self, model: &str) {
        let raw = RawPrice {
            model: model.into(),
            input_price: "2.50".into(),
            cached_input_price: "1.25".into(),
            output_price: "10".into(),
            ..RawPrice::default()
        };
        models::set_price(&grant(&self.latchkey, "acme").await, &raw).await.unwrap();
    }

    pub fn get(&self, path: &str, key: &Made) -> RequestBuilder {
        self.http.get(format!("{}/v1/{path}", self.base)).bearer_auth(&key.text)
    }

    pub fn post(&self, path: &str, key: &Made, body: &Value) -> RequestBuilder {
        self.http.post(format!("{}/v1/{path}", self.base)).bearer_auth(&key.text).json(body)
    }

    /// A chat with `small`.
    pub async fn chat(&self, key: &Made) -> Answer {
        answer(self.post("chat/completions", key, &chat("small"))).await
    }
}

fn provider(slug: &str, url: &str, priority: u32, models: &str) -> RawProvider {
    RawProvider {
        name: slug.into(),
        slug: slug.into(),
        url: url.into(),
        priority: priority.to_string(),
        models: models.into(),
        credential: KEY.to_owned().into(),
        ..RawProvider::default()
    }
}

/// A chat of one message; a hundred tokens at most.
pub fn chat(model: &str) -> Value {
    json!({"model": model, "messages": [{"role": "user", "content": PROMPT}], "max_tokens": 100})
}

/// The same, streamed.
pub fn streamed(model: &str) -> Value {
    let mut body = chat(model);
    body["stream"] = json!(true);
    body
}

impl Answer {
    /// Asserts an error in OpenAI's form: all of its members, and the code that the other surfaces have.
    #[track_caller]
    pub fn assert_failure(&self, status: u16, kind: &str, param: Option<&str>, code: &str) {
        let body = self.json();
        let error = &body["error"];
        assert_eq!((self.status, error["code"].as_str()), (status, Some(code)), "{self:?}");
        assert_eq!((error["type"].as_str(), error["param"].as_str()), (Some(kind), param), "{self:?}");
        let fields: Vec<&String> = error.as_object().unwrap().keys().collect();
        assert_eq!(fields, ["code", "message", "param", "request_id", "type"]);
        assert!(!self.message().is_empty() && !self.body.contains(KEY) && !self.body.contains(PROMPT));
        assert_eq!(error["request_id"], self.header("x-request-id"));
        assert_eq!(self.header("cache-control"), "no-store");
        assert_eq!(
            !self.header("www-authenticate").is_empty(),
            matches!(code, "UNAUTHORIZED" | "KEY_DISABLED" | "KEY_EXPIRED" | "MODEL_NOT_ALLOWED") && param.is_none(),
            "{self:?}"
        );
    }
}
