//! A server's tools: asking for them, and saying how one stands.

use super::{manage, page};
use crate::{
    actions::{Form, Next, Refused, back_or},
    components::grouped,
    web::Here,
};
use leptos::prelude::*;
use server::{
    flash::{Flash, Slot},
    servers::{self, Asked},
};

/// Asks a server for its tools: the test of its connection.
#[server(prefix = "/console", endpoint = "ask_server")]
pub async fn ask_server(
    #[server(default)] workspace: String,
    #[server(default)] server: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let page = page(&workspace, &server);
    let form = Form { here: &here, name: "ask-server", page: page.clone(), typed: &[] };
    let done = async {
        match servers::ask(&manage(&here, &workspace).await?, &server).await? {
            Asked::Works { server, revision, tools, millis, cut } => {
                Ok((page, Some(works(&server, &revision, tools, millis, cut))))
            }
            // The form did what it is for: its answer is that the server does not work.
            Asked::Fails(why) => {
                let flash = Flash { form: "ask-server".into(), message: why.into(), ..Flash::default() };
                here.set_cookie(&here.latchkey.seal(Slot::Form, &flash));
                Ok((page, None))
            }
        }
    };
    form.answer(done.await)
}

fn works(server: &str, revision: &str, tools: usize, millis: i64, cut: bool) -> String {
    let count = grouped(i64::try_from(tools).unwrap_or(i64::MAX));
    let tools = match (tools, cut) {
        (_, true) => format!("more than {count} tools, of which {count} are kept"),
        (0, _) => "no tools".to_owned(),
        (1, _) => "1 tool".to_owned(),
        _ => format!("{count} tools"),
    };
    let who = if server.is_empty() { "It" } else { server };
    format!("{who} works: {tools}, protocol {revision}, in {} ms.", grouped(millis))
}

/// Says of a tool that it only reads, that it changes something, or that no key sees it.
#[server(prefix = "/console", endpoint = "mark_tool")]
pub async fn mark_tool(
    #[server(default)] workspace: String,
    #[server(default)] server: String,
    #[server(default)] tool: String,
    #[server(default)] mark: String,
    #[server(default)] back: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let page = back_or(&back, page(&workspace, &server));
    let form = Form { here: &here, name: "mark-tool", page: page.clone(), typed: &[] };
    let done = async {
        servers::mark(&manage(&here, &workspace).await?, &server, &tool, &mark).await?;
        Ok((page, Some(format!("Saved for {tool}. It holds from the next call on."))))
    };
    form.answer(done.await)
}

#[cfg(test)]
mod tests {
    use super::works;

    #[test]
    fn what_a_test_found() {
        assert_eq!(
            works("Files 1.2", "2025-06-18", 1, 40, false),
            "Files 1.2 works: 1 tool, protocol 2025-06-18, in 40 ms."
        );
        assert_eq!(works("", "r", 0, 1_200, false), "It works: no tools, protocol r, in 1,200 ms.");
        assert!(works("", "r", 1_000, 1, true).starts_with("It works: more than 1,000 tools, of which 1,000 are kept"));
    }
}
