//! The forms of the servers' pages: [`change`] (register, edit, switch, remove), [`members`] (who may use it), [`tools`] (ask
//! for them, mark one).

mod change;
mod members;
mod tools;

use crate::web::Here;
use server::{
    Error,
    auth::{Grant, ManageServers},
};

async fn manage(here: &Here, workspace: &str) -> Result<Grant<ManageServers>, Error> {
    here.caller().await?.in_workspace(workspace).await?.allow()
}

fn list(workspace: &str) -> String {
    format!("/w/{workspace}/servers")
}

fn page(workspace: &str, server: &str) -> String {
    format!("{}/{server}", list(workspace))
}
