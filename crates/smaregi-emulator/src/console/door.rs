//! Who may come in. The console can do anything, so it is open only to the person at this machine, or to somebody with the key.

use super::frame::Notice;
use crate::{settings::Settings, time::Seconds};
use bytes::Bytes;
use http::{HeaderMap, Request, header};
use regihub_ports::Dice;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard},
};
use subtle::ConstantTimeEq;

const COOKIE: &str = "emulator_console";
/// How long a log-in lasts. Seconds.
const SESSION: Seconds = 12 * 3600;
const MOST_SESSIONS: usize = 100;
const MOST_NOTICES: usize = 100;
/// So many wrong keys in a minute, and nobody may try another one for the rest of it.
const MOST_FAILURES: usize = 10;

/// Log-ins and notices. Lives as long as the process; nothing of it is written down.
pub(crate) struct Door {
    /// Real randomness: whoever knows the emulator's seed must not know these.
    dice: Dice,
    /// Proof for forms where nobody needs to log in.
    token: String,
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    sessions: BTreeMap<String, Session>,
    failures: VecDeque<Seconds>,
    notices: VecDeque<(u64, Notice)>,
    last_notice: u64,
}

struct Session {
    expires: Seconds,
    token: String,
}

/// Whether somebody may come in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// With the proof that forms carry.
    Open {
        token: String,
        logged_in: bool,
    },
    LogInFirst,
    /// Neither loopback nor a key.
    Closed,
}

/// Whether a key was right.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// With the cookie to set.
    Right {
        cookie: String,
    },
    Wrong,
    TooOften,
}

impl Default for Door {
    fn default() -> Self {
        let dice = Dice::from_os();
        Self { token: secret(&dice), dice, inside: Mutex::default() }
    }
}

fn secret(dice: &Dice) -> String {
    dice.bytes::<32>().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An empty key is none.
pub(super) fn key(settings: &Settings) -> Option<&str> {
    settings.control_key.as_deref().filter(|key| !key.trim().is_empty())
}

impl Door {
    pub(super) fn entry(
        &self,
        settings: &Settings,
        request: &Request<Bytes>,
        on_loopback: bool,
        now: Seconds,
    ) -> Entry {
        if key(settings).is_some() {
            let inside = self.inside();
            let session = cookie(request.headers(), COOKIE).and_then(|id| inside.sessions.get(id));
            return match session.filter(|session| session.expires > now) {
                Some(session) => Entry::Open { token: session.token.clone(), logged_in: true },
                None => Entry::LogInFirst,
            };
        }
        // A foreign name that leads here (DNS rebinding) or a proxy before us would let strangers in.
        let forwarded = ["forwarded", "x-forwarded-for"].iter().any(|name| request.headers().contains_key(*name));
        if on_loopback && !forwarded && host(request).is_some_and(is_this_machine) {
            return Entry::Open { token: self.token.clone(), logged_in: false };
        }
        Entry::Closed
    }

    pub(super) fn log_in(&self, settings: &Settings, sent: &str, now: Seconds) -> Key {
        let mut inside = self.inside();
        inside.failures.retain(|at| now - at < 60);
        if inside.failures.len() >= MOST_FAILURES {
            return Key::TooOften;
        }
        if !key(settings).is_some_and(|key| bool::from(key.as_bytes().ct_eq(sent.as_bytes()))) {
            inside.failures.push_back(now);
            return Key::Wrong;
        }
        inside.sessions.retain(|_, session| session.expires > now);
        if inside.sessions.len() >= MOST_SESSIONS {
            let oldest = inside.sessions.iter().min_by_key(|(_, session)| session.expires).map(|(id, _)| id.clone());
            oldest.and_then(|id| inside.sessions.remove(&id));
        }
        let id = secret(&self.dice);
        inside.sessions.insert(id.clone(), Session { expires: now + SESSION, token: secret(&self.dice) });
        let secure = settings.public_base_url.as_ref().is_some_and(|url| url.starts_with("https:"));
        let secure = if secure { "; Secure" } else { "" };
        Key::Right {
            cookie: format!("{COOKIE}={id}; Path=/console; Max-Age={SESSION}; HttpOnly; SameSite=Strict{secure}"),
        }
    }

    /// Gives the cookie that takes the old one away.
    pub(super) fn log_out(&self, headers: &HeaderMap) -> String {
        if let Some(id) = cookie(headers, COOKIE) {
            self.inside().sessions.remove(id);
        }
        format!("{COOKIE}=; Path=/console; Max-Age=0; HttpOnly; SameSite=Strict")
    }

    /// Keeps a notice for the next page; gives its number.
    pub(super) fn leave(&self, notice: Notice) -> u64 {
        let mut inside = self.inside();
        inside.last_notice += 1;
        let number = inside.last_notice;
        inside.notices.push_back((number, notice));
        if inside.notices.len() > MOST_NOTICES {
            inside.notices.pop_front();
        }
        number
    }

    /// A notice is told once.
    pub(super) fn pick_up(&self, number: u64) -> Option<Notice> {
        let mut inside = self.inside();
        let place = inside.notices.iter().position(|(left, _)| *left == number)?;
        inside.notices.remove(place).map(|(_, notice)| notice)
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Whether a form was sent by one of our own pages, as far as the browser tells. Old browsers tell nothing; then the token in the form decides.
pub(super) fn is_from_here(request: &Request<Bytes>) -> bool {
    let text = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap_or("?"));
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => origin.split_once("://").is_some_and(|(_, name)| host(request) == Some(name)),
        (None, None) => true,
    }
}

pub(super) fn is_token(sent: Option<&str>, token: &str) -> bool {
    sent.is_some_and(|sent| bool::from(sent.as_bytes().ct_eq(token.as_bytes())))
}

/// Host and port that the browser asked for.
fn host(request: &Request<Bytes>) -> Option<&str> {
    let header = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    header.or_else(|| request.uri().authority().map(|authority| authority.as_str()))
}

fn is_this_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let by_number = name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    by_number || name.eq_ignore_ascii_case("localhost") || name.to_ascii_lowercase().ends_with(".localhost")
}

pub(super) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&str, &str)]) -> Request<Bytes> {
        let builder =
            headers.iter().fold(Request::post("/console/"), |builder, (name, value)| builder.header(*name, *value));
        builder.body(Bytes::new()).unwrap()
    }

    fn keyed() -> Settings {
        Settings { control_key: Some("open sesame".into()), ..Settings::default() }
    }

    #[test]
    fn without_a_key_only_this_machine_comes_in() {
        let (door, settings) = (Door::default(), Settings::default());
        let enters = |host: &str, on_loopback| {
            matches!(door.entry(&settings, &request(&[("host", host)]), on_loopback, 0), Entry::Open { .. })
        };
        for host in ["localhost:8090", "127.0.0.1:8090", "[::1]:8090", "LOCALHOST", "emulator.localhost:80"] {
            assert!(enters(host, true), "{host}");
            assert!(!enters(host, false), "{host} on all addresses");
        }
        for host in ["evil.example", "127.0.0.1.evil.example", "192.168.0.2:8090", "", "[", "localhost.evil.example"] {
            assert!(!enters(host, true), "{host}");
        }
        let proxied = request(&[("host", "localhost"), ("x-forwarded-for", "203.0.113.9")]);
        assert_eq!(door.entry(&settings, &proxied, true, 0), Entry::Closed);
        let blank = Settings { control_key: Some(" ".into()), ..Settings::default() };
        assert_eq!(
            door.entry(&blank, &request(&[("host", "0.0.0.0")]), false, 0),
            Entry::Closed,
            "a blank key is none"
        );
    }

    #[test]
    fn a_key_opens_for_twelve_hours_and_ten_wrong_ones_close_for_a_minute() {
        let (door, settings) = (Door::default(), keyed());
        assert_eq!(door.entry(&settings, &request(&[("host", "localhost")]), true, 0), Entry::LogInFirst);
        let Key::Right { cookie } = door.log_in(&settings, "open sesame", 0) else { panic!("refused") };
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && !cookie.contains("Secure"));
        let pair = cookie.split(';').next().unwrap();
        let with = request(&[("cookie", &format!("lang=en; {pair}"))]);
        assert!(matches!(door.entry(&settings, &with, false, SESSION - 1), Entry::Open { logged_in: true, .. }));
        assert_eq!(door.entry(&settings, &with, false, SESSION), Entry::LogInFirst);
        door.log_out(with.headers());
        assert_eq!(door.entry(&settings, &with, false, 1), Entry::LogInFirst);
        for _ in 0..MOST_FAILURES {
            assert_eq!(door.log_in(&settings, "open sesam", 100), Key::Wrong);
        }
        assert_eq!(door.log_in(&settings, "open sesame", 159), Key::TooOften);
        assert!(matches!(door.log_in(&settings, "open sesame", 160), Key::Right { .. }));
    }

    #[test]
    fn a_form_of_another_site_is_known() {
        let from = |headers: &[(&str, &str)]| is_from_here(&request(headers));
        assert!(from(&[("host", "localhost:1"), ("sec-fetch-site", "same-origin"), ("origin", "http://localhost:1")]));
        assert!(from(&[("host", "localhost:1"), ("origin", "http://localhost:1")]));
        assert!(from(&[]));
        for foreign in ["http://evil.example", "null", "http://localhost:2"] {
            assert!(!from(&[("host", "localhost:1"), ("origin", foreign)]), "{foreign}");
        }
        for site in ["cross-site", "same-site"] {
            assert!(!from(&[("host", "localhost:1"), ("sec-fetch-site", site)]), "{site}");
        }
    }

    #[test]
    fn a_notice_is_told_once() {
        let door = Door::default();
        let number = door.leave(Notice { text: "done".into(), link: None });
        assert_eq!(door.pick_up(number).unwrap().text, "done");
        assert_eq!(door.pick_up(number), None);
    }
}
