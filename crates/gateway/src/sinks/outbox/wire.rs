//! What a text must be to go out in a form: asked of what a person puts in a message's place, and before each resending.

use clinical::hl7::Message;
use clinical::mllp;
use serde_json::Value;

use crate::record::Wire;

impl Wire {
    /// A person's text as it goes out: HL7 ends segments with CR (v2.5.1 section 2.5.2), editors end lines otherwise.
    pub(crate) fn tidy(self, text: &str) -> String {
        match self {
            Self::Hl7v2 => {
                let segments = text.split(['\r', '\n']).filter(|segment| !segment.is_empty());
                segments.flat_map(|segment| [segment, "\r"]).collect()
            }
            Self::FhirR4 => text.trim().to_owned(),
        }
    }

    /// The name that the answer to this text will bear, when the text is a message of this form.
    ///
    /// # Errors
    /// Why it is none.
    pub(crate) fn name_of(self, text: &str) -> Result<String, String> {
        match self {
            Self::Hl7v2 => control_id(text),
            Self::FhirR4 => transaction(text),
        }
    }
}

/// MSH-10.
fn control_id(text: &str) -> Result<String, String> {
    let message = Message::parse(text).map_err(|error| error.to_string())?;
    mllp::encode(text.as_bytes(), &mut Vec::new()).map_err(|error| error.to_string())?;
    let header = message.segment("MSH").ok_or("no MSH")?;
    let id = header.field(10).component(1).text().into_owned();
    if id.is_empty() {
        Err("MSH-10 is empty: its answer could not be told from others".into())
    } else {
        Ok(id)
    }
}

/// Nothing: each bundle's answer belongs to its own request.
fn transaction(text: &str) -> Result<String, String> {
    let bundle: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let is = |key: &str, wanted: &str| bundle.get(key).and_then(Value::as_str) == Some(wanted);
    if is("resourceType", "Bundle") && is("type", "transaction") {
        Ok(String::new())
    } else {
        Err("not a Bundle of the type transaction".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_a_message_of_its_form_or_the_reason_why_not() {
        let cases: &[(Wire, &str, Result<&str, &str>)] = &[
            (Wire::Hl7v2, "MSH|^~\\&|A|B|C|D|20260101||ORU^R01|MS1|P|2.6\nPID|1\n", Ok("MS1")),
            (Wire::Hl7v2, "MSH|^~\\&|A|B|C|D|20260101||ORU^R01||P|2.6", Err("MSH-10")),
            (Wire::Hl7v2, "PID|1", Err("")),
            (Wire::Hl7v2, "MSH|^~\\&|A|B|C|D|20260101||ORU^R01|MS\u{1c}1|P|2.6", Err("")),
            (Wire::FhirR4, r#" {"resourceType":"Bundle","type":"transaction"}"#, Ok("")),
            (Wire::FhirR4, r#"{"resourceType":"Bundle","type":"batch"}"#, Err("transaction")),
            (Wire::FhirR4, "{", Err("EOF")),
        ];
        for (wire, text, expected) in cases {
            match (wire.name_of(&wire.tidy(text)), expected) {
                (Ok(name), Ok(wanted)) => assert_eq!(name, *wanted),
                (Err(why), Err(part)) => assert!(why.contains(part), "{why}"),
                (found, _) => panic!("{text}: {found:?}"),
            }
        }
    }
}
