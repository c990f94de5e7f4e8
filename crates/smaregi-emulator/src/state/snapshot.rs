//! The whole state as one JSON text, written and read entry by entry: a snapshot needs no memory beside the state itself.

use super::{Entry, Layouts, Stored, World};
use crate::spec::EmulatorError;
use serde::{
    Deserializer,
    de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use std::{
    fmt,
    io::{self, Read, Write},
};

/// Names the file, so that nothing else is taken for a snapshot.
pub(crate) const FORMAT: &str = "regihub-emulator-snapshot";
/// Versions up to this one can be read.
const VERSION: u64 = 1;

/// Whether this begins like a snapshot. Reads a few bytes only.
pub fn is_snapshot(reader: impl Read) -> bool {
    let mut head = Vec::new();
    let read = reader.take(256).read_to_end(&mut head);
    read.is_ok() && String::from_utf8_lossy(&head).contains(FORMAT)
}

impl World {
    pub(crate) fn write_snapshot(&self, out: &mut impl Write) -> io::Result<()> {
        write!(out, "{{\"format\":\"{FORMAT}\",\"version\":{VERSION},\"entries\":[")?;
        for (number, entry) in self.entries().enumerate() {
            out.write_all(if number == 0 { b"\n" } else { b",\n" })?;
            serde_json::to_writer(&mut *out, &entry.store(&self.layouts))?;
        }
        out.write_all(b"\n]}\n")
    }

    /// Replaces the whole state; when the text is no snapshot, nothing is changed.
    pub(crate) fn read_snapshot(&mut self, reader: impl Read) -> Result<(), EmulatorError> {
        let layouts = self.layouts.clone();
        let mut fresh = Self::new(layouts.clone());
        let mut parser = serde_json::Deserializer::from_reader(reader);
        let read = Whole { layouts: &layouts, apply: &mut |entry| fresh.apply(entry) };
        let outcome = read.deserialize(&mut parser).and_then(|()| parser.end());
        outcome.map_err(|error| EmulatorError::data("snapshot", error))?;
        self.replace(fresh)
    }
}

/// Reads `{"format":…,"version":…,"entries":[…]}`.
struct Whole<'a> {
    layouts: &'a Layouts,
    apply: &'a mut dyn FnMut(Entry),
}

impl<'de> DeserializeSeed<'de> for Whole<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Whole<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a snapshot of an emulator, a JSON object with the member entries")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = false;
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "format" => check_format(&map.next_value::<String>()?)?,
                "version" => check_version(map.next_value()?)?,
                "entries" => {
                    seen = true;
                    map.next_value_seed(Entries { layouts: self.layouts, apply: &mut *self.apply })?;
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        if seen { Ok(()) } else { Err(A::Error::missing_field("entries")) }
    }
}

fn check_format<E: serde::de::Error>(format: &str) -> Result<(), E> {
    if format == FORMAT { Ok(()) } else { Err(E::custom(format!("format: got {format}, wanted {FORMAT}"))) }
}

fn check_version<E: serde::de::Error>(version: u64) -> Result<(), E> {
    if version <= VERSION {
        return Ok(());
    }
    Err(E::custom(format!("version: written by a newer emulator (version {version}); this one reads up to {VERSION}")))
}

struct Entries<'a> {
    layouts: &'a Layouts,
    apply: &'a mut dyn FnMut(Entry),
}

impl<'de> DeserializeSeed<'de> for Entries<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Entries<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of entries")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let mut number = 0;
        loop {
            let bad = |reason: &dyn fmt::Display| A::Error::custom(format!("entries[{number}]: {reason}"));
            let stored = list.next_element::<Stored>().map_err(|error| bad(&error))?;
            let Some(stored) = stored else { return Ok(()) };
            (self.apply)(stored.read(self.layouts).map_err(|error| bad(&error))?);
            number += 1;
        }
    }
}
