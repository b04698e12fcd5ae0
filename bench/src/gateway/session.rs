//! A conversation with an MCP server, directly or through the gateway: begun as the protocol says, with a session where the
//! server gives one. Its headers are what every load on that server carries.

use crate::Outcome;
use reqwest::{
    Client, RequestBuilder, StatusCode,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use serde_json::{Value, json};
use std::fmt::Write;

/// The tool that is called: it answers what it was told. The reference server and the bare one have it.
pub const ECHO: &str = "echo";
/// The same of the bare server, with an event before it.
pub const STREAM: &str = "stream";
/// The revision that is asked for: the last one with sessions.
pub const REVISION: &str = "2025-11-25";
/// What an answer to [`call`] holds.
const SAID: &str = "Echo: hello";

const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");

/// A conversation.
pub struct Session {
    /// Where.
    pub url: String,
    headers: HeaderMap,
}

/// The message that calls a tool; the id is a number, or what the load's script puts one in for.
pub fn call(tool: &str, id: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{{"message":"hello"}}}}}}"#
    )
}

impl Session {
    /// Begins one. A server that is asked directly does not look at the key.
    pub async fn begin(http: &Client, url: &str, key: &str) -> Outcome<Self> {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("authorization", format!("Bearer {key}")),
            ("accept", "application/json, text/event-stream".into()),
            ("content-type", "application/json".into()),
        ] {
            headers.insert(name, HeaderValue::from_str(&value)?);
        }
        let mut session = Self { url: url.to_owned(), headers };
        let myself = json!({"name": "bench", "version": "1"});
        let params = json!({"protocolVersion": REVISION, "capabilities": {}, "clientInfo": myself});
        let begin = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params});
        let answer = session.post(http, begin.to_string()).send().await?.error_for_status()?;
        if let Some(id) = answer.headers().get(SESSION) {
            session.headers.insert(SESSION, id.clone());
        }
        let said = answer.text().await?;
        let revision = result(&said).and_then(|result| Some(result["protocolVersion"].as_str()?.to_owned()));
        let revision = revision.ok_or_else(|| format!("{url} does not begin a session: {said}"))?;
        session.headers.insert("mcp-protocol-version", HeaderValue::from_str(&revision)?);
        let ready = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        session.post(http, ready.to_string()).send().await?.error_for_status()?;
        Ok(session)
    }

    /// Calls a tool; an error unless the answer is the right one. A refused call is answered with 200, and fast.
    pub async fn call(&self, http: &Client, tool: &str, id: usize) -> Outcome<()> {
        let answer = self.post(http, call(tool, &id.to_string())).send().await?;
        let (status, said) = (answer.status(), answer.text().await?);
        let right = status == StatusCode::OK && result(&said).is_some_and(|found| found.to_string().contains(SAID));
        if right { Ok(()) } else { Err(format!("{} answered a call with {status}: {said}", self.url).into()) }
    }

    /// Ends it, where there is a session to end: a server keeps what it said in one.
    pub async fn end(self, http: &Client) -> Outcome<()> {
        if self.headers.contains_key(SESSION) {
            http.delete(&self.url).headers(self.headers).send().await?.error_for_status()?;
        }
        Ok(())
    }

    /// The headers of its requests, one a line.
    pub fn headers(&self) -> String {
        self.headers.iter().fold(String::new(), |mut text, (name, value)| {
            let _ = writeln!(text, "{name}: {}", value.to_str().unwrap_or_default());
            text
        })
    }

    fn post(&self, http: &Client, body: String) -> RequestBuilder {
        http.post(&self.url).headers(self.headers.clone()).body(body)
    }
}

/// The result in an answer: in JSON, or in one of a stream's events.
fn result(said: &str) -> Option<Value> {
    let lines = said.lines().map(|line| line.strip_prefix("data:").unwrap_or(line));
    let mut messages = lines.filter_map(|line| serde_json::from_str::<Value>(line).ok());
    messages.find_map(|mut message| message.get_mut("result").map(Value::take))
}

#[cfg(test)]
mod tests {
    use super::{super::bare, *};
    use crate::{
        client::http,
        database::{Database, Engine},
        seed::{Wanted, register, seed},
    };

    #[test]
    fn results_in_json_and_in_events() {
        assert_eq!(result(r#"{"jsonrpc":"2.0","id":1,"result":{"a":1}}"#), Some(json!({"a": 1})));
        let events = "id: 1\ndata: \n\nevent: message\nid: 2\ndata: {\"method\":\"notifications/message\"}\n\n\
                      event: message\ndata: {\"id\":1,\"result\":{\"a\":2}}\n\n";
        assert_eq!(result(events), Some(json!({"a": 2})));
        assert_eq!(result(r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32000}}"#), None);
        assert_eq!(result("<html>"), None);
    }

    #[tokio::test]
    async fn calls_are_answered_rightly_or_not_at_all() -> Outcome<()> {
        let url = bare::tests::served().await?;
        // A client needs Latchkey's TLS, which comes with opening it; and so a server can be registered.
        let database = Database::fresh(Engine::Sqlite).await?;
        seed(&database, &[Wanted { slug: "bench", keys: 1, lived_in: false }]).await?;
        register(&database, "bench", &[("bare", &url)]).await?;
        let http = http()?;
        let mut session = Session::begin(&http, &url, "lk_1").await?;
        assert!(session.headers().contains("authorization: Bearer lk_1\n"), "{}", session.headers());
        assert!(session.headers().contains(&format!("mcp-protocol-version: {REVISION}\n")), "{}", session.headers());
        for tool in [ECHO, STREAM] {
            session.call(&http, tool, 7).await?;
        }
        assert!(session.call(&http, "no-such-tool", 7).await.is_err(), "an error in a 200 is no answer");
        session.url = session.url.replace("/mcp", "/elsewhere");
        assert!(session.call(&http, ECHO, 7).await.is_err());
        Ok(())
    }
}
