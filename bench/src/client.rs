//! A browser's part, as far as the bench needs it: signs in at the console, keeps the cookie, asks for pages.

use crate::{Outcome, process::Server, seed};
use reqwest::{
    Client, RequestBuilder, StatusCode,
    header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, ORIGIN},
    redirect::Policy,
};
use secrecy::SecretString;
use std::time::{Duration, Instant};

/// Somebody signed in at a server.
pub struct Browser {
    http: Client,
    base: String,
}

/// A page as it came.
pub struct Page {
    /// From the request's first byte to the answer's last, in milliseconds.
    pub milliseconds: f64,
    /// The document.
    pub html: String,
}

/// A client that follows nothing and asks nobody in between.
pub fn http() -> Outcome<Client> {
    let builder = Client::builder().redirect(Policy::none()).no_proxy().cookie_store(true);
    Ok(builder.timeout(Duration::from_mins(1)).build()?)
}

impl Browser {
    /// Signs in as the person that [`seed`] made.
    pub async fn sign_in(server: &Server, password: &SecretString) -> Outcome<Self> {
        let browser = Self { http: http()?, base: server.url.clone() };
        let form = [("email", seed::EMAIL), ("password", seed::typed(password)), ("next", "/")];
        let asked = browser.http.post(format!("{}/console/sign_in", browser.base)).form(&form);
        let answer = asked.header(ACCEPT, "text/html").header(ORIGIN, &browser.base).send().await?;
        let to = answer.headers().get("location").and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !answer.status().is_redirection() || to != "/" {
            return Err(format!("signing in answered {} to “{to}”", answer.status()).into());
        }
        Ok(browser)
    }

    /// Asks for a page and reads all of it.
    pub async fn page(&self, path: &str) -> Outcome<Page> {
        let begun = Instant::now();
        let answer = self.get(path).header(ACCEPT, "text/html").send().await?;
        let status = answer.status();
        let html = answer.text().await?;
        let milliseconds = begun.elapsed().as_secs_f64() * 1e3;
        if status != StatusCode::OK {
            return Err(format!("{path} answered {status}").into());
        }
        Ok(Page { milliseconds, html })
    }

    /// Sends a form of the console as its script does; the milliseconds until it was acknowledged.
    pub async fn act(&self, action: &str, form: &[(&str, &str)]) -> Outcome<f64> {
        let asked = self.http.post(format!("{}/console/{action}", self.base)).form(form);
        let begun = Instant::now();
        let answer = asked.header(ACCEPT, "application/json").header(ORIGIN, &self.base).send().await?;
        let status = answer.status();
        let said = answer.text().await?;
        let milliseconds = begun.elapsed().as_secs_f64() * 1e3;
        if status != StatusCode::OK {
            return Err(format!("{action} answered {status}: {said}").into());
        }
        Ok(milliseconds)
    }

    /// The bytes that a file takes on the wire and how they are encoded, for a browser that understands brotli.
    pub async fn file(&self, path: &str) -> Outcome<(usize, String)> {
        let answer = self.get(path).header(ACCEPT_ENCODING, "gzip, br").send().await?.error_for_status()?;
        let encoding = answer.headers().get(CONTENT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or("plain");
        let encoding = encoding.to_owned();
        Ok((answer.bytes().await?.len(), encoding))
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}{path}", self.base))
    }
}
