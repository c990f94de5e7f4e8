//! Which addresses an image may be fetched from. Somebody else's text decides where this machine sends a request, so it is looked at first.
//!
//! Names are resolved by the transport, which has a rule for addresses of its own; here stands what can be read off the text.

use http::Uri;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Names and addresses under which clouds tell machines their secrets.
const METADATA_NAMES: [&str; 2] = ["metadata.google.internal", "metadata"];
const METADATA_ADDRESSES: [IpAddr; 3] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];

/// # Errors
/// Why the address is not asked, in words.
pub(super) fn check(url: &str, private_allowed: bool) -> Result<(), String> {
    let uri: Uri = url.parse().map_err(|_| "the URL cannot be read".to_owned())?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err("only http and https are fetched".into());
    }
    let authority = uri.authority().ok_or("the URL has no host")?;
    if authority.as_str().contains('@') {
        return Err("a URL with user and password is not fetched".into());
    }
    let host = authority.host().trim_start_matches('[').trim_end_matches(']').trim_end_matches('.').to_lowercase();
    if let Ok(address) = host.parse::<IpAddr>() {
        return check_address(address.to_canonical(), private_allowed);
    }
    if METADATA_NAMES.contains(&host.as_str()) {
        return Err(format!("{host} is never fetched from"));
    }
    // `2130706433`, `0x7f.1`: numbers that resolvers take for addresses although they do not look like one.
    let last = host.rsplit('.').next().unwrap_or_default();
    if last.is_empty() || last.starts_with("0x") || last.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("{host} is not a host name"));
    }
    if (host == "localhost" || host.ends_with(".localhost")) && !private_allowed {
        return Err(format!("{host} is this machine"));
    }
    Ok(())
}

fn check_address(address: IpAddr, private_allowed: bool) -> Result<(), String> {
    let is_link_local = match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    };
    let is_nowhere = address.is_unspecified() || address.is_multicast();
    if METADATA_ADDRESSES.contains(&address) || is_link_local || is_nowhere {
        return Err(format!("{address} is never fetched from"));
    }
    let is_private = match address {
        IpAddr::V4(v4) => v4.is_private() || v4.is_loopback() || v4.is_broadcast() || v4.octets()[0] == 0,
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local(),
    };
    if is_private && !private_allowed {
        return Err(format!("{address} is not an address of the public internet"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_own_network_is_asked_only_when_it_is_allowed() {
        for url in ["http://127.0.0.1/a.png", "http://192.168.0.9:8080/a.png", "http://localhost/a", "http://[::1]/a"] {
            assert!(check(url, true).is_ok(), "{url}");
            assert!(check(url, false).is_err(), "{url}");
        }
        assert!(check("https://shop.example/a.png", false).is_ok());
    }

    #[test]
    fn metadata_services_disguised_addresses_and_other_schemes_are_never_asked() {
        let never = [
            "http://169.254.169.254/latest",
            "http://[::ffff:169.254.169.254]/",
            "http://metadata.google.internal/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://0x7f000001/",
            "http://127.1/",
            "http://0.0.0.0/",
            "http://[fe80::1]/",
            "ftp://shop.example/a.png",
            "http://user:secret@shop.example/",
            "/a.png",
        ];
        never.iter().for_each(|url| assert!(check(url, true).is_err(), "{url}"));
    }

    proptest! {
        #[test]
        fn any_text_is_judged_without_a_panic(text in ".{0,60}", allowed: bool) {
            let _ = check(&text, allowed);
        }
    }
}
