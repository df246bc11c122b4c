//! Search parameters: `name=value&name=value`, percent-encoded. Each must be asked for by the search that gets them; what is left is refused.

use super::Refusal;
use crate::limits;

/// The parameters of a request that were not looked at yet.
#[derive(Debug, Default)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(super) fn parse(query: &str) -> Result<Self, Refusal> {
        let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decode(name)?, decode(value)?))
        });
        let pairs: Option<Vec<_>> = pairs.collect();
        let mut pairs = pairs.ok_or_else(|| Refusal::invalid("The query is not percent-encoded UTF-8."))?;
        // All answers are JSON, whatever a client prefers.
        pairs.retain(|(name, value)| {
            !matches!(
                (name.as_str(), value.as_str()),
                ("_format", "json" | "application/json" | "application/fhir+json")
            )
        });
        Ok(Self(pairs))
    }

    /// All values of a parameter.
    pub(super) fn take_all(&mut self, name: &str) -> Vec<String> {
        let (taken, left) = std::mem::take(&mut self.0).into_iter().partition(|(given, _)| given == name);
        self.0 = left;
        let taken: Vec<(String, String)> = taken;
        taken.into_iter().map(|(_, value)| value).collect()
    }

    /// The value of a parameter that may be given once.
    pub(super) fn take(&mut self, name: &str) -> Result<Option<String>, Refusal> {
        let mut values = self.take_all(name).into_iter();
        match (values.next(), values.next()) {
            (first, None) => Ok(first),
            (_, Some(_)) => Err(Refusal::invalid(format!("{name} is given twice."))),
        }
    }

    /// The alternatives of a parameter that may be given once: `a,b,c`.
    pub(super) fn take_alternatives(&mut self, name: &str) -> Result<Option<Vec<String>>, Refusal> {
        let Some(value) = self.take(name)? else { return Ok(None) };
        let alternatives: Vec<String> = value.split(',').map(str::to_owned).collect();
        if alternatives.len() > limits::FHIR_ALTERNATIVES {
            return Err(Refusal::invalid(format!("{name} has too many alternatives.")));
        }
        Ok(Some(alternatives))
    }

    /// Passes when every parameter was looked at.
    pub(super) fn nothing_left(&self) -> Result<(), Refusal> {
        match self.0.first() {
            None => Ok(()),
            Some((name, value)) => Err(Refusal::invalid(format!("{name}={value} is not offered here."))),
        }
    }
}

/// Any text as a query, for fuzzing: each of its parameters can be taken, and then nothing is left.
pub fn queries(text: &str) {
    super::dates::conditions(text);
    let Ok(mut given) = Parameters::parse(text) else { return };
    let names: Vec<String> = given.0.iter().map(|(name, _)| name.clone()).collect();
    for name in names {
        for value in given.take_all(&name) {
            super::dates::conditions(&value);
            let _ = (token(&value, "http://loinc.org"), reference(&value, "Patient"));
        }
    }
    assert!(given.nothing_left().is_ok());
}

/// `+` is a space, `%xx` a byte.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit =
                    || char::from(rest.next()?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                digit()? * 16 + digit()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

/// A token, `code` or `system|code`: the code, when the system is not named or is `system`.
pub(super) fn token<'t>(token: &'t str, system: &str) -> Option<&'t str> {
    match token.split_once('|') {
        None => Some(token),
        Some((named, code)) => (named == system).then_some(code),
    }
}

/// The id in a reference to a resource of this kind: `7`, `Patient/7`, or with an address before it.
pub(super) fn reference<'r>(text: &'r str, kind: &str) -> Option<&'r str> {
    match text.rsplit_once('/') {
        None => Some(text),
        Some((before, id)) => (before.rsplit('/').next() == Some(kind)).then_some(id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_and_none_is_forgotten() {
        let mut given = Parameters::parse("code=a%7Cb,c&date=ge2020&date=lt2021&_format=json&x=1").unwrap();
        assert_eq!(given.take_alternatives("code").unwrap().unwrap(), ["a|b", "c"]);
        assert_eq!(given.take_all("date"), ["ge2020", "lt2021"]);
        assert_eq!(given.take("patient").unwrap(), None);
        assert!(given.nothing_left().is_err());
        assert_eq!(given.take("x").unwrap().as_deref(), Some("1"));
        assert!(given.nothing_left().is_ok());
        assert!(Parameters::parse("a=1&a=2").unwrap().take("a").is_err());
        for query in ["a=%", "a=%4", "a=%XX", "a=%FF"] {
            assert!(Parameters::parse(query).is_err(), "{query}");
        }
        assert_eq!(decode(&clinical::fhir::encoded("a|b ë&=")).unwrap(), "a|b ë&=");
    }

    #[test]
    fn tokens_and_references_are_taken_apart() {
        assert_eq!(
            (token("8867-4", "s"), token("s|8867-4", "s"), token("t|8867-4", "s"), token("|1", "s")),
            (Some("8867-4"), Some("8867-4"), None, None)
        );
        assert_eq!(
            (reference("7", "Patient"), reference("Patient/7", "Patient"), reference("Group/7", "Patient")),
            (Some("7"), Some("7"), None)
        );
        assert_eq!(reference("https://ward/fhir/Patient/7", "Patient"), Some("7"));
    }
}
