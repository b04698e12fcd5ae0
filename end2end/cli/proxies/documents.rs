//! The files of docs/proxies: shown word for word in docs/proxies.md, and those that are not run here at least read.

use saphyr::{LoadableYamlNode, Yaml};
use std::{fs, path::PathBuf};

const IDENTITY: [&str; 5] =
    ["X-Latchkey-Key", "X-Latchkey-Owner", "X-Latchkey-Workspace", "X-Latchkey-Environment", "X-Latchkey-Permission"];

/// A file of docs/proxies.
pub fn document(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap()
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/proxies")
}

#[test]
fn the_page_shows_every_file_word_for_word() {
    let page = fs::read_to_string(folder().with_extension("md")).unwrap();
    let mut names: Vec<_> = fs::read_dir(folder()).unwrap().map(|file| file.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["Caddyfile", "envoy.yaml", "latchkey-gateway-key.conf", "nginx.conf", "traefik.yml"]);
    for name in names {
        let name = name.to_str().unwrap();
        assert!(page.contains(&format!("\n{}```\n", document(name))), "docs/proxies.md does not show {name} as it is");
        assert!(page.contains(&format!("[{name}](proxies/{name})")), "docs/proxies.md has no link to {name}");
    }
    let blocks = page.lines().filter(|line| ["```nginx", "```caddyfile", "```yaml"].contains(line)).count();
    assert_eq!(blocks, 5, "a configuration on the page that is no file of docs/proxies");
}

fn texts(list: &Yaml) -> Vec<String> {
    list.as_sequence().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

#[test]
fn traefik_removes_and_copies_the_right_headers() {
    let text = document("traefik.yml");
    let file = &Yaml::load_from_str(&text).unwrap()[0]["http"];
    let chain = texts(&file["middlewares"]["latchkey"]["chain"]["middlewares"]);
    assert_eq!(chain, ["latchkey-before", "latchkey-ask", "latchkey-after"]);
    assert_eq!(texts(&file["routers"]["api"]["middlewares"]), ["latchkey"]);
    let [before, ask, after] = [0, 1, 2].map(|at: usize| &file["middlewares"][chain[at].as_str()]);
    let set =
        |middleware: &Yaml, name: &str| middleware["headers"]["customRequestHeaders"][name].as_str().map(str::to_owned);
    for name in IDENTITY {
        assert_eq!(set(before, name).as_deref(), Some(""), "{name}");
    }
    assert_eq!(set(before, "X-Latchkey-Gateway-Key").as_deref(), Some("lk_…"));
    assert_eq!(texts(&ask["forwardAuth"]["authResponseHeaders"]), IDENTITY);
    for name in ["X-Latchkey-Gateway-Key", "Authorization", "X-API-Key"] {
        assert_eq!(set(after, name).as_deref(), Some(""), "{name}");
        assert!(texts(&ask["forwardAuth"]["authRequestHeaders"]).iter().any(|asked| asked == name), "{name}");
    }
}

#[test]
fn envoy_removes_and_copies_the_right_headers() {
    let text = document("envoy.yaml");
    let file = &Yaml::load_from_str(&text).unwrap()[0]["static_resources"];
    let manager = &file["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"];
    assert_eq!(manager["use_remote_address"].as_bool(), Some(true));
    let host = &manager["route_config"]["virtual_hosts"][0];
    assert_eq!(texts(&host["request_headers_to_remove"]), ["authorization", "x-api-key"]);
    let filters = manager["http_filters"].as_sequence().unwrap();
    let names: Vec<_> = filters.iter().map(|filter| filter["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["envoy.filters.http.header_mutation", "envoy.filters.http.ext_authz", "envoy.filters.http.router"]
    );
    let exact = |patterns: &Yaml| -> Vec<String> {
        let all = patterns["patterns"].as_sequence().unwrap().iter();
        all.map(|pattern| pattern["exact"].as_str().unwrap().to_owned()).collect()
    };
    let removed = filters[0]["typed_config"]["mutations"]["request_mutations"].as_sequence().unwrap();
    let removed: Vec<_> = removed.iter().map(|mutation| mutation["remove"].as_str().unwrap()).collect();
    let authz = &filters[1]["typed_config"];
    assert_eq!(authz["failure_mode_allow"].as_bool(), Some(false));
    let identity = IDENTITY.map(str::to_ascii_lowercase);
    assert_eq!(exact(&authz["http_service"]["authorization_response"]["allowed_upstream_headers"]), identity);
    for name in identity.iter().map(String::as_str).chain(["x-latchkey-gateway-key"]) {
        assert!(removed.contains(&name), "{name} of the client reaches the service");
    }
    let clusters = file["clusters"].as_sequence().unwrap().iter().map(|cluster| cluster["name"].as_str().unwrap());
    assert_eq!(clusters.collect::<Vec<_>>(), ["latchkey", "service"]);
}
