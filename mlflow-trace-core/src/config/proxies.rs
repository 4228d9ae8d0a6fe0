//! Which proxy the way to a host takes, by the variables that curl and Python's requests read.

use std::net::{IpAddr, Ipv4Addr};

use super::address::Address;
use super::sources::Sources;
use super::{Proxy, Secret};

/// The proxy for this address, if one is set and `NO_PROXY` does not except the host.
pub(super) fn for_address(address: &Address, sources: &Sources<'_>) -> Option<Proxy> {
    if is_this_machine(&address.host) || is_excepted(address, sources) {
        return None;
    }
    let names: &[&str] = match address.scheme.as_str() {
        "https" => &["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"],
        // Under CGI a visitor's header `Proxy` becomes HTTP_PROXY.
        _ if sources.variable("REQUEST_METHOD").is_some() => &["http_proxy", "all_proxy", "ALL_PROXY"],
        _ => &["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"],
    };
    let (name, url) = sources.first(names)?;
    Some(Proxy { url: Secret::new(url), setting: name.to_owned() })
}

/// A proxy's `localhost` is another one than ours.
fn is_this_machine(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn is_excepted(address: &Address, sources: &Sources<'_>) -> bool {
    let Some((_, list)) = sources.first(&["no_proxy", "NO_PROXY"]) else { return false };
    list.split([',', ' '])
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
        .any(|entry| excepts(entry, address))
}

/// `*`, a name with everything below it, an address, an IPv4 network; a name or an address also with a port.
fn excepts(entry: &str, address: &Address) -> bool {
    let entry = entry.to_ascii_lowercase();
    if entry == "*" {
        return true;
    }
    let host = address.host.as_str();
    if let Ok(ip) = host.parse::<IpAddr>() {
        if entry.trim_matches(['[', ']']).parse::<IpAddr>() == Ok(ip) {
            return true;
        }
        if let (IpAddr::V4(ip), Some(network)) = (ip, network(&entry)) {
            return network.0 == u32::from(ip) & network.1;
        }
    }
    let (name, port) = match entry.rsplit_once(':') {
        Some((name, port)) if port.parse::<u16>().is_ok() && !name.ends_with(':') => {
            (name, port.parse().ok())
        }
        _ => (entry.as_str(), None),
    };
    let name = name.trim_matches(['[', ']']).trim_start_matches('*').trim_start_matches('.');
    let is_named = host == name || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
    !name.is_empty() && is_named && port.is_none_or(|port: u16| port == address.port)
}

/// `10.0.0.0/8` as its bits and their mask.
fn network(entry: &str) -> Option<(u32, u32)> {
    let (ip, bits) = entry.split_once('/')?;
    let bits: u32 = bits.parse().ok().filter(|bits| *bits <= 32)?;
    let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
    Some((u32::from(ip.parse::<Ipv4Addr>().ok()?) & mask, mask))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(url: &str, variables: &[(&str, &str)]) -> Option<String> {
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let sources = Sources { variable: &variable, read: &|_| unreachable!(), home: None };
        let address = Address::parse(url, "the address", "an address").unwrap();
        for_address(&address, &sources).map(|proxy| format!("{} {}", proxy.setting, proxy.url.reveal()))
    }

    #[test]
    fn the_scheme_chooses_the_variable_and_small_letters_win() {
        let all = [("HTTP_PROXY", "a"), ("https_proxy", "b"), ("HTTPS_PROXY", "c"), ("ALL_PROXY", "d")];
        assert_eq!(proxy("http://host", &all).as_deref(), Some("HTTP_PROXY a"));
        assert_eq!(proxy("https://host", &all).as_deref(), Some("https_proxy b"));
        assert_eq!(proxy("https://host", &all[3..]).as_deref(), Some("ALL_PROXY d"));
        assert_eq!(proxy("https://host", &all[..1]), None);
    }

    #[test]
    fn this_machine_is_reached_without_a_proxy() {
        for host in ["localhost:5000", "127.0.0.1:5000", "127.8.8.8", "[::1]:5000"] {
            assert_eq!(proxy(&format!("http://{host}"), &[("HTTP_PROXY", "a")]), None, "{host}");
        }
    }

    #[test]
    fn a_visitor_of_a_cgi_program_sets_no_proxy() {
        assert_eq!(proxy("http://host", &[("HTTP_PROXY", "a"), ("REQUEST_METHOD", "GET")]), None);
    }

    #[test]
    fn no_proxy_excepts_names_addresses_networks_and_ports() {
        let with = |list, url| proxy(url, &[("ALL_PROXY", "a"), ("NO_PROXY", list)]);
        for (list, url) in [
            ("*", "http://host"),
            ("x, host", "http://HOST:5000"),
            ("example.com", "http://mlflow.example.com"),
            (".example.com", "http://mlflow.example.com"),
            ("*.example.com", "http://mlflow.example.com"),
            ("host:5000", "http://host:5000"),
            ("10.0.0.0/8", "http://10.1.2.3"),
            ("10.1.2.3", "http://10.1.2.3:80"),
            ("[fd00::1]", "http://[fd00::1]:5000"),
            ("fd00::1", "http://[fd00::1]:5000"),
        ] {
            assert_eq!(with(list, url), None, "{list} {url}");
        }
        for (list, url) in [
            ("host", "http://otherhost"),
            ("example.com", "http://example.com.evil"),
            ("host:5000", "http://host:5001"),
            ("10.0.0.0/8", "http://11.1.2.3"),
            ("fd00::1", "http://[fd00::2]"),
            (".", "http://host"),
        ] {
            assert!(with(list, url).is_some(), "{list} {url}");
        }
    }
}
