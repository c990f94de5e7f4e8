//! The small part of regular expressions that the data uses: `^`, `$`, literals, `\S`, classes with ranges and
//! the quantifiers `?`, `*`, `+`, `{m,n}`. Matching follows all readings at once, so no text can make it slow.

/// A compiled pattern; always anchored at both ends.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
struct Part {
    set: Set,
    least: usize,
    most: usize,
}

#[derive(Debug, Clone)]
enum Set {
    Ranges(Vec<(char, char)>),
    NotSpace,
}

impl Set {
    fn has(&self, c: char) -> bool {
        match self {
            Self::Ranges(ranges) => ranges.iter().any(|&(from, to)| from <= c && c <= to),
            Self::NotSpace => !c.is_whitespace(),
        }
    }
}

/// Counted repeats above this are not accepted: no field of Smaregi needs them.
const MOST_REPEATS: usize = 1_000;

impl Pattern {
    /// Reads a pattern; says what is wrong with one it does not understand.
    pub fn parse(text: &str) -> Result<Self, String> {
        let inner = text.strip_prefix('^').and_then(|t| t.strip_suffix('$'));
        let inner = inner.ok_or_else(|| format!("pattern {text:?} must start with ^ and end with $"))?;
        let mut rest = inner.chars().peekable();
        let mut parts = Vec::new();
        while let Some(c) = rest.next() {
            let set = match c {
                '[' => read_class(&mut rest)?,
                '\\' => match rest.next() {
                    Some('S') => Set::NotSpace,
                    Some(c) if !c.is_alphanumeric() => Set::Ranges(vec![(c, c)]),
                    other => return Err(format!("escape {other:?} is not supported")),
                },
                '(' | ')' | '|' | '.' | '^' | '$' | '*' | '+' | '?' | '{' => {
                    return Err(format!("{c:?} is not supported here"));
                }
                c => Set::Ranges(vec![(c, c)]),
            };
            let (least, most) = read_quantifier(&mut rest)?;
            parts.push(Part { set, least, most });
        }
        Ok(Self { text: text.to_owned(), parts })
    }

    /// The pattern as written in the data.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the whole text fits.
    pub fn matches(&self, text: &str) -> bool {
        let mut states = vec![(0, 0)];
        self.close(&mut states);
        for c in text.chars() {
            let mut next = Vec::new();
            for &(at, count) in &states {
                if let Some(part) = self.parts.get(at).filter(|p| count < p.most && p.set.has(c)) {
                    // Beyond `least` an unbounded part need not count on: this keeps the states few.
                    let count = if part.most == usize::MAX { (count + 1).min(part.least) } else { count + 1 };
                    next.push((at, count));
                }
            }
            self.close(&mut next);
            states = next;
            if states.is_empty() {
                return false;
            }
        }
        states.iter().any(|&(at, _)| at == self.parts.len())
    }

    /// Adds the states reachable without reading a character.
    fn close(&self, states: &mut Vec<(usize, usize)>) {
        let mut done = 0;
        while let Some(&(at, count)) = states.get(done) {
            if self.parts.get(at).is_some_and(|part| count >= part.least) && !states.contains(&(at + 1, 0)) {
                states.push((at + 1, 0));
            }
            done += 1;
        }
        states.sort_unstable();
        states.dedup();
    }
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn read_class(rest: &mut Chars<'_>) -> Result<Set, String> {
    let mut ranges = Vec::new();
    loop {
        let from = class_char(rest)?;
        let Some(from) = from else { break };
        if rest.peek() != Some(&'-') {
            ranges.push((from, from));
            continue;
        }
        rest.next();
        let Some(to) = class_char(rest)? else {
            ranges.extend([(from, from), ('-', '-')]);
            break;
        };
        if from > to {
            return Err(format!("range {from:?}-{to:?} runs backwards"));
        }
        ranges.push((from, to));
    }
    if ranges.is_empty() { Err("an empty class never fits".to_owned()) } else { Ok(Set::Ranges(ranges)) }
}

/// The next character of a class, or `None` at its end.
fn class_char(rest: &mut Chars<'_>) -> Result<Option<char>, String> {
    match rest.next() {
        None => Err("class without ]".to_owned()),
        Some(']') => Ok(None),
        Some('\\') => match rest.next() {
            Some(c) if !c.is_alphanumeric() => Ok(Some(c)),
            other => Err(format!("escape {other:?} is not supported in a class")),
        },
        Some(c) => Ok(Some(c)),
    }
}

fn read_quantifier(rest: &mut Chars<'_>) -> Result<(usize, usize), String> {
    let bounds = match rest.peek() {
        Some('?') => (0, 1),
        Some('*') => (0, usize::MAX),
        Some('+') => (1, usize::MAX),
        Some('{') => {
            rest.next();
            let mut inside = String::new();
            loop {
                match rest.next() {
                    Some('}') => break,
                    Some(c) => inside.push(c),
                    None => return Err("repeat without }".to_owned()),
                }
            }
            return read_counts(&inside).ok_or_else(|| format!("repeat {{{inside}}} is not supported"));
        }
        _ => return Ok((1, 1)),
    };
    rest.next();
    Ok(bounds)
}

fn read_counts(inside: &str) -> Option<(usize, usize)> {
    let (least, most) = inside.split_once(',').unwrap_or((inside, inside));
    let (least, most) = (least.parse().ok()?, most.parse().ok()?);
    (least <= most && most <= MOST_REPEATS).then_some((least, most))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, text: &str) -> bool {
        Pattern::parse(pattern).expect(pattern).matches(text)
    }

    #[test]
    fn product_codes_are_printable_ascii() {
        assert!(fits("^[ -~]+$", "TS-001 M"));
        assert!(!fits("^[ -~]+$", "Ｔシャツ"));
        assert!(!fits("^[ -~]+$", ""));
        assert!(!fits("^[ -~]+$", "a\n"));
    }

    #[test]
    fn callback_addresses_need_a_scheme_and_no_blanks() {
        let pattern = r"^https?://\S+$";
        assert!(fits(pattern, "https://localhost/done"));
        assert!(fits(pattern, "http://a"));
        assert!(!fits(pattern, "https://"));
        assert!(!fits(pattern, "https://a b"));
        assert!(!fits(pattern, "ftp://a"));
    }

    #[test]
    fn counted_repeats_hold_at_both_ends() {
        let pattern = "^[1-9][0-9]{0,8}$";
        assert!(fits(pattern, "1"));
        assert!(fits(pattern, "999999999"));
        assert!(!fits(pattern, "1000000000"));
        assert!(!fits(pattern, "01"));
        assert!(!fits(pattern, ""));
    }

    #[test]
    fn phone_numbers_take_signs_of_every_kind() {
        let pattern = r"^[a-zA-Z0-9 -/:-@\[-`{-~]{1,20}$";
        assert!(fits(pattern, "+81 (3) 1234-5678"));
        assert!(!fits(pattern, "０３"));
        assert!(!fits(pattern, &"0".repeat(21)));
    }

    #[test]
    fn what_is_not_understood_is_refused_when_reading() {
        for bad in ["[a]+", "^(a|b)$", "^[ー-・]+$", "^[a$", "^[]$", "^a{2$", r"^\d$", "^a{3,2}$", "^a{1,99999}$"] {
            assert!(Pattern::parse(bad).is_err(), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_and_no_pattern_makes_it_panic(pattern in ".{0,40}", text in ".{0,80}") {
            if let Ok(pattern) = Pattern::parse(&pattern) {
                pattern.matches(&text);
            }
            Pattern::parse("^[a-c]*b?[ -~]{0,9}c+$").expect("sound").matches(&text);
        }
    }
}
