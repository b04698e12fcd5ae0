//! What a person may set on a provider: an OpenAI-compatible API that model traffic goes on to, its address, its models, and
//! when it is tried. Read by the providers' form; asked by the relay which provider to try for a model.

use super::{
    ModelName,
    scope::{FIELD, entries},
};
use crate::{
    field::{self, FieldError},
    mcp, workspace,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// The most providers of one workspace: all of them are held in memory, and looked through on every request.
pub const MOST_PROVIDERS: usize = 50;
/// The most models that one provider lists.
pub const MOST_LISTED: usize = 1_000;
/// How long a provider may be silent, in seconds, and where nothing is typed: long answers begin after minutes.
const TIMEOUTS: RangeInclusive<u32> = 1..=3_600;
const TIMEOUT: u32 = 300;
/// Small numbers go first; where nothing is typed, there is room on both sides.
const PRIORITIES: RangeInclusive<u32> = 0..=1_000;
const PRIORITY: u32 = 100;

/// The models that a provider has, sorted and each once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<ModelName>", into = "Vec<ModelName>")]
pub struct ModelList(Vec<ModelName>);

/// What a provider's form sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderSettings {
    /// What people call it.
    pub name: String,
    /// The address that `/chat/completions` and the like are appended to; without a slash at its end.
    pub url: String,
    /// How many seconds it may take to begin its answer, and between two parts of it.
    pub timeout: u32,
    /// The smallest goes first.
    pub priority: u32,
    /// What it has.
    pub models: ModelList,
}

/// A provider, as far as it decides where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Its name in addresses and in the log; one of a slug in a workspace.
    pub slug: String,
    /// Whether anything is sent to it.
    pub enabled: bool,
    /// What its form sets.
    pub settings: ProviderSettings,
}

impl AsRef<Provider> for Provider {
    fn as_ref(&self) -> &Provider {
        self
    }
}

/// The providers to try for a model, in their order: those that are enabled and list it, by priority, then by slug. The
/// relay asks the next one only as long as nothing of an answer has gone out.
#[must_use]
pub fn providers_for<'a, P: AsRef<Provider>>(all: &'a [P], model: &ModelName) -> Vec<&'a P> {
    let has = |provider: &Provider| provider.enabled && provider.settings.models.has(model);
    let mut found: Vec<&P> = all.iter().filter(|provider| has(provider.as_ref())).collect();
    found.sort_by(|a, b| {
        let (a, b) = (a.as_ref(), b.as_ref());
        (a.settings.priority, &a.slug).cmp(&(b.settings.priority, &b.slug))
    });
    found
}

impl ModelList {
    /// A list without repetitions.
    pub fn these(models: impl IntoIterator<Item = ModelName>) -> Result<Self, FieldError> {
        let list = Self::from(models.into_iter().collect::<Vec<_>>());
        if list.0.len() > MOST_LISTED {
            let message = format!("A provider lists {MOST_LISTED} models at most. Keep those that are used.");
            return Err(FieldError::new(FIELD, message));
        }
        Ok(list)
    }

    /// A list as a person types it: one name a line, or several between commas. Nothing typed is no model: the provider
    /// gets no request yet.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        Self::these(entries(text, ModelName::parse)?)
    }

    /// Whether the model is one of them.
    #[must_use]
    pub fn has(&self, model: &ModelName) -> bool {
        self.0.binary_search(model).is_ok()
    }

    /// The models, by name.
    pub fn iter(&self) -> impl Iterator<Item = &ModelName> {
        self.0.iter()
    }

    /// How many they are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The list as [`parse`](Self::parse) reads it, one a line.
    #[must_use]
    pub fn written(&self) -> String {
        self.0.iter().map(ModelName::as_str).collect::<Vec<_>>().join("\n")
    }
}

impl From<Vec<ModelName>> for ModelList {
    fn from(mut list: Vec<ModelName>) -> Self {
        list.sort();
        list.dedup();
        Self(list)
    }
}

impl From<ModelList> for Vec<ModelName> {
    fn from(list: ModelList) -> Self {
        list.0
    }
}

/// What people call a provider.
pub fn provider_name(text: &str) -> Result<String, FieldError> {
    field::line("name", "Name", text, 80)
}

/// A provider's slug: part of its page's address and of the log, so it never changes.
pub fn provider_slug(text: &str) -> Result<String, FieldError> {
    workspace::slug_of_page(text)
}

/// Where a provider is reached, by the rules of MCP servers' addresses, and without a query: paths are appended. Answers
/// the address in its normal form, without a slash at its end.
pub fn base_url(text: &str) -> Result<String, FieldError> {
    let url = mcp::web_address(text, "https://api.openai.com/v1")?;
    if url.query().is_some() {
        let message =
            "URL has a query, the part from ? on. Leave it out: paths such as /chat/completions are appended.";
        return Err(FieldError::new("url", message));
    }
    let kept = String::from(url).trim_end_matches('/').to_owned();
    let call = ["/completions", "/embeddings", "/responses"].into_iter().find(|call| kept.ends_with(call));
    if let Some(call) = call {
        let call = if kept.ends_with("/chat/completions") { "/chat/completions" } else { call };
        let message = format!("URL ends with {call}, which Latchkey appends itself. Leave it out.");
        return Err(FieldError::new("url", message));
    }
    Ok(kept)
}

/// How many seconds a provider may be silent; nothing typed is five minutes.
pub fn timeout(text: &str) -> Result<u32, FieldError> {
    number("timeout", "Timeout", "of seconds", text, TIMEOUTS, TIMEOUT)
}

/// Which provider goes first; nothing typed is 100.
pub fn priority(text: &str) -> Result<u32, FieldError> {
    number("priority", "Priority", "(the smallest goes first)", text, PRIORITIES, PRIORITY)
}

fn number(
    field: &str,
    label: &str,
    of: &str,
    text: &str,
    range: RangeInclusive<u32>,
    default: u32,
) -> Result<u32, FieldError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(default);
    }
    let read = text.parse().ok().filter(|number| text.bytes().all(|b| b.is_ascii_digit()) && range.contains(number));
    read.ok_or_else(|| {
        let (least, most) = range.into_inner();
        let message = format!("{label} is a whole number {of} from {least} to {most}, or nothing for {default}.");
        FieldError::new(field, message)
    })
}

/// The API key that a provider is asked with, as its console shows it; it goes out as a bearer. A scheme typed before it is
/// left out. `None` for none.
pub fn api_key(value: &SecretString) -> Result<Option<SecretString>, FieldError> {
    let Some(value) = mcp::credential(value)? else { return Ok(None) };
    let text = value.expose_secret();
    let scheme = text.get(.."Bearer ".len()).filter(|scheme| scheme.eq_ignore_ascii_case("Bearer "));
    let key = scheme.map_or(text, |scheme| text[scheme.len()..].trim_start());
    if key.contains(' ') {
        let message = "Credential is one API key without spaces, as the provider's console shows it.";
        return Err(FieldError::new("credential", message));
    }
    Ok(Some(key.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn model(name: &str) -> ModelName {
        ModelName::parse(name).unwrap()
    }

    fn provider(slug: &str, priority: u32, models: &str) -> Provider {
        let models = ModelList::parse(models).unwrap();
        let (name, url) = (slug.to_uppercase(), format!("https://{slug}.example.com/v1"));
        let settings = ProviderSettings { name, url, timeout: TIMEOUT, priority, models };
        Provider { slug: slug.into(), enabled: true, settings }
    }

    #[test]
    fn addresses() {
        for (typed, kept) in [
            (" https://api.openai.com/v1 ", "https://api.openai.com/v1"),
            ("https://api.openai.com/v1/", "https://api.openai.com/v1"),
            ("HTTP://Example.COM:80//", "http://example.com"),
            ("http://[::1]:11434/v1", "http://[::1]:11434/v1"),
            ("https://x.services.ai.azure.com/models", "https://x.services.ai.azure.com/models"),
        ] {
            assert_eq!(base_url(typed).as_deref(), Ok(kept));
        }
        for bad in [
            "",
            "api.openai.com/v1",
            "ftp://example.com",
            "https://user:pass@example.com/v1",
            "https://example.com/v1#",
            "https://example.com/v1?",
            "https://example.com/v1?api-version=1",
            "https://example.com/a b",
            "https://example.com/${V}",
            "https://example.com/v1/chat/completions",
            "https://example.com/v1/embeddings/",
            "https://example.com/v1/responses",
        ] {
            assert_eq!(base_url(bad).unwrap_err().field, "url", "{bad:?}");
        }
        let message = |text| base_url(text).unwrap_err().message;
        assert_eq!(message("openai"), "URL is not one. Write it whole, such as https://api.openai.com/v1.");
        assert!(message("https://e.com/v1/chat/completions").starts_with("URL ends with /chat/completions, which"));
    }

    #[test]
    fn numbers() {
        assert_eq!((timeout(" "), timeout("1"), timeout(" 3600 ")), (Ok(300), Ok(1), Ok(3_600)));
        assert_eq!((priority(""), priority("0"), priority("1000")), (Ok(100), Ok(0), Ok(1_000)));
        for bad in ["0", "3601", "-1", "+1", "1.5", "5m", "99999999999"] {
            assert_eq!(timeout(bad).unwrap_err().field, "timeout", "{bad}");
        }
        for bad in ["-1", "+1", "1001", "first"] {
            assert_eq!(priority(bad).unwrap_err().field, "priority", "{bad}");
        }
        let message = timeout("x").unwrap_err().message;
        assert_eq!(message, "Timeout is a whole number of seconds from 1 to 3600, or nothing for 300.");
    }

    #[test]
    fn slugs_and_names() {
        assert_eq!(provider_slug("open-ai").as_deref(), Ok("open-ai"));
        for bad in ["", "new", "Open", "a b", "-a"] {
            assert_eq!(provider_slug(bad).unwrap_err().field, "slug", "{bad}");
        }
        assert_eq!(provider_name(" ").unwrap_err().field, "name");
    }

    #[test]
    fn an_api_key_is_taken_with_its_scheme_and_without() {
        let check = |text: &str| api_key(&text.to_owned().into());
        for typed in ["sk-a_b.c/+=", " bearer  sk-a_b.c/+= ", "Bearer sk-a_b.c/+="] {
            assert_eq!(check(typed).unwrap().unwrap().expose_secret(), "sk-a_b.c/+=", "{typed}");
        }
        assert!(check(" ").unwrap().is_none());
        // A scheme alone is read as a key: the spaces around it are gone.
        assert_eq!(check("Bearer ").unwrap().unwrap().expose_secret(), "Bearer");
        for bad in ["Basic dXNlcg==", "a b", "a\nb", "sk-ä"] {
            let error = check(bad).unwrap_err();
            assert_eq!(error.field, "credential");
            assert!(!error.message.contains(bad), "what was typed is a secret");
        }
    }

    #[test]
    fn lists() {
        let list = ModelList::parse("o3, gpt-4.1\n\nmeta/Llama-3.3\no3").unwrap();
        assert_eq!((list.written().as_str(), list.count()), ("gpt-4.1\nmeta/Llama-3.3\no3", 3));
        assert!(list.has(&model("o3")) && !list.has(&model("o3-mini")) && !list.has(&model("O3")));
        assert_eq!(ModelList::parse(" \n,").unwrap(), ModelList::default());
        let error = ModelList::parse("o3\ngpt*").unwrap_err();
        assert_eq!(error.field, "models");
        assert!(error.message.starts_with("Line 2: “gpt*” has a character"), "a pattern is no name: {}", error.message);
        let many = |count: usize| (0..count).map(|n| format!("m{n}")).collect::<Vec<_>>().join(",");
        assert!(ModelList::parse(&many(MOST_LISTED)).is_ok());
        assert!(ModelList::parse(&many(MOST_LISTED + 1)).is_err());
        assert_eq!(serde_json::to_string(&list).unwrap(), r#"["gpt-4.1","meta/Llama-3.3","o3"]"#);
        let read: ModelList = serde_json::from_str(r#"["o3","gpt-4.1","o3","meta/Llama-3.3"]"#).unwrap();
        assert_eq!(read, list, "in whatever order it was written");
    }

    #[test]
    fn the_smallest_priority_goes_first_then_the_slug() {
        let off = Provider { enabled: false, ..provider("a", 0, "o3") };
        let all =
            [provider("d", 5, "o3"), provider("c", 20, "o3"), off, provider("b", 20, "o3, x"), provider("e", 1, "x")];
        let order = |name| providers_for(&all, &model(name)).into_iter().map(|p| p.slug.as_str()).collect::<Vec<_>>();
        assert_eq!(order("o3"), ["d", "b", "c"]);
        assert_eq!(order("x"), ["e", "b"]);
        assert!(order("gpt").is_empty());
    }

    proptest! {
        #[test]
        fn what_is_kept_is_kept_again(text in "(https?://)?[\\PC]{0,40}") {
            if let Ok(kept) = base_url(&text) {
                prop_assert!(!kept.ends_with('/') && !kept.contains(['?', '#', ' ']));
                prop_assert_eq!(base_url(&kept), Ok(kept));
            }
        }

        #[test]
        fn the_order_does_not_depend_on_the_list(found in prop::collection::vec((0_u32..3, "[ab]"), 0..6), turn in 0_usize..6) {
            let all: Vec<Provider> = found.iter().enumerate()
                .map(|(at, (priority, models))| provider(&format!("p{at}"), *priority, models)).collect();
            let mut turned = all.clone();
            turned.rotate_left(turn.min(all.len()));
            let order = |all: &[Provider]| {
                providers_for(all, &model("a")).into_iter().cloned().collect::<Vec<_>>()
            };
            prop_assert_eq!(order(&all), order(&turned));
        }
    }
}
