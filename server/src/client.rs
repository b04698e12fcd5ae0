//! Who is at the other end of a request. Found by `http`, kept with sessions, audit events and uses.

use axum::http::Extensions;
use std::{net::IpAddr, sync::Arc};

/// The client of a request.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// Its address, if known.
    pub ip: Option<IpAddr>,
    /// Its user agent, cut and without control characters.
    pub agent: Arc<str>,
}

impl Client {
    /// The client that the HTTP layers noted.
    #[must_use]
    pub fn of(extensions: &Extensions) -> Self {
        extensions.get::<Self>().cloned().unwrap_or_default()
    }

    /// The address as text; empty if unknown.
    #[must_use]
    pub fn address(&self) -> String {
        self.ip.map(|ip| ip.to_string()).unwrap_or_default()
    }
}
