//! Temperature (2A1C, 2A1E).
//!
//! ```text
//! flags: 0 Fahrenheit  1 stamp  2 site
//! temperature (FLOAT)  [stamp]  [site: 1]
//! ```

use seal::{Flags, Micros};

use super::{Page, long};
use crate::decoded::{Metric, Place};
use crate::{Cursor, Problem, Refusal};

/// The sites of `Temperature Type`, from 1, each with the term that says it; those without a term of their own are body temperatures.
const SITES: [(&str, u32); 9] = [
    ("armpit", 188_496),
    ("body", 150_364),
    ("ear", 150_364),
    ("finger", 150_364),
    ("gastro-intestinal tract", 150_364),
    ("mouth", 188_424),
    ("rectum", 188_420),
    ("toe", 150_364),
    ("tympanum", 150_392),
];
const BODY: u32 = 150_364;

pub(super) fn measurement(
    value: &mut Cursor<'_>,
    page: &mut Page<'_>,
    worth: Flags,
) -> Result<Micros, Refusal> {
    let flags = value.u8()?;
    let unit = if flags & 1 == 0 { "Cel" } else { "[degF]" };
    let (at, number) = long(value)?;
    let time = page.time(value, flags & 2 != 0)?;
    let site = if flags & 4 != 0 { Some((value.at(), value.u8()?)) } else { None };
    let known = site.and_then(|(_, site)| SITES.get(usize::from(site).checked_sub(1)?));
    let code = known.map_or(BODY, |(_, code)| *code);
    page.sheet.number(Place { at, time }, "temperature", Metric::ucum(code, unit), number, worth);
    match (site, known) {
        (Some((at, _)), Some((name, BODY))) if *name != "body" => {
            page.sheet.text(Place { at, time }, "site", seal::Code(BODY), format!("site: {name}"), worth);
        }
        (Some((at, _)), Some(_)) => page.sheet.kept(at, "site", "the reading's code says it"),
        (Some((at, site)), None) => {
            let problem = Problem::Unknown { what: "temperature site", found: site.to_string() };
            page.sheet.reported(at, "site", problem);
        }
        (None, _) => {}
    }
    Ok(time)
}
